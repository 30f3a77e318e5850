"""Checks of translations: whether the English fits its Indonesian, and is written well.

A check is a function of a passage and its document, listed in ``CHECKS``. It yields the detail and
the message of each problem. The detail names the problem among those of the check in this passage,
whatever the active language. ``editorial.publishing.review`` checks the document as a whole;
``editions.blockers`` holds what prevents publishing.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from editions.blockers import LANGUAGE_NAMES
from editorial.characters import remarkable
from editorial.numbers import names_number, numbers_of
from editorial.spelling.words import named, unknown_words
from editorial.translation.passages import is_translated, translated_passages
from editorial.translation.terms import says, terms_in
from editorial.translation.vocabulary import (
    english_words,
    indonesian_words,
    is_only_indonesian,
    is_same_in_both,
    unmarked,
    words_of,
)
from vision.text import MARK, occurrences, plain

# A text may be longer than the other by half and 45 characters: 52 characters for 5.
LONGER, MAY_DIFFER = 1.5, 45
MAY_BE_DOUBLED = ("that", "had")
MARKERS = re.compile(r"(?<!\w)\(?(?:([a-z])|([ivx]{1,5})|(\d{1,2}))\)")
FIRST_MARKERS = (["a", "b"], ["i", "ii"], ["1", "2"])
YEARS_WITHOUT_DASH = re.compile(r"(?<![\w-])\d{4}(?:\s?-\s?|\s–\s?|–\s)\d{4}(?![\w-])")
HYPHEN_AS_DASH = re.compile(r"\S +--? +\S|\w--\w")
SPACE_BEFORE_SIGN = re.compile(r"(?<!\w)\w+ [,.;:!?](?=\s|$)")
# Within a word, as in "Jum'at", the straight one is usual in Indonesian.
STRAIGHT_MARKS = re.compile(r"\"|(?<!\w)'|'(?!\w)")


@dataclass(frozen=True)
class Problem:
    """``check`` and ``detail`` are stored in waivers: they never change."""

    check: str
    detail: str
    message: str


def problems_by_passage(document):
    """The problems of each translated passage, in the active language."""
    return _problems_by_passage(document, get_language())


@lru_cache(maxsize=8)
def _problems_by_passage(document, language):
    return {passage: problems(passage, document) for passage in translated_passages(document)}


def problems(passage, document):
    """The problems of the passage's translation; none without English, which is a state."""
    if not is_translated(passage) or not passage.text.en:
        return []
    # The other checks would judge Indonesian words as if they were English.
    checks = [untranslated] if any(untranslated(passage, document)) else CHECKS
    found = ((check.__name__, *problem) for check in checks for problem in check(passage, document))
    return [Problem(*problem) for problem in dict.fromkeys(found)]


def with_spelling_named(found):
    """The problems of each passage, with the misspelt words that ``named`` leaves, and messages."""
    check = spelling.__name__
    words = {
        passage: [each.detail for each in its if each.check == check]
        for passage, its in found.items()
    }
    misspelt = named("en", words)
    return {
        passage: [
            *(each for each in its if each.check != check),
            *(Problem(check, *each) for each in misspelt.get(passage, ())),
        ]
        for passage, its in found.items()
    }


# Contents of both languages


def end_punctuation(passage, document):
    """Quotation marks and brackets do not count: usage puts them before the sign or behind it."""
    signs = {"indonesian": _end(passage.text.id), "english": _end(passage.text.en)}
    if signs["indonesian"] == signs["english"]:
        return
    if not signs["english"]:
        message = _(
            "The Indonesian ends with “%(indonesian)s”, the English without punctuation. End both "
            "alike."
        )
    elif not signs["indonesian"]:
        message = _(
            "The English ends with “%(english)s”, the Indonesian without punctuation. End both "
            "alike."
        )
    else:
        message = _(
            "The Indonesian ends with “%(indonesian)s”, the English with “%(english)s”. "
            "End both alike."
        )
    yield "", message % signs


def numbers(passage, document):
    texts = dict(_sides(passage))
    for language, other in (("id", "en"), ("en", "id")):
        for value, written in numbers_of(texts[language], language).items():
            if not names_number(texts[other], other, value):
                message = _(
                    "The %(language)s text has “%(number)s”, and the %(other)s text does not have "
                    "that number. Correct it, or write it in the usual form: 1.500,5 in "
                    "Indonesian is 1,500.5 in English."
                )
                yield value, message % _named(language, other=LANGUAGE_NAMES[other], number=written)


def markers_within(passage, document):
    """Markers in a text, "(a) …; (b) …", are the same in both languages."""
    counted = {"indonesian": _markers(passage.text.id), "english": _markers(passage.text.en)}
    if counted["indonesian"] != counted["english"]:
        signs = {language: " ".join(markers) or "–" for language, markers in counted.items()}
        message = _(
            "The list is numbered “%(indonesian)s” in Indonesian and “%(english)s” in English."
        )
        yield "", message % signs


def glossary(passage, document):
    """Passages of the glossary are exempt: they speak about the terms."""
    terms = terms_in(passage.text.id, document) if passage.kind != "term" else []
    for term in terms:
        if term.term.en and not says(passage.text.en, term):
            message = _(
                "The glossary translates “%(term)s” as “%(english)s”, but the English has neither "
                "that nor a variant of it. Use the term, or add what you write to the glossary."
            )
            yield term.term.id, message % {"term": term.term.id, "english": term.term.en}


def words_of_the_statement(passage, document):
    """An English name holds the words of the statement if the Indonesian name does."""
    for element in document.elements:
        if (passage.anchor, passage.field) == (element.anchor, "name"):
            words, name = element.statement_words, passage.text
            if words.en and occurrences(words.id, name.id) and not occurrences(words.en, name.en):
                message = _(
                    "The statement calls this element “%(words)s”, and its English name does not. "
                    "Use the same words."
                )
                yield "", message % {"words": words.en}


def length(passage, document):
    lengths = {
        "indonesian": len(plain(passage.text.id)),
        "english": len(plain(passage.text.en)),
    }
    shorter, longer = sorted(lengths.values())
    if longer > LONGER * shorter + MAY_DIFFER:
        message = _(
            "The Indonesian has %(indonesian)d characters and the English %(english)d. "
            "See whether something was left out or added."
        )
        yield "", message % lengths


# Words of the wrong language


def untranslated(passage, document):
    """Names, figures, marked words and words that are spelt alike may stand in both languages."""
    text = passage.text
    found = indonesian_words(text.en, document)
    if is_same_in_both(text):
        marked = {word for run in MARK.findall(text.id) for word in words_of(run)}
        if found - marked - english_words(document):
            message = _(
                "The English is the same as the Indonesian. Translate it, or put what is to stay "
                "between [[ and ]]."
            )
            yield "", message
    elif len(found) > len(words_of(unmarked(text.en))) / 2 and any(map(is_only_indonesian, found)):
        message = _(
            "Most words of the English are Indonesian. "
            "Translate them, or put them between [[ and ]]."
        )
        yield "", message


def marks(passage, document):
    """[[…]] holds words of the other language, so that screen readers change the voice."""
    marked_in_both = {run.casefold() for run in MARK.findall(passage.text.id)}
    for run in MARK.findall(passage.text.en):
        if run.casefold() in marked_in_both:
            message = _(
                "“%(words)s” is between [[ and ]] in both languages, but is foreign to one only. "
                "Remove the marks in the language that the words belong to."
            )
            yield run, message % {"words": run}
    for term in terms_in(MARK.sub(" | ", passage.text.en), document):
        is_of_glossary_check = passage.kind != "term" and not says(passage.text.en, term)
        is_also_english = term.term.id.isupper() or says(term.term.id, term)
        if not is_of_glossary_check and not is_also_english:
            message = _(
                "The English holds the Indonesian “%(term)s”. Put such words between [[ and ]]."
            )
            yield term.term.id, message % {"term": term.term.id}


# Spelling and signs


def spelling(passage, document):
    """Of the English. ``editorial.publishing.review`` checks the Indonesian.

    Without messages: ``with_spelling_named`` knows which words are shown.
    """
    for word in unknown_words("en", passage, document):
        yield word, ""


def spaces(passage, document):
    for language, text in _sides(passage):
        if re.search(r"[^\S\n]{2}", text):
            message = _("The %(language)s text has two spaces in a row. Delete one.")
            yield language, message % _named(language)
    if found := SPACE_BEFORE_SIGN.search(passage.text.en):
        message = _(
            "In the English there is a space before a punctuation mark: “%(words)s”. Delete it."
        )
        yield found[0], message % {"words": found[0]}


def doubled_words(passage, document):
    """With its hyphen a word may be doubled: "sama-sama"."""
    for language, text in _sides(passage):
        for word in re.findall(r"\b([^\W\d_]+)\s+\1\b", plain(text), re.IGNORECASE):
            if word.lower() not in MAY_BE_DOUBLED:
                message = _("The %(language)s text has “%(word)s” twice in a row. Delete one.")
                yield word, message % _named(language, word=word)


def straight_quotation_marks(passage, document):
    """``editorial.publishing.review`` reports an Indonesian text with both kinds."""
    if re.search("[\"']", passage.text.en):
        message = _(
            "The English has straight quotation marks or apostrophes. Write “…”, ‘…’ and ’."
        )
        yield "en", message
    indonesian = passage.text.id
    if STRAIGHT_MARKS.search(indonesian) and not re.search("[“”‘’]", indonesian):
        yield "id", _("The Indonesian has straight quotation marks. Write “…”.")


def dashes(passage, document):
    for years in YEARS_WITHOUT_DASH.findall(passage.text.en):
        message = _(
            "Write the years “%(years)s” in English with a dash and without spaces: “%(better)s”."
        )
        yield years, message % {"years": years, "better": re.sub(r"\s?[-–]\s?", "–", years)}
    if HYPHEN_AS_DASH.search(YEARS_WITHOUT_DASH.sub("", passage.text.en)):
        yield "-", _("The English has a hyphen for a dash. Write “–”.")


def unusual_characters(passage, document):
    """Characters that came with pasted text. ``editorial.publishing.review`` reports them too."""
    for language, _text in _sides(passage):
        for kind, message in remarkable(passage, language):
            yield f"{language} {kind}", message


CHECKS = [
    untranslated,
    end_punctuation,
    numbers,
    markers_within,
    glossary,
    words_of_the_statement,
    length,
    marks,
    spelling,
    spaces,
    doubled_words,
    straight_quotation_marks,
    dashes,
    unusual_characters,
]


def _sides(passage):
    return [("id", passage.text.id), ("en", passage.text.en)]


def _named(language, **names):
    return {"language": LANGUAGE_NAMES[language]} | names


def _end(text):
    signs = re.match(r"\W*", plain(text)[::-1])[0][::-1]
    return "".join(sign for sign in signs.replace("...", "…") if sign in ".,;:!?…")


def _markers(text):
    """The markers of a list within the text; none where they do not begin with the first two."""
    found = ["".join(groups) for groups in MARKERS.findall(plain(text))]
    return found if found[:2] in FIRST_MARKERS else []
