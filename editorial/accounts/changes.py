"""A changed account: its sessions end, and the change is recorded."""

from django.contrib.auth.hashers import is_password_usable
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.utils.translation import gettext_noop

from editorial.accounts.second_administrator import withhold
from editorial.audit.recording import record
from editorial.models import Account, Event

SWITCHES = {  # field: (the event of switching it on, that of switching it off)
    "is_active": (Event.Kind.ACTIVATED, Event.Kind.DEACTIVATED),
    "is_superuser": (Event.Kind.SUPERUSER_GIVEN, Event.Kind.SUPERUSER_TAKEN),
}
GIVES_ACCESS = {  # event: the reason that a proposal shows, translated there
    Event.Kind.PASSWORD: gettext_noop("a new password"),
    Event.Kind.IDENTITY: gettext_noop("another identity at the login provider"),
    Event.Kind.ACTIVATED: gettext_noop("activated again"),
}
RECORDED_FIELDS = ["username", "password", "identity", *SWITCHES]


@receiver(pre_save, sender=Account)
def compare_with_row(instance, update_fields, raw, **kwargs):
    instance.changes = [] if raw else changes_of(instance, update_fields)


@receiver(post_save, sender=Account)
def end_sessions_and_record(instance, created, **kwargs):
    changes = instance.__dict__.pop("changes")
    if changes and not created:
        instance.end_sessions()
    for kind, detail in changes:
        record(kind, row=instance, detail=detail)
    if not created:
        withhold_after(dict(changes), instance)


def withhold_after(changes, account):
    """Who gives access to an account could log in as its owner."""
    reasons = [words for kind, words in GIVES_ACCESS.items() if kind in changes]
    if reasons and (account.identity or changes.keys() != {Event.Kind.IDENTITY}):
        withhold(account, reasons[0])


def changes_of(account, update_fields=None):
    """The events to record when the permissions of an account change: [(kind, detail)]."""
    if account._state.adding:
        given = [(Event.Kind.SUPERUSER_GIVEN, "")] if account.is_superuser else []
        return [(Event.Kind.ACCOUNT_ADDED, ""), *given]
    # ``_password`` is set by a new password, and not by a hash that is renewed at login.
    changes = [(Event.Kind.PASSWORD, "")] if account._password is not None else []
    names = [name for name in RECORDED_FIELDS if update_fields is None or name in update_fields]
    before = Account.objects.filter(pk=account.pk).values(*names).first() if names else None
    for name, value in (before or {}).items():
        now = getattr(account, name)
        if now != value:
            changes += change_of(name, value, now)
    return changes


def change_of(name, before, now):
    if name in SWITCHES:
        return [(SWITCHES[name][not now], "")]
    if name == "identity":
        return [(Event.Kind.IDENTITY, now or gettext_noop("none"))]
    if name == "username":
        return [(Event.Kind.RENAMED, before)]
    is_taken = is_password_usable(before) and not is_password_usable(now)
    return [(Event.Kind.PASSWORD_TAKEN, "")] if is_taken else []
