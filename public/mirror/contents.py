"""The contents of a static copy: every public address of a release, and Django's answers."""

from contextlib import closing
from functools import cache
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.urls import resolve

from public.addresses import FRAMES, LANGUAGES, Page, arms_address, forms_of, frame_page
from public.inventory import files, files_of, of, paths
from public.mirror.reading import LAST
from public.pages.answers import ask

MADE_BY_TYPST = (".pdf", ".png")
SLOW = (*MADE_BY_TYPST, ".epub")


class NotAnswered(Exception):
    """An address of a copy does not answer 200; the message names the address and the status."""


def addresses(release):
    """Each address once, without queries, withdrawn editions and redirects."""
    yield from ("/", "/data/")  # Indonesian pages, answered without a redirect
    for page in pages(release):
        for language in LANGUAGES:
            yield page.path(language)
            if release.home:
                yield from (page.path(language, form=form) for form in forms_of(page.name))
    for name, arguments in files(release):
        yield from paths(name, arguments).values()


def addresses_of(edition):
    """Each address that only this edition has."""
    page = Page("edition", of(edition))
    for language in LANGUAGES:
        yield page.path(language)
        yield from (page.path(language, form=form) for form in forms_of(page.name))
    for name, arguments in (*files_of(edition), ("edition-timestamp", of(edition))):
        yield from paths(name, arguments).values()


def pages(release):
    """The sitemap's, the search, the frames, and the lists of wholly withdrawn periods."""
    yield from (page for page, _changed in release.pages())
    yield Page("search")
    if release.home:
        yield from map(frame_page, FRAMES)
    yield from (
        Page("editions", {"period": period})
        for period in release.due
        if period not in release.in_force
    )


def follows(address):
    """True for a file that takes long to make, and that no page shows: a copy gets it later."""
    is_slow = address.endswith(SLOW) and address != arms_address()
    return is_slow or address == f"/{LAST}"


def edition_of(address):
    """The (period, number) of the edition whose text the address shows for ever.

    None for addresses of the text in force.
    """
    match = resolve(address)
    name, arguments = match.func.__name__, match.kwargs
    if name == "difference":
        return arguments["period"], max(arguments["before"], arguments["after"])
    is_of_one = name == "edition" or name.startswith("edition_")
    return (arguments["period"], arguments["number"]) if is_of_one else None


def answer(address, release):
    """The headers, as pairs, and the body that every reader gets. Raises ``NotAnswered``."""
    status, headers, response = ask(django(), request_of(address), release)
    with closing(response):
        body = b"".join(response)
    if not status.startswith("200 "):
        raise NotAnswered(f"{address} is answered with {status}")
    return headers, body


@cache
def django():
    return WSGIHandler()


def request_of(address):
    environ = {
        "PATH_INFO": address,
        "HTTP_HOST": settings.SITE_HOST if settings.PRODUCTION else "127.0.0.1",
    }
    if settings.PRODUCTION:
        environ |= {"HTTP_X_FORWARDED_PROTO": "https", "wsgi.url_scheme": "https"}
    setup_testing_defaults(environ)
    return environ
