from contextlib import contextmanager
from pathlib import Path

from django.db import connections


def connection_with(settings):
    """A new connection like Django's, but with these settings."""
    other = connections.create_connection("default")
    other.settings_dict = other.settings_dict | settings
    return other


@contextmanager
def default_connection(other):
    """Inside the block, Django uses the connection ``other`` in this thread, then closes it."""
    usual = connections["default"]
    connections["default"] = other
    try:
        yield
    finally:
        other.close()
        connections["default"] = usual


@contextmanager
def no_new_database():
    """SQLite would create a missing database. Inside the block, one in memory replaces it."""
    usual = connections["default"]
    if usual.vendor != "sqlite" or Path(usual.settings_dict["NAME"]).exists():
        yield
        return
    with default_connection(connection_with({"NAME": ":memory:"})):
        yield
