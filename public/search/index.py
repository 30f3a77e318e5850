"""Search: the passages of an edition that hold a reader's words, in any inflection or spelling.

Each language has an index, made at its first use and kept in memory. A word of the text is found by
any of its keys (``public.search.words``), and the words of a query have the same keys. A word that
the text lacks may be an everyday word for one of its terms, the end of a longer word, or a slip.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from math import log

from rapidfuzz import process
from rapidfuzz.distance import OSA

from editions.document import Text
from public.addresses import LANGUAGES, Page
from public.search.everyday import EverydayWords
from public.search.extracts import extract
from public.search.passages import entries
from public.search.stemming import ONE_LETTER
from public.search.words import (
    STOP_WORDS,
    abbreviations_of,
    joined,
    keys_of,
    spanned_words,
    typed_words,
)

NAME_WEIGHT = 3  # for a word in the name of a passage, against one in its text
# A word of 5 or more letters may have one typing error, of 8 or more two.
SHORTEST_SLIP, LONG = 5, 8
SHORTEST_END = 5  # letters: "wisata" finds "pariwisata"
# BM25's k1. Its b is 0, as no passage is long: so equal matches stay in reading order.
SATURATION = 1.2


@dataclass(frozen=True)
class Hit:
    page: Page
    anchor: str
    heading: Text  # of the place of the passage
    kind: str  # vision, element, point, mission, explanation or term
    language: str  # of its words: the other one if the translation is missing
    # The passage or an extract: (words, is a word of the query, their language).
    runs: list[tuple[str, bool, str]]
    score: float


@dataclass(frozen=True)
class Results:
    hits: tuple[Hit, ...]
    corrected: tuple[tuple[str, str], ...]  # (word typed, word of the text searched instead)
    everyday: tuple[tuple[str, str], ...]  # (everyday words typed, term searched instead)
    missing: tuple[str, ...]  # the words that no passage has
    words: tuple[str, ...]  # the words searched and found


@dataclass(frozen=True)
class QueryPart:
    """A word of a query, or everyday words of it that stand for a term."""

    typed: str
    places: dict  # {entry: {word: weight}}
    term: str = ""


def search(edition, language, query):
    """The passages that hold the most words of the query, the best first."""
    index = index_of(edition.document, language)
    typed = typed_words(query)
    corrected = {word: better for word in typed if (better := index.corrected(word))}
    words = list(dict.fromkeys(corrected.get(word, word) for word in typed))
    parts = index.query_parts(words)
    parts = [part for part in parts if part.typed not in STOP_WORDS] or parts
    return Results(
        hits=tuple(index.hits([part.places for part in parts])),
        corrected=tuple(corrected.items()),
        everyday=tuple((part.typed, part.term) for part in parts if part.term),
        missing=tuple(part.typed for part in parts if not part.places),
        words=tuple(dict.fromkeys(part.term or part.typed for part in parts if part.places)),
    )


def prepare(editions):
    """Make the indexes of the editions, so that no reader waits for them."""
    for edition in editions:
        for language in LANGUAGES:
            index_of(edition.document, language)


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
        self.everyday = EverydayWords(document.terms, language)
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

    def query_parts(self, words):
        """The words of a query one by one, but everyday words of several as one."""
        keys, found, first = self.query_keys(words), [], 0
        while first < len(words):
            places = self.places_of(keys[first])
            count, term = self.everyday.at(keys[first:])
            if term and (count > 1 or not self._has_text(places)):
                typed = " ".join(words[first : first + count])
                places = self._places_of_term(term)
                found.append(QueryPart(typed, places, term.term.plain(self.language)))
            else:
                word = words[first]
                found.append(QueryPart(word, places or self._places_of_end(word)))
                count = 1
            first += count
        return found

    def _has_text(self, places):
        """Whether any of the places is outside the glossary."""
        return any(self.entries[number].kind != "term" for number in places)

    def _places_of_term(self, term):
        """The passages that hold all words of the term, or of one of its variants."""
        found = {}
        for name in (term.term.plain(self.language), *term.also(self.language)):
            words = [word for word in typed_words(name) if word not in STOP_WORDS]
            places = [self.places_of(keys) for keys in self.query_keys(words)]
            for number in set.intersection(*map(set, places)) if places else ():
                found[number] = sum((own[number] for own in places), found.get(number, Counter()))
        return found

    def _places_of_end(self, word):
        """The words that end with it. In English, "nation" would find "discrimination"."""
        if self.language != "id" or len(word) < SHORTEST_END:
            return {}
        return self.places_of(
            {longer.translate(ONE_LETTER) for longer in self.words if longer.endswith(word)}
        )

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
        if not is_correctable or word in self.everyday.known_words or self._is_found(word):
            return None
        slips = 1 if len(word) < LONG else 2
        near = [
            other
            for other in (*self.words, *self.everyday.single_words)
            if other[0] == word[0]  # typing errors in the first letter are rare
            and (slips == 2 or len(other) != len(word) or sorted(other) == sorted(word))
        ]
        match = process.extractOne(word, near, scorer=OSA.distance, score_cutoff=slips)
        return match and match[0]

    def _is_found(self, word):
        keys = keys_of(word, LANGUAGES)
        return self.places_of(keys) or self.everyday.at([keys])[0] or self._places_of_end(word)

    def hits(self, sought):
        """The entries with the most words, of which each is given as its places.

        Those of one page stand together, and those of the glossary last.
        """
        found = Counter(number for places in sought for number in places)
        most = max(found.values(), default=0)
        hits = [self._hit(number, sought) for number in sorted(found) if found[number] == most]
        hits.sort(key=lambda hit: -hit.score)  # equal scores stay in reading order
        best = {}
        for rank, hit in enumerate(hits):
            best.setdefault(hit.page.path("id"), rank)
        return sorted(hits, key=lambda hit: (hit.kind == "term", best[hit.page.path("id")]))

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
        return score * (1 + together / len(sought)) * (2 if is_name else 1)
