"""``/livez`` and ``/readyz`` for monitoring, under any Host header. Details are in the log only."""

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
from magelang_portal.operations.doctor.site.challenge import answered
from public.delivery.front import IS_LOST
from public.mirror import reading
from public.pages.rendering import RELEASE
from public.releases import Release

logger = logging.getLogger(__name__)
NEEDED_BYTES = 100_000_000
LOG_AGAIN = 3600  # seconds until the same good state is logged again
VERIFICATIONS = ("verify_editions", "verify_site", "verify_audit_log")
_logged_at = {}  # (release, *open alarms): when it was logged last, by the monotonic clock


@require_safe
@cache_control(no_store=True)
def livez(request):
    return HttpResponse(f"{answered(request) or 'ok'}\n", content_type="text/plain")


@require_safe
@cache_control(no_store=True)
def readyz(request):
    release = request.META.get(RELEASE)
    if problem := "the database is lost" if request.META.get(IS_LOST) else why_not_ready():
        reasons = "; ".join([str(problem), *alarm_words()])
        logger.warning("not ready: %s; %s", reasons, release_and_ages(release))
        return HttpResponse("not ready\n", content_type="text/plain", status=503)
    log_ready(release or Release.agreed())
    return HttpResponse("ok\n", content_type="text/plain")


VIEWS = {"/livez": livez, "/readyz": readyz}


def why_not_ready():
    """Why the portal cannot serve and edit, or None."""
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
            return (
                f"the database is in journal mode {journal_mode()}, and should be in "
                f"{settings.SQLITE_JOURNAL_MODE}"
            )
        if connection.vendor == "postgresql" and is_read_only():
            return "the database is read-only: its server is a standby that nobody promoted"
    except (Error, OSError) as error:
        return error
    return None


def journal_mode():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        return cursor.fetchone()[0].upper()


def is_read_only():
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return cursor.fetchone()[0] == "on"


# The log


def log_ready(release):
    """Once an hour in each process, and at once for another release or other open alarms."""
    current = release.key, *(alarm.name for alarm in open_alarms())
    if monotonic() - _logged_at.get(current, -LOG_AGAIN) < LOG_AGAIN:
        return
    _logged_at.clear()
    _logged_at[current] = monotonic()
    if words := alarm_words():
        logger.warning("ready, but %s; %s", "; ".join(words), release_and_ages(release))
    else:
        logger.info("ready: %s", release_and_ages(release))


def alarm_words():
    """The open alarms, until manage.py acknowledge_alarm or the desk ends them."""
    return [f"alarm {alarm.name} since {alarm.first_at:%Y-%m-%dT%H:%MZ}" for alarm in open_alarms()]


def release_and_ages(release):
    """The release, and the ages of the copy, the last good backup and the good verifications."""
    times = {"copy": reading.written_at()}
    times |= {name: good_at(name) for name in ("backup", *VERIFICATIONS)}
    ages = [f"{name} {ago(moment)}" for name, moment in times.items()]
    return ", ".join([f"release {release.key[:12] if release else 'unknown'}", *ages])


def good_at(name):
    outcome = outcomes.last(name)
    return outcome and outcome.good_at


def ago(moment):
    return f"{(datetime.now(UTC) - moment).total_seconds() / 3600:.1f} h ago" if moment else "never"
