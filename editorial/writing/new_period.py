"""The page that begins the vision of the next period, empty or as a copy."""

from dataclasses import replace
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from editions import clock
from editions.publishing import standing
from editions.working_copy import InvalidRow, PeriodTaken, add_document, read_document
from editorial.addresses import structure_path
from editorial.history.recording import recorded
from editorial.models import Revision
from editorial.posting import form_page, posted
from editorial.receipts import answer_once, keep_receipt
from editorial.translation.acts import record_fills_again
from editorial.translation.states import translations
from vision.models import Vision

YEARS_OF_A_PERIOD = 5
FOUR_DIGITS = _("Write each year with four digits, from 1945 on.")
BEGUN = _(
    "“%(vision)s” is now a draft that no citizen sees. "
    "Change its texts next, the legal basis too, then publish it."
)


class NewPeriodForm(forms.ModelForm):
    source = forms.ChoiceField(label=_("Begin from"), widget=forms.RadioSelect, initial="empty")

    class Meta:
        model = Vision
        fields = ["period_start", "period_end"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name in self.Meta.fields:
            self.fields[name].error_messages |= dict.fromkeys(
                ["min_value", "max_value", "invalid"], FOUR_DIGITS
            )
        self.sources = {str(vision.pk): Source(vision) for vision in Vision.objects.all()}
        self.fields["source"].choices = [
            ("empty", _("An empty form")),
            *((key, source.words) for key, source in self.sources.items()),
        ]

    def clean(self):
        self.refuse_taken_years()
        return super().clean()

    def refuse_taken_years(self):
        years = {name: self.cleaned_data.get(name) for name in self.Meta.fields}
        if vision := Vision.objects.filter(**years).first():
            link = format_html('<a href="{}">{}</a>', structure_path(vision), vision)
            words = gettext(
                "There is a vision for these years already: {vision}. "
                "Choose other years, or go on there."
            )
            self.add_error("period_start", format_html(words, vision=link))

    @property
    def chosen(self):
        """The chosen ``Source``, or None for an empty form."""
        return self.sources.get(self.cleaned_data["source"])

    @property
    def copied(self):
        """The document of the source with the new years, or None for an empty form."""
        years = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return self.chosen and replace(self.chosen.document, first_day="", last_day="", **years)


class Source:
    """The source of a copy: the vision's newest edition not withdrawn, or else its working copy."""

    def __init__(self, vision):
        self.vision = vision
        self.edition = standing(vision.editions.summaries())

    @property
    def words(self):
        period = self.vision.years
        if self.edition:
            words = _("A copy of %(period)s, as published in edition %(number)d")
            return words % {"period": period, "number": self.edition.number}
        return _("A copy of %(period)s, as its draft is now") % {"period": period}

    @property
    def columns(self):
        """The source in the columns of the copy's revision."""
        period = self.vision.period
        return {"source_period": period, "source_edition": self.edition and self.edition.number}

    @property
    def document(self):
        return self.edition.document if self.edition else read_document(self.vision)


@form_page("vision.add_vision", "vision.write_indonesian")
def begin_period(request):
    return answer_once(request, lambda: begin(request))


def begin(request):
    form = NewPeriodForm(posted(request), initial=next_years())
    if form.is_valid():
        if form.copied is None:
            years = urlencode({name: form.cleaned_data[name] for name in form.Meta.fields})
            return HttpResponseRedirect(f"{reverse('admin:vision_vision_add')}?{years}")
        with transaction.atomic():
            if vision := copy(request, form):
                messages.success(request, gettext(BEGUN) % {"vision": vision})
                keep_receipt(request, structure_path(vision), vision)
                return HttpResponseRedirect(structure_path(vision))
    return admin.site.page(
        request, "writing/new_period", title=_("Begin the next vision"), form=form
    )


def next_years():
    """Periods overlap: the next begins in the last year of the latest."""
    latest = Vision.objects.order_by("period_end").last()
    start = latest.period_end if latest else clock.now().astimezone(clock.WIB).year
    return {"period_start": start, "period_end": start + YEARS_OF_A_PERIOD}


def copy(request, form):
    """The new vision; or None, with the reason among the form's errors."""
    try:
        name, source = request.user.get_username(), form.chosen.columns
        with recorded(None, name, Revision.Action.COPY, **source) as save:
            vision = add_document(form.copied)
            save.vision = vision.pk
            copy_notes(form.chosen.vision, vision)
        record_fills_again(save.revision, vision, translations(form.chosen.document))
        return vision
    except (PeriodTaken, InvalidRow) as error:
        form.refuse_taken_years()  # another person took them meanwhile
        if form.is_valid():
            form.add_error("source", gettext("It cannot be copied: %(reason)s") % {"reason": error})
    return None


def copy_notes(source, vision):
    """Copy the translators' notes on terms, which no edition holds."""
    notes = {term.term_ind: (term.note_ind, term.note_en) for term in source.terms.all()}
    for term in vision.terms.all():
        if any(texts := notes.get(term.term_ind, ())):
            term.note_ind, term.note_en = texts
            term.save()
