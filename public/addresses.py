"""Every public address, in one table. Addresses are promises: lines are added, never changed."""

from dataclasses import dataclass, field
from functools import cache, lru_cache

from django.conf import settings
from django.urls import register_converter, reverse

from editions.document import Text

# name: (Indonesian, English). The words of addresses are promises and so not catalogue entries.
PAGES = {
    "home": ("", ""),
    "periods": ("visi/", "vision/"),
    "vision": ("visi/<period:period>/", "vision/<period:period>/"),
    "bilingual": ("visi/<period:period>/dwibahasa/", "vision/<period:period>/bilingual/"),
    "figure": ("visi/<period:period>/bagan/", "vision/<period:period>/figure/"),
    "elements": ("visi/<period:period>/unsur/", "vision/<period:period>/elements/"),
    "element": (
        "visi/<period:period>/unsur/<slug:slug>/",
        "vision/<period:period>/elements/<slug:slug>/",
    ),
    "missions": ("visi/<period:period>/misi/", "vision/<period:period>/missions/"),
    "mission": (
        "visi/<period:period>/misi/<n:number>/",
        "vision/<period:period>/missions/<n:number>/",
    ),
    "editions": ("visi/<period:period>/edisi/", "vision/<period:period>/editions/"),
    "edition": (
        "visi/<period:period>/edisi/<n:number>/",
        "vision/<period:period>/editions/<n:number>/",
    ),
    "difference": (
        "visi/<period:period>/edisi/<n:before>/<n:after>/",
        "vision/<period:period>/editions/<n:before>/<n:after>/",
    ),
    "glossary": ("istilah/", "glossary/"),
    "search": ("cari/", "search/"),
    "data": ("data/", "data/"),
    "embed": ("sematan/", "embed/"),
    "about": ("tentang/", "about/"),
    "accessibility": ("aksesibilitas/", "accessibility/"),
}
# What other sites may show in a frame, by kind: the page "embed" has the code for each.
FRAMES = {
    "sentence": ("sematan/kalimat/", "embed/sentence/"),
    "figure": ("sematan/bagan/", "embed/figure/"),
    "missions": ("sematan/misi/", "embed/missions/"),
}
# The other forms of a page, under its address: citation files of its content, its picture, and its
# text as Markdown.
FORMS = {
    "bib": ("kutip.bib", "cite.bib"),
    "ris": ("kutip.ris", "cite.ris"),
    "picture": ("gambar.png", "picture.png"),
    "markdown": ("teks.md", "text.md"),
}
TEXT_PAGES = (
    "home",
    "vision",
    "bilingual",
    "figure",
    "elements",
    "element",
    "missions",
    "mission",
    "edition",
    "glossary",
)
PICTURED_PAGES = ("vision", "element", "mission")
# The whole text of a period as one file. Each edition has its own, with "edition-" before the name.
RENDITIONS = {
    "booklet": ("buku.pdf", "booklet.pdf"),
    "large-print": ("buku-besar.pdf", "booklet-large.pdf"),
    "two-up": ("buku-a4.pdf", "booklet-a4.pdf"),
    "poster": ("poster.pdf", "poster.pdf"),
    "e-book": ("buku.epub", "booklet.epub"),
}
LANGUAGE_FILES = {
    "feed": ("umpan.atom", "feed.atom"),
}
FILES = {
    "edition-file": "data/<period:period>/<n:number>.json",
    "received-file": "data/<period:period>/source.txt",
    "open-data-in-force": "data/<period:period>.<data_format:data_format>",
    "edition-open-data": "data/<period:period>/editions/<n:number>.<data_format:data_format>",
    "stratml-in-force": "data/<period:period>/stratml.<language:language>.xml",
    "edition-stratml": "data/<period:period>/editions/<n:number>/stratml.<language:language>.xml",
    "edition-timestamp": "data/<period:period>/<n:number>.tsr",
    "chain": "data/<period:period>/chain.json",
    "checkpoint": "data/checkpoint",
    "checkpoint-body": "data/checkpoint.txt",
    "verifier": "data/verify_chain.py",
    "catalogue": "data/catalog.jsonld",
    "api": "data/openapi.json",
    "data-schema": "data/schema.json",
    "chain-schema": "data/chain-schema.json",
    "arms": "lambang.<image_format:image_format>",
    "sitemap": "sitemap.xml",
    "robots": "robots.txt",
    "llms": "llms.txt",
    "security": ".well-known/security.txt",
}
OEMBED = "oembed"
LANGUAGES = ("id", "en")
DATA_FORMATS = ("json", "csv", "jsonld")
ADMIN, SHARED_PREVIEWS = "/admin/", "/pratinjau/"
UNPUBLISHED = (ADMIN, SHARED_PREVIEWS)
# Below the address of a shared preview: the page on which people answer.
ANSWER = {"id": "id/jawaban/", "en": "en/answer/"}


def is_admin(request):
    return request.path_info.startswith(ADMIN)


def is_frame(request):
    return request.path_info in frames()


@cache
def frames():
    """The path of each frame in each language."""
    return {frame_page(kind).path(language) for kind in FRAMES for language in LANGUAGES}


def frame_page(kind):
    return Page(f"embed-{kind}")


def rendition_routes(name):
    """Yield (URL name, its two routes) of the rendition in force, and of each edition's."""
    for url_name, page in ((name, "vision"), (f"edition-{name}", "edition")):
        pairs = zip(PAGES[page], RENDITIONS[name], strict=True)
        yield url_name, [route + file for route, file in pairs]


def forms_of(name):
    """The forms that the page has besides HTML."""
    return [form for form in FORMS if name in (PICTURED_PAGES if form == "picture" else TEXT_PAGES)]


def other(language):
    """The other of the two languages."""
    return LANGUAGES[1 - LANGUAGES.index(language)]


class PeriodConverter:
    regex = "[12][0-9]{3}-[12][0-9]{3}"
    to_python = to_url = staticmethod(str)


class NumberConverter:
    regex = "[1-9][0-9]{0,5}"  # no leading zero: one page has one address
    to_python = staticmethod(int)
    to_url = staticmethod(str)


class DataFormatConverter:
    regex = "|".join(DATA_FORMATS)
    to_python = to_url = staticmethod(str)


class LanguageConverter:
    regex = "|".join(LANGUAGES)
    to_python = to_url = staticmethod(str)


class ImageFormatConverter:
    regex = "svg|png"
    to_python = to_url = staticmethod(str)


register_converter(DataFormatConverter, "data_format")
register_converter(ImageFormatConverter, "image_format")
register_converter(LanguageConverter, "language")
register_converter(PeriodConverter, "period")
register_converter(NumberConverter, "n")


@dataclass(frozen=True)
class Page:
    """A public page in both languages. An argument that is a ``Text`` differs between them.

    ``query`` is the query string of the address.
    """

    name: str
    arguments: dict = field(default_factory=dict)
    query: str = ""

    def path(self, language, base="", form=""):
        """The page's path in the language, or that of its file for ``form``, one of ``FORMS``.

        ``base`` is the path of a preview, without a closing slash.
        """
        arguments = {
            name: value.shown(language) if isinstance(value, Text) else value
            for name, value in self.arguments.items()
        }
        path = base + _path(f"{self.name}-{language}", tuple(arguments.items()))
        if form:
            return path + FORMS[form][LANGUAGES.index(language)]
        return path + (f"?{self.query}" if self.query else "")


@dataclass(frozen=True)
class AnswerPage(Page):
    """The page of a shared preview on which people answer."""

    def path(self, language, base="", form=""):
        return f"{base}/{ANSWER[language]}"


def arms_address():
    """The address of the city's arms, or "" where the operator has given none."""
    path = settings.CITY_ARMS
    return file_path("arms", image_format=path.suffix[1:]) if path else ""


def file_path(name, base="", **arguments):
    """The path of a file; the name ends in its language if it has one: ``booklet-en``."""
    return base + _path(name, tuple(arguments.items()))


@lru_cache(maxsize=8192)
def _path(name, arguments):
    return reverse(name, kwargs=dict(arguments), urlconf="public.urls")
