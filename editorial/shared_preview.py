"""A preview for someone without an account: a link that works for a day, or until what it shows is published."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core import signing
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from editions import clock
from editions.publishing import review
from editorial.audit import record
from editorial.models import Event
from editorial.preview import can_be_read, public_page, release_of
from public.addresses import LANGUAGES, Page
from public.releases import Release
from public.rendering import show
from vision.models import Vision

WORKS_FOR = timedelta(hours=24)


def signer():
    return signing.Signer(salt="editorial.shared_preview")


@permission_required("vision.view_vision", raise_exception=True)
@require_safe
def share_preview(request, vision_id):
    """The link in both languages, to be copied. Each visit makes a new one."""
    vision = get_object_or_404(Vision, pk=vision_id)
    reviewed, until = review(vision), (clock.now() + WORKS_FOR).replace(microsecond=0)
    token = signer().sign_object([vision.pk, reviewed.newest, int(until.timestamp())])
    period, is_readable = reviewed.document.period, can_be_read(reviewed.document)
    page = Page("vision", {"period": period})
    if is_readable:
        record(Event.Kind.PREVIEW_SHARED, object=period.replace("-", "–"))
    addresses = {language: settings.SITE_URL + page.path(language, base_of(token)) for language in LANGUAGES}
    return admin.site.page(
        request,
        "share_preview",
        title=_("Share the preview"),
        subtitle=vision,
        vision=vision,
        until=until,
        addresses=addresses if is_readable else None,
    )


def base_of(token):
    return reverse("shared-preview", args=[token]).rstrip("/")


@csrf_exempt  # a method that is not answered is told so before anyone asks for a token
@require_safe
def shared_preview(request, token, rest=""):
    """One public page of the preview that the token opens; ``rest`` is its public path without the first slash."""
    with translation.override(translation.get_language_from_path(f"/{rest}") or settings.LANGUAGE_CODE):
        try:
            vision_id, newest, until = signer().unsign_object(token)
            vision = Vision.objects.get(pk=vision_id)
        except (signing.BadSignature, Vision.DoesNotExist):
            return no_longer_works(request)
        release = release_of(vision, base_of(token), datetime.fromtimestamp(until, UTC))
        edition = release.editions[0]
        if edition.number != newest + 1:
            return is_published(request, edition.period)
        if release.now >= release.until or not can_be_read(edition.document):
            return no_longer_works(request)
        return public_page(request, release, rest)


def no_longer_works(request):
    words = _("Ask whoever sent it for a new one.")
    return instead(request, title=_("This link no longer works"), words=words, status=404)


def is_published(request, period):
    words = _("What this link showed has been published, or is scheduled.")
    return instead(request, title=_("This is no longer a draft"), words=words, period=period, status=410)


def instead(request, *, title, words, status, period=None):
    """A public page in place of the preview: it leads to the period's text in force, or else to home."""
    request.release, request.form = Release.current(), ""
    is_in_force = period in request.release.in_force
    public = Page("vision", {"period": period}) if is_in_force else Page("home")
    return show(request, "preview_over", Page("home"), {"words": words, "public": public}, title=title, status=status)
