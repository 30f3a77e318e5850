"""The misspelt words of a text.

A word is right if Hunspell's dictionary has it, or the glossary, or the list of the city's own
words: those that are shipped (``words.txt``) and those that editors and translators add.
Abbreviations, numbers, addresses and words between [[ and ]] are not judged.
"""

import re
from functools import cache, lru_cache
from itertools import accumulate, chain, islice
from pathlib import Path

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from editions import clock
from editorial.models import CityWord
from editorial.spelling import dictionaries
from public.addresses import LANGUAGES
from public.search.stemming import ONE_LETTER
from public.search.words import PART, WORD, folded
from vision.text import MARK

# A page names so many misspelt words of a text, and suggests others for so many of all its words.
# The rest is counted: a text in another language has thousands.
MOST_NAMED, MOST_WITH_SUGGESTIONS = 20, 40
SHIPPED = Path(__file__).with_name("words.txt")
NOT_JUDGED = ("marker", "slug", "legal_basis_address", "term", "variants", "everyday_words")
SIGNS_OF_ADDRESSES = ("://", "@", "www.")
# Looking behind, it begins once in a run of letters: a pasted one of 20,000 takes no time.
ADDRESS = re.compile(r"(?<![\w.-])[a-z\d-]+(?:\.[a-z\d-]+)+(?![\w-])")
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
    """The misspelt words of each passage that has some, as ``named`` gives them."""
    return named(language, _unknown_by_passage(language, document))


def named(language, unknown):
    """The misspelt words among the ``unknown`` ones of each passage, without the city's words.

    {passage: [(word, message)]}. The last word is "" if its message counts the words that are not
    named. At most one query.
    """
    known = _added_words() if any(unknown.values()) else frozenset()
    left = {
        passage: wrong
        for passage, words in unknown.items()
        if (wrong := [word for word in words if not _is_among(known, language, word)])
    }
    shown = dict.fromkeys(chain.from_iterable(words[:MOST_NAMED] for words in left.values()))
    with_suggestions = set(islice(shown, MOST_WITH_SUGGESTIONS))
    return {
        passage: list(_messages(language, words, with_suggestions))
        for passage, words in left.items()
    }


def _messages(language, words, with_suggestions):
    for word in words[:MOST_NAMED]:
        is_suggested = word in with_suggestions
        yield word, message_of(language, word) if is_suggested else _plain_message_of(word)
    if count := len(words[MOST_NAMED:]):
        message = ngettext(
            "%(count)d more word is not in the dictionary.",
            "%(count)d more words are not in the dictionary.",
            count,
        )
        yield "", message % {"count": count}


@lru_cache(maxsize=8)
def _unknown_by_passage(language, document):
    return {each: unknown_words(language, each, document) for each in document.passages()}


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
        if not _is_among(known, language, word) and not _is_of_glossary(language, word, document)
    ]


def _is_among(known, language, word):
    return any(folded(form) in known for form in _forms(language, word))


def _added_words():
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
    return _plain_message_of(word)


def _plain_message_of(word):
    sentence = _("“%(word)s” is not in the dictionary. See whether it is spelt right.")
    return sentence % {"word": word}


def _wrong_words(language, text):
    """Of "sama-sama" each part is judged, unless it is right as a whole or without its hyphen."""
    for whole in WORD.findall(_without_addresses(MARK.sub(" ", text)).replace("’", "'")):
        parts = PART.findall(whole)
        wrong = [part for part in parts if not _is_right(language, part)]
        if wrong and (len(parts) == 1 or not _is_right_whole(language, parts)):
            yield from wrong


def _without_addresses(text):
    runs = (run for run in text.split() if not any(sign in run for sign in SIGNS_OF_ADDRESSES))
    return ADDRESS.sub(" ", " ".join(runs))


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
    return _is_among(_words_of(document.terms), language, word) and not any(
        dictionaries.has(language, each)
        for each in dictionaries.near(word)
        if each.translate(ONE_LETTER) == word.translate(ONE_LETTER)
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
