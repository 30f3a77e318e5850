"""The JSON-LD inside a page, in the words of schema.org."""

import json
from hashlib import sha256

from django.conf import settings
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from editions import official_text
from editions.clock import WIB
from public.addresses import DATA_FORMATS, LANGUAGES, Page, file_path
from public.formats.citation import AUTHOR

ENCODING_FORMATS = {"json": "application/json", "csv": "text/csv", "jsonld": "application/ld+json"}
SCRIPT_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def script(data):
    """The data for a ``script`` element, which no character in them can end."""
    return mark_safe(
        json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(SCRIPT_ESCAPES)
    )


def organization(site_url):
    return {"@type": "GovernmentOrganization", "@id": f"{site_url}/#pemkot", "name": AUTHOR}


def page_data(page, title, edition, site_url):
    """The graph of one page of an edition's text, in the active language."""
    language = get_language()
    addresses = {language: site_url + page.path(language) for language in LANGUAGES}
    own, twin = addresses.pop(language), addresses.popitem()[1]
    work = {
        "@type": "CreativeWork",
        "@id": own,
        "name": title,
        "inLanguage": language,
        **period_of(edition, site_url),
        **({} if page.name == "vision" else {"isPartOf": {"@id": whole_text(edition, site_url)}}),
        "workTranslation" if language == "id" else "translationOfWork": {"@id": twin},
    }
    graph = [organization(site_url), work] + (
        [term_set(edition, site_url)] if page.name == "glossary" else []
    )
    return {"@context": "https://schema.org", "@graph": graph}


def data_set(edition, description, site_url, size_of):
    """The files of the edition in force as a dataset, for the page of data.

    ``size_of`` gives the kB of the file at a path.
    """
    language = get_language()
    work = {
        "@type": "Dataset",
        "@id": f"{whole_text(edition, site_url)}#dataset",
        "name": _("Vision of the City of Magelang %(period)s: data") % {"period": edition.years},
        "description": description,
        "inLanguage": list(LANGUAGES),
        **period_of(edition, site_url),
        **licence(),
        "includedInDataCatalog": {"@type": "DataCatalog", "url": site_url + file_path("catalogue")},
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": encoding_format,
                "contentUrl": site_url + path,
                **({"contentSize": f"{size} kB"} if size else {}),
            }
            for path, encoding_format, is_cheap in main_files(edition, language)
            for size in [is_cheap and size_of(path)]
        ],
    }
    return {"@context": "https://schema.org", "@graph": [organization(site_url), work]}


def main_files(edition, language):
    """Yield (path, type, whether it is made quickly) of each form for readers and programs."""
    of_period = {"period": edition.period}
    for data_format in DATA_FORMATS:
        path = file_path("open-data-in-force", **of_period, data_format=data_format)
        yield path, ENCODING_FORMATS[data_format], True
    yield file_path("stratml-in-force", **of_period, language=language), "application/xml", True
    yield Page("vision", of_period).path(language, form="markdown"), "text/markdown", True
    yield file_path(f"booklet-{language}", **of_period), "application/pdf", False
    yield file_path(f"e-book-{language}", **of_period), "application/epub+zip", False


def licence():
    return {"license": settings.CITY_LICENCE_URL} if settings.CITY_LICENCE_URL else {}


def whole_text(edition, site_url):
    return site_url + Page("vision", {"period": edition.period}).path(get_language())


def period_of(edition, site_url):
    """The values of all works of an edition: its period, number, day, publisher and source."""
    return {
        "temporalCoverage": temporal_coverage(edition),
        "version": edition.number,
        "datePublished": edition.effective_at.astimezone(WIB).date().isoformat(),
        "publisher": {"@id": f"{site_url}/#pemkot"},
        **source_of(edition, site_url),
    }


def temporal_coverage(edition):
    """The years, or the days where the edition says which: ISO 8601 intervals."""
    first = edition.first_day or edition.period_start
    return f"{first}/{edition.last_day or edition.period_end}"


def source_of(edition, site_url):
    """The text as received, if the period has one."""
    checksum = received_sha256(edition.period)
    if not checksum:
        return {}
    address = site_url + file_path("received-file", period=edition.period)
    return {"isBasedOn": {"@type": "DigitalDocument", "url": address, "sha256": checksum}}


def received_sha256(period):
    """The SHA-256 of the text as received for the period, or ""."""
    path = official_text.received_file(period)
    return sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def term_set(edition, site_url, *, in_full=False):
    """The glossary as a set of defined terms, in the active language.

    A page shows variants and meaning of each term already; ``in_full`` is for a file.
    """
    language = get_language()
    address = site_url + Page("glossary").path(language)
    return {
        "@type": "DefinedTermSet",
        "@id": f"{address}#istilah",
        "inLanguage": language,
        "isPartOf": {"@id": whole_text(edition, site_url)},
        "hasDefinedTerm": [
            {"@type": "DefinedTerm", "name": term.term.plain(language)}
            | (described(term, language, address) if in_full else {})
            for term in edition.document.terms
        ],
    }


def described(term, language, address):
    variants, meaning = term.also(language), term.definition.plain(language)
    return (
        {"url": f"{address}#{term.anchor}"}
        | ({"alternateName": variants} if variants else {})
        | ({"description": meaning} if meaning else {})
    )
