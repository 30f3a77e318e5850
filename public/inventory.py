"""The files of a release that are not pages, and the pages that have their text as Markdown.

The static copy holds them all, and the catalogue lists them all, each from this one list.
"""

from django.conf import settings

from editions import official_text
from public.addresses import LANGUAGE_FILES, LANGUAGES, RENDITIONS, TEXT_PAGES, file_path
from public.formats import checkpoint
from public.formats.open_data import WRITERS

SITE_FILES = (
    "feed",
    "api",
    "data-schema",
    "chain-schema",
    "verifier",
    "sitemap",
    "robots",
    "llms",
)


def paths(name, arguments):
    """The addresses of a file by language: one under None, or one for each language."""
    if not has_languages(name):
        return {None: file_path(name, **arguments)}
    return {language: file_path(f"{name}-{language}", **arguments) for language in LANGUAGES}


def has_languages(name):
    return name in LANGUAGE_FILES or name.removeprefix("edition-") in RENDITIONS


def files(release):
    """The files, as (name, arguments); the catalogue comes last, since it needs the others."""
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
    yield "catalogue", {}


def files_of(edition):
    """The files of one edition, as (name, arguments); its timestamp may be missing."""
    yield from ((f"edition-{name}", of(edition)) for name in RENDITIONS)
    yield "edition-file", of(edition)
    yield from in_data_formats("edition-open-data", of(edition))
    yield from in_languages("edition-stratml", of(edition))


def of(edition):
    return {"period": edition.period, "number": edition.number}


def in_data_formats(name, arguments):
    return ((name, arguments | {"data_format": data_format}) for data_format in WRITERS)


def in_languages(name, arguments):
    return ((name, arguments | {"language": language}) for language in LANGUAGES)


def texts(release):
    """The pages that have their text as Markdown, each with the edition that it shows."""
    for page, _changed in release.pages():
        if page.name in TEXT_PAGES and release.home:
            period, number = page.arguments.get("period"), page.arguments.get("number")
            edition = release.in_force[period] if period else release.home
            is_of_one = page.name == "edition"
            yield page, release.edition(period, number) if is_of_one else edition
