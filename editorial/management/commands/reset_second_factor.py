from django.core.management.base import BaseCommand, CommandError

from editorial.accounts.second_factor import ENROL_WITHIN, has_factor, reset
from editorial.models import Account


class Command(BaseCommand):
    help = (
        "Takes the second factor and the password of an account away, for who lost app and recovery codes and finds "
        "no administrator: with a new password, which changepassword sets, the next login sets up a new factor. Make "
        "sure who asks. It is recorded."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        account = Account.objects.filter(username=username).first()
        if account is None:
            raise CommandError(
                f"There is no account “{username}”. The page of the accounts lists their names."
            )
        if not has_factor(account):
            raise CommandError(
                f"“{username}” has no second factor: the next login sets one up, within {ENROL_WITHIN.days} days of "
                f"a new password. To set that: manage.py changepassword {username}"
            )
        reset(account)
        self.stdout.write(
            f"The second factor and the password of “{username}” are gone, and all its sessions have ended. Now set a "
            f"new password: manage.py changepassword {username}"
        )
