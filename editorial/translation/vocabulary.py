"""Finds Indonesian words in an English text, by the words of the document."""

import re
from functools import cache

from editions import official_text
from editorial.translation.passages import cached_for_texts
from public.search.stemming import indonesian_stems
from public.search.words import INDONESIAN_STOPS, folded
from vision.text import MARK, plain

STOPS = INDONESIAN_STOPS.split()
LETTERS = re.compile(r"[^\W\d_]{3,}")


def words_of(text):
    return {folded(word) for word in LETTERS.findall(text)}


def unmarked(text):
    return MARK.sub(" ", text)


def indonesian_words(text, document):
    """The words that occur, in some form, in the Indonesian. Some, as "plan", are English too."""
    known = _known_stems(document)
    words = words_of(unmarked(text))
    return {word for word in words if word in STOPS or not known.isdisjoint(indonesian_stems(word))}


def is_only_indonesian(word):
    """Whether the word is inflected as no English word is."""
    return word in STOPS or len(indonesian_stems(word)) > 1


@cached_for_texts
def english_words(document):
    """The words of all translations, so that "modern" and "media" are English."""
    texts = [passage.text for passage in document.passages() if passage.is_translated]
    translated = [text.en for text in texts if not is_same_in_both(text)]
    return frozenset(word for text in translated for word in words_of(unmarked(text)))


def is_same_in_both(text):
    return plain(text.id).casefold() == plain(text.en).casefold()


@cached_for_texts
def _known_stems(document):
    return _stems_of(document) | _stems_of_official_texts()


def _stems_of(document):
    """The stems of Indonesian words that occur in lower case: names never do."""
    texts = [unmarked(passage.text.id) for passage in document.passages()]
    words = {word for text in texts for word in LETTERS.findall(text) if word.islower()}
    return frozenset(stem for word in words for stem in indonesian_stems(folded(word)))


@cache
def _stems_of_official_texts():
    """The stems of the shipped texts, because a new document has few words."""
    texts = (official_text.read(path).extended for path in official_text.files())
    return frozenset(stem for text in texts for stem in _stems_of(text))
