"""Records events on pages, in commands and in a shell."""

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from editions.models import Edition, Withdrawal
from editorial.audit.recording import record
from editorial.models import Account, CityWord, Event, Revision
from vision.text import years_of


def name_of(period, edition):
    return f"{years_of(period)}, {edition}" if edition else years_of(period)


@receiver(post_save, sender=Revision)
def record_save(instance, raw, **kwargs):
    if not raw:
        edition = instance.action == Revision.Action.RESET and instance.source_edition
        name, words = name_of(instance.period, edition), instance.get_action_display()
        record(Event.Kind.SAVED, row=instance, object=name, detail=words)


@receiver(post_save, sender=CityWord)
def record_word(instance, created, raw, **kwargs):
    if created and not raw:
        record(Event.Kind.SAVED, row=instance, detail="added")


@receiver(post_delete, sender=CityWord)
def record_deleted_word(instance, **kwargs):
    record(Event.Kind.SAVED, row=instance, detail="deleted")


@receiver(post_save, sender=Edition)
def record_publication(instance, raw, **kwargs):
    if not raw:
        name = name_of(instance.period, instance.number)
        record(Event.Kind.PUBLISHED, row=instance, object=name, detail=instance.publisher)


@receiver(post_save, sender=Withdrawal)
def record_withdrawal(instance, raw, **kwargs):
    if not raw:
        edition, author = instance.edition, instance.withdrawn_by
        name = name_of(edition.period, edition.number)
        record(Event.Kind.WITHDRAWN, row=edition, object=name, detail=author)


ROLE_CHANGES = {
    "post_add": Event.Kind.ROLE_GIVEN,
    "pre_remove": Event.Kind.ROLE_TAKEN,
    "pre_clear": Event.Kind.ROLE_TAKEN,
}


@receiver(m2m_changed, sender=Account.groups.through)
def record_roles(instance, action, pk_set, **kwargs):
    """A change of roles ends the account's sessions, so that no page shows the old rights."""
    if action not in ROLE_CHANGES:
        return
    is_account = isinstance(instance, Account)  # otherwise a role: ``role.user_set.add(account)``
    held = instance.groups.all() if is_account else instance.user_set.all()
    for other in held if pk_set is None else held.filter(pk__in=pk_set):
        account, role = (instance, other) if is_account else (other, instance)
        account.end_sessions()
        record(ROLE_CHANGES[action], row=account, detail=role.name)


@receiver(user_logged_in)
def record_login(user, **kwargs):
    record(Event.Kind.LOGIN, row=user, actor=user.get_username())


@receiver(user_logged_out)
def record_logout(user, **kwargs):
    if user:
        record(Event.Kind.LOGOUT, row=user, actor=user.get_username())


def record_attempt(kind, request, credentials):
    """Record the account, but not a name that no account has: it may be a password.

    During a lockout django-axes refuses attempts unchecked. Only the first, which begins it, is
    recorded.
    """
    is_unchecked = getattr(request, "axes_locked_out", False)
    if is_unchecked and request.axes_failures_since_start is None:
        return
    account = Account.objects.filter(username=credentials.get("username") or "").first()
    record(kind, row=account, actor=account.get_username() if account else "")


@receiver(user_login_failed)
def record_failed_login(credentials, request=None, **kwargs):
    record_attempt(Event.Kind.LOGIN_FAILED, request, credentials)


@receiver(user_locked_out)
def record_lockout(request, **kwargs):
    record_attempt(Event.Kind.LOCKED_OUT, request, request.axes_credentials)
