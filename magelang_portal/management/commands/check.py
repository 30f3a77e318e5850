from django.core.management.commands import check

from magelang_portal.operations.default_connection import no_new_database


class Command(check.Command):
    """Django's command, which makes no database."""

    def handle(self, *labels, **options):
        with no_new_database():
            return super().handle(*labels, **options)
