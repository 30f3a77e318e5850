"""Merges a form with others' changes since it was opened, so that no work is overwritten.

A field has three texts: the *base* from when the form was opened, which the form carries, signed;
the text *now*; and the *typed* text. If only one of the last two differs from the base, that one is
kept. If both differ, also from each other, the form shows both, and the editor decides.
"""

from dataclasses import dataclass, field

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from editions.difference import word_segments
from editions.document import canonical_json
from editorial.history.recording import column_names, columns_of, kind_of, lock, rows_of
from editorial.models import Version
from editorial.rows import vision_of
from vision.models import Vision

SALT = "editorial.merging"
NO_BASE = _(
    "Nothing was saved: this form does not say which text it was opened on, or was opened before "
    "the portal was updated. Your text is still here. Look at what differs from the text as it is "
    "now, then save again."
)


def seal(row, columns=None):
    """The row's columns, or those given, as a signed token for its form."""
    state = [kind_of(row), row.pk, columns or columns_of(row)]
    return signing.dumps(state, salt=SALT, compress=True)


def unseal(token, row):
    """The columns in the token; None if it is forged, of another row or of an older release."""
    try:
        kind, key, columns = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    is_whole = isinstance(columns, dict) and columns.keys() == set(column_names(type(row)))
    return columns if is_whole and (kind, key) == (kind_of(row), row.pk) else None


def seal_rows_below(row):
    """A keyed hash of the row and the rows that would be deleted with it."""
    kind = kind_of(row)
    rows = [
        [*key, columns]
        for key, (_anchor, columns) in rows_of(vision_of(row).pk).items()
        if key == (kind, row.pk)
        or isinstance(row, Vision)
        or columns.get(f"{kind}_id") == row.pk
        or (key[0] == kind and columns.get("parent_id") == row.pk)
    ]
    return salted_hmac(SALT, canonical_json(rows), algorithm="sha256").hexdigest()


@dataclass
class Merge:
    """The columns of a form after merging."""

    values: dict = field(default_factory=dict)
    taken: dict = field(default_factory=dict)
    conflicts: dict = field(default_factory=dict)  # {column: the text it has now}


def merge(base, now, typed):
    """``base`` and ``now`` are the columns of one row, ``typed`` those of its form.

    Without a base every typed text that differs from ``now`` is a conflict.
    """
    merged = Merge()
    for name, value in typed.items():
        if value == now[name] or (base and base[name] == now[name]):
            merged.values[name] = value
        elif base and value == base[name]:
            merged.values[name] = merged.taken[name] = now[name]
        else:
            merged.conflicts[name] = now[name]
    return merged


class MergingForm(forms.ModelForm):
    """The form of one row. ``instance`` is the row as it is now, locked until it is saved."""

    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.seen = {}  # {column: the text that the person saw or typed}
        if self.instance.pk:
            self.initial["base"] = seal(self.instance)
        else:
            del self.fields["base"]

    def clean(self):
        super().clean()
        if self.instance.pk:
            self._merge()
        else:
            self._hold_owner()
        return self.cleaned_data

    def _hold_owner(self):
        """Lock the owner of a new row and check again that it exists."""
        names = ("vision", "element", "mission", "parent")
        owners = [name for name in names if self.cleaned_data.get(name)]
        if owners:
            lock(vision_of(self.cleaned_data[owners[0]]).pk)
        for name in owners:
            try:
                self.fields[name].clean(self.data.get(self.add_prefix(name)))
            except ValidationError as error:
                self.add_error(name, error)

    def _merge(self):
        base = unseal(self.cleaned_data.pop("base", ""), self.instance)
        now = columns_of(self.instance)
        typed = {
            name: self._column(name)
            for name in self.fields
            if name in now and name in self.cleaned_data
        }
        merged = merge(base, now, typed)
        self.seen = (base or now) | typed
        self.cleaned_data |= merged.taken
        if base is None:
            self.add_error(None, ValidationError(NO_BASE, code="base"))
        for name, standing in merged.conflicts.items():
            self.add_error(name, self._conflict(name, standing, typed[name]))
        self._show_again(base or {}, now, typed, merged)

    def _column(self, name):
        """The typed value as the column stores it."""
        return self.instance._meta.get_field(name).to_python(self.cleaned_data[name])

    def _show_again(self, base, now, typed, merged):
        """If the form is shown again, it has the texts of others and a new base.

        An invalid field was not compared, and keeps its base.
        """
        self.data = self.data.copy()
        for name, value in merged.taken.items():
            self.data[self.add_prefix(name)] = value
        wrong = self.fields.keys() - typed.keys()
        self.data[self.add_prefix("base")] = seal(
            self.instance, now | {name: base[name] for name in wrong & base.keys()}
        )

    def _conflict(self, name, standing, typed):
        language = "en" if name.endswith("_en") else "id"
        context = {
            "version": last_version(self.instance, name),
            "language": language,
            "standing": standing,
            "segments": word_segments(str(standing), str(typed)),
        }
        return ValidationError(
            render_to_string("admin/editorial/writing/conflict.html", context), code="conflict"
        )


def last_version(row, name):
    """The newest version of the row in which the column was changed."""
    versions = (
        Version.objects.filter(kind=kind_of(row), row=row.pk)
        .select_related("revision")
        .order_by("-number")
    )
    return next((version for version in versions.iterator() if name in version.fields), None)
