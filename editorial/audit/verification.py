"""Recomputes the chain of the audit log, and compares it with what this machine saw before.

A program that may write the database can delete the newest events with their seals, or rewrite the
whole chain, and an event that says the log was shortened. Therefore files in the data folder keep
what was seen here (``editorial.audit.seen``).
"""

import logging
from collections import namedtuple
from hashlib import sha256

from django.db import DatabaseError
from django.db.models import Exists, OuterRef

from editions.data_folder.alarms import raise_alarm
from editorial.audit import seen
from editorial.audit.chain import BEGINNING, line_of, seal_events
from editorial.models import Event, Seal

logger = logging.getLogger(__name__)
ALARM = "audit_log"
MOST = 10  # faults that are named

# The mark describes the fault exactly, so that accepting it accepts no other fault.
Fault = namedtuple("Fault", ["sentence", "mark"])


def verify():
    """Returns (the newest seal, faults as sentences). A fault that nobody accepted is an alarm.

    If there is none, the newest event is remembered. Raises ``OSError``, or a database's error.
    """
    seal_events()
    newest, faults = walked()
    faults = list(dict.fromkeys([*faults, *faults_of_remembered()]))
    if faults:
        raise_faults(faults)
    elif newest:
        seen.path_to(seen.FOUND).unlink(missing_ok=True)
        seen.remember(seen.VERIFIED, newest)
    return newest, named(faults)


def walked():
    """(the newest seal, the faults that nobody accepted)"""
    accepted, before, faults = seen.marks(seen.ACCEPTED), None, []
    seals = Seal.objects.order_by("pk").prefetch_related("event")  # a join hides deleted events
    for seal in seals.iterator(chunk_size=1000):
        found = filter(None, [fault_of_place(seal, before), fault_of_event(seal)])
        faults += [fault for fault in found if fault.mark not in accepted]
        before = seal
    return before, faults


def fault_of_place(seal, before):
    if before is None:
        return fault_of_beginning(seal)
    if seal.pk != before.pk + 1:
        return Fault(gone(before.pk + 1, seal.pk - 1), ("gap", before.pk + 1, seal.sha256))
    if seal.previous != before.sha256:
        sentence = f"Event {seal.pk} of the audit log does not follow the event before it."
        return Fault(sentence, ("link", seal.pk, before.sha256))
    return None


def gone(first, last):
    if first == last:
        return f"Event {first} of the audit log is gone."
    return f"Events {first} to {last} of the audit log are gone."


def fault_of_event(seal):
    event = event_of(seal)
    if event is None:
        sentence = f"Event {seal.pk} of the audit log is gone, and only its hash is left."
        return Fault(sentence, ("event", seal.pk, ""))
    digest = sha256(line_of(seal.pk, seal.previous, event)).hexdigest()
    if digest == seal.sha256:
        return None
    sentence = (
        f"Event {seal.pk} of the audit log (id {event.pk}) is not as it was recorded: its SHA-256 "
        f"is {digest}."
    )
    return Fault(sentence, ("event", seal.pk, digest))


def event_of(seal):
    """Its event, or None if that was deleted."""
    try:
        return seal.event
    except Event.DoesNotExist:
        return None


def seals_without_event():
    return Seal.objects.filter(~Exists(Event.objects.filter(pk=OuterRef("event"))))


def fault_of_beginning(first):
    """Older events may be gone if they were deleted here, or somebody accepted that.

    A new machine believes the event that records the deletion. A machine that saw the log before
    does not: a rewritten log may hold such an event.
    """
    mark = seen.mark_of_beginning(first)
    if (first.pk, first.previous) == (1, BEGINNING) or mark in seen.marks(seen.ACCEPTED):
        return None
    if not is_recorded(first):
        words = "and no event records that those before it were deleted."
    elif seen.has_seen():
        words = "but shorten_audit_log did not delete those before it on this machine."
    else:
        return None
    return Fault(f"The audit log begins with event {first.pk}, {words}", mark)


def is_recorded(first):
    kind = Event.Kind.SHORTENED
    found = Event.objects.filter(kind=kind, object=str(first.pk - 1), detail=first.previous)
    return found.exists()


# What was seen


def faults_of_remembered():
    return list(filter(None, map(fault_of_remembered, seen.REMEMBERED)))


def fault_of_remembered(name):
    """A fault if the event remembered in this file is gone or was replaced; otherwise None."""
    try:
        number, digest = seen.remembered(name) or (0, "")
    except ValueError:
        sentence = (
            f"{seen.path_to(name)} cannot be read, so it is not known whether events at the end "
            "of the audit log are gone: compare their hashes with what was sent on."
        )
        return Fault(sentence, (name, 0, ""))
    first = Seal.objects.order_by("pk").first()
    if number and first and number < first.pk:
        return fault_of_beginning(first)
    return fault_of_newest(name, number, digest) if number else None


def fault_of_newest(name, number, digest):
    seal = Seal.objects.filter(pk=number).first()
    now = seal.sha256 if seal else ""
    if now == digest:
        return None
    what = f"Event {number} of the audit log, which {seen.REMEMBERED[name]},"
    if seal:
        words = f"was replaced: its SHA-256 was {digest}, and now is {now}."
    else:
        words = f"is gone, and all after it: its SHA-256 was {digest}."
    return Fault(f"{what} {words}", (name, number, digest))


def look_after_restore(sentence):
    """Compare a restored log with what was remembered. Never raises.

    A difference is an alarm, which begins with the sentence.
    """
    try:
        if faults := faults_of_remembered():
            raise_alarm(ALARM, sentence)
            add_faults(faults)
    except (OSError, DatabaseError) as error:
        logger.error("the restored audit log cannot be compared with what was seen: %s", error)
        return []
    return named(faults)


# The alarm


def named(faults):
    """The first faults as sentences, and one about the rest that tells them from others."""
    rest = sorted(fault.mark for fault in faults[MOST:])
    digest = sha256(repr(rest).encode()).hexdigest()[:16]
    words = f"Faults of the audit log that are not named: {len(rest)}, as {digest}."
    return [*(fault.sentence for fault in faults[:MOST]), *([words] if rest else [])]


def raise_faults(faults, known=frozenset()):
    raise_alarm(ALARM, *named(faults))
    seen.keep(seen.FOUND, known | {fault.mark for fault in faults})


def add_faults(faults):
    """Raise the faults and keep those found before, because only a part of the log was verified."""
    raise_faults(faults, seen.marks(seen.FOUND))


def accept():
    """Accept exactly what was found; what is gone is forgotten, and the log is sent again.

    Raises ``OSError``.
    """
    found = seen.marks(seen.FOUND)
    seen.keep(seen.ACCEPTED, seen.marks(seen.ACCEPTED) | found)
    for name in seen.REMEMBERED:
        fault = fault_of_remembered(name)
        if fault and fault.mark in found:
            seen.forget(name)
    seen.path_to(seen.FOUND).unlink(missing_ok=True)
