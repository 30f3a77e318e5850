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
from editions.working_copy import vision_of
from editorial.models import Act, Version
from editorial.rows import rows_by_anchor
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
    """Every translated passage by its key, in reading order. One query, and more after fills."""
    passages = translated_passages(document)
    acts = _acts_by_target(document, {passage.text.en for passage in passages} - {""})
    places = _places(document, passages, acts)
    present = set(places.values())
    found = {}
    for passage in passages:
        key, place = passage.key, places.get(passage.key)
        own = [
            act
            for act in acts[fingerprint(passage.text.en)]
            if act.act != Act.Kind.FILLED
            # The row's anchor changes with its number.
            or (act.place == place if act.place in present else act.key == key)
        ]
        found[key] = _translation(passage, own, place)
    return found


def _places(document, passages, acts):
    """{key: place as acts name it}; empty if no passage was filled."""
    if not any(act.act == Act.Kind.FILLED for its in acts.values() for act in its):
        return {}
    rows = rows_by_anchor(vision_of(document))
    return {
        passage.key: (passage.kind, rows[passage.anchor].pk, passage.field)
        for passage in passages
        if passage.anchor in rows
    }


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


def _translation(passage, acts, place):
    if not passage.text.en:
        return Translation(passage, State.MISSING)
    mark = fingerprint(passage.text.id)
    of_this_pair = [act for act in acts if act.source_mark == mark]
    if of_this_pair:
        return _judged(Translation(passage, State.REVIEW, passage.text.id), of_this_pair, place)
    newest = _newest(passage, acts, place)
    if not newest:
        return Translation(passage, State.REVIEW)
    filled = newest if newest.act == Act.Kind.FILLED else None
    return Translation(passage, State.OUTDATED, newest.source, filled=filled)


def _judged(translation, acts, place):
    """The state by the acts on this pair of texts, in time order."""
    authors, voided, voiding = {}, {}, None
    for act, after in _with_authors(acts, place):
        if act.act in VOIDING:
            voided, voiding = authors or voided, act
        authors = after
    state = State.DONE if _are_enough(authors) else State.REVIEW
    judged = replace(translation, state=state, authors=tuple(authors))
    if authors or not voiding:
        return judged
    if voiding.act == Act.Kind.FILLED:
        return replace(judged, filled=voiding)
    return replace(judged, returned=voiding, returned_to=tuple(voided))


def _with_authors(acts, place):
    """(act, the people whose approval counts after it) of each act on one pair of texts.

    After a fill only approvals of the same place count: the pair is not yet read there.
    """
    authors, filled = {}, None
    for act in acts:
        if act.act == Act.Kind.FILLED:
            filled = act
        if act.act in VOIDING:
            authors = {}
        elif not filled or act.place in (filled.place, place):
            authors = authors | {act.revision.author if act.revision else None: True}
            filled = None if _are_enough(authors) else filled
        yield act, authors


def _are_enough(authors):
    return None in authors or len(authors) >= (2 if review_is_required() else 1)


def _newest(passage, acts, place):
    """The newest act that gives the English this place's Indonesian, or else another place's."""
    here = [
        act
        for act in acts
        if act.act in (*Act.APPROVING, Act.Kind.FILLED)
        and (act.place == place or act.key == passage.key)
    ]
    confirming = [act for act in acts if act.act in Act.APPROVING]
    return next(reversed(here or confirming), None)


# The last texts that were done


def last_done(document, places):
    """The last texts of each place that counted as done, or None: {key: ``Text``}. Two queries.

    ``places`` are pairs of a ``StoredPassage`` and its ``Translation``.
    """
    texts = _texts_by_key(places)
    acts = _acts_by_target(document, {text.en for its in texts.values() for text in its})
    return {
        stored.passage.key: next(
            (text for text in texts[stored.passage.key] if _was_done(stored, text, acts)), None
        )
        for stored, _translation in places
    }


def _texts_by_key(places):
    """All texts with English that ever stood at each place, the newest first."""
    versions, rows = defaultdict(list), defaultdict(set)
    for stored, _translation in places:
        rows[stored.passage.kind].add(stored.row.pk)
    is_sought = Q(*(Q(kind=kind, row__in=its) for kind, its in rows.items()), _connector=Q.OR)
    found = Version.objects.filter(is_sought).order_by("-pk")
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


def _was_done(stored, text, acts):
    """Whether the acts were ever enough since the English was last filled from the memory."""
    place, mark, was_done = stored.place, fingerprint(text.id), False
    own = [
        act
        for act in acts[fingerprint(text.en)]
        if act.source_mark == mark and (act.act != Act.Kind.FILLED or act.place == place)
    ]
    for act, authors in _with_authors(own, place):
        was_done = act.act != Act.Kind.FILLED and (was_done or _are_enough(authors))
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
