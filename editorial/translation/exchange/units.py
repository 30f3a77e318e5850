"""What a translation file carries, whatever its format, and what is said of a file that cannot be read."""

import re
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

STATES = {
    "missing": gettext_lazy("missing"),
    "outdated": gettext_lazy("outdated"),
    "review": gettext_lazy("in review"),
    "done": gettext_lazy("done"),
}
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Unit:
    """One passage. ``source`` is Indonesian and ``target`` English, both with a blank line between paragraphs.

    Where ``target`` is "", ``state`` is "missing". What a file says of ``context``, ``note`` and ``state`` when it
    comes back is what the translator's tool made of them, and no more than a remark.
    """

    key: str  # of the passage
    source: str
    target: str
    context: str = ""  # where it stands, in words
    note: str = ""  # for the translator
    state: str = ""  # one of STATES, or "" where the file does not say
    source_mark: str = (
        ""  # fingerprints of both texts as they were exported, for whoever reads the file back
    )
    target_mark: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    period: str  # such as 2016-2021
    units: tuple[Unit, ...]


class BadFile(Exception):
    """The file cannot be taken; ``str()`` tells the translator, in their language, why and what to do about it."""

    def __init__(self, sentence, *, line=None, row=None):
        if line:
            sentence = _("Line %(number)d: %(sentence)s") % {"number": line, "sentence": sentence}
        if row:
            sentence = _("Row %(number)d: %(sentence)s") % {"number": row, "sentence": sentence}
        super().__init__(sentence)


@contextmanager
def errors_as(bad_file):
    """Parsers of other people raise whatever their code trips over in a damaged file."""
    try:
        yield
    except BadFile:
        raise
    except Exception as error:
        raise bad_file from error


def with_line_ends(text):
    """The text with "\\n" for each of the line ends that programs write."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def for_a_file(text):
    """The text as it is written. What no XML can hold, the portal's texts do not either; it is seen as U+FFFD."""
    return NOT_IN_XML.sub("\ufffd", with_line_ends(text))


def collect(numbered, *, place):
    """The units of a file, each of which has a key of its own; ``place`` is what the numbers count, line or row."""
    units, first = {}, {}
    for number, unit in numbered:
        if not unit.key:
            raise BadFile(
                _("The passage has lost its key. Copy it from the file you received."),
                **{place: number},
            )
        if unit.key in units:
            sentence = _(
                "The passage “%(key)s” stood in the file before, at %(first)d. Delete one of the two."
            )
            raise BadFile(sentence % {"key": unit.key, "first": first[unit.key]}, **{place: number})
        units[unit.key], first[unit.key] = unit, number
    if not units:
        raise BadFile(
            _("The file holds no passage. Export it again, and check that it is the right one.")
        )
    return tuple(units.values())
