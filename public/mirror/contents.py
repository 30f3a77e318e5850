"""The contents of a static copy: every public address of a release, and Django's answers."""

from contextlib import closing
from functools import cache
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.urls import resolve

from editions import official_text
from public.addresses import (
    FRAMES,
    LANGUAGE_FILES,
    LANGUAGES,
    RENDITIONS,
    Page,
    arms_address,
    file_path,
    forms_of,
    frame_page,
)
from public.formats import checkpoint
from public.formats.open_data import WRITERS
from public.mirror.reading import LAST
from public.pages.answers import ask

SITE_FILES = (
    "feed",
    "catalogue",
    "api",
    "data-schema",
    "chain-schema",
    "verifier",
    "sitemap",
    "robots",
    "llms",
)
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
        yield from paths(name, arguments)


def addresses_of(edition):
    """Each address that only this edition has."""
    page = Page("edition", of(edition))
    for language in LANGUAGES:
        yield page.path(language)
        yield from (page.path(language, form=form) for form in forms_of(page.name))
    for name, arguments in (*files_of(edition), ("edition-timestamp", of(edition))):
        yield from paths(name, arguments)


def paths(name, arguments):
    """The addresses of a file: one, or one for each language."""
    languages = [f"-{language}" for language in LANGUAGES] if has_languages(name) else [""]
    return [file_path(name + language, **arguments) for language in languages]


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


def files(release):
    """The other files, as (name, arguments)."""
    for name in SITE_FILES:
        yield name, {}
    if release.due:
        yield "checkpoint-body", {}
    if checkpoint.readable(checkpoint.NOTE):
        yield "checkpoint", {}
    if settings.SECURITY_CONTACT:
        yield "security", {}
    if settings.CITY_ARMS:
        yield "arms", {"image_format": settings.CITY_ARMS.suffix[1:]}
    for period, editions in release.due.items():
        of_period = {"period": period}
        yield "chain", of_period
        if official_text.received_file(period).exists():
            yield "received-file", of_period
        if period in release.in_force:
            yield from ((name, of_period) for name in RENDITIONS)
            yield from in_data_formats("open-data-in-force", of_period)
            yield from in_languages("stratml-in-force", of_period)
        for edition in editions:
            if not edition.is_withdrawn:
                yield from files_of(edition)
                if checkpoint.has_timestamp(edition):
                    yield "edition-timestamp", of(edition)


def files_of(edition):
    """The files of one edition, as (name, arguments); its timestamp may be missing."""
    yield from ((f"edition-{name}", of(edition)) for name in RENDITIONS)
    yield "edition-file", of(edition)
    yield from in_data_formats("edition-open-data", of(edition))
    yield from in_languages("edition-stratml", of(edition))


def of(edition):
    return {"period": edition.period, "number": edition.number}


def follows(address):
    """True for a file that takes long to make, and that no page shows: a copy gets it later."""
    is_slow = address.endswith(SLOW) and address != arms_address()
    return is_slow or address == f"/{LAST}"


def has_languages(name):
    return name in LANGUAGE_FILES or name.removeprefix("edition-") in RENDITIONS


def in_data_formats(name, arguments):
    return ((name, arguments | {"data_format": data_format}) for data_format in WRITERS)


def in_languages(name, arguments):
    return ((name, arguments | {"language": language}) for language in LANGUAGES)


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
