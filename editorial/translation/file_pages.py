"""The pages on which translation files are fetched and brought back: first a dry run, then all of it or nothing."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from editions.publishing import blocking_errors
from editions.working_copy import read_document
from editorial.addresses import translation_path
from editorial.audit.recording import record
from editorial.models import Event, Revision
from editorial.translation.desk import Desk
from editorial.translation.exchange.formats import FORMATS, read
from editorial.translation.exchange.units import BadFile
from editorial.translation.files import (
    Fate,
    counts,
    exchange_of,
    plan_for,
    refused_keys,
    seal_plan,
    texts_of,
    unseal_plan,
)
from editorial.translation.saving import save_english
from vision.models import Vision

LARGEST_PLAN = (
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE - 10_000
)  # bytes that the page of the dry run may send back
MOVED = _(
    "Nothing was imported: meanwhile the text was changed. Look at what the file would change now."
)
SOME_REFUSED = _(
    "Nothing was imported: some of it is refused. Tick that you leave that out, or mend the file."
)
LARGEST = 5 * 1024 * 1024  # bytes of a file: twenty times the official text in the wordiest format


@permission_required("vision.view_vision", raise_exception=True)
@require_safe
def translation_file(request, vision_id, name):
    """The passages that the desk shows under these filters, as a file."""
    vision = get_object_or_404(Vision, pk=vision_id)
    if name not in FORMATS:
        raise Http404
    form, desk = FORMATS[name], Desk(request.user, vision, request.GET)
    data = form.write(exchange_of(desk, map(desk.with_terms, desk.found)))
    period = desk.copy.document.period
    record(Event.Kind.EXPORTED, object=f"visi-{period}-terjemahan{form.extension}")
    headers = {
        "Content-Disposition": f'attachment; filename="visi-{period}-terjemahan{form.extension}"'
    }
    return HttpResponse(data, content_type=form.content_type, headers=headers)


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("translation file"),
        help_text=_(
            "XLIFF (.xlf), Excel (.xlsx) or CSV, made here. Nothing is saved yet: first you see what changes."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlf,.xliff,.xlsx,.csv"}),
    )

    def __init__(self, period, *args, **options):
        super().__init__(*args, **options)
        self.period = period

    def clean_file(self):
        """What the file holds, as an ``Exchange``."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            size = {"size": filesizeformat(file.size), "most": filesizeformat(LARGEST)}
            raise ValidationError(
                _("The file has %(size)s, and at most %(most)s are read."), params=size
            )
        try:
            exchange = read(file.name, file.read())
        except BadFile as error:
            raise ValidationError(str(error)) from error
        if exchange.period != self.period:
            periods = {
                "period": exchange.period.replace("-", "–"),
                "own": self.period.replace("-", "–"),
            }
            raise ValidationError(
                _("The file is of the period %(period)s, and this is %(own)s."), params=periods
            )
        return exchange


class ApplyForm(forms.Form):
    """The button of the dry run."""

    plan = forms.CharField(widget=forms.HiddenInput)
    without_refused = forms.BooleanField(
        required=False, label=_("Leave out what is refused, and import the rest"), initial=False
    )


@permission_required("vision.write_english", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def import_translation(request, vision_id):
    if "plan" in request.POST:
        return apply(request, vision_id)
    vision = get_object_or_404(Vision, pk=vision_id)
    period = f"{vision.period_start}-{vision.period_end}"
    form = FileForm(period, *([request.POST, request.FILES] if request.method == "POST" else []))
    if form.is_valid():
        return show_plan(request, vision, form.cleaned_data["file"])
    return show_form(request, vision, form)


def show_form(request, vision, form):
    return admin.site.page(
        request,
        "translation/import",
        title=_("Import a translation file"),
        subtitle=vision,
        vision=vision,
        form=form,
    )


def show_plan(request, vision, exchange, errors=()):
    """What the file would change, row by row; the button, where there is something to do."""
    rows = plan_of(request, vision, exchange)
    plan, may_import = (
        seal_plan(exchange, rows),
        any(row.fate in (Fate.NEW, Fate.CHANGED) for row in rows),
    )
    if len(plan) > LARGEST_PLAN:
        errors = [
            *errors,
            _("The file changes more than can be imported at once. Import it in several parts."),
        ]
    return admin.site.page(
        request,
        "translation/plan",
        title=_("What the file would change"),
        subtitle=vision,
        vision=vision,
        rows=[row for row in rows if row.fate != Fate.UNCHANGED or row.reason],
        counts=counts(rows),
        has_refused=bool(refused_keys(rows)),
        lacks_marks=any(row.fate == Fate.CHANGED and not row.unit.target_mark for row in rows),
        form=ApplyForm(initial={"plan": plan})
        if may_import and len(plan) <= LARGEST_PLAN
        else None,
        errors=errors,
    )


def plan_of(request, vision, exchange):
    desk = Desk(request.user, vision, {})
    return plan_for(exchange, desk.slots, desk.copy.document)


def apply(request, vision_id):
    plan = unseal_plan(request.POST["plan"])
    if plan is None:
        messages.error(
            request,
            _("Nothing was imported: the page is older than the portal. Choose the file again."),
        )
        return HttpResponseRedirect(request.path)
    exchange, refused = plan
    try:
        with transaction.atomic():
            vision = get_object_or_404(Vision.objects.select_for_update(), pk=vision_id)
            outcome = carry_out(request, vision, exchange, refused)
    except ValidationError as refusal:
        return show_plan(
            request, get_object_or_404(Vision, pk=vision_id), exchange, refusal.messages
        )
    return imported(request, vision, outcome)


def carry_out(request, vision, exchange, refused):
    """Raises ``ValidationError``: it is all of it or nothing, unless what is refused is left out knowingly."""
    rows = plan_of(request, vision, exchange)
    if refused_keys(rows) != refused:
        raise ValidationError(MOVED)
    if refused and "without_refused" not in request.POST:
        raise ValidationError(SOME_REFUSED)
    outcome = save_english(
        request.user.get_username(), vision, texts_of(rows), Revision.Action.IMPORT
    )
    if outcome.errors:
        raise ValidationError(
            [f"{key}: {error}" for key, its in outcome.errors.items() for error in its]
        )
    return outcome


def imported(request, vision, outcome):
    count = len(outcome.saved)
    words = ngettext("%(count)d passage was imported.", "%(count)d passages were imported.", count)
    sentence = f"{words % {'count': count}} {_('Readers see it when it is published.')}"
    desk = translation_path(vision), _("To the desk of the translation")
    messages.success(request, format_html('{} <a href="{}">{}</a>', sentence, *desk))
    for sentence in blocking_errors(read_document(vision)):
        messages.warning(request, sentence)
    if outcome.revision:
        return HttpResponseRedirect(
            reverse("admin:editorial_revision_change", args=[outcome.revision.pk])
        )
    return HttpResponseRedirect(translation_path(vision))
