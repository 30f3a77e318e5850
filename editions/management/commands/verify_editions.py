from itertools import groupby

from django.core.management.base import BaseCommand, CommandError

from editions.models import Edition
from editions.publishing import faults_of_chain


class Command(BaseCommand):
    help = (
        "Recomputes the hash chain of all editions; fails and names each edition that is not as it was published. "
        "That the newest edition is still there, only a copy of its hash elsewhere can show."
    )

    def handle(self, **options):
        editions = Edition.objects.order_by("vision_id", "number")
        faults = [
            fault
            for _, chain in groupby(editions, key=lambda edition: edition.vision_id)
            for fault in faults_of_chain(list(chain))
        ]
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write(f"{len(editions)} editions are as they were published")
