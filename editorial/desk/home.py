"""The home page of the admin: the next steps for this person, and the state of each period."""

from functools import partial
from itertools import chain

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from editions.data_folder.alarms import open_alarms, past_alarms
from editorial.accounts.attacks import steps_of_administrator
from editorial.addresses import (
    document_history_path,
    form_path,
    manuscript_path,
    preview_path,
    structure_path,
    translation_path,
)
from editorial.desk.alarms import neglected, shown
from editorial.history.changes import in_order, place_name, row_of
from editorial.models import Revision
from editorial.rows import rows_by_anchor
from editorial.translation.states import State, progress
from editorial.working_copy import WorkingCopy, staff_release
from public.mirror import keeper
from public.templatetags.portal import place
from vision.models import Vision
from vision.text import one_line

MOST_STEPS, MOST_PLACES, MOST_REVISIONS = 3, 5, 5


def desk(user):
    """The template's context for this person."""
    may_look = user.has_perm("vision.view_vision")
    release = staff_release()
    copies = [WorkingCopy(vision, release) for vision in Vision.objects.all()] if may_look else []
    return {
        "alarms": [shown(alarm) for alarm in open_alarms()],
        "neglected": list(neglected()),
        "has_past_alarms": user.has_perm("editorial.view_event") and bool(past_alarms()),
        "has_role": bool(user.get_all_permissions()),
        "steps": list(steps(user, copies))[:MOST_STEPS],
        "may_look": may_look,
        "all_is_published": all(copy.standing and not copy.difference for copy in copies),
        "copying": keeper.progress(release) if user.has_perm("editions.publish_edition") else None,
        "periods": [period(user, copy) for copy in copies],
        "read_first": next(
            (copy for copy in copies if copy.standing), copies[0] if copies else None
        ),
    }


# What to do next


def steps(user, copies):
    """(Sentence, words of the link, address) of what this person may do next."""
    if user.has_perm("editorial.view_event"):
        yield from steps_of_administrator()
    if not copies and user.has_perm("vision.add_vision"):
        yield _("There is no vision yet."), _("Begin a period"), reverse("admin:begin_period")
    may_publish = user.has_perm("editions.publish_edition")
    may_indonesian = user.has_perm("vision.write_indonesian")
    may_english = user.has_perm("vision.write_english")
    for is_offered, steps_of in [
        (may_publish, steps_of_publisher),
        (may_indonesian or may_publish, steps_of_mending),
        (may_english, steps_of_translator),
        (may_english or may_indonesian, partial(steps_of_remarks, user)),
        (not may_publish, steps_of_waiting),
    ]:
        if is_offered:
            yield from chain.from_iterable(map(steps_of, copies))
    if copies and user.has_perm("vision.add_vision") and may_indonesian:
        yield from steps_of_next_period(copies)


def steps_of_publisher(copy):
    publish = reverse("admin:vision_vision_publish", args=[copy.vision.pk])
    link = _("Publish %(years)s") % {"years": copy.years}
    if copy.waiting:
        words = _("Edition %(number)d of %(years)s waits for its time.")
        sentence = words % {"number": copy.waiting.number, "years": copy.years}
        yield sentence, _("See the edition that waits"), form_path(copy.waiting)
    elif copy.waits_to_be_published:
        yield unpublished_words(copy), link, publish


def unpublished_words(copy):
    count, years = len(copy.difference.changes), {"years": copy.years}
    if not copy.standing:
        return _("%(years)s has never been published. See whether its text is ready.") % years
    if not count:
        return _("A new order of points of %(years)s waits to be published.") % years
    words = ngettext(
        "%(count)d passage of %(years)s waits to be published.",
        "%(count)d passages of %(years)s wait to be published.",
        count,
    )
    return words % {"count": count, **years}


def steps_of_mending(copy):
    if copy.blocking_errors:
        words = _("%(years)s cannot be published as it is. %(reason)s")
        link = _("Mend it in the manuscript of %(years)s") % {"years": copy.years}
        reason = {"years": copy.years, "reason": copy.blocking_errors[0]}
        yield words % reason, link, manuscript_path(copy.vision)


def steps_of_translator(copy):
    links = {
        State.MISSING: _("Translate the first that lacks English"),
        State.OUTDATED: _("Look at the first whose English is outdated"),
        State.REVIEW: _("Read the first that waits for a reader"),
    }
    for state, link in links.items():
        if passages := copy.in_state(state):
            count = len(passages)
            words = waiting_words(state, count) % {"count": count, "years": copy.years}
            yield words, link, translation_path(copy.vision, passages[0].key, state=state)
    if waiting := copy.address_words:
        words = ngettext(
            "%(count)d English address word of %(years)s is still the Indonesian one.",
            "%(count)d English address words of %(years)s are still the Indonesian ones.",
            len(waiting),
        )
        first = form_path(rows_by_anchor(copy.vision)[waiting[0].anchor], reverse("admin:index"))
        link = _("Choose one before it is published")
        yield words % {"count": len(waiting), "years": copy.years}, link, f"{first}#id_slug_en"


def waiting_words(state, count):
    return {
        State.MISSING: ngettext(
            "%(count)d passage of %(years)s lacks English.",
            "%(count)d passages of %(years)s lack English.",
            count,
        ),
        State.OUTDATED: ngettext(
            "%(count)d passage of %(years)s: the Indonesian was changed, the English was not.",
            "%(count)d passages of %(years)s: the Indonesian was changed, the English was not.",
            count,
        ),
        State.REVIEW: ngettext(
            "%(count)d passage of %(years)s: the English waits for a reader.",
            "%(count)d passages of %(years)s: the English waits for a reader.",
            count,
        ),
    }[state]


def steps_of_remarks(user, copy):
    """Count the passages whose last remark is by somebody else."""
    name = one_line(user.get_username())[:150]
    if count := sum(1 for acts in copy.remarks.values() if acts[-1].revision.author != name):
        words = ngettext(
            "%(count)d passage of %(years)s has a remark that waits for an answer.",
            "%(count)d passages of %(years)s have remarks that wait for an answer.",
            count,
        )
        link = _("Read the remarks on %(years)s") % {"years": copy.years}
        address = translation_path(copy.vision, state="remarks")
        yield words % {"count": count, "years": copy.years}, link, address


def steps_of_waiting(copy):
    """For people who cannot publish: their changes wait for a publisher."""
    count = len(copy.difference.changes)
    if copy.standing and count and not copy.waiting:
        words = ngettext(
            "%(count)d changed passage of %(years)s waits for a publisher.",
            "%(count)d changed passages of %(years)s wait for a publisher.",
            count,
        )
        address = manuscript_path(copy.vision, "changed")
        yield words % {"count": count, "years": copy.years}, _("See what changed"), address


def steps_of_next_period(copies):
    if all(copy.is_over for copy in copies):
        words = _("The period %(years)s is over.") % {"years": copies[0].years}
        yield words, _("Begin the next vision"), reverse("admin:begin_period")


# One period


def period(user, copy):
    places = list(places_that_differ(copy))
    return {
        "copy": copy,
        "manuscript": manuscript_path(copy.vision),
        "changed": manuscript_path(copy.vision, "changed"),
        "places": places[:MOST_PLACES],
        "more_places": len(places) - MOST_PLACES,
        "english": progress(copy.translations.values(), partial(translation_path, copy.vision)),
        "work": recent_work(user, copy),
        "pages": list(pages_of_period(user, copy.vision)),
    }


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
    """(Revision, name of its first place, address or "", count of further places) of the newest."""
    passages = {passage.key: passage for passage in copy.document.passages()}
    revisions = Revision.objects.filter(vision_id=copy.vision.pk)
    for revision in revisions.prefetch_related("versions", "acts")[:MOST_REVISIONS]:
        if versions := in_order(revision):
            name, address = place_of_version(user, versions[0], passages.values())
            yield revision, name, address, len(versions) - 1
        else:  # a judgement about a translation, which writes no row
            yield revision, *place_of_act(copy, revision.acts.all()[0], passages), 0


def place_of_version(user, version, passages):
    """(Name, the address of its form or "")."""
    row, anchors = row_of(version), {passage.anchor for passage in passages}
    exists = version.after is not None and version.anchor in anchors
    may_see = user.has_perm(f"{row._meta.app_label}.view_{row._meta.model_name}")
    return place_name(version), form_path(row) if exists and may_see else ""


def place_of_act(copy, act, passages):
    """(Name, the address of the passage on the translation desk or "")."""
    passage = passages.get(f"{act.anchor}.{act.field}")
    if passage is None:
        return place_name(act), ""
    return place(passage), translation_path(copy.vision, passage.key, state="all")


def pages_of_period(user, vision):
    """(Name, address) of the pages that this person may open."""
    if user.has_perm("vision.view_vision"):
        yield _("Manuscript"), manuscript_path(vision)
        yield _("Translation"), translation_path(vision)
        yield _("Structure"), structure_path(vision)
    if user.has_perm("editorial.view_revision"):
        yield _("History"), document_history_path(vision)
    if user.has_module_perms("vision"):
        yield _("Preview in Indonesian"), preview_path(vision, "id")
        yield _("Preview in English"), preview_path(vision, "en")
    if user.has_perm("vision.view_vision"):
        yield _("Share the preview"), reverse("admin:share_preview", args=[vision.pk])
    if user.has_perm("editions.publish_edition"):
        yield _("Publish"), reverse("admin:vision_vision_publish", args=[vision.pk])
