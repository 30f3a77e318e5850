from django.core.management.base import BaseCommand, CommandError

from editions import outcomes
from editions.models import Edition
from editions.publishing import faults_of_editions


class Command(BaseCommand):
    help = (
        "Recomputes the hash chain of all editions; fails and names each edition that is not as it was published. "
        "That the newest edition is still there, only a copy of its hash elsewhere can show."
    )

    def handle(self, **options):
        faults = faults_of_editions()
        outcomes.keep("verify_editions", is_good=not faults, words="; ".join(faults))
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write(f"{Edition.objects.count()} editions are as they were published")
