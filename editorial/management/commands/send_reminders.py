from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from editorial.reminders.sending import NoMailServer, send_reminders


class Command(BaseCommand):
    help = (
        "Writes to each person who chose it what waits for them, at most once a day, and to "
        "publishers which edition took effect. Without PORTAL_EMAIL_URL it does nothing."
    )

    def handle(self, **options):
        if not settings.HAS_MAIL_SERVER:
            self.stdout.write("PORTAL_EMAIL_URL is not set, so the portal sends no mail.")
            return
        faults, count = [], 0
        try:
            for name, fault in send_reminders():
                count += not fault
                faults += [f"{name}: {fault}"] if fault else []
        except NoMailServer as error:
            raise CommandError("\n".join([*faults, str(error)])) from error
        finally:
            self.stdout.write(f"Reminders sent: {count}.")
        if faults:
            raise CommandError("\n".join(["Some reminders went wrong:", *faults]))
