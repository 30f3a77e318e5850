"""Saves English, passage by passage, for the desk and for imports."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models
from django.template.loader import render_to_string

from editions.difference import word_segments
from editions.document import Passage, Text
from editorial.history.merging import last_version, merge
from editorial.history.recording import kind_of, recorded, validate
from editorial.models import Revision
from editorial.translation.acts import record_translations
from editorial.translation.passages import name_of

SALT = "editorial.translation"


@dataclass(frozen=True)
class StoredPassage:
    """A passage of the working copy, and the row that holds it."""

    passage: Passage
    row: models.Model

    @property
    def text(self):
        return self.passage.text

    @property
    def place(self):
        """As ``Act.place``."""
        return self.passage.kind, self.row.pk, self.passage.field

    @property
    def column(self):
        return f"{self.passage.field}_en"

    @property
    def field(self):
        return self.row._meta.get_field(self.column)

    def is_same(self, stored, text):
        """Whether the column would store both alike; older portals cleaned ``stored`` less."""
        return self.field.to_python(stored) == self.field.to_python(text)


@dataclass
class Outcome:
    """The outcome of saving, by the keys of passages."""

    revision: Revision | None = None
    saved: list[str] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    conflicts: set[str] = field(default_factory=set)  # errors that show the English of others


def seal(stored):
    """The texts of the passage, signed, as a page carries them."""
    text = stored.text
    return signing.dumps([stored.passage.key, text.id, text.en], salt=SALT, compress=True)


def unseal(token, key):
    """The sealed ``Text``; None where the portal did not sign the token for this passage."""
    try:
        own, *texts = signing.loads(token, salt=SALT)
        return Text(*texts) if own == key else None
    except (signing.BadSignature, TypeError, ValueError):
        return None


def save_english(author, vision, texts, action=Revision.Action.CHANGE, fills=None):
    """Save English for passages of the vision as one revision.

    ``texts`` are (stored passage, the ``Text`` its translator saw or None, English). English that
    is invalid or in conflict with others' is left out and named in the errors; the caller, who
    holds the transaction, decides whether to keep the rest. Any other error must end it.
    ``fills`` are those of ``record_translations``.
    """
    outcome = Outcome()
    changes, seen = defaultdict(dict), defaultdict(dict)
    for stored, base, text in texts:
        passage, row = stored.passage, stored.row
        try:
            value = _merged(stored, base, text)
        except ValidationError as error:
            outcome.errors[passage.key] = error.messages
            if getattr(error, "code", "") == "conflict":
                outcome.conflicts.add(passage.key)
            continue
        seen[kind_of(row), row.pk][f"{passage.field}_ind"] = (base or stored.text).id
        if value != stored.text.en:
            changes[row][passage.key] = stored.column, value
    with recorded(vision.pk, author, action, savepoint=False) as save:
        for row, columns in changes.items():
            _write(row, columns, outcome)
    outcome.revision = save.revision
    record_translations(save.revision, seen, fills)
    return outcome


def named_errors(outcome, texts):
    """The errors of the ``texts`` that were saved, each behind the name of its passage."""
    return [
        f"{name_of(stored.passage)}: {error}"
        for stored, _base, _text in texts
        for error in outcome.errors.get(stored.passage.key, ())
    ]


def _merged(stored, base, text):
    """The text as the column stores it, or the English of others if the translator changed none."""
    column = stored.column
    value = stored.field.clean(text, stored.row)
    merged = merge(base and {column: base.en}, {column: stored.text.en}, {column: value})
    if merged.conflicts:
        raise ValidationError(_conflict(stored, value), code="conflict")
    return merged.values[column]


def _conflict(stored, typed):
    standing = stored.text.en
    return render_to_string(
        "admin/editorial/writing/conflict.html",
        {
            "version": last_version(stored.row, stored.column),
            "language": "en",
            "standing": standing,
            "segments": word_segments(standing, typed),
        },
    )


def _write(row, columns, outcome):
    """Write ``columns``, which are {key of the passage: (column, text)}, or add the errors."""
    before = {column: getattr(row, column) for column, _text in columns.values()}
    for column, text in columns.values():
        setattr(row, column, text)
    try:
        validate(row)
        row.save()
    except ValidationError as error:
        for column, text in before.items():
            setattr(row, column, text)
        outcome.errors |= dict.fromkeys(columns, error.messages)
    else:
        outcome.saved += columns
