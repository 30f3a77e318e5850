"""The document: one whole vision in both languages, as an immutable value.

Built from rows (``editions.working_copy``) or from an edition's JSON (here). Pages, differences,
search and translation files read it. Two documents are equal exactly if their bytes are.
"""

import json
import re
import unicodedata
from dataclasses import asdict, astuple, dataclass
from datetime import date
from functools import cached_property
from itertools import zip_longest

from editions import fields
from vision.fields import day_of
from vision.text import MARK, Years, occurrences, paragraphs, plain
from vision.text import years_of as years_of  # for the rooms that may not import ``vision``

SCHEMA = fields.newest_schema()
SENTENCE_END = re.compile(r"(?<=\.)\s")


class DocumentError(ValueError):
    """The JSON is not a document this portal can read; the message says why."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages. Indonesian is the authority; missing English is ""."""

    id: str = ""
    en: str = ""

    def __bool__(self):
        return bool(self.id or self.en)

    def language_shown(self, language):
        """The language that a page in ``language`` shows: the other one if the text is missing."""
        own, other = (self.en, "id") if language == "en" else (self.id, "en")
        return language if own or not self else other

    def shown(self, language):
        return getattr(self, self.language_shown(language))

    def plain(self, language):
        """The text shown in the language, without the inline marks."""
        return plain(self.shown(language))

    def own(self, language):
        """The plain words in this language only, "" if they are missing."""
        return "" if self.is_missing(language) else self.plain(language)

    def runs(self, language):
        """The shown text in runs of one language: (words, language). Every second was marked."""
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
        """Whether both languages have the same number of paragraphs: these share anchors."""
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
    """One text and its place: ``key`` names it in every edition, ``anchor`` on every page."""

    kind: str  # a key of ``editions.fields.MODELS``
    anchor: str
    field: str
    text: Text
    heading: Text

    @property
    def key(self):
        return f"{self.anchor}.{self.field}"

    @property
    def definition(self):
        return fields.find(self.kind, self.field)

    @property
    def section(self):
        return self.definition.section or fields.SECTION_OF_LETTER[self.anchor[0]]

    @property
    def is_translated(self):
        """Whether its English is a translation of its Indonesian."""
        return self.definition.is_translated

    def is_missing(self, language):
        return self.is_translated and self.text.is_missing(language)


def _with_texts(kind):
    """Make the class a frozen dataclass that has, after its numbers, each text of the kind."""

    def decorate(cls):
        texts = {field.name: str if field.is_shared else Text for field in fields.of(kind)}
        own = cls.__annotations__
        lists = {name: own[name] for name in own if hasattr(cls, name)}
        cls.__annotations__ = {name: own[name] for name in own if name not in lists} | texts | lists
        cls.kind = kind
        for name, shape in texts.items():
            setattr(cls, name, shape())
        return dataclass(frozen=True, slots=True)(cls)

    return decorate


class _Row:
    """The base of all rows of a document."""

    @property
    def name_text(self):
        names = (getattr(self, name) for name in fields.HEADINGS[self.kind])
        return next(filter(None, names), Text())

    @cached_property
    def heading(self):
        return self.name_text

    def passages(self):
        for field in fields.of(self.kind):
            yield self.passage(field)

    def passage(self, field):
        text = getattr(self, field.name)
        return Passage(
            self.kind,
            field.anchor or self.anchor,
            field.name,
            Text(*(field.words(text, code) for code in ("id", "en"))) if field.is_shared else text,
            self.heading,
        )


class _WithPoints(_Row):
    """The base of rows with a list of points below them."""

    def all_points(self):
        """The points and their items, in reading order."""
        for point in self.points:
            yield point
            yield from point.points

    def passages(self):
        """Its own texts, then those of its points."""
        yield from _Row.passages(self)
        for point in self.points:
            yield from point.passages()


class _PointText(_WithPoints):
    @cached_property
    def heading(self):
        name = self.name_text
        return Text(
            *(f"{self.marker} {words}".strip() if words else "" for words in (name.id, name.en))
        )

    @property
    def whole(self):
        """Title, connecting words and text in one, as they are read.

        The English leaves out what has no English.
        """
        return Text(
            _in_one(part.id for part in self.parts), _in_one(part.en for part in self.parts)
        )

    @property
    def parts(self):
        return (self.title, self.connective, self.text)

    @property
    def lacks_english(self):
        return any(part.is_missing("en") for part in self.parts)


@_with_texts("point")
class PointText(_PointText):
    anchor: str
    points: tuple["PointText", ...] = ()


@_with_texts("goal")
class GoalText(_PointText):
    anchor: str
    points: tuple["GoalText", ...] = ()


def _in_one(parts):
    """The parts with a space between them, but before a comma."""
    words = ""
    for part in filter(None, parts):
        words += f" {part}" if words and not part.startswith(",") else part
    return words


class _Part(_WithPoints):
    """The base of elements and missions.

    ``LETTER`` begins its anchor, and ``BEFORE_POINTS`` names the text above its points.
    """

    @property
    def anchor(self):
        return f"{self.LETTER}{self.number}"

    @property
    def leads_on(self):
        """Whether the points go on with the last sentence above them: nothing may part them."""
        return getattr(self, self.BEFORE_POINTS).id.endswith(":")


@_with_texts("element")
class ElementText(_Part):
    LETTER, BEFORE_POINTS = "u", "body"

    number: int
    points: tuple[PointText, ...] = ()

    @property
    def paragraphs(self):
        """The paragraphs of the body with their anchors."""
        return [
            (f"{self.anchor}-p{n}", text) for n, text in enumerate(self.body.paragraphs, start=1)
        ]


@_with_texts("mission")
class MissionText(_Part):
    LETTER, BEFORE_POINTS = "m", "statement"

    number: int
    points: tuple[GoalText, ...] = ()


@_with_texts("term")
class TermText(_Row):
    @property
    def anchor(self):
        return f"t-{self.term.id.replace(' ', '_')}"  # an anchor holds no space

    @property
    def meaning(self):
        """The first sentence of the definition, such as what an abbreviation stands for."""
        return Text(*(SENTENCE_END.split(words)[0] for words in astuple(self.definition)))

    def also(self, language):
        """The variants in this language only."""
        return _divided(getattr(self.variants, language))

    def everyday(self, language):
        """The everyday words in this language only."""
        return _divided(getattr(self.everyday_words, language))


def _divided(words):
    return [each.strip() for each in words.split(";") if each.strip()]


class InForce(Years):
    """Years of which ``days`` gives the first and the last day in force, or None for each."""

    @property
    def begins(self):
        """The first day in force: 1 January of the first year if the document gives none."""
        return self.days[0] or date(self.period_start, 1, 1)

    @property
    def ends(self):
        """The last day in force: 31 December of the last year if the document gives none."""
        return self.days[1] or date(self.period_end, 12, 31)


@_with_texts("vision")
class Document(InForce, _Row):
    period_start: int
    period_end: int
    elements: tuple[ElementText, ...] = ()
    missions: tuple[MissionText, ...] = ()
    terms: tuple[TermText, ...] = ()

    @property
    def days(self):
        """The first and the last day in force that the document gives, None where it gives none."""
        return [day_of(day) if day else None for day in (self.first_day, self.last_day)]

    @property
    def days_in_words(self):
        """The passages that say them."""
        days = [fields.find("vision", name) for name in ("first_day", "last_day")]
        return [self.passage(day) for day in days if getattr(self, day.name)]

    def passages(self):
        """Every text of the document, in reading order."""
        return iter(self._passages)

    @cached_property
    def _passages(self):
        return tuple(self._read_passages())

    def _read_passages(self):
        for texts, rows in self.sections():
            for field in texts:
                yield self.passage(field)
            for row in rows:
                yield from row.passages()

    def sections(self):
        """For each section, in reading order: the vision's own texts, and the rows that follow."""
        for section, rows in fields.SECTIONS.items():
            texts = [field for field in fields.of(self.kind) if field.section == section]
            yield texts, getattr(self, rows) if rows else ()

    def lists(self):
        """The lists that editors may reorder, by anchor: points, and items of points."""
        for part in self.parts():
            yield part.anchor, part.points
            for point in part.points:
                yield point.anchor, point.points

    def parts(self):
        """The elements and the missions: what has points."""
        return (*self.elements, *self.missions)

    def missing_english(self):
        return [passage for passage in self.passages() if passage.is_missing("en")]

    def statement_parts(self, language):
        """The statement in parts: (words, the element that they name or None).

        An element is linked only if the statement contains its words exactly once.
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
        """The elements whose words are not exactly once in the statement, or overlap others."""
        linked = [element for _, element in self.statement_parts(language) if element]
        return [element for element in self.elements if element not in linked]

    @property
    def schema(self):
        """The oldest schema that holds every text: editions of older schemas keep their bytes.

        So a portal that went back to its former release can read them.
        """
        return max((each.definition.schema for each in self.passages() if each.text), default=1)

    def to_dict(self):
        schema = self.schema
        return {"schema": schema, **_row_as_dict(self, schema)}

    def to_json(self):
        """The canonical bytes (see ``canonical_json``), with the number of their schema."""
        return canonical_json(self.to_dict())

    @classmethod
    def from_json(cls, source):
        """Read what ``to_json`` wrote. Raises ``DocumentError``, for a newer schema too."""
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
                    f"The document follows schema {schema}, and this portal reads {SCHEMA}. "
                    "Update the portal."
                )
            document = _built(cls, data, schema)
            runs_forward = document.begins <= document.ends
        except DocumentError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise DocumentError(
                f"This is not a document of a schema up to {SCHEMA}: {error}"
            ) from error
        if not runs_forward:
            raise DocumentError("The document’s last day in force comes before its first.")
        if document.schema != schema:
            raise DocumentError(
                f"The document says schema {schema} and is of schema {document.schema}."
            )
        return document


# The shapes of the rows in each list, by the kind of the row that has it.
_LISTS = {
    "vision": {"elements": ElementText, "missions": MissionText, "terms": TermText},
    "element": {"points": PointText},
    "point": {"points": PointText},
    "mission": {"points": GoalText},
    "goal": {"points": GoalText},
    "term": {},
}


def _names(shape, schema):
    """The names of the values that a row has in a file of this schema.

    A list is in the first schema that holds a text of its rows.
    """
    texts = {field.name: field.schema for field in fields.of(shape.kind)}
    lists = {
        name: min(field.schema for field in fields.of(rows.kind))
        for name, rows in _LISTS[shape.kind].items()
    }
    first = texts | lists
    return [name for name in shape.__dataclass_fields__ if first.get(name, 1) <= schema]


def _row_as_dict(row, schema):
    return {name: _value_as_data(getattr(row, name), schema) for name in _names(row, schema)}


def _value_as_data(value, schema):
    if isinstance(value, tuple):
        return [_row_as_dict(row, schema) for row in value]
    return asdict(value) if isinstance(value, Text) else value


def _built(shape, data, schema):
    """The row from its JSON.

    Raises ``KeyError`` where a value is missing, and ``TypeError`` where one is not of its type.
    """
    values, lists = {}, _LISTS[shape.kind]
    for name in _names(shape, schema):
        value = data[name]
        if name in lists:
            value = tuple(_built(lists[name], row, schema) for row in value)
        elif isinstance(value, dict):
            value = Text(**value)
        values[name] = value
    if unknown := data.keys() - values.keys():
        raise TypeError(f"{', '.join(sorted(unknown))} is unknown in schema {schema}")
    built = shape(**values)
    for name, field in shape.__dataclass_fields__.items():
        if name not in lists and not isinstance(getattr(built, name), field.type):
            raise TypeError(f"{name} is not {field.type.__name__}")
    return built


def canonical_json(data):
    """UTF-8, NFC, keys sorted, no white space: RFC 8785 for the values used here."""
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
