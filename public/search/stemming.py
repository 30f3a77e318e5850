"""The stems of a word, by which its inflected forms find one another.

An Indonesian prefix swallows the first letter of some words: "mengelola" comes from "kelola",
"mengolah" from "olah", and only a dictionary could tell. So a word has every stem that is
possible, and two words that share a stem are forms of one word.
"""

import re
from functools import lru_cache

from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.indonesian_stemmer import IndonesianStemmer

ONE_LETTER = str.maketrans("qzv", "kjf")  # taqwa is takwa, zaman jaman, efektivitas efektifitas
LOAN_ENDING = re.compile(r"(?<=\w{4})(isasi|itas)$|(?<=\w{3}[ae]n)si$")  # modernisasi, efisiensi
ONE_STEM = {  # exceptions
    "konektif": "koneks",
    "koneksi": "koneks",
    "perata": "rata",
    "ibadat": "ibadah",
    "jemahan": "terjemah",
}
NASAL = re.compile(r"(?:di|ke|ter|ber|se)?[mp]e(ng|ny|n|m)(?=[aiueo])")
SWALLOWED = {"ng": ("", "k"), "ny": ("s", "ny"), "n": ("t", "n"), "m": ("p", "m")}
SECOND_PREFIX = re.compile(r"(?:se|ke|ter|ber|per)(?=\w{4})")


@lru_cache(maxsize=8192)
def indonesian_stems(word):
    word = word.replace("q", "k")
    stems = _stems(word) if re.fullmatch("[a-z]{3,30}", word) else {word}
    stems = {LOAN_ENDING.sub("", stem.translate(ONE_LETTER)) for stem in stems}
    return frozenset(ONE_STEM.get(stem, stem) for stem in stems)


def _stems(word):
    stem = IndonesianStemmer().stemWord(word)  # it is not thread-safe
    stems = _with_swallowed_letter(word, stem)
    stems |= {stem[second.end() :] for stem in stems if (second := SECOND_PREFIX.match(stem))}
    if f"er{stem}" in word and re.match("[aiueo]", stem):
        stems |= {f"r{stem}"}  # in berencana, the prefix and the stem share an "r"
    return {word} | stems | _with_and_without_i(word, stems)


def _with_swallowed_letter(word, stem):
    """The stem with each letter that its prefix may have swallowed.

    It also has the word without only its prefix: the end of "mengolah" is not a particle.
    """
    prefix = NASAL.match(word)
    if not prefix:
        return {stem}
    rest = re.sub("^[ps](?=[aiueo])", "", stem) if prefix[1] in ("m", "ny") else stem
    rests = {word[prefix.end() :], rest if word.startswith(rest, prefix.end()) else ""} - {""}
    return {letter + rest for rest in rests for letter in SWALLOWED[prefix[1]]} or {stem}


def _with_and_without_i(word, stems):
    """The last "i" belongs to the stem in "nilai", but is a suffix in "melayani"."""
    kept = {f"{stem}i" for stem in stems if f"{stem[1:]}i" in word}
    return kept | {stem[:-1] for stem in stems if re.search(r"\w{5}i$", stem)}


@lru_cache(maxsize=8192)
def english_stem(word):
    """Words of up to three letters stay whole: few are inflected, and "its" is not "IT"."""
    british = word.replace("z", "s")  # organization is organisation
    return EnglishStemmer().stemWord(british) if len(word) > 3 else british


def english_stems(word):
    return frozenset([english_stem(word)])


STEMS = {"id": indonesian_stems, "en": english_stems}
