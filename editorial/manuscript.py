"""The manuscript: the whole working copy on one page, in reading order, Indonesian beside English."""

from dataclasses import dataclass, field
from itertools import groupby, pairwise

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import Model
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from editions.difference import Change, Difference
from editions.document import Passage, Text
from editorial.desk import ways
from editorial.places import MODELS, anchor_of, form_path, history_path, manuscript_path, rows_of
from editorial.roles import may_write
from editorial.state import WorkingCopy
from public.addresses import LANGUAGES
from public.releases import Release
from public.templatetags.portal import field_name, place
from vision.models import Vision
from vision.text import paragraphs

FILTERS = {
    "": gettext_lazy("All"),
    "changed": gettext_lazy("Changed"),
    "missing": gettext_lazy("English missing"),
    "outdated": gettext_lazy("English may be outdated"),
}
SECTIONS = {
    "vision": gettext_lazy("The vision"),
    "elements": gettext_lazy("Elements"),
    "missions": gettext_lazy("Missions"),
    "legal-basis": gettext_lazy("Legal basis"),
    "glossary": gettext_lazy("Glossary"),
}
SECTION_OF_FIELD = {"elements_lead_in": "elements", "missions_lead_in": "missions", "legal_basis": "legal-basis"}
SECTION_OF_KIND = {"element": "elements", "point": "elements", "mission": "missions", "term": "glossary"}


@dataclass
class Line:
    """One passage. ``marks`` are the filters that find it; ``previous`` and ``next`` the keys of marked neighbours."""

    passage: Passage
    change: Change | None
    marks: set[str]
    form: str
    previous: str = ""
    next: str = ""

    @property
    def is_new(self):
        return bool(self.change) and not (self.change.before and self.change.before.text)

    @property
    def sides(self):
        """(Language, its paragraphs), for both."""
        for language in LANGUAGES:
            words = paragraphs(getattr(self.passage.text, language))
            yield language, [Text(**{language: paragraph}) for paragraph in words]


@dataclass
class Part:
    """The passages of one anchor: a text of the vision itself, an element, a point, a mission, a term."""

    anchor: str
    name: str
    level: int
    row: Model
    lines: list[Line] = field(default_factory=list)
    language: str = ""

    @property
    def is_numbered(self):
        """True for elements and missions, which the contents name."""
        return self.level == 3 and self.anchor[0] in "um"

    @property
    def history(self):
        """The vision's own texts have one history, which stands beside its statement."""
        return history_path(self.row) if self.anchor == anchor_of(self.row) else ""


@permission_required("vision.view_vision", raise_exception=True)
@require_safe
def manuscript(request, vision_id):
    vision = get_object_or_404(Vision, pk=vision_id)
    copy = WorkingCopy(vision, Release.current())
    only = request.GET.get("only", "")
    only = only if only in FILTERS else ""
    sections = sections_of(request.user, copy, only)
    gone = tuple(change for change in copy.difference.changes if change.after is None)
    return admin.site.page(
        request,
        "manuscript",
        title=_("Manuscript"),
        subtitle=vision,
        vision=vision,
        copy=copy,
        only=only,
        filters=filters_of(copy, only),
        sections=sections,
        is_empty=not any(parts for _name, _title, parts in sections) and not gone,
        taken_out=Difference(gone, ()) if only in ("", "changed") else None,
        new_order=Difference((), copy.difference.moves) if only in ("", "changed") else None,
        ways=[way for way in ways(request.user, vision) if way[1] != manuscript_path(vision)],
    )


def filters_of(copy, only):
    """(Words, address, how many passages, whether it is chosen)."""
    counts = {"changed": len(copy.difference.changes), "missing": len(copy.missing), "outdated": len(copy.outdated)}
    for name, words in FILTERS.items():
        yield words, manuscript_path(copy.vision, name), counts.get(name), name == only


def sections_of(user, copy, only):
    """(Name, title, parts) of each section, with the passages that the filter ``only`` finds."""
    parts = {name: [] for name in SECTIONS}
    for section, part in parts_of(user, copy, only):
        parts[section].append(part)
    marked = [line for part in sum(parts.values(), []) for line in part.lines if line.marks]
    for earlier, later in pairwise(marked):
        earlier.next, later.previous = later.passage.key, earlier.passage.key
    return [(name, title, parts[name]) for name, title in SECTIONS.items()]


def parts_of(user, copy, only):
    rows = rows_of(copy.vision)
    numbers = dict(numbered(copy.document))
    line_of = lines(user, copy, only, rows)
    for anchor, passages in groupby(copy.document.passages(), key=lambda passage: passage.anchor):
        passages = list(passages)
        shown = [line for passage in passages if (line := line_of(passage))]
        if shown:
            first = passages[0]
            language = first.heading.language_shown(get_language()) if first.kind == "term" else ""
            name = name_of(first, numbers.get(anchor))
            yield section_of(first), Part(anchor, name, level_of(first), rows[anchor], shown, language)


def lines(user, copy, only, rows):
    """A function that gives the line of a passage, or None where it is not shown."""
    changes = {change.after.key: change for change in copy.difference.changes if change.after}
    found = {
        "changed": changes.keys(),
        "missing": {passage.key for passage in copy.missing},
        "outdated": {passage.key for passage in copy.outdated},
    }
    may_change = {
        kind: user.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}")
        for kind, model in MODELS.items()
    }

    def line_of(passage):
        marks = {name for name, keys in found.items() if passage.key in keys}
        is_noise = passage.field == "marker" or not passage.text
        if (only and only not in marks) or (is_noise and not marks):
            return None
        form = ""
        if may_change[passage.kind]:
            back = manuscript_path(copy.vision, only, passage.key)
            form = f"{form_path(rows[passage.anchor], back)}#{input_of(user, passage)}"
        return Line(passage, changes.get(passage.key), marks, form)

    return line_of


def input_of(user, passage):
    """The id of the passage's input in its form, in the language that the person writes."""
    if passage.field == "marker":
        return "id_marker"
    column = f"{passage.field}_ind"
    return f"id_{column}" if may_write(user, column) else f"id_{passage.field}_en"


def section_of(passage):
    return SECTION_OF_FIELD.get(passage.field) or SECTION_OF_KIND.get(passage.kind, "vision")


def numbered(document):
    """(Anchor, its place in its list) of each point and item, for those that have no marker."""
    for element in document.elements:
        for points in (element.points, *(point.points for point in element.points)):
            yield from ((point.anchor, number) for number, point in enumerate(points, start=1))


def name_of(passage, number):
    """The heading of the part that begins with the passage."""
    match passage.kind:
        case "vision":
            return capfirst(field_name(passage))
        case "point":
            is_item = passage.anchor.count("-") == 2
            return (_("Item %(marker)s") if is_item else _("Point %(marker)s")) % {"marker": passage.text.id or number}
        case "term":
            return passage.heading.plain(get_language())
    return place(passage)


def level_of(passage):
    """The level of the part's heading: points stand below their element, and items below their point."""
    return 3 + passage.anchor.count("-") if passage.kind == "point" else 3
