"""The numbers of a text, in figures or in words, as values that can be compared across the two languages.

"1.500" in Indonesian, "1,500" in English and "1,5 ribu" are "1500"; "5 persen" and "5%" are "5%"; "5 (lima)" and
"five" are "5"; "abad ke-21", "abad XXI" and "the twenty-first century" have "21".
"""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from vision.text import plain


def _counted(words, start):
    return dict(enumerate(words.split(), start))


ID_UNITS = _counted("satu dua tiga empat lima enam tujuh delapan sembilan", 1)
EN_UNITS = _counted("one two three four five six seven eight nine", 1)
EN_TEENS = _counted(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10
)
EN_TENS = _counted("twenty thirty forty fifty sixty seventy eighty ninety", 2)
EN_ORDINALS = _counted(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth", 1
)
WORDS = {
    "id": {word: n for n, word in ID_UNITS.items()}
    | {"sepuluh": 10, "sebelas": 11}
    | {f"{word} belas": 10 + n for n, word in ID_UNITS.items() if n > 1}
    | {f"{word} puluh": 10 * n for n, word in ID_UNITS.items() if n > 1}
    | {
        f"{word} puluh {unit}": 10 * n + m
        for n, word in ID_UNITS.items()
        if n > 1
        for m, unit in ID_UNITS.items()
    },
    "en": {word: n for n, word in (EN_UNITS | EN_TEENS).items()}
    | {word: 10 * n for n, word in EN_TENS.items()}
    | {f"{word}-{unit}": 10 * n + m for n, word in EN_TENS.items() for m, unit in EN_UNITS.items()},
}
# Those that must stand in both languages: "satu" and "one" say more than a number.
COUNTED = {
    language: {word: n for word, n in words.items() if n > 1} for language, words in WORDS.items()
}
# What may stand for a number of the other language, and asks for none there.
IMPLIED = {
    "id": {
        "satu": 1,
        "pertama": 1,
        "ganda": 2,
        "sepasang": 2,
        "seratus": 100,
        "seribu": 1000,
        "sejuta": 1_000_000,
    }
    | {f"ke{word}{end}": n for word, n in COUNTED["id"].items() for end in ("", "nya")},
    "en": {
        "one": 1,
        "once": 1,
        "both": 2,
        "twice": 2,
        "double": 2,
        "doubled": 2,
        "pair": 2,
        "quarters": 4,
    }
    | {"hundred": 100, "thousand": 1000, "million": 1_000_000, "twentieth": 20, "twenty-first": 21}
    | {f"{word}{end}": n for n, word in EN_ORDINALS.items() for end in ("", "s")},
}
POWERS = {
    "id": {"ratus": 2, "ribu": 3, "juta": 6, "miliar": 9, "milyar": 9, "triliun": 12},
    "en": {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12},
}
LIKE_LETTERS = str.maketrans("ıİſ", "iis")
THOUSANDS = {
    "id": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?"),
    "en": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"),
}
SIGNS = {"id": str.maketrans(",.", ".,"), "en": {}}
ROMAN = re.compile(r"\b(X{0,3})(IX|IV|V?I{0,3})\b")
ROMAN_UNITS = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]
NUMBER = {
    language: re.compile(
        rf"(?:(\d+(?:[.,]\d+)*)|\b({'|'.join(sorted(COUNTED[language], key=len, reverse=True))})\b)"
        r"(?:\s*\([a-z][a-z -]{1,40}\))?"  # 10 (sepuluh) persen
        rf"(?:\s+({'|'.join(POWERS[language])})\b)?(\s*(?:%|(?:persen|per ?cent)\b))?",
        re.IGNORECASE,
    )
    for language in COUNTED
}


@lru_cache(maxsize=2048)
def numbers_of(text, language):
    """The values that the text names outright, each as it is written there first."""
    found = {}
    for match in NUMBER[language].finditer(plain(text)):
        found.setdefault(_value(match, language), match[0])
    return found


def names_number(text, language, value):
    """Whether the text says the value, outright or in another way: "both", "ke-2", "abad XXI"."""
    named = numbers_of(text, language)
    return value in named or f"{value}%" in named or value in _implied(text, language)


def _value(match, language):
    figure, word, power, percent = match.groups()
    value = _decimal(figure, language) if figure else Decimal(COUNTED[language][_spelt(word)])
    if value is None:  # "17.08.2016" counts nothing
        return figure
    value *= 10 ** POWERS[language].get(_spelt(power or ""), 0)
    return f"{value.normalize():f}{'%' if percent else ''}"


def _spelt(word):
    """The word as it stands in a table. ``re.IGNORECASE`` takes "ı" for "i" and "ſ" for "s", too."""
    return " ".join(word.translate(LIKE_LETTERS).lower().split())


def _decimal(figure, language):
    """The figure as its language reads it: "1.500" is 1500 in Indonesian. None where it cannot be read so."""
    if THOUSANDS[language].fullmatch(figure):
        return Decimal(figure.translate(SIGNS[language]).replace(",", ""))
    point = (
        "," if language == "id" and "." not in figure else "."
    )  # "4.0" is a version, also in Indonesian
    try:
        return Decimal(figure.replace(point, "."))
    except InvalidOperation:
        return None


@lru_cache(maxsize=2048)
def _implied(text, language):
    words = "|".join(sorted(IMPLIED[language], key=len, reverse=True))
    found = re.findall(rf"\b({words})\b", plain(text).lower())
    romans = [
        10 * len(tens) + ROMAN_UNITS.index(units) for tens, units in ROMAN.findall(plain(text))
    ]
    return {str(IMPLIED[language][word]) for word in found} | {
        str(number) for number in romans if number
    }
