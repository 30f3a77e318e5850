"""What is wrong with the portal itself: told to everybody who works here, with what to do about it.

Open alarms stay on the desk until a superuser acknowledges them, or the operator does by command.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from editions import clock
from editions.data_folder import heads, outcomes
from editions.data_folder.alarms import Grown, acknowledge, as_seen, past_alarms
from editorial.audit.recording import record
from editorial.models import Event

UNVERIFIED, UNSAVED = (
    timedelta(days=1),
    timedelta(days=2),
)  # for so long a timer may have done nothing
MEANINGS = {
    "verify_editions": gettext_lazy(
        "The editions in the database are not as they were published; this was found on %(time)s. Publish "
        "nothing, and tell the operator, to whom manage.py verify_editions names what was changed."
    ),
    "heads": gettext_lazy(
        "An edition that was published is gone from the database, or was replaced; this was found on %(time)s. "
        "Publish nothing, and tell the operator, to whom manage.py verify_editions names it."
    ),
    "verify_site": gettext_lazy(
        "Readers may see other pages than were published, or none; this was found on %(time)s. Tell the operator, "
        "to whom manage.py verify_site names what differs."
    ),
    "clock": gettext_lazy(
        "The clock of the server is wrong, or was; this was found on %(time)s. Tell the operator, who sets it and "
        "looks at its time synchronisation."
    ),
}
OTHER = gettext_lazy(
    "The portal raised the alarm “%(name)s”; this was found on %(time)s. Tell the operator."
)


@dataclass(frozen=True)
class Shown:
    """An alarm in the reader's language; only what was found is in the operator's English."""

    name: str
    meaning: str
    last: str  # when it was found again; "" where it was found once
    found: tuple[str, ...]
    acknowledged: str  # when
    acknowledged_by: str


def shown(alarm):
    meaning = MEANINGS.get(alarm.name, OTHER)
    return Shown(
        alarm.name,
        meaning % {"name": alarm.name, "time": clock.in_wib(alarm.first_at)},
        clock.in_wib(alarm.last_at) if alarm.last_at != alarm.first_at else "",
        alarm.found,
        clock.in_wib(alarm.acknowledged_at) if alarm.acknowledged_at else "",
        alarm.acknowledged_by,
    )


# Acknowledging


@require_POST
def acknowledge_alarm(request, name):
    """For superusers: they answer for the whole portal, and the audit log keeps who it was."""
    if not request.user.is_superuser:
        raise PermissionDenied
    try:
        alarm = acknowledge_and_record(name, request.user.get_username(), seen_of(request))
    except Grown:
        messages.error(request, _("More was found meanwhile. Read it, then acknowledge the alarm."))
    except OSError as error:
        words = _("The alarm stays, as its file cannot be written (%(reason)s). Tell the operator.")
        messages.error(request, words % {"reason": error.strerror})
    else:
        done, nothing = _("The alarm is acknowledged."), _("The alarm was acknowledged before.")
        messages.success(request, done if alarm else nothing)
    return HttpResponseRedirect(reverse("admin:index"))


def seen_of(request):
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 5 else 0


def acknowledge_and_record(name, by, seen=None):
    """As ``editions.data_folder.alarms.acknowledge``, with an event in the audit log.

    The alarm ends last: if anything fails before, it stays open.
    """
    if name == heads.ALARM:
        heads.look()  # whether more differs by now than the alarm says
    with transaction.atomic():
        alarm = as_seen(name, seen)
        if alarm and name == heads.ALARM:
            heads.accept()
        if alarm:
            record(Event.Kind.ALARM_ACKNOWLEDGED, object=name, detail=" ".join(alarm.found))
        return acknowledge(name, by, seen)


@require_safe
def past_alarms_page(request):
    if not request.user.has_perm("editorial.view_event"):
        raise PermissionDenied
    past = [shown(alarm) for alarm in past_alarms()]
    return admin.site.page(request, "desk/past_alarms", title=_("Acknowledged alarms"), alarms=past)


# Timers that do nothing


def neglected():
    """Sentences. In production only: elsewhere there need be no timers."""
    if settings.PRODUCTION:
        yield from neglected_verification()
        yield from neglected_backup()


def neglected_verification():
    verified_at = oldest(outcomes.last(name) for name in ("verify_editions", "verify_site"))
    if not verified_at:
        yield _(
            "Nothing has checked yet that the editions and the pages are as they were published. Ask the operator to "
            "start the timer portal-verify."
        )
    elif is_past(verified_at, UNVERIFIED):
        yield _(
            "Since %(time)s nothing has checked that the editions and the pages are as they were published. Ask the "
            "operator to look at the timer portal-verify."
        ) % {"time": clock.in_wib(verified_at)}


def neglected_backup():
    backup = outcomes.last("backup")
    if not backup or not backup.good_at:
        yield _("There is no backup yet. Ask the operator to start the timer portal-backup.")
    elif is_past(backup.good_at, UNSAVED):
        yield _(
            "The last good backup was made on %(time)s. Ask the operator to look at the timer portal-backup."
        ) % {"time": clock.in_wib(backup.good_at)}


def oldest(found):
    """When the one of them that waits longest was last done; None where one never was."""
    times = [outcome and outcome.at for outcome in found]
    return min(times) if all(times) else None


def is_past(moment, patience):
    return datetime.now(UTC) - moment > patience
