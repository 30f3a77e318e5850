"""Finds in the translation memory what fits a text: the same one, or near ones.

The same text is equal after NFC and white space. All else is near, and is shown with the
difference of its Indonesian: its English is never offered as if it translated this text.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter

from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from editions.difference import word_segments
from editorial.numbers import all_numbers_of
from editorial.translation.memory.origins import SAME, likeness, record_of
from editorial.translation.memory.units import Unit, normal, state, units
from vision.text import plain

LEAST = 70  # percent that a near text is alike
SUGGESTIONS = 3  # for one passage


@dataclass(frozen=True)
class Suggestion:
    """A unit for an Indonesian text, and how alike its own is: 100 percent only if it is equal."""

    unit: Unit
    indonesian: str
    percent: int

    @property
    def record(self):
        """For the act of a fill."""
        return record_of(self.unit.origin, self.percent)

    @property
    def is_exact(self):
        return self.percent == SAME

    @property
    def likeness(self):
        return likeness(self.percent)

    @property
    def segments(self):
        """From the Indonesian of the memory to this one."""
        return word_segments(self.unit.source, self.indonesian)

    @cached_property
    def _numbers(self):
        """The numbers in the memory and here: {value: words} of each that differs.

        It differs if the other text lacks it, or has it in another order.
        """
        there, here = (all_numbers_of(text, "id") for text in (self.unit.source, self.indonesian))
        common_there = [value for value in there if value in here]
        common_here = [value for value in here if value in there]
        pairs = zip(common_there, common_here, strict=True)
        same = {value for value, other in pairs if value == other}
        return [
            {value: words for value, words in its.items() if value not in same}
            for its in (there, here)
        ]

    @property
    def other_numbers(self):
        """How the numbers differ, as a sentence; "" if they are the same."""
        there, here = self._numbers
        if not there and not here:
            return ""
        if there.keys() == here.keys():
            sentence = _(
                "The order of the numbers differs: %(there)s in the memory, %(here)s here."
            )
        elif not here:
            sentence = _("The numbers differ: only the memory has %(there)s.")
        elif not there:
            sentence = _("The numbers differ: only this text has %(here)s.")
        else:
            sentence = _("The numbers differ: %(there)s in the memory, %(here)s here.")
        return sentence % {"there": ", ".join(there.values()), "here": ", ".join(here.values())}

    @property
    def english(self):
        """The English in runs: (words, whether they are a number that differs here)."""
        words = all_numbers_of(self.unit.target, "en")
        wrong = [words[value] for value in self._numbers[0] if value in words]
        return runs(self.unit.target, wrong, whole_words=True)


class Memory:
    def __init__(self, units):
        self._units = {}  # {normal Indonesian: {normal English: its first unit}}
        for unit in units:
            source, target = unit.pair
            self._units.setdefault(source, {}).setdefault(target, unit)
        self._folded = {source: folded(source) for source in self._units}

    def __iter__(self):
        for its in self._units.values():
            yield from its.values()

    def exact(self, indonesian):
        """Suggestions of the same Indonesian: several if it has several translations."""
        its = self._units.get(normal(indonesian), {})
        return [Suggestion(unit, indonesian, SAME) for unit in its.values()]

    def suggestions(self, text):
        """The best suggestions for the ``Text``: each English once, and not its own."""
        found = {}
        for suggestion in self.exact(text.id) + self._near(text.id):
            found.setdefault(suggestion.unit.pair[1], suggestion)
        found.pop(normal(text.en), None)
        return list(found.values())[:SUGGESTIONS]

    def _near(self, indonesian):
        """Suggestions of other Indonesian, the nearest first."""
        options = {"scorer": fuzz.ratio, "score_cutoff": LEAST, "limit": 4 * SUGGESTIONS}
        found = process.extract(folded(indonesian), self._folded, **options)
        return [
            Suggestion(unit, indonesian, min(int(percent), SAME - 1))
            for _folded, percent, source in found
            if source != normal(indonesian)
            for unit in self._units[source].values()
        ]

    def search(self, sought):
        """The units with all words sought, or parts of words, in one of the languages.

        Those with the words in this order come first.
        """
        sought, found = folded(sought), []
        for unit in self:
            texts = [folded(text) for text in unit.pair]
            if any(all(word in text for word in sought.split()) for text in texts):
                found.append((not any(sought in text for text in texts), unit))
        return [unit for _is_later, unit in sorted(found, key=itemgetter(0))]


def folded(text):
    """The text for comparison, without capitals and inline marks."""
    return plain(text).casefold()


def runs(text, words, whole_words=False):
    """The text in runs: (words, whether they are among ``words``)."""
    if not words:
        return [(text, False)]
    sought = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    pattern = rf"(?<!\w)({sought})(?!\w)" if whole_words else f"({sought})"
    parts = re.split(pattern, text, flags=re.IGNORECASE)
    return [(part, n % 2 == 1) for n, part in enumerate(parts) if part]


def memory():
    """The memory as it is now. It is kept until an edition or an act is added."""
    return _memory(state())


@lru_cache(maxsize=1)
def _memory(state):
    return Memory(units())
