"""What the list of revisions can be narrowed to: a period, a person, a language, an element."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from editorial.models import Revision, Version


class RevisionFilter(admin.SimpleListFilter):
    """A filter whose choices are read from the history itself."""

    column = ""

    def lookups(self, request, model_admin):
        values = Revision.objects.order_by(self.column).values_list(self.column, flat=True).distinct()
        return [(value, self.name(value)) for value in values]

    def name(self, value):
        return value

    def queryset(self, request, queryset):
        return queryset.filter(**{self.column: self.value()}) if self.value() in self.known() else queryset

    def known(self):
        return [str(value) for value, _name in self.lookup_choices]


class PeriodFilter(RevisionFilter):
    title, parameter_name, column = _("period"), "period", "period"

    def name(self, value):
        return value.replace("-", "–")


class AuthorFilter(RevisionFilter):
    title, parameter_name, column = _("person"), "author", "author"


class LanguageFilter(admin.SimpleListFilter):
    title, parameter_name = _("language"), "language"

    def lookups(self, request, model_admin):
        return [("id", _("Indonesian")), ("en", _("English"))]

    def queryset(self, request, queryset):
        if self.value() not in ("id", "en"):
            return queryset
        return queryset.filter(versions__in=Version.objects.filter(**{f"touches_{self.value()}": True})).distinct()


class ElementFilter(admin.SimpleListFilter):
    title, parameter_name = _("element"), "element"

    def lookups(self, request, model_admin):
        versions = Version.objects.filter(kind__in=["element", "point"]).order_by("anchor")
        anchors = versions.values_list("anchor", flat=True).distinct()
        numbers = {int(anchor[1:].partition("-")[0]) for anchor in anchors}
        return [(f"u{number}", _("Element %(number)d") % {"number": number}) for number in sorted(numbers)]

    def queryset(self, request, queryset):
        if self.value() not in [anchor for anchor, _name in self.lookup_choices]:
            return queryset
        below = Q(anchor=self.value()) | Q(anchor__startswith=f"{self.value()}-")
        of_element = Version.objects.filter(below, kind__in=["element", "point"])
        return queryset.filter(versions__in=of_element).distinct()
