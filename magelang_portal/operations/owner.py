"""On PostgreSQL another role may own the tables, so that the serving role cannot drop a trigger.

``PORTAL_OWNER_DATABASE_URL`` is the address of the owner. Only commands that change tables use it.
"""

from contextlib import closing, contextmanager

from django.conf import settings
from django.db import connections

from editions.connections import unpooled
from editions.triggers import TRIGGERS
from magelang_portal.operations.default_connection import connection_with, default_connection

ONLY_READ = "django_migrations"


@contextmanager
def as_owner():
    """Inside the block, Django uses the owner's connection, if an owner is set."""
    is_on_sqlite = connections["default"].vendor == "sqlite"  # before the move to PostgreSQL
    if not settings.OWNER_DATABASE or is_on_sqlite or is_owner():
        yield
        return
    with default_connection(connection_to_change()):
        yield


def is_owner():
    return getattr(connections["default"], "is_of_owner", False)


def connection_to_change():
    """Connects as the owner role, or as the serving role if no owner is configured."""
    if not settings.OWNER_DATABASE:
        return unpooled()
    other = connection_with(settings.OWNER_DATABASE)
    other.is_of_owner = True
    return other


def role_that_serves(serving=None):
    """The role of the connection ``serving``, by default a new one of Django's."""
    with closing(serving or unpooled()) as other, other.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


def grant(owner, role):
    """Grant the role only what serving needs on the tables of the connection ``owner``."""
    names = owner.ops.quote_name
    with owner.cursor() as cursor:
        cursor.execute("SELECT current_user, quote_ident(current_schema())")
        own, schema = cursor.fetchone()
        if own == role:  # an owner needs no grants
            return
        for table in owner.introspection.table_names():
            cursor.execute(f"REVOKE ALL ON {names(table)} FROM {names(role)}")
            cursor.execute(f"GRANT {rights(table)} ON {names(table)} TO {names(role)}")
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {names(role)}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {names(role)}")


def rights(table):
    if table == ONLY_READ:
        return "SELECT"
    return "SELECT, INSERT" if table in written_once() else "SELECT, INSERT, UPDATE, DELETE"


def written_once():
    """The tables whose triggers refuse every change and deletion."""
    events = {(trigger.table, trigger.event) for trigger in TRIGGERS if trigger.condition == "TRUE"}
    return {table for table, event in events if event == "UPDATE" and (table, "DELETE") in events}
