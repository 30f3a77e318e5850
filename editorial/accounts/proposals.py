"""The page of the roles that wait for a second administrator, and its buttons."""

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from editorial.accounts.pages import code_first
from editorial.accounts.second_administrator import (
    WAITS,
    Decision,
    NotAllowed,
    decide,
    is_ready,
    is_required,
    may_agree,
    others_who_may_agree,
    waiting,
)
from editorial.models import Proposal
from editorial.posting import form_page

DONE = {  # button: what the person then reads
    Decision.AGREED: gettext_lazy("%(name)s has the role now."),
    Decision.REFUSED: gettext_lazy("The role was refused. %(name)s does not get it."),
    Decision.TAKEN_BACK: gettext_lazy("The proposal was taken back."),
}


def shown_proposals(person, **narrowed):
    """The proposals that wait, with what this person may do about each."""
    return [
        {
            "proposal": proposal,
            "reason": _(proposal.reason),
            "may_agree": may_agree(person, proposal),
            "is_own": person.pk == proposal.proposed_by_id,
            "is_for_you": person.pk == proposal.account_id,
            "is_stuck": not others_who_may_agree(proposal),
            "is_ready": is_ready(proposal.account),
        }
        for proposal in waiting().filter(**narrowed)
    ]


def steps_of_proposals(person):
    """For the desk: (sentence, words of the link, address)"""
    if not (is_required() and person.has_perm("editorial.change_account")):
        return
    if count := sum(may_agree(person, one) and is_ready(one.account) for one in waiting()):
        words = ngettext(
            "%(count)d role waits until you agree or refuse.",
            "%(count)d roles wait until you agree or refuse.",
            count,
        )
        yield words % {"count": count}, _("See the proposed roles"), reverse("admin:proposals")


@require_safe
@form_page("editorial.change_account")
def proposals_page(request):
    return admin.site.page(
        request,
        "accounts/proposals",
        title=_("Proposed roles"),
        is_required=is_required(),
        proposals=shown_proposals(request.user),
        days=WAITS.days,
    )


@require_POST
@form_page("editorial.change_account")
def decide_page(request, proposal_id):
    """A code comes first, as on every page that gives access to an account."""
    if answer := code_first(request):
        return answer
    get_object_or_404(Proposal, pk=proposal_id)
    try:
        messages.success(request, decided(request, proposal_id))
    except NotAllowed:
        words = _(
            "Nothing was changed: the proposal was decided or has expired meanwhile, or it is not "
            "for you to decide."
        )
        messages.error(request, words)
    return HttpResponseRedirect(reverse("admin:proposals"))


def decided(request, proposal_id):
    """Decide as the pressed button says, and return the words for it. Raises ``NotAllowed``."""
    button = request.POST.get("do", "")
    if button not in DONE:
        raise NotAllowed
    proposal = decide(proposal_id, Decision(button), request.user)
    return DONE[button] % {"name": proposal.account}
