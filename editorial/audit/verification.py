"""Recomputes the chain of the audit log, and compares it with what this machine saw before.

A program that may write the database can delete the newest events with their seals, or rewrite the
whole chain. Therefore files in the data folder keep the number and hash of the newest event that
was verified here, and of the newest that was sent.
"""

import json
import logging
from hashlib import sha256

from django.db import DatabaseError

from editions.data_folder.alarms import raise_alarm
from editions.data_folder.files import path_of, write_safely
from editorial.audit.chain import BEGINNING, line_of, seal_events
from editorial.models import Event, Seal

logger = logging.getLogger(__name__)
ALARM, FOLDER = "audit_log", "audit"
VERIFIED, SENT = "verified", "sent"  # the files
REMEMBERED = {VERIFIED: "was seen here before", SENT: "was sent before"}


def verify():
    """Returns (the newest seal, faults as sentences). A fault is an alarm.

    If there is none, the newest event is remembered. Raises ``OSError``, or a database's error.
    """
    seal_events()
    newest, fault = last_good()
    faults = list(filter(None, [fault, *map(fault_of_remembered, REMEMBERED)]))
    if faults:
        raise_alarm(ALARM, *faults)
    elif newest:
        remember(VERIFIED, newest)
    return newest, faults


def last_good():
    """(the last seal before the first fault, the fault as a sentence, or "")"""
    before = None
    for seal in Seal.objects.order_by("pk").select_related("event").iterator(chunk_size=1000):
        if fault := fault_of(seal, before):
            return before, fault
        before = seal
    return before, ""


def fault_of(seal, before):
    if before is None and not is_beginning(seal):
        return (
            f"The audit log begins with event {seal.pk}, and no event records that those before it "
            "were deleted."
        )
    if before and seal.pk != before.pk + 1:
        return f"Event {before.pk + 1} of the audit log is gone."
    if before and seal.previous != before.sha256:
        return f"Event {seal.pk} of the audit log does not follow the event before it."
    if sha256(line_of(seal.pk, seal.previous, seal.event)).hexdigest() != seal.sha256:
        return f"Event {seal.pk} of the audit log (id {seal.event_id}) is not as it was recorded."
    return ""


def is_beginning(seal):
    """Whether it is the first event ever, or ``shorten_audit_log`` deleted those before it."""
    if (seal.pk, seal.previous) == (1, BEGINNING):
        return True
    return Event.objects.filter(
        kind=Event.Kind.SHORTENED, object=str(seal.pk - 1), detail=seal.previous
    ).exists()


# What was seen


def fault_of_remembered(name):
    """A sentence if the event remembered in this file is gone or was replaced; otherwise ""."""
    try:
        number, digest = remembered(name) or (0, "")
    except ValueError:
        return (
            f"{path_of_memory(name)} cannot be read, so it is not known whether events at the end "
            "of the audit log are gone: compare their hashes with what was sent on."
        )
    first = Seal.objects.first()
    if not number or first and number < first.pk:  # deleted, as ``is_beginning`` has seen
        return ""
    seal = Seal.objects.filter(pk=number).first()
    what = f"Event {number} of the audit log, which {REMEMBERED[name]},"
    if not seal:
        return f"{what} is gone, and all after it: its SHA-256 was {digest}."
    if seal.sha256 != digest:
        return f"{what} was replaced: its SHA-256 was {digest}, and now is {seal.sha256}."
    return ""


def remembered(name):
    """(number, hash), or None. Raises ``ValueError`` if the file is damaged."""
    try:
        kept = json.loads(path_of_memory(name).read_text())
        return int(kept["number"]), str(kept["sha256"])
    except FileNotFoundError:
        return None
    except (KeyError, TypeError) as error:
        raise ValueError from error


def remember(name, seal):
    kept = json.dumps({"number": seal.pk, "sha256": seal.sha256})
    write_safely(path_of_memory(name), kept)


def look_after_restore():
    """Compare a restored log with what was remembered; a difference is an alarm. Never raises."""
    try:
        faults = list(filter(None, map(fault_of_remembered, REMEMBERED)))
    except (OSError, DatabaseError) as error:
        logger.error("the restored audit log cannot be compared with what was seen: %s", error)
        return []
    if faults:
        raise_alarm(ALARM, *faults)
    return faults


def accept():
    """Forget what is no longer in the log; all of it is then sent again. Raises ``OSError``."""
    for name in REMEMBERED:
        if fault_of_remembered(name):
            path_of_memory(name).unlink()


def path_of_memory(name):
    return path_of(FOLDER, f"{name}.json")
