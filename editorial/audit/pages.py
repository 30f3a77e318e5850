"""The audit log for administrators: newest first, filtered by event, person and time."""

from datetime import timedelta

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from editions import clock
from editions.clock import in_wib
from editions.models import Edition
from editorial.audit.recording import SERVER
from editorial.base_admin import ChosenFilter, PermanentAdmin
from editorial.models import Account, Event, Revision

ROWS = {model._meta.label_lower: model for model in (Account, Edition, Revision)}
DAYS = {
    "1": _("the last 24 hours"),
    "7": _("the last 7 days"),
    "30": _("the last 30 days"),
    "365": _("the last year"),
}


class KindFilter(ChosenFilter):
    title, parameter_name = _("event"), "kind"

    def lookups(self, request, model_admin):
        return Event.Kind.choices


class ActorFilter(ChosenFilter):
    title, parameter_name = _("person"), "actor"

    def lookups(self, request, model_admin):
        events = Event.objects.exclude(actor="").order_by("actor")
        names = events.values_list("actor", flat=True).distinct()
        return [(name, actor_name(name)) for name in names]


class DaysFilter(ChosenFilter):
    title, parameter_name = _("time"), "days"

    def lookups(self, request, model_admin):
        return DAYS.items()

    def narrowed(self, queryset, value):
        return queryset.filter(at__gte=clock.now() - timedelta(days=int(value)))


class EventAdmin(PermanentAdmin):
    list_display = ["time", "person", "kind_name", "what", "detail_text", "address", "request_id"]
    list_display_links = None
    list_filter = [DaysFilter, ActorFilter, KindFilter]
    search_fields = ["actor", "object", "detail", "address", "request_id"]
    list_per_page = 50
    ordering = ["-pk"]
    fields = list_display

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("Audit log")})

    @admin.display(description=_("time"), ordering="pk")
    def time(self, event):
        return in_wib(event.at)

    @admin.display(description=_("person"), ordering="actor")
    def person(self, event):
        return actor_name(event.actor)

    @admin.display(description=_("event"), ordering="kind")
    def kind_name(self, event):
        return event.get_kind_display()

    @admin.display(description=_("object"))
    def what(self, event):
        """The row, with a link; its own history shows the texts."""
        model = ROWS.get(event.row_kind)
        if model is None:
            return event.object
        name = f"{model._meta.verbose_name} {event.object}"
        address = reverse(f"admin:{event.row_kind.replace('.', '_')}_change", args=[event.row])
        return format_html('<a href="{}">{}</a>', address, name)

    @admin.display(description=_("detail"))
    def detail_text(self, event):
        return gettext(event.detail) if event.detail else ""


def actor_name(name):
    """The name of the account, or other words if no account acted."""
    return {"": gettext("unknown"), SERVER: gettext("the server")}.get(name, name)
