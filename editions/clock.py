"""The portal's clock: database time, so that all workers and nodes agree on what is in force."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime

from editions.data_folder.files import path_of, write_safely
from editions.models import Edition, Withdrawal

WIB = ZoneInfo("Asia/Jakarta")
NOW = {"postgresql": "clock_timestamp()", "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')"}
LEAD = timedelta(seconds=1)  # so long before a change is due, every worker and node knows of it
IN_A_MOMENT = {  # now and ``LEAD``
    "postgresql": "(clock_timestamp() + interval '1 second')",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '+1 second')",
}

TOLERANCE = timedelta(seconds=1)  # a clock set back by less is trusted
SETTLED = timedelta(seconds=1.5)  # a publication or withdrawal takes effect within this time
SHOWN = ("heads", "shown")  # a file in the data folder
SHOWN_LATER = (
    "The clock is earlier than {:%Y-%m-%d %H:%M:%S} UTC"
    ", when an edition that readers saw took effect. "
    "Pages stand as of then, and nobody can publish, until the clock is right: see timedatectl. "
    "If the clock was ahead when they saw it, set the clock, then delete {}."
)


@dataclass(frozen=True)
class Reading:
    """The time of the clock, and the latest times that must lie before it.

    These are the newest publication or withdrawal, and ``shown``, the time of an edition that
    readers saw.
    """

    now: datetime
    newest: datetime | None
    shown: datetime | None = None

    @property
    def is_believed(self):
        return self.newest is None or self.now > self.newest - TOLERANCE

    @property
    def moment(self):
        """The moment that public pages show. It stands still while the clock is not trusted."""
        return self.now if self.is_believed else self.newest + SETTLED

    @property
    def soon(self):
        """The effective time of "publish now": database time + 1 s, to the nearest second.

        The lead of 0.5 to 1.5 s lets every worker and node know of an edition before it is due. So
        all change over together, and no reader sees the new text and then the old one.
        """
        return (self.moment + SETTLED).replace(microsecond=0)

    @property
    def fault(self):
        """A sentence for the operator while the clock is not trusted, else ""."""
        if self.is_believed:
            return ""
        if self.newest == self.shown:
            return SHOWN_LATER.format(self.newest, path_of(*SHOWN))
        return (
            f"The clock is earlier than the newest publication or withdrawal, of "
            f"{self.newest:%Y-%m-%d %H:%M:%S} UTC. "
            "Pages stand as of then, and nobody can publish, until the clock is right: see "
            "timedatectl."
        )


def read(editions=None):
    """``editions``, if given, are all editions, and save the query."""
    seen = shown()
    return Reading(now(), max(filter(None, (newest(editions), seen)), default=None), seen)


def newest(editions):
    """When something was last published or withdrawn; None before the first edition."""
    if editions is None:
        moments = [
            Edition.objects.aggregate(newest=Max("published_at"))["newest"],
            Withdrawal.objects.aggregate(newest=Max("withdrawn_at"))["newest"],
        ]
    else:
        moments = [edition.published_at for edition in editions]
        moments += [edition.withdrawal.withdrawn_at for edition in editions if edition.is_withdrawn]
    return max(filter(None, moments), default=None)


def shown():
    """The latest time of an edition that readers saw for long; None if it is unknown."""
    try:
        return datetime.fromisoformat(path_of(*SHOWN).read_text()).astimezone(UTC)
    except (OSError, ValueError):
        return None


def keep_shown(moment):
    """Remember that readers saw an edition that took effect at this moment. Raises ``OSError``."""
    if moment > (shown() or moment - LEAD):
        write_safely(path_of(*SHOWN), moment.isoformat())


def now():
    """The database's time, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NOW[connection.vendor]}")
        return as_time(*cursor.fetchone())


def in_wib(moment, form="DATETIME_FORMAT"):
    """The time in Magelang, in words."""
    return date_format(localtime(moment, WIB), form)


def as_time(moment):
    """The value of ``NOW`` as a time in UTC: SQLite has no type for it."""
    return (
        parse_datetime(moment).replace(tzinfo=UTC)
        if isinstance(moment, str)
        else moment.astimezone(UTC)
    )


def soon():
    return read().soon
