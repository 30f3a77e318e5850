"""Connections to the database beside those of requests."""

import os

from django.db import connection, connections


def unpooled():
    """A new connection outside of PostgreSQL's pool, so that it never waits for a free one."""
    fresh = connections.create_connection("default")
    options = dict(fresh.settings_dict.get("OPTIONS", {}))
    options.pop("pool", None)
    fresh.settings_dict = fresh.settings_dict | {"OPTIONS": options}
    return fresh


def file_of_database(of=connection):
    """The identity of SQLite's file, which differs for another file of the same name.

    None for PostgreSQL. Raises ``OSError`` if there is no file. Call it before connecting:
    SQLite would make an empty file.
    """
    if of.vendor != "sqlite":
        return None
    found = os.stat(of.settings_dict["NAME"])
    return found.st_dev, found.st_ino
