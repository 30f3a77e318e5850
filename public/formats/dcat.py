"""The catalogue of all files: DCAT 3 in JSON-LD, as the European profile DCAT-AP wants it.

A data portal (CKAN) harvests it. Each period is a dataset, each edition is one, and what belongs to
no period is in another. The distributions are the files of ``public.inventory``.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from editions.clock import WIB
from public import inventory
from public.addresses import LANGUAGES, Page, file_path
from public.formats.citation import AUTHOR
from public.formats.open_data import dumped
from public.titles import FORM_WORDS, GENERAL, SITE, title_of

CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
EU = "http://publications.europa.eu/resource/authority"
LANGUAGE_CODES = {"id": "IND", "en": "ENG"}
UNOFFICIAL = "unofficial translation"  # said in English only


NOT_DATA = ("catalogue", "sitemap", "robots", "security", "arms")
MEDIA_TYPES = {
    "atom": "application/atom+xml",
    "csv": "text/csv",
    "epub": "application/epub+zip",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "py": "text/x-python",
    "tsr": "application/timestamp-reply",
    "txt": "text/plain",
    "xml": "application/xml",
}
PLAIN = "text/plain"  # of a file without a suffix
STANDARDS = {
    "urn:iso:std:iso:14289:-1": "PDF/UA-1 (ISO 14289-1)",
    "urn:iso:std:iso:19005:-2": "PDF/A-2a (ISO 19005-2)",
    "urn:iso:std:iso:17469:-1": "StratML (ISO 17469-1)",
    "https://www.w3.org/TR/epub-33/": "EPUB 3",
}
FOLLOWS = {  # by suffix
    "pdf": ("urn:iso:std:iso:14289:-1", "urn:iso:std:iso:19005:-2"),
    "xml": ("urn:iso:std:iso:17469:-1",),
    "epub": ("https://www.w3.org/TR/epub-33/",),
}
SCHEMAS = {  # of JSON files, by name
    "open-data-in-force": ("data-schema", _("JSON Schema of the data")),
    "edition-open-data": ("data-schema", _("JSON Schema of the data")),
    "chain": ("chain-schema", _("JSON Schema of the list")),
}
OPEN_DATA = {
    "csv": ("CSV", _("a table for spreadsheets")),
    "json": ("JSON", _("for programs")),
    "jsonld": ("JSON-LD", _("for search engines and catalogues")),
}
TITLES = {
    "api": _("Description of the API"),
    "chain": _("Checksums of all editions of the period (JSON)"),
    "chain-schema": _("JSON Schema of the list"),
    "checkpoint": _("Checksums of all editions, signed"),
    "checkpoint-body": _("Checksums of all editions"),
    "data-schema": _("JSON Schema of the data"),
    "edition-file": _("Original file of the edition (JSON)"),
    "edition-timestamp": _("Timestamp of the edition (RFC 3161)"),
    "feed": _("News of editions (Atom)"),
    "llms": _("List of all text files (llms.txt)"),
    "received-file": _("The text as received (plain text)"),
    "verifier": _("Program that checks the checksums (Python)"),
}


@dataclass(frozen=True)
class File:
    """A public file: its name in ``public.inventory``, or its page whose Markdown it is."""

    path: str
    language: str | None  # of its address, or None if it has one for both
    name: str = ""
    arguments: dict = field(default_factory=dict)
    page: Page | None = None
    document: object = None

    @property
    def place(self):
        """The (period, number) of the dataset that has it, each None where it is of all."""
        arguments = self.page.arguments if self.page else self.arguments
        is_of_edition = not self.page or self.page.name == "edition"
        return arguments.get("period"), arguments.get("number") if is_of_edition else None

    @property
    def suffix(self):
        return PurePosixPath(self.path).suffix[1:]

    @property
    def languages(self):
        """Those of its text."""
        has_both = not self.language or (self.page and self.page.name == "bilingual")
        return LANGUAGES if has_both else (self.language,)

    @property
    def title(self):
        """Its name in the active language; of a file for each language, it names that."""
        if not self.language:
            return self.words
        return f"{self.words} – {get_language_info(self.language)['name_local']}"

    @property
    def words(self):
        rendition = FORM_WORDS.get(self.name.removeprefix("edition-"))
        if self.page:
            return f"{title_of(self.page, self.document)} (Markdown)"
        if rendition:
            return f"{rendition.name} ({rendition.format})"
        if "data_format" in self.arguments:
            name, readers = OPEN_DATA[self.arguments["data_format"]]
            return f"{name}: {readers}"
        return "StratML" if "stratml" in self.name else str(TITLES[self.name])

    def standards(self):
        """Yield (address, title) of each standard or schema that it follows."""
        if self.name in SCHEMAS and self.suffix == "json":
            schema, title = SCHEMAS[self.name]
            yield address(file_path(schema)), in_both(lambda: title)
        for standard in () if self.page else FOLLOWS.get(self.suffix, ()):
            yield standard, STANDARDS[standard]


def files(release):
    """All that the catalogue lists."""
    for name, arguments in inventory.files(release):
        if name not in NOT_DATA:
            for language, path in inventory.paths(name, arguments).items():
                yield File(path, language or arguments.get("language"), name, arguments)
    for page, edition in inventory.texts(release):
        for language in LANGUAGES:
            path = page.path(language, form="markdown")
            yield File(path, language, page=page, document=edition.document)


def catalogue(release, read):
    """The catalogue of the release as JSON-LD.

    ``read`` gives the bytes of the file at a path. Files of replaced editions are named without
    size and checksum, except the original one: so it takes as long after a hundred editions.
    """
    by_place = {}
    for file in files(release):
        by_place.setdefault(file.place, []).append(file)
    root = {
        "@context": CONTEXT,
        "@id": address(file_path("catalogue")),
        "@type": "dcat:Catalog",
        "dct:title": in_both(lambda: SITE),
        "dct:description": in_both(lambda: GENERAL),
        "dct:publisher": publisher(),
        "dct:language": languages(LANGUAGES),
        "foaf:homepage": {"@id": address("/"), "@type": "foaf:Document"},
        **licence(),
        "dcat:dataset": list(datasets(release, by_place, read)),
        "dcat:service": service(release),
    }
    return dumped(root)


def datasets(release, by_place, read):
    if release.due:
        yield site_dataset(release) | distributions(by_place[None, None], read)
    for period, edition in release.in_force.items():
        yield dataset(release, edition) | distributions(by_place[period, None], read)
    in_force = release.in_force.values()
    for edition in standing(release):
        found = by_place[edition.period, edition.number]
        yield edition_dataset(release, edition) | distributions(found, read, edition in in_force)


def standing(release):
    return [edition for edition in release.all_due() if not edition.is_withdrawn]


def site_dataset(release):
    """What is of all periods: the news, the proofs, and how to read the rest."""
    editions = sorted(release.all_due(), key=lambda edition: edition.effective_at)
    return {
        "@id": f"{address(Page('data').path('id'))}#dataset",
        "@type": "dcat:Dataset",
        "dct:title": in_both(lambda: _("Vision of the City of Magelang: editions")),
        "dct:description": in_both(
            lambda: _("Each publication of the city’s vision, and what changed.")
        ),
        "dct:identifier": "magelang",
        "dct:accrualPeriodicity": frequency("IRREG"),
        **published(Page("data"), editions[0].effective_at, editions[-1].effective_at),
    }


def dataset(release, edition):
    """The vision of a period, as its edition in force says it."""
    page = Page("vision", {"period": edition.period})
    first = min(each.effective_at for each in release.due[edition.period])
    return {
        "@id": address(page.path("id")),
        "@type": "dcat:Dataset",
        "dct:title": in_both(lambda: title_of(page)),
        "dct:description": statement_of(edition),
        "dct:identifier": f"magelang-{edition.period}",
        "dct:accrualPeriodicity": frequency("IRREG"),
        **published(page, first, release.changed_at(edition.period)),
        **of_period(edition),
        "dcat:hasVersion": [
            {"@id": edition_address(each)}
            for each in standing(release)
            if each.period == edition.period
        ],
    }


def edition_dataset(release, edition):
    """One edition, which never changes."""
    page = Page("edition", {"period": edition.period, "number": edition.number})
    vision = Page("vision", {"period": edition.period})
    of_vision = {"dcat:isVersionOf": {"@id": address(vision.path("id"))}}
    return {
        "@id": edition_address(edition),
        "@type": "dcat:Dataset",
        "dct:title": in_both(lambda: title_of(page)),
        "dct:description": in_both(lambda: edition.note.plain(get_language())),
        "dct:identifier": f"magelang-{edition.period}-{edition.number}",
        "dct:accrualPeriodicity": frequency("NEVER"),
        **published(page, edition.effective_at),
        **of_period(edition),
        **(of_vision if edition.period in release.in_force else {}),
    }


def statement_of(edition):
    """The statement in each language that it has; the English says that it is unofficial."""
    statement = edition.document.statement
    literals = in_both(lambda: statement.own(get_language()))
    said = [literal for literal in literals if literal["@value"]]
    for literal in said[1:]:
        literal["@value"] += f" ({UNOFFICIAL})"
    return said


def published(page, issued, modified=None):
    """What all datasets say: by whom, since when, where to read it, and whom to ask."""
    return {
        "dct:publisher": publisher(),
        "dct:issued": date(day_of(issued)),
        **({"dct:modified": date(day_of(modified))} if modified else {}),
        "dct:language": languages(LANGUAGES),
        "dcat:theme": {"@id": f"{EU}/data-theme/GOVE"},
        "dcat:landingPage": {"@id": address(page.path("id")), "@type": "foaf:Document"},
        **contact(),
    }


def of_period(edition):
    return {
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": date(edition.begins),
            "dcat:endDate": date(edition.ends),
        },
        "dcat:version": str(edition.number),
    }


def distributions(files, read, is_in_force=True):
    return {
        "dcat:distribution": [
            distribution(file)
            | (measured(read(file.path)) if is_in_force or file.name == "edition-file" else {})
            for file in files
        ]
    }


def distribution(file):
    media_type = MEDIA_TYPES.get(file.suffix, PLAIN)
    standards = [
        {"@id": standard, "@type": "dct:Standard", "dct:title": title}
        for standard, title in file.standards()
    ]
    return {
        "@id": f"{address(file.path)}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": in_both(lambda: file.title),
        "dcat:accessURL": {"@id": address(file.path)},
        "dcat:downloadURL": {"@id": address(file.path)},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media_type}"},
        "dct:language": languages(file.languages),
        **({"dct:conformsTo": standards} if standards else {}),
        **licence(),
    }


def measured(content):
    return {
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(len(content))},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": sha256(content).hexdigest()},
        },
    }


def service(release):
    pages = [Page("vision", {"period": period}) for period in release.in_force]
    return {
        "@id": f"{address(file_path('api'))}#service",
        "@type": "dcat:DataService",
        "dct:title": in_both(lambda: _("Data of the vision of the City of Magelang")),
        "dcat:endpointURL": {"@id": address("/data/")},
        "dcat:endpointDescription": {"@id": address(file_path("api"))},
        "dcat:servesDataset": [{"@id": address(page.path("id"))} for page in pages],
    }


# Values


def address(path):
    return settings.SITE_URL + path


def edition_address(edition):
    page = Page("edition", {"period": edition.period, "number": edition.number})
    return address(page.path("id"))


def publisher():
    return {"@id": address("/#pemkot"), "@type": "foaf:Agent", "foaf:name": AUTHOR}


def contact():
    """Where readers ask: an e-mail or web address, if the operator set one."""
    contact = settings.CITY_CONTACT
    if " " in contact:
        return {}
    if "@" in contact:
        way = {"vcard:hasEmail": {"@id": f"mailto:{contact}"}}
    elif contact.startswith("https://"):
        way = {"vcard:hasURL": {"@id": contact}}
    else:
        return {}
    return {"dcat:contactPoint": {"@type": "vcard:Organization", "vcard:fn": AUTHOR} | way}


def licence():
    if not settings.CITY_LICENCE_URL:
        return {}
    return {"dct:license": {"@id": settings.CITY_LICENCE_URL, "@type": "dct:LicenseDocument"}}


def frequency(code):
    return {"@id": f"{EU}/frequency/{code}", "@type": "dct:Frequency"}


def languages(codes):
    return [
        {"@id": f"{EU}/language/{LANGUAGE_CODES[code]}", "@type": "dct:LinguisticSystem"}
        for code in codes
    ]


def day_of(moment):
    return moment.astimezone(WIB).date()


def date(day):
    return {"@type": "xsd:date", "@value": day.isoformat()}


def in_both(said):
    """What ``said`` returns in each language, as literals that name it."""
    literals = []
    for language in LANGUAGES:
        with translation.override(language):
            literals.append({"@language": language, "@value": str(said())})
    return literals
