"""What the audit log says of somebody who tries to get in; django-axes counts by address, and here it is by name."""

from datetime import timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from editions import clock
from editorial.models import Event

GUESSES, GUESSES_WITHIN = 50, timedelta(hours=1)
CODES, CODES_WITHIN = 5, timedelta(days=1)


def steps_of_administrator():
    """Sentences, each with the words and the address of the way to the events it tells of."""
    for name, count in names_with(Event.Kind.CODE_FAILED, CODES, CODES_WITHIN):
        words = _(
            "%(count)d wrong codes within a day after the right password of %(name)s. Ask %(name)s: if it was "
            "somebody else, set a new password."
        )
        yield (
            words % {"count": count, "name": name},
            _("See the wrong codes"),
            log(Event.Kind.CODE_FAILED, name),
        )
    for name, count in names_with(Event.Kind.LOGIN_FAILED, GUESSES, GUESSES_WITHIN):
        words = _("Somebody guesses the password of %(name)s: %(count)d wrong ones within an hour.")
        yield (
            words % {"count": count, "name": name},
            _("See where from"),
            log(Event.Kind.LOGIN_FAILED, name),
        )


def names_with(kind, least, within):
    events = Event.objects.filter(kind=kind, at__gte=clock.now() - within).exclude(actor="")
    counts = events.order_by().values("actor").annotate(count=Count("pk")).filter(count__gte=least)
    return counts.order_by("-count").values_list("actor", "count")


def log(kind, name):
    query = urlencode({"kind": kind, "actor": name, "days": 1})
    return f"{reverse('admin:editorial_event_changelist')}?{query}"
