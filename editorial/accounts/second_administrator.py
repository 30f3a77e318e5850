"""A second administrator must agree to each role, if ``SECOND_ADMINISTRATOR`` is set.

A role that an administrator gives waits as a proposal until another administrator agrees. So do the
roles of an account to which somebody else gives access, by a new password, an identity, by removing
its second factor or by activating it: otherwise an administrator could log in as a publisher.
Nobody agrees to a role for an account that they could log in to, or that has no second factor: the
one who knows its password could set up their own phone first. Taking a role away works at once.
Commands on the server need no agreement, so an operator can help when no second administrator is
left.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import m2m_changed, pre_save
from django.dispatch import receiver
from django.utils.translation import gettext

from editions import clock
from editorial.accounts.second_factor import has_factor
from editorial.audit.recording import record
from editorial.current_request import acting_person, current_request
from editorial.models import Account, Event, Proposal

WAITS = timedelta(days=7)
SUPERUSER = Proposal.Role.SUPERUSER
Decision = Proposal.Decision
RECORDED = {
    Decision.AGREED: Event.Kind.ROLE_AGREED,
    Decision.REFUSED: Event.Kind.ROLE_REFUSED,
    Decision.TAKEN_BACK: Event.Kind.ROLE_TAKEN_BACK,
}
# The account and role that two administrators are giving.
agreed_on = ContextVar("agreed_on", default=None)


class NotAllowed(Exception):
    """This person may not decide, or it is decided or expired already."""


def is_required():
    return settings.SECOND_ADMINISTRATOR == "required"


# Proposing


def propose(account, role, by, reason):
    """The proposal that waits; one that waits already stays as it is."""
    now = clock.now()
    same = Proposal.objects.filter(account=account, role=role, decision=Decision.WAITING)
    same.filter(until__lte=now).update(decision=Decision.EXPIRED)
    proposal, is_new = same.get_or_create(
        defaults={
            "account": account,
            "role": role,
            "decision": Decision.WAITING,
            "proposed_by": by,
            "proposed_at": now,
            "until": now + WAITS,
            "reason": reason,
        }
    )
    if is_new:
        record(Event.Kind.ROLE_PROPOSED, row=account, detail=role)
    return proposal


def withhold(account, reason):
    """Take the roles of an account to which another person gives access, and propose them again.

    So are the roles that wait: otherwise this person could agree to a colleague's proposal. The row
    is locked, so that nobody agrees meanwhile.
    """
    person = acting_person()
    if not is_required() or person is None or person.pk == account.pk:
        return
    locked(account.pk)
    awaited = expire_all(account)
    held = [role.name for role in account.groups.all()]
    account.groups.clear()
    if account.is_superuser:
        account.is_superuser = False
        account.save(update_fields=["is_superuser"])
        held.append(SUPERUSER)
    roles = dict.fromkeys([*held, *awaited])
    for role in roles:
        propose(account, role, person, reason)
    if roles:
        words = gettext("The roles of %(name)s wait until a second administrator agrees.")
        messages.warning(current_request.get(), words % {"name": account})


def expire_all(account):
    """End all proposals for the account that wait; returns their roles."""
    found = waiting().filter(account=account)
    roles = list(found.values_list("role", flat=True))
    Proposal.objects.filter(account=account, decision=Decision.WAITING).update(
        decision=Decision.EXPIRED
    )
    return roles


# Deciding


def waiting():
    found = Proposal.objects.filter(decision=Decision.WAITING, until__gt=clock.now())
    people = "account__password_set_by", "account__identity_set_by", "proposed_by"
    return found.select_related(*people).order_by("pk")


def may_agree(person, proposal):
    """Another administrator than the one who proposed it, and nobody who can use the account."""
    account = proposal.account
    with_access = account.pk, account.password_set_by_id, account.identity_set_by_id
    takes_part = person.pk in (proposal.proposed_by_id, *with_access)
    return may_give(person, proposal) and not takes_part


def is_ready(account):
    """Whether only its owner can finish a login to the account."""
    is_known = account.password_set_by_id and account.has_usable_password()
    is_trusted = account.identity and settings.OIDC_SECOND_FACTOR and not is_known
    return settings.SECOND_FACTOR == "off" or is_trusted or has_factor(account)


def may_give(person, proposal):
    """Only superusers make superusers, or change them."""
    is_above = proposal.role == SUPERUSER or proposal.account.is_superuser
    may_change = person.is_active and person.has_perm("editorial.change_account")
    return may_change and (person.is_superuser or not is_above)


def others_who_may_agree(proposal):
    return any(may_agree(account, proposal) for account in administrators())


def administrators():
    found = Account.objects.filter(Q(is_superuser=True) | Q(groups__name="Administrator"))
    return found.filter(is_active=True).distinct()


def decide(key, decision, person):
    """Agree to the proposal, refuse it or take it back. Raises ``NotAllowed``.

    The rows are locked and read again: the person, or the one who proposed it, may have lost the
    role meanwhile, and another person may have decided.
    """
    with transaction.atomic():
        proposal = Proposal.objects.get(pk=key)
        people = locked(proposal.account_id, proposal.proposed_by_id, person.pk)
        proposal = waiting().select_for_update(of=("self",)).filter(pk=key).first()
        if not (proposal and is_decided_by(decision, proposal, people, people[person.pk])):
            raise NotAllowed
        proposal.decision, proposal.decided_at = decision, clock.now()
        proposal.decided_by = people[person.pk]
        proposal.save()
        record(RECORDED[decision], row=proposal.account, detail=proposal.role)
        if decision == Decision.AGREED:
            give(people[proposal.account_id], proposal.role)
    return proposal


def locked(*keys):
    """The accounts by key. ``no_key``: a row that names them can be added meanwhile."""
    rows = Account.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    return {account.pk: account for account in rows}


def is_decided_by(decision, proposal, people, person):
    if decision == Decision.TAKEN_BACK:
        return person.pk == proposal.proposed_by_id
    if not may_agree(person, proposal):
        return False
    by = people[proposal.proposed_by_id]
    is_agreeable = may_give(by, proposal) and is_ready(proposal.account)
    return decision == Decision.REFUSED or is_agreeable


def give(account, role):
    with both_agreed(account, role):
        if role == SUPERUSER:
            account.is_superuser = True
            account.save(update_fields=["is_superuser"])
        else:
            account.groups.add(Group.objects.get(name=role))


@contextmanager
def both_agreed(account, role):
    token = agreed_on.set((account.pk, role))
    try:
        yield
    finally:
        agreed_on.reset(token)


# The guard: whatever page gives a role, a second administrator has agreed


def refuse_alone(*given):
    """Refuse each (key of an account, role) in a request, unless it was agreed on."""
    is_bound = is_required() and current_request.get() is not None
    if is_bound and any(one != agreed_on.get() for one in given):
        raise PermissionDenied


@receiver(m2m_changed, sender=Account.groups.through)
def guard_roles(instance, action, pk_set, **kwargs):
    if action == "pre_add" and isinstance(instance, Account):
        names = Group.objects.filter(pk__in=pk_set).values_list("name", flat=True)
        refuse_alone(*((instance.pk, name) for name in names))
    elif action == "pre_add":
        refuse_alone(*((key, instance.name) for key in pk_set))


@receiver(m2m_changed, sender=Account.user_permissions.through)
@receiver(m2m_changed, sender=Group.permissions.through)
def guard_permissions(action, pk_set, **kwargs):
    """No page gives them; each role has those of ``editorial.accounts.roles``."""
    if action == "pre_add" and pk_set:
        refuse_alone(None, ())


@receiver(pre_save, sender=Account)
def guard_superusers(instance, raw, **kwargs):
    was_one = Account.objects.filter(pk=instance.pk, is_superuser=True)
    if not raw and instance.is_superuser and not was_one.exists():
        refuse_alone((instance.pk, SUPERUSER))
