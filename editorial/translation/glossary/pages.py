"""The glossary of a period: as a file, from a file, and from another period."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from editorial.history.recording import recorded
from editorial.models import Revision
from editorial.posting import form_page
from editorial.translation.acts import record_translations
from editorial.translation.exchange.formats import GLOSSARY_FORMATS, read
from editorial.translation.file_pages import (
    MOVED,
    SOME_REFUSED,
    FileForm,
    download,
    form_data,
    takes_plan,
    to_apply,
)
from editorial.translation.files import Effect, counts
from editorial.translation.glossary.plan import (
    MOST_TERMS,
    mark_of,
    plan_for,
    seal,
    terms_of,
    unseal,
)
from vision.models import Vision


class GlossaryFileForm(FileForm):
    file = forms.FileField(
        label=_("glossary file"),
        help_text=_(
            "TBX (.tbx) or CSV, with the columns that the glossary has as CSV. "
            "Nothing is saved yet: first you see what changes."
        ),
        widget=forms.FileInput(attrs={"accept": ".tbx,.xml,.csv"}),
    )

    def read(self, name, data):
        """The file as terms."""
        terms = read(name, data, GLOSSARY_FORMATS)
        if len(terms) > MOST_TERMS:
            numbers = {"count": len(terms), "most": MOST_TERMS}
            sentence = _("The file holds %(count)d terms, and at most %(most)d are read.")
            raise ValidationError(sentence, params=numbers)
        return terms


class PeriodField(forms.ModelChoiceField):
    def label_from_instance(self, vision):
        return f"{vision.years} ({vision.term_count})"


class OtherForm(forms.Form):
    other = PeriodField(Vision.objects.none(), label=_("from the period"), empty_label=None)

    def __init__(self, vision, *args, **options):
        super().__init__(*args, **options)
        counted = Vision.objects.exclude(pk=vision.pk).annotate(term_count=Count("terms"))
        with_terms = counted.filter(term_count__gt=0).order_by("-period_start")
        self.fields["other"].queryset = with_terms


@permission_required("vision.view_vision", raise_exception=True)
@require_safe
def glossary_file(request, vision_id, name):
    vision = get_object_or_404(Vision, pk=vision_id)
    if name not in GLOSSARY_FORMATS:
        raise Http404
    form = GLOSSARY_FORMATS[name]
    data = form.write(terms_of(vision))
    return download(form, data, f"visi-{vision.period}-istilah{form.extension}")


@form_page("vision.add_term")
def glossary_page(request, vision_id):
    vision = get_object_or_404(Vision, pk=vision_id)
    if "plan" in request.POST:
        return apply(request, vision)
    if "other" in request.POST:
        return copy(request, vision)
    form = GlossaryFileForm(*form_data(request))
    if request.method == "POST":
        refuse_without_english(request)
    if form.is_valid():
        return show_plan(request, vision, form.cleaned_data["file"])
    return show_page(request, vision, form, OtherForm(vision))


def copy(request, vision):
    form = OtherForm(vision, request.POST)
    if form.is_valid():
        other = form.cleaned_data["other"]
        return show_plan(request, vision, terms_of(other), other.period)
    return show_page(request, vision, GlossaryFileForm(), form)


def refuse_without_english(request):
    """A file may change the English of terms; another period only adds what it has."""
    if not request.user.has_perm("vision.write_english"):
        raise PermissionDenied


def show_page(request, vision, form, other_form):
    return admin.site.page(
        request,
        "glossary/glossary",
        title=_("Glossary"),
        subtitle=vision,
        vision=vision,
        count=vision.terms.count(),
        formats=GLOSSARY_FORMATS,
        other_form=other_form,
        form=form,
        may_import=request.user.has_perm("vision.write_english"),
    )


def show_plan(request, vision, terms, period="", errors=()):
    """The dry run: the effect on each term, and the button if there is anything to save."""
    plan = plan_for(vision, terms, only_new=bool(period))
    return admin.site.page(
        request,
        "glossary/plan",
        title=_("What the glossary would get"),
        subtitle=vision,
        vision=vision,
        plan=[each for each in plan if each.effect != Effect.UNCHANGED or each.reason],
        counts=counts(plan),
        has_refused=has_refused(plan),
        **to_apply(seal(plan, period=period), any(each.effect.is_import for each in plan), errors),
    )


def has_refused(plan):
    return any(each.effect == Effect.REFUSED for each in plan)


@takes_plan(unseal)
def apply(request, vision, sealed):
    if not sealed.period:
        refuse_without_english(request)
    try:
        count = save(request, vision, sealed)
    except ValidationError as error:
        return show_plan(request, vision, sealed.terms, sealed.period, error.messages)
    words = ngettext("%(count)d term was saved.", "%(count)d terms were saved.", count)
    sentence = f"{words % {'count': count}} {_('Readers see it when it is published.')}"
    messages.success(request, sentence)
    return HttpResponseRedirect(reverse("admin:glossary", args=[vision.pk]))


@transaction.atomic
def save(request, vision, sealed):
    """Save the plan as one revision, and return the number of terms. All or nothing."""
    author, action, source = request.user.get_username(), Revision.Action.IMPORT, {}
    if sealed.period:
        action, source = Revision.Action.COPY, {"source_period": sealed.period}
    with recorded(vision.pk, author, action, savepoint=False, **source) as saving:
        plan = plan_for(vision, sealed.terms, only_new=bool(sealed.period))
        if mark_of(plan) != sealed.mark:
            raise ValidationError(MOVED)
        if has_refused(plan) and "without_refused" not in request.POST:
            raise ValidationError(SOME_REFUSED)
        rows = [planned.row for planned in plan if planned.effect.is_import]
        for row in rows:
            row.save()
    if not sealed.period:  # English that was copied is as right as it was there
        record_translations(saving.revision, {})
    return len(rows)
