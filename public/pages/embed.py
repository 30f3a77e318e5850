"""The page with the code that other sites paste, its three frames, and the oEmbed address."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from public.addresses import FRAMES, Page
from public.formats.oembed import NOT_WRITTEN, WRITERS, Embed, Malformed, answer_to
from public.pages import style
from public.pages.rendering import for_anyone, show, site_words


def embed(request):
    edition = request.release.home
    context = {
        "embeds": [Embed(kind, request.release) for kind in FRAMES] if edition else [],
        "origins": settings.EMBED_ORIGINS,
    }
    return show(request, "embed/page", Page("embed"), context, edition=edition)


def frame(request, kind):
    """What other sites show: the text in force, and where it comes from."""
    release = request.release
    if release.home is None:
        raise Http404
    embed = Embed(kind, release)
    origins = [] if release.base else settings.EMBED_ORIGINS
    words = site_words() | {"embed": embed, "release": release, "full_title": embed.title}
    body = render_to_string("public/embed/frame.html", words | {"origins": origins})
    return style.frame(style.without_indentation(body), words, origins)


def oembed(request):
    """The embed that fits a page of this site, as https://oembed.com describes it."""
    data_format = request.GET.get("format", "json")
    if data_format not in WRITERS:
        return HttpResponse(NOT_WRITTEN, status=501, content_type="text/plain; charset=utf-8")
    try:
        answer = answer_to(request.GET, request.release)
    except Malformed as error:
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain; charset=utf-8")
    if answer is None:
        raise Http404
    write, content_type = WRITERS[data_format]
    response = HttpResponse(write(answer), content_type=content_type)
    response.is_compressed_quickly = True  # few ask for the same
    response.headers["Content-Language"] = translation.get_language()
    return for_anyone(response)
