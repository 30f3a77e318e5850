"""The misspelt words of a text.

A word is right if Hunspell's dictionary has it, or the glossary, or the list of the city's own
words: those that are shipped (``words.txt``) and those that editors and translators add.
Abbreviations, numbers, addresses and words between [[ and ]] are not judged.
"""

import re
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from editions import clock
from editorial.models import CityWord
from editorial.spelling import dictionaries
from public.addresses import LANGUAGES
from public.search.stemming import ONE_LETTER
from public.search.words import PART, WORD, folded
from vision.text import MARK

SHIPPED = Path(__file__).with_name("words.txt")
NOT_JUDGED = ("marker", "slug", "legal_basis_address", "term", "variants", "everyday_words")
ADDRESS = re.compile(r"\S*(?:://|@|www\.)\S*|\b[a-z\d-]+(?:\.[a-z\d-]+)+\b")
NAME = re.compile(rf"(?=[A-Z]){PART.pattern}")
ENDINGS = {  # taken away one after the other: "fisiknya", "terbitkanlah", "Magelang's"
    "id": [
        re.compile(rf"(?<=\w{{3}})(?:{ending})$") for ending in ("[lk]ah|pun", "nya|ku|mu", "kan|i")
    ],
    "en": [re.compile("'s$")],
}
# "2016-an", "RPJMD-nya"
ENDINGS_APART = {"id": ("an", "nya", "ku", "mu", "lah", "kah", "pun"), "en": ()}


def misspelt(language, document):
    """The misspelt words of each passage that has some: {passage: [word]}. At most one query."""
    found = {each: unknown_words(language, each, document) for each in document.passages()}
    known = added_words() if any(found.values()) else frozenset()
    left = {
        passage: [word for word in words if not is_among(known, language, word)]
        for passage, words in found.items()
    }
    return {passage: words for passage, words in left.items() if words}


def unknown_words(language, passage, document):
    """The words that neither dictionary nor glossary has; words that people added are among them.

    A name in English is right if the Indonesian has it too.
    """
    if passage.field in NOT_JUDGED or not dictionaries.is_installed(language):
        return []
    wrong = dict.fromkeys(_wrong_words(language, getattr(passage.text, language)))
    if not wrong:
        return []
    names = NAME.findall(passage.text.id) if language == "en" else ()
    known = _folded_parts([*names, *shipped_words()])
    return [
        word
        for word in wrong
        if not is_among(known, language, word) and not _is_of_glossary(language, word, document)
    ]


def is_among(known, language, word):
    return any(folded(form) in known for form in _forms(language, word))


def added_words():
    """The folded words that people added. One query."""
    return _folded_parts(CityWord.objects.values_list("word", flat=True))


def add_word(word, author):
    """Raises ``ValidationError``."""
    added = CityWord(word=word, added_by=author, added_at=clock.now())
    added.full_clean()
    added.save()
    return added


@cache
def shipped_words():
    return SHIPPED.read_text(encoding="utf-8").split()


def message_of(language, word):
    suggested = [f"“{each}”" for each in dictionaries.suggestions(language, word)]
    names = {"word": word, "suggestions": get_text_list(suggested, _("or"))}
    if suggested:
        return _("“%(word)s”: did you mean %(suggestions)s?") % names
    return _("“%(word)s” is not in the dictionary. See whether it is spelt right.") % names


def _wrong_words(language, text):
    """Of "sama-sama" each part is judged, unless it is right as a whole or without its hyphen."""
    for whole in WORD.findall(ADDRESS.sub(" ", MARK.sub(" ", text)).replace("’", "'")):
        parts = PART.findall(whole)
        wrong = [part for part in parts if not _is_right(language, part)]
        if wrong and (len(parts) == 1 or not _is_right_whole(language, parts)):
            yield from wrong


def _is_right_whole(language, parts):
    return any(dictionaries.has(language, sign.join(parts)) for sign in ("-", ""))


def _is_right(language, word):
    return (
        _is_not_judged(word)
        or word in ENDINGS_APART[language]
        or any(dictionaries.has(language, form) for form in _forms(language, word))
    )


def _is_not_judged(word):
    """Whether it is a letter, a number or an abbreviation, such as "21" or "UMKM"."""
    return (
        not 1 < len(word) <= dictionaries.LONGEST
        or any(map(str.isdigit, word))
        or word[1:] != word[1:].lower()
    )


def _forms(language, word):
    """The word, and what is left of it without each of its endings."""
    return accumulate(ENDINGS[language], lambda form, ending: ending.sub("", form), initial=word)


def _is_of_glossary(language, word, document):
    """Whether the glossary has it, and the dictionary not in its new spelling.

    The glossary's "ketaqwaan" is "ketakwaan".
    """
    return is_among(_words_of(document.terms), language, word) and not any(
        each.translate(ONE_LETTER) == word.translate(ONE_LETTER)
        for each in dictionaries.suggestions(language, word)
    )


@lru_cache(maxsize=32)
def _words_of(terms):
    """The folded words of the terms, of their variants and of their everyday words."""
    forms = (
        form
        for term in terms
        for language in LANGUAGES
        for form in (
            getattr(term.term, language),
            *term.also(language),
            *term.everyday(language),
        )
    )
    return _folded_parts(forms)


def _folded_parts(texts):
    return frozenset(folded(part) for text in texts for part in PART.findall(text))
