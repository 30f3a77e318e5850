"""The pages on which editions are made and withdrawn. What they may do is decided in ``editions.publishing``."""

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from editions import clock
from editions.difference import difference
from editions.models import Edition, in_force, scheduled
from editions.publishing import Refused, blocking_errors, go_back, publish, review, standing, withdraw
from editions.working_copy import read_document
from editorial.places import form_path, in_wib, rows_of
from editorial.preview import preview_pages
from editorial.publishing_forms import GoBackForm, PublishForm, WithdrawForm
from vision.models import Vision


def publishers_only(view):
    view = require_http_methods(["GET", "HEAD", "POST"])(view)
    return permission_required("editions.publish_edition", raise_exception=True)(view)


@publishers_only
def publish_page(request, vision_id):
    """What differs, what is missing, what it will look like; then the note and the button."""
    vision = get_object_or_404(Vision, pk=vision_id)
    form = PublishForm(posted(request), missing_english=read_document(vision).missing_english())

    def attempt(seen):
        return publish(
            vision,
            note=form.note,
            publisher=request.user.get_username(),
            effective_at=form.cleaned_data["at"],
            seen=seen,
            accept_missing_english=form.cleaned_data.get("accept_missing_english", False),
        )

    edition = made(request, form, attempt, lambda: review(vision))
    return announced(request, edition) if edition else show_publish_page(request, vision, form)


def show_publish_page(request, vision, form):
    reviewed = review(vision)
    current, waiting = standing_and_waiting(vision)
    changes = difference(current and current.document, reviewed.document)
    errors = blocking_errors(reviewed.document)
    rows = rows_of(vision)
    missing = reviewed.document.missing_english()
    return admin.site.page(
        request,
        "publish",
        title=_("Publish"),
        subtitle=vision,
        vision=vision,
        current=current,
        waiting=waiting,
        difference=changes,
        missing_english=[(passage, form_path(rows.get(passage.anchor, vision))) for passage in missing],
        blocking_errors=errors,
        preview_pages=preview_pages(vision),
        review=reviewed,
        # After a refusal the form stays, with all that was typed.
        form=form if form.is_bound or (changes and not errors and not waiting) else None,
    )


@publishers_only
def go_back_page(request, edition_id):
    """What will differ; then the note, whether the working copy goes back too, and the button."""
    edition = get_object_or_404(Edition.objects.summaries().select_related("vision"), pk=edition_id)
    form = GoBackForm(posted(request))

    def attempt(seen):
        return go_back(
            edition,
            note=form.note,
            publisher=request.user.get_username(),
            reset_working_copy=form.cleaned_data["reset_working_copy"],
            seen=seen,
        )

    fresh = made(request, form, attempt, lambda: review(edition.vision, edition.document))
    return announced(request, fresh) if fresh else show_go_back_page(request, edition, form)


def show_go_back_page(request, edition, form):
    current, waiting = standing_and_waiting(edition.vision)
    changes = difference(current and current.document, edition.document)
    return admin.site.page(
        request,
        "go_back",
        title=_("Go back to edition %(number)d") % {"number": edition.number},
        subtitle=edition.vision,
        edition=edition,
        current=current,
        waiting=waiting,
        difference=changes,
        has_unpublished=current is not None and read_document(edition.vision) != current.document,
        review=review(edition.vision, edition.document),
        form=form if form.is_bound or (changes and not waiting) else None,
    )


@publishers_only
def withdraw_page(request, edition_id):
    """What will be in force afterwards; then the reason and the button."""
    edition = get_object_or_404(Edition.objects.summaries().select_related("vision"), pk=edition_id)
    form = WithdrawForm(posted(request))
    if form.is_valid():
        try:
            withdraw(edition, reason=form.reason, withdrawn_by=request.user.get_username())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("Edition %(number)d is withdrawn.") % {"number": edition.number})
            return HttpResponseRedirect(form_path(edition))
    return show_withdraw_page(request, edition, form)


def show_withdraw_page(request, edition, form):
    now = clock.now()
    return admin.site.page(
        request,
        "withdraw",
        title=_("Withdraw edition %(number)d") % {"number": edition.number},
        subtitle=edition.vision,
        edition=edition,
        is_scheduled=edition.effective_at > now,
        in_force_afterwards=in_force(edition.vision.editions.summaries().exclude(pk=edition.pk), now),
        form=form if form.is_bound or not edition.is_withdrawn else None,
    )


def posted(request):
    return request.POST if request.method == "POST" else None


def standing_and_waiting(vision):
    """The newest edition that is not withdrawn, or None; and the one that waits for its time, or None."""
    editions = list(vision.editions.summaries())
    return standing(editions), scheduled(editions, clock.now())


def made(request, form, attempt, look):
    """The edition that ``attempt`` makes, given the token of what its publisher saw.

    None, with the reason among the form's errors, where it is refused. Where the form itself has errors, ``look``
    gives the review as it is now, so that what changed meanwhile is said before the form is sent again.
    """
    if not form.is_bound:
        return None
    seen = request.POST.get("seen", "")
    try:
        if form.is_valid():
            return attempt(seen)
        if seen != look().token:
            raise Refused(_("Meanwhile something was changed or published. Look at what differs now."))
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return None


def announced(request, edition):
    admin.site.get_model_admin(Edition).log_addition(request, edition, [{"added": {}}])
    words = gettext("Edition %(number)d takes effect on %(time)s.")
    messages.success(request, words % {"number": edition.number, "time": in_wib(edition.effective_at)})
    return HttpResponseRedirect(form_path(edition))
