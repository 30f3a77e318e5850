from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from editions import outcomes
from editions.alarms import raise_alarm
from editions.models import Edition
from editions.publishing import faults_of_editions

NONE = "No edition is published: the database is empty. Run load_official_text, or restore a backup."
UNREADABLE = (
    "The editions cannot be read, as the database does not answer or is damaged: {}. "
    "See that it runs; where it is damaged, run manage.py restore with the last good backup."
)


class Command(BaseCommand):
    help = (
        "Recomputes the hash chain of all editions; fails and names each edition that is not as it was published. "
        "That the newest edition is still there, only a copy of its hash elsewhere can show."
    )

    def handle(self, **options):
        try:
            count = Edition.objects.count()
            faults = faults_of_editions() if count else [NONE]
        except DatabaseError as error:
            count, faults = 0, [UNREADABLE.format(error)]
        outcomes.keep("verify_editions", is_good=not faults, words="; ".join(faults))
        if faults:
            raise_alarm("verify_editions", *faults)
            raise CommandError("\n".join(faults))
        self.stdout.write(f"{count} editions are as they were published")
