from datetime import date, datetime

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from editions import clock
from editions.clock import WIB
from editions.triggers import create_triggers, drop_triggers
from editorial.audit.recording import record
from editorial.audit.seen import accept_beginning
from editorial.audit.verification import verify
from editorial.models import Event, Seal
from magelang_portal.operations.owner import as_owner

TABLES = ("editorial_seal", "editorial_event")


class Command(BaseCommand):
    help = (
        "Deletes the events of the audit log before a day, when the city's retention schedule says "
        "so. The rest still verifies: an event, and a file in the data folder, keep the number and "
        "hash of the last deleted."
    )

    def add_arguments(self, parser):
        parser.add_argument("day", type=date.fromisoformat, help="keep from this day: 2031-01-31")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, day, yes, **options):
        if day > clock.now().astimezone(WIB).date():
            raise CommandError(f"{day} is still to come. Nothing was deleted.")
        _newest, faults = verify()
        if faults:
            raise CommandError("\n".join([*faults, "Nothing was deleted."]))
        last = last_before(datetime(day.year, day.month, day.day, tzinfo=WIB))
        if last is None:
            raise CommandError(f"No event is older than {day}. Nothing was deleted.")
        count = Seal.objects.filter(pk__lte=last.pk).count()
        if not (yes or input(f"Delete {count} events before {day}? Write yes: ").strip() == "yes"):
            raise CommandError("Nothing was deleted.")
        with as_owner(), transaction.atomic():
            delete_to(last)
            record(Event.Kind.SHORTENED, object=str(last.pk), detail=last.sha256)
            accept_beginning(Seal.objects.order_by("pk").first())
        self.stdout.write(f"{count} events before {day} were deleted; it is recorded.")


def last_before(moment):
    """The last event before the first that is not older; None if there is none.

    The newest event always stays: the chain goes on from it.
    """
    kept = Seal.objects.filter(event__at__gte=moment).order_by("pk").first() or Seal.objects.last()
    return Seal.objects.filter(pk__lt=kept.pk).order_by("pk").last() if kept else None


def delete_to(last):
    """Nobody else changes the tables meanwhile: the triggers are off until the end."""
    drop_triggers(tables=TABLES)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"LOCK TABLE {', '.join(TABLES)} IN EXCLUSIVE MODE")
            cursor.execute("SET LOCAL statement_timeout = 0")  # many events take long
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # events are deleted before their seals
        cursor.execute(
            "DELETE FROM editorial_event WHERE id IN "
            "(SELECT event_id FROM editorial_seal WHERE id <= %s)",
            [last.pk],
        )
        cursor.execute("DELETE FROM editorial_seal WHERE id <= %s", [last.pk])
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # triggers cannot be made before that
    create_triggers(tables=TABLES)
