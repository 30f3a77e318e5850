"""English is written here, passage by passage: by the desk of the translation, and from files."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.template.loader import render_to_string

from editions.difference import word_segments
from editions.document import Passage
from editorial.history.merging import last_version, merge
from editorial.history.recording import check, kind_of, recorded
from editorial.models import Revision
from editorial.translation.acts import translated

SALT = "editorial.translation"


@dataclass(frozen=True)
class Base:
    """The two texts of a passage that a translator had before them."""

    id: str
    en: str


@dataclass(frozen=True)
class Slot:
    """A passage as it stands now, and the row of the working copy that holds it."""

    passage: Passage
    row: models.Model

    @property
    def column(self):
        return f"{self.passage.field}_en"

    def in_column(self, text):
        """The text as the column would hold it."""
        return self.row._meta.get_field(self.column).to_python(text)

    def holds(self, kept, text):
        """Whether ``text`` would be kept as the column keeps ``kept``, which may be of an older portal."""
        return self.in_column(kept) == self.in_column(text)

    @property
    def base(self):
        return Base(self.passage.text.id, self.passage.text.en)


@dataclass
class Outcome:
    """What became of texts that were sent, by the keys of their passages. Of the errors, ``conflicts`` are those that
    show what others wrote meanwhile."""

    revision: Revision | None = None
    saved: list[str] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    conflicts: set[str] = field(default_factory=set)


def seal(slot):
    """The texts of the passage as they stand, signed, as a page carries them."""
    return signing.dumps([slot.passage.key, slot.base.id, slot.base.en], salt=SALT, compress=True)


def unseal(token, key):
    """What ``seal`` was given; None where the token is not ours, or of another passage."""
    try:
        own, *texts = signing.loads(token, salt=SALT)
        return Base(*texts) if own == key else None
    except (signing.BadSignature, TypeError, ValueError):
        return None


def save_english(author, vision, texts, action=Revision.Action.CHANGE):
    """Save English for passages of the vision, as one revision: ``texts`` are (slot, base or None, text).

    A text that cannot be saved, or that somebody else changed meanwhile, is left out and named among the errors; the
    caller, whose transaction this is, decides whether the others stay.
    """
    outcome = Outcome()
    changes, seen = defaultdict(dict), defaultdict(dict)
    for slot, base, text in texts:
        try:
            value = _merged(slot, base, text)
        except ValidationError as error:
            outcome.errors[slot.passage.key] = error.messages
            if getattr(error, "code", "") == "conflict":
                outcome.conflicts.add(slot.passage.key)
            continue
        seen[kind_of(slot.row), slot.row.pk][f"{slot.passage.field}_ind"] = (base or slot.base).id
        if value != slot.passage.text.en:
            changes[slot.row][slot.passage.key] = slot.column, value
    with recorded(vision.pk, author, action) as save:
        for row, columns in changes.items():
            _write(row, columns, outcome)
    outcome.revision = save.revision
    translated(save.revision, seen)
    return outcome


def _merged(slot, base, text):
    """The text as the column would hold it, or the one that others wrote where this one was not touched."""
    column = slot.column
    value = slot.row._meta.get_field(column).clean(text, slot.row)
    now = {column: slot.passage.text.en}
    merged = merge(base and {column: base.en}, now, {column: value})
    if merged.conflicts:
        raise ValidationError(_conflict(slot, value), code="conflict")
    return merged.values[column]


def _conflict(slot, typed):
    standing = slot.passage.text.en
    return render_to_string(
        "admin/editorial/writing/conflict.html",
        {
            "version": last_version(slot.row, slot.column),
            "language": "en",
            "standing": standing,
            "segments": word_segments(standing, typed),
        },
    )


def _write(row, columns, outcome):
    """``columns`` are the columns and their texts by the keys of their passages."""
    before = {column: getattr(row, column) for column, _text in columns.values()}
    for column, text in columns.values():
        setattr(row, column, text)
    try:
        check(row)
        with transaction.atomic():
            row.save()
    except ValidationError as error:
        for column, text in before.items():
            setattr(row, column, text)
        outcome.errors |= dict.fromkeys(columns, error.messages)
    else:
        outcome.saved += columns
