"""What is asked for before an edition is made or withdrawn."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from editions import clock
from editions.document import Text
from vision.fields import WordsField

NOTE_LENGTH = 2000


class LanguageField(WordsField):
    """A text that readers see, in one of the two languages."""

    def __init__(self, language, **options):
        attrs = {"lang": language, "spellcheck": "true", "rows": 4}
        super().__init__(max_length=NOTE_LENGTH, widget=forms.Textarea(attrs), **options)
        self.widget.attrs.pop("maxlength")  # a browser would cut a longer text without a word


class NoteForm(forms.Form):
    note_ind = LanguageField(
        "id", label=_("change note – Indonesian"), help_text=_("In a sentence or two: what changed, and why.")
    )
    note_en = LanguageField("en", label=_("change note – English"), help_text=_("The same in English."))

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
        help_text=_(
            "Only for a time to come. Until then readers see the edition in force, and this can be withdrawn."
        ),
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
        help_text=_("What was changed there and not published is taken out of it; history can put it back."),
    )
    confirm = forms.BooleanField(label=_("Yes, publish this edition’s text again"))


class WithdrawForm(forms.Form):
    reason_ind = LanguageField(
        "id",
        label=_("reason – Indonesian"),
        help_text=_("In a sentence or two. Readers see it at the address of this edition."),
    )
    reason_en = LanguageField("en", label=_("reason – English"), help_text=_("The same in English."))
    confirm = forms.BooleanField(label=_("Yes, withdraw this edition for ever"))

    @property
    def reason(self):
        return Text(self.cleaned_data["reason_ind"], self.cleaned_data["reason_en"])
