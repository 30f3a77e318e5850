"""What is recorded wherever it happens: on a page, in a command, in a shell."""

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

from editions.models import Edition, Withdrawal
from editorial.audit.recording import record
from editorial.models import Account, Event, Revision


def years(period):
    return period.replace("-", "–")


@receiver(post_save, sender=Revision)
def record_save(instance, raw, **kwargs):
    if not raw:
        words = instance.get_action_display()
        record(Event.Kind.SAVED, row=instance, object=saved(instance), detail=words)


def saved(revision):
    """The period, and the edition to which it was reset."""
    is_reset = revision.action == Revision.Action.RESET and revision.source_edition
    edition = [f"{revision.source_edition}"] if is_reset else []
    return ", ".join([years(revision.period), *edition])


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


ROLE_CHANGES = {
    "post_add": Event.Kind.ROLE_GIVEN,
    "pre_remove": Event.Kind.ROLE_TAKEN,
    "pre_clear": Event.Kind.ROLE_TAKEN,
}


@receiver(m2m_changed, sender=Account.groups.through)
def record_roles(instance, action, pk_set, **kwargs):
    """A role that is given or taken back ends the sessions of who has it, so that no page shows the old ones."""
    if action not in ROLE_CHANGES:
        return
    is_account = isinstance(
        instance, Account
    )  # else it is the role, from whose side the same can be done
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


def known(username):
    """The account of this name. A name that is none is not kept: people type passwords into the wrong field."""
    return Account.objects.filter(username=username or "").first()


def is_refused_unheard(request):
    """Whether django-axes refused the attempt without looking at it; that is recorded once, when it begins."""
    return getattr(request, "axes_locked_out", False) and request.axes_failures_since_start is None


@receiver(user_login_failed)
def record_failed_login(credentials, request=None, **kwargs):
    if not is_refused_unheard(request):
        account = known(credentials.get("username"))
        record(
            Event.Kind.LOGIN_FAILED, row=account, actor=account.get_username() if account else ""
        )


@receiver(user_locked_out)
def record_lockout(request, **kwargs):
    if not is_refused_unheard(request):
        account = known(request.axes_credentials.get("username"))
        record(Event.Kind.LOCKED_OUT, row=account, actor=account.get_username() if account else "")
