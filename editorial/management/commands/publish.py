from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from editions import clock
from editions.document import Text
from editions.management.arguments import clock_time
from editions.models import scheduled
from editions.publishing import Refused, withdraw_before_its_time
from editions.publishing import move as publish_moved
from editorial.publishing.second_reader import publish_working_copy
from vision.models import Vision


class Command(BaseCommand):
    help = (
        "Publishes the working copy of a period as its next edition; or replaces, moves or "
        "withdraws the edition that waits for its time."
    )

    def add_arguments(self, parser):
        parser.add_argument("period", help="such as 2016-2021")
        parser.add_argument("--note-id", help="change note in Indonesian")
        parser.add_argument("--note-en", help="change note in English")
        parser.add_argument(
            "--publisher",
            required=True,
            help="name of the person who publishes, as of their account",
        )
        parser.add_argument(
            "--at", help="a time to come, such as 2026-12-01T08:00 (WIB); default: now"
        )
        parser.add_argument(
            "--far", action="store_true", help="a time more than a year ahead is meant"
        )
        parser.add_argument(
            "--missing-english",
            action="store_true",
            help="publish although some English is missing",
        )
        waiting = parser.add_mutually_exclusive_group()
        waiting.add_argument(
            "--replace", action="store_true", help="publish in the place of the edition that waits"
        )
        waiting.add_argument(
            "--move", action="store_true", help="give the edition that waits another time (--at)"
        )
        waiting.add_argument(
            "--withdraw", action="store_true", help="withdraw the edition that waits"
        )

    def handle(self, *, period, **options):
        with override("en"):
            try:
                self.stdout.write(act(vision_of(period), **options))
            except Refused as error:
                raise CommandError(str(error)) from error


def act(vision, *, move=False, withdraw=False, replace=False, publisher, **options):
    """Returns a sentence that reports the act. Raises ``Refused``."""
    waiting = waiting_edition(vision) if move or withdraw or replace else None
    if withdraw:
        withdraw_before_its_time(waiting, withdrawn_by=publisher)
        return f"{waiting} is withdrawn before its time"
    if move:
        return sentence_about(moved(waiting, publisher, **options))
    return sentence_about(
        published(vision, publisher, replaces=waiting and waiting.number, **options)
    )


def waiting_edition(vision):
    waiting = scheduled(vision.editions.summaries(), clock.read().moment)
    if waiting is None:
        raise CommandError(
            "No edition of this period waits for its time: leave out --replace, --move and "
            "--withdraw."
        )
    return waiting


def moved(waiting, publisher, *, at, far, **options):
    return publish_moved(
        waiting, effective_at=clock_time(at) if at else None, publisher=publisher, may_be_far=far
    )


def published(
    vision, publisher, *, replaces, note_id, note_en, at, far, missing_english, **options
):
    if note_id is None or note_en is None:
        raise CommandError("Give the change note in both languages: --note-id and --note-en.")
    return publish_working_copy(
        vision,
        note=Text(note_id, note_en),
        publisher=publisher,
        effective_at=clock_time(at) if at else None,
        accept_missing_english=missing_english,
        may_be_far=far,
        replaces=replaces,
    )


def sentence_about(edition):
    time = edition.effective_at.astimezone(clock.WIB)
    reader = ", without a second reader" if edition.without_second_reader else ""
    return f"{edition} takes effect at {time:%Y-%m-%d %H:%M:%S} WIB{reader}"


def vision_of(period):
    try:
        start, end = map(int, period.split("-"))
        return Vision.objects.get(period_start=start, period_end=end)
    except (ValueError, Vision.DoesNotExist) as error:
        known = ", ".join(vision.period for vision in Vision.objects.all()) or "none"
        raise CommandError(f"There is no vision “{period}”. Known periods: {known}.") from error
