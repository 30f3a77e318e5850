"""Everything that is not a page: editions' files, open data, booklets, feeds, robots.txt."""

from copy import copy
from datetime import UTC, datetime
from functools import partial, wraps
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import resolve
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _

from editions import official_text
from public.addresses import ADMIN, LANGUAGES, Page, arms_address, file_path
from public.booklet import renditions, typst_cache
from public.formats import chain as chains
from public.formats import checkpoint as checkpoints
from public.formats import dcat, llms_txt, open_data, openapi, stratml, verify_chain
from public.formats.citation import AUTHOR
from public.pages.rendering import for_anyone
from public.titles import title_of

PLAIN = "text/plain; charset=utf-8"


def edition_in_force(request, period):
    edition = request.release.in_force.get(period)
    if edition is None:
        raise Http404
    return edition


def standing_edition(view):
    """Look up the edition by period and number; a withdrawn one answers 410 and the reason."""

    @wraps(view)
    def of_edition(request, period, number, **arguments):
        edition = request.release.edition(period, number)
        if edition is None:
            raise Http404
        if edition.is_withdrawn:
            reason = edition.withdrawal.reason
            return HttpResponse(
                f"{reason.id}\n\n{reason.en}\n",
                status=410,
                content_type=PLAIN,
            )
        return view(request, edition, **arguments)

    return of_edition


# Editions and their data


@standing_edition
def edition_file(request, edition):
    return for_anyone(HttpResponse(edition.file, content_type="application/json"))


def received_file(request, period):
    """The text as received, byte for byte, for a period that has been published."""
    path = official_text.received_file(period)
    if period not in request.release.due or not path.exists():
        raise Http404
    return for_anyone(HttpResponse(path.read_bytes(), content_type=PLAIN))


def open_data_of(edition, data_format):
    write, content_type = open_data.WRITERS[data_format]
    response = for_anyone(HttpResponse(write(edition), content_type=content_type))
    if data_format == "csv":
        name = f"magelang-{edition.period}-{edition.number}.csv"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def open_data_in_force(request, period, data_format):
    return open_data_of(edition_in_force(request, period), data_format)


@standing_edition
def edition_open_data(request, edition, data_format):
    return open_data_of(edition, data_format)


def stratml_in_force(request, period, language):
    return stratml_of(edition_in_force(request, period), language)


@standing_edition
def edition_stratml(request, edition, language):
    return stratml_of(edition, language)


def stratml_of(edition, language):
    content = stratml.plan(edition, language)
    response = HttpResponse(content, content_type=stratml.CONTENT_TYPE)
    response.headers["Content-Language"] = language
    return for_anyone(response)


BEING_MADE = """Katalog sedang disusun. Cobalah sebentar lagi.

The catalogue is being made. Please try again in a moment.
"""


def catalogue(request):
    """The catalogue, once all files whose checksums it has are made; until then each try makes one.

    No request typesets them all: it would hold up a worker.
    """
    try:
        with typst_cache.one_new_document():
            content = dcat.catalogue(request.release, partial(content_at, request))
    except (typst_cache.Unfinished, Http404):  # or a file of the signer cannot be read now
        return not_now(BEING_MADE, seconds=5)
    return for_anyone(HttpResponse(content, content_type="application/ld+json"))


def content_at(request, path):
    """The bytes of another public file of the same release. Raises ``Http404``."""
    view, arguments, named = resolve(path, "public.urls")
    response = view(copy(request), *arguments, **named)
    if response.status_code != 200:
        raise Http404
    return response.content


def not_now(words, *, seconds):
    headers = {"Retry-After": str(seconds), "Cache-Control": "no-store"}
    return HttpResponse(words, status=503, content_type=PLAIN, headers=headers)


def api(request):
    return for_anyone(HttpResponse(openapi.description(), content_type="application/json"))


def chain(request, period):
    if period not in request.release.due:
        raise Http404
    content = chains.as_json(period, request.release.chain(period))
    return for_anyone(HttpResponse(content, content_type="application/json"))


UNREADABLE = """Berkas ini tidak dapat dibaca sekarang. Cobalah beberapa menit lagi.

This file cannot be read now. Please try again in a few minutes.
"""


def checkpoint(request):
    """The signed checkpoint, where the operator has set up a signer."""
    return signers_file(checkpoints.NOTE, PLAIN)


def checkpoint_body(request):
    """The checkpoint of now, unsigned: the signer signs it."""
    if not request.release.due:
        raise Http404
    return for_anyone(HttpResponse(checkpoints.body(request.release), content_type=PLAIN))


@standing_edition
def edition_timestamp(request, edition):
    return signers_file(checkpoints.timestamp_name(edition), "application/timestamp-reply")


def signers_file(name, content_type):
    """A file of the signer's folder. If that cannot be read, 404 would say that nobody signs."""
    try:
        content = checkpoints.read(name)
    except OSError:
        return not_now(UNREADABLE, seconds=300)
    if content is None:
        raise Http404
    return for_anyone(HttpResponse(content, content_type=content_type))


def verifier(request):
    """The program with which strangers check; they run it by itself."""
    content = Path(verify_chain.__file__).read_bytes()
    return for_anyone(HttpResponse(content, content_type="text/x-python; charset=utf-8"))


def data_schema(request):
    return for_anyone(HttpResponse(open_data.schema(), content_type="application/json"))


def chain_schema(request):
    content = open_data.schema(chains.SCHEMA, "chain-schema")
    return for_anyone(HttpResponse(content, content_type="application/json"))


# Renditions: the whole text of an edition as one file


def rendition_in_force(request, period, rendition):
    return rendition_of(request, edition_in_force(request, period), rendition)


@standing_edition
def edition_rendition(request, edition, rendition):
    return rendition_of(request, edition, rendition)


def rendition_of(request, edition, rendition):
    language = translation.get_language()
    page = Page("edition", {"period": edition.period, "number": edition.number})
    make, kind, content_type = renditions.MAKERS[rendition]
    content = make(
        edition,
        language,
        state=request.release.state(edition),
        permalink=settings.SITE_URL + page.path(language),
        site_url=settings.SITE_URL,
    )
    response = HttpResponse(content, content_type=content_type)
    name = renditions.file_name(edition, language, rendition)
    response.headers["Content-Disposition"] = f'{kind}; filename="{name}"'
    return response


# Files for machines


class EditionFeed(Atom1Feed):
    def latest_post_date(self):
        """The time of the newest entry; a fixed time for a feed without entries."""
        return super().latest_post_date() if self.items else datetime(1970, 1, 1, tzinfo=UTC)


def feed(request):
    """The editions of all periods as Atom, the newest first. Withdrawn ones stay, marked."""
    language = translation.get_language()
    address = settings.SITE_URL + file_path(f"feed-{language}")
    atom = EditionFeed(
        title=_("Vision of the City of Magelang: editions"),
        link=settings.SITE_URL + Page("periods").path(language),
        description="",
        subtitle=_("Each publication of the city’s vision, and what changed."),
        author_name=AUTHOR,
        feed_url=address,
        feed_guid=address,
        language=language,
    )
    for edition in sorted(
        request.release.all_due(), key=lambda edition: edition.effective_at, reverse=True
    ):
        atom.add_item(**feed_item(request.release, edition, language))
    content = atom.writeString("utf-8")
    return for_anyone(HttpResponse(content, content_type="application/atom+xml; charset=utf-8"))


def feed_item(release, edition, language):
    page = Page("edition", {"period": edition.period, "number": edition.number})
    title, note, updated = title_of(page), edition.note, edition.effective_at
    if release.is_archived(edition):
        title = _("%(title)s (archived)") % {"title": title}
    if edition.is_withdrawn:
        title = _("%(title)s was withdrawn") % {"title": title}
        note, updated = edition.withdrawal.reason, edition.withdrawal.withdrawn_at
    address = settings.SITE_URL + page.path(language)
    return {
        "title": title,
        "link": address,
        "unique_id": address,
        "description": "".join(
            f"<p>{escape(words)}</p>" for words in note.plain(language).split("\n\n")
        ),
        "pubdate": edition.effective_at,
        "updateddate": updated,
    }


def sitemap(request):
    return render(
        request,
        "public/sitemap.xml",
        {"pages": request.release.pages(), "languages": LANGUAGES, "site_url": settings.SITE_URL},
        content_type="application/xml",
    )


def arms(request, image_format):
    """The unchanged official file of the city's arms."""
    if arms_address() != file_path("arms", image_format=image_format):
        raise Http404
    content_type = {"svg": "image/svg+xml", "png": "image/png"}[image_format]
    return HttpResponse(settings.CITY_ARMS.read_bytes(), content_type=content_type)


def security(request):
    """Where to report a weakness (RFC 9116). It expires with the year, as the release does."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {request.release.year + 1}-01-01T00:00:00+07:00",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {settings.SITE_URL}{file_path('security')}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type=PLAIN)


def llms(request):
    content = llms_txt.listed(request.release)
    return for_anyone(HttpResponse(content, content_type=PLAIN))


def robots(request):
    lines = ["User-agent: *", f"Disallow: {ADMIN}", f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type=PLAIN)
