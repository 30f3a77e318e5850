"""The page on which people without an account answer, through the link of a shared preview.

It sets and reads no cookie, so Django's protection against forged requests cannot work here. The
signed link in the address is the authority, and each form holds a number that is signed for this
link: a page of another site does not know the address, and cannot make such a number.
"""

from datetime import timedelta

from django import forms
from django.core import signing
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import transaction
from django.http import HttpResponseRedirect
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from editions import clock
from editions.difference import difference
from editions.document import canonical_json
from editions.publishing import standing
from editorial.audit.recording import record
from editorial.models import (
    GUEST_NAME_LENGTH,
    GUEST_WORDS_LENGTH,
    Event,
    PreviewAnswer,
    PreviewLink,
)
from editorial.posting import posted
from editorial.publishing.shared_preview import (
    form_signer,
    instead,
    no_longer_works,
    of_link,
    token_of,
)
from editorial.receipts import new_form_number
from public.addresses import AnswerPage
from public.pages.rendering import show
from vision.fields import LongestValidator, WordsField
from vision.text import as_line, as_prose, years_of

MOST_ANSWERS, MOST_IN_AN_HOUR = 200, 30  # of one link
MOST_PASSAGES = 300  # on the page; a request holds at most 500 fields
NO_TEXTS = ("connective", "statement_words")  # fields that nobody reads as a text
ON_PASSAGE = "on:"  # before the passage's key in the name of its field
MOST_COMMENTS = LongestValidator(
    20,
    gettext_lazy(
        "You wrote %(count)s comments. At most %(most)s can be sent at once: put some of them "
        "together."
    ),
)
MOST_CHARACTERS = LongestValidator(
    20_000,
    gettext_lazy(
        "Your comments have %(count)s characters. At most %(most)s can be sent at once: shorten "
        "some of them."
    ),
)


class Refused(Exception):
    """The link takes no answer; the message says why, and ``status`` is that of the response."""

    def __init__(self, message, status=409):
        super().__init__(message)
        self.status = status


class Area(forms.Textarea):
    def format_value(self, value):
        """Line ends as references: public pages are sent without blank lines."""
        words = escape((value or "").replace("\r\n", "\n"))
        return mark_safe(words.replace("\n", "&#10;"))


class Words(WordsField):
    def __init__(self, label, rows=3):
        widget = Area({"rows": rows, "spellcheck": "true"})
        super().__init__(label=label, required=False, max_length=GUEST_WORDS_LENGTH, widget=widget)
        # With ``maxlength`` a browser would cut a longer text without telling.
        self.widget.attrs.pop("maxlength")

    def clean(self, value):
        return as_prose(super().clean(value))


class AnswerForm(forms.Form):
    """``passages`` have a field each; ``signer`` signs the form for its link."""

    name = WordsField(
        label=gettext_lazy("Your name"),
        max_length=GUEST_NAME_LENGTH,
        widget=forms.TextInput({"autocomplete": "name"}),
        error_messages={
            "required": gettext_lazy("Write your name: the city reads it with your answer.")
        },
    )
    verdict = forms.ChoiceField(
        label=gettext_lazy("Do you agree with the text?"),
        choices=[
            ("agree", gettext_lazy("I agree")),
            ("not-yet", gettext_lazy("Not yet")),
            ("", gettext_lazy("I only comment")),
        ],
        initial="",
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, data, *, passages, shown, signer):
        super().__init__(data)
        self.fields["name"].widget.attrs.pop("maxlength")
        self.signer = signer
        self.fields["words"] = Words(gettext_lazy("Comment on the whole text"), rows=4)
        written = {
            name.removeprefix(ON_PASSAGE): words
            for name, words in self.data.items()
            if name.startswith(ON_PASSAGE) and words.strip()
        }
        self.passages = list(
            dict.fromkeys([*shown, *(passages[key] for key in written if key in passages)])
        )
        for passage in self.passages:
            self.fields[f"{ON_PASSAGE}{passage.key}"] = Words(gettext_lazy("Comment"))
        self.lost = [words for key, words in written.items() if key not in passages]
        if self.lost:
            self.data = self.data.copy()
            self.data["words"] = "\n\n".join([self.data.get("words", ""), *self.lost]).strip()

    def clean_name(self):
        return as_line(self.cleaned_data["name"])

    def clean(self):
        if self.lost:
            self.add_error(
                "words",
                _(
                    "Meanwhile the city removed a passage. What you wrote about it is here now: "
                    "look at it, then send again."
                ),
            )
        if not self.is_of_this_link:
            raise forms.ValidationError(
                _(
                    "Nothing was sent yet, because this form does not belong to this link. "
                    "Send it again."
                )
            )
        if not self.errors:
            self.check_how_much()

    def check_how_much(self):
        comments = [words for words in self.comments.values() if words]
        if not (self.cleaned_data["verdict"] or comments):
            raise forms.ValidationError(
                _("Say whether you agree, or write a comment: nothing was sent yet.")
            )
        MOST_COMMENTS(comments)
        MOST_CHARACTERS("".join(comments))

    @property
    def is_of_this_link(self):
        try:
            return bool(self.signer.unsign(self.data.get("form", "")))
        except signing.BadSignature:
            return False

    @property
    def number(self):
        """Signed; a form that is shown again keeps its own."""
        if self.is_bound and self.is_of_this_link:
            return self.data["form"]
        return self.signer.sign(new_form_number())

    @cached_property
    def comments(self):
        """{key of the passage, or "" for the whole: words}."""
        keys = ["", *(passage.key for passage in self.passages)]
        return {
            key: self.cleaned_data.get(f"{ON_PASSAGE}{key}" if key else "words", "") for key in keys
        }

    @property
    def mark(self):
        """The same only if the same form is sent with the same words."""
        sent = [self.data["form"], self.cleaned_data["name"], self.cleaned_data["verdict"]]
        form = canonical_json([*sent, self.comments])
        return salted_hmac("editorial.answer", form, algorithm="sha256").hexdigest()

    @property
    def on_passages(self):
        """(Passage, its field) of each passage."""
        return [(passage, self[f"{ON_PASSAGE}{passage.key}"]) for passage in self.passages]


@csrf_exempt  # the signed link takes its place
@require_http_methods(["GET", "HEAD", "POST"])
@of_link
def answer_page(request, link, release, rest):
    if link.pk is None:
        return no_longer_works(request)
    request.release, request.form = release, ""
    if request.method != "POST" and "sent" in request.GET:
        return answer_shown(request, release, "answered", title=_("Thank you"))
    try:
        form = form_of(request, link, release)
    except (RequestDataTooBig, TooManyFieldsSent):
        words = _("Go back in your browser: what you typed is still there. Shorten it, then send.")
        return instead(request, title=_("This is too long"), words=words, status=413)
    status, refusal = 200, refusal_of(link)
    if form.is_bound and form.is_valid():
        try:
            give(link, form)
            return HttpResponseRedirect(f"{request.path}?sent")
        except PreviewLink.DoesNotExist:
            return no_longer_works(request)
        except Refused as error:
            form.add_error(None, str(error))
            status = error.status
    return answer_shown(
        request,
        release,
        "answer",
        {
            "form": form,
            "refusal": "" if form.is_bound else refusal,
            "at": at_of(request, release),
        },
        title=_("What do you think of the draft?"),
        status=status,
    )


def answer_shown(request, release, template, context=None, *, title, status=200):
    # Search engines and caches never see it, so it has no canonical address.
    context = {"is_found": False} | (context or {})
    page, edition = AnswerPage("answer"), release.editions[0]
    return show(request, template, page, context, title=title, edition=edition, status=status)


def form_of(request, link, release):
    document = release.editions[0].document
    passages = {passage.key: passage for passage in document.passages() if is_read(passage)}
    shown = [it for it in passages_to_show(request, link, document) if it.key in passages]
    return AnswerForm(
        posted(request),
        passages=passages,
        shown=shown[:MOST_PASSAGES],
        signer=form_signer(token_of(link)),
    )


def is_read(passage):
    """Whether readers of the preview see its words as a text."""
    return passage.is_translated and passage.text and passage.field not in NO_TEXTS


def at_of(request, release):
    """The place that the address names, or "" if the draft has no such place."""
    at = request.GET.get("at", "")
    return at if passages_at(request, release.editions[0].document) else ""


def passages_at(request, document):
    """The passages of the place that the address names, as the pages link to it, or none.

    A paragraph of a text stands for the whole text; a point stands for its items, too.
    """
    at = request.GET.get("at", "")
    text, is_paragraph, _number = at.rpartition("-p")
    if is_paragraph:
        return [passage for passage in document.passages() if passage.anchor == text]
    return [it for it in document.passages() if f"{it.anchor}-".startswith(f"{at}-")]


def passages_to_show(request, link, document):
    """The passages of the place that the address names, else those that differ."""
    if found := passages_at(request, document):
        return found
    current = standing(link.vision.editions.summaries())
    changes = difference(current and current.document, document).changes
    return [change.after for change in changes if change.after]


def refusal_of(link):
    """Why the link takes no answer, or None."""
    answers = PreviewAnswer.objects.filter(link=link.pk, link_made_at=link.made_at, passage="")
    if link.is_for_one and answers.exists():
        return Refused(_("This link takes one answer, which was given already."))
    if answers.count() >= MOST_ANSWERS:
        return Refused(_("This link takes no more answers. Ask whoever sent it for a new one."))
    hour_ago = clock.now() - timedelta(hours=1)
    if answers.filter(at__gt=hour_ago).count() >= MOST_IN_AN_HOUR:
        return Refused(
            _("Many answers came through this link just now. Send yours again in an hour."), 429
        )
    return None


def give(link, form):
    """Keep the answer, once for each form. Raises ``Refused`` or ``PreviewLink.DoesNotExist``."""
    with transaction.atomic():
        link = PreviewLink.objects.select_for_update().get(pk=link.pk, until=link.until)
        if PreviewAnswer.objects.filter(form=form.mark).exists():
            return
        if refusal := refusal_of(link):
            raise refusal
        rows = [
            row_of(link, form, key, words)
            for key, words in form.comments.items()
            if words or not key
        ]
        rows[0].save()
        PreviewAnswer.objects.bulk_create(rows[1:])
        # Without a name, which would be permanent there, and without an address.
        years = years_of(rows[0].period)
        record(Event.Kind.ANSWER_GIVEN, row=rows[0], object=years, detail=link.made_by, actor="")


def row_of(link, form, key, words):
    return PreviewAnswer(
        vision_id=link.vision_id,
        period=link.vision.period,
        link=link.pk,
        link_made_at=link.made_at,
        link_made_by=link.made_by,
        is_only=link.is_for_one,
        form=form.mark,
        name=form.cleaned_data["name"],
        passage=key,
        verdict="" if key else form.cleaned_data["verdict"],
        words=words,
        at=clock.now(),
    )
