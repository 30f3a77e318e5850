"""What a changed account means: its sessions end, and the change is recorded."""

from django.contrib.auth.hashers import is_password_usable
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver

from editorial.audit.recording import record
from editorial.models import Account, Event

SWITCHES = {
    "is_active": (Event.Kind.ACTIVATED, Event.Kind.DEACTIVATED),
    "is_superuser": (Event.Kind.SUPERUSER_GIVEN, Event.Kind.SUPERUSER_TAKEN),
}
WATCHED = ["username", "password", *SWITCHES]


@receiver(pre_save, sender=Account)
def compare(instance, update_fields, raw, **kwargs):
    """Compare the account with its row while that is still the old one."""
    instance.changes = [] if raw else what_changes(instance, update_fields)


@receiver(post_save, sender=Account)
def end_and_record(instance, created, **kwargs):
    changes = instance.__dict__.pop("changes")
    if changes and not created:
        instance.end_sessions()
    for kind, detail in changes:
        record(kind, row=instance, detail=detail)


def what_changes(account, update_fields=None):
    """What saving the account would change of who may log in and do what, each with its detail."""
    if account._state.adding:
        return [(Event.Kind.ACCOUNT_ADDED, "")] + [
            (Event.Kind.SUPERUSER_GIVEN, "")
        ] * account.is_superuser
    changes = (
        [(Event.Kind.PASSWORD, "")] if account._password is not None else []
    )  # a hash that is renewed is none
    names = [name for name in WATCHED if update_fields is None or name in update_fields]
    before = Account.objects.filter(pk=account.pk).values(*names).first() if names else None
    for name, value in (before or {}).items():
        now = getattr(account, name)
        if now != value:
            changes += change_of(name, value, now)
    return changes


def change_of(name, before, now):
    if name in SWITCHES:
        return [(SWITCHES[name][not now], "")]
    if name == "username":
        return [(Event.Kind.RENAMED, before)]
    return [(Event.Kind.PASSWORD_TAKEN, "")] * (
        is_password_usable(before) and not is_password_usable(now)
    )
