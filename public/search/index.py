"""Search: the passages of an edition that hold a reader's words, in any inflection or spelling.

Each language has an index, made at its first use and kept in memory. A word has several keys: its
plain spelling ("walikota"), its stems ("id:rata", "en:serv"), and other spellings of it and its
neighbours ("wali kota": "walikota"; "sumber daya manusia": "sdm"). The words of a query have
the same keys.
"""

import re
import unicodedata
from bisect import bisect, bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from math import log

from rapidfuzz import process
from rapidfuzz.distance import OSA

from editions.document import Text
from public.addresses import LANGUAGES, Page
from public.search.passages import entries
from public.search.stemming import ONE_LETTER, STEMS

QUERY_CHARACTERS, QUERY_WORDS, WORD_LETTERS = 200, 12, 40  # limits, so that no query takes long
EXTRACT_CHARACTERS, BEFORE_HIT = 240, 50
NAME_WEIGHT = 3  # for a word in the name of a passage, against one in its text
TERM_WEIGHT = 0.3  # the glossary explains the text, and is listed after it
# A word of 5 or more letters may have one typing error, of 8 or more two.
SHORTEST_SLIP, LONG = 5, 8
# BM25's k1. Its b is 0, as no passage is long: so equal matches stay in reading order.
SATURATION = 1.2

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


@dataclass(frozen=True)
class Hit:
    page: Page
    anchor: str
    heading: Text  # of the place of the passage
    kind: str  # vision, element, point, mission or term
    language: str  # of its words: the other one if the translation is missing
    # The passage or an extract: (words, is a word of the query, their language).
    runs: list[tuple[str, bool, str]]
    score: float


@dataclass(frozen=True)
class Results:
    hits: tuple[Hit, ...]
    corrected: tuple[tuple[str, str], ...]  # (word typed, word of the text searched instead)
    missing: tuple[str, ...]  # the words that no passage has
    words: tuple[str, ...]  # the words searched and found


def search(edition, language, query):
    """The passages that hold the most words of the query, the best first."""
    index = index_of(edition.document, language)
    typed = typed_words(query)
    corrected = {word: better for word in typed if (better := index.corrected(word))}
    words = list(dict.fromkeys(corrected.get(word, word) for word in typed))
    keys = dict(zip(words, index.query_keys(words), strict=True))
    sought = [word for word in words if word not in STOP_WORDS] or words
    places = {word: index.places_of(keys[word]) for word in sought}
    return Results(
        hits=tuple(index.hits(list(places.values()))),
        corrected=tuple(corrected.items()),
        missing=tuple(word for word in sought if not places[word]),
        words=tuple(word for word in sought if places[word]),
    )


def prepare(editions):
    """Make the indexes of the editions, so that no reader waits for them."""
    for edition in editions:
        for language in LANGUAGES:
            index_of(edition.document, language)


# Words


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


# The index


@lru_cache(maxsize=32)
def index_of(document, language):
    """Equal documents share an index, whether of an edition or of a preview."""
    return Index(document, language)


class Index:
    """The passages of a document in one language.

    Entries, and the words of each, are numbered. ``places`` is {key: {entry: words}}.
    """

    def __init__(self, document, language):
        self.language, self.abbreviations = language, abbreviations_of(document.terms)
        self.entries = [entry for entry in entries(document) if any(entry.texts)]
        self.runs = [list(entry.runs(language)) for entry in self.entries]
        self.spans = []  # of each entry: (start, end) of its words in its text; None in names
        self.names = []  # of each entry: the words of each of its names
        self.places = {}
        vocabulary = Counter()
        for number, entry in enumerate(self.entries):
            found, names = [], []
            for name in filter(None, entry.names):
                first = len(found)
                found += [
                    (None, word, spoken) for _, word, spoken in spanned_words(name.runs(language))
                ]
                names.append(set(range(first, len(found))))
            found += spanned_words(entry.runs(language))
            words = [word for _, word, _ in found]
            for place, (_, word, spoken) in enumerate(found):
                self._add(keys_of(word, [spoken]), number, [place])
            for first, end, key in joined(words, self.abbreviations):
                self._add([key], number, range(first, end))
            self.spans.append([span for span, _, _ in found])
            self.names.append(names)
            vocabulary.update(words)
        self.words = sorted(vocabulary, key=lambda word: (-vocabulary[word], word))

    def _add(self, keys, number, places):
        for key in keys:
            self.places.setdefault(key, {}).setdefault(number, set()).update(places)

    def query_keys(self, words):
        """The keys of each word of a query, in either language."""
        keys = [keys_of(word, LANGUAGES) for word in words]
        for first, end, key in joined(words, self.abbreviations):
            for own in keys[first:end]:
                own.add(key)
        return keys

    def places_of(self, keys):
        """{entry: {word: weight}} for words with any of the keys.

        The weight is the number of the word's keys, where its stems count as one.
        """
        found, stems = defaultdict(Counter), defaultdict(set)
        for key in keys:
            for number, places in self.places.get(key, {}).items():
                (stems if ":" in key else found)[number].update(places)
        for number, places in stems.items():
            found[number].update(places)
        return found

    def corrected(self, word):
        """The word of the text that a mistyped word means; None if the text has the typed word.

        A short word with one other letter is no typing error: "rumah" is not "ramah".
        """
        is_correctable = len(word) >= SHORTEST_SLIP and word.isalpha()
        if not is_correctable or self.places_of(keys_of(word, LANGUAGES)):
            return None
        slips = 1 if len(word) < LONG else 2
        near = [
            other
            for other in self.words
            if other[0] == word[0]  # typing errors in the first letter are rare
            and (slips == 2 or len(other) != len(word) or sorted(other) == sorted(word))
        ]
        match = process.extractOne(word, near, scorer=OSA.distance, score_cutoff=slips)
        return match and match[0]

    def hits(self, sought):
        """The entries with the most words, of which each is given as its places."""
        found = Counter(number for places in sought for number in places)
        most = max(found.values(), default=0)
        hits = [self._hit(number, sought) for number in sorted(found) if found[number] == most]
        return sorted(hits, key=lambda hit: -hit.score)  # equal scores stay in reading order

    def _hit(self, number, sought):
        entry, spans = self.entries[number], self.spans[number]
        marked = {spans[place] for places in sought for place in places.get(number, ())} - {None}
        runs = extract(self.runs[number], sorted(marked))
        language, score = entry.language_shown(self.language), self._score(number, sought)
        return Hit(entry.page, entry.anchor, entry.heading, entry.kind, language, runs, score)

    def _score(self, number, sought):
        """BM25, raised for neighbouring words, and for the whole name of the passage."""
        names, spans = self.names[number], self.spans[number]
        here = [places.get(number, Counter()) for places in sought]
        score = 0
        for places, own in zip(sought, here, strict=True):
            rarity = log(1 + (len(self.entries) - len(places) + 0.5) / (len(places) + 0.5))
            # A word spelt as in the query has both keys, another form of it the stem only.
            count = sum(keys * (1 if spans[place] else NAME_WEIGHT) for place, keys in own.items())
            score += rarity * count * (SATURATION + 1) / (count + SATURATION)
        steps = ({place + step for place in own for step in range(3)} for own in here)
        pairs = zip(steps, here[1:], strict=False)
        together = sum(not near.isdisjoint(after) for near, after in pairs)
        found = set().union(*here)
        is_name = any(name <= found and all(name & own.keys() for own in here) for name in names)
        weight = TERM_WEIGHT if self.entries[number].kind == "term" else 1
        return score * weight * (1 + together / len(sought)) * (2 if is_name else 1)


# Extracts


def extract(runs, spans):
    """The text, or the part of a long one with most of the spans: (words, is a span, language)."""
    text = "".join(words for words, _ in runs)
    ends = list(accumulate(len(words) for words, _ in runs))
    start, end = window(text, spans) if len(text) > EXTRACT_CHARACTERS else (0, len(text))
    inside = [span for span in spans if start <= span[0] and span[1] <= end]
    edges = {start, end, *chain(*inside), *(edge for edge in ends if start < edge < end)}
    pieces = [("…", False, runs[0][1])] if start > 0 else []
    for first, last in pairwise(sorted(edges)):
        is_span = any(span[0] <= first < span[1] for span in inside)
        pieces.append((text[first:last], is_span, runs[bisect(ends, first)][1]))
    if end < len(text):
        pieces.append(("…", False, runs[-1][1]))
    return pieces


def window(text, spans):
    """The start and end of the extract of a long text, between words."""
    reach, starts = EXTRACT_CHARACTERS - BEFORE_HIT, [span[0] for span in spans]
    near = {span: bisect(starts, span[0] + reach) - bisect_left(starts, span[0]) for span in spans}
    fullest = max(spans, key=near.get, default=(0, 0))
    start = min(max(0, fullest[0] - BEFORE_HIT), len(text) - EXTRACT_CHARACTERS)
    end = start + EXTRACT_CHARACTERS
    if start:
        start = text.find(" ", start - 1, fullest[0]) + 1 or fullest[0]
    if end < len(text):
        space = text.rfind(" ", start, end + 1)
        end = space if space >= fullest[1] else end
    return start, end
