from pathlib import Path

from django.core.management.commands import check
from django.db import connections

from magelang_portal.operations.default_connection import connection_with, default_connection


class Command(check.Command):
    """Django's command. SQLite would create a missing database, so one in memory replaces it."""

    def handle(self, *labels, **options):
        usual = connections["default"]
        if usual.vendor != "sqlite" or Path(usual.settings_dict["NAME"]).exists():
            return super().handle(*labels, **options)
        with default_connection(connection_with({"NAME": ":memory:"})):
            return super().handle(*labels, **options)
