"""The structure of a vision on one page: its rows as a tree, with buttons that move them."""

from itertools import chain
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from editions import clock
from editions.fields import MODELS
from editions.promises import Promises
from editorial.addresses import form_path, structure_path
from editorial.history.recording import kind_of, recorded
from editorial.models import Revision
from editorial.rows import anchor_of
from missions.models import Goal, Mission
from public.releases import traces_of
from vision.models import Element, Point, Term, Vision
from vision.points import TWO_LEVELS, PointBase
from vision.text import plain

STEPS = {
    "up": _("Up"),
    "down": _("Down"),
    "nest": _("Make an item of the point above"),
    "unnest": _("Make a point of its own"),
}
OUTCOMES = {*STEPS, "move"}  # what the page can tell of; "move" has a page of its own
OPPOSITE = {"nest": "unnest", "unnest": "nest"}  # the button that replaces the pressed one
EMPTY = {
    Element: _("This element has no points. It needs none."),
    Mission: _("This mission has no points. It needs none."),
}
POINTS_BELOW = {"element": Point, "mission": Goal, "point": Point, "goal": Goal}
FIRST, LAST, BEHIND_PUBLISHED = _("first already"), _("last already"), _("above it was published")
NO_POINT_ABOVE = _("It cannot become an item: there is no point above it.")
CHANGED_MEANWHILE = _(
    "Nothing was moved: the structure had changed since this page was shown, by another person or "
    "by a second press of the button. This is how it is now."
)


def may_arrange(user, model):
    """Whether the person may add, move and delete rows of this model."""
    opts = model._meta
    names = [get_permission_codename(action, opts) for action in ("add", "change", "delete")]
    return user.has_perms(["vision.write_indonesian", *(f"{opts.app_label}.{n}" for n in names)])


def key_of(row):
    return f"{kind_of(row)}-{row.pk}"


class Structure:
    """The rows of a vision as trees of ``Node``, in reading order, with this person's steps."""

    def __init__(self, vision, user):
        self.vision, self.path, self.promises = vision, structure_path(vision), Promises(vision.pk)
        models = (Element, Point, Mission, Goal)
        self.may_arrange = {model: may_arrange(user, model) for model in models}
        lists = (model.objects.of_vision(vision).order_by("position") for model in (Point, Goal))
        self.points = list(chain(*lists))
        self.elements = self.nodes(vision.elements.order_by("number"))
        self.missions = self.nodes(vision.missions.order_by("number"))

    def nodes(self, rows):
        siblings = []
        siblings.extend(Node(self, row, siblings) for row in rows)
        return siblings

    def all_nodes(self):
        pending = [*self.elements, *self.missions]
        while pending:
            node = pending.pop(0)
            yield node
            pending[:0] = node.children

    def node_of(self, key):
        return next((node for node in self.all_nodes() if node.key == key), None)

    @property
    def token(self):
        """A keyed hash of this state of the structure."""
        rows = [(node.key, getattr(node.row, "parent_id", None)) for node in self.all_nodes()]
        last_fixed = self.last_fixed(Element), self.last_fixed(Mission)
        value = repr((self.vision.pk, self.is_fixed, *last_fixed, rows))
        return salted_hmac("editorial.structure", value, algorithm="sha256").hexdigest()

    @property
    def is_fixed(self):
        """Whether an edition fixes some numbers."""
        return self.promises.are_made

    def last_fixed(self, model):
        """The highest number that an edition fixes; 0 for points, which are never fixed."""
        return 0 if issubclass(model, PointBase) else self.promises.last(model)

    @property
    def is_only_shown(self):
        return not self.may_arrange[Point]

    def add_element(self):
        return self._add(Element, self.elements, "u")

    def add_mission(self):
        return self._add(Mission, self.missions, "m")

    def _add(self, model, nodes, prefix):
        if not self.may_arrange[model]:
            return ""
        number = 1 + max((node.row.number for node in nodes), default=0)
        return self.add_path(model, f"{prefix}{number}", vision=self.vision.pk, number=number)

    def add_path(self, model, anchor, **values):
        """The address of a new row's form with these values; it returns to the row's ``anchor``."""
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
        return f"{path}?{urlencode(values | {'next': f'{self.path}#{anchor}'})}"


class Node:
    """A row with its siblings, its children, and the steps that the person may take with it."""

    def __init__(self, structure, row, siblings):
        self.structure, self.row, self.siblings = structure, row, siblings
        self.key, self.anchor = key_of(row), anchor_of(row)
        self.children = structure.nodes(point for point in structure.points if point.owner == row)

    @property
    def name(self):
        match self.row:
            case Element():
                words = f"{self.row.number}. {self.row.name_ind}"
            case Mission():
                words = f"{self.row.number}. {self.row.short_title_ind or self.row.statement_ind}"
            case PointBase():
                words = f"{self.row.marker} {self.row.title_ind or self.row.text_ind}"
        return Truncator(plain(words).strip(" ,;.:")).words(12, truncate=" …")

    @property
    def number(self):
        return self.siblings.index(self) + 1

    @property
    def above(self):
        """The sibling above, or None."""
        return self.siblings[self.number - 2] if self.number > 1 else None

    @property
    def is_point(self):
        return isinstance(self.row, PointBase)

    @property
    def is_item(self):
        return self.is_point and self.row.parent_id is not None

    @property
    def is_movable(self):
        return self.structure.may_arrange[type(self.row)] and not self.is_fixed

    @property
    def is_fixed(self):
        """Whether an edition shows the row with its number."""
        return not self.is_point and self.structure.promises.holds(self.row)

    @property
    def steps(self):
        """The names of the buttons."""
        if not self.is_movable:
            return []
        if self.is_item:
            return ["up", "down", "unnest"]
        can_nest = self.is_point and self.above and not self.children
        return ["up", "down", "nest"] if can_nest else ["up", "down"]

    @property
    def buttons(self):
        """(step, label, why not). Disabled buttons stay on the page, to keep the focus."""
        steps = [step for step in self.steps if step not in OPPOSITE]
        return [(step, STEPS[step], self.why_not(step)) for step in steps]

    @property
    def rare_buttons(self):
        return [(step, STEPS[step], "") for step in self.steps if step in OPPOSITE]

    def why_not(self, step):
        """The reason why the row cannot move on, at an end of its movable siblings; else ""."""
        if step == "up" and self.number == 1:
            return FIRST
        if step == "up" and not self.is_point and self.above.is_fixed:
            return BEHIND_PUBLISHED
        return LAST if step == "down" and self.number == len(self.siblings) else ""

    @property
    def why_not_nest(self):
        """The reason why the point cannot become an item of the one above, or ""."""
        if not self.is_point or self.is_item:
            return ""
        if self.children:
            return TWO_LEVELS
        return "" if self.above else NO_POINT_ABOVE

    @property
    def owner(self):
        """The node above: of the point that it is an item of, of its part, or None."""
        return self.structure.node_of(key_of(self.row.owner)) if self.is_point else None

    @property
    def row_and_parent(self):
        """The part and the parent of a point below it."""
        return (self.row.part, self.row) if self.is_point else (self.row, None)

    @property
    def has_points(self):
        """Whether points can stand below it, and the person may add them."""
        return not self.is_item and self.structure.may_arrange[POINTS_BELOW[kind_of(self.row)]]

    @property
    def move_path(self):
        return reverse("admin:structure_move", args=[self.structure.vision.pk, self.key])

    @property
    def paste_path(self):
        return reverse("admin:structure_paste", args=[self.structure.vision.pk, self.key])

    @property
    def form(self):
        return form_path(self.row, f"{self.structure.path}#{self.anchor}")

    @property
    def add_below(self):
        if not self.has_points:
            return ""
        model = POINTS_BELOW[kind_of(self.row)]
        owner = {model.PART: self.row.pk}
        if self.is_point:
            owner = {model.PART: self.row.part_id, "parent": self.row.pk}
        return self.structure.add_path(model, f"{self.anchor}-{self.row.last_anchor + 1}", **owner)

    @property
    def says_empty(self):
        """The sentence of an element or a mission without points."""
        return EMPTY[type(self.row)]

    @property
    def delete(self):
        opts = self.row._meta
        path = reverse(f"admin:{opts.app_label}_{opts.model_name}_delete", args=[self.row.pk])
        return f"{path}?{urlencode({'next': f'{self.structure.path}#{self.list_anchor}'})}"

    @property
    def list_anchor(self):
        """The anchor of the list that holds the row."""
        lists = {Element: "elements", Mission: "missions"}
        return self.anchor.rpartition("-")[0] or lists[type(self.row)]


@require_http_methods(["GET", "HEAD", "POST"])
def structure_page(request, vision_id):
    """The vision in reading order, with buttons for people who may arrange it."""
    vision = get_object_or_404(Vision, pk=vision_id)
    if not request.user.has_module_perms("vision"):
        raise PermissionDenied
    if request.method == "POST":
        return arrange(request, vision)
    key, stayed = request.GET.get("row", ""), request.GET.get("stayed", "")
    step = stayed or request.GET.get("did", "")
    return show(request, vision, key, step if step in OUTCOMES else "", stayed=bool(stayed))


def arrange(request, vision):
    """Take the step of the pressed button, and redirect to the same button."""
    step = next((step for step in STEPS if step in request.POST), "")
    key = request.POST.get(step, "")
    if not may_arrange(request.user, MODELS.get(key.partition("-")[0], Point)):
        raise PermissionDenied
    try:
        with recorded(vision.pk, request.user.get_username(), Revision.Action.MOVE):
            structure = Structure(vision, request.user)
            node = node_as_seen(structure, key, request.POST.get("seen", ""))
            if step not in node.steps:
                raise ValidationError(CHANGED_MEANWHILE)
            if step in OPPOSITE and last_edition_with(node):
                question = urlencode({"to": place_after(node, step)})
                return HttpResponseRedirect(f"{node.move_path}?{question}")
            stays = bool(node.why_not(step))
            row = node.row if stays else move(node, step)
    except ValidationError as refusal:
        return show(request, vision, key, step, refusal=refusal.messages[0])
    return HttpResponseRedirect(outcome_path(vision, row, step, stays=stays))


def outcome_path(vision, row, step, *, stays):
    """The address of the page that tells of the step."""
    outcome = {"row": key_of(row), "stayed" if stays else "did": step}
    return f"{structure_path(vision)}?{urlencode(outcome)}"


def node_as_seen(structure, key, seen):
    """Raises ``ValidationError`` if the structure is not the one whose token is ``seen``."""
    node = structure.node_of(key)
    if node is None or not constant_time_compare(seen, structure.token):
        raise ValidationError(CHANGED_MEANWHILE)
    return node


def place_in(owner, behind):
    """The name of a place: behind a node, or at the start, of the list below ``owner``."""
    return f"{owner.key if owner else ''}.{behind.key if behind else ''}"


def place_after(node, step):
    """The place that the step leads to: the page where it is moved asks before it moves."""
    if step == "nest":
        return place_in(node.above, next(reversed(node.above.children), None))
    return place_in(node.owner.owner, node.owner)


def move(node, step):
    """Take the step. Returns the row, which ``nest`` and ``unnest`` replace by another."""
    row, steps = node.row, -1 if step == "up" else 1
    if step in OPPOSITE:
        return getattr(row, step)()
    if node.is_point:
        row.move(steps)
    else:
        row.move(steps, behind=node.structure.last_fixed(type(row)))
    return row


def last_edition_with(node):
    """The newest effective edition that has a passage with the row's anchor, or None."""
    due = node.structure.vision.editions.filter(
        effective_at__lte=clock.read().moment, withdrawal=None
    ).summaries()
    return next((edition for edition in due if node.anchor in traces_of(edition).anchors), None)


def show(request, vision, key, step, *, stayed=False, refusal=""):
    """The page. After a step, the focus returns to its button, beside the result in words."""
    structure = Structure(vision, request.user)
    moved = structure.node_of(key) if step else None
    focus = step if refusal else OPPOSITE.get(step, step)
    return admin.site.page(
        request,
        "writing/structure",
        title=_("Structure"),
        subtitle=vision,
        vision=vision,
        structure=structure,
        moved=moved if moved and focus in [*moved.steps, "move"] else None,
        step=step,
        stayed=stayed,
        focus=focus,
        refusal=refusal,
        lacks_terms=request.user.has_perm("vision.add_term") and lacks_terms(vision),
    )


def lacks_terms(vision):
    """Whether only other periods have a glossary."""
    return Term.objects.exists() and not vision.terms.exists()
