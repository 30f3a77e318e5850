"""The passages of a document that search finds, each with its page and anchor."""

import re
from dataclasses import dataclass

from editions.document import Text
from public.addresses import LANGUAGES, Page


@dataclass(frozen=True)
class Entry:
    """A passage as a reader sees it, and the names that are searched with it."""

    page: Page
    anchor: str
    kind: str
    heading: Text
    texts: tuple[Text, ...]
    names: tuple[Text, ...] = ()

    def runs(self, language):
        """The words of all its texts, by language."""
        for number, text in enumerate(filter(None, self.texts)):
            if number and not text.shown(language).startswith(","):
                yield " ", language
            for words, spoken in text.runs(language):
                yield re.sub(r"\s+", " ", words), spoken

    def language_shown(self, language):
        shown = (text.language_shown(language) for text in self.texts)
        return next((other for other in shown if other != language), language)


def entries(document):
    """The passages of the document in reading order; some may be empty."""
    page, years = Page("vision", {"period": document.period}), document.years
    heading = Text(f"Visi {years}", f"Vision {years}")
    entries_of = {"element": element_entries, "mission": mission_entries, "term": term_entries}
    for texts, rows in document.sections():
        for field in texts:
            text = document.passage(field).text
            names = (heading,) if field.name == "statement" else ()
            yield Entry(page, field.anchor, "vision", heading, tuple(text.paragraphs), names)
        for row in rows:
            yield from entries_of[row.kind](document, row)


def element_entries(document, element):
    page = Page("element", {"period": document.period, "slug": element.slug})
    names = (Text(f"Unsur {element.number}", f"Element {element.number}"), element.name)
    for anchor, text in element.paragraphs or [(element.anchor, element.name)]:
        yield Entry(page, anchor, "element", element.name, (text,), names)
        names = ()  # the first paragraph has them
    yield explanation_entry(page, element, element.name)
    yield Entry(page, f"{element.anchor}-butir", "element", element.name, (element.points_lead_in,))
    yield from point_entries(page, element, element.name)


def point_entries(page, part, name):
    for point in part.points:
        heading = heading_of(name, point)
        for row in (point, *point.points):
            texts = (Text(row.marker, row.marker), row.title, row.connective, row.text)
            yield Entry(page, row.anchor, "point", heading, texts)


def heading_of(part, point):
    """The part's name and the point's title, else marker: "Kota Cerdas › Smart Living"."""
    names = part, point.title or Text(point.marker, point.marker)
    return Text(
        *(
            " › ".join(name.plain(language).rstrip(" ,;.:") for name in names if name)
            for language in LANGUAGES
        )
    )


def mission_entries(document, mission):
    page = Page("mission", {"period": document.period, "number": mission.number})
    heading = Text(f"Misi {mission.number}", f"Mission {mission.number}")
    names = (heading, mission.short_title)
    if title := mission.short_title:
        heading = Text(f"{heading.id}: {title.plain('id')}", f"{heading.en}: {title.plain('en')}")
    yield Entry(page, mission.anchor, "mission", heading, (mission.statement,), names)
    yield explanation_entry(page, mission, heading)
    yield from point_entries(page, mission, heading)


def explanation_entry(page, row, heading):
    anchor = f"{row.anchor}-sederhana"
    return Entry(page, anchor, "explanation", heading, tuple(row.explanation.paragraphs))


def term_entries(document, term):
    """The term and its equivalent, each with its variants, as the glossary shows them."""
    indonesian, english = term.term.own("id"), term.term.own("en")
    also = {
        language: f" ({', '.join(words)})" if (words := term.also(language)) else ""
        for language in LANGUAGES
    }
    colon = ":" if term.definition or term.note else ""
    name = Text(indonesian + also["id"], english and english + also["en"])
    twin = Text()
    if indonesian and english:
        twin = Text(f"– [[{name.en}]]{colon}", f"– [[{name.id}]]{colon}")
    texts = (name, twin, term.definition, term.note)
    heading = Text(f"Daftar istilah › {indonesian}", f"Glossary › {english or indonesian}")
    yield Entry(Page("glossary"), term.anchor, "term", heading, texts)
