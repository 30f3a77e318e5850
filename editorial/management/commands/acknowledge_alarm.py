from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from editions.data_folder.alarms import Grown, acknowledge, open_alarms
from editorial.audit.recording import SERVER
from editorial.desk.alarms import acknowledge_and_record


class Command(BaseCommand):
    help = (
        "Ends an open alarm, once its cause is known and fixed. Without a name: lists the open "
        "ones, with what was found. It is recorded; the page of acknowledged alarms goes on "
        "showing it."
    )
    requires_system_checks = []  # some read the database, which may be damaged

    def add_arguments(self, parser):
        parser.add_argument("name", nargs="?", help="such as verify_site")

    def handle(self, *, name, **options):
        if not name:
            return self.list_open()
        try:
            alarm = self.acknowledge(name)
        except Grown:
            raise CommandError(
                f"More was found by now, so the alarm {name} stays: read it again."
            ) from None
        except OSError as error:
            raise CommandError(
                f"The alarm stays, as its file cannot be written: {error}"
            ) from error
        if not alarm:
            names = ", ".join(alarm.name for alarm in open_alarms()) or "none"
            raise CommandError(f"No alarm “{name}” is open. Open are: {names}.")
        return self.stdout.write("\n".join([f"The alarm {name} is acknowledged:", *alarm.found]))

    def acknowledge(self, name):
        """Acknowledge only the findings that are listed now."""
        seen = next((alarm.digest for alarm in open_alarms() if alarm.name == name), None)
        try:
            return acknowledge_and_record(name, SERVER, seen)
        except DatabaseError:
            self.stderr.write("The database does not answer, so the audit log does not have it.")
            return acknowledge(name, SERVER, seen)

    def list_open(self):
        for alarm in open_alarms():
            times = f"{alarm.first_at:%Y-%m-%d %H:%MZ}, last {alarm.last_at:%Y-%m-%d %H:%MZ}"
            end = "; it ends by itself" if alarm.ends_itself else ""
            self.stdout.write("\n  ".join([f"{alarm.name}: first {times}{end}", *alarm.found]))
        if not open_alarms():
            self.stdout.write("No alarm is open.")
