"""The catalogue of all files: DCAT 3 in JSON-LD, as the European profile DCAT-AP wants it.

A data portal (CKAN) harvests it. Each period is a dataset; its files are distributions with size
and checksum. Each edition is a dataset too, with its original file.
"""

from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from editions.clock import WIB
from public.addresses import LANGUAGES, Page, file_path
from public.formats.citation import AUTHOR
from public.formats.open_data import dumped
from public.titles import GENERAL, SITE, title_of

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


@dataclass(frozen=True)
class File:
    """One file of an edition: its path, its size in bytes, and the languages of its text."""

    path: str
    media_type: str
    size: int
    sha256: str
    languages: tuple[str, ...] = LANGUAGES

    @classmethod
    def of(cls, path, content_type, content, languages) -> "File":
        """Its bytes are not kept: all files together would fill the memory."""
        media_type = content_type.partition(";")[0]
        return cls(path, media_type, len(content), sha256(content).hexdigest(), languages)


def catalogue(release, files):
    """The catalogue of the release as JSON-LD.

    ``files`` are the files of the editions in force: ``File`` lists by period.
    """
    datasets = [
        dataset(release, edition, files[period]) for period, edition in release.in_force.items()
    ]
    editions = [edition_dataset(release, edition) for edition in standing(release)]
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
        "dcat:dataset": datasets + editions,
        "dcat:service": service(datasets),
    }
    return dumped(root)


def standing(release):
    return [edition for edition in release.all_due() if not edition.is_withdrawn]


def dataset(release, edition, files):
    """The vision of a period, as its edition in force says it."""
    page = Page("vision", {"period": edition.period})
    return {
        "@id": address(page.path("id")),
        "@type": "dcat:Dataset",
        **described(edition, page, statement_of(edition)),
        "dct:accrualPeriodicity": frequency("IRREG"),
        "dcat:hasVersion": [
            {"@id": edition_address(each)}
            for each in standing(release)
            if each.period == edition.period
        ],
        "dcat:distribution": [distribution(edition, file) for file in files],
    }


def edition_dataset(release, edition):
    """One edition, which never changes; its original file is its distribution."""
    page = Page("edition", {"period": edition.period, "number": edition.number})
    file = file_path("edition-file", period=edition.period, number=edition.number)
    vision = Page("vision", {"period": edition.period})
    return {
        "@id": edition_address(edition),
        "@type": "dcat:Dataset",
        **described(edition, page, in_both(lambda: edition.note.plain(get_language()))),
        "dct:accrualPeriodicity": frequency("NEVER"),
        **(
            {"dcat:isVersionOf": {"@id": address(vision.path("id"))}}
            if edition.period in release.in_force
            else {}
        ),
        "dcat:distribution": [
            place(edition, file, "application/json", LANGUAGES) | checksum(edition.sha256)
        ],
    }


def statement_of(edition):
    """The statement in each language that it has; the English says that it is unofficial."""
    statement = edition.document.statement
    literals = in_both(lambda: statement.own(get_language()))
    said = [literal for literal in literals if literal["@value"]]
    for literal in said[1:]:
        literal["@value"] += f" ({UNOFFICIAL})"
    return said


def described(edition, page, description):
    return {
        "dct:title": in_both(lambda: title_of(page)),
        "dct:description": description,
        "dct:identifier": f"magelang-{edition.period}-{edition.number}",
        "dct:publisher": publisher(),
        "dct:issued": date(edition.effective_at.astimezone(WIB).date()),
        "dct:language": languages(LANGUAGES),
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": date(edition.begins),
            "dcat:endDate": date(edition.ends),
        },
        "dcat:theme": {"@id": f"{EU}/data-theme/GOVE"},
        "dcat:version": str(edition.number),
        "dcat:landingPage": {"@id": address(page.path("id")), "@type": "foaf:Document"},
        **contact(),
    }


def distribution(edition, file):
    return (
        place(edition, file.path, file.media_type, file.languages)
        | {"dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(file.size)}}
        | checksum(file.sha256)
    )


def place(edition, path, media_type, of_text):
    return {
        "@id": f"{address(path)}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": path.rpartition("/")[2],
        "dcat:accessURL": {"@id": address(path)},
        "dcat:downloadURL": {"@id": address(path)},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media_type}"},
        "dct:language": languages(of_text),
        "dct:issued": date(edition.effective_at.astimezone(WIB).date()),
        **licence(),
    }


def checksum(digest):
    return {
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": digest},
        }
    }


def service(datasets):
    return {
        "@id": f"{address(file_path('api'))}#service",
        "@type": "dcat:DataService",
        "dct:title": in_both(lambda: _("Data of the vision of the City of Magelang")),
        "dcat:endpointURL": {"@id": address("/data/")},
        "dcat:endpointDescription": {"@id": address(file_path("api"))},
        "dcat:servesDataset": [{"@id": each["@id"]} for each in datasets],
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


def date(day):
    return {"@type": "xsd:date", "@value": day.isoformat()}


def in_both(said):
    """What ``said`` returns in each language, as literals that name it."""
    literals = []
    for language in LANGUAGES:
        with translation.override(language):
            literals.append({"@language": language, "@value": str(said())})
    return literals
