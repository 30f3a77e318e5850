"""A preview: the public views, given a release in which the working copy is in force."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import Resolver404, resolve
from django.utils.translation import gettext, override

from editions.document import Text
from editions.publishing import NO_EDITION_BEFORE, review, unsaved_edition
from editorial.addresses import preview_base
from public.addresses import LANGUAGES
from public.releases import Release
from public.titles import title_of
from vision.models import Vision


def preview(request, vision_id, rest=""):
    """One page of the vision's preview; ``rest`` is its public path without the first slash."""
    if not request.user.has_module_perms("vision"):
        raise PermissionDenied
    vision = get_object_or_404(Vision, pk=vision_id)
    release = release_of(vision, preview_base(vision))
    if not can_be_read(release.editions[0].document):
        return admin.site.page(
            request,
            "publishing/preview_empty",
            title=gettext("Preview"),
            subtitle=vision,
            vision=vision,
            preview="",  # this is it
        )
    return public_page(request, release, rest)


def can_be_read(document):
    return bool(document.elements and document.missions)


def public_page(request, release, rest):
    """The answer of the public view to this path, given this release."""
    request.release = release
    try:
        match = resolve(f"/{rest}", urlconf="public.urls")
    except Resolver404 as error:
        raise Http404 from error
    return match.func(request, *match.args, **match.kwargs)


def release_of(vision, base, until=None):
    """The release at this moment as it would be if the working copy were published now."""
    release = Release.current()
    return Release((next_edition(vision, release.now), *release.editions), release.now, base, until)


def next_edition(vision, now):
    """The working copy as an unsaved edition that is in force, with a hash of its own file."""
    reviewed = review(vision)
    note = Text(*map(no_note, ("id", "en")))
    edition = unsaved_edition(
        vision,
        reviewed.document,
        reviewed.newest + 1,
        now,
        note,
        NO_EDITION_BEFORE,
        published_at=now,
    )
    edition.document = reviewed.document  # the cached property would parse the file
    return edition


def no_note(language):
    with override(language):
        return gettext("(The change note is not written yet.)")


def preview_pages(vision):
    """Every page of the preview as (title, {language: address})."""
    release = release_of(vision, preview_base(vision))
    edition = release.editions[0]
    for page, _changed in release.pages():
        if page.arguments.get("period", edition.period) == edition.period:
            paths = {language: page.path(language, release.base) for language in LANGUAGES}
            yield title_of(page, edition.document), paths
