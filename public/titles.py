"""Title and description of each page: for the tab, its citation, shared links and the feed."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from editions.document import years_of

TITLES = {
    "home": _("Vision of the City of Magelang %(period)s"),
    "periods": _("All periods of the vision"),
    "vision": _("Full text of the %(period)s vision"),
    "bilingual": _("Vision %(period)s in both languages"),
    "figure": _("The %(period)s vision at a glance"),
    "elements": _("Elements of the %(period)s vision"),
    "element": _("%(name)s – element %(number)s of the %(period)s vision"),
    "missions": _("Missions of the %(period)s vision"),
    "mission": _("Mission %(number)s of the %(period)s vision"),
    "editions": _("Editions of the %(period)s vision"),
    "edition": _("Edition %(number)s of the %(period)s vision"),
    "difference": _("From edition %(before)s to edition %(after)s of the %(period)s vision"),
    "glossary": _("Glossary"),
    "search": _("Search"),
    "embed": _("Embed on your site"),
    "embed-sentence": _("Vision of the City of Magelang %(period)s"),
    "embed-figure": _("Figure of the vision of the City of Magelang %(period)s"),
    "embed-missions": _("Missions of the City of Magelang %(period)s"),
    "about": _("About this portal"),
    "accessibility": _("Accessibility statement"),
}
DESCRIPTIONS = {
    "periods": _(
        "Every vision of the City of Magelang that was published here, with its state and its text."
    ),
    "editions": _(
        "When each edition of the %(period)s vision was published, what changed, "
        "and how to check it."
    ),
    "difference": _(
        "What changed in the %(period)s vision, word by word, in Indonesian and English."
    ),
    "glossary": _("The terms of the vision in Indonesian and English, explained."),
    "search": _("Find a passage of the vision, its elements, its missions or its glossary."),
    "data": _("The vision as JSON, CSV and JSON-LD, in both languages."),
    "embed": _(
        "Code to copy: the sentence, the figure and the missions of the vision for another site."
    ),
    "about": _(
        "Where the text comes from, which text counts, and how every edition can be checked."
    ),
    "accessibility": _(
        "What these pages do so that everyone can read them, and what is not good enough yet."
    ),
}
SITE = _("Vision of the City of Magelang")
GENERAL = _(
    "The official vision, elements and missions of the City of Magelang, in Indonesian and English."
)
AUTHORITY = _(
    "The Indonesian text is the authority. The English is an unofficial translation, offered as a "
    "help to readers; where the two differ, the Indonesian prevails."
)
PERIOD_STATES = {"archived": _("archived"), "upcoming": _("upcoming"), "": ""}
DESCRIPTION_LENGTH = 160  # characters that search engines and messengers show


@dataclass(frozen=True)
class FormWords:
    """How pages and the catalogue name a rendition: its name, its format, and for whom it is."""

    name: str
    format: str
    readers: str

    def label(self, most, number=None):
        """The words of its link, with at most so many kB; of this edition, if others stand by.

        ``most`` is None if the edition is damaged.
        """
        if most is None:
            return f"{self.name} ({self.format})"
        values = {"name": self.name, "number": number, "format": self.format, "most": most}
        if number is None:
            return gettext("%(name)s (%(format)s, under %(most)d kB)") % values
        return gettext("%(name)s, edition %(number)d (%(format)s, under %(most)d kB)") % values


FORM_WORDS = {  # of each of ``RENDITIONS``
    "booklet": FormWords(_("Booklet to print"), "PDF, A5", _("to print on A4 sheets and fold")),
    "large-print": FormWords(
        _("Large print"), "PDF, A4", _("letters of 18 points, for people with low vision")
    ),
    "two-up": FormWords(
        _("Two pages to a sheet"), "PDF, A4", _("for office printers, in reading order")
    ),
    "poster": FormWords(_("Poster"), "PDF, A3", _("for walls, also on A4 or A2")),
    "e-book": FormWords(_("E-book"), "EPUB", _("for phones and e-readers")),
}


def title_of(page, document=None):
    """The page's title in the active language, without the site's name."""
    if page.name == "home" and document is None:
        return str(SITE)
    if page.name == "data":
        return data_name()
    return str(TITLES[page.name]) % _values(page, document)


def data_name():
    """Data without a licence are not open."""
    return str(_("Open data") if settings.CITY_LICENCE else _("Data"))


def full_title(title, page, state):
    """The title of the browser's tab: with a mark where the page's period is not the current one.

    ``state`` is what ``Release.state`` says of its edition.
    """
    is_of_period = page.name == "home" or "period" in page.arguments
    mark = period_mark(state) if is_of_period else ""
    return title + mark + ("" if title.startswith(str(SITE)) else f" – {SITE}")


def period_mark(state):
    """The mark after the title of a period that does not run today, such as " (archived)"."""
    return f" ({PERIOD_STATES[state]})" if state else ""


def description_of(page, document=None):
    """At most 160 characters in the active language: the page's own text if it has one."""
    words = DESCRIPTIONS.get(page.name)
    text = str(words) % _values(page, document) if words else _first_words(page, document)
    return Truncator(text).chars(DESCRIPTION_LENGTH, truncate="…")


def _values(page, document):
    values = dict(page.arguments)
    if document:
        values.setdefault("period", document.period)
    if "period" in values:
        values["period"] = years_of(values["period"])
    if "slug" in values:
        element = element_of(page, document)
        values |= {"name": element.name.plain(get_language()), "number": element.number}
    return values


def _first_words(page, document):
    language = get_language()
    if document is None:
        return str(GENERAL)
    if page.name == "element":
        return element_of(page, document).body.plain(language)
    if page.name == "mission":
        return mission_of(page, document).statement.plain(language)
    return document.statement.plain(language)


def element_of(page, document):
    return next(
        element for element in document.elements if element.slug == page.arguments.get("slug")
    )


def mission_of(page, document):
    return next(
        mission for mission in document.missions if mission.number == page.arguments.get("number")
    )


def state_meaning(edition, state):
    """A sentence about the period's state, as ``Release.state`` names it; "" while it runs."""
    if state == "archived":
        words = gettext("This vision covered the period %(period)s, which has ended.")
        return words % {"period": edition.years}
    return takes_effect(edition) if state else ""


def takes_effect(edition):
    """The day of an upcoming vision if its edition says one, else its year."""
    if edition.first_day:
        words = gettext("This vision takes effect on %(day)s.")
        return words % {"day": date_format(edition.first_day, "DATE_FORMAT")}
    return gettext("This vision takes effect in %(year)s.") % {"year": edition.period_start}


def also(term, language):
    """The variants of a term in one language, introduced in that language, or ""."""
    words = ", ".join(term.also(language))
    with translation.override(language):
        return words and gettext("also: %(variants)s") % {"variants": words}
