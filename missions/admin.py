from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from editions.fields import columns_by_text
from editorial.writing.forms import NumberedAdmin
from editorial.writing.points import PointAdmin
from missions.models import Goal, Mission


@admin.register(Mission)
class MissionAdmin(NumberedAdmin):
    list_display = ["__str__", "vision"]
    list_filter = ["vision"]
    list_select_related = ["vision"]
    ordering = ["-vision__period_start", "number"]
    fieldsets = [
        (None, {"fields": [("vision", "number")]}),
        (_("Texts"), {"fields": columns_by_text("mission")}),
    ]


admin.site.register(Goal, PointAdmin)
