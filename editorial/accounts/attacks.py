"""Signs in the audit log that somebody tries to get into an account.

django-axes counts by address; these counts are by account.
"""

from datetime import timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from editions import clock
from editorial.models import Event

SIGNS = [  # (event, at least so many, within this time, sentence, words of the link)
    (
        Event.Kind.CODE_FAILED,
        5,
        timedelta(days=1),
        _(
            "%(count)d wrong codes within a day after the right password of %(name)s. Ask "
            "%(name)s: if it was somebody else, set a new password."
        ),
        _("See the wrong codes"),
    ),
    (
        Event.Kind.LOGIN_FAILED,
        50,
        timedelta(hours=1),
        _(
            "Somebody is trying to guess the password of %(name)s: %(count)d wrong ones within an "
            "hour."
        ),
        _("See where from"),
    ),
]


def steps_of_administrator():
    """(sentence, words of the link, address of the events in the audit log)"""
    for kind, least, within, sentence, link in SIGNS:
        for name, count in names_with(kind, least, within):
            yield sentence % {"count": count, "name": name}, link, log_path(kind, name)


def names_with(kind, least, within):
    events = Event.objects.filter(kind=kind, at__gte=clock.now() - within).exclude(actor="")
    counts = events.order_by().values("actor").annotate(count=Count("pk")).filter(count__gte=least)
    return counts.order_by("-count").values_list("actor", "count")


def log_path(kind, name):
    query = urlencode({"kind": kind, "actor": name, "days": 1})
    return f"{reverse('admin:editorial_event_changelist')}?{query}"
