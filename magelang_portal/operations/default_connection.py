from contextlib import contextmanager

from django.db import connections


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
