"""The translation memory as a file, and memories of other tools as its sources."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Max
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from editorial.audit.recording import record
from editorial.models import Event, ImportedUnit
from editorial.posting import form_page
from editorial.translation.exchange.formats import MEMORY_FORMATS, read
from editorial.translation.exchange.units import Pair
from editorial.translation.file_pages import FileForm, download, form_data, takes_plan, to_apply
from editorial.translation.files import Effect, counts
from editorial.translation.memory.matching import Memory
from editorial.translation.memory.units import units
from editorial.translation.sources.plan import (
    new_pairs,
    obstacles,
    plan_for,
    rows_of,
    save,
    seal,
    unseal,
)
from vision.fields import WordsField
from vision.models import Vision
from vision.text import as_line

SHOWN = 20  # pairs of each effect
NAME_LENGTH = ImportedUnit._meta.get_field("source").max_length


class MemoryFileForm(FileForm):
    file = forms.FileField(
        label=_("translation memory"),
        help_text=_(
            "TMX (.tmx), with Indonesian (id) and English (en). "
            "Nothing is saved yet: first you see what it would add."
        ),
        widget=forms.FileInput(attrs={"accept": ".tmx,.xml"}),
    )
    source = WordsField(
        required=False,
        max_length=NAME_LENGTH,
        label=_("name of the source"),
        help_text=_("It stands beside each suggestion. Left empty, it is the name of the file."),
    )

    def read(self, name, data):
        """The pairs of the file."""
        self.file_name = name
        return read(name, data, MEMORY_FORMATS)

    @property
    def source_name(self):
        return as_line(self.cleaned_data["source"] or self.file_name)[:NAME_LENGTH]


@permission_required("vision.view_vision", raise_exception=True)
@require_safe
def memory_file(request, vision_id):
    """The memory of this period, or of all periods and sources, as TMX."""
    vision = get_object_or_404(Vision, pk=vision_id)
    is_whole = request.GET.get("period") == "all"
    found = Memory(unit for unit in units() if is_whole or unit.origin.years == vision.years)
    form = MEMORY_FORMATS["tmx"]
    data = form.write(Pair(unit.source, unit.target, str(unit.origin)) for unit in found)
    name = "visi-memori" if is_whole else f"visi-{vision.period}-memori"
    return download(form, data, name + form.extension)


@form_page("vision.view_vision")
def sources_page(request, vision_id):
    """The files of the memory, and the memories that were imported from other tools."""
    vision = get_object_or_404(Vision, pk=vision_id)
    if request.method == "POST" and not request.user.has_perm("vision.write_english"):
        raise PermissionDenied
    if "plan" in request.POST:
        return apply(request, vision)
    if "delete" in request.POST:
        return delete(request, vision, request.POST["delete"])
    form = MemoryFileForm(*form_data(request))
    if form.is_valid():
        return show_plan(request, vision, form.source_name, form.cleaned_data["file"])
    return show_page(request, vision, form)


def show_page(request, vision, form):
    sources = ImportedUnit.objects.values("source").order_by("source")
    return admin.site.page(
        request,
        "memory/sources",
        title=_("Files of the translation memory"),
        subtitle=vision,
        vision=vision,
        sources=sources.annotate(count=Count("pk"), newest=Max("at")),
        form=form,
        may_import=request.user.has_perm("vision.write_english"),
    )


def show_plan(request, vision, source, pairs):
    """The dry run: what is new in the source, and the button if anything is."""
    plan = plan_for(source, pairs)
    new = [each for each in plan if each.effect == Effect.NEW]
    refused = [each for each in plan if each.effect == Effect.REFUSED]
    errors = list(obstacles(new_pairs(plan)))
    return admin.site.page(
        request,
        "memory/plan",
        title=_("What the memory would get"),
        subtitle=vision,
        vision=vision,
        source=source,
        counts=[(effect, count) for effect, count in counts(plan) if effect != Effect.CHANGED],
        plan=[*refused[:SHOWN], *new[:SHOWN]],
        more=max(0, len(refused) - SHOWN) + max(0, len(new) - SHOWN),
        **to_apply(seal(source, plan), new and not errors, errors),
    )


@takes_plan(unseal)
def apply(request, vision, new):
    source, pairs = new
    try:
        count = import_pairs(request, source, pairs)
    except ValidationError:  # the dry run shows it
        return show_plan(request, vision, source, pairs)
    words = ngettext(
        "%(count)d translation was imported as “%(source)s”.",
        "%(count)d translations were imported as “%(source)s”.",
        count,
    )
    sentence = f"{words % {'count': count, 'source': source}} {_('The desk offers what fits.')}"
    messages.success(request, sentence)
    return HttpResponseRedirect(path_of(vision))


@transaction.atomic
def import_pairs(request, source, pairs):
    """The number of saved pairs. Raises ``ValidationError`` if the memory became too full."""
    # One import at a time: two at once would each count the memory without the other.
    Vision.objects.select_for_update().order_by("pk").first()
    if errors := list(obstacles(new_pairs(plan_for(source, pairs)))):
        raise ValidationError(errors)
    count = save(source, pairs, request.user.get_username())
    record(Event.Kind.MEMORY_IMPORTED, object=source, detail=str(count))
    return count


def path_of(vision):
    return reverse("admin:memory_sources", args=[vision.pk])


def delete(request, vision, source):
    """Ask, then delete the whole source."""
    rows = rows_of(source)
    if not (count := rows.count()):
        raise Http404
    if "confirmed" not in request.POST:
        return admin.site.page(
            request,
            "memory/delete",
            title=_("Delete an imported memory"),
            subtitle=vision,
            vision=vision,
            source=source,
            count=count,
        )
    with transaction.atomic():
        rows.delete()
        record(Event.Kind.MEMORY_DELETED, object=source, detail=str(count))
    messages.success(request, _("“%(source)s” was deleted.") % {"source": source})
    return HttpResponseRedirect(path_of(vision))
