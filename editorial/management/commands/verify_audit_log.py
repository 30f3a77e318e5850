from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from editions.data_folder import outcomes
from editorial.audit.verification import verify

OUTCOME = "verify_audit_log"


class Command(BaseCommand):
    help = (
        "Recomputes the chain of hashes of the audit log, and compares its newest event with the "
        "one seen here before: fails, and names the first ten events that are not as they were "
        "recorded or are gone. Prints the number and hash of the newest event, to compare with a "
        "receiver's."
    )
    requires_system_checks = []  # some open the database, which may be damaged

    def handle(self, **options):
        try:
            newest, faults = verify()
        except (DatabaseError, OSError) as error:
            outcomes.keep(OUTCOME, is_good=False, words=str(error))
            raise CommandError(f"The audit log cannot be verified: {error}") from error
        outcomes.keep(OUTCOME, is_good=not faults, words=" ".join(faults))
        if faults:
            raise CommandError("\n".join(faults))
        what = f"the newest is {newest}" if newest else "it is empty"
        self.stdout.write(f"The audit log is as it was recorded; {what}")
