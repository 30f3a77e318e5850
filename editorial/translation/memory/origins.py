"""Where the English of the memory comes from, and how the act of a fill keeps that.

A reader may have another language than the person who fills, so an act keeps no sentence.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from editions.clock import in_wib

SAME = 100  # percent


@dataclass(frozen=True)
class FromEdition:
    years: str
    number: int

    def __str__(self):
        words = _("translated like this in %(years)s, edition %(number)d")
        return words % {"years": self.years, "number": self.number}


@dataclass(frozen=True)
class FromAct:
    years: str
    person: str
    at: datetime

    def __str__(self):
        words = _("translated like this in %(years)s (%(person)s, %(date)s)")
        names = {"years": self.years, "person": self.person, "date": in_wib(self.at, "DATE_FORMAT")}
        return words % names


@dataclass(frozen=True)
class FromLoading:
    """The act came with the official text, or is older than the first that was recorded."""

    years = ""

    def __str__(self):
        return _("translated like this when the text was loaded")


@dataclass(frozen=True)
class FromSource:
    """The pair was imported from another tool."""

    name: str
    years = ""

    def __str__(self):
        return _("translated like this in the imported memory “%(name)s”") % {"name": self.name}


NAMES = {"edition": FromEdition, "act": FromAct, "loading": FromLoading, "memory": FromSource}


def record_of(origin, percent):
    """The origin, and how alike the Indonesian is, without a language."""
    name = next(name for name, its in NAMES.items() if isinstance(origin, its))
    return json.dumps([name, percent, asdict(origin)], cls=DjangoJSONEncoder)


def words_of(record):
    """The record in words of the present language."""
    name, percent, values = json.loads(record)
    if "at" in values:
        values["at"] = parse_datetime(values["at"])
    return f"{NAMES[name](**values)} – {likeness(percent)}"


def likeness(percent):
    if percent == SAME:
        return _("the same Indonesian")
    return _("%(percent)d%% similar") % {"percent": percent}
