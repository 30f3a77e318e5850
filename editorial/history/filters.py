"""The filters of the list of revisions."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from editorial.base_admin import ChosenFilter
from editorial.models import Revision, Version
from vision.text import years_of


class RevisionFilter(ChosenFilter):
    """A filter whose choices are the values that the revisions have."""

    def lookups(self, request, model_admin):
        name = self.parameter_name
        values = Revision.objects.order_by(name).values_list(name, flat=True).distinct()
        return [(value, self.name(value)) for value in values]

    def name(self, value):
        return value


class PeriodFilter(RevisionFilter):
    title, parameter_name = _("period"), "period"

    def name(self, value):
        return years_of(value)


class AuthorFilter(RevisionFilter):
    title, parameter_name = _("person"), "author"


class LanguageFilter(ChosenFilter):
    title, parameter_name = _("language"), "language"

    def lookups(self, request, model_admin):
        return [("id", _("Indonesian")), ("en", _("English"))]

    def narrowed(self, queryset, value):
        touching = Version.objects.filter(**{f"touches_{value}": True})
        return queryset.filter(versions__in=touching).distinct()


class ElementFilter(ChosenFilter):
    title, parameter_name = _("element"), "element"

    def lookups(self, request, model_admin):
        versions = Version.objects.filter(kind__in=["element", "point"]).order_by("anchor")
        anchors = versions.values_list("anchor", flat=True).distinct()
        numbers = {int(anchor[1:].partition("-")[0]) for anchor in anchors}
        name = _("Element %(number)d")
        return [(f"u{number}", name % {"number": number}) for number in sorted(numbers)]

    def narrowed(self, queryset, value):
        below = Q(anchor=value) | Q(anchor__startswith=f"{value}-")
        of_element = Version.objects.filter(below, kind__in=["element", "point"])
        return queryset.filter(versions__in=of_element).distinct()
