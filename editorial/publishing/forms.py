"""The forms that make and withdraw editions."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from editions import clock
from editions.document import Text
from editions.publishing import far_question, is_far
from vision.fields import WordsField

NOTE_LENGTH = 2000


class LanguageField(WordsField):
    def __init__(self, language, **options):
        attrs = {"lang": language, "spellcheck": "true", "rows": 4}
        super().__init__(max_length=NOTE_LENGTH, widget=forms.Textarea(attrs), **options)
        # With ``maxlength`` a browser would cut a longer text without telling.
        self.widget.attrs.pop("maxlength")


class NoteForm(forms.Form):
    note_ind = LanguageField(
        "id",
        label=_("change note – Indonesian"),
        help_text=_("In a sentence or two: what changed, and why."),
    )
    note_en = LanguageField(
        "en", label=_("change note – English"), help_text=_("The same in English.")
    )

    @property
    def note(self):
        return Text(self.cleaned_data["note_ind"], self.cleaned_data["note_en"])


class TimeForm(forms.Form):
    """When an edition takes effect. ``far`` confirms one far time, and no other."""

    when = forms.ChoiceField(
        label=_("When it takes effect"),
        choices=[("now", _("Now")), ("later", _("At a time to come"))],
        initial="now",
        widget=forms.RadioSelect,
    )
    at = forms.DateTimeField(
        label=_("Date and time, in WIB (UTC+7)"),
        required=False,
        help_text=_(
            "Only for a time to come. Until then readers see the edition in force, and this one "
            "can be moved, replaced or withdrawn."
        ),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    far = forms.BooleanField(required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if not self.is_bound:
            del self.fields["far"]

    def clean_at(self):
        if self.cleaned_data.get("when") != "later":
            return None
        at = self.cleaned_data["at"]
        if at is None:
            raise ValidationError(_("Give the date and time, or choose “Now”."))
        if at <= clock.now():
            raise ValidationError(_("This time has passed. Give a time to come, or choose “Now”."))
        return at

    def clean(self):
        at = super().clean().get("at")
        if at and is_far(at):
            self._ask(at)
        else:
            del self.fields["far"]
        return self.cleaned_data

    def _ask(self, at):
        meant = at.isoformat()
        self.fields["far"].label = _("Yes, I mean %(time)s.") % {"time": clock.in_wib(at)}
        self.fields["far"].widget.attrs["value"] = meant
        self.cleaned_data["far"] = self.data.get("far") == meant
        if not self.cleaned_data["far"]:
            self.data = self.data.copy()
            self.data.pop("far", None)
            self.add_error("far", str(far_question(at)))

    @property
    def options(self):
        """The arguments for ``editions.publishing`` from this form."""
        far = self.cleaned_data.get("far", False)
        return {"effective_at": self.cleaned_data["at"], "may_be_far": far}


class PublishForm(NoteForm, TimeForm):
    accept_missing_english = forms.BooleanField(
        label=_("I know that some English is missing: readers will see the Indonesian text there."),
        error_messages={
            "required": _("Tick that you know what is missing in English, or add it first.")
        },
    )

    def __init__(self, *args, missing_english, **options):
        super().__init__(*args, **options)
        if not missing_english:
            del self.fields["accept_missing_english"]

    @property
    def options(self):
        accepts = self.cleaned_data.get("accept_missing_english", False)
        return super().options | {"note": self.note, "accept_missing_english": accepts}


class GoBackForm(NoteForm):
    reset_working_copy = forms.BooleanField(
        label=_("Also make the working copy equal to this edition"),
        required=False,
        help_text=_(
            "What was changed there and not published is removed from it; history can put it back."
        ),
    )
    confirm = forms.BooleanField(label=_("Yes, publish this edition’s text again"))


class UnscheduleForm(forms.Form):
    """For a scheduled edition: no reader has seen it, so the form needs no reason."""

    confirm = forms.BooleanField(label=_("Yes, withdraw this edition for ever"))


class WithdrawForm(UnscheduleForm):
    reason_ind = LanguageField(
        "id",
        label=_("reason – Indonesian"),
        help_text=_("In a sentence or two. Readers see it at the address of this edition."),
    )
    reason_en = LanguageField(
        "en", label=_("reason – English"), help_text=_("The same in English.")
    )
    field_order = ["reason_ind", "reason_en", "confirm"]

    @property
    def reason(self):
        return Text(self.cleaned_data["reason_ind"], self.cleaned_data["reason_en"])
