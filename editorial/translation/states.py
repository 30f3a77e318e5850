"""The states of translations, computed from their two texts and the acts on them.

No flag stores a state. A passage is *done* while an act says that this English translates this
Indonesian: a changed Indonesian makes it *outdated*, and changed back makes it done again.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

from editions.document import Passage
from editorial.models import Act
from editorial.translation.exchange.units import State
from editorial.translation.passages import fingerprint, translated_passages

CONFIRMING = (Act.Kind.TRANSLATED, Act.Kind.CONFIRMED, Act.Kind.REVIEWED)
JUDGING = (*CONFIRMING, Act.Kind.RETURNED)


WORK = (State.MISSING, State.OUTDATED, State.REVIEW)


@dataclass(frozen=True)
class Translation:
    """A passage and the state of its English."""

    passage: Passage
    state: State
    source: str = ""  # the Indonesian that the English translates, "" if no act says so
    authors: tuple[str | None, ...] = ()  # the people who approved it; None: loaded as approved
    returned: Act | None = None  # the act that sent it back

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
    passages = translated_passages(document)
    acts = _acts_by_target([passage.text.en for passage in passages if passage.text.en])
    return {
        passage.key: _translation(passage, acts[fingerprint(passage.text.en)])
        for passage in passages
    }


def _acts_by_target(targets):
    acts = defaultdict(list)
    marks = {fingerprint(target) for target in targets}
    found = Act.objects.filter(target_mark__in=marks, act__in=JUDGING)
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
    """The state by the acts on this pair of texts, in time order. Returning voids earlier acts."""
    authors, returned = {}, None
    for act in acts:
        if act.act == Act.Kind.RETURNED:
            authors, returned = {}, act
        else:
            authors[act.revision.author if act.revision else None] = True
    is_enough = None in authors or len(authors) >= (2 if review_is_required() else 1)
    return replace(
        translation,
        state=State.DONE if is_enough else State.REVIEW,
        authors=tuple(authors),
        returned=None if authors else returned,
    )


def _newest_source(passage, acts):
    """The Indonesian that this English last translated: at this place, or else at any other."""
    confirming = [act for act in acts if act.act != Act.Kind.RETURNED]
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
