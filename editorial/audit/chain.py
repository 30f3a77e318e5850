"""The chain of the audit log: each event has a number, its hash, and the hash of the one before.

An event is sealed after its transaction, in a short one of its own that waits for no other lock. So
savers cannot fork the chain and cannot deadlock, and a transaction that is rolled back leaves no
gap. An event stays unsealed if an older release saved it, or if the process died between the two
transactions: then the next event, ``verify_audit_log``, ``send_audit_log`` or ``migrate`` seals it.

``docs/audit.md`` tells a stranger how to compute the hashes.
"""

from datetime import UTC
from functools import partial
from hashlib import sha256
from itertools import count

from django.db import connections, transaction
from django.db.models import Max

from editions.document import canonical_json
from editorial.models import Event, Seal

BEGINNING = "0" * 64  # the hash before the first event
# A column that is added later is not hashed: the hashes of older events stay as they are.
HASHED = (
    "id",
    "at",
    "actor",
    "address",
    "kind",
    "row_kind",
    "row",
    "object",
    "detail",
    "request_id",
)
LOCK = 0x706F7274616C  # "portal": the number of PostgreSQL's advisory lock
AT_ONCE = 2000  # events in one transaction


def line_of(number, previous, event):
    """The bytes whose SHA-256 is the hash of the event."""
    fields = {name: getattr(event, name) for name in HASHED} | {"at": moment(event.at)}
    return canonical_json({"number": number, "previous": previous, "event": fields})


def moment(time):
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seal_after_commit(event):
    """If it fails, the log says so, and the event waits for the next seal."""
    transaction.on_commit(partial(seal_from, event.pk), robust=True)


def seal_from(key):
    """Seal the event with this key and all newer ones."""
    if not Seal.objects.filter(event=key).exists():
        newest = Seal.objects.aggregate(newest=Max("event"))["newest"] or 0
        seal_events(min(key, newest + 1))


def seal_after_migrate(using, **kwargs):
    if Seal._meta.db_table in connections[using].introspection.table_names():
        seal_events(using=using)


def seal_events(start=0, using="default"):
    """Seal each event from this key on that has no seal."""
    while last := seal_some(start, using):
        start = last + 1


def seal_some(start, using):
    """Seal some events; returns the key of the last, or None if there was none."""
    with transaction.atomic(using=using):
        wait_for_others(using)
        events = Event.objects.using(using).filter(pk__gte=start, seal=None).order_by("pk")
        seals = list(chained(events[:AT_ONCE], Seal.objects.using(using).last()))
        Seal.objects.using(using).bulk_create(seals)
    return seals[-1].event_id if seals else None


def wait_for_others(using):
    """Until the end of the transaction nobody else seals; on SQLite nobody else writes anyway."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def chained(events, head):
    """The seals of these events, after the seal ``head``."""
    previous = head.sha256 if head else BEGINNING
    for number, event in zip(count(head.pk + 1 if head else 1), events, strict=False):
        digest = sha256(line_of(number, previous, event)).hexdigest()
        yield Seal(id=number, event=event, previous=previous, sha256=digest)
        previous = digest
