"""The change note that editors propose for the next edition, in both languages.

It is an act on the vision, whose texts are the note's: the newest one counts, and history keeps the
others. Publishing the working copy uses it, and so ends it.
"""

from types import SimpleNamespace

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string

from editions.difference import word_segments
from editions.document import Passage, Text
from editorial.history.merging import NO_BASE, merge
from editorial.models import Act
from editorial.publishing.forms import NoteForm
from editorial.rows import anchor_of
from editorial.translation.acts import record_act

FIELD = "change_note"
COLUMNS = ("note_ind", "note_en")  # the fields of the form
SALT = "editorial.proposed_note"


def proposed_note(vision):
    """The act that proposed the note, or None."""
    acts = Act.objects.filter(kind="vision", row=vision.pk, field=FIELD)
    newest = acts.select_related("revision").order_by("-pk").first()
    return newest if newest and newest.act == Act.Kind.PROPOSED and columns_of(newest) else None


def columns_of(note):
    """The texts of the note by the fields of the form; {} if both are empty."""
    texts = (note.source, note.target) if note else ()
    return dict(zip(COLUMNS, texts, strict=True)) if any(texts) else {}


def propose(author, vision, note):
    return record_act(author, Act.Kind.PROPOSED, _passage(vision, note), vision)


def use(author, vision):
    """Record that an edition is published, which ends the proposed note."""
    if note := proposed_note(vision):
        text = Text(note.source, note.target)
        record_act(author, Act.Kind.USED, _passage(vision, text), vision)


def _passage(vision, note):
    return Passage("vision", anchor_of(vision), FIELD, note, Text())


class ProposedNoteForm(NoteForm):
    """Carries the note that it was opened on, so that nobody overwrites another's silently."""

    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data, *, vision):
        self.vision, self.proposed = vision, proposed_note(vision)
        now = columns_of(self.proposed)
        super().__init__(data, initial=now | {"base": self._seal(now)})
        for name in COLUMNS:
            self.fields[name].required = False

    @property
    def is_changed(self):
        now = columns_of(self.proposed)
        return any(self.cleaned_data[name] != now.get(name, "") for name in COLUMNS)

    def clean(self):
        super().clean()
        now = dict.fromkeys(COLUMNS, "") | columns_of(self.proposed)
        base = self._unseal(self.cleaned_data.pop("base", ""))
        typed = {name: self.cleaned_data[name] for name in now if name in self.cleaned_data}
        if base is None:
            self.add_error(None, ValidationError(NO_BASE, code="base"))
        merged = merge(base, now, typed)
        self.cleaned_data |= merged.taken
        for name, standing in merged.conflicts.items():
            self.add_error(name, self._conflict(name, standing, typed[name]))
        self.data = self.data.copy()
        for name, value in merged.taken.items() | {("base", self._seal(now))}:
            self.data[name] = value
        return self.cleaned_data

    def _conflict(self, name, standing, typed):
        context = {
            "version": self.proposed and SimpleNamespace(revision=self.proposed.revision),
            "language": "en" if name.endswith("_en") else "id",
            "standing": standing,
            "segments": word_segments(standing, typed),
        }
        return ValidationError(
            render_to_string("admin/editorial/writing/conflict.html", context), code="conflict"
        )

    def _seal(self, columns):
        state = [self.vision.pk, *(columns.get(name, "") for name in COLUMNS)]
        return signing.dumps(state, salt=SALT, compress=True)

    def _unseal(self, token):
        try:
            key, *texts = signing.loads(token, salt=SALT)
        except (signing.BadSignature, TypeError, ValueError):
            return None
        return dict(zip(COLUMNS, texts, strict=True)) if key == self.vision.pk else None
