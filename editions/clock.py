"""The one clock of the portal: the database's, so that every worker and node agrees on what is in force."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime

WIB = ZoneInfo("Asia/Jakarta")
NOW = {"postgresql": "clock_timestamp()", "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')"}
LEAD = timedelta(seconds=1)  # by which every worker and node knows of a change before it is due
IN_A_MOMENT = {  # now and ``LEAD``
    "postgresql": "(clock_timestamp() + interval '1 second')",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '+1 second')",
}


def now():
    """The database's time, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NOW[connection.vendor]}")
        return as_time(*cursor.fetchone())


def in_wib(moment, form="DATETIME_FORMAT"):
    """The time in Magelang, in words."""
    return date_format(localtime(moment, WIB), form)


def as_time(moment):
    """What ``NOW`` gives, as a time in UTC: SQLite has no type for it."""
    return parse_datetime(moment).replace(tzinfo=UTC) if isinstance(moment, str) else moment.astimezone(UTC)


def soon():
    """The moment that "publish now" means: database time + 1 s, to the nearest second.

    The lead of 0.5 to 1.5 s lets every worker and node know of an edition before it is due, so that all change
    over together and no reader sees the new text and then the old one.
    """
    return (now() + timedelta(seconds=1.5)).replace(microsecond=0)
