"""The contents of a translation file in any format, and the error for an unreadable file."""

import re
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NO_TERM = gettext_lazy("The file holds no term. Check that it is the right one.")
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class State(TextChoices):
    """The state of a passage's English compared with its Indonesian."""

    MISSING = "missing", gettext_lazy("missing")
    OUTDATED = "outdated", gettext_lazy("outdated")
    REVIEW = "review", gettext_lazy("in review")
    DONE = "done", gettext_lazy("done")


@dataclass(frozen=True, slots=True)
class Unit:
    """One passage: ``source`` is Indonesian, ``target`` English, a blank line between paragraphs.

    An empty ``target`` has the state "missing". When a file comes back, its ``context``, ``note``
    and ``state`` may have been changed by the translator's tool: the import ignores them.
    """

    key: str  # of the passage
    source: str
    target: str
    context: str = ""  # the passage's place, in words
    note: str = ""  # for the translator
    state: str = ""  # of State, or "" if the file has none
    source_mark: str = ""  # fingerprint of the source as exported
    target_mark: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    period: str  # such as 2016-2021
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A text and its translation in a translation memory; "" where the file lacks one of them."""

    indonesian: str
    english: str
    origin: str = ""  # in words: the period, or the name of the source


class BadFile(Exception):
    """The file is refused; ``str()`` gives the reason and the next step, in the active language."""

    def __init__(self, sentence, *, line=None, row=None):
        if line:
            sentence = _("Line %(number)d: %(sentence)s") % {"number": line, "sentence": sentence}
        if row:
            sentence = _("Row %(number)d: %(sentence)s") % {"number": row, "sentence": sentence}
        super().__init__(sentence)


@contextmanager
def errors_as(bad_file):
    """Raise ``bad_file`` for any exception: on damaged files, parsers raise almost anything."""
    try:
        yield
    except BadFile:
        raise
    except Exception as error:
        raise bad_file from error


def with_line_ends(text):
    """The text with "\\n" for every line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def for_a_file(text):
    """The text as files hold it: U+FFFD replaces characters that XML cannot hold."""
    return NOT_IN_XML.sub("\ufffd", with_line_ends(text))


def collect(numbered, *, place):
    """The units as a tuple. ``numbered`` yields (number, unit), where ``place`` is "line" or "row".

    Raises ``BadFile`` for a missing key, for a key that occurs twice, and where there is no unit.
    """
    units, first = {}, {}
    for number, unit in numbered:
        if not unit.key:
            sentence = _("The passage has lost its key. Copy it from the file you received.")
            raise BadFile(sentence, **{place: number})
        if unit.key in units:
            sentence = _(
                "The passage “%(key)s” is already in the file, at %(first)d. Delete one of the two."
            )
            raise BadFile(sentence % {"key": unit.key, "first": first[unit.key]}, **{place: number})
        units[unit.key], first[unit.key] = unit, number
    if not units:
        raise BadFile(
            _("The file holds no passage. Export it again, and check that it is the right one.")
        )
    return tuple(units.values())
