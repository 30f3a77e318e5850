"""Faults that prevent publishing a document, each with the passage to correct."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from editions.document import Passage
from editions.promises import Promises, shown_in, word_is_taken
from editions.working_copy import vision_of

LANGUAGE_NAMES = {  # as in “the Indonesian text”
    "id": pgettext_lazy("in a sentence", "Indonesian"),
    "en": pgettext_lazy("in a sentence", "English"),
}


@dataclass(frozen=True)
class Obstacle:
    message: str
    passage: Passage | None = None  # None: the document as a whole

    @property
    def sentence(self):
        """The message as a full sentence, with the heading of the passage."""
        return f"{self.passage.heading.id}: {self.message}" if self.passage else self.message


def words_not_in_statement(document):
    words = {
        passage.anchor: passage
        for passage in document.passages()
        if passage.field == "statement_words"
    }
    for language in ("id", "en"):
        if not getattr(document.statement, language):
            continue
        for element in document.mismatched_words(language):
            if named := getattr(
                element.statement_words, language
            ):  # missing English is shown, and blocks nothing
                message = _(
                    "“%(words)s” must occur exactly once in the %(language)s statement, apart "
                    "from other elements’ words."
                )
                yield Obstacle(
                    message % {"words": named, "language": LANGUAGE_NAMES[language]},
                    words[element.anchor],
                )


def unlike_paragraphs(document):
    message = _("Divide the Indonesian and the English into the same number of paragraphs.")
    for passage in document.passages():
        if passage.text.id and passage.text.en and not passage.text.is_divided_alike:
            yield Obstacle(message, passage)


def missing_parts(document):
    if not document.elements or not document.missions:
        yield Obstacle(_("A vision is published with its elements and missions. Add them first."))


def broken_promises(document):
    """An address that readers have seen must keep its text."""
    vision = vision_of(document)
    promises = Promises(vision and vision.pk)
    passages = {
        passage.anchor: passage for passage in document.passages() if passage.field == "slug"
    }
    shown = shown_in(document)
    for language, words in shown.words.items():
        for word, number in words.items():
            if owner := promises.owner_of(language, word, number):
                yield Obstacle(word_is_taken(word, owner), passages[f"u{number}"])
    for number in sorted(promises.elements - shown.elements):
        yield Obstacle(
            _("Element %(number)d was published and stays. A text without it cannot follow.")
            % {"number": number}
        )
    for number in sorted(promises.missions - shown.missions):
        yield Obstacle(
            _("Mission %(number)d was published and stays. A text without it cannot follow.")
            % {"number": number}
        )


OBSTACLES = [words_not_in_statement, unlike_paragraphs, missing_parts, broken_promises]


def obstacles(document):
    for find in OBSTACLES:
        yield from find(document)


def blocking_errors(document):
    """The reasons against publishing this document, as sentences; empty if there are none."""
    return [obstacle.sentence for obstacle in obstacles(document)]
