"""The structure of a vision on one page: which row stands where, and buttons that move it."""

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
from missions.models import Mission
from public.releases import traces_of
from vision.models import TWO_LEVELS, Element, Point, Vision
from vision.text import plain

STEPS = {
    "up": _("Up"),
    "down": _("Down"),
    "nest": _("Make an item of the point above"),
    "unnest": _("Make a point of its own"),
}
OPPOSITE = {
    "nest": "unnest",
    "unnest": "nest",
}  # the button that afterwards stands in the place of the one pressed
MOVED = _(
    "Nothing was moved: the structure had changed since this page was shown, by another person or by a second press "
    "of the button. This is how it stands now."
)


def may_arrange(user, model):
    """Whether the person may add, move and delete rows of this model: whoever moves may do all of it."""
    own = [
        f"{model._meta.app_label}.{get_permission_codename(a, model._meta)}"
        for a in ("add", "change", "delete")
    ]
    return user.has_perms(["vision.write_indonesian", *own])


def key_of(row):
    return f"{kind_of(row)}-{row.pk}"


class Structure:
    """The rows of a vision in reading order as they stand now, each in its ``Place``, and what a person may move."""

    def __init__(self, vision, user):
        self.vision, self.path, self.promises = vision, structure_path(vision), Promises(vision.pk)
        self.may = {model: may_arrange(user, model) for model in (Element, Point, Mission)}
        points = Point.objects.filter(element__vision=vision).select_related("element", "parent")
        self.points = list(points.order_by("position"))
        self.elements = self.places(vision.elements.order_by("number"))
        self.missions = self.places(vision.missions.order_by("number"))

    def places(self, rows):
        rows = list(rows)
        return [Place(self, row, rows) for row in rows]

    def all_places(self):
        pending = [*self.elements, *self.missions]
        while pending:
            place = pending.pop(0)
            yield place
            pending[:0] = place.below

    def place_of(self, key):
        return next((place for place in self.all_places() if place.key == key), None)

    @property
    def token(self):
        """A name of this very state, which nobody can make without the portal's key."""
        state = [(place.key, getattr(place.row, "parent_id", None)) for place in self.all_places()]
        value = repr(
            (
                self.vision.pk,
                self.is_fixed,
                self.last_fixed(Element),
                self.last_fixed(Mission),
                state,
            )
        )
        return salted_hmac("editorial.structure", value, algorithm="sha256").hexdigest()

    @property
    def is_fixed(self):
        """Whether editions fix some of it."""
        return self.promises.are_made

    def last_fixed(self, model):
        """The number behind which elements or missions can be arranged; 0 for points, which all can be."""
        return 0 if model is Point else self.promises.last(model)

    @property
    def is_only_shown(self):
        """True where the person may move nothing, whatever the state of the vision."""
        return not self.may[Point]

    def add_element(self):
        return self._add(Element, self.elements, "u")

    def add_mission(self):
        return self._add(Mission, self.missions, "m")

    def _add(self, model, places, prefix):
        if not self.may[model]:
            return ""
        number = 1 + max((place.row.number for place in places), default=0)
        return self.add_path(model, f"{prefix}{number}", vision=self.vision.pk, number=number)

    def add_path(self, model, anchor, **values):
        """The address of an empty form with these values, which leads back to the anchor the new row will have."""
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
        return f"{path}?{urlencode(values | {'next': f'{self.path}#{anchor}'})}"


class Place:
    """A row where it stands: its list, what stands below it, and what may be done with it."""

    def __init__(self, structure, row, siblings):
        self.structure, self.row, self.siblings = structure, row, siblings
        self.key, self.anchor = key_of(row), anchor_of(row)
        self.below = structure.places(
            point
            for point in structure.points
            if (point.parent if point.parent_id else point.element) == row
        )

    @property
    def name(self):
        match self.row:
            case Element():
                words = f"{self.row.number}. {self.row.name_ind}"
            case Mission():
                words = f"{self.row.number}. {self.row.short_title_ind or self.row.statement_ind}"
            case Point():
                words = f"{self.row.marker} {self.row.title_ind or self.row.text_ind}"
        return Truncator(plain(words).strip(" ,;.:")).words(12, truncate=" …")

    @property
    def number(self):
        return self.siblings.index(self.row) + 1

    @property
    def above(self):
        """The row above it in its list, or None."""
        return self.siblings[self.number - 2] if self.number > 1 else None

    @property
    def is_element(self):
        return isinstance(self.row, Element)

    @property
    def is_point(self):
        return isinstance(self.row, Point)

    @property
    def is_item(self):
        return self.is_point and self.row.parent_id is not None

    @property
    def is_movable(self):
        return self.structure.may[type(self.row)] and not self.is_fixed

    @property
    def is_fixed(self):
        """Whether an edition shows it under its number."""
        return not self.is_point and self.structure.promises.holds(self.row)

    @property
    def steps(self):
        """What can be done with it on the page, by the names of the buttons."""
        if not self.is_movable:
            return []
        if self.is_item:
            return ["up", "down", "unnest"]
        can_nest = self.is_point and self.above and not self.below
        return ["up", "down", "nest"] if can_nest else ["up", "down"]

    @property
    def buttons(self):
        """(step, label, is_disabled). A disabled button stays on the page so that the focus is not
        lost.
        """
        return [
            (step, STEPS[step], self.is_at_end(step)) for step in self.steps if step not in OPPOSITE
        ]

    @property
    def rare_buttons(self):
        return [(step, STEPS[step], False) for step in self.steps if step in OPPOSITE]

    def is_at_end(self, step):
        """Whether it is the first already, or the last, of those in its list that can be moved."""
        last = self.structure.last_fixed(type(self.row))
        fixed = 0 if self.is_point else sum(row.number <= last for row in self.siblings)
        return self.number == {"up": fixed + 1, "down": len(self.siblings)}.get(step)

    @property
    def why_not(self):
        """Why a point that stands below another cannot become an item of it; "" where it can, or there is none."""
        return TWO_LEVELS if self.is_point and self.above and self.below else ""

    @property
    def form(self):
        return form_path(self.row, f"{self.structure.path}#{self.anchor}")

    @property
    def add_below(self):
        if self.is_item or isinstance(self.row, Mission) or not self.structure.may[Point]:
            return ""
        place = (
            {"element": self.row.element_id, "parent": self.row.pk}
            if self.is_point
            else {"element": self.row.pk}
        )
        return self.structure.add_path(Point, f"{self.anchor}-{self.row.last_anchor + 1}", **place)

    @property
    def delete(self):
        opts = self.row._meta
        path = reverse(f"admin:{opts.app_label}_{opts.model_name}_delete", args=[self.row.pk])
        return f"{path}?{urlencode({'next': f'{self.structure.path}#{self.list_anchor}'})}"

    @property
    def list_anchor(self):
        """The anchor of the list that the row stands in."""
        return self.anchor.rpartition("-")[0] or ("elements" if self.is_element else "missions")


@require_http_methods(["GET", "HEAD", "POST"])
def structure_page(request, vision_id):
    """The whole vision in reading order; for who may arrange it, with buttons."""
    vision = get_object_or_404(Vision, pk=vision_id)
    if not request.user.has_module_perms("vision"):
        raise PermissionDenied
    if request.method == "POST":
        return arrange(request, vision)
    key, stayed = request.GET.get("row", ""), request.GET.get("stayed", "")
    step = stayed or request.GET.get("did", "")
    if "ask" in request.GET:
        return ask(request, vision, key, request.GET["ask"])
    return show(request, vision, key, step if step in STEPS else "", stayed=bool(stayed))


def arrange(request, vision):
    """Do what the pressed button says, and lead back to that same button."""
    step = next((step for step in STEPS if step in request.POST), "")
    key = request.POST.get(step, "")
    if not may_arrange(request.user, MODELS.get(key.partition("-")[0], Point)):
        raise PermissionDenied
    try:
        with recorded(vision.pk, request.user.get_username(), Revision.Action.MOVE):
            place = place_to_move(
                Structure(vision, request.user), key, step, request.POST.get("seen", "")
            )
            if step in OPPOSITE and "confirmed" not in request.POST and last_edition_with(place):
                return HttpResponseRedirect(
                    f"{structure_path(vision)}?{urlencode({'row': key, 'ask': step})}"
                )
            stays = place.is_at_end(step)
            row = place.row if stays else move(place, step)
    except ValidationError as refusal:
        return show(request, vision, key, step, refusal=refusal.messages[0])
    outcome = {"row": key_of(row), "stayed" if stays else "did": step}
    return HttpResponseRedirect(f"{structure_path(vision)}?{urlencode(outcome)}")


def place_to_move(structure, key, step, seen):
    """Where the row stands that is to be moved. Raises ``ValidationError`` where the structure is not the one seen."""
    place = structure.place_of(key)
    if place is None or step not in place.steps or not constant_time_compare(seen, structure.token):
        raise ValidationError(MOVED)
    return place


def move(place, step):
    """Take the step; the row that it is afterwards."""
    row, steps = place.row, -1 if step == "up" else 1
    if step in OPPOSITE:
        return getattr(row, step)()
    if place.is_point:
        row.move(steps)
    else:
        row.move(steps, behind=place.structure.last_fixed(type(row)))
    return row


def last_edition_with(place):
    """The newest edition that took effect in which the passage stood at this anchor, or None if none did."""
    due = place.structure.vision.editions.filter(
        effective_at__lte=clock.read().moment, withdrawal=None
    ).summaries()
    return next((edition for edition in due if place.anchor in traces_of(edition).anchors), None)


def ask(request, vision, key, step):
    """What it means to move a point whose address was published; then the button."""
    structure = Structure(vision, request.user)
    place = structure.place_of(key)
    if place is None or step not in OPPOSITE or step not in place.steps:
        return HttpResponseRedirect(structure.path)
    return admin.site.page(
        request,
        "writing/structure_ask",
        title=STEPS[step],
        subtitle=vision,
        structure=structure,
        place=place,
        step=step,
        other=structure.place_of(key_of(place.row.parent if place.is_item else place.above)),
        edition=last_edition_with(place),
    )


def show(request, vision, key, step, *, stayed=False, refusal=""):
    """The page. Where a button was pressed, the focus returns to it, beside the sentence that says what happened."""
    structure = Structure(vision, request.user)
    moved = structure.place_of(key) if step else None
    focus = step if refusal else OPPOSITE.get(step, step)
    return admin.site.page(
        request,
        "writing/structure",
        title=_("Structure"),
        subtitle=vision,
        structure=structure,
        moved=moved if moved and focus in moved.steps else None,
        step=step,
        stayed=stayed,
        focus=focus,
        refusal=refusal,
    )
