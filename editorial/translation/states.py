"""The states of translations, computed from their two texts and the acts on them.

No flag stores a state. A passage is *done* while an act says that this English translates this
Indonesian: a changed Indonesian makes it *outdated*, and changed back makes it done again.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from editions.document import Passage
from editorial.models import Act
from editorial.translation.exchange.units import State
from editorial.translation.passages import fingerprint, translated_passages
from vision.models import Vision

JUDGING = (*Act.APPROVING, Act.Kind.RETURNED)
VOIDING = (Act.Kind.RETURNED, Act.Kind.FILLED)  # what was said of the pair before counts no more

WORK = (State.MISSING, State.OUTDATED, State.REVIEW)


@dataclass(frozen=True)
class Translation:
    """A passage and the state of its English."""

    passage: Passage
    state: State
    source: str = ""  # the Indonesian that the English translates, "" if no act says so
    authors: tuple[str | None, ...] = ()  # the people who approved it; None: loaded as approved
    # The act since which nobody approved it: somebody sent it back, or filled it from the memory
    returned: Act | None = None
    filled: Act | None = None

    @property
    def key(self):
        return self.passage.key

    @property
    def needs_work(self):
        return self.state != State.DONE


def review_is_required():
    return settings.TRANSLATION_REVIEWER == "required"


def translations(document):
    """Every translated passage by its key, in reading order. One query."""
    passages, places = translated_passages(document), defaultdict(set)
    for passage in passages:
        places[passage.text].add(passage.key)
    acts = _acts_by_target(document, {passage.text.en for passage in passages} - {""})
    return {
        passage.key: _translation(
            passage,
            [
                act
                for act in acts[fingerprint(passage.text.en)]
                if _is_about(act, passage, places[passage.text])
            ],
        )
        for passage in passages
    }


def _is_about(act, passage, places):
    """Whether the act concerns the passage, whose texts stand in these places.

    A fill concerns its own place; if its passage was moved, it concerns all of them.
    """
    return act.act != Act.Kind.FILLED or act.key == passage.key or act.key not in places


def _acts_by_target(document, targets):
    """The acts on these English texts; fills only from the document's own period."""
    acts = defaultdict(list)
    years = {"period_start": document.period_start, "period_end": document.period_end}
    own = Vision.objects.filter(**years).values("pk")
    is_judging = Q(act__in=JUDGING) | Q(act=Act.Kind.FILLED, revision__vision_id__in=own)
    marks = {fingerprint(target) for target in targets}
    found = Act.objects.filter(is_judging, target_mark__in=marks)
    for act in found.select_related("revision"):
        acts[act.target_mark].append(act)
    return acts


def _translation(passage, acts):
    if not passage.text.en:
        return Translation(passage, State.MISSING)
    mark = fingerprint(passage.text.id)
    of_this_pair = [act for act in acts if act.source_mark == mark]
    if of_this_pair:
        return _judged(Translation(passage, State.REVIEW, passage.text.id), of_this_pair)
    source = _newest_source(passage, acts)
    return Translation(passage, State.OUTDATED if source else State.REVIEW, source)


def _judged(translation, acts):
    """The state by the acts on this pair of texts, in time order."""
    authors, voiding = {}, None
    for act in acts:
        if act.act in VOIDING:
            authors, voiding = {}, act
        else:
            authors[act.revision.author if act.revision else None] = True
    is_enough = None in authors or len(authors) >= (2 if review_is_required() else 1)
    state = State.DONE if is_enough else State.REVIEW
    unanswered = {} if authors or not voiding else {voiding.act: voiding}
    return replace(translation, state=state, authors=tuple(authors), **unanswered)


def _newest_source(passage, acts):
    """The Indonesian that this English last translated: at this place, or else at any other."""
    confirming = [act for act in acts if act.act in Act.APPROVING]
    here = [act for act in confirming if (act.anchor, act.field) == (passage.anchor, passage.field)]
    return next((act.source for act in reversed(here or confirming)), "")


def progress(translations, address):
    """The total and the parts of a bar, as the template ``bar.html`` takes them.

    ``address(state=…)`` is the address of the desk with the passages in that state.
    """
    counts = Counter(translation.state for translation in translations)
    total, begin, parts = counts.total(), 0, []
    words = {
        State.DONE: _("%(count)d of %(total)d passages are translated and up to date"),
        State.REVIEW: _("%(count)d in review"),
        State.OUTDATED: _("%(count)d outdated"),
        State.MISSING: _("%(count)d missing"),
    }
    for state, sentence in words.items():
        count = counts[state]
        parts.append(
            {
                "kind": state.value,
                "words": sentence % {"count": count, "total": total},
                "count": count,
                "begin": begin,
                "address": address(state=state.value) if count and state != State.DONE else "",
            }
        )
        begin += count
    return {"total": total, "parts": parts}
