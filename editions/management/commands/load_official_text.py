from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from editions import clock, official_text


class Command(BaseCommand):
    help = (
        "Loads the official text as editions 1 (as received) and 2 (corrected). "
        "Never overwrites anything."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--at",
            help="effective time of edition 1, such as 2016-01-01T00:00:00 (WIB); default: now",
        )

    def handle(self, *, at, **options):
        for path in official_text.files():
            try:
                vision = official_text.load(path, at=clock_time(at) if at else None)
            except official_text.OfficialTextError as error:
                raise CommandError(str(error)) from error
            if options["verbosity"]:
                outcome = (
                    "loaded as editions 1 and 2"
                    if vision
                    else "a vision for these years exists; nothing changed"
                )
                self.stdout.write(f"{path.name}: {outcome}")


def clock_time(words):
    """The aware time of an ISO string; without an offset it is WIB. Raises ``CommandError``."""
    try:
        moment = parse_datetime(words)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"“{words}” is not a time. Write it like 2026-11-23T08:00.")
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.WIB)
