"""Backups: all that the database holds in one file, which says what it is; see ``archive``."""

from django.db import connection

from magelang_portal.operations.backups import postgresql, sqlite


def engine():
    """What differs between the databases: the module of the one that is configured."""
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]
