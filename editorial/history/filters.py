"""The filters of the list of revisions."""

import json

from django.db.models import Q, TextField
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from editorial.base_admin import ChosenFilter
from editorial.models import Act, Revision, Version
from vision.text import years_of

PART_NAMES = {
    "v": _("The vision itself"),
    "u": _("Element %(number)s"),
    "m": _("Mission %(number)s"),
    "t": _("Glossary"),
}
PARTS = [*PART_NAMES]
NUMBERED = "um"


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


class PlaceFilter(ChosenFilter):
    """The vision itself, one element or mission with its points, or the glossary."""

    title, parameter_name = _("place"), "place"

    def lookups(self, request, model_admin):
        anchors = Version.objects.order_by("anchor").values_list("anchor", flat=True).distinct()
        parts = {part_of(anchor) for anchor in anchors}
        return [(part, name_of(part)) for part in sorted(parts, key=in_reading_order)]

    def narrowed(self, queryset, value):
        is_here = Q(anchor=value) | Q(anchor__startswith=f"{value}-")
        return at_places(queryset, is_here)


def part_of(anchor):
    """The part of the text that holds the anchor, such as "u3", "m1", "v" or "t"."""
    letter = anchor[:1]
    return anchor.partition("-")[0] if letter in NUMBERED else letter


def in_reading_order(part):
    return PARTS.index(part[0]), int(part[1:] or 0)


def name_of(part):
    return PART_NAMES[part[0]] % {"number": part[1:]}


def at_places(revisions, is_here):
    """The revisions with a version or an act whose anchor the condition holds for."""
    found = [model.objects.filter(is_here).values("revision") for model in (Version, Act)]
    return revisions.filter(Q(pk__in=found[0]) | Q(pk__in=found[1]))


def holding(revisions, words):
    """The revisions by this person, at the place with this anchor, or with the words in a text."""
    in_act = Q(anchor=words)
    for column in ("source", "target", "words"):
        in_act |= Q(**{f"{column}__icontains": words})
    return revisions.filter(
        Q(author__iexact=words)
        | Q(pk__in=Version.objects.filter(anchor=words).values("revision"))
        | Q(pk__in=_with_texts_that_hold(words))
        | Q(pk__in=Act.objects.filter(in_act).values("revision"))
    )


def _with_texts_that_hold(words):
    """The keys of the revisions that changed a row with such a text.

    The database looks for the words in the JSON, where names of columns stand too, and writes a
    letter outside ASCII as it is or as its number. So the texts are read here once more.
    """
    as_number = json.dumps(words)[1:-1]
    versions = Version.objects.annotate(
        texts=Concat(Cast("before", TextField()), Cast("after", TextField()))
    )
    versions = versions.filter(Q(texts__icontains=words) | Q(texts__icontains=as_number))
    wanted = words.casefold()
    return {
        revision
        for revision, *states in versions.values_list("revision", "before", "after").iterator()
        for state in filter(None, states)
        if any(isinstance(text, str) and wanted in text.casefold() for text in state.values())
    }
