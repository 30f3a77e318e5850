from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from editions import clock
from editions.document import Text
from editions.management.commands.load_official_text import clock_time
from editions.publishing import Refused
from editorial.second_reader import publish_working_copy
from vision.models import Vision


class Command(BaseCommand):
    help = "Publishes the working copy of a period as its next edition."

    def add_arguments(self, parser):
        parser.add_argument("period", help="such as 2016-2021")
        parser.add_argument("--note-id", required=True, help="change note in Indonesian")
        parser.add_argument("--note-en", required=True, help="change note in English")
        parser.add_argument("--publisher", required=True, help="name of the person who publishes, as of their account")
        parser.add_argument("--at", help="a time to come, such as 2026-12-01T08:00 (WIB); default: now")
        parser.add_argument("--missing-english", action="store_true", help="publish although some English is missing")

    def handle(self, *, period, note_id, note_en, publisher, at, missing_english, **options):
        with override("en"):
            try:
                edition = publish_working_copy(
                    vision_of(period),
                    note=Text(note_id, note_en),
                    publisher=publisher,
                    effective_at=clock_time(at) if at else None,
                    accept_missing_english=missing_english,
                )
            except Refused as error:
                raise CommandError(str(error)) from error
            time = edition.effective_at.astimezone(clock.WIB)
            reader = ", without a second reader" if edition.without_second_reader else ""
            self.stdout.write(f"{edition} takes effect at {time:%Y-%m-%d %H:%M:%S} WIB{reader}")


def vision_of(period):
    try:
        start, end = map(int, period.split("-"))
        return Vision.objects.get(period_start=start, period_end=end)
    except (ValueError, Vision.DoesNotExist) as error:
        known = ", ".join(f"{v.period_start}-{v.period_end}" for v in Vision.objects.all()) or "none"
        raise CommandError(f"There is no vision “{period}”. Known periods: {known}.") from error
