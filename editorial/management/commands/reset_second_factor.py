from django.core.management.base import BaseCommand, CommandError

from editorial.accounts.second_factor import ENROL_WITHIN, has_factor, reset
from editorial.models import Account


class Command(BaseCommand):
    help = (
        "Takes away an account's second factor and password, when its owner has lost the app and "
        "the recovery codes and finds no administrator. Set a new password with changepassword; "
        "the next login sets up a new factor. Make sure who asks. It is recorded."
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
                f"“{username}” has no second factor: the next login sets one up, within "
                f"{ENROL_WITHIN.days} days of a new password. To set that: manage.py "
                f"changepassword {username}"
            )
        reset(account)
        self.stdout.write(
            f"The second factor and the password of “{username}” are gone, and all its sessions "
            f"have ended. Now set a new password: manage.py changepassword {username}"
        )
