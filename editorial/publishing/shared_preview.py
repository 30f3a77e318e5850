"""A preview for people without an account: a link that works for some days.

It ends earlier when it is revoked, or when the text is published.
"""

from datetime import UTC, datetime, timedelta
from functools import wraps

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from editions import clock
from editions.publishing import review
from editorial.audit.recording import record
from editorial.models import Event, PreviewLink
from editorial.posting import form_page, posted
from editorial.publishing.answers import answers_path, counts_by_link, delete_old_answers
from editorial.publishing.preview import can_be_read, public_page, release_of
from editorial.receipts import answer_once, keep_receipt
from public.addresses import LANGUAGES, SHARED_PREVIEWS, Page
from public.pages.rendering import show
from public.releases import Release
from vision.models import Vision

DAYS = (1, 7, 14)


def day_choices():
    for days in DAYS:
        yield days, ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


class ShareForm(forms.Form):
    days = forms.TypedChoiceField(
        label=gettext_lazy("How long the link works"),
        choices=day_choices,
        coerce=int,
        empty_value=DAYS[0],
        initial=DAYS[0],
        required=False,
        widget=forms.RadioSelect,
    )
    answers = forms.ChoiceField(
        label=gettext_lazy("Who may answer"),
        choices=[
            ("several", gettext_lazy("Everyone who has the link")),
            ("one", gettext_lazy("One person: the link takes one answer")),
        ],
        initial="several",
        required=False,
        widget=forms.RadioSelect,
    )


def signer():
    return signing.Signer(salt="editorial.shared_preview")


@form_page("vision.view_vision")
def share_preview(request, vision_id):
    """The links that work, with a form to make one and forms to revoke them."""
    return answer_once(request, lambda: shared(request, vision_id))


def shared(request, vision_id):
    vision = get_object_or_404(Vision, pk=vision_id)
    reviewed = review(vision)
    is_readable = can_be_read(reviewed.document)
    form = ShareForm(None if "revoke" in request.POST else posted(request))
    if "revoke" in request.POST:
        revoke_link(request, vision)
    elif is_readable and form.is_valid():
        make_link(request, vision, reviewed.newest, form.cleaned_data)
    if request.method == "POST" and not form.errors:
        return HttpResponseRedirect(request.get_full_path())
    links = vision.preview_links.filter(newest=reviewed.newest, until__gt=clock.now())
    counts = counts_by_link(vision)
    return admin.site.page(
        request,
        "publishing/share_preview",
        title=_("Share the preview"),
        subtitle=vision,
        vision=vision,
        form=form,
        links=[
            (link, addresses_of(link, reviewed.document.period), counts[link.pk, link.made_at])
            for link in links
        ],
        answers=answers_path(vision),
        is_readable=is_readable,
    )


def make_link(request, vision, newest, chosen):
    now = clock.now().replace(microsecond=0)
    PreviewLink.objects.filter(until__lte=now).delete()  # the audit log keeps them
    delete_old_answers()
    with transaction.atomic():
        link = vision.preview_links.create(
            newest=newest,
            made_by=request.user.get_username(),
            made_at=now,
            until=now + timedelta(days=chosen["days"]),
            is_for_one=chosen["answers"] == "one",
        )
        keep_receipt(request, request.get_full_path(), link)
        record(Event.Kind.PREVIEW_SHARED, object=vision.years)
    messages.success(request, _("A new link is made. Copy its address and send it."))


def revoke_link(request, vision):
    key = request.POST["revoke"]
    found = vision.preview_links.filter(pk=key if key.isdecimal() and len(key) < 19 else 0)
    if not found.delete()[0]:
        messages.warning(request, _("This link had ended already."))
        return
    record(Event.Kind.PREVIEW_REVOKED, object=vision.years)
    messages.success(request, _("The link is revoked: its address no longer works."))


def addresses_of(link, period):
    """The address of the whole text in each language, with the link's secret."""
    base, page = base_of(token_of(link)), Page("vision", {"period": period})
    return {language: settings.SITE_URL + page.path(language, base) for language in LANGUAGES}


def token_of(link):
    return signer().sign_object([link.pk, int(link.until.timestamp())])


def form_signer(token):
    """Signs the forms of this link."""
    return signing.Signer(salt=f"editorial.answer.{token}")


def base_of(token):
    return reverse("shared-preview", args=[token]).rstrip("/")


def opened_by(token):
    """The link. Raises ``BadSignature`` or ``ObjectDoesNotExist``.

    Tokens of three numbers are of the release before links were rows: each of them works for its
    day, and takes no answer. Its link is made here, without a key.
    """
    first, *_middle, until = signed = signer().unsign_object(token)
    until = datetime.fromtimestamp(until, UTC)
    if len(signed) == 3:
        return PreviewLink(vision=Vision.objects.get(pk=first), newest=signed[1], until=until)
    # A restored or moved database may give a key again, to another link.
    return PreviewLink.objects.select_related("vision").get(pk=first, until=until)


def of_link(view):
    """A page of a shared preview: the view gets the link and the release that it shows.

    Its language is that of ``rest``, its public path without the first slash.
    """

    @wraps(view)
    def page(request, token, rest=""):
        with translation.override(
            translation.get_language_from_path(f"/{rest}") or settings.LANGUAGE_CODE
        ):
            try:
                link = opened_by(token)
            except (signing.BadSignature, Vision.DoesNotExist, PreviewLink.DoesNotExist):
                return no_longer_works(request)
            release = release_of(link.vision, base_of(token), link.until)
            edition = release.editions[0]
            if edition.number != link.newest + 1:
                return is_published(request, edition.period)
            if release.now >= release.until or not can_be_read(edition.document):
                return no_longer_works(request)
            return view(request, link, release, rest)

    return page


@csrf_exempt  # so that a POST gets 405, not 403 for a missing token
@require_safe
@of_link
def shared_preview(request, link, release, rest):
    """One page of the preview."""
    return public_page(request, release, rest)


def no_longer_works(request):
    words = _("Ask whoever sent it for a new one.")
    return instead(request, title=_("This link no longer works"), words=words, status=404)


def is_published(request, period):
    words = _("What this link showed has been published, or is scheduled.")
    return instead(
        request, title=_("This is no longer a draft"), words=words, period=period, status=410
    )


def instead(request, *, title, words, status, period=None):
    """A public page in place of the preview; links to the period's text in force or to home."""
    request.release, request.form = Release.current(), ""
    is_in_force = period in request.release.in_force
    public = Page("vision", {"period": period}) if is_in_force else Page("home")
    return show(
        request,
        "preview_over",
        Page("home"),
        {"words": words, "public": public, "typed": typed_in(request)},
        title=title,
        status=status,
    )


def is_form_of_link(request):
    """Whether the sent form was made for the link in the address. It asks no database."""
    token = request.path_info.removeprefix(SHARED_PREVIEWS).partition("/")[0]
    try:
        return bool(form_signer(token).unsign(request.POST.get("form", "")))
    except (signing.BadSignature, RequestDataTooBig, TooManyFieldsSent):
        return False


def typed_in(request):
    """The words of an answer that comes too late, for the person who typed them to copy."""
    if request.method != "POST" or not is_form_of_link(request):
        return []
    fields = {name: words for name, words in request.POST.items() if words.strip()}
    return [words for name, words in fields.items() if name not in ("form", "name", "verdict")]
