"""What a changed account means: its sessions end, and the change is recorded."""

from editorial.audit import record
from editorial.models import Account, Event

SWITCHES = {
    "is_active": (Event.Kind.ACTIVATED, Event.Kind.DEACTIVATED),
    "is_superuser": (Event.Kind.SUPERUSER_GIVEN, Event.Kind.SUPERUSER_TAKEN),
}


def what_changes(account, update_fields=None) -> list[Event.Kind]:
    """What saving the account would change of who may log in and do what."""
    if account._state.adding:
        return [Event.Kind.ACCOUNT_ADDED, *([Event.Kind.SUPERUSER_GIVEN] if account.is_superuser else [])]
    kinds = [Event.Kind.PASSWORD] if account._password is not None else []  # not by a hash that is only renewed
    switches = [name for name in SWITCHES if update_fields is None or name in update_fields]
    before = Account.objects.filter(pk=account.pk).values(*switches).first() if switches else {}
    for name in switches if before else []:
        if before[name] != getattr(account, name):
            kinds.append(SWITCHES[name][0 if getattr(account, name) else 1])
    return kinds


def record_changes(account, kinds):
    for kind in kinds:
        record(kind, row=account)
