from contextlib import contextmanager

from django.db import connections


@contextmanager
def default_connection(other):
    """Django's database is the connection ``other`` while the block runs, in this thread."""
    usual = connections["default"]
    connections["default"] = other
    try:
        yield
    finally:
        other.close()
        connections["default"] = usual
