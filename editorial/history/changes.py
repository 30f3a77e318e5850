"""History as it is told: what a revision changed, in the word differences that are shown between editions too."""

from editions import fields
from editions.difference import Change
from editions.document import Passage, PointText, Text
from editorial.models import Act
from public.templatetags.portal import place

NUMBERS = ("period_start", "period_end", "number", "position")


def with_changed_places(revisions):
    """Each revision with the places it touched: (revision, [(passage that names the place, its changes)])."""
    return [
        (revision, [(place_of(version), changes_of(version)) for version in in_order(revision)])
        for revision in revisions.prefetch_related("versions")
    ]


def in_order(revision):
    """The revision's versions: first what came or went, which was moved, then what made room for it."""
    return sorted(
        revision.versions.all(),
        key=lambda version: (version.before is not None, version.after is not None),
    )


def changes_of(version):
    """What the version changed, field by field. Keys and anchors, which no form asks for, are left out."""
    differ = set(version.fields)
    return [
        Change(_passage(version, version.before, field), _passage(version, version.after, field))
        for field, columns in _columns(version.kind).items()
        if not differ.isdisjoint(columns)
    ]


def _columns(kind):
    """The columns of each number and text that history shows, in reading order."""
    texts = {field.name: field.columns for field in fields.of(kind)}
    return {name: [name] for name in NUMBERS} | texts


def place_of(version):
    """The row as a passage without words, for its name and its place."""
    return Passage(
        version.kind,
        version.anchor,
        "",
        Text(),
        _heading(version.kind, version.after or version.before),
    )


def place_name(entry):
    """Where the row stands, or stood, in words; of an act, which knows one text of the row only, that text."""
    if isinstance(entry, Act):
        return place(
            Passage(entry.kind, entry.anchor, entry.field, Text(), Text(entry.source, entry.target))
        )
    return place(place_of(entry))


def row_of(version):
    """The row, by its key alone, for its addresses: it need not stand any more."""
    return fields.MODELS[version.kind](pk=version.row)


def _passage(version, columns, field):
    """The field in one state of the row; None where the row was not there."""
    if columns is None:
        return None
    anchor = fields.anchor_of(version.kind, field, version.anchor)
    return Passage(
        version.kind, anchor, field, _text(columns, field), _heading(version.kind, columns)
    )


def _heading(kind, columns):
    name = next(filter(None, (_text(columns, field) for field in fields.HEADINGS[kind])), Text())
    return (
        PointText("", columns["marker"], name, Text(), Text()).heading if kind == "point" else name
    )


def _text(columns, field):
    """The field in both languages; a number or marker is the same in both."""
    if f"{field}_ind" in columns:
        return Text(columns[f"{field}_ind"] or "", columns[f"{field}_en"] or "")
    value = columns.get(field)
    return Text(*[str(value)] * 2) if value is not None else Text()
