"""What is recorded wherever it happens: on a page, in a command, in a shell."""

from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

from editions.models import Edition, Withdrawal
from editorial.audit import record
from editorial.models import Account, Event, Revision


def years(period):
    return period.replace("-", "–")


@receiver(post_save, sender=Revision)
def record_save(instance, raw, **kwargs):
    if not raw:
        record(Event.Kind.SAVED, row=instance, object=years(instance.period), detail=instance.get_action_display())


@receiver(post_save, sender=Edition)
def record_publication(instance, raw, **kwargs):
    if not raw:
        name = f"{years(instance.period)}, {instance.number}"
        record(Event.Kind.PUBLISHED, row=instance, object=name, detail=instance.publisher)


@receiver(post_save, sender=Withdrawal)
def record_withdrawal(instance, raw, **kwargs):
    if not raw:
        edition = instance.edition
        name = f"{years(edition.period)}, {edition.number}"
        record(Event.Kind.WITHDRAWN, row=edition, object=name, detail=instance.withdrawn_by)


ROLE_CHANGES = {"post_add": Event.Kind.ROLE_GIVEN, "post_remove": Event.Kind.ROLE_TAKEN}


@receiver(m2m_changed, sender=Account.groups.through)
def record_roles(instance, action, pk_set, **kwargs):
    """Each role that is given or taken back ends the sessions of who had them, so that no page shows the old ones."""
    is_account = isinstance(instance, Account)
    if action == "pre_clear":
        taken = list(instance.groups.all()) if is_account else []
        changes, kind = [(instance, role) for role in taken], Event.Kind.ROLE_TAKEN
    elif action in ROLE_CHANGES:
        others = (Group if is_account else Account).objects.filter(pk__in=pk_set)
        changes = [(instance, other) if is_account else (other, instance) for other in others]
        kind = ROLE_CHANGES[action]
    else:
        return
    for account in {account for account, _role in changes}:
        account.end_sessions()
    for account, role in changes:
        record(kind, row=account, detail=role.name)


@receiver(user_logged_in)
def record_login(user, **kwargs):
    record(Event.Kind.LOGIN, row=user, actor=user.get_username())


@receiver(user_logged_out)
def record_logout(user, **kwargs):
    if user:
        record(Event.Kind.LOGOUT, row=user, actor=user.get_username())
