"""The e-book of an edition: EPUB 3, made from the templates in ``templates/ebook``.

It fixes no colours, so that it follows the theme of the reader's program. Equal input gives equal
bytes: no time but the edition's is in it.
"""

import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from lxml import etree

from editions.clock import WIB
from public.addresses import file_path
from public.formats.citation import AUTHOR
from public.formats.figure import drawn
from public.titles import AUTHORITY, period_mark, state_meaning

CONTENT_TYPE = "application/epub+zip"
XHTML = "{http://www.w3.org/1999/xhtml}"
LANG, XML_LANG = "lang", "{http://www.w3.org/XML/1998/namespace}lang"
FEATURES = ("tableOfContents", "structuralNavigation", "readingOrder", "displayTransformability")
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first time that a ZIP file can hold


@dataclass(frozen=True)
class Chapter:
    """One file of the book. ``part`` is what it shows: an element, or the glossary's terms."""

    name: str
    template: str
    title: str
    kind: str = "chapter"
    role: str = "doc-chapter"
    part: object = None

    @property
    def file(self):
        return f"{self.name}.xhtml"

    @property
    def name_text(self):
        """The name of its element, which may lack the book's language; else None."""
        return getattr(self.part, "name", None)


def ebook(edition, language, *, state, permalink, site_url):
    """The EPUB of the edition in one language. ``state`` is as ``Release.state`` says."""
    with translation.override(language):
        words = context(edition, language, state, permalink, site_url)
        files = {
            "META-INF/container.xml": rendered("container.xml", words),
            "EPUB/package.opf": rendered("package.opf", words),
            "EPUB/nav.xhtml": page("nav", words),
            "EPUB/style.css": rendered("style.css", words),
        }
        for chapter in words["chapters"]:
            files[f"EPUB/{chapter.file}"] = page(chapter.template, words | {"chapter": chapter})
    return zipped(files)


def context(edition, language, state, permalink, site_url):
    document = edition.document
    shown = [passage for passage in document.passages() if passage.definition.is_official]
    title = _("Vision of the City of Magelang %(period)s") % {"period": edition.years}
    return {
        "edition": edition,
        "document": document,
        "language": language,
        "title": title + period_mark(state),
        "state_meaning": state_meaning(edition, state),
        "statement": document.statement.plain(language),
        "house": drawn(document, language),
        "chapters": chapters(document, language),
        "author": AUTHOR,
        "authority": AUTHORITY,
        "lacks_translation": any(passage.is_missing(language) for passage in shown),
        "permalink": permalink,
        "file": site_url + file_path("edition-file", period=edition.period, number=edition.number),
        "published": moment(edition.effective_at),
        "modified": moment(max([edition.effective_at, *state_began(edition, state)])),
        "licence": settings.CITY_LICENCE,
        "features": FEATURES,
    }


def moment(time):
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def state_began(edition, state):
    """The midnight at which the title lost its mark, or got the one of an archived period."""
    days = {"archived": edition.ends + timedelta(days=1), "": edition.begins}
    if day := days.get(state):
        yield datetime.combine(day, time(), WIB)


def chapters(document, language):
    terms = [term for term in document.terms if term.definition]
    by_alphabet = sorted(terms, key=lambda term: term.term.plain(language).casefold())
    return [
        Chapter("title", "title", _("Title page"), "titlepage", "region"),
        Chapter("vision", "vision", _("Vision")),
        *(
            Chapter(
                element.anchor,
                "element",
                f"{element.number}. {element.name.plain(language)}",
                part=element,
            )
            for element in document.elements
        ),
        Chapter("missions", "missions", _("Missions")),
        *glossary(by_alphabet),
        Chapter("colophon", "colophon", _("About this text"), "colophon", "doc-colophon"),
    ]


def glossary(terms):
    if terms:
        yield Chapter("glossary", "glossary", _("Glossary"), "glossary", "doc-glossary", terms)


def page(template, words):
    """The page as XHTML, where each element that names its language names it as XML does too."""
    root = etree.fromstring(rendered(f"{template}.xhtml", words))
    for element in root.iter(f"{XHTML}*"):
        if language := element.get(LANG):
            element.set(XML_LANG, language)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype="<!DOCTYPE html>")


def rendered(name, words):
    return render_to_string(f"ebook/{name}", words).encode()


def zipped(files):
    """The files as EPUB's ZIP: first its type, so that programs know it.

    Nothing is compressed, since another version of zlib would give other bytes; the answer is.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as book:
        for name, content in {"mimetype": CONTENT_TYPE, **files}.items():
            book.writestr(zipfile.ZipInfo(name, EARLIEST), content)
    return archive.getvalue()
