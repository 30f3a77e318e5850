"""What is wrong with the portal itself, as its timers found: whoever works here is told, and what to do about it."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from editions import outcomes

UNVERIFIED, UNSAVED = timedelta(days=1), timedelta(days=2)  # for so long a timer may have done nothing


def alarms():
    """Sentences. That a timer does nothing is told in production only: elsewhere there need be none."""
    yield from failures()
    if settings.PRODUCTION:
        yield from neglected()


def failures():
    editions, site = outcomes.last("verify_editions"), outcomes.last("verify_site")
    if editions and not editions.is_good:
        yield _(
            "The editions in the database are not as they were published; this was found on %(time)s. Publish "
            "nothing, and tell the operator, to whom manage.py verify_editions names what was changed."
        ) % {"time": in_words(editions.at)}
    if site and not site.is_good:
        yield _(
            "Readers may see other pages than were published, or none; this was found on %(time)s. Tell the operator, "
            "to whom manage.py verify_site names what differs."
        ) % {"time": in_words(site.at)}


def neglected():
    verified_at = oldest(outcomes.last(name) for name in ("verify_editions", "verify_site"))
    backup = outcomes.last("backup")
    if not verified_at:
        yield _(
            "Nothing has checked yet that the editions and the pages are as they were published. Ask the operator to "
            "start the timer portal-verify."
        )
    elif is_past(verified_at, UNVERIFIED):
        yield _(
            "Since %(time)s nothing has checked that the editions and the pages are as they were published. Ask the "
            "operator to look at the timer portal-verify."
        ) % {"time": in_words(verified_at)}
    if not backup or not backup.good_at:
        yield _("There is no backup yet. Ask the operator to start the timer portal-backup.")
    elif is_past(backup.good_at, UNSAVED):
        yield _("The last good backup was made on %(time)s. Ask the operator to look at the timer portal-backup.") % {
            "time": in_words(backup.good_at)
        }


def oldest(found):
    """When the one of them that waits longest was last done; None where one never was."""
    times = [outcome and outcome.at for outcome in found]
    return min(times) if all(times) else None


def is_past(moment, patience):
    return datetime.now(UTC) - moment > patience


def in_words(moment):
    return date_format(localtime(moment), "DATETIME_FORMAT")
