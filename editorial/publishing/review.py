"""The checks before a publication.

A check takes the working copy and the document of the newest edition that is not withdrawn, or
None. It yields findings. ``CHECKS`` lists them all.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import TextChoices
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editions import fields
from editions.blockers import LANGUAGE_NAMES, obstacles
from editions.document import Passage
from editorial.characters import remarkable
from editorial.spelling.words import misspelt
from editorial.translation.checks import unusual_characters
from editorial.translation.passages import indonesian_address_words
from editorial.translation.states import State, translations
from editorial.translation.waivers import open_problems
from public.booklet.letters import lacking
from vision.text import code_of, plain


class Severity(TextChoices):
    BLOCKS = "blocks", gettext_lazy("To be fixed first")
    WARNS = "warns", gettext_lazy("Please look")
    NOTES = "notes", gettext_lazy("Note")


@dataclass(frozen=True)
class Finding:
    severity: Severity
    passage: Passage | None  # None: the document as a whole
    message: str
    is_of_translation: bool = False  # translators fix it at their desk
    word: str = ""  # the misspelt one


def findings(document, published):
    """The new findings, and those that the ``published`` document has too.

    Blocking findings are always new.
    """
    known = set(_all(published, published)) if published else set()
    new, old = [], []
    for finding in _all(document, published):
        is_old = finding in known and finding.severity != Severity.BLOCKS
        (old if is_old else new).append(finding)
    return new, old


def _all(document, published):
    found = [finding for check in CHECKS for finding in check(document, published)]
    return sorted(found, key=lambda finding: Severity.values.index(finding.severity))


def by_message(found):
    """Findings grouped by message: [(severity, message, findings)]."""
    alike = {}
    for finding in found:
        alike.setdefault((finding.severity, finding.message), []).append(finding)
    return [(severity, message, its) for (severity, message), its in alike.items()]


PERIOD = re.compile(r"\b([12][0-9]{3})\s?[-–]\s?([12][0-9]{3})\b")


# The checks


def stops_publication(document, published):
    for obstacle in obstacles(document):
        yield Finding(Severity.BLOCKS, obstacle.passage, obstacle.message)


def missing_english(document, published):
    message = _("The English is missing: its readers will see the Indonesian text, marked as such.")
    for passage in document.missing_english():
        yield Finding(Severity.WARNS, passage, message, is_of_translation=True)


def unsettled_english(document, published):
    messages = {
        State.OUTDATED: _(
            "The Indonesian was changed and the English was not: see whether it still says the "
            "same."
        ),
        State.REVIEW: _("The English is waiting to be read and approved."),
    }
    filled = _("The English was filled from the memory, and nobody has approved it here.")
    for translation in translations(document).values():
        if translation.state in messages:
            message = filled if translation.filled else messages[translation.state]
            yield Finding(Severity.WARNS, translation.passage, message, is_of_translation=True)


def open_problems_of_english(document, published):
    """The findings of the translators' checks that nobody waived."""
    for passage, problem in open_problems(document):
        if problem.check != unusual_characters.__name__:  # see ``suspicious_characters``
            yield Finding(Severity.WARNS, passage, problem.message, is_of_translation=True)


def gaps_in_numbers(document, published):
    """Elements and missions are numbered from 1 without a gap."""
    for texts in (document.elements, document.missions):
        numbers = [0, *(text.number for text in texts)]
        for (before, number), text in zip(pairwise(numbers), texts, strict=True):
            if number != before + 1:
                follows = _("The number %(number)d follows %(before)d.")
                message = follows if before else _("The first number is %(number)d.")
                numbers = {"number": number, "before": before}
                yield Finding(Severity.WARNS, next(text.passages()), message % numbers)


def faulty_markers(document, published):
    """The markers of a list have one style and count up from its first, each used once."""
    for _anchor, points in document.lists():
        faults = _faults_of([point.marker for point in points])
        for point, message in zip(points, faults, strict=True):
            if message:
                yield Finding(Severity.WARNS, next(point.passages()), message)


def lists_of_different_length(document, published):
    message = _("The list has %(indonesian)d points in Indonesian and %(english)d in English.")
    for _anchor, points in document.lists():
        lacking = [point for point in points if not any(part.en for part in point.parts)]
        if lacking and len(lacking) < len(points):
            counts = {"indonesian": len(points), "english": len(points) - len(lacking)}
            passages = lacking[0].passages()
            first = next(passage for passage in passages if passage.text.is_missing("en"))
            yield Finding(Severity.WARNS, first, message % counts)


def years_of_another_period(document, published):
    """The copy of an earlier vision names its years until somebody changes them."""
    message = _("The text names the period %(years)s, and this vision is of %(own)s.")
    own = (str(document.period_start), str(document.period_end))
    for passage in document.passages():
        for _language, text in _languages(passage):
            others = [years for years in PERIOD.findall(text) if years != own]
            if others:
                years = {"years": "–".join(others[0]), "own": "–".join(own)}
                yield Finding(Severity.WARNS, passage, message % years)


def no_legal_basis(document, published):
    message = _("No legal basis is named: write which regulation contains this vision.")
    if not document.legal_basis:
        yield Finding(
            Severity.NOTES, document.passage(fields.find("vision", "legal_basis")), message
        )


def address_words_not_translated(document, published):
    message = _(
        "The English address word is the Indonesian one. Once published, an address answers for "
        "ever: a translator can still choose another."
    )
    for passage in indonesian_address_words(document):
        yield Finding(Severity.WARNS, passage, message)


def explanations_that_are_not_plain(document, published):
    """Finds long sentences and long words by counting; no list of rare words exists."""
    for passage in document.passages():
        if passage.field == "explanation":
            for language, text in _languages(passage):
                for message in _hard_to_read(plain(text)):
                    words = f"{capfirst(LANGUAGE_NAMES[language])}: {message}"
                    yield Finding(Severity.WARNS, passage, words)


def misspelt_indonesian(document, published):
    """``editorial.translation.checks`` checks the English."""
    for passage, words in misspelt("id", document).items():
        for word, message in words:
            yield Finding(Severity.WARNS, passage, message, word=word)


def suspicious_characters(document, published):
    for passage in document.passages():
        for language, _text in _languages(passage):
            for _kind, message in remarkable(passage, language):
                yield Finding(Severity.WARNS, passage, message)


def characters_that_print_lacks(document, published):
    message = _(
        "The fonts of the PDFs lack “%(sign)s” (%(code)s): an empty box would stand there, and the "
        "PDFs would keep neither the standard for screen readers (PDF/UA) nor the one for archives "
        "(PDF/A)."
    )
    for passage in document.passages():
        for _language, text in _languages(passage):
            if sign := lacking(text):
                yield Finding(
                    Severity.WARNS, passage, message % {"sign": sign, "code": code_of(sign)}
                )


def mixed_quotation_marks(document, published):
    """In the Indonesian text; ``editorial.translation.checks`` checks the English one."""
    message = _("The %(language)s text holds straight and curly quotation marks or apostrophes.")
    for passage in document.passages():
        if re.search("[\"']", passage.text.id) and re.search("[“”‘’]", passage.text.id):
            yield Finding(Severity.NOTES, passage, message % {"language": LANGUAGE_NAMES["id"]})


CHECKS = [
    stops_publication,
    missing_english,
    unsettled_english,
    open_problems_of_english,
    gaps_in_numbers,
    faulty_markers,
    lists_of_different_length,
    years_of_another_period,
    no_legal_basis,
    address_words_not_translated,
    explanations_that_are_not_plain,
    misspelt_indonesian,
    suspicious_characters,
    characters_that_print_lacks,
    mixed_quotation_marks,
]


# Plain words

SENTENCES, WORDS_OF_A_SENTENCE, LETTERS_OF_A_WORD = 3, 15, 15


def _hard_to_read(text):
    sentences = re.findall(r"\S.*?[.!?](?=\s|$)|\S.+$", text)
    if len(sentences) > SENTENCES:
        yield _("%(count)d sentences. Write at most three.") % {"count": len(sentences)}
    for sentence in sentences:
        if (count := len(sentence.split())) > WORDS_OF_A_SENTENCE:
            first = " ".join(sentence.split()[:4])
            message = _("“%(first)s …” has %(count)d words. Write at most 15 in a sentence.")
            yield message % {"first": first, "count": count}
    for word in re.findall(r"[^\W\d_]+", text):
        if len(word) > LETTERS_OF_A_WORD:
            yield _("“%(word)s” is long. Write a word that everybody knows.") % {"word": word}


# Markers

MARKER = re.compile(r"(\W*)(\w*)(\W*)")
ROMAN = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"]
ROMAN += [f"x{number}" for number in ROMAN[:5]]


def _faults_of(markers):
    """The fault of each marker of a list, given those before it, or ""."""
    parts = [MARKER.fullmatch(marker) for marker in markers]
    is_roman = {"i", "ii"} <= {part and part[2].lower() for part in parts}
    read = [_read(part, is_roman) for part in parts]
    return [_fault(markers[: n + 1], read[: n + 1]) for n in range(len(markers))]


def _fault(markers, read):
    """The fault of the last of these markers; ``read`` has their (style, value)."""
    names = {"marker": markers[-1], "before": markers[-2] if len(markers) > 1 else ""}
    style, value = read[-1]
    style_before, before = read[-2] if len(read) > 1 else (style, 0)
    if style != style_before:
        if not all(names.values()):
            return _("Some points of this list have a marker, and others have none.")
        return _("In this list “%(marker)s” follows “%(before)s”: two ways of numbering.") % names
    if value is None or value == before + 1:
        return ""
    if read.count(read[-1]) > 1:
        return _("In this list “%(marker)s” appears more than once.") % names
    if len(markers) == 1:
        return _("The list begins with “%(marker)s”.") % names
    return _("In this list “%(marker)s” follows “%(before)s”.") % names


def _read(part, is_roman):
    """The marker's style and value: ``(c)`` is 3. A dash, which counts nothing, has None."""
    if not part:
        return "other", None
    before, sign, after = part.groups()
    case, sign = sign.isupper(), sign.lower()
    if is_roman and sign in ROMAN:
        return (before, "roman", case, after), ROMAN.index(sign) + 1
    if sign.isdecimal():
        return (before, "number", after), int(sign)
    if len(sign) == 1 and "a" <= sign <= "z":
        return (before, "letter", case, after), ord(sign) - ord("a") + 1
    return (before, sign and "other", after), None


def _languages(passage):
    """The passage in both languages, or once where both are the same."""
    text = passage.text
    return [("id", text.id)] if text.id == text.en else [("id", text.id), ("en", text.en)]
