"""``/livez`` and ``/readyz``: for whoever watches the portal, whatever the Host header. Strangers learn no detail."""

import logging
import os
import shutil
from datetime import UTC, datetime
from time import monotonic

from django.conf import settings
from django.db import Error, connection
from django.http import HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from editions import clock
from editions.data_folder import outcomes
from editions.data_folder.alarms import open_alarms
from editions.models import Edition
from public.delivery.front import IS_LOST
from public.mirror import reading
from public.pages.rendering import RELEASE
from public.releases import Release

logger = logging.getLogger(__name__)
NEEDED_BYTES = 100_000_000
SAY_AGAIN = 3600  # seconds until a portal in order is told of again
TIMED = ("verify_editions", "verify_site")
_said_at = {}  # when each thing was said last, by the monotonic clock


@require_safe
@cache_control(no_store=True)
def livez(request):
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@cache_control(no_store=True)
def readyz(request):
    release = request.META.get(RELEASE)
    if problem := "the database is lost" if request.META.get(IS_LOST) else why_not_ready():
        logger.warning(
            "not ready: %s; %s", "; ".join([str(problem), *alarm_words()]), state(release)
        )
        return HttpResponse("not ready\n", content_type="text/plain", status=503)
    tell_state(release or Release.agreed())
    return HttpResponse("ok\n", content_type="text/plain")


VIEWS = {"/livez": livez, "/readyz": readyz}


def why_not_ready():
    """What keeps the portal from serving and editing, or None."""
    try:
        if not Edition.objects.exists():
            return "no edition is published"
        if fault := clock.read().fault:
            return fault
        if shutil.disk_usage(settings.DATA_DIR).free < NEEDED_BYTES:
            return f"less than {NEEDED_BYTES} bytes are free in {settings.DATA_DIR}"
        if not os.access(settings.DATA_DIR, os.W_OK):
            return f"{settings.DATA_DIR} cannot be written"
        if connection.vendor == "sqlite" and journal_mode() != settings.SQLITE_JOURNAL_MODE:
            return f"the database is in journal mode {journal_mode()}, and should be in {settings.SQLITE_JOURNAL_MODE}"
    except (Error, OSError) as error:
        return error
    return None


def journal_mode():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        return cursor.fetchone()[0].upper()


# What the log tells of a portal in order


def tell_state(release):
    """Once an hour and process; at once where it is another release, or other alarms are open."""
    said = release.key, *(alarm.name for alarm in open_alarms())
    if monotonic() - _said_at.get(said, -SAY_AGAIN) < SAY_AGAIN:
        return
    _said_at.clear()
    _said_at[said] = monotonic()
    if words := alarm_words():
        logger.warning("ready, but %s; %s", "; ".join(words), state(release))
    else:
        logger.info("ready: %s", state(release))


def alarm_words():
    """What is open until manage.py acknowledge_alarm, or the desk, ends it; the log has what was found."""
    return [f"alarm {alarm.name} since {alarm.first_at:%Y-%m-%dT%H:%MZ}" for alarm in open_alarms()]


def state(release):
    """The release, and how long ago the copy, the last good backup and each good verification were."""
    times = {"copy": reading.written_at(), "backup": good_at("backup")} | {
        name: good_at(name) for name in TIMED
    }
    ages = [f"{name} {ago(moment)}" for name, moment in times.items()]
    return ", ".join([f"release {release.key[:12] if release else 'unknown'}", *ages])


def good_at(name):
    outcome = outcomes.last(name)
    return outcome and outcome.good_at


def ago(moment):
    return f"{(datetime.now(UTC) - moment).total_seconds() / 3600:.1f} h ago" if moment else "never"
