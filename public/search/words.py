"""The words of texts and queries, and the keys by which they find one another.

A word has several keys: its plain spelling ("walikota"), its stems ("id:rata", "en:serv"), and what
it and its neighbours are also written as ("wali kota": "walikota"; "sumber daya manusia": "sdm").
"""

import re
import unicodedata
from itertools import pairwise

from public.addresses import LANGUAGES
from public.search.stemming import ONE_LETTER, STEMS

QUERY_CHARACTERS, QUERY_WORDS, WORD_LETTERS = 200, 12, 40  # limits, so that no query takes long

# Soft hyphens, accents and apostrophes join letters.
PART = re.compile(r"\w+(?:[\u00ad\u0300-\u036f'’]+\w+)*")
WORD = re.compile(rf"{PART.pattern}(?:[-‐‑–]{PART.pattern})*")
INDONESIAN_STOPS = (
    "yang dan di ke dari dengan untuk pada dalam adalah ialah atau oleh "
    "ini itu sebagai serta para apa"
)
ENGLISH_STOPS = (  # without "it", which is IT
    "the of and a an to in for on at by with is are be that this as or from its what how"
)
STOP_WORDS = frozenset(f"{INDONESIAN_STOPS} {ENGLISH_STOPS}".split())


def folded(text):
    """The text without capitals, accents and invisible characters."""
    letters = unicodedata.normalize("NFKD", text)
    seen = "".join(letter for letter in letters if unicodedata.category(letter) not in ("Mn", "Cf"))
    return seen.casefold().replace("’", "'")


def typed_words(query):
    words = PART.findall(folded(query[:QUERY_CHARACTERS]))[:QUERY_WORDS]
    return [word[:WORD_LETTERS] for word in words]


def spanned_words(runs):
    """Yield ((start, end), folded word, language). Both parts of "e-commerce" have one span."""
    offset = 0
    for words, spoken in runs:
        for whole in WORD.finditer(words):
            for word in filter(None, map(folded, PART.findall(whole.group()))):
                yield (offset + whole.start(), offset + whole.end()), word, spoken
        offset += len(words)


def keys_of(word, languages):
    """The word's spelling, in which zaman is jaman and taqwa is takwa, and its stems."""
    stems = (f"{language}:{stem}" for language in languages for stem in STEMS[language](word))
    return {word.translate(ONE_LETTER), *stems}


def joined(words, abbreviations):
    """Yield (first, end, key) for neighbouring words that are also written as one."""
    for first, pair in enumerate(pairwise(words)):
        yield first, first + 2, "".join(pair).translate(ONE_LETTER)
    for phrase, abbreviation in abbreviations.items():
        for first in range(len(words) - len(phrase) + 1):
            if tuple(words[first : first + len(phrase)]) == phrase:
                yield first, first + len(phrase), abbreviation.translate(ONE_LETTER)


def abbreviations_of(terms):
    """The abbreviations of the glossary by the words, in their entry, of their initials."""
    found = {}
    for term in terms:
        short = folded(term.term.id)
        for language in LANGUAGES if term.term.id.isupper() and len(short) > 1 else ():
            words = PART.findall(
                folded(f"{term.term.plain(language)} {term.definition.plain(language)}")
            )
            for phrase in zip(*(words[start:] for start in range(len(short))), strict=False):
                if "".join(word[0] for word in phrase) == short:
                    found[phrase] = short
    return found
