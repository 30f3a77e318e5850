"""The changes of a revision, as word differences like those between editions."""

from collections import defaultdict

from django.db.models import Q
from django.utils.translation import gettext as _

from editions import fields
from editions.difference import Change
from editions.document import Passage, PointText, Text
from editions.models import Edition
from editorial.models import Act, Revision
from public.templatetags.portal import place

NUMBERS = ("period_start", "period_end", "number", "position")


def with_changed_places(revisions):
    """[(revision, [(passage that names the place, its changes)])]"""
    return [
        (revision, [(place_of(version), changes_of(version)) for version in in_order(revision)])
        for revision in revisions.prefetch_related("versions")
    ]


def in_order(revision):
    """The revision's versions: first the rows added or deleted, then those moved to make room."""
    return sorted(
        revision.versions.all(),
        key=lambda version: (version.before is not None, version.after is not None),
    )


def changes_of(version):
    """The changed fields, without keys and anchors, which no form shows."""
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
    """The row as a passage without text, for its name and place."""
    heading = _heading(version.kind, version.after or version.before)
    return Passage(version.kind, version.anchor, "", Text(), heading)


def place_name(entry):
    """The place of a version's row in words, or of an act, which knows one text of the row."""
    if not isinstance(entry, Act):
        return place(place_of(entry))
    if entry.act in (Act.Kind.PROPOSED, Act.Kind.USED):
        return _("Proposed change note")
    heading = Text(entry.source, entry.target)
    return place(Passage(entry.kind, entry.anchor, entry.field, Text(), heading))


def row_of(version):
    """The row by its key alone, for its addresses; it may be deleted."""
    return fields.MODELS[version.kind](pk=version.row)


def halves_of_moves(versions):
    """The two versions of each point that moved to another list: {key of each: the other}.

    The point and its items become other rows in the same save, which moves one point. The items
    keep their order. Their words may differ: saving cleans words that are older than a rule.
    """
    halves = versions.filter(
        Q(before__isnull=True) | Q(after__isnull=True),
        revision__action=Revision.Action.MOVE,
        kind__in=fields.POINTS,
    )
    moves = defaultdict(lambda: ([], []))
    for version in sorted(halves, key=_items_last):
        moves[version.revision_id][version.before is None].append(version)
    pairs = [pair for gone, new in moves.values() for pair in zip(gone, new, strict=False)]
    return {one.pk: other for gone, new in pairs for one, other in ((gone, new), (new, gone))}


def _items_last(version):
    columns = version.after or version.before
    return columns["parent_id"] is not None, columns["position"]


def _passage(version, columns, field):
    """The field in ``columns``, one state of the row; None where the row did not exist."""
    if columns is None:
        return None
    kind = version.kind
    anchor = fields.anchor_of(kind, field, version.anchor)
    return Passage(kind, anchor, field, _text(columns, field), _heading(kind, columns))


def _heading(kind, columns):
    name = next(filter(None, (_text(columns, field) for field in fields.HEADINGS[kind])), Text())
    if kind in fields.POINTS:
        return PointText("", columns["marker"], name, Text(), Text()).heading
    return name


def _text(columns, field):
    """The field in both languages; a number or marker is the same in both."""
    if f"{field}_ind" in columns:
        return Text(columns[f"{field}_ind"] or "", columns[f"{field}_en"] or "")
    value = columns.get(field)
    return Text(*[str(value)] * 2) if value is not None else Text()


def copying(vision):
    """The revision that made the vision as a copy of another period, or None."""
    copies = Revision.objects.filter(vision_id=vision.pk, action=Revision.Action.COPY)
    return copies.exclude(source_edition=None).last()


def copied_edition(vision):
    """The edition of another period that the vision was begun from, or None if withdrawn since."""
    copied = copying(vision)
    if copied is None:
        return None
    start, end = copied.source_period.split("-")
    editions = Edition.objects.summaries().filter(number=copied.source_edition, withdrawal=None)
    return editions.filter(period_start=start, period_end=end).first()
