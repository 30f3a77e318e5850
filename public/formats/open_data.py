"""One edition as open data: JSON (see ``open_data_schema.json``), CSV and JSON-LD.

Texts are plain words, without the marks of foreign phrases, which the edition's own file has.
"""

import json
from datetime import UTC
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils import translation

from editions import fields
from public.addresses import LANGUAGES, Page, file_path
from public.formats import linked_data, spreadsheet
from public.formats.citation import AUTHOR

SCHEMA = Path(__file__).with_name("open_data_schema.json")
NOT_AS_SUCH = ("slug", "body")  # the slug is left out, the body is split into paragraphs
COLUMNS = [
    "period",
    "edition",
    "anchor",
    "kind",
    "field",
    "indonesian",
    "english",
    "address_id",
    "address_en",
]


@cache
def schema(path=SCHEMA, name="data-schema"):
    """The JSON Schema (draft 2020-12) of the file, with its public address."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if path == SCHEMA:
        _add_texts(data["properties"], data["$defs"])
    return dumped({"$id": settings.SITE_URL + file_path(name)} | data)


def _add_texts(properties, shared):
    """Add the table's texts that the schema's file lacks."""
    rows = {
        "vision": properties["vision"],
        "element": properties["elements"]["items"],
        "point": shared["point"],
        "mission": properties["missions"]["items"],
        "term": properties["terms"]["items"],
    }
    for kind, row in rows.items():
        for field in fields.of(kind):
            if field.name in row["properties"] or field.name in NOT_AS_SUCH:
                continue
            shape = "passage" if kind == "vision" else "text"
            reference = {"$ref": f"#/$defs/{shape}"}
            is_string = field.is_shared and kind != "vision"
            row["properties"][field.name] = {"type": "string"} if is_string else reference
            row["required"].append(field.name)


def dumped(data):
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def as_json(edition):
    document = edition.document
    return dumped(
        {
            "$schema": settings.SITE_URL + file_path("data-schema"),
            "publisher": AUTHOR,
            "licence": licence(),
            "period": {
                "start": edition.period_start,
                "end": edition.period_end,
                "first_day": edition.begins.isoformat(),
                "last_day": edition.ends.isoformat(),
            },
            "edition": edition.number,
            "effective": edition.effective_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "note": words(edition.note),
            "sha256": edition.sha256,
            "file": settings.SITE_URL
            + file_path("edition-file", period=edition.period, number=edition.number),
            "address": addresses(edition),
            "vision": {
                passage.field: {"anchor": passage.anchor, **words(passage.text)}
                for passage in map(document.passage, fields.of("vision"))
            },
            "elements": [element_data(element) for element in document.elements],
            "missions": [mission_data(mission) for mission in document.missions],
            "terms": [
                {
                    "anchor": term.anchor,
                    "variants": {language: term.also(language) for language in LANGUAGES},
                }
                | texts(term, variants={})
                for term in document.terms
            ],
        }
    )


def element_data(element):
    paragraphs = [{"anchor": anchor, **words(text)} for anchor, text in element.paragraphs]
    return {
        "number": element.number,
        "anchor": element.anchor,
        **texts(element, slug={}, body={"paragraphs": paragraphs}),
        "points": list_of_points(element),
    }


def mission_data(mission):
    """The mission. Without points there is no list, so older files keep their bytes."""
    points = {"points": list_of_points(mission)} if mission.points else {}
    return {"number": mission.number, "anchor": mission.anchor} | texts(mission) | points


def list_of_points(row):
    """The points of an element or a mission, or the items of a point."""
    return [
        {"anchor": point.anchor, **texts(point), "points": list_of_points(point)}
        for point in row.points
    ]


def texts(row, **instead):
    """The texts of the row by their names; ``instead`` replaces some."""
    data = {}
    for field in fields.of(row.kind):
        value = getattr(row, field.name)
        own = {field.name: value if field.is_shared else words(value)}
        data |= instead.get(field.name, own)
    return data


def words(text):
    """Both languages as plain words; "" if the English is missing."""
    return {language: text.own(language) for language in LANGUAGES}


def licence():
    """The licence the city has chosen, or None before it chooses."""
    if not settings.CITY_LICENCE:
        return None
    return {"name": settings.CITY_LICENCE, "url": settings.CITY_LICENCE_URL}


def addresses(edition, anchor=""):
    """The address of the edition's page, or of a passage on it, by language."""
    page = Page("edition", {"period": edition.period, "number": edition.number})
    return {language: settings.SITE_URL + page.path(language) + anchor for language in LANGUAGES}


def as_csv(edition):
    """One row per text, with both languages."""
    return spreadsheet.as_csv([COLUMNS, *rows(edition)])


def rows(edition):
    for anchor, kind, field, text in texts_of(edition.document):
        at = glossary_addresses(anchor) if kind == "term" else addresses(edition, f"#{anchor}")
        place = (edition.period, edition.number, anchor, kind, field)
        yield [*place, *words(text).values(), *at.values()]


def texts_of(document):
    """Yield (anchor, kind, field, text) in reading order, one for each paragraph of a body."""
    paragraphs = {element.anchor: element.paragraphs for element in document.elements}
    for passage in document.passages():
        if passage.kind == "element" and passage.field == "body":
            yield from (
                (anchor, "element", "body", text) for anchor, text in paragraphs[passage.anchor]
            )
        elif passage.text and passage.field != "slug":
            kind = "point" if passage.kind in fields.POINTS else passage.kind
            yield passage.anchor, kind, passage.field, passage.text


def glossary_addresses(anchor):
    return {
        language: f"{settings.SITE_URL}{Page('glossary').path(language)}#{anchor}"
        for language in LANGUAGES
    }


def as_jsonld(edition):
    """The text in both languages, its parts, and the glossary, in the words of schema.org."""
    graph = [linked_data.organization(settings.SITE_URL)]
    for language in LANGUAGES:
        with translation.override(language):
            glossary = linked_data.term_set(edition, settings.SITE_URL, in_full=True)
            graph += [whole_work(edition, language), glossary]
    return dumped({"@context": "https://schema.org", "@graph": graph})


def whole_work(edition, language):
    document, at = edition.document, addresses(edition)
    own, other = at.pop(language), at.popitem()[1]
    return {
        "@type": "CreativeWork",
        "@id": own,
        "name": document.statement.plain(language),
        "inLanguage": language,
        **linked_data.period_of(edition, settings.SITE_URL),
        **linked_data.licence(),
        "workTranslation" if language == "id" else "translationOfWork": {"@id": other},
        "hasPart": [
            {
                "@type": "CreativeWork",
                "@id": f"{own}#{part.anchor}",
                "position": part.number,
                "text": text,
            }
            | ({"name": name} if name else {})
            for part, name, text in parts_of(document, language)
        ],
    }


def parts_of(document, language):
    """Yield (part, name or "", text) for the elements and missions that have this language."""
    for element in document.elements:
        if text := text_of(element, (element.body, element.points_lead_in), language):
            yield element, element.name.own(language), text
    for mission in document.missions:
        if text := text_of(mission, (mission.statement,), language):
            yield mission, mission.short_title.own(language), text


def text_of(part, texts, language):
    """The texts and the points of the part, each on its lines."""
    points = (f"{point.marker} {point.whole.own(language)}" for point in part.all_points())
    words = (*(text.own(language) for text in texts), *points)
    return "\n".join(filter(None, (each.strip() for each in words)))


WRITERS = {
    "json": (as_json, linked_data.ENCODING_FORMATS["json"]),
    "csv": (as_csv, f"{linked_data.ENCODING_FORMATS['csv']}; charset=utf-8"),
    "jsonld": (as_jsonld, linked_data.ENCODING_FORMATS["jsonld"]),
}
