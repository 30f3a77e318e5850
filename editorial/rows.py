"""The rows of the working copy: their kinds, the vision each belongs to, and their anchors."""

from itertools import chain

from editions.document import TermText, Text
from editions.fields import anchors_of_vision
from missions.models import Goal, Mission
from vision.models import Element, Point, Term, Vision
from vision.points import PointBase


def vision_of(row):
    """The vision that the row belongs to, or is."""
    if isinstance(row, Vision):
        return row
    return row.part.vision if isinstance(row, PointBase) else row.vision


def anchor_of(row):
    """The anchor of the row's passages in documents and on pages."""
    match row:
        case PointBase(parent=None):
            return f"{anchor_of(row.part)}-{row.anchor}"
        case PointBase():
            return f"{anchor_of(row.part)}-{row.parent.anchor}-{row.anchor}"
        case Element():
            return f"u{row.number}"
        case Mission():
            return f"m{row.number}"
        case Term():
            return TermText(Text(row.term_ind)).anchor
    return anchors_of_vision()["statement"]


def rows_by_anchor(vision):
    """{anchor: row} of the vision's working copy; each text of the vision has its own anchor."""
    points = (model.objects.of_vision(vision) for model in (Point, Goal))
    parts = (vision.elements.all(), vision.missions.all())
    rows = chain(*parts, *points, vision.terms.all())
    return dict.fromkeys(anchors_of_vision().values(), vision) | {
        anchor_of(row): row for row in rows
    }
