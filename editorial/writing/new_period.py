"""The page on which the vision of the next period is begun, from nothing or from a copy."""

from dataclasses import replace
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from editions import clock
from editions.publishing import standing
from editions.working_copy import InvalidRow, PeriodTaken, add_document, read_document
from editorial.addresses import structure_path
from editorial.history.recording import recorded
from editorial.models import Revision
from editorial.receipts import answer_once, keep_receipt
from vision.models import Vision

YEARS_OF_A_PERIOD = 5
FOUR_DIGITS = _("Write each year with four digits, from 1945 on.")
BEGUN = _(
    "“%(vision)s” is now a draft that no citizen sees. Change its texts next, the legal basis too, then publish it."
)


class NewPeriodForm(forms.ModelForm):
    source = forms.ChoiceField(label=_("Begin from"), widget=forms.RadioSelect, initial="empty")

    class Meta:
        model = Vision
        fields = ["period_start", "period_end"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name in self.Meta.fields:
            # Model forms name a limit in numbers; the sentence says what to do.
            self.fields[name].error_messages |= dict.fromkeys(
                ["min_value", "max_value", "invalid"], FOUR_DIGITS
            )
        self.sources = {
            f"{source.vision.pk}": source for source in map(Source, Vision.objects.all())
        }
        self.fields["source"].choices = [
            ("empty", _("An empty form")),
            *((key, source.words) for key, source in self.sources.items()),
        ]

    def clean(self):
        self.say_that_it_is_taken()
        return super().clean()

    def taken(self):
        """The vision that has these years already, or None."""
        years = {name: self.cleaned_data.get(name) for name in self.Meta.fields}
        return Vision.objects.filter(**years).first() if all(years.values()) else None

    def say_that_it_is_taken(self):
        if vision := self.taken():
            link = format_html('<a href="{}">{}</a>', structure_path(vision), vision)
            words = gettext(
                "There is a vision for these years already: {vision}. Choose other years, or go on there."
            )
            self.add_error("period_start", format_html(words, vision=link))

    @property
    def chosen(self):
        """What is to be copied, or None where the form is to be empty."""
        return self.sources.get(self.cleaned_data["source"])

    @property
    def copied(self):
        """The document to copy into these years, or None."""
        years = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return self.chosen and replace(self.chosen.document, **years)


class Source:
    """What a copy of a vision is made of: its newest edition that stands, or else its working copy."""

    def __init__(self, vision):
        self.vision = vision
        self.edition = standing(vision.editions.summaries())

    @property
    def words(self):
        period = self.vision.years
        if self.edition:
            words = _("A copy of %(period)s, as published in edition %(number)d")
            return words % {"period": period, "number": self.edition.number}
        return _("A copy of %(period)s, as its draft stands now") % {"period": period}

    @property
    def columns(self):
        """What the history of the copy says of it."""
        period = self.vision.period
        return {"source_period": period, "source_edition": self.edition and self.edition.number}

    @property
    def document(self):
        return self.edition.document if self.edition else read_document(self.vision)


@permission_required(["vision.add_vision", "vision.write_indonesian"], raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def begin_period(request):
    """Which years, and from what."""
    return answer_once(request, lambda: begin(request))


def begin(request):
    form = (
        NewPeriodForm(request.POST)
        if request.method == "POST"
        else NewPeriodForm(initial=next_years())
    )
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
    """Plans overlap: the next begins in the last year of the latest."""
    latest = Vision.objects.order_by("period_end").last()
    start = latest.period_end if latest else clock.now().astimezone(clock.WIB).year
    return {"period_start": start, "period_end": start + YEARS_OF_A_PERIOD}


def copy(request, form):
    """The vision that is a copy of what the form names. None, with the reason in the form, where it is refused."""
    try:
        name, source = request.user.get_username(), form.chosen.columns
        with recorded(None, name, Revision.Action.COPY, **source) as save:
            vision = add_document(form.copied)
            save.vision = vision.pk
            return vision
    except (PeriodTaken, InvalidRow) as error:
        form.say_that_it_is_taken()  # by someone else, at this very moment
        if form.is_valid():
            form.add_error("source", gettext("It cannot be copied: %(reason)s") % {"reason": error})
    return None
