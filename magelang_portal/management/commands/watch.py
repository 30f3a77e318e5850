from django.core.management.base import BaseCommand

from magelang_portal.operations.alarms.delivery import deliver
from magelang_portal.operations.alarms.watching import watch


class Command(BaseCommand):
    help = (
        "Measures what may go wrong, such as the free disk and the age of the backup, and tells "
        "each problem once when it begins and once when it is over: to PORTAL_ALARM_EMAIL and "
        "PORTAL_ALARM_URL. What does not arrive is sent again at the next run."
    )
    requires_system_checks = []  # some read the database, which may be lost

    def handle(self, **options):
        watch()
        for fault in deliver():
            self.stderr.write(fault)
