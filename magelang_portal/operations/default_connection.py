from contextlib import contextmanager

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
