"""The card of one period on the desk."""

from functools import partial

from django.db.models import Count, Window
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from editorial.accounts.roles import may_remark
from editorial.addresses import (
    document_history_path,
    form_path,
    manuscript_path,
    pages_of_period,
    preview_of,
    translation_path,
)
from editorial.desk.steps import first_address_word, next_step, unanswered_remarks
from editorial.history.changes import in_order, place_name, row_of
from editorial.models import Revision
from editorial.publishing.answers import answers_path
from editorial.translation.passages import is_translated
from editorial.translation.remarks import path_to_remarks
from editorial.translation.states import WAITS_FOR_OTHERS, WORK, State, progress
from public.templatetags.portal import place

MOST_PLACES, MOST_REVISIONS = 5, 5


def period(user, copy):
    places, work = list(places_that_differ(copy)), list(recent_work(user, copy))
    address, name = partial(translation_path, copy.vision), user.get_username()
    english = progress(copy.translations.values(), address, name)
    return {
        "copy": copy,
        "is_archived": copy.state == "archived",
        "states": list(copy.states()),
        "step": next_step(user, copy),
        "differs": differs(copy),
        "waiting": list(waiting(user, copy)),
        "places": places[:MOST_PLACES],
        "more_places": len(places) - MOST_PLACES,
        "changed": manuscript_path(copy.vision, "changed"),
        "english": english,
        "work": work,
        "more_work": work[0][0].count - MOST_REVISIONS if work else 0,
        "history": document_history_path(copy.vision),
        "pages": list(pages_of_period(user, copy.vision)),
        "preview": preview_of(user, copy.vision),
        "share": reverse("admin:share_preview", args=[copy.vision.pk]),
    }


def differs(copy):
    """(Words, address) for the number of differences from the standing edition; each may be ""."""
    if not copy.standing:
        return differs_from_another_period(copy)
    count, number = len(copy.difference.changes), copy.standing.number
    if count:
        words = ngettext(
            "%(count)d passage differs from edition %(number)d",
            "%(count)d passages differ from edition %(number)d",
            count,
        )
        address = manuscript_path(copy.vision, "changed")
        return words % {"count": count, "number": number}, address
    if copy.difference:
        words = _("The order of points differs from edition %(number)d")
        return words % {"number": number}, manuscript_path(copy.vision, anchor="new-order")
    return "", ""


def differs_from_another_period(copy):
    """The same for a text that was never published, and may be a copy."""
    if not copy.base:
        return _("All of it is new: nothing is public yet."), ""
    count = len(copy.difference.changes)
    words = ngettext(
        "%(count)d passage differs from edition %(number)d of %(years)s",
        "%(count)d passages differ from edition %(number)d of %(years)s",
        count,
    )
    source = {"number": copy.base.number, "years": copy.base.years}
    return words % {"count": count, **source}, manuscript_path(copy.vision, "changed")


def waiting(user, copy):
    """(Words, address) of each kind of open work."""
    if copy.standing and copy.waits_to_be_published:
        yield ready_words(copy), manuscript_path(copy.vision, "changed")
    if copy.waiting:
        words = _("Edition %(number)d, for its time")
        yield words % {"number": copy.waiting.number}, form_path(copy.waiting)
    if copy.blocking_errors:
        yield _("Something that stops the publication"), manuscript_path(copy.vision)
    name = user.get_username()
    for state in WORK:
        if count := len(copy.in_state(state, name)):
            words = translation_words(state, count) % {"count": count}
            yield words, translation_path(copy.vision, state=state)
    if count := len(copy.waiting_for_others(name)):
        words = ngettext(
            "%(count)d translation waiting for another translator",
            "%(count)d translations waiting for another translator",
            count,
        )
        yield words % {"count": count}, translation_path(copy.vision, state=WAITS_FOR_OTHERS)
    may_english = user.has_perm("vision.write_english")
    if may_english and (count := len(copy.address_words)):
        words = ngettext("%(count)d English address word", "%(count)d English address words", count)
        yield words % {"count": count}, first_address_word(copy)
    if count := len(copy.to_rewrite(name)):
        words = ngettext("%(count)d passage sent back", "%(count)d passages sent back", count)
        yield words % {"count": count}, manuscript_path(copy.vision, "remarks")
    if may_remark(user) and (count := unanswered_remarks(user, copy)):
        words = ngettext(
            "%(count)d passage with comments", "%(count)d passages with comments", count
        )
        yield words % {"count": count}, path_to_remarks(copy.vision, copy.remarks)
    if count := copy.answers:
        words = ngettext(
            "%(count)d answer through a link", "%(count)d answers through links", count
        )
        yield words % {"count": count}, answers_path(copy.vision)


def ready_words(copy):
    count = len(copy.difference.changes)
    if not count:
        return _("A new order of points, ready")
    words = ngettext("%(count)d correction, ready", "%(count)d corrections, ready", count)
    return words % {"count": count}


def translation_words(state, count):
    return {
        State.MISSING: ngettext(
            "%(count)d passage without English", "%(count)d passages without English", count
        ),
        State.OUTDATED: ngettext(
            "%(count)d outdated translation", "%(count)d outdated translations", count
        ),
        State.REVIEW: ngettext(
            "%(count)d translation to review", "%(count)d translations to review", count
        ),
    }[state]


def places_that_differ(copy):
    """(Words, address in the manuscript) of each place that differs from the standing edition."""
    for passage, changes in copy.difference.places():
        is_gone = all(change.after is None for change in changes)
        anchor = "taken-out" if is_gone else passage.anchor
        yield place(passage), manuscript_path(copy.vision, anchor=anchor)
    first = {passage.anchor: passage for passage in reversed(list(copy.document.passages()))}
    for move in copy.difference.moves:
        words = _("New order: %(place)s") % {"place": place(first[move.anchor])}
        yield words, manuscript_path(copy.vision, anchor="new-order")


def recent_work(user, copy):
    """(Revision, name of its first place, address or "", count of further places) of the newest.

    Each revision has the ``count`` of all.
    """
    passages = {passage.key: passage for passage in copy.document.passages()}
    revisions = Revision.objects.filter(vision_id=copy.vision.pk)
    revisions = revisions.annotate(count=Window(Count("pk")))
    for revision in revisions.prefetch_related("versions", "acts")[:MOST_REVISIONS]:
        if versions := in_order(revision):
            name, address = place_of_version(user, versions[0], passages.values())
            yield revision, name, address, len(versions) - 1
        else:  # an act on a translation, which writes no row
            yield revision, *place_of_act(copy, revision.acts.all()[0], passages), 0


def place_of_version(user, version, passages):
    """(Name, the address of its form or "")."""
    row, anchors = row_of(version), {passage.anchor for passage in passages}
    exists = version.after is not None and version.anchor in anchors
    may_see = user.has_perm(f"{row._meta.app_label}.view_{row._meta.model_name}")
    return place_name(version), form_path(row) if exists and may_see else ""


def place_of_act(copy, act, passages):
    """(Name, the address of the passage on the translation desk, in the manuscript, or "")."""
    passage = passages.get(f"{act.anchor}.{act.field}")
    if passage is None:
        return place_name(act), ""
    if is_translated(passage):
        return place(passage), translation_path(copy.vision, passage.key, state="all")
    return place(passage), manuscript_path(copy.vision, anchor=passage.key)
