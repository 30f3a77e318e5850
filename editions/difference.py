"""The difference of two documents: passage by passage, word by word, in both languages."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby

from editions.document import Document, Passage, Text
from vision.text import plain

SENTENCE = re.compile(r"[^.;:!?\n]*[.;:!?\n]*\s*")
WORD = re.compile(r"\s+|\w+|[^\w\s]")
# Finding the shortest difference costs up to the third power of the length. Above this product of both lengths the
# texts have nothing worth aligning, and are shown as one deletion and one insertion.
LIMIT = 250_000


@dataclass(frozen=True)
class Change:
    """One passage that differs. ``before`` is None where it is new, ``after`` where it is gone."""

    before: Passage | None
    after: Passage | None

    @property
    def passage(self) -> Passage:
        return self.after or self.before

    def segments(self, language) -> list[tuple[str, str]]:
        """The passage in one language as runs of words: ("equal" | "delete" | "insert", words)."""
        return word_segments(self._words(self.before, language), self._words(self.after, language))

    def touches(self, language):
        """False where only the other language changed."""
        return self._words(self.before, language) != self._words(self.after, language)

    @property
    def is_alike(self):
        """True where both languages hold the same, as a marker or a number does."""
        return all(passage is None or passage.text.id == passage.text.en for passage in (self.before, self.after))

    @staticmethod
    def _words(passage, language):
        return getattr(passage.text, language) if passage else ""


@dataclass(frozen=True)
class Move:
    """Passages that stand in another order than before: the headings of the list, in the new order."""

    headings: tuple[Text, ...]
    anchor: str


@dataclass(frozen=True)
class Difference:
    changes: tuple[Change, ...]
    moves: tuple[Move, ...]

    def __bool__(self):
        return bool(self.changes or self.moves)

    def places(self):
        """The changes grouped by where they stand: (first passage of the place, its changes), in reading order."""
        for _, changes in groupby(self.changes, key=lambda change: change.passage.anchor):
            changes = list(changes)
            yield changes[0].passage, changes


def difference(before: Document | None, after: Document) -> Difference:
    """What one must change in ``before`` to have ``after``. Empty only if both are equal. None has no passages."""
    old = {passage.key: passage for passage in before.passages()} if before else {}
    new = {passage.key: passage for passage in after.passages()}
    changes = [
        Change(old.get(key), new.get(key))
        for key in _merged_order(list(old), list(new))
        if _text(old.get(key)) != _text(new.get(key))
    ]
    return Difference(tuple(changes), tuple(_moves(before, after)) if before else ())


def _text(passage):
    return passage.text if passage else Text()


def _merged_order(old, new):
    """All keys in the new order, those that are gone standing where they stood."""
    merged, new_keys = list(new), set(new)
    for place, key in enumerate(old):
        if key not in new_keys:
            before = old[place - 1] if place else None
            merged.insert(merged.index(before) + 1 if before else 0, key)
    return merged


def _moves(before, after):
    old_lists = dict(_lists(before))
    for anchor, items in _lists(after):
        old = [item.anchor for item in old_lists.get(anchor, ())]
        new = [item.anchor for item in items]
        if [a for a in old if a in new] != [a for a in new if a in old]:
            yield Move(tuple(item.heading for item in items), anchor)


def _lists(document):
    """The lists whose order an editor may change: the points of each element, and the items of each point."""
    for element in document.elements:
        yield element.anchor, element.points
        for point in element.points:
            yield point.anchor, point.points


@lru_cache(maxsize=1024)
def word_segments(before: str, after: str) -> list[tuple[str, str]]:
    """Both texts as one run of ("equal" | "delete" | "insert", words).

    Sentences are aligned first, then the words of those that differ. Marks show only where nothing else changed.
    Unchanged white space between two changed words counts as changed, so that a rewritten sentence reads as one
    deletion and one insertion.
    """
    if plain(before) != plain(after):
        before, after = plain(before), plain(after)
    segments = []
    for operation, old, new in _aligned(SENTENCE.findall(before), SENTENCE.findall(after)):
        segments += [(operation, old, new)] if operation == "equal" else _aligned(WORD.findall(old), WORD.findall(new))
    runs = []
    for operation, old, new in segments:
        runs += [("equal", old)] if operation == "equal" else [("delete", old), ("insert", new)]
    return _joined([run for run in runs if run[1]])


def _aligned(old: list[str], new: list[str]) -> list[tuple[str, str, str]]:
    """The two lists cut where they agree and where not: ("equal" or another word, old part, new part)."""
    if len(old) * len(new) > LIMIT:
        return [("replace", "".join(old), "".join(new))]
    return [
        (operation, "".join(old[a:b]), "".join(new[c:d]))
        for operation, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    ]


def _joined(segments):
    """The segments with white space between two changes drawn into both, and neighbours of one kind made one."""
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
