"""The pages that export translation files and import them: first a dry run, then all or nothing."""

from functools import wraps

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from editions.publishing import blocking_errors
from editions.working_copy import read_document
from editorial.addresses import translation_path
from editorial.audit.recording import record
from editorial.models import Event, Revision
from editorial.posting import form_page
from editorial.translation.desk import Desk
from editorial.translation.exchange.formats import FORMATS, read
from editorial.translation.exchange.units import BadFile
from editorial.translation.files import (
    Effect,
    counts,
    exchange_of,
    plan_for,
    refused_keys,
    seal_plan,
    texts_of,
    unseal_plan,
)
from editorial.translation.saving import named_errors, save_english
from vision.models import Vision
from vision.text import years_of

# In bytes. The page of the dry run sends the plan back.
LARGEST_PLAN = settings.DATA_UPLOAD_MAX_MEMORY_SIZE - 10_000
LARGEST = 5 * 1024 * 1024  # bytes of a file: twenty times the official text in the wordiest format
MOVED = _(
    "Nothing was imported: meanwhile the text was changed. Look at what the file would change now."
)
OF_ANOTHER_RELEASE = _(
    "Nothing was imported: the portal was updated after this page was opened. Choose the file "
    "again."
)
TOO_LONG = _("The file changes more than can be imported at once. Import it in several parts.")
SOME_REFUSED = _(
    "Nothing was imported: some of it is refused. Tick to leave that out, or fix the file."
)


@permission_required("vision.view_vision", raise_exception=True)
@require_safe
def translation_file(request, vision_id, name):
    """The passages that the filters of the desk find, as a file."""
    vision = get_object_or_404(Vision, pk=vision_id)
    if name not in FORMATS:
        raise Http404
    form, desk = FORMATS[name], Desk(request.user, vision, request.GET)
    try:
        data = form.write(exchange_of(desk))
    except BadFile as error:
        messages.error(request, error)
        return HttpResponseRedirect(translation_path(vision, **desk.filters))
    return download(form, data, f"visi-{desk.copy.document.period}-terjemahan{form.extension}")


def download(form, data, file_name):
    """The file in this format, recorded in the audit log."""
    record(Event.Kind.EXPORTED, object=file_name)
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return HttpResponse(data, content_type=form.content_type, headers=headers)


class FileForm(forms.Form):
    """A file that is read, and refused with a sentence. Subclasses say how in ``read``."""

    file = forms.FileField()

    def clean_file(self):
        """What the file holds."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            sizes = {"size": filesizeformat(file.size), "most": filesizeformat(LARGEST)}
            raise ValidationError(
                _("The file has %(size)s, and at most %(most)s are read."), params=sizes
            )
        try:
            return self.read(file.name, file.read())
        except BadFile as error:
            raise ValidationError(str(error)) from error


class TranslationFileForm(FileForm):
    file = forms.FileField(
        label=_("translation file"),
        help_text=_(
            "XLIFF (.xlf), Excel (.xlsx) or CSV, made here. "
            "Nothing is saved yet: first you see what changes."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlf,.xliff,.xlsx,.csv"}),
    )

    def __init__(self, period, *args, **options):
        super().__init__(*args, **options)
        self.period = period

    def read(self, name, data):
        """The file as an ``Exchange``."""
        exchange = read(name, data)
        if exchange.period != self.period:
            periods = {
                "period": years_of(exchange.period),
                "own": years_of(self.period),
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


def to_apply(sealed, may_apply, errors):
    """The form and the errors of a dry run. A plan that is too long has no form."""
    if len(sealed) > LARGEST_PLAN:
        return {"form": None, "errors": [*errors, TOO_LONG]}
    return {"form": ApplyForm(initial={"plan": sealed}) if may_apply else None, "errors": errors}


def takes_plan(unseal):
    """Pass the plan that the form of the dry run sent as the last argument of the view.

    ``unseal`` reads it, and raises an error if this release did not seal it.
    """

    def decorate(apply):
        @wraps(apply)
        def view(request, *arguments):
            try:
                plan = unseal(request.POST["plan"])
            except (signing.BadSignature, TypeError, ValueError):
                messages.error(request, OF_ANOTHER_RELEASE)
                return HttpResponseRedirect(request.path)
            return apply(request, *arguments, plan)

        return view

    return decorate


def form_data(request):
    """What a form with a file takes, if one was sent."""
    return [request.POST, request.FILES] if request.method == "POST" else []


@form_page("vision.write_english")
def import_translation(request, vision_id):
    if "plan" in request.POST:
        return apply(request, vision_id)
    vision = get_object_or_404(Vision, pk=vision_id)
    period = vision.period
    form = TranslationFileForm(period, *form_data(request))
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
    """The dry run: the effect on each passage, and the button if there is anything to import."""
    plan = plan_of(request, vision, exchange)
    return admin.site.page(
        request,
        "translation/plan",
        title=_("What the file would change"),
        subtitle=vision,
        vision=vision,
        plan=[each for each in plan if each.effect != Effect.UNCHANGED or each.reason],
        counts=counts(plan),
        has_refused=bool(refused_keys(plan)),
        lacks_marks=any(
            each.effect == Effect.CHANGED and not each.unit.target_mark for each in plan
        ),
        **to_apply(seal_plan(exchange, plan), any(each.effect.is_import for each in plan), errors),
    )


def plan_of(request, vision, exchange):
    desk = Desk(request.user, vision, {})
    return plan_for(exchange, desk.stored, desk.copy.document)


@takes_plan(unseal_plan)
def apply(request, vision_id, plan):
    exchange, refused = plan
    try:
        with transaction.atomic():
            vision = get_object_or_404(Vision.objects.select_for_update(), pk=vision_id)
            outcome = import_exchange(request, vision, exchange, refused)
    except ValidationError as error:
        vision = get_object_or_404(Vision, pk=vision_id)
        return show_plan(request, vision, exchange, error.messages)
    return imported(request, vision, outcome)


def import_exchange(request, vision, exchange, refused):
    """Import everything, without the refused passages if the form says so.

    Raises ``ValidationError`` for any other obstacle.
    """
    plan = plan_of(request, vision, exchange)
    if refused_keys(plan) != refused:
        raise ValidationError(MOVED)
    if refused and "without_refused" not in request.POST:
        raise ValidationError(SOME_REFUSED)
    author, texts = request.user.get_username(), texts_of(plan)
    outcome = save_english(author, vision, texts, Revision.Action.IMPORT)
    if outcome.errors:
        raise ValidationError(named_errors(outcome, texts))
    return outcome


def imported(request, vision, outcome):
    if not outcome.saved:
        messages.success(request, _("This was done already: the text is as the file has it."))
        return HttpResponseRedirect(translation_path(vision))
    count = len(outcome.saved)
    words = ngettext("%(count)d passage was imported.", "%(count)d passages were imported.", count)
    sentence = f"{words % {'count': count}} {_('Readers see it when it is published.')}"
    desk = translation_path(vision), _("To the translation desk")
    messages.success(request, format_html('{} <a href="{}">{}</a>', sentence, *desk))
    for sentence in blocking_errors(read_document(vision)):
        messages.warning(request, sentence)
    if outcome.revision:
        path = reverse("admin:editorial_revision_change", args=[outcome.revision.pk])
        return HttpResponseRedirect(path)
    return HttpResponseRedirect(translation_path(vision))
