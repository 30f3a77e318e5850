"""SQL statements that bypass the portal's code."""

from contextlib import contextmanager

from django.db import connection, transaction

from editions.triggers import create_triggers, drop_triggers
from editorial.models import Seal

# The columns of an edition except its key.
COLUMNS = (
    "vision_id, period_start, period_end, number, effective_at, note_ind, note_en, file, sha256, "
    "publisher, published_at, missing_english"
)


def run(sql, *parameters):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


# The audit log, changed by somebody who can write the database and knows of its triggers


def tamper(sql, *parameters):
    drop_triggers()
    run(sql, *parameters)
    create_triggers()


def cut_tail():
    """Delete the newest event with its seal; returns the seal."""
    newest = Seal.objects.last()
    tamper("DELETE FROM editorial_seal WHERE id = %s", newest.pk)
    tamper("DELETE FROM editorial_event WHERE id = %s", newest.event_id)
    return newest


@contextmanager
def deleted_without_seal(*events):
    """Delete the events but not their seals; the seals follow at the end, for the next test."""
    drop_foreign_key()
    for event in events:
        tamper("DELETE FROM editorial_event WHERE id = %s", event.pk)
    yield
    tamper("DELETE FROM editorial_seal")


def drop_foreign_key():
    """Until the end of the test's transaction. SQLite looks at foreign keys only then."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, Seal._meta.db_table)
            (name,) = (name for name, one in found.items() if one["foreign_key"])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'ALTER TABLE editorial_seal DROP CONSTRAINT "{name}"')
