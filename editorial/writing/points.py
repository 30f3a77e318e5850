"""The list and form of points, for every table of them."""

import re

from django.contrib import admin
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from editions.fields import columns_by_text
from editorial.writing.forms import TextAdmin


class PointAdmin(TextAdmin):
    def __init__(self, model, admin_site):
        super().__init__(model, admin_site)
        part = model.PART
        self.owner_fields = (part, "parent")
        self.list_display = ["words", part]
        self.list_filter = [part]
        self.list_select_related = [f"{part}__vision", "parent"]
        # As they are read: each point, then its items.
        self.ordering = [
            f"-{part}__vision__period_start",
            f"{part}__number",
            Coalesce("parent__position", "position"),
            F("parent").asc(nulls_first=True),
            "position",
        ]
        self.fieldsets = [
            (None, {"fields": [self.owner_fields]}),
            (_("Texts"), {"fields": columns_by_text(model._meta.model_name)}),
        ]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "parent":
            field.queryset = points_of(self.model, request.GET.get(self.model.PART, ""))
            field.label_from_instance = lambda point: f"{point.part.number} › {point}"
        return field

    def place_of_next(self, row):
        return {self.model.PART: row.part_id, "parent": row.parent_id or ""}

    @admin.display(description=_("point"))
    def words(self, point):
        return f"– {point}" if point.parent_id else str(point)


def points_of(model, part):
    """The points that can have items: those of the part, or of all without a part."""
    points = model.objects.filter(parent=None).select_related(model.PART)
    points = points.filter(**{model.PART: part}) if re.fullmatch("[0-9]{1,9}", part) else points
    return points.order_by(f"{model.PART}__vision", f"{model.PART}__number", "position")
