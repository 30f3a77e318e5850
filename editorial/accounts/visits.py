"""A person's visits, and who reads a passage of the translation desk now.

A visit ends after half an hour without a request. All is in the database, because the tabs of one
person may be answered by several processes and nodes.
"""

from datetime import timedelta

from django.db.models import Case, F, When

from editions import clock
from editorial.models import Visit

VISIT_ENDS_AFTER = timedelta(minutes=30)
OPENED_EVERY = timedelta(minutes=1)  # between two writes of one opened passage
READS_FOR = timedelta(minutes=5)


def note_visit(account):
    """Record a request; called at the login and then once a minute.

    One statement moves the end of the visit before, so that parallel tabs move it once.
    """
    now = clock.now()
    is_back = When(seen_at__lt=now - VISIT_ENDS_AFTER, then=F("seen_at"))
    changed = Visit.objects.filter(account=account).update(
        seen_at=now, last_seen_at=Case(is_back, default=F("last_seen_at"))
    )
    if not changed:
        Visit.objects.bulk_create([Visit(account=account, seen_at=now)], ignore_conflicts=True)


def end_of_visit_before(account):
    """None during the first visit."""
    return Visit.objects.filter(account=account).values_list("last_seen_at", flat=True).first()


def note_opened(account, vision, key):
    """Record that the person opened this passage; the same one at most once a minute."""
    now, opened = clock.now(), {"vision_id": vision.pk, "passage": key}
    visits = Visit.objects.filter(account=account)
    visits.exclude(opened_at__gt=now - OPENED_EVERY, **opened).update(opened_at=now, **opened)


def other_readers(account, vision, now):
    """{key of a passage: visits of other people who opened it within the last five minutes}."""
    readers = {}
    visits = Visit.objects.filter(vision_id=vision.pk, opened_at__gt=now - READS_FOR)
    for visit in visits.exclude(account=account).select_related("account").order_by("opened_at"):
        readers.setdefault(visit.passage, []).append(visit)
    return readers
