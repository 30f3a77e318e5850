from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from editions.data_folder import heads, outcomes
from editions.data_folder.alarms import raise_alarm
from editions.models import Edition
from editions.publishing import faults_of_editions

NONE = (
    "No edition is published: the database is empty. Run load_official_text, or restore a backup."
)
UNKEPT = (
    "What was seen of the editions cannot be kept in the data folder: {}. "
    "Free some disk space, or check who owns the folder."
)


class Command(BaseCommand):
    help = (
        "Recomputes the hash chain of all editions, and compares them with those that were seen "
        "here before: fails and names each edition that is not as it was published, is gone, or "
        "was replaced."
    )

    requires_system_checks = []  # some open the database, which may be damaged

    def handle(self, **options):
        try:
            count = Edition.objects.count()
            faults = faults_of_editions() if count else [NONE]
            of_heads = faults_of_heads(is_chain_right=not faults)
        except DatabaseError as error:
            keep([f"The editions cannot be read: {error}"])
            raise  # manage.py prints the remedy
        keep(faults, of_heads)
        if faults or of_heads:
            raise CommandError("\n".join(faults + of_heads))
        self.stdout.write(f"{count} editions are as they were published")


def keep(faults, of_heads=()):
    """Keep the outcome for the desk and /readyz.

    Differences from the remembered heads have raised their own alarm.
    """
    found = [*faults, *of_heads]
    outcomes.keep("verify_editions", is_good=not found, words="; ".join(found))
    if faults:
        raise_alarm("verify_editions", *faults)


def faults_of_heads(is_chain_right):
    try:
        return heads.look(is_chain_right)
    except OSError as error:
        return [UNKEPT.format(error)]
