from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.utils.translation import gettext_lazy as _

from editions.clock import in_wib
from editorial.audit.pages import DaysFilter
from editorial.base_admin import PermanentAdmin
from editorial.history.filters import (
    AuthorFilter,
    LanguageFilter,
    PeriodFilter,
    PlaceFilter,
    holding,
)
from editorial.history.pages import languages_of, revision_page, summary_of
from vision.text import years_of


class RevisionAdmin(PermanentAdmin):
    list_display = ["time", "what", "author", "languages", "period_name"]
    list_display_links = ["time"]
    list_filter = [DaysFilter, PlaceFilter, AuthorFilter, LanguageFilter, PeriodFilter]
    date_hierarchy = "at"
    search_fields = ["author"]  # and what ``get_search_results`` finds
    list_per_page = 50
    ordering = ["-pk"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("versions", "acts")

    def get_search_results(self, request, queryset, search_term):
        words = search_term.strip()
        return holding(queryset, words) if words else queryset, False

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": _("History")})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return revision_page(request, self, self.get_object(request, unquote(object_id)), object_id)

    def history_view(self, request, object_id, extra_context=None):
        return self.change_view(request, object_id)

    @admin.display(description=_("time"), ordering="pk")
    def time(self, revision):
        return in_wib(revision.at)

    @admin.display(description=_("period"), ordering="period")
    def period_name(self, revision):
        return years_of(revision.period)

    @admin.display(description=_("what"))
    def what(self, revision):
        return summary_of(revision)

    @admin.display(description=_("languages"))
    def languages(self, revision):
        return languages_of(revision)
