"""The pages on which editions are made and withdrawn. What they may do is decided in ``editions.publishing``."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from editions import clock
from editions.difference import difference
from editions.document import Text
from editions.models import Edition, in_force, scheduled
from editions.publishing import Refused, blocking_errors, go_back, publish, review, withdraw
from editions.working_copy import InvalidRow, read_document
from editorial.places import form_path, rows_of
from editorial.preview import preview_pages
from vision.models import Vision
from vision.text import validate_characters

NOTE_LENGTH = 2000


def publishers_only(view):
    view = require_http_methods(["GET", "HEAD", "POST"])(view)
    return permission_required("editions.publish_edition", raise_exception=True)(view)


def in_wib(moment):
    return date_format(localtime(moment, clock.WIB), "DATETIME_FORMAT")


class LanguageField(forms.CharField):
    """A text that readers see, in one of the two languages."""

    def __init__(self, language, **options):
        attrs = {"lang": language, "spellcheck": "true", "rows": 4}
        super().__init__(
            max_length=NOTE_LENGTH, widget=forms.Textarea(attrs), validators=[validate_characters], **options
        )
        self.widget.attrs.pop("maxlength")  # a browser would cut a longer text without a word


class NoteForm(forms.Form):
    note_ind = LanguageField("id", label=_("change note – Indonesian"))
    note_en = LanguageField("en", label=_("change note – English"))

    @property
    def note(self):
        return Text(self.cleaned_data["note_ind"], self.cleaned_data["note_en"])


class PublishForm(NoteForm):
    when = forms.ChoiceField(
        label=_("When it takes effect"),
        choices=[("now", _("Now")), ("later", _("At a time to come"))],
        initial="now",
        widget=forms.RadioSelect,
    )
    at = forms.DateTimeField(
        label=_("Date and time, in WIB (UTC+7)"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    accept_missing_english = forms.BooleanField(
        label=_("I know that some English is missing: readers will see the Indonesian text there."),
        error_messages={"required": _("Tick that you know what is missing in English, or add it first.")},
    )

    def __init__(self, *args, missing_english, **options):
        super().__init__(*args, **options)
        if not missing_english:
            del self.fields["accept_missing_english"]

    def clean_at(self):
        if self.cleaned_data.get("when") != "later":
            return None
        at = self.cleaned_data["at"]
        if at is None:
            raise ValidationError(_("Give the date and time, or choose “Now”."))
        if at <= clock.now():
            raise ValidationError(_("This time has passed. Give a time to come, or choose “Now”."))
        return at


class GoBackForm(NoteForm):
    reset_working_copy = forms.BooleanField(
        label=_("Also make the working copy equal to this edition"),
        required=False,
        help_text=_("What was changed there and not published is lost."),
    )
    confirm = forms.BooleanField(label=_("Yes, publish this edition’s text again"))


class WithdrawForm(forms.Form):
    reason_ind = LanguageField("id", label=_("reason – Indonesian"))
    reason_en = LanguageField("en", label=_("reason – English"))
    confirm = forms.BooleanField(label=_("Yes, withdraw this edition for ever"))

    @property
    def reason(self):
        return Text(self.cleaned_data["reason_ind"], self.cleaned_data["reason_en"])


@publishers_only
def publish_page(request, vision_id):
    """What differs, what is missing, what it will look like; then the note and the button."""
    vision = get_object_or_404(Vision, pk=vision_id)
    form = PublishForm(posted(request), missing_english=read_document(vision).missing_english())

    def attempt(seen):
        return publish(
            vision,
            note=form.note,
            publisher=request.user.get_username(),
            effective_at=form.cleaned_data["at"],
            seen=seen,
            accept_missing_english=form.cleaned_data.get("accept_missing_english", False),
        )

    edition = succeeded(request, form, lambda: review(vision), attempt)
    if edition:
        return published(request, edition)
    reviewed, editions, now = review(vision), editions_of(vision), clock.now()
    current, rows = standing(editions), rows_of(vision)
    changes = difference(current and current.document, reviewed.document)
    errors = blocking_errors(reviewed.document)
    waiting = scheduled(editions, now)
    return admin.site.page(
        request,
        "publish",
        title=gettext("Publish"),
        subtitle=vision,
        vision=vision,
        current=current,
        waiting=waiting,
        difference=changes,
        missing_english=[
            (passage, form_path(rows[passage.anchor])) for passage in reviewed.document.missing_english()
        ],
        blocking_errors=errors,
        preview_pages=preview_pages(vision),
        review=reviewed,
        # After a refusal the form stays, with all that was typed.
        form=form if form.is_bound or (changes and not errors and not waiting) else None,
    )


@publishers_only
def go_back_page(request, edition_id):
    edition = get_object_or_404(Edition.objects.summaries().select_related("vision"), pk=edition_id)
    form = GoBackForm(posted(request))

    def attempt(seen):
        return go_back(
            edition,
            note=form.note,
            publisher=request.user.get_username(),
            reset_working_copy=form.cleaned_data["reset_working_copy"],
            seen=seen,
        )

    fresh = succeeded(request, form, lambda: review(edition.vision, edition.document), attempt)
    if fresh:
        return published(request, fresh)
    editions = editions_of(edition.vision)
    current = standing(editions)
    changes = difference(current and current.document, edition.document)
    waiting = scheduled(editions, clock.now())
    return admin.site.page(
        request,
        "go_back",
        title=gettext("Go back to edition %(number)d") % {"number": edition.number},
        subtitle=edition.vision,
        edition=edition,
        current=current,
        waiting=waiting,
        difference=changes,
        has_unpublished=current is not None and read_document(edition.vision) != current.document,
        review=review(edition.vision, edition.document),
        form=form if form.is_bound or (changes and not waiting) else None,
    )


@publishers_only
def withdraw_page(request, edition_id):
    edition = get_object_or_404(Edition.objects.summaries().select_related("vision"), pk=edition_id)
    form = WithdrawForm(posted(request))
    if form.is_valid():
        try:
            withdraw(edition, reason=form.reason, withdrawn_by=request.user.get_username())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("Edition %(number)d is withdrawn.") % {"number": edition.number})
            return HttpResponseRedirect(form_path(edition))
    others = [other for other in editions_of(edition.vision) if other != edition]
    return admin.site.page(
        request,
        "withdraw",
        title=gettext("Withdraw edition %(number)d") % {"number": edition.number},
        subtitle=edition.vision,
        edition=edition,
        is_scheduled=edition.effective_at > clock.now(),
        in_force_afterwards=in_force(others, clock.now()),
        form=form if form.is_bound or not edition.is_withdrawn else None,
    )


def posted(request):
    return request.POST if request.method == "POST" else None


def editions_of(vision):
    return list(Edition.objects.filter(vision=vision).summaries())


def standing(editions):
    """The newest edition that is not withdrawn: the one in force, or the one that waits; or None."""
    return next((edition for edition in editions if not edition.is_withdrawn), None)


def succeeded(request, form, look, attempt):
    """The new edition, or None with the reason in the form's errors.

    ``look`` gives the review as it is now; ``attempt`` is called with the token of the one that was seen.
    """
    if not form.is_bound:
        return None
    seen = request.POST.get("seen", "")
    try:
        if form.is_valid():
            return attempt(seen)
        if seen != look().token:
            raise Refused(_("Meanwhile something was changed or published. Look at what differs now."))
    except (Refused, InvalidRow) as refusal:
        form.add_error(None, str(refusal))
    return None


def published(request, edition):
    admin.site.get_model_admin(Edition).log_addition(request, edition, [{"added": {}}])
    words = gettext("Edition %(number)d takes effect on %(time)s.")
    messages.success(request, words % {"number": edition.number, "time": in_wib(edition.effective_at)})
    return HttpResponseRedirect(form_path(edition))
