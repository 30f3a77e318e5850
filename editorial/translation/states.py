"""The states of translations, computed from their two texts and the acts on them.

No flag stores a state. A passage is *done* while an act says that this English translates this
Indonesian: a changed Indonesian makes it *outdated*, and changed back makes it done again.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from unicodedata import normalize

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from editions.document import Passage, Text
from editorial.models import Act, Version
from editorial.translation.exchange.units import State
from editorial.translation.passages import fingerprint, translated_passages
from vision.models import Vision
from vision.text import plain

JUDGING = (*Act.APPROVING, Act.Kind.RETURNED)
VOIDING = (Act.Kind.RETURNED, Act.Kind.FILLED)  # what was said of the pair before counts no more

WORK = (State.MISSING, State.OUTDATED, State.REVIEW)
WAITS_FOR_OTHERS = "others"  # in addresses: what only another translator may review


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
    returned_to: tuple[str | None, ...] = ()  # the people whose English was sent back

    @property
    def key(self):
        return self.passage.key

    @property
    def needs_work(self):
        return self.state != State.DONE

    def waits_for_others(self, name):
        """Whether it is in review, and the person of this user name may not review it."""
        return self.state == State.REVIEW and name in self.authors and review_is_required()

    def needs_work_of(self, name):
        return self.needs_work and not self.waits_for_others(name)


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
    authors, voided, voiding = {}, {}, None
    for act in acts:
        if act.act in VOIDING:
            authors, voided, voiding = {}, authors or voided, act
        else:
            authors[act.revision.author if act.revision else None] = True
    state = State.DONE if _are_enough(authors) else State.REVIEW
    unanswered = {} if authors or not voiding else {voiding.act: voiding}
    if Act.Kind.RETURNED in unanswered:
        unanswered["returned_to"] = tuple(voided)
    return replace(translation, state=state, authors=tuple(authors), **unanswered)


def _are_enough(authors):
    return None in authors or len(authors) >= (2 if review_is_required() else 1)


def _newest_source(passage, acts):
    """The Indonesian that this English last translated: at this place, or else at any other."""
    confirming = [act for act in acts if act.act in Act.APPROVING]
    here = [act for act in confirming if (act.anchor, act.field) == (passage.anchor, passage.field)]
    return next((act.source for act in reversed(here or confirming)), "")


# The last texts that were done


def last_done(document, places):
    """The last texts of each place that counted as done, or None: {key: ``Text``}. Two queries.

    ``places`` are pairs of a ``StoredPassage`` and its ``Translation``.
    """
    texts = _texts_by_key(places)
    acts = _acts_by_target(document, {text.en for its in texts.values() for text in its})
    return {
        key: next((text for text in its if _was_done(key, text, acts)), None)
        for key, its in texts.items()
    }


def _texts_by_key(places):
    """All texts with English that ever stood at each place, the newest first."""
    versions, rows = defaultdict(list), {stored.row.pk for stored, _translation in places}
    found = Version.objects.filter(row__in=rows).order_by("-pk")
    for kind, row, before, after in found.values_list("kind", "row", "before", "after"):
        versions[kind, row] += [after or {}, before or {}]
    texts = {}
    for stored, translation in places:
        passage = stored.passage
        names = f"{passage.field}_ind", f"{passage.field}_en"
        before = versions[passage.kind, stored.row.pk]
        every = [Text(*(columns.get(name) or "" for name in names)) for columns in before]
        # The English came with an Indonesian that has no version if it came with the loaded text.
        every = [passage.text, *every, Text(translation.source, passage.text.en)]
        texts[passage.key] = [text for text in dict.fromkeys(every) if text.en]
    return texts


def _was_done(key, text, acts):
    """Whether the acts ever were enough. What is filled was done elsewhere, and begins anew."""
    mark, authors, was_done = fingerprint(text.id), set(), False
    for act in acts[fingerprint(text.en)]:
        if act.source_mark != mark:
            continue
        if act.act in Act.APPROVING:
            authors.add(act.revision.author if act.revision else None)
            was_done = was_done or _are_enough(authors)
        elif act.act == Act.Kind.RETURNED:
            authors = set()
        elif act.key == key:
            authors, was_done = set(), False
    return was_done


# Counts


def progress(translations, address, name=""):
    """The total and the parts of a bar, as the template ``bar.html`` takes them.

    ``address(state=…)`` is the address of the desk with the passages in that state. What waits for
    others than the person of this user name is a part of its own, if there is any.
    """
    counts = Counter(
        WAITS_FOR_OTHERS if translation.waits_for_others(name) else translation.state.value
        for translation in translations
    )
    total, begin, parts = counts.total(), 0, []
    words = {
        State.DONE.value: _("%(count)d of %(total)d passages are translated and up to date"),
        State.REVIEW.value: _("%(count)d in review"),
        WAITS_FOR_OTHERS: _("%(count)d waiting for another translator"),
        State.OUTDATED.value: _("%(count)d outdated"),
        State.MISSING.value: _("%(count)d missing"),
    }
    if not counts[WAITS_FOR_OTHERS]:
        del words[WAITS_FOR_OTHERS]
    for state, sentence in words.items():
        count = counts[state]
        parts.append(
            {
                "kind": state,
                "words": sentence % {"count": count, "total": total},
                "count": count,
                "begin": begin,
                "address": address(state=state) if count and state != State.DONE else "",
            }
        )
        begin += count
    return {"total": total, "parts": parts}


def words_by_state(translations):
    """(State or None for all, words, words without repeats) of the Indonesian.

    A repeat is a text that occurs again: it counts where it needs the least work.
    """
    rows, seen = [], set()
    for state in (State.DONE, *reversed(WORK)):
        words, unique = 0, 0
        for text in (each.passage.text.id for each in translations if each.state == state):
            count, same = count_words(text), " ".join(normalize("NFC", text).split())
            words += count
            unique += 0 if same in seen else count
            seen.add(same)
        rows.append((state, words, unique))
    return [*rows, (None, *(sum(row[column] for row in rows) for column in (1, 2)))]


def count_words(text):
    """How many runs between spaces hold a letter or a digit."""
    return sum(any(map(str.isalnum, run)) for run in plain(text).split())
