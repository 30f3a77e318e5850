"""The pages of the translation memory: search it, and fill missing English from it."""

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from editions.blockers import blocking_errors
from editions.working_copy import read_document
from editorial.addresses import translation_path
from editorial.models import Revision
from editorial.posting import form_page
from editorial.receipts import answer_once, keep_receipt
from editorial.translation.desk import Desk
from editorial.translation.memory.matching import memory, runs
from editorial.translation.saving import named_errors, save_english
from vision.models import Vision

MOST_SHOWN = 50
LONGEST_SOUGHT = 200  # characters


@permission_required("vision.view_vision", raise_exception=True)
@require_safe
def memory_page(request, vision_id):
    """Search the memory in both languages."""
    vision = get_object_or_404(Vision, pk=vision_id)
    sought = " ".join(request.GET.get("q", "")[:LONGEST_SOUGHT].split())
    found = memory().search(sought) if sought else []
    return admin.site.page(
        request,
        "translation/memory",
        title=_("Translation memory"),
        subtitle=vision,
        vision=vision,
        sought=sought,
        longest=LONGEST_SOUGHT,
        count=len(found),
        hits=[
            (runs(unit.source, sought.split()), runs(unit.target, sought.split()), unit.origin)
            for unit in found[:MOST_SHOWN]
        ],
        more=max(0, len(found) - MOST_SHOWN),
    )


@form_page("vision.write_english")
def fill_page(request, vision_id):
    """The missing passages whose Indonesian was translated before; fills those that are chosen."""
    if request.method == "POST":
        return answer_once(request, lambda: fill(request, vision_id))
    vision = get_object_or_404(Vision, pk=vision_id)
    return admin.site.page(
        request,
        "translation/fill",
        title=_("Fill from the memory"),
        subtitle=vision,
        vision=vision,
        fillable=Desk(request.user, vision, {}).fillable,
    )


@transaction.atomic
def fill(request, vision_id):
    vision = get_object_or_404(Vision.objects.select_for_update(), pk=vision_id)
    chosen = {
        name.removeprefix("fill:"): mark
        for name, mark in request.POST.items()
        if name.startswith("fill:") and mark
    }
    texts, fills = [], {}
    for stored, suggestions in Desk(request.user, vision, {}).fillable:
        for suggestion in suggestions:
            if chosen.get(stored.passage.key) == suggestion.unit.mark:
                texts.append((stored, stored.text, suggestion.unit.target))
                fills[stored.passage.key] = suggestion.record
    author = request.user.get_username()
    outcome = save_english(author, vision, texts, Revision.Action.FILL, fills)
    path = translation_path(vision)
    if outcome.revision:
        keep_receipt(request, path, outcome.revision)
    report(request, vision, outcome, texts, left=len(chosen) - len(texts))
    return HttpResponseRedirect(path)


def report(request, vision, outcome, texts, left):
    count = len(outcome.saved)
    filled = ngettext(
        "%(count)d passage was filled from the memory and is in review.",
        "%(count)d passages were filled from the memory and are in review.",
        count,
    )
    if count:
        messages.success(request, filled % {"count": count})
        for sentence in blocking_errors(read_document(vision)):
            messages.warning(request, sentence)
    elif not left and not outcome.errors:
        messages.info(request, _("Nothing was filled: no passage was ticked."))
    if left:
        changed = ngettext(
            "%(count)d passage was not filled: it was changed meanwhile.",
            "%(count)d passages were not filled: they were changed meanwhile.",
            left,
        )
        messages.warning(request, changed % {"count": left})
    for sentence in named_errors(outcome, texts):
        messages.error(request, sentence)
