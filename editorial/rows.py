"""The rows of the working copy: their kinds, the vision each belongs to, and their anchors."""

from editions.document import TermText, Text
from editions.fields import anchors_of_vision
from missions.models import Mission
from vision.models import Element, Point, Term, Vision


def vision_of(row):
    """The vision that the row belongs to, or is."""
    if isinstance(row, Vision):
        return row
    return row.element.vision if isinstance(row, Point) else row.vision


def anchor_of(row):
    """The anchor of the row's passages in documents and on pages."""
    match row:
        case Point(parent=None):
            return f"u{row.element.number}-{row.anchor}"
        case Point():
            return f"u{row.element.number}-{row.parent.anchor}-{row.anchor}"
        case Element():
            return f"u{row.number}"
        case Mission():
            return f"m{row.number}"
        case Term():
            return TermText(Text(row.term_ind)).anchor
    return anchors_of_vision()["statement"]


def rows_by_anchor(vision):
    """{anchor: row} of the vision's working copy; each text of the vision has its own anchor."""
    points = Point.objects.filter(element__vision=vision).select_related(
        "element__vision", "parent"
    )
    rows = [*vision.elements.all(), *points, *vision.missions.all(), *vision.terms.all()]
    return dict.fromkeys(anchors_of_vision().values(), vision) | {
        anchor_of(row): row for row in rows
    }
