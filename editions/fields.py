"""The one table of texts: each text column of the working copy, once, in reading order.

The document, the working copy, forms, history, search, typesetting and open data derive from it.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from missions.models import Goal, Mission
from vision.models import Element, Point, Term, Vision

MODELS = {
    "vision": Vision,
    "element": Element,
    "point": Point,
    "mission": Mission,
    "goal": Goal,
    "term": Term,
}
POINTS = ("point", "goal")  # the kinds of points, below an element and below a mission
# Section: the list of the document that follows the vision's own texts in it.
SECTIONS = {
    "vision": None,
    "elements": "elements",
    "missions": "missions",
    "legal-basis": None,
    "in-force": None,
    "glossary": "terms",
}
# The section of all other rows, by the first letter of their anchors.
SECTION_OF_LETTER = {"u": "elements", "m": "missions", "t": "glossary"}
# The texts that give a row its heading: the first that is not empty.
HEADINGS = {
    "vision": ("statement",),
    "element": ("name",),
    "point": ("title", "text"),
    "mission": ("short_title", "statement"),
    "goal": ("title", "text"),
    "term": ("term",),
}


class Languages(Enum):
    TRANSLATED = "the English is a translation of the Indonesian"
    SEPARATE = "each language has its own words"
    SHARED = "one column for both languages"


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One text of one kind of row. ``section`` and ``anchor`` belong to the vision's own texts."""

    kind: str
    name: str
    languages: Languages = Languages.TRANSLATED
    is_official: bool = True  # False: the editors' own words
    is_published: bool = True  # False: for staff; only documents of earlier editions hold it
    schema: int = 1  # the first that holds the text
    section: str = ""
    anchor: str = ""
    sentence: str = ""  # of a day: its words on pages, with %(day)s

    @property
    def is_translated(self):
        return self.languages == Languages.TRANSLATED

    @property
    def is_shared(self):
        return self.languages == Languages.SHARED

    @property
    def columns(self):
        return (self.name,) if self.is_shared else (f"{self.name}_ind", f"{self.name}_en")

    def words(self, value, language):
        """The words of a shared value on a page: of a day its sentence, else the value."""
        if not (self.sentence and value):
            return value
        with override(language):
            day = date_format(date.fromisoformat(value), "DATE_FORMAT")
            return str(self.sentence) % {"day": day}


def _rows(kind, *names, **options):
    return [Field(kind=kind, name=name, **options) for name in names]


def _day(name, anchor, sentence):
    return Field(
        kind="vision",
        name=name,
        languages=Languages.SHARED,
        is_official=False,
        schema=5,
        section="in-force",
        anchor=anchor,
        sentence=sentence,
    )


def _point_rows(kind, **options):
    shared = options | {"languages": Languages.SHARED}
    return [
        *_rows(kind, "marker", **shared),
        *_rows(kind, "title", "connective", "text", **options),
    ]


SEPARATE = {"languages": Languages.SEPARATE, "is_official": False}

FIELDS = [
    *_rows("vision", "introduction", section="vision", anchor="v-intro"),
    *_rows("vision", "statement", section="vision", anchor="v-visi"),
    *_rows("vision", "elements_lead_in", section="elements", anchor="v-unsur"),
    *_rows("vision", "missions_lead_in", section="missions", anchor="v-misi"),
    *_rows("vision", "legal_basis", section="legal-basis", anchor="v-dasar"),
    *_rows(
        "vision",
        "legal_basis_address",
        languages=Languages.SHARED,
        is_official=False,
        schema=3,
        section="legal-basis",
        anchor="v-dasar-alamat",
    ),
    _day("first_day", "v-hari-pertama", _("In force from %(day)s.")),
    _day("last_day", "v-hari-terakhir", _("In force until %(day)s.")),
    *_rows("element", "name"),
    *_rows("element", "statement_words", is_official=False),
    *_rows("element", "slug", **SEPARATE),
    *_rows("element", "body", "points_lead_in"),
    *_rows("element", "explanation", is_official=False, schema=4),
    *_point_rows("point"),
    *_rows("mission", "statement"),
    *_rows("mission", "short_title", is_official=False),
    *_rows("mission", "explanation", is_official=False, schema=4),
    *_point_rows("goal", schema=5),
    *_rows("term", "term", is_official=False),
    *_rows("term", "variants", schema=2, **SEPARATE),
    *_rows("term", "everyday_words", schema=4, **SEPARATE),
    *_rows("term", "definition", is_official=False),
    *_rows("term", "note", is_official=False, is_published=False),
]


@cache
def of(kind):
    """The texts that a document holds of each row of this kind."""
    return [field for field in FIELDS if field.kind == kind]


@cache
def find(kind, name):
    """None for a column that is not a text, such as a number."""
    return next((field for field in of(kind) if field.name == name), None)


def newest_schema():
    return max(field.schema for field in FIELDS)


def anchor_of(kind, name, anchor):
    """The anchor of the text in a row with this anchor: the vision's own texts have one each."""
    field = find(kind, name)
    return (field and field.anchor) or anchor


@cache
def anchors_of_vision():
    """The anchors of the vision's own texts, by their names."""
    return {field.name: field.anchor for field in of("vision")}


def columns_by_text(kind):
    """The columns of each text, for a form with a line for each."""
    return [field.columns for field in of(kind)]


def label(kind, name):
    """The name of a column in the words of its form."""
    return MODELS[kind]._meta.get_field(name).verbose_name
