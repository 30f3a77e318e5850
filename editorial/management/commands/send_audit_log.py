from contextlib import nullcontext

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from editions.data_folder import outcomes
from editorial.audit.sending import Refused, send, syslog

OUTCOME = "send_audit_log"


class Command(BaseCommand):
    help = (
        "Writes each event of the audit log since the last run as a line with its number and hash: "
        "to standard output, which systemd gives to the journal, or to a syslog server. "
        "deploy/check-audit-lines checks what was received."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--to",
            metavar="ADDRESS",
            help="tcp://host:514, udp://host:514 or unix:///run/name; without it: standard output",
        )
        parser.add_argument(
            "--from",
            dest="start",
            type=int,
            metavar="NUMBER",
            help="send again from this event, which the receiver lacks",
        )

    def handle(self, *, to, start, **options):
        try:
            with syslog(to) if to else nullcontext(self.print) as write:
                count = send(write, start)
        except (Refused, OSError, ValueError, DatabaseError) as error:
            words = f"{error}" if isinstance(error, Refused) else unsent(to, error)
            outcomes.keep(OUTCOME, is_good=False, words=words)
            raise CommandError(words) from error
        outcomes.keep(OUTCOME, is_good=True)
        self.stderr.write(f"Events sent: {count}.")

    def print(self, line, seal):
        self.stdout.write(line)


def unsent(to, error):
    where = f" to {to}" if to else ""
    return f"The audit log was not sent{where}: {error}. The next run begins with what is missing."
