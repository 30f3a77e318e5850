"""The pages that make and withdraw editions; ``editions.publishing`` has the rules."""

import re
from functools import wraps
from urllib.parse import quote

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.crypto import constant_time_compare
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

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
from editorial.addresses import (
    form_path,
    manuscript_path,
    public_links,
    publish_path,
    translation_path,
)
from editorial.history.changes import copied_edition, with_changed_places
from editorial.history.merging import seal_rows_below
from editorial.history.recording import recorded
from editorial.models import Revision
from editorial.posting import form_page, posted
from editorial.publishing.answers import answers_path, first_rows
from editorial.publishing.forms import (
    GoBackForm,
    PublishForm,
    TimeForm,
    UnscheduleForm,
    WithdrawForm,
)
from editorial.publishing.preview import preview_pages
from editorial.publishing.proposed_note import columns_of, proposed_note
from editorial.publishing.review import by_message, findings
from editorial.publishing.second_reader import (
    is_required,
    last_writers,
    own_passages,
    publish_working_copy,
    warning,
)
from editorial.receipts import answer_once, keep_receipt
from editorial.rows import rows_by_anchor
from editorial.translation.passages import name_of
from editorial.translation.remarks import open_remarks, path_to_remarks
from vision.models import Vision

REVISIONS_SHOWN = 50  # at most, of those saved while the page was open
ANSWERS_SHOWN = 10  # of people without an account


def publishers_only(view):
    """A page for publishers, whose form makes one change however often it is sent."""

    @form_page("editions.publish_edition")
    @wraps(view)
    def page(request, **of_address):
        return answer_once(request, lambda: view(request, **of_address))

    return page


def of_edition(view):
    """A page for publishers; the view gets the edition of its address."""

    @publishers_only
    def page(request, edition_id):
        editions = Edition.objects.summaries().select_related("vision")
        return view(request, get_object_or_404(editions, pk=edition_id))

    return page


def edition_page(request, name, title, edition, **context):
    title %= {"number": edition.number}
    context |= {"title": title, "subtitle": edition.vision, "edition": edition}
    return admin.site.page(request, f"publishing/{name}", **context)


def attempted(request, form, act):
    """The edition or withdrawal that ``act()`` makes, with a receipt.

    None if the form has errors, among them why ``act`` was refused.
    """
    if not form.is_valid():
        return None
    try:
        with transaction.atomic():
            made = act()
            keep_receipt(request, form_path(getattr(made, "edition", made)), made)
        return made
    except Refused as refusal:
        return form.add_error(None, str(refusal))


def published(request, form, reviewed, act):
    """The edition that ``act`` makes of the text that its publisher saw, given that text's token.

    The errors of a form say at once that the text has changed, not only when it is sent corrected.
    """
    seen = request.POST.get("seen", "")
    if form.is_bound and not form.is_valid() and seen != reviewed.token:
        form.add_error(
            None, _("Meanwhile something was changed or published. Look at what differs now.")
        )
    return attempted(request, form, lambda: act(seen))


# Publishing the working copy


@publishers_only
def publish_page(request, vision_id):
    """The differences, the findings and the previews; then the note and the button."""
    return publishing(request, get_object_or_404(Vision, pk=vision_id))


@of_edition
def replace_page(request, edition):
    """The same in place of a scheduled edition, with its note and time filled in."""
    return instead_of_waiting(request, edition) or publishing(request, edition.vision, edition)


def instead_of_waiting(request, edition):
    """A redirect to the publishing page, if the edition no longer waits when its page is opened."""
    if request.method == "POST" or is_waiting(edition):
        return None
    messages.warning(request, no_longer_waits(edition))
    return HttpResponseRedirect(publish_path(edition.vision))


def publishing(request, vision, replaced=None):
    initial = as_scheduled(replaced) | note_of(replaced) if replaced else {}
    proposed = proposed_note(vision)
    initial |= {name: text for name, text in columns_of(proposed).items() if text}
    reviewed = review(vision)
    missing = reviewed.document.missing_english()
    form = PublishForm(posted(request), initial=initial, missing_english=missing)
    if form.is_bound and request.POST.get("seen_note", "") != str(proposed.pk if proposed else ""):
        form.add_error(None, note_meanwhile(proposed))
    edition = published(
        request,
        form,
        reviewed,
        lambda seen: publish_working_copy(
            vision,
            publisher=request.user.get_username(),
            seen=seen,
            replaces=replaced and replaced.number,
            **form.options,
        ),
    )
    if edition:
        return announce(request, edition)
    return show_publish_page(request, vision, form, replaced)


def note_meanwhile(note):
    """What the publisher's note, which stays in the form, has to be compared with."""
    if not note:
        return _("Meanwhile the proposed change note was emptied. Read your note, then publish.")
    words = gettext(
        "Meanwhile %(name)s proposed another change note: “%(indonesian)s” / “%(english)s”. "
        "Compare it with yours, then publish."
    )
    name, texts = note.revision.author, {"indonesian": note.source, "english": note.target}
    return words % {"name": name, **texts}


def as_scheduled(edition):
    return {"when": "later", "at": edition.effective_at}


def note_of(edition):
    return {"note_ind": edition.note_ind, "note_en": edition.note_en}


def show_publish_page(request, vision, form, replaced=None):
    # Read before the text: a save in between is then shown, not missed.
    newest = newest_revision(vision)
    reviewed = review(vision)
    current, waiting = standing_and_waiting(vision, replaced)
    compared = current or copied_edition(vision)
    edition_before = compared and compared.document
    changes = difference(edition_before, reviewed.document)
    writers = last_writers(vision, changes)
    own = own_passages(request.user.get_username(), writers)
    remarks, answered = open_remarks(vision), first_rows(vision)
    rows = rows_by_anchor(vision)
    new, known = (
        with_forms(found, vision, rows) for found in findings(reviewed.document, edition_before)
    )
    is_blocked = bool(blocking_errors(reviewed.document))
    is_new = changes or not current
    may_publish = is_new and not waiting and not is_blocked and not (own and is_required())
    title = (
        _("Replace edition %(number)d") % {"number": replaced.number} if replaced else _("Publish")
    )
    return admin.site.page(
        request,
        "publishing/publish",
        title=title,
        subtitle=vision,
        vision=vision,
        current=current,
        compared=compared,
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
        add_word_back=request.user.has_perm("editorial.add_cityword")
        and f"{publish_path(vision)}#checks",
        remarks=len(remarks),
        answer=path_to_remarks(vision, remarks),
        open_answers=answered[:ANSWERS_SHOWN],
        more_answers=answered.count() - ANSWERS_SHOWN,
        answers=answers_path(vision),
        is_blocked=is_blocked,
        preview_pages=preview_pages(vision),
        manuscript=manuscript_path(vision),
        proposed=proposed_note(vision),
        second_reader=warning(own) if own and not waiting else "",
        review=reviewed,
        newest_revision=newest,
        # After a refusal the form stays, with all that was typed.
        form=form if form.is_bound or may_publish else None,
    )


def forms_of_places(vision, rows):
    """The address of each anchor's form, which leads back to this place on the publishing page."""
    here = publish_path(vision)
    return {anchor: form_path(row, f"{here}#{quote(anchor)}") for anchor, row in rows.items()}


def with_forms(found, vision, rows):
    """Findings with the forms in which to fix them, by message.

    [(severity, message, misspelt word or "", [(name, address, English to compare or "")])]
    """
    back = f"{publish_path(vision)}#checks"

    def fixed_at(finding):
        passage = finding.passage
        if passage is None:
            return vision, form_path(vision, back), ""
        if finding.is_of_translation:
            address = translation_path(vision, passage.key, state="all")
            return name_of(passage), address, passage.text.en
        return name_of(passage), form_path(rows.get(passage.anchor, vision), back), ""

    return [
        (severity, message, alike[0].word, [fixed_at(finding) for finding in alike])
        for severity, message, alike in by_message(found)
    ]


def newest_revision(vision):
    return Revision.objects.filter(vision_id=vision.pk).values_list("pk", flat=True).first() or 0


def saved_meanwhile(request, vision):
    """The revisions made since the page of this form was shown, with the places they changed."""
    seen = request.POST.get("seen_revision", "")
    if not re.fullmatch("[0-9]{1,18}", seen):
        return []
    later = Revision.objects.filter(vision_id=vision.pk, pk__gt=int(seen))
    return with_changed_places(later[:REVISIONS_SHOWN])


# The scheduled edition, earlier editions, the edition in force


@of_edition
def move_page(request, edition):
    """Another time for a scheduled edition, with the same text and note."""
    form = TimeForm(posted(request), initial=as_scheduled(edition))
    name = request.user.get_username()
    moved = attempted(request, form, lambda: move(edition, publisher=name, **form.options))
    if moved:
        return announce(request, moved)
    return instead_of_waiting(request, edition) or edition_page(
        request,
        "move",
        _("Move edition %(number)d to another time"),
        edition,
        publish=publish_path(edition.vision),
        form=form,
    )


@of_edition
def go_back_page(request, edition):
    """The differences; then the note, a choice to reset the working copy too, and the button."""
    form = GoBackForm(posted(request))

    def act(seen):
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

    reviewed = review(edition.vision, edition.document)
    fresh = published(request, form, reviewed, act)
    return announce(request, fresh) if fresh else show_go_back_page(request, edition, form)


def show_go_back_page(request, edition, form):
    current, waiting = standing_and_waiting(edition.vision)
    changes = difference(current and current.document, edition.document)
    return edition_page(
        request,
        "go_back",
        _("Publish edition %(number)d again"),
        edition,
        current=current,
        waiting=waiting,
        difference=changes,
        has_unpublished=current is not None and read_document(edition.vision) != current.document,
        review=review(edition.vision, edition.document),
        working_copy=seal_rows_below(edition.vision),
        form=form if form.is_bound or (changes and not waiting) else None,
    )


@of_edition
def withdraw_page(request, edition):
    """The edition in force afterwards; then the reason and the button."""
    waits, name = is_waiting(edition), request.user.get_username()
    form = (UnscheduleForm if waits else WithdrawForm)(posted(request))
    if "waits" in request.POST and not waits and not edition.is_withdrawn:
        form.add_error(None, HAS_TAKEN_EFFECT % {"number": edition.number})

    def act():
        if waits:
            return withdraw_before_its_time(edition, withdrawn_by=name)
        return withdraw(edition, reason=form.reason, withdrawn_by=name)

    if attempted(request, form, act):
        words = gettext("Edition %(number)d is withdrawn.")
        messages.success(request, words % {"number": edition.number})
        return HttpResponseRedirect(form_path(edition))
    others = edition.vision.editions.summaries().exclude(pk=edition.pk)
    return edition_page(
        request,
        "withdraw",
        _("Withdraw edition %(number)d"),
        edition,
        is_scheduled=waits,
        successor=in_force(others, clock.read().moment),
        form=form if form.is_bound or not edition.is_withdrawn else None,
    )


@require_safe
@permission_required("editions.view_edition", raise_exception=True)
def changes_page(request, edition_id):
    """The edition's changes, word by word; a scheduled one has no public page for them.

    Its vision may be deleted if none of its editions has taken effect.
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


def extent(changes):
    """The number of differences, in words."""
    passages, lists = len(changes.changes), len(changes.moves)
    parts = sum(bool(part.changes) for part in changes.parts())
    sentences = []
    if passages:
        differ = ngettext("%(count)d passage differs", "%(count)d passages differ", passages)
        where = ngettext("in %(count)d part of the text", "in %(count)d parts of the text", parts)
        sentences.append(f"{differ % {'count': passages}} {where % {'count': parts}}.")
    if lists:
        sentence = ngettext(
            "%(count)d list has a new order.", "%(count)d lists have a new order.", lists
        )
        sentences.append(sentence % {"count": lists})
    return " ".join(sentences)


def standing_and_waiting(vision, replaced=None):
    """The newest edition that is not withdrawn, and the scheduled one; each may be None.

    A scheduled edition that is to be ``replaced`` is left out.
    """
    editions = vision.editions.summaries()
    if replaced and is_waiting(replaced):
        editions = editions.exclude(pk=replaced.pk)
    editions = list(editions)
    return standing(editions), scheduled(editions, clock.soon())


def announce(request, edition):
    """Tell the publisher when the new edition takes effect, and lead to it."""
    words = gettext("Edition %(number)d takes effect on %(time)s.")
    sentence = words % {"number": edition.number, "time": in_wib(edition.effective_at)}
    is_due = edition.effective_at <= clock.soon()
    links = format_html(gettext("Read it: {}"), public_links(edition)) if is_due else ""
    messages.success(request, format_html("{} {}", sentence, links))
    return HttpResponseRedirect(form_path(edition))
