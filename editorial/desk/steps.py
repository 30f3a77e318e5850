"""The next steps of one person for the text of one period.

A step is a sentence, the words of its button, and an address.
"""

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from editorial.addresses import (
    comments_path,
    form_path,
    manuscript_path,
    publish_path,
    translation_path,
)
from editorial.publishing.answers import answers_path
from editorial.rows import rows_by_anchor
from editorial.translation.remarks import path_to_remarks
from editorial.translation.states import WAITS_FOR_OTHERS, State
from vision.text import one_line


def next_step(user, copy):
    """The one thing that this person does next on this text."""
    return next(steps(user, copy), None) or ("", *usual_work(user, copy.vision))


def usual_work(user, vision):
    if user.has_perm("vision.write_indonesian"):
        return _("Edit in the manuscript"), manuscript_path(vision)
    if user.has_perm("vision.write_english"):
        return _("Open the translation"), translation_path(vision, state="all")
    return _("Read the manuscript"), manuscript_path(vision)


def steps(user, copy):
    """The tasks of this person on this text, and what they only wait for."""
    may_publish = user.has_perm("editions.publish_edition")
    if may_publish:
        yield from steps_of_scheduled(copy)
    yield from tasks(user, copy)
    if not may_publish:
        yield from steps_of_waiting(copy)
    if user.has_perm("vision.write_english"):
        yield from steps_of_waiting_for_others(user, copy)


def tasks(user, copy):
    """What waits for this person on this text, the most urgent first; mail reminds of it."""
    may_publish = user.has_perm("editions.publish_edition")
    may_indonesian = user.has_perm("vision.write_indonesian")
    may_english = user.has_perm("vision.write_english")
    for is_offered, steps_of in [
        (may_publish, steps_of_publisher),
        (may_indonesian or may_publish, steps_of_mending),
        (may_indonesian, partial(steps_of_rewriting, user)),
        (may_english, partial(steps_of_author, user)),
        (may_english, partial(steps_of_translator, user)),
        (may_english or may_indonesian, partial(steps_of_remarks, user)),
        (may_indonesian or may_publish, steps_of_answers),
    ]:
        if is_offered:
            yield from steps_of(copy)


def steps_of_scheduled(copy):
    if copy.waiting:
        words = _("Edition %(number)d of %(years)s waits for its time.")
        sentence = words % {"number": copy.waiting.number, "years": copy.years}
        yield sentence, _("See the edition that waits"), form_path(copy.waiting)


def steps_of_publisher(copy):
    link = _("Publish %(years)s") % {"years": copy.years}
    if copy.waits_to_be_published:
        yield unpublished_words(copy), link, publish_path(copy.vision)


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
        words, more = _("%(years)s cannot be published as it is. %(reason)s"), ""
        if count := len(copy.blocking_errors) - 1:
            more = ngettext("And %(count)d more reason.", "And %(count)d more reasons.", count)
            more = f" {more % {'count': count}}"
        link = _("Fix it in the manuscript of %(years)s") % {"years": copy.years}
        reason = {"years": copy.years, "reason": copy.blocking_errors[0]}
        yield words % reason + more, link, manuscript_path(copy.vision)


def steps_of_rewriting(user, copy):
    """For authors: their Indonesian that a publisher sent back, until that is settled."""
    if keys := copy.to_rewrite(user.get_username()):
        words = ngettext(
            "%(count)d passage of %(years)s: your Indonesian was sent back.",
            "%(count)d passages of %(years)s: your Indonesian was sent back.",
            len(keys),
        )
        address = comments_path(copy.vision, keys[0], reverse("admin:index"))
        count = {"count": len(keys), "years": copy.years}
        yield words % count, _("Read why the first was sent back"), address


def steps_of_author(user, copy):
    if passages := copy.returned_to(user.get_username()):
        words = ngettext(
            "%(count)d passage of %(years)s: your English was sent back.",
            "%(count)d passages of %(years)s: your English was sent back.",
            len(passages),
        )
        address = translation_path(copy.vision, passages[0].key, state=State.REVIEW)
        count = {"count": len(passages), "years": copy.years}
        yield words % count, _("Look at the first that was sent back"), address


def steps_of_translator(user, copy):
    name = user.get_username()
    returned = copy.returned_to(name)
    links = {
        State.MISSING: _("Translate the first passage without English"),
        State.OUTDATED: _("Look at the first outdated translation"),
        State.REVIEW: _("Review the first waiting translation"),
    }
    for state, link in links.items():
        if passages := [each for each in copy.in_state(state, name) if each not in returned]:
            count = len(passages)
            words = waiting_words(state, count) % {"count": count, "years": copy.years}
            yield words, link, translation_path(copy.vision, passages[0].key, state=state)
    if waiting := copy.address_words:
        words = ngettext(
            "%(count)d English address word of %(years)s is still the Indonesian one.",
            "%(count)d English address words of %(years)s are still the Indonesian ones.",
            len(waiting),
        )
        link = _("Choose one before it is published")
        count = {"count": len(waiting), "years": copy.years}
        yield words % count, link, first_address_word(copy)


def first_address_word(copy):
    row = rows_by_anchor(copy.vision)[copy.address_words[0].anchor]
    return f"{form_path(row, reverse('admin:index'))}#id_slug_en"


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
            "%(count)d passage of %(years)s: the English is waiting to be reviewed.",
            "%(count)d passages of %(years)s: the English is waiting to be reviewed.",
            count,
        ),
    }[state]


def steps_of_remarks(user, copy):
    if count := unanswered_remarks(user, copy):
        words = ngettext(
            "%(count)d passage of %(years)s has a comment that waits for an answer.",
            "%(count)d passages of %(years)s have comments that wait for an answer.",
            count,
        )
        link = _("Read the comments on %(years)s") % {"years": copy.years}
        address = path_to_remarks(copy.vision, copy.remarks)
        yield words % {"count": count, "years": copy.years}, link, address


def steps_of_answers(copy):
    if count := copy.answers:
        words = ngettext(
            "%(count)d answer about %(years)s came through a link.",
            "%(count)d answers about %(years)s came through links.",
            count,
        )
        link = _("Read the answers about %(years)s") % {"years": copy.years}
        yield words % {"count": count, "years": copy.years}, link, answers_path(copy.vision)


def unanswered_remarks(user, copy):
    """How many passages have a last remark that is by somebody else."""
    name = one_line(user.get_username())[:150]
    return sum(1 for acts in copy.remarks.values() if acts[-1].revision.author != name)


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


def steps_of_waiting_for_others(user, copy):
    """For authors: what they may not review themselves."""
    if passages := copy.waiting_for_others(user.get_username()):
        words = ngettext(
            "%(count)d passage of %(years)s waits for another translator to read it.",
            "%(count)d passages of %(years)s wait for another translator to read them.",
            len(passages),
        )
        address = translation_path(copy.vision, state=WAITS_FOR_OTHERS)
        count = {"count": len(passages), "years": copy.years}
        yield words % count, _("See what waits for another translator"), address
