"""Alarms about the portal itself, shown to all staff with the next step.

An open alarm stays on the desk until a superuser acknowledges it, or the operator by command. An
alarm of what is measured ends itself.
"""

from contextlib import nullcontext
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
from editorial.audit import verification as audit_log
from editorial.audit.recording import SERVER, record
from editorial.models import Event

# The longest time without a verification, and without a backup.
LONGEST_UNVERIFIED, LONGEST_UNSAVED = timedelta(days=1), timedelta(days=2)
MEANINGS = {
    "verify_editions": gettext_lazy(
        "The editions in the database are not as they were published; this was found on %(time)s. "
        "Publish nothing, and tell the operator: the command manage.py verify_editions names what "
        "was changed."
    ),
    "heads": gettext_lazy(
        "An edition that was published is gone from the database, or was replaced; this was found "
        "on %(time)s. Publish nothing, and tell the operator: the command manage.py "
        "verify_editions names it."
    ),
    "audit_log": gettext_lazy(
        "Events of the audit log were changed or deleted, or an older backup was restored; this "
        "was found on %(time)s. Tell the operator: the command manage.py verify_audit_log names "
        "the first of them."
    ),
    "verify_site": gettext_lazy(
        "Readers may see other pages than were published, or none; this was found on %(time)s. "
        "Tell the operator: the command manage.py verify_site names what differs."
    ),
    "clock": gettext_lazy(
        "The clock of the server is wrong, or was; this was found on %(time)s. Tell the "
        "operator, who sets it and looks at its time synchronisation."
    ),
    "database": gettext_lazy(
        "The database does not answer, is damaged, or has lost its standby; this was found on "
        "%(time)s. Readers get the published text, but perhaps nobody can save. Tell the operator."
    ),
    "disk": gettext_lazy(
        "A disk of the server is nearly full; this was found on %(time)s. Soon nobody could save. "
        "Tell the operator, who makes room."
    ),
    "certificate": gettext_lazy(
        "Browsers do not accept the certificate of the site, or will soon refuse it; this was "
        "found on %(time)s. Tell the operator, who renews it."
    ),
    "time": gettext_lazy(
        "Nothing sets the clock of the server, or it differs from the clock of the database; this "
        "was found on %(time)s. Tell the operator, who looks at its time synchronisation."
    ),
    "backup": gettext_lazy(
        "There is no new backup; this was found on %(time)s. Tell the operator, who looks at the "
        "timer portal-backup."
    ),
    "verification": gettext_lazy(
        "Nothing checks any more that the editions, the pages and the audit log are unchanged; "
        "this was found on %(time)s. Tell the operator, who looks at the timer portal-verify."
    ),
    "sending": gettext_lazy(
        "Nothing sends the audit log to another machine any more; this was found on %(time)s. Tell "
        "the operator, who looks at the timer portal-audit."
    ),
    "copy": gettext_lazy(
        "The static copy, which answers readers while the portal cannot, is older than the "
        "published text, or lacks booklets; this was found on %(time)s. Tell the operator, who "
        "writes it again with manage.py write_copy."
    ),
    "publication-hook": gettext_lazy(
        "The program that runs after a publication failed; this was found on %(time)s. A cache "
        "may still show readers the text before. Tell the operator."
    ),
    "delivery": gettext_lazy(
        "Messages about alarms do not reach the operator; this was found on %(time)s. Tell the "
        "operator what stands here."
    ),
}
FAILED = "failed-"  # begins the name of an alarm about a service; the rest is the service's name
OF_SERVICE = gettext_lazy(
    "The service %(service)s of the portal failed; this was found on %(time)s. Tell the operator: "
    "the command journalctl -u %(service)s names the cause."
)
OTHER = gettext_lazy(
    "The portal raised the alarm “%(name)s”; this was found on %(time)s. Tell the operator."
)


@dataclass(frozen=True)
class ShownAlarm:
    """An alarm with its meaning and times in the reader's language; ``found`` is in English."""

    name: str
    meaning: str
    last: str  # the time of the last finding; "" after a single one
    found: tuple[str, ...]
    digest: str
    end: str  # how it ended; "" while it is open
    ends_itself: bool


def shown(alarm):
    return ShownAlarm(
        alarm.name,
        meaning(alarm),
        clock.in_wib(alarm.last_at) if alarm.last_at != alarm.first_at else "",
        alarm.found,
        alarm.digest,
        words_of_end(alarm) if alarm.acknowledged_at else "",
        alarm.ends_itself,
    )


def meaning(alarm):
    service = alarm.name.removeprefix(FAILED)
    words = MEANINGS.get(alarm.name, OF_SERVICE if service != alarm.name else OTHER)
    time = clock.in_wib(alarm.first_at)
    return words % {"name": alarm.name, "service": service, "time": time}


def words_of_end(alarm):
    """Who acknowledged the alarm and when, or that it ended itself."""
    values = {"time": clock.in_wib(alarm.acknowledged_at), "name": alarm.acknowledged_by}
    if not alarm.acknowledged_by:
        return _("It ended by itself on %(time)s, when what is measured was good again.") % values
    if alarm.acknowledged_by == SERVER:
        return _("The operator acknowledged it on %(time)s.") % values
    return _("%(name)s acknowledged it on %(time)s.") % values


# Acknowledging

# Whom to wait for, and what makes the findings right.
ACCEPTED = {
    heads.ALARM: (heads.alone, heads.accept),
    audit_log.ALARM: (nullcontext, audit_log.accept),
}


@require_POST
def acknowledge_alarm(request, name):
    """Only for superusers, who are responsible for the whole portal; the audit log names them."""
    if not request.user.is_superuser:
        raise PermissionDenied
    seen = request.POST.get("seen", "")
    try:
        alarm = acknowledge_and_record(name, request.user.get_username(), seen)
    except Grown:
        messages.error(request, _("More was found meanwhile. Read it, then acknowledge the alarm."))
    except OSError as error:
        words = _("The alarm stays, as its file cannot be written (%(reason)s). Tell the operator.")
        messages.error(request, words % {"reason": error.strerror})
    else:
        done, nothing = _("The alarm is acknowledged."), _("The alarm was acknowledged before.")
        messages.success(request, done if alarm else nothing)
    return HttpResponseRedirect(reverse("admin:index"))


def acknowledge_and_record(name, by, seen=None):
    """As ``editions.data_folder.alarms.acknowledge``, with an event in the audit log.

    The alarm ends last, so that it stays open after a failure.
    """
    if name == heads.ALARM:
        heads.look()  # adds newer differences to the alarm
    alone, accept = ACCEPTED.get(name, (nullcontext, None))
    with transaction.atomic(), alone():
        if alarm := as_seen(name, seen):
            record(Event.Kind.ALARM_ACKNOWLEDGED, object=name, detail=" ".join(alarm.found))
        return acknowledge(name, by, seen, accept)


@require_safe
def past_alarms_page(request):
    if not request.user.has_perm("editorial.view_event"):
        raise PermissionDenied
    past = [shown(alarm) for alarm in past_alarms()]
    return admin.site.page(request, "desk/past_alarms", title=_("Past alarms"), alarms=past)


# Timers that do not run


def neglected(open_names=()):
    """Sentences about the timers, only in production: elsewhere no timer is needed.

    An open alarm says the same.
    """
    if settings.PRODUCTION and "verification" not in open_names:
        yield from neglected_verification()
    if settings.PRODUCTION and "backup" not in open_names:
        yield from neglected_backup()


def neglected_verification():
    verified_at = oldest(outcomes.last(name) for name in ("verify_editions", "verify_site"))
    if not verified_at:
        yield _(
            "Nothing has checked yet that the editions and the pages are as they were published. "
            "Ask the operator to start the timer portal-verify."
        )
    elif is_past(verified_at, LONGEST_UNVERIFIED):
        yield _(
            "Since %(time)s nothing has checked that the editions and the pages are as they were "
            "published. Ask the operator to look at the timer portal-verify."
        ) % {"time": clock.in_wib(verified_at)}


def neglected_backup():
    backup = outcomes.last("backup")
    if not backup or not backup.good_at:
        yield _("There is no backup yet. Ask the operator to start the timer portal-backup.")
    elif is_past(backup.good_at, LONGEST_UNSAVED):
        yield _(
            "The last good backup was made on %(time)s. Ask the operator to look at the timer "
            "portal-backup."
        ) % {"time": clock.in_wib(backup.good_at)}


def oldest(found):
    """The oldest time of the outcomes, or None if one of them is missing."""
    times = [outcome and outcome.at for outcome in found]
    return min(times) if all(times) else None


def is_past(moment, patience):
    return datetime.now(UTC) - moment > patience
