"""What other sites embed: the code of a frame, HTML that needs nothing of this site, and oEmbed."""

import json
import math
import re
from dataclasses import dataclass
from textwrap import wrap
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from public.addresses import OEMBED, Page, file_path, frame_page
from public.formats.figure import drawn
from public.titles import SITE, period_mark, title_of

# The page whose text each kind shows, and the kinds that fit further pages.
PAGES = {"sentence": "vision", "figure": "figure", "missions": "missions"}
NAMES = {"sentence": _("Sentence"), "figure": _("Figure"), "missions": _("Missions")}
FITTING = {page: kind for kind, page in PAGES.items()} | {
    "home": "sentence",
    "bilingual": "sentence",
    "embed": "sentence",
    "embed-sentence": "sentence",
    "embed-figure": "figure",
    "embed-missions": "missions",
}
WIDEST = 600  # pixels of a frame whose reader names no width
# A frame has one fixed height, in which the text fits down to the narrowest width. For the missions
# the narrowest is 320 pixels: at 256 the height would leave wide frames mostly empty.
NARROWEST = {"sentence": 256, "figure": 256, "missions": 320}
# At the narrowest width: pixels beside the text, the height of a line, and its letters.
SIZES = {"sentence": (60, 32, 17), "figure": (230, 42, 19), "missions": (90, 23, 27)}
# The height of a line of the small words, and its letters: they are the title and the source.
SMALL = {"sentence": (23, 22), "figure": (23, 22), "missions": (23, 28)}
SOURCE = {"id": "edition " * 10, "en": "edition " * 15}
STEP = 20  # pixels to which a height is rounded up
SIZE_PARAMETERS = ("maxwidth", "maxheight")
LONGEST_ADDRESS = 500
NOT_WRITTEN = "format=json, format=xml\n"


class Malformed(ValueError):
    """A parameter is missing or wrong; the message says which, for a programmer."""


@dataclass(frozen=True)
class Embed:
    """One of the kinds of ``FRAMES``, of the release's home edition in the active language."""

    kind: str
    release: object

    @property
    def edition(self):
        return self.release.home

    @property
    def document(self):
        return self.edition.document

    @property
    def state(self):
        return self.release.state(self.edition)

    @property
    def is_archived(self):
        return self.state == "archived"

    @property
    def is_upcoming(self):
        return self.state == "upcoming"

    @property
    def page(self):
        """The page whose text it shows."""
        return Page(PAGES[self.kind], {"period": self.edition.period})

    @property
    def page_title(self):
        return title_of(self.page, self.document)

    @property
    def lasting_page(self):
        """The page where these words never change."""
        numbers = {"period": self.edition.period, "number": self.edition.number}
        return Page("edition", numbers)

    @property
    def title(self):
        name = title_of(frame_page(self.kind), self.document)
        return name + period_mark(self.state)

    @property
    def name(self):
        """Its kind in a word."""
        return NAMES[self.kind]

    @property
    def template(self):
        return f"public/embed/{self.kind}.html"

    @property
    def house(self):
        return drawn(self.document, get_language())

    @property
    def address(self):
        return settings.SITE_URL + frame_page(self.kind).path(get_language())

    @property
    def height(self):
        """The pixels that hold the whole text at the narrowest width, in common typefaces."""
        beside, line, letters = SIZES[self.kind]
        small_line, small_letters = SMALL[self.kind]
        small_words = [self.title, SOURCE[get_language()]]
        pixels = beside + line * lines(self.words, letters)
        pixels += small_line * lines(small_words, small_letters)
        return math.ceil(pixels / STEP) * STEP

    @property
    def narrowest(self):
        return NARROWEST[self.kind]

    @property
    def words(self):
        """The texts that it shows, each of which begins on a line of its own."""
        language, document = get_language(), self.document
        if self.kind == "missions":
            return [mission.statement.plain(language) for mission in document.missions]
        if self.kind == "figure":
            return [element.name.plain(language) for element in document.elements]
        return [document.statement.plain(language)]

    def frame(self, width="100%", height=None):
        """The code of the frame; only the sites of ``EMBED_ORIGINS`` can show it."""
        sizes = {"width": width, "height": height or self.height}
        return self._code("frame_code", sizes)

    def quotation(self):
        """HTML that any site can show, now and when this site is gone."""
        return self._code("quotation", {})

    def _code(self, template, more):
        values = {"embed": self, "language": get_language(), "site_url": settings.SITE_URL}
        code = render_to_string(f"public/embed/{template}.html", values | more)
        return re.sub(r"\n\s*", "\n", code).strip()


def lines(texts, letters):
    """The number of lines of so many letters that the texts fill."""
    return sum(len(wrap(text, letters)) for text in texts)


# oEmbed


def discovery(page, release):
    """The oEmbed address of a page, or "" if nothing fits it."""
    if kind_for(page.name, page.arguments, release) is None:
        return ""
    query = urlencode({"url": settings.SITE_URL + page.path(get_language()), "format": "json"})
    return f"{settings.SITE_URL}{file_path(OEMBED)}?{query}"


def answer_to(parameters, release):
    """The answer to a request with these parameters; None where nothing fits the address."""
    address = parameters.get("url", "")
    if not address:
        raise Malformed("url is missing: url=https://… names a page of this site.")
    sizes = [size_of(parameters, name) for name in SIZE_PARAMETERS]
    kind, language = found(address, release)
    if kind is None:
        return None
    translation.activate(language)
    return answer(Embed(kind, release), *sizes)


def size_of(parameters, name):
    text = parameters.get(name)
    if text is None:
        return math.inf
    if not re.fullmatch("[1-9][0-9]{0,5}", text, re.ASCII):
        raise Malformed(f"{name} is not a number of pixels, such as {WIDEST}.")
    return int(text)


def found(address, release):
    """The (kind, language) that fits an address of this site, or (None, None)."""
    if not release.home or len(address) > LONGEST_ADDRESS:
        return None, None
    try:
        parts = urlsplit(address)
        match = resolve(parts.path or "/", urlconf="public.urls")
    except (ValueError, Resolver404):
        return None, None
    if f"{parts.scheme}://{parts.netloc}" != settings.SITE_URL:
        return None, None
    if match.url_name == "root":
        return "sentence", "id"
    name, _hyphen, language = (match.url_name or "").rpartition("-")
    return kind_for(name, match.kwargs, release), language


def kind_for(name, arguments, release):
    """The kind that shows the page's text; frames show that of the home page's period only."""
    period = arguments.get("period")
    is_shown = release.home and period in (None, release.home.period)
    return FITTING.get(name) if is_shown else None


def answer(embed, widest, highest):
    """A frame where somebody may show one; else the quotation, which needs no permission."""
    width, height = min(WIDEST, widest), min(embed.height, highest)
    may_be_framed = bool(settings.EMBED_ORIGINS)
    return {
        "version": "1.0",
        "type": "rich",
        "title": embed.title,
        "provider_name": gettext(SITE),
        "provider_url": settings.SITE_URL + Page("home").path(get_language()),
        "html": embed.frame(width, height) if may_be_framed else embed.quotation(),
        "width": width,
        "height": height,
    }


def as_json(answer):
    return json.dumps(answer, ensure_ascii=False)


def as_xml(answer):
    fields = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in answer.items())
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{fields}</oembed>\n'


WRITERS = {
    "json": (as_json, "application/json"),
    "xml": (as_xml, "text/xml; charset=utf-8"),
}
