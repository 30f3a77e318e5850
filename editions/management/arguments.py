"""How commands read what an operator types."""

from django.core.management import CommandError
from django.utils.dateparse import parse_datetime

from editions import clock


def clock_time(words):
    """The aware time of an ISO string; without an offset it is WIB. Raises ``CommandError``."""
    try:
        moment = parse_datetime(words)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"“{words}” is not a time. Write it like 2026-11-23T08:00.")
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.WIB)
