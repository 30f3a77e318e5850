"""The page that moves a row of the structure to any place."""

from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from editions.fields import MODELS
from editorial.history.recording import recorded
from editorial.models import Revision
from editorial.translation.remarks import open_remarks, path_to_remarks
from editorial.writing.structure import (
    CHANGED_MEANWHILE,
    POINTS_BELOW,
    Node,
    Structure,
    last_edition_with,
    may_arrange,
    node_as_seen,
    outcome_path,
    place_in,
)
from missions.models import Mission
from vision.models import Element, Vision

LISTS = {Element: _("Elements"), Mission: _("Missions")}
CHOOSE = _("Choose a place of the list.")


@dataclass(frozen=True)
class Place:
    """Behind a node, or at the start, of the list below ``owner``: None for a part's own list."""

    owner: Node | None
    behind: Node | None
    is_now: bool = False

    @property
    def value(self):
        return place_in(self.owner, self.behind)

    @property
    def is_of_items(self):
        return bool(self.owner and self.owner.is_point)


@dataclass(frozen=True)
class Group:
    """The places of one part, or of all parts."""

    name: str
    is_indonesian: bool
    places: list[Place]


def groups_for(node, edition):
    """The places for the node, in reading order; in its own part if an edition has its anchor."""
    if not node.is_point:
        places = [Place(None, behind, behind is place_now(node).behind) for behind in ends_of(node)]
        return [Group(LISTS[type(node.row)], False, places)]
    parts = [*node.structure.elements, *node.structure.missions]
    return [
        group_of(part, node)
        for part in parts
        if part.has_points and (edition is None or part.row == node.row.part)
    ]


def ends_of(node):
    """The siblings that a part can stand behind; None is the start."""
    fixed = [sibling for sibling in node.siblings if sibling.is_fixed]
    return [fixed[-1] if fixed else None, *others(node)]


def others(node):
    """The siblings that can move, without the node itself."""
    return [each for each in node.siblings if not each.is_fixed and each is not node]


def group_of(part, node):
    now = place_now(node).value
    places = [
        Place(owner, behind, place_in(owner, behind) == now)
        for owner, behind in places_below(part, node)
    ]
    return Group(part.name, True, places)


def places_below(part, node):
    """(Owner, node before) of each place below the part that the node can take."""
    yield part, None
    for point in part.children:
        if point is node:
            continue
        if not node.children:  # its items would be a third level
            yield point, None
            yield from ((point, item) for item in point.children if item is not node)
        yield part, point


def place_now(node):
    return Place(node.owner, node.above)


@require_http_methods(["GET", "HEAD", "POST"])
def move_page(request, vision_id, row_key):
    vision = get_object_or_404(Vision, pk=vision_id)
    kind = row_key.partition("-")[0]
    if kind not in POINTS_BELOW:
        raise Http404
    if not may_arrange(request.user, MODELS[kind]):
        raise PermissionDenied
    if request.method == "POST":
        return post(request, vision, row_key)
    return show(request, vision, row_key, request.GET.get("to", ""))


def post(request, vision, key):
    """Move the row to the chosen place, and show it there."""
    wanted = request.POST.get("to", "")
    try:
        with recorded(vision.pk, request.user.get_username(), Revision.Action.MOVE):
            structure = Structure(vision, request.user)
            node = node_as_seen(structure, key, request.POST.get("seen", ""))
            place = place_named(node, wanted)
            row = node.row if place.is_now else put(node, place)
    except ValidationError as refusal:
        return show(request, vision, key, wanted, refusal.messages[0])
    return HttpResponseRedirect(outcome_path(vision, row, "move", stays=place.is_now))


def place_named(node, value):
    """Raises ``ValidationError`` if the node cannot go there."""
    if node.is_movable:
        for group in groups_for(node, last_edition_with(node)):
            for place in group.places:
                if place.value == value:
                    return place
    raise ValidationError(CHOOSE)


def put(node, place):
    """Move it. Returns the row, which is another one in another list."""
    if node.is_point:
        return node.row.place(*(place.owner.row_and_parent), place.behind and place.behind.row)
    before = [None, *others(node)]
    now = [each for each in node.siblings if not each.is_fixed].index(node)
    wanted = before.index(place.behind) if place.behind in before else 0
    node.row.move(wanted - now, behind=node.structure.last_fixed(type(node.row)))
    return node.row


def path_to_comments(node):
    """The address of open comments on the point and its items, which a new row does not have."""
    anchors = {each.anchor for each in (node, *node.children)}
    remarks = {
        key: its
        for key, its in open_remarks(node.structure.vision).items()
        if key.rpartition(".")[0] in anchors
    }
    return path_to_remarks(node.structure.vision, remarks) if remarks else ""


def show(request, vision, key, wanted, refusal=""):
    structure = Structure(vision, request.user)
    node = structure.node_of(key)
    if node is None or not node.is_movable:
        messages.error(request, CHANGED_MEANWHILE)
        return HttpResponseRedirect(structure.path)
    edition = last_edition_with(node) if node.is_point else None
    groups = groups_for(node, edition)
    values = [place.value for group in groups for place in group.places]
    return admin.site.page(
        request,
        "writing/move",
        title=_("Move to …"),
        subtitle=vision,
        vision=vision,
        structure=structure,
        node=node,
        edition=edition,
        groups=groups,
        comments=node.is_point and path_to_comments(node),
        chosen=wanted if wanted in values else place_now(node).value,
        refusal=refusal,
    )
