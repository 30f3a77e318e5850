"""What a translator is warned of: where the English of a passage does not fit its Indonesian, or is not written well.

A check is a function of the passage and its document. It yields, for each problem, what tells it apart from others of
the check in this passage, in no language, and the message; and it takes its place in ``CHECKS``. What the publisher
is told of the document as a whole stands in ``editorial.publishing.review``, what blocks in ``editions.blockers``.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from editions import official_text
from editions.blockers import LANGUAGE_NAMES
from editorial.characters import remarkable
from editorial.translation.numbers import names_number, numbers_of
from editorial.translation.passages import (
    cached_for_texts,
    is_translated,
    translated_passages,
)
from editorial.translation.terms import says, terms_in
from public.search.index import INDONESIAN_STOPS, folded
from public.search.stemming import indonesian_stems
from vision.text import MARK, occurrences, plain


@dataclass(frozen=True)
class Problem:
    """``check`` and ``detail`` name it for ever, whatever language its reader has."""

    check: str
    detail: str
    message: str


def problems_by_passage(document):
    """What is wrong with the translation of each passage, in the active language."""
    return _problems_by_passage(document, get_language())


@lru_cache(maxsize=8)
def _problems_by_passage(document, language):
    return {passage: problems(passage, document) for passage in translated_passages(document)}


def problems(passage, document):
    """What is wrong with the passage's translation. Without English there is none: that is a state, not a problem."""
    if not is_translated(passage) or not passage.text.en:
        return []
    # Whatever else differs in a text that is not English yet, will differ otherwise when it is.
    checks = [untranslated] if any(untranslated(passage, document)) else CHECKS
    found = ((check.__name__, *problem) for check in checks for problem in check(passage, document))
    return [Problem(*problem) for problem in dict.fromkeys(found)]


# What both languages must say


def end_punctuation(passage, document):
    """Quotation marks and brackets around the end do not count: usage puts them before the sign or behind it."""
    indonesian, english = _end(passage.text.id), _end(passage.text.en)
    if indonesian == english:
        return
    if not english:
        message = _(
            "The Indonesian ends with “%(indonesian)s”, the English without a sign. End both alike."
        )
    elif not indonesian:
        message = _(
            "The English ends with “%(english)s”, the Indonesian without a sign. End both alike."
        )
    else:
        message = _(
            "The Indonesian ends with “%(indonesian)s”, the English with “%(english)s”. End both alike."
        )
    yield "", message % {"indonesian": indonesian, "english": english}


def numbers(passage, document):
    sides = [
        ("id", passage.text.id, "en", passage.text.en),
        ("en", passage.text.en, "id", passage.text.id),
    ]
    for language, text, other, translation in sides:
        for value, written in numbers_of(text, language).items():
            if not names_number(translation, other, value):
                names = {
                    "language": LANGUAGE_NAMES[language],
                    "other": LANGUAGE_NAMES[other],
                    "number": written,
                }
                message = _(
                    "The %(language)s text says “%(number)s”, and the %(other)s one says no such number. Correct it, "
                    "or write it as is usual there: 1.500,5 in Indonesian is 1,500.5 in English."
                )
                yield value, message % names


def markers_within(passage, document):
    """A text that counts what it lists, "(a) …; (b) …", counts it alike in both languages."""
    counted = {"indonesian": _markers(passage.text.id), "english": _markers(passage.text.en)}
    if counted["indonesian"] != counted["english"]:
        signs = {language: " ".join(markers) or "–" for language, markers in counted.items()}
        message = _(
            "What the text lists is counted “%(indonesian)s” in Indonesian and “%(english)s” in English."
        )
        yield "", message % signs


def glossary(passage, document):
    """The glossary itself speaks about its terms, and is not held to them."""
    terms = terms_in(passage.text.id, document) if passage.kind != "term" else []
    for term in terms:
        if term.term.en and not says(passage.text.en, term):
            names = {"term": term.term.id, "english": term.term.en}
            message = _(
                "The glossary translates “%(term)s” as “%(english)s”, and the English says neither that nor a variant "
                "of it. Use the term, or add what you write to the glossary."
            )
            yield term.term.id, message % names


def words_of_the_statement(passage, document):
    """An element’s name holds the words that lead to it from the statement, where the Indonesian name does."""
    for element in document.elements:
        if (passage.anchor, passage.field) == (element.anchor, "name"):
            words, name = element.statement_words, passage.text
            if words.en and occurrences(words.id, name.id) and not occurrences(words.en, name.en):
                message = _(
                    "The statement calls this element “%(words)s”, and its English name does not. Name it so."
                )
                yield "", message % {"words": words.en}


def length(passage, document):
    """Of two texts that say the same, one is hardly half as long again as the other, if they are not short."""
    shorter, longer = sorted(len(plain(text)) for text in (passage.text.id, passage.text.en))
    if longer > LONGER * shorter + MAY_DIFFER:
        counts = {"indonesian": len(plain(passage.text.id)), "english": len(plain(passage.text.en))}
        message = _(
            "The Indonesian has %(indonesian)d characters and the English %(english)d. See whether something was left "
            "out or added."
        )
        yield "", message % counts


# What is English, and what is not


def untranslated(passage, document):
    """Names, figures and words that both languages spell alike may stand in both; so may what is marked."""
    indonesian, english = plain(passage.text.id), plain(passage.text.en)
    if indonesian.casefold() == english.casefold():
        marked = {word for run in MARK.findall(passage.text.id) for word in _letters(run)}
        if _indonesian_words(passage, document) - marked - _english_vocabulary(document):
            yield (
                "",
                _(
                    "The English is the Indonesian text. Translate it, or put what is to stay between [[ and ]]."
                ),
            )
        return
    words = _letters(MARK.sub(" ", passage.text.en))
    own = _indonesian_words(passage, document)
    if len(own) > len(words) / 2 and any(_is_only_indonesian(word) for word in own):
        yield (
            "",
            _(
                "Most words of the English are Indonesian. Translate them, or put them between [[ and ]]."
            ),
        )


def marks(passage, document):
    """[[…]] holds words of the other language, so that a screen reader changes its voice."""
    elsewhere = {run.casefold() for run in MARK.findall(passage.text.id)}
    for run in MARK.findall(passage.text.en):
        if run.casefold() in elsewhere:
            message = _(
                "“%(words)s” stands between [[ and ]] in both languages, but is foreign to one only. Take the marks "
                "away where the words are at home."
            )
            yield run, message % {"words": run}
    for term in terms_in(MARK.sub(" | ", passage.text.en), document):
        is_told_already = passage.kind != "term" and not says(passage.text.en, term)
        if not (term.term.id.isupper() or says(term.term.id, term) or is_told_already):
            message = _(
                "The English holds the Indonesian “%(term)s”. Put such words between [[ and ]]."
            )
            yield term.term.id, message % {"term": term.term.id}


# How both are written


def spaces(passage, document):
    for language, text in _sides(passage):
        if re.search(r"[^\S\n]{2}", text):
            yield (
                language,
                _("The %(language)s text has two spaces on end. Delete one.") % _named(language),
            )
    if found := re.search(r"(?<!\w)\w+ [,.;:!?](?=\s|$)", passage.text.en):
        yield (
            found[0],
            _("In the English a space stands before a sign: “%(words)s”. Delete it.")
            % {"words": found[0]},
        )


def doubled_words(passage, document):
    """With its hyphen a word may be doubled: "sama-sama"."""
    for language, text in _sides(passage):
        for word in re.findall(r"\b([^\W\d_]+)\s+\1\b", plain(text), re.IGNORECASE):
            if word.lower() not in MAY_BE_DOUBLED:
                message = _("The %(language)s text has “%(word)s” twice on end. Delete one.")
                yield word, message % _named(language, word=word)


def straight_quotation_marks(passage, document):
    """An Indonesian text that has both kinds is named to the publisher (``editorial.publishing.review``)."""
    if re.search("[\"']", passage.text.en):
        yield (
            "en",
            _("The English has straight quotation marks or apostrophes. Write “…”, ‘…’ and ’."),
        )
    # Within a word, as in "Jum'at", the straight one is usual in Indonesian.
    if re.search(r"\"|(?<!\w)'|'(?!\w)", passage.text.id) and not re.search(
        "[“”‘’]", passage.text.id
    ):
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
    """What came with something pasted. The publisher is told of it, too (``editorial.publishing.review``)."""
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
    spaces,
    doubled_words,
    straight_quotation_marks,
    dashes,
    unusual_characters,
]

LONGER, MAY_DIFFER = 1.5, 45  # a text of 5 characters may have one of 52, one of 400 has up to 645
MAY_BE_DOUBLED = ("that", "had")
MARKERS = re.compile(r"(?<!\w)\(?(?:([a-z])|([ivx]{1,5})|(\d{1,2}))\)")
FIRST_MARKERS = (["a", "b"], ["i", "ii"], ["1", "2"])
YEARS_WITHOUT_DASH = re.compile(r"(?<![\w-])\d{4}(?:\s?-\s?|\s–\s?|–\s)\d{4}(?![\w-])")
STOPS = INDONESIAN_STOPS.split()
LETTERS = re.compile(r"[^\W\d_]{3,}")
HYPHEN_AS_DASH = re.compile(r"\S +--? +\S|\w--\w")


def _sides(passage):
    return [("id", passage.text.id), ("en", passage.text.en)]


def _named(language, **names):
    return {"language": LANGUAGE_NAMES[language]} | names


def _end(text):
    signs = re.match(r"\W*", plain(text)[::-1])[0][::-1]
    return "".join(sign for sign in signs.replace("...", "…") if sign in ".,;:!?…")


def _markers(text):
    """The markers of a list within the text, in order; none where they do not count up from the first."""
    found = ["".join(groups) for groups in MARKERS.findall(plain(text))]
    return found if found[:2] in FIRST_MARKERS else []


def _letters(text):
    return {folded(word) for word in LETTERS.findall(text)}


def _indonesian_words(passage, document):
    """Words of the English text that also occur, in some form, in the Indonesian. Some of them are
    English too, such as "plan" and "regional"."""
    known = _known_vocabulary(document)
    words = _letters(MARK.sub(" ", passage.text.en))
    return {word for word in words if word in STOPS or not known.isdisjoint(indonesian_stems(word))}


@cached_for_texts
def _known_vocabulary(document):
    return _indonesian_vocabulary(document) | _vocabulary_as_shipped()


def _indonesian_vocabulary(document):
    """The stems of the words that the Indonesian writes small somewhere, which it does with no name."""
    texts = [MARK.sub(" ", passage.text.id) for passage in document.passages()]
    small = {word for text in texts for word in LETTERS.findall(text) if word.islower()}
    return frozenset(stem for word in small for stem in indonesian_stems(folded(word)))


@cache
def _vocabulary_as_shipped():
    """Of a text that is whole, where the document has few words yet."""
    texts = (official_text.read(path).corrected for path in official_text.files())
    return frozenset(stem for text in texts for stem in _indonesian_vocabulary(text))


def _is_only_indonesian(word):
    """A word of English is not inflected as an Indonesian one."""
    return word in STOPS or len(indonesian_stems(word)) > 1


@cached_for_texts
def _english_vocabulary(document):
    """The words that are English, because they stand in a translation: "modern", "media"."""
    pairs = [passage.text for passage in document.passages() if passage.is_translated]
    translated = [text for text in pairs if plain(text.id).casefold() != plain(text.en).casefold()]
    return frozenset(word for text in translated for word in _letters(MARK.sub(" ", text.en)))
