"""The difference of two documents: passage by passage, word by word, in both languages."""

import re
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby

from editions.document import Passage, Text
from editions.fields import anchors_of_vision
from vision.text import plain

SENTENCE = re.compile(r"[^.;:!?\n]*[.;:!?\n]*\s*")
WORD = re.compile(r"\s+|\w+|[^\w\s]")
# Finding the shortest difference costs up to the third power of the length. Above this product of
# both lengths the texts have nothing worth aligning, and are shown as one deletion and one
# insertion.
LIMIT = 250_000
# The parts of the text in reading order, each with the first letter of its anchors.
PARTS = [("vision", "v"), ("element", "u"), ("mission", "m"), ("glossary", "t")]
LETTERS = [letter for _, letter in PARTS]


@dataclass(frozen=True)
class Change:
    """One passage that differs. ``before`` is None if it is new, ``after`` if it was deleted."""

    before: Passage | None
    after: Passage | None

    @property
    def passage(self):
        return self.after or self.before

    @property
    def anchor(self):
        return self.passage.anchor

    @property
    def is_of_both_languages(self):
        """True for a marker or a number, which is the same in both languages."""
        return all(
            passage.text.id == passage.text.en for passage in (self.before, self.after) if passage
        )

    def segments(self, language):
        """The passage in one language as runs of words: ("equal" | "delete" | "insert", words)."""
        return word_segments(self._words(self.before, language), self._words(self.after, language))

    def touches(self, language):
        """False where only the other language changed."""
        return self._words(self.before, language) != self._words(self.after, language)

    @staticmethod
    def _words(passage, language):
        return getattr(passage.text, language) if passage else ""


@dataclass(frozen=True)
class Move:
    """A list with a new order: its headings, in that order."""

    headings: tuple[Text, ...]
    anchor: str


@dataclass(frozen=True)
class Part:
    """The differences in one part: the vision's own texts, an element, a mission or the glossary.

    ``kind``, ``anchor`` and ``heading`` name the part as they name a passage.
    """

    kind: str
    anchor: str
    heading: Text
    changes: tuple[Change, ...]
    moves: tuple[Move, ...]

    def places(self):
        return _by_place(self.changes)


@dataclass(frozen=True)
class Difference:
    changes: tuple[Change, ...]
    moves: tuple[Move, ...]
    names: dict[str, Text]  # of the elements, by their anchors

    def __bool__(self):
        return bool(self.changes or self.moves)

    def places(self):
        """The changes by their place, in reading order: (first passage there, its changes)."""
        return _by_place(self.changes)

    def terms(self):
        """The names of the terms that differ, by what happened to them."""
        names = {"added": [], "changed": [], "removed": []}
        for passage, changes in self.places():
            if passage.kind == "term":
                named = next((change for change in changes if change.passage.field == "term"), None)
                is_new, is_gone = named and not named.before, named and not named.after
                outcome = "added" if is_new else "removed" if is_gone else "changed"
                names[outcome].append(passage.heading)
        return names

    def without_terms(self):
        others = tuple(change for change in self.changes if change.passage.kind != "term")
        return replace(self, changes=others)

    def parts(self):
        """The changes and moves grouped by the part of the text."""
        changes, moves = _by_part(self.changes), _by_part(self.moves)
        return [
            self._part(*part, tuple(changes.get(part, ())), tuple(moves.get(part, ())))
            for part in sorted(changes | moves)
        ]

    def _part(self, place, number, changes, moves):
        kind, letter = PARTS[place]
        anchor = anchors_of_vision()["statement"] if kind == "vision" else f"{letter}{number or ''}"
        return Part(kind, anchor, self.names.get(anchor, Text()), changes, moves)


def _by_place(changes):
    for _, group in groupby(changes, key=lambda change: change.passage.anchor):
        group = list(group)
        yield group[0].passage, group


def _by_part(items):
    """Changes or moves by their part: (index in ``PARTS``, number of the part or 0)."""
    parts = {}
    for item in items:
        number = item.anchor[1:].partition("-")[0]
        parts.setdefault((LETTERS.index(item.anchor[0]), int(number or 0)), []).append(item)
    return parts


def difference(before, after):
    """The difference; empty only if both are equal. ``before`` may be None: all is new."""
    old = {passage.key: passage for passage in before.passages()} if before else {}
    new = {passage.key: passage for passage in after.passages()}
    changes = [
        Change(old.get(key), new.get(key))
        for key in _merged_order(list(old), list(new))
        if _text(old.get(key)) != _text(new.get(key))
    ]
    names = {
        element.anchor: element.name
        for document in (before, after)
        if document
        for element in document.elements
    }
    return Difference(tuple(changes), tuple(_moves(before, after)) if before else (), names)


def _text(passage):
    return passage.text if passage else Text()


def _merged_order(old, new):
    """All keys in the new order; deleted ones keep their former place."""
    merged, new_keys = list(new), set(new)
    for place, key in enumerate(old):
        if key not in new_keys:
            before = old[place - 1] if place else None
            merged.insert(merged.index(before) + 1 if before else 0, key)
    return merged


def _moves(before, after):
    old_lists = dict(before.lists())
    for anchor, items in after.lists():
        old = [item.anchor for item in old_lists.get(anchor, ())]
        new = [item.anchor for item in items]
        if [a for a in old if a in new] != [a for a in new if a in old]:
            yield Move(tuple(item.heading for item in items), anchor)


@lru_cache(maxsize=1024)
def word_segments(before, after):
    """Both texts as one run of ("equal" | "delete" | "insert", words).

    Sentences are aligned first, then the words of those that differ. Marks show only where nothing
    else changed. White space between two changed words counts as changed, so that a rewritten
    sentence reads as one deletion and one insertion.
    """
    if plain(before) != plain(after):
        before, after = plain(before), plain(after)
    segments = []
    for operation, old, new in _aligned(SENTENCE.findall(before), SENTENCE.findall(after)):
        segments += (
            [(operation, old, new)]
            if operation == "equal"
            else _aligned(WORD.findall(old), WORD.findall(new))
        )
    runs = []
    for operation, old, new in segments:
        runs += [("equal", old)] if operation == "equal" else [("delete", old), ("insert", new)]
    return _joined([run for run in runs if run[1]])


def _aligned(old, new):
    """The two lists in aligned parts: ("equal" or another word, old part, new part)."""
    if len(old) * len(new) > LIMIT:
        return [("replace", "".join(old), "".join(new))]
    return [
        (operation, "".join(old[a:b]), "".join(new[c:d]))
        for operation, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    ]


def _joined(segments):
    """Count white space between two changes as changed, and join neighbours of one kind."""
    runs = []
    for place, (operation, words) in enumerate(segments):
        is_gap = operation == "equal" and words.isspace() and 0 < place < len(segments) - 1
        if is_gap:
            runs += [("delete", words), ("insert", words)]
        else:
            runs.append((operation, words))
    joined = []
    for is_equal, group in groupby(runs, key=lambda run: run[0] == "equal"):
        group = list(group)
        for operation in ("equal",) if is_equal else ("delete", "insert"):
            words = "".join(words for kind, words in group if kind == operation)
            if words:
                joined.append((operation, words))
    return joined
