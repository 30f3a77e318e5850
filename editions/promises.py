"""Values that editions fix for ever: years, numbers of elements and missions, address words.

An edition fixes what it shows as soon as it is scheduled. If it is withdrawn before its time, it
fixes nothing.
The database refuses the same (``editions.triggers``); here it becomes a sentence.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from editions.models import DAMAGED, Edition, document_of
from vision.models import Element

LANGUAGES = {"id": "slug_ind", "en": "slug_en"}


@dataclass(frozen=True)
class Shown:
    """Numbers, and by language the element of each address word, in one document."""

    elements: frozenset[int]
    missions: frozenset[int]
    words: dict[str, dict[str, int]]


def shown_in(document):
    return Shown(
        frozenset(element.number for element in document.elements),
        frozenset(mission.number for mission in document.missions),
        {
            language: {
                element.slug.shown(language): element.number for element in document.elements
            }
            for language in LANGUAGES
        },
    )


@lru_cache(maxsize=4096)
def _kept(pk, sha256):
    """Cached separately because it is small; only some whole documents stay in memory."""
    return shown_in(document_of(pk, sha256))


def _readable(pk, sha256):
    """The edition's content; None if its file is damaged, which ``verify_editions`` reports."""
    try:
        return _kept(pk, sha256)
    except DAMAGED:
        return None


class Promises:
    """The values fixed by a vision's editions. ``vision`` is a key, or None if not saved."""

    def __init__(self, vision):
        editions = Edition.objects.filter(vision=vision).exclude(withdrawal__before_its_time=True)
        keys = editions.order_by("number").values_list("pk", "sha256")
        self.are_made = bool(keys)  # whether the years of the vision are fixed, and it stays
        self._shown = list(filter(None, (_readable(*key) for key in keys)))
        self.elements = frozenset().union(*(shown.elements for shown in self._shown))
        self.missions = frozenset().union(*(shown.missions for shown in self._shown))

    def numbers(self, model):
        return self.elements if model is Element else self.missions

    def last(self, model):
        """The highest number in an edition: new rows follow it."""
        return max(self.numbers(model), default=0)

    def holds(self, row):
        """Whether an edition has fixed this element or mission.

        If so, it cannot be renumbered or deleted.
        """
        return row.number is not None and row.number <= self.last(type(row))

    def owner_of(self, language, word, number):
        """The latest other element with this address word; None if ``number`` may have it."""
        owners = [
            shown.words[language][word] for shown in self._shown if word in shown.words[language]
        ]
        return owners[-1] if owners and number not in owners else None


def broken_by(row):
    """The promises that a change of an element or mission breaks: sentences by field.

    A taken address word that the row already has blocks publishing only.
    """
    if row.vision_id is None or row.number is None:
        return {}
    promises, stored = Promises(row.vision_id), type(row).objects.filter(pk=row.pk).first()
    broken = {}
    keeps_number = stored and stored.number == row.number
    if not keeps_number and (promises.holds(row) or (stored and promises.holds(stored))):
        broken["number"] = number_is_fixed(promises.last(type(row)))
    if isinstance(row, Element):
        for language, column in LANGUAGES.items():
            word = getattr(row, column)
            is_new = not stored or getattr(stored, column) != word
            if is_new and (owner := promises.owner_of(language, word, row.number)):
                broken[column] = word_is_taken(word, owner)
    return broken


def number_is_fixed(last):
    sentence = _(
        "Numbers up to %(last)d were published and stay as they are. Give a number from %(next)d "
        "on."
    )
    return sentence % {"last": last, "next": last + 1}


def word_is_taken(word, owner):
    sentence = _(
        "“%(word)s” was published as the address of element %(number)d and stays its own. Choose "
        "another word."
    )
    return sentence % {"word": word, "number": owner}
