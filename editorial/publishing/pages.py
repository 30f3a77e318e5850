"""The pages on which editions are made and withdrawn. What they may do is decided in ``editions.publishing``."""

import re
from urllib.parse import quote

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from editions import clock
from editions.clock import in_wib
from editions.difference import difference
from editions.models import Edition, in_force, scheduled
from editions.publishing import (
    HAS_TAKEN_EFFECT,
    Refused,
    blocking_errors,
    go_back,
    is_waiting,
    move,
    no_longer_waits,
    review,
    standing,
    withdraw,
    withdraw_before_its_time,
)
from editions.working_copy import read_document
from editorial.addresses import form_path, manuscript_path, public_links, translation_path
from editorial.history.changes import told
from editorial.history.merging import seal_rows_below
from editorial.history.recording import recorded
from editorial.models import Revision
from editorial.posting import posted
from editorial.publishing.forms import (
    GoBackForm,
    MoveForm,
    PublishForm,
    UnscheduleForm,
    WithdrawForm,
)
from editorial.publishing.preview import preview_pages
from editorial.publishing.review import by_message, findings
from editorial.publishing.second_reader import (
    is_required,
    last_writers,
    name_of,
    own_passages,
    publish_working_copy,
    warning,
)
from editorial.rows import rows_by_anchor
from editorial.translation.remarks import open_remarks
from vision.models import Vision

TOLD_AT_MOST = 50  # revisions, of those made while the page was open


def publishers_only(view):
    view = require_http_methods(["GET", "HEAD", "POST"])(view)
    return permission_required("editions.publish_edition", raise_exception=True)(view)


@publishers_only
def publish_page(request, vision_id):
    """What differs, what to look at, what it will look like; then the note and the button."""
    return publishing(request, get_object_or_404(Vision, pk=vision_id))


@publishers_only
def replace_page(request, edition_id):
    """The same, in the place of the edition that waits for its time, whose note and time stand there already."""
    edition = get_object_or_404(Edition.objects.summaries().select_related("vision"), pk=edition_id)
    return instead_of_waiting(request, edition) or publishing(request, edition.vision, edition)


def instead_of_waiting(request, edition):
    """The way to the page on which one publishes, where the edition no longer waits when the page is opened."""
    if request.method == "POST" or is_waiting(edition):
        return None
    messages.warning(request, no_longer_waits(edition))
    return HttpResponseRedirect(publish_path(edition.vision))


def publishing(request, vision, replaced=None):
    initial = as_scheduled(replaced) | note_of(replaced) if replaced else {}
    missing = read_document(vision).missing_english()
    form = PublishForm(posted(request), initial=initial, missing_english=missing)

    def attempt(seen):
        return publish_working_copy(
            vision,
            note=form.note,
            publisher=request.user.get_username(),
            effective_at=form.cleaned_data["at"],
            seen=seen,
            accept_missing_english=form.cleaned_data.get("accept_missing_english", False),
            may_be_far=form.may_be_far,
            replaces=replaced and replaced.number,
        )

    edition = made(request, form, attempt, lambda: review(vision))
    return (
        announced(request, edition)
        if edition
        else show_publish_page(request, vision, form, replaced)
    )


def as_scheduled(edition):
    return {"when": "later", "at": edition.effective_at}


def note_of(edition):
    return {"note_ind": edition.note_ind, "note_en": edition.note_en}


def show_publish_page(request, vision, form, replaced=None):
    newest = newest_revision(
        vision
    )  # before the text is read: what is saved between is told, rather than missed
    reviewed = review(vision)
    current, waiting = standing_and_waiting(vision, replaced)
    published = current and current.document
    changes = difference(published, reviewed.document)
    writers = last_writers(vision, changes)
    own = own_passages(request.user.get_username(), writers)
    rows = rows_by_anchor(vision)
    new, known = (
        with_forms(found, vision, rows) for found in findings(reviewed.document, published)
    )
    is_blocked = bool(blocking_errors(reviewed.document))
    may_publish = changes and not waiting and not is_blocked and not (own and is_required())
    return admin.site.page(
        request,
        "publishing/publish",
        title=_("Replace edition %(number)d") % {"number": replaced.number}
        if replaced
        else _("Publish"),
        subtitle=vision,
        vision=vision,
        current=current,
        waiting=waiting,
        replaced=replaced,
        can_replace=replaced and is_waiting(replaced),
        meanwhile=saved_meanwhile(request, vision),
        difference=changes,
        extent=extent(changes),
        paths=forms_of_places(vision, rows),
        writers={key: ", ".join(authors) for key, (_name, authors) in writers.items()},
        new_findings=new,
        known_findings=known,
        remarks=len(open_remarks(vision)),
        answer=translation_path(vision, state="remarks"),
        is_blocked=is_blocked,
        preview_pages=preview_pages(vision),
        manuscript=manuscript_path(vision),
        second_reader=warning(own) if own and not waiting else "",
        review=reviewed,
        newest_revision=newest,
        # After a refusal the form stays, with all that was typed.
        form=form if form.is_bound or may_publish else None,
    )


@publishers_only
def move_page(request, edition_id):
    """Another time for an edition that waits, with the same text and note."""
    edition = get_object_or_404(Edition.objects.summaries().select_related("vision"), pk=edition_id)
    form = MoveForm(posted(request), initial=as_scheduled(edition))
    if form.is_valid():
        name, at = request.user.get_username(), form.cleaned_data["at"]
        try:
            return announced(
                request, move(edition, effective_at=at, publisher=name, may_be_far=form.may_be_far)
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return instead_of_waiting(request, edition) or admin.site.page(
        request,
        "publishing/move",
        title=_("Move edition %(number)d to another time") % {"number": edition.number},
        subtitle=edition.vision,
        edition=edition,
        publish=publish_path(edition.vision),
        form=form,
    )


def extent(changes):
    """How much differs, in words."""
    passages, lists = len(changes.changes), len(changes.moves)
    places = len([part for part in changes.parts() if part.changes])
    sentences = []
    if passages:
        differ = ngettext("%(count)d passage differs", "%(count)d passages differ", passages) % {
            "count": passages
        }
        where = ngettext(
            "in %(count)d part of the text", "in %(count)d parts of the text", places
        ) % {"count": places}
        sentences.append(f"{differ} {where}.")
    if lists:
        sentence = ngettext(
            "%(count)d list has a new order.", "%(count)d lists have a new order.", lists
        )
        sentences.append(sentence % {"count": lists})
    return " ".join(sentences)


def forms_of_places(vision, rows):
    """The form of each passage by its anchor, from which one returns to where it differs."""
    here = publish_path(vision)
    return {anchor: form_path(row, f"{here}#{quote(anchor)}") for anchor, row in rows.items()}


def with_forms(found, vision, rows):
    """Findings for the page, with where each is mended: [(severity, message, [(name, address)])]."""
    back = f"{publish_path(vision)}#checks"

    def mended_at(finding):
        passage = finding.passage
        if passage is None:
            return vision, form_path(vision, back)
        if finding.is_of_translation:
            return name_of(passage), translation_path(vision, passage.key, state="all")
        return name_of(passage), form_path(rows.get(passage.anchor, vision), back)

    return [
        (severity, message, [mended_at(each) for each in its])
        for severity, message, its in by_message(found)
    ]


def publish_path(vision):
    return reverse("admin:vision_vision_publish", args=[vision.pk])


def newest_revision(vision):
    return Revision.objects.filter(vision_id=vision.pk).values_list("pk", flat=True).first() or 0


def saved_meanwhile(request, vision):
    """The revisions made since the page of this form was shown; see ``editorial.history.changes.told``."""
    seen = request.POST.get("seen_revision", "")
    if not re.fullmatch("[0-9]{1,18}", seen):
        return []
    return told(Revision.objects.filter(vision_id=vision.pk, pk__gt=int(seen))[:TOLD_AT_MOST])


@publishers_only
def go_back_page(request, edition_id):
    """What will differ; then the note, whether the working copy goes back too, and the button."""
    edition = get_object_or_404(Edition.objects.summaries().select_related("vision"), pk=edition_id)
    form = GoBackForm(posted(request))

    def attempt(seen):
        name, resets = request.user.get_username(), form.cleaned_data["reset_working_copy"]
        action, number = Revision.Action.RESET, edition.number
        with recorded(edition.vision_id, name, action, source_edition=number):
            seen_copy = request.POST.get("working_copy", "")
            if resets and not constant_time_compare(seen_copy, seal_rows_below(edition.vision)):
                raise Refused(
                    _("The working copy was changed meanwhile. Look at it, then decide again.")
                )
            return go_back(
                edition, note=form.note, publisher=name, reset_working_copy=resets, seen=seen
            )

    fresh = made(request, form, attempt, lambda: review(edition.vision, edition.document))
    return announced(request, fresh) if fresh else show_go_back_page(request, edition, form)


def show_go_back_page(request, edition, form):
    current, waiting = standing_and_waiting(edition.vision)
    changes = difference(current and current.document, edition.document)
    return admin.site.page(
        request,
        "publishing/go_back",
        title=_("Go back to edition %(number)d") % {"number": edition.number},
        subtitle=edition.vision,
        edition=edition,
        current=current,
        waiting=waiting,
        difference=changes,
        has_unpublished=current is not None and read_document(edition.vision) != current.document,
        review=review(edition.vision, edition.document),
        working_copy=seal_rows_below(edition.vision),
        form=form if form.is_bound or (changes and not waiting) else None,
    )


@publishers_only
def withdraw_page(request, edition_id):
    """What will be in force afterwards; then the reason and the button."""
    edition = get_object_or_404(Edition.objects.summaries().select_related("vision"), pk=edition_id)
    waits = is_waiting(edition)
    form = (UnscheduleForm if waits else WithdrawForm)(posted(request))
    if "waits" in request.POST and not waits and not edition.is_withdrawn:
        form.add_error(None, HAS_TAKEN_EFFECT % {"number": edition.number})
    if form.is_valid():
        try:
            take_away(edition, form, request.user.get_username())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, gettext("Edition %(number)d is withdrawn.") % {"number": edition.number}
            )
            return HttpResponseRedirect(form_path(edition))
    return show_withdraw_page(request, edition, form)


def take_away(edition, form, name):
    if isinstance(form, WithdrawForm):
        return withdraw(edition, reason=form.reason, withdrawn_by=name)
    return withdraw_before_its_time(edition, withdrawn_by=name)


def show_withdraw_page(request, edition, form):
    now = clock.read().moment
    return admin.site.page(
        request,
        "publishing/withdraw",
        title=_("Withdraw edition %(number)d") % {"number": edition.number},
        subtitle=edition.vision,
        edition=edition,
        is_scheduled=isinstance(form, UnscheduleForm) and not isinstance(form, WithdrawForm),
        in_force_afterwards=in_force(
            edition.vision.editions.summaries().exclude(pk=edition.pk), now
        ),
        form=form if form.is_bound or not edition.is_withdrawn else None,
    )


@require_safe
@permission_required("editions.view_edition", raise_exception=True)
def changes_page(request, edition_id):
    """What the edition changed, word by word: for a scheduled one, which has no public page yet, too.

    Its vision may be deleted, where nobody ever read an edition of it.
    """
    edition = get_object_or_404(Edition.objects.summaries(), pk=edition_id)
    editions = Edition.objects.filter(vision=edition.vision_id).summaries()
    before = standing(editions.filter(number__lt=edition.number))
    changes = difference(before and before.document, edition.document)
    return admin.site.page(
        request,
        "publishing/changes",
        title=_("What edition %(number)d changed") % {"number": edition.number},
        subtitle=edition,
        edition=edition,
        before=before,
        difference=changes,
        extent=extent(changes),
    )


def standing_and_waiting(vision, replaced=None):
    """The newest edition that is not withdrawn, or None; and the one that waits for its time, or None.

    One that is to be replaced counts as withdrawn while it waits.
    """
    goes = [replaced.pk] if replaced and is_waiting(replaced) else []
    editions = list(vision.editions.summaries().exclude(pk__in=goes))
    return standing(editions), scheduled(editions, clock.soon())


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
            raise Refused(
                _("Meanwhile something was changed or published. Look at what differs now.")
            )
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return None


def announced(request, edition):
    admin.site.get_model_admin(Edition).log_addition(request, edition, [{"added": {}}])
    words = gettext("Edition %(number)d takes effect on %(time)s.")
    sentence = words % {"number": edition.number, "time": in_wib(edition.effective_at)}
    is_due = edition.effective_at <= clock.soon()
    links = format_html(gettext("Read it: {}"), public_links(edition)) if is_due else ""
    messages.success(request, format_html("{} {}", sentence, links))
    return HttpResponseRedirect(form_path(edition))
