"""Backups: the whole database in one file; see ``archive``."""

from django.db import connection

from magelang_portal.operations.backups import postgresql, sqlite


def engine():
    """The module for the configured database; both have the same functions."""
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]
