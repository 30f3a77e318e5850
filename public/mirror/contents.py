"""Every public address of a release, and what Django answers there: what a static copy holds, and a check compares."""

from contextlib import closing
from functools import cache
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.urls import resolve

from editions import official_text
from public.addresses import LANGUAGE_FILES, LANGUAGES, Page, file_path, forms_of
from public.formats.open_data import WRITERS
from public.pages.answers import ask


class NotAnswered(Exception):
    """An address of the inventory is not answered: the message says which, and with what."""


def addresses(release):
    """Each once. Not in it: what a query asks for, what was withdrawn, and redirects from former addresses."""
    yield from ("/", "/data/")  # the Indonesian home and data page, without a redirect
    for page in pages(release):
        for language in LANGUAGES:
            yield page.path(language)
            yield from (
                page.path(language, form=form) for form in forms_of(page.name) if release.home
            )
    for name, arguments in files(release):
        languages = LANGUAGES if name in LANGUAGE_FILES else [""]
        yield from (
            file_path(f"{name}-{language}".rstrip("-"), **arguments) for language in languages
        )


def pages(release):
    """Those of the sitemap; the search; and the list of a period whose editions were all withdrawn."""
    yield from (page for page, _changed in release.pages())
    yield Page("search")
    yield from (
        Page("editions", {"period": period})
        for period in release.due
        if period not in release.in_force
    )


def files(release):
    """What is not a page, as (name, arguments)."""
    names = [
        "feed",
        "data-schema",
        "chain-schema",
        "sitemap",
        "robots",
        *(["security"] if settings.SECURITY_CONTACT else []),
    ]
    yield from ((name, {}) for name in names)
    for period, editions in release.due.items():
        yield "chain", {"period": period}
        if official_text.received_file(period).exists():
            yield "received-file", {"period": period}
        if period in release.in_force:
            yield "booklet", {"period": period}
            yield from (
                ("open-data-in-force", {"period": period, "data_format": name}) for name in WRITERS
            )
        for edition in editions:
            if not edition.is_withdrawn:
                arguments = {"period": period, "number": edition.number}
                yield "edition-booklet", arguments
                yield "edition-file", arguments
                yield from (
                    ("edition-open-data", arguments | {"data_format": name}) for name in WRITERS
                )


def edition_of(address):
    """The (period, number) of the edition this address permanently belongs to.

    None for addresses of the current text.
    """
    match = resolve(address)
    name, arguments = match.func.__name__, match.kwargs
    if name == "difference":
        return arguments["period"], max(arguments["before"], arguments["after"])
    is_of_one = name == "edition" or name.startswith("edition_")
    return (arguments["period"], arguments["number"]) if is_of_one else None


def answer(address, release):
    """The headers, as pairs, and the body that everyone is answered there. Raises ``NotAnswered``."""
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
