from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from vision.models import Element, Point

STEPS = {"up": -1, "down": 1}


@permission_required("vision.change_point", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def order_points(request, element_id):
    """The points of one element as a nested list, each with a button up and a button down."""
    element = get_object_or_404(Element.objects.select_related("vision"), pk=element_id)
    if request.method == "POST":
        return move(request, element)
    points = list(element.points.order_by("position"))
    moved = next((point for point in points if str(point.pk) == request.GET.get("point")), None)
    return admin.site.page(
        request,
        "order",
        title=_("Order the points"),
        subtitle=element,
        element=element,
        points=[
            (point, [item for item in points if item.parent_id == point.pk])
            for point in points
            if point.parent_id is None
        ],
        moved=moved,
        direction=request.GET.get("direction"),
        status=place_of(moved, points) if moved else "",
    )


def move(request, element):
    """Move the point whose button was pressed, and lead back to that same button."""
    here = reverse("admin:vision_element_points", args=[element.pk])
    direction = next((name for name in STEPS if name in request.POST), None)
    key = request.POST.get(direction, "")
    point = next((point for point in element.points.all() if str(point.pk) == key), None)
    if point is None:
        return HttpResponseRedirect(here)
    point.move(STEPS[direction])
    model_admin = admin.site.get_model_admin(Point)
    model_admin.log_change(request, point, [{"changed": {"fields": ["position"]}}])
    return HttpResponseRedirect(f"{here}?point={point.pk}&direction={direction}")


def place_of(moved, points):
    siblings = [point.pk for point in points if point.parent_id == moved.parent_id]
    return _("“%(point)s” is now in place %(place)d of %(count)d.") % {
        "point": moved,
        "place": siblings.index(moved.pk) + 1,
        "count": len(siblings),
    }
