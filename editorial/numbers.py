"""The numbers of a text, in figures or words, as values to compare across the two languages.

"1.500" in Indonesian, "1,500" in English and "1,5 ribu" are "1500"; "5 persen" and "5%" are "5%";
"5 (lima)" and "five" are "5"; "abad ke-21", "abad XXI" and "the twenty-first century" have "21".
"""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from vision.text import plain

SATU, ONE, TWENTY, FIRST = map(
    str.split,
    [
        "satu dua tiga empat lima enam tujuh delapan sembilan",
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen",
        "twenty thirty forty fifty sixty seventy eighty ninety",
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
    ],
)


def _words(below_twenty, tens, joint):
    """{2: word … 99: word}: "satu" and "one" say more than a number."""
    words = dict(enumerate(below_twenty, 1))
    for number, ten in enumerate(tens, 2):
        units = [ten, *(f"{ten}{joint}{unit}" for unit in below_twenty[:9])]
        words |= dict(enumerate(units, 10 * number))
    return {word: number for number, word in words.items() if number > 1}


# Words that name a number outright: the other language must have the number, too.
WORDS = {
    "id": _words(
        [*SATU, "sepuluh", "sebelas", *(f"{unit} belas" for unit in SATU[1:])],
        [f"{unit} puluh" for unit in SATU[1:]],
        joint=" ",
    ),
    "en": _words(ONE, TWENTY, joint="-"),
}
# Words that may stand for a number of the other language, but need none there.
IMPLIED = {
    "id": {"satu": 1, "pertama": 1, "ganda": 2, "sepasang": 2}
    | {"seratus": 100, "seribu": 1000, "sejuta": 1_000_000}
    | {f"ke{word}{end}": number for word, number in WORDS["id"].items() for end in ("", "nya")},
    "en": {"one": 1, "once": 1, "both": 2, "twice": 2, "double": 2, "doubled": 2, "pair": 2}
    | {"quarters": 4, "twentieth": 20, "twenty-first": 21}
    | {"hundred": 100, "thousand": 1000, "million": 1_000_000}
    | {f"{word}{end}": number for number, word in enumerate(FIRST, 1) for end in ("", "s")},
}
ROMANS = {
    "X" * tens + units: 10 * tens + number
    for tens in range(4)
    for number, units in enumerate(["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"])
}
POWERS = {
    "id": {"ratus": 2, "ribu": 3, "juta": 6, "miliar": 9, "milyar": 9, "triliun": 12},
    "en": {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12},
}
ENGLISH_SIGNS = str.maketrans(",.", ".,")
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def _one_of(words):
    """Without ``a``, ``i`` would take "ı" for "i" and "ſ" for "s"."""
    return rf"(?ai:\b({'|'.join(sorted(words, key=len, reverse=True))})\b)"


NUMBER = {
    language: re.compile(
        rf"(?:(\d+(?:[.,]\d+)*)|{_one_of(WORDS[language])})"
        r"(?:\s*\((?ai:[a-z][a-z -]{1,40})\))?"  # 10 (sepuluh) persen
        rf"(?:\s+{_one_of(POWERS[language])})?(\s*(?:%|(?i:persen|per ?cent)\b))?"
    )
    for language in WORDS
}
IMPLYING = {language: re.compile(_one_of(IMPLIED[language])) for language in IMPLIED}


@lru_cache(maxsize=2048)
def numbers_of(text, language):
    """{value: its first spelling} for the numbers that the text names outright."""
    return _first_spellings(_outright(text, language))


@lru_cache(maxsize=2048)
def all_numbers_of(text, language):
    """As ``numbers_of``, with the numbers named in another way: "both", "ke-2", "abad XXI"."""
    outright = list(_outright(text, language))
    inside = {
        place for start, _value, words in outright for place in range(start, start + len(words))
    }
    others = [each for each in _implied(text, language) if each[0] not in inside]
    return _first_spellings(sorted(outright + others))


def names_number(text, language, value):
    """True if the text has the value, outright or in another way."""
    named = numbers_of(text, language)
    implied = {its for _start, its, _words in _implied(text, language)}
    return value in named or f"{value}%" in named or value in implied


def _first_spellings(found):
    spellings = {}
    for _start, value, words in found:
        spellings.setdefault(value, words)
    return spellings


def _outright(text, language):
    """(start, value, words) of each number that the text names outright."""
    for match in NUMBER[language].finditer(plain(text)):
        yield match.start(), _value(match, language), match[0]


def _value(match, language):
    figure, word, power, percent = match.groups()
    try:
        value = _decimal(figure, language) if figure else Decimal(WORDS[language][word.lower()])
    except InvalidOperation:  # "17.08.2016" is not a number
        return figure
    value *= 10 ** POWERS[language].get((power or "").lower(), 0)
    return f"{value.normalize():f}{'%' if percent else ''}"


def _decimal(figure, language):
    """The figure as its language reads it. Raises ``InvalidOperation``."""
    english = figure.translate(ENGLISH_SIGNS) if language == "id" else figure
    if THOUSANDS.fullmatch(english):
        return Decimal(english.replace(",", ""))
    return Decimal(figure if "." in figure else english)  # "4.0" is a version in Indonesian, too


@lru_cache(maxsize=2048)
def _implied(text, language):
    """(start, value, words) of each number that the text names in another way."""
    text = plain(text)
    words = [
        (match.start(), str(IMPLIED[language][match[0].lower()]), match[0])
        for match in IMPLYING[language].finditer(text)
    ]
    romans = [
        (match.start(), str(ROMANS[match[0]]), match[0])
        for match in re.finditer(r"\b[IVX]+\b", text)
        if match[0] in ROMANS
    ]
    return words + romans
