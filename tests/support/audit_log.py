"""Change the audit log as somebody may who can write the database and knows of its triggers."""

from editions.triggers import create_triggers, drop_triggers
from editorial.models import Seal
from tests.support.sql import run


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
