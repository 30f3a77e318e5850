"""The numbers of a text, in figures or in words, as values that can be compared across the two languages.

"1.500" in Indonesian, "1,500" in English and "1,5 ribu" are "1500"; "5 persen" and "5%" are "5%"; "5 (lima)" and
"five" are "5"; "abad ke-21", "abad XXI" and "the twenty-first century" have "21".
"""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from vision.text import plain

# The words that count, from 2 on: "satu" and "one" say more than a number.
INDONESIAN = "dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas"
ENGLISH = "two three four five six seven eight nine ten eleven twelve"
ORDINALS = "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
CARDINALS = {"id": [*INDONESIAN.split(), "dua belas"], "en": ENGLISH.split()}
COUNTED = {language: {word: n for n, word in enumerate(words, start=2)} for language, words in CARDINALS.items()}
# What may stand for a number of the other language, and asks for none there.
IMPLIED = {
    "id": {"satu": 1, "pertama": 1, "ganda": 2, "sepasang": 2, "kedua puluh satu": 21}
    | {f"ke{word}{end}": n for word, n in COUNTED["id"].items() for end in ("", "nya")},
    "en": {"one": 1, "once": 1, "first": 1, "both": 2, "twice": 2, "double": 2, "pair": 2, "twenty-first": 21}
    | {word: n for n, word in enumerate(ORDINALS.split(), start=2)},
}
POWERS = {
    "id": {"ribu": 3, "juta": 6, "miliar": 9, "milyar": 9, "triliun": 12},
    "en": {"thousand": 3, "million": 6, "billion": 9, "trillion": 12},
}
THOUSANDS = {"id": re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?"), "en": re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")}
SIGNS = {"id": str.maketrans(",.", ".,"), "en": {}}
ROMAN = re.compile(r"\b(X{0,3})(IX|IV|V?I{0,3})\b")
ROMAN_UNITS = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]


NUMBER = {
    language: re.compile(
        rf"(?:(\d+(?:[.,]\d+)*)|\b({'|'.join(sorted(COUNTED[language], key=len, reverse=True))})\b)"
        rf"(?:\s+({'|'.join(POWERS[language])})\b)?(\s*(?:%|(?:persen|per ?cent)\b))?",
        re.IGNORECASE,
    )
    for language in COUNTED
}


@lru_cache(maxsize=2048)
def numbers_of(text: str, language: str) -> dict[str, str]:
    """The values that the text names outright, each as it is written there first."""
    found = {}
    for match in NUMBER[language].finditer(plain(text)):
        found.setdefault(_value(match, language), match[0])
    return found


def names_number(text: str, language: str, value: str) -> bool:
    """Whether the text says the value, outright or in another way: "both", "ke-2", "abad XXI"."""
    named = numbers_of(text, language)
    return value in named or f"{value}%" in named or value in _implied(text, language)


def _value(match, language):
    figure, word, power, percent = match.groups()
    value = _decimal(figure, language) if figure else Decimal(COUNTED[language][" ".join(word.lower().split())])
    if value is None:  # "17.08.2016" counts nothing
        return figure
    value *= 10 ** POWERS[language].get((power or "").lower(), 0)
    return f"{value.normalize():f}{'%' if percent else ''}"


def _decimal(figure, language):
    """The figure as its language reads it: "1.500" is 1500 in Indonesian. None where it cannot be read so."""
    if THOUSANDS[language].fullmatch(figure):
        return Decimal(figure.translate(SIGNS[language]).replace(",", ""))
    point = "," if language == "id" and "." not in figure else "."  # "4.0" is a version, also in Indonesian
    try:
        return Decimal(figure.replace(point, "."))
    except InvalidOperation:
        return None


@lru_cache(maxsize=2048)
def _implied(text, language) -> set[str]:
    words = r"|".join(sorted(IMPLIED[language], key=len, reverse=True))
    found = re.findall(rf"\b({words})\b", plain(text).lower())
    romans = [10 * len(tens) + ROMAN_UNITS.index(units) for tens, units in ROMAN.findall(plain(text))]
    return {str(IMPLIED[language][word]) for word in found} | {str(number) for number in romans if number}
