"""The document: one whole vision in both languages, as an immutable value.

Built from rows (``editions.working_copy``) or from an edition's JSON (here), and taken by everything downstream:
pages, differences, search, translation files. Equal documents have equal bytes, and equal bytes are equal documents.
"""

import json
import unicodedata
from dataclasses import asdict, dataclass
from itertools import zip_longest

from vision.text import MARK, occurrences, paragraphs, plain

SCHEMA = 2  # the newest; a document is written in the oldest that holds it
# A marker is the same in both languages; address words and variants are chosen for themselves in each.
NOT_TRANSLATED = ("marker", "slug", "variants")


class DocumentError(ValueError):
    """The JSON is not a document this portal can read; the message says why."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages. Indonesian is the authority; ``en`` is "" while the English is missing."""

    id: str = ""
    en: str = ""

    def __bool__(self):
        return bool(self.id or self.en)

    def language_shown(self, language):
        """The language a page in ``language`` really shows: its own, or the other where its own is missing."""
        own, other = (self.en, "id") if language == "en" else (self.id, "en")
        return language if own or not self else other

    def shown(self, language):
        return getattr(self, self.language_shown(language))

    def plain(self, language):
        """What is shown in the language, without the inline marks."""
        return plain(self.shown(language))

    def own(self, language):
        """The plain words of this very language, "" where they are missing."""
        return "" if self.is_missing(language) else self.plain(language)

    def runs(self, language):
        """What is shown, cut where its language changes: (words, language). Every second run was marked."""
        language = self.language_shown(language)
        other = "id" if language == "en" else "en"
        return [
            (words, (language, other)[n % 2])
            for n, words in enumerate(MARK.split(getattr(self, language)))
        ]

    def is_missing(self, language):
        """True where a page in ``language`` has to fall back to the other one."""
        return self.language_shown(language) != language

    @property
    def is_divided_alike(self):
        """True where both languages have the same number of paragraphs, which share their anchors."""
        return len(paragraphs(self.id)) == len(paragraphs(self.en))

    @property
    def paragraphs(self):
        """The text's paragraphs, paired by their order."""
        return [
            Text(*pair)
            for pair in zip_longest(paragraphs(self.id), paragraphs(self.en), fillvalue="")
        ]


@dataclass(frozen=True, slots=True)
class Passage:
    """One text and where it stands: ``key`` names it in every edition, ``anchor`` on every page."""

    kind: str  # vision, element, point, mission or term
    anchor: str
    field: str
    text: Text
    heading: Text

    @property
    def key(self):
        return f"{self.anchor}.{self.field}"

    @property
    def is_translated(self):
        """Whether its English is a translation of its Indonesian."""
        return self.field not in NOT_TRANSLATED

    def is_missing(self, language):
        return self.is_translated and self.text.is_missing(language)


@dataclass(frozen=True, slots=True)
class PointText:
    anchor: str
    marker: str
    title: Text
    connective: Text
    text: Text
    points: tuple["PointText", ...] = ()

    @property
    def heading(self):
        name = self.title or self.text
        return Text(
            *(f"{self.marker} {words}".strip() if words else "" for words in (name.id, name.en))
        )

    @property
    def whole(self):
        """Title, connecting words and text in one, as they are read; in English, those that have English."""
        return Text(
            _in_one(part.id for part in self.parts), _in_one(part.en for part in self.parts)
        )

    @property
    def parts(self):
        return (self.title, self.connective, self.text)

    @property
    def lacks_english(self):
        return any(part.is_missing("en") for part in self.parts)

    def passages(self):
        # The marker is the same in both languages, and so is never missing in one.
        yield Passage("point", self.anchor, "marker", Text(self.marker, self.marker), self.heading)
        for field in ("title", "connective", "text"):
            yield Passage("point", self.anchor, field, getattr(self, field), self.heading)
        for point in self.points:
            yield from point.passages()


def _in_one(parts):
    """The parts with a space between them, but before a comma."""
    words = ""
    for part in filter(None, parts):
        words += f" {part}" if words and not part.startswith(",") else part
    return words


@dataclass(frozen=True, slots=True)
class ElementText:
    number: int
    name: Text
    statement_words: Text
    slug: Text
    body: Text
    points_lead_in: Text
    points: tuple[PointText, ...] = ()

    @property
    def anchor(self):
        return f"u{self.number}"

    @property
    def paragraphs(self):
        """The paragraphs of the body with their anchors."""
        return [
            (f"{self.anchor}-p{n}", text) for n, text in enumerate(self.body.paragraphs, start=1)
        ]

    def all_points(self):
        """The points and their items, in reading order."""
        for point in self.points:
            yield point
            yield from point.points

    def passages(self):
        for field in ("name", "statement_words", "slug", "body", "points_lead_in"):
            yield Passage("element", self.anchor, field, getattr(self, field), self.name)
        for point in self.points:
            yield from point.passages()


@dataclass(frozen=True, slots=True)
class MissionText:
    number: int
    statement: Text
    short_title: Text = Text()

    @property
    def anchor(self):
        return f"m{self.number}"

    def passages(self):
        heading = self.short_title or self.statement
        for field in ("statement", "short_title"):
            yield Passage("mission", self.anchor, field, getattr(self, field), heading)


@dataclass(frozen=True, slots=True)
class TermText:
    term: Text
    definition: Text = Text()
    note: Text = Text()
    variants: Text = Text()  # what each language also says for it, divided by ";"

    @property
    def anchor(self):
        return f"t-{self.term.id.replace(' ', '_')}"  # an anchor holds no space

    def also(self, language):
        """The variants in this very language: those of the other say nothing in it."""
        return [
            words
            for variant in getattr(self.variants, language).split(";")
            if (words := variant.strip())
        ]

    def passages(self):
        for field in ("term", "variants", "definition", "note"):
            yield Passage("term", self.anchor, field, getattr(self, field), self.term)


@dataclass(frozen=True, slots=True)
class Document:
    period_start: int
    period_end: int
    introduction: Text
    statement: Text
    elements_lead_in: Text
    missions_lead_in: Text
    legal_basis: Text
    elements: tuple[ElementText, ...] = ()
    missions: tuple[MissionText, ...] = ()
    terms: tuple[TermText, ...] = ()

    ANCHORS = {
        "introduction": "v-intro",
        "statement": "v-visi",
        "elements_lead_in": "v-unsur",
        "missions_lead_in": "v-misi",
        "legal_basis": "v-dasar",
    }

    @property
    def period(self):
        """The years as they stand in addresses, such as ``2016-2021``."""
        return f"{self.period_start}-{self.period_end}"

    def passages(self):
        """Every text of the document, in reading order."""
        for field in ("introduction", "statement", "elements_lead_in"):
            yield self._own_passage(field)
        for element in self.elements:
            yield from element.passages()
        yield self._own_passage("missions_lead_in")
        for mission in self.missions:
            yield from mission.passages()
        yield self._own_passage("legal_basis")
        for term in self.terms:
            yield from term.passages()

    def _own_passage(self, field):
        return Passage("vision", self.ANCHORS[field], field, getattr(self, field), self.statement)

    def lists(self):
        """The lists whose order an editor may change: the points of each element, and the items of each point."""
        for element in self.elements:
            yield element.anchor, element.points
            for point in element.points:
                yield point.anchor, point.points

    def missing_english(self):
        return [passage for passage in self.passages() if passage.is_missing("en")]

    def statement_parts(self, language):
        """The statement cut where an element is named: (words, the element they name or None), in order.

        An element whose words do not stand in the statement exactly once is not linked.
        """
        language = self.statement.language_shown(language)
        statement = getattr(self.statement, language)
        named = []
        for element in self.elements:
            places = occurrences(getattr(element.statement_words, language), statement)
            if len(places) == 1:
                named.append((*places[0], element))
        parts, end = [], 0
        for start, stop, element in sorted(named, key=lambda place: place[:2]):
            if start < end:  # it overlaps with the element before it
                continue
            parts += [(statement[end:start], None), (statement[start:stop], element)]
            end = stop
        return [part for part in [*parts, (statement[end:], None)] if part[0]]

    def mismatched_words(self, language):
        """The elements whose words do not stand in the statement exactly once, or overlap with another's."""
        linked = [element for _, element in self.statement_parts(language) if element]
        return [element for element in self.elements if element not in linked]

    @property
    def schema(self):
        """1 knows no variants. What has none is still written so: its editions keep their bytes, and a portal that
        was put back to its former release goes on reading it."""
        return 2 if any(term.variants for term in self.terms) else 1

    def to_dict(self):
        data = {"schema": self.schema, **asdict(self)}
        if self.schema == 1:
            for term in data["terms"]:
                del term["variants"]
        return data

    def to_json(self):
        """The canonical bytes (see ``canonical_json``) with the number of the schema they follow."""
        return canonical_json(self.to_dict())

    @classmethod
    def from_json(cls, source):
        """Read what ``to_json`` wrote. Raises ``DocumentError`` for anything else, a newer schema included."""
        try:
            return cls.from_dict(json.loads(source))
        except (ValueError, RecursionError) as error:
            raise (
                error
                if isinstance(error, DocumentError)
                else DocumentError(f"This is not JSON: {error}")
            ) from error

    @classmethod
    def from_dict(cls, data):
        try:
            data = dict(data)
            schema = data.pop("schema")
            if schema not in range(1, SCHEMA + 1):
                raise DocumentError(
                    f"The document follows schema {schema}, and this portal reads {SCHEMA}. Update the portal."
                )
            document = _built(cls, data)
        except (KeyError, TypeError, AttributeError) as error:
            raise DocumentError(
                f"This is not a document of a schema up to {SCHEMA}: {error}"
            ) from error
        if document.schema != schema:
            raise DocumentError(
                f"The document says schema {schema} and is of schema {document.schema}."
            )
        return document


_LISTS = {"elements": ElementText, "missions": MissionText, "terms": TermText, "points": PointText}


def _built(shape, data):
    """An object of the dataclass from its JSON. Raises ``TypeError`` where a value is not of the field's type."""
    values = {}
    for name, value in data.items():
        if name in _LISTS:
            value = tuple(_built(_LISTS[name], row) for row in value)
        elif isinstance(value, dict):
            value = Text(**value)
        values[name] = value
    built = shape(**values)
    for name, field in shape.__dataclass_fields__.items():
        if name not in _LISTS and not isinstance(getattr(built, name), field.type):
            raise TypeError(f"{name} is not {field.type.__name__}")
    return built


def canonical_json(data):
    """The one way to write these data: UTF-8, NFC, keys sorted, no white space (RFC 8785 for the values used here)."""
    return json.dumps(
        _nfc(data), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    ).encode()


def _nfc(data):
    """Each string by itself: a combining mark must not join with the escape before it."""
    if isinstance(data, dict):
        return {key: _nfc(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_nfc(value) for value in data]
    return unicodedata.normalize("NFC", data) if isinstance(data, str) else data
