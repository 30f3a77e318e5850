"""Search: the passages of an edition that hold a reader's words, however these are inflected or spelt.

Each language has an index, made when it is first asked for and kept in memory. A word stands in it under several keys:
its plain spelling ("walikota"), its stems ("id:rata", "en:serv"), and what it and its neighbours are also written as
("wali kota": "walikota"; "sumber daya manusia": "sdm"). The words of a query have the same keys.
"""

import re
import unicodedata
from bisect import bisect, bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from math import log

from rapidfuzz import process
from rapidfuzz.distance import OSA

from editions.document import Text
from public.addresses import LANGUAGES, Page
from public.search.passages import entries
from public.search.stemming import ONE_LETTER, STEMS

QUERY_CHARACTERS, QUERY_WORDS, WORD_LETTERS = (
    200,
    12,
    40,
)  # what is read of a query, so that none takes long
EXTRACT_CHARACTERS, BEFORE_HIT = 240, 50
NAME_WEIGHT = 3  # a word of a passage's name says more of it than one of its text
TERM_WEIGHT = 0.3  # the glossary explains the text, and stands behind it
# A word of 5 or more letters may have one typing error, of 8 or more two.
SHORTEST_SLIP, LONG = 5, 8
SATURATION = 1.2  # BM25's k1; its b is 0, as no passage is long: so those that match alike stay in reading order

PART = re.compile(
    r"\w+(?:[\u00ad\u0300-\u036f'’]+\w+)*"
)  # soft hyphens, accents and apostrophes join letters
WORD = re.compile(rf"{PART.pattern}(?:[-‐‑–]{PART.pattern})*")
INDONESIAN_STOPS = "yang dan di ke dari dengan untuk pada dalam adalah ialah atau oleh ini itu sebagai serta para apa"
ENGLISH_STOPS = "the of and a an to in for on at by with is are be that this as or from its what how"  # "it" is IT
STOP_WORDS = frozenset(f"{INDONESIAN_STOPS} {ENGLISH_STOPS}".split())


@dataclass(frozen=True)
class Hit:
    page: Page
    anchor: str
    heading: Text  # where the passage stands
    kind: str  # vision, element, point, mission or term
    language: str  # of its words: the other one where the translation is missing
    runs: list[
        tuple[str, bool, str]
    ]  # the passage or an extract: (words, whether they were sought, their language)
    score: float


@dataclass(frozen=True)
class Results:
    hits: tuple[Hit, ...]
    corrected: tuple[
        tuple[str, str], ...
    ]  # (the word typed, the word of the text that was searched instead)
    missing: tuple[str, ...]  # the words typed that no passage has
    words: tuple[str, ...]  # what was searched


def search(edition, language, query):
    """The passages that hold all the words, or else those with most, the best first. Any query is answered."""
    index = index_of(edition.document, language)
    typed = typed_words(query)
    corrected = {word: better for word in typed if (better := index.mended(word))}
    words = list(dict.fromkeys(corrected.get(word, word) for word in typed))
    keys = dict(zip(words, index.query_keys(words), strict=True))
    sought = [word for word in words if word not in STOP_WORDS] or words
    places = {word: index.places_of(keys[word]) for word in sought}
    missing = tuple(word for word in sought if not places[word])
    hits = index.hits(list(places.values()))
    return Results(
        tuple(hits), tuple(corrected.items()), missing, tuple(w for w in sought if w not in missing)
    )


def prepare(editions):
    """Make the indexes of the editions before anyone asks for them."""
    for edition in editions:
        for language in LANGUAGES:
            index_of(edition.document, language)


# Words


def folded(text):
    """The text as words are compared: without capitals, accents and what nobody sees."""
    letters = unicodedata.normalize("NFKD", text)
    seen = "".join(letter for letter in letters if unicodedata.category(letter) not in ("Mn", "Cf"))
    return seen.casefold().replace("’", "'")


def typed_words(query):
    words = PART.findall(folded(query[:QUERY_CHARACTERS]))[:QUERY_WORDS]
    return [word[:WORD_LETTERS] for word in words]


def spanned_words(runs):
    """The words of the runs: (where each stands, folded, its language). The parts of "e-commerce" stand as one."""
    offset = 0
    for words, spoken in runs:
        for whole in WORD.finditer(words):
            for word in filter(None, map(folded, PART.findall(whole.group()))):
                yield (offset + whole.start(), offset + whole.end()), word, spoken
        offset += len(words)


def keys_of(word, languages):
    """Its spelling, in which zaman is jaman and taqwa is takwa, and its stems."""
    stems = (f"{language}:{stem}" for language in languages for stem in STEMS[language](word))
    return {word.translate(ONE_LETTER), *stems}


def joined(words, abbreviations):
    """What neighbouring words are also written as: (the first, the one after the last, the key of that)."""
    for first, pair in enumerate(pairwise(words)):
        yield first, first + 2, "".join(pair).translate(ONE_LETTER)
    for phrase, abbreviation in abbreviations.items():
        for first in range(len(words) - len(phrase) + 1):
            if tuple(words[first : first + len(phrase)]) == phrase:
                yield first, first + len(phrase), abbreviation.translate(ONE_LETTER)


def abbreviations_of(terms):
    """The glossary's abbreviations by what they stand for: the words in their entry that begin with their letters."""
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
    """Kept under the document itself, whether an edition's or a preview's: an equal one has the same passages."""
    return Index(document, language)


class Index:
    """The passages of a document in one language. ``places``: {key: {number of the entry: numbers of its words}}."""

    def __init__(self, document, language):
        self.language, self.abbreviations = language, abbreviations_of(document.terms)
        self.entries = [entry for entry in entries(document) if any(entry.texts)]
        self.runs = [list(entry.runs(language)) for entry in self.entries]
        self.spans = []  # where each entry's words stand in its text; None for those of its names
        self.names = []  # the numbers of the words of each entry's names
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
        """The keys of each word of a query, which may be in either language."""
        keys = [keys_of(word, LANGUAGES) for word in words]
        for first, end, key in joined(words, self.abbreviations):
            for own in keys[first:end]:
                own.add(key)
        return keys

    def places_of(self, keys):
        """Where any of the keys stands: words by the number of their entry, each with how well it matches.

        That is how many of the keys that are no stems it has, and one more for stems, however many.
        """
        found, stems = defaultdict(Counter), defaultdict(set)
        for key in keys:
            for number, places in self.places.get(key, {}).items():
                (stems if ":" in key else found)[number].update(places)
        for number, places in stems.items():
            found[number].update(places)
        return found

    def mended(self, word):
        """The word of the text that was meant, where the word finds nothing and looks like a slip; else None.

        Of a short word that differs in one letter nobody knows whether it is a slip: "rumah" is none of "ramah".
        """
        if (
            len(word) < SHORTEST_SLIP
            or not word.isalpha()
            or self.places_of(keys_of(word, LANGUAGES))
        ):
            return None
        slips = 1 if len(word) < LONG else 2
        # A slip rarely spoils the first letter.
        near = [other for other in self.words if other.startswith(word[0])]
        if slips == 1:
            near = [
                other for other in near if len(other) != len(word) or sorted(other) == sorted(word)
            ]
        match = process.extractOne(word, near, scorer=OSA.distance, score_cutoff=slips)
        return match and match[0]

    def hits(self, sought):
        """The entries with most of the words sought, each given as its places."""
        found = Counter(number for places in sought for number in places)
        most = max(found.values(), default=0)
        hits = [self._hit(number, sought) for number in sorted(found) if found[number] == most]
        return sorted(hits, key=lambda hit: -hit.score)  # those of one score stay in reading order

    def _hit(self, number, sought):
        entry, spans = self.entries[number], self.spans[number]
        marked = {spans[place] for places in sought for place in places.get(number, ())} - {None}
        runs = extract(self.runs[number], sorted(marked))
        language, score = entry.language_shown(self.language), self._score(number, sought)
        return Hit(entry.page, entry.anchor, entry.heading, entry.kind, language, runs, score)

    def _score(self, number, sought):
        """BM25, raised where the words stand together, and where they are the whole name of the passage."""
        names, spans = self.names[number], self.spans[number]
        here = [places.get(number, Counter()) for places in sought]
        score = 0
        for places, own in zip(sought, here, strict=True):
            rarity = log(1 + (len(self.entries) - len(places) + 0.5) / (len(places) + 0.5))
            # A word spelt as in the query has both its keys, one that is inflected otherwise has its stem.
            count = sum(keys * (1 if spans[place] else NAME_WEIGHT) for place, keys in own.items())
            score += rarity * count * (SATURATION + 1) / (count + SATURATION)
        steps = ({place + step for place in own for step in range(3)} for own in here)
        together = sum(
            not near.isdisjoint(after) for near, after in zip(steps, here[1:], strict=False)
        )
        found = set().union(*here)
        is_name = any(
            name <= found and all(name.intersection(own) for own in here) for name in names
        )
        weight = TERM_WEIGHT if self.entries[number].kind == "term" else 1
        return score * weight * (1 + together / len(sought)) * (2 if is_name else 1)


# Extracts


def extract(runs, spans):
    """The text of the runs, or where it is long what stands around most of the spans: (words, is a span, language)."""
    text, ends = (
        "".join(words for words, _ in runs),
        list(accumulate(len(words) for words, _ in runs)),
    )
    start, end = window(text, spans) if len(text) > EXTRACT_CHARACTERS else (0, len(text))
    inside = [span for span in spans if start <= span[0] and span[1] <= end]
    edges = sorted(
        {
            start,
            end,
            *(edge for span in inside for edge in span),
            *(e for e in ends if start < e < end),
        }
    )
    pieces = [
        (
            text[one:other],
            any(first <= one < last for first, last in inside),
            runs[bisect(ends, one)][1],
        )
        for one, other in pairwise(edges)
    ]
    pieces = [
        ("…" * (start > 0), False, runs[0][1]),
        *pieces,
        ("…" * (end < len(text)), False, runs[-1][1]),
    ]
    return [piece for piece in pieces if piece[0]]


def window(text, spans):
    """Where the extract of a long text begins and ends, between words."""
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
