"""The words of an edition on paper (PDF), and of the picture shown when a page is shared (PNG).

They go to typst as data and never as markup, so that no official text can be read as a command.
"""

import io
import re
from datetime import UTC
from functools import lru_cache, partial

import segno
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from editions.clock import WIB
from editions.document import Text
from public.addresses import file_path
from public.booklet import typst_cache
from public.formats.citation import AUTHOR, Citation
from public.formats.figure import drawn
from public.titles import AUTHORITY, PERIOD_STATES, period_mark, state_meaning

CHART_WORDS, STONE_WORDS, PICTURE_WORDS = 9, 75, 70  # of a long text
SHORT_LIST, SHORT_MISSION = 600, 1000  # characters: what is this short stays on one page


def booklet(edition, language, *, state, permalink, site_url, form="booklet"):
    """The text as PDF/UA and PDF/A in one language. ``state`` is as ``Release.state`` says.

    ``form`` is "booklet", "large" or "two-up"; ``typst/booklet.typ`` describes them.
    """
    with translation.override(language):
        data = {
            **_paper(edition, language, state, permalink),
            **_text(edition.document, language),
            **_colophon(edition, language),
            "form": form,
            "citation": Citation(edition, "", "", permalink, state == "archived").apa,
            "abbreviations": _abbreviations(edition.document, language),
            "glossary": _glossary(edition.document, language),
            "file": site_url
            + file_path("edition-file", period=edition.period, number=edition.number),
            "short_foot": _("Vision %(period)s · edition %(number)s")
            % {"period": edition.years, "number": edition.number}
            + period_mark(state),
            "labels": _labels(),
        }
    return _pdf("booklet", data, edition)


large_print = partial(booklet, form="large")
two_up = partial(booklet, form="two-up")


def poster(edition, language, *, state, permalink, site_url):
    """The poster of the edition as PDF/UA and PDF/A, with the same arguments as the booklet."""
    document = edition.document
    with translation.override(language):
        data = {
            **_paper(edition, language, state, permalink),
            "house": _house(document, language),
            "elements": [
                {"number": element.number, "name": _runs(element.name, language)}
                for element in document.elements
            ],
            "missions": [_brief(mission, language) for mission in document.missions],
            "qr": _qr_code(permalink, border=0),
            "edition": _published(edition),
            "lacks_translation": _lacks_translation(document, language),
            "labels": {
                "authority": str(AUTHORITY),
                "lacks_translation": _("What has no English yet is shown in Indonesian."),
                "missions": _("Missions"),
                "owner": _("City Government of Magelang"),
                "address": _("Permanent address of this edition"),
                "titles": _("The short titles are editorial, not official text."),
                "qr": _("QR code of the permanent address of this edition"),
            },
        }
    return _pdf("poster", data, edition)


def _brief(mission, language):
    """The short title of a mission, else its statement, whole and with fewer and fewer words."""
    title, statement = mission.short_title, mission.statement
    return {
        "number": mission.number,
        "is-titled": bool(title),
        "brief": [_runs(title, language)]
        if title
        else [_short(statement, language, words) for words in (1000, 30, 15, CHART_WORDS)],
    }


def picture(edition, language, *, state, element=None, mission=None):
    """The PNG of 1200×630 pixels of the vision, one of its elements or one of its missions."""
    with translation.override(language):
        data = _edition(edition, language, state) | {"element": None, "mission": None}
        if element:
            data["element"] = {"number": element.number, "name": _runs(element.name, language)}
        if mission:
            data["mission"] = {
                "name": _mission_name(mission),
                "statement": _short(mission.statement, language, PICTURE_WORDS),
            }
    return typst_cache.document("share", data, is_kept=bool(edition.pk), format="png", ppi=72)


def _pdf(name, data, edition):
    return typst_cache.document(
        name, data, is_kept=bool(edition.pk), format="pdf", pdf_standards=["ua-1", "a-2a"]
    )


def _paper(edition, language, state, permalink):
    """What all that is printed shares: the edition, its address, and the data of the file."""
    return _edition(edition, language, state) | {
        "author": AUTHOR,
        "moment": edition.effective_at.astimezone(UTC).timetuple()[:6],
        "permalink": permalink,
        "qr": _qr_code(permalink),
    }


def _edition(edition, language, state):
    """What paper and picture share: title, years, whether these are over, and statement."""
    document = edition.document
    mark = period_mark(state)
    foot = _("Vision of the City of Magelang %(period)s · edition %(number)s, %(date)s") % {
        "period": edition.years,
        "number": edition.number,
        "date": _date(edition),
    }
    return {
        "language": language,
        "city": _("Vision of the City of Magelang"),
        "title": f"{_('Vision of the City of Magelang')} {edition.years}{mark}",
        "foot": foot + mark,
        "period": edition.years,
        "state": capfirst(str(PERIOD_STATES[state])),
        "state_meaning": state_meaning(edition, state),
        "land": render_to_string("components/land.html"),
        "statement": {
            "lang": document.statement.language_shown(language),
            "parts": [
                {
                    "words": words,
                    "number": element.number if element else None,
                    "anchor": element and element.anchor,
                }
                for words, element in document.statement_parts(language)
            ],
        },
    }


def _text(document, language):
    """The text in reading order, and whether parts of it lack a translation."""
    return {
        "lacks_translation": _lacks_translation(document, language),
        "introduction": _runs(document.introduction, language),
        "elements_lead_in": _runs(document.elements_lead_in, language),
        "house": _house(document, language),
        "elements": [_element(element, document, language) for element in document.elements],
        "missions_lead_in": _runs(document.missions_lead_in, language),
        "missions": [_mission(mission, language) for mission in document.missions],
        "legal_basis": [
            _runs(text, language)
            for passage in document.passages()
            if passage.section == "legal-basis"
            for text in passage.text.paragraphs
        ],
        "in_force": [_runs(passage.text, language) for passage in document.days_in_words],
    }


def _house(document, language):
    house = drawn(document, language)
    storeys = [
        [
            {
                "number": cell.element.number,
                "before": cell.before,
                "words": cell.words,
                "after": cell.after,
                "width": cell.width,
            }
            for cell in storey
        ]
        for storey in house.storeys
    ]
    return {
        "roof": house.roof,
        "founding": house.founding,
        "columns": house.columns,
        "storeys": storeys,
    }


def _element(element, document, language):
    return {
        "number": element.number,
        "place": _("Element %(number)s of %(total)s")
        % {"number": element.number, "total": len(document.elements)},
        "anchor": element.anchor,
        "name": _runs(element.name, language),
        "beginning": _short(element.body, language, 12),
        "paragraphs": [_runs(text, language) for text in element.body.paragraphs],
        "points_lead_in": _runs(element.points_lead_in, language),
        "points": _points(element, language),
        "explanation": [_runs(text, language) for text in element.explanation.paragraphs],
    }


def _points(row, language):
    """The points of an element or a mission, or the items of a point."""
    return [
        {
            "anchor": point.anchor,
            "marker": point.marker,
            "title": _runs(point.title, language),
            "connective": _runs(point.connective, language),
            "text": _runs(point.text, language),
            "short": _short(point.title or point.text, language),
            "is_short": sum(len(item.text.plain(language)) for item in point.points) < SHORT_LIST,
            "points": _points(point, language),
        }
        for point in row.points
    ]


def _mission(mission, language):
    return {
        "number": mission.number,
        "anchor": mission.anchor,
        "name": _mission_name(mission),
        "statement": _runs(mission.statement, language),
        "short": _short(mission.statement, language, STONE_WORDS),
        "short_title": _runs(mission.short_title, language),
        "is_short": _is_short(mission, language),
        "points": _points(mission, language),
        "explanation": [_runs(text, language) for text in mission.explanation.paragraphs],
    }


def _is_short(mission, language):
    texts = (mission.statement, mission.explanation)
    return not mission.points and sum(len(text.plain(language)) for text in texts) < SHORT_MISSION


def _colophon(edition, language):
    return {
        "edition": _published(edition),
        "note": [_runs(text, language) for text in edition.note.paragraphs],
        "sha256": edition.sha256,
        "answer": _("For edition %(number)s the result must be:") % {"number": edition.number},
    }


def _lacks_translation(document, language):
    return any(
        passage.text.is_missing(language)
        for passage in document.passages()
        if passage.definition.is_official
    )


def _published(edition):
    return _("Edition %(number)s, published here on %(date)s") % {
        "number": edition.number,
        "date": _date(edition),
    }


def _labels():
    return {
        "authority": str(AUTHORITY),
        "lacks_translation": _(
            "Parts of this booklet have no English yet and are shown in Indonesian."
        ),
        "owner": _("City Government of Magelang"),
        "contents": _("Contents"),
        "vision": _("Vision"),
        "chart": _("The vision at a glance"),
        "elements": _("Elements"),
        "missions": _("Missions"),
        "in_sentence": _("The vision with the words of this element marked"),
        "explanation": _("In plain words"),
        "titles": _("The short titles are editorial, not official text."),
        "no_official_text": _("An explanation, not official text."),
        "glossary": _("Glossary"),
        "legal_basis": _("Legal basis"),
        "in_force": _("Time in force"),
        "colophon": _("About this text"),
        "address": _("The permanent address of this edition:"),
        "qr": _("QR code of the permanent address of this edition"),
        "abbreviations": _("Abbreviations"),
        "cite": _("Cite this booklet"),
        "check": _("How to check an edition"),
        "checking": _(
            "Each edition has a file, and the checksum (SHA-256) of that file is published with "
            "it. The file also holds the checksum of the edition before it, so anyone who keeps an "
            "edition’s checksum can tell if that edition, or any before it, has been altered. To "
            "check one yourself:"
        ),
    }


def _abbreviations(document, language):
    """Each abbreviation of the glossary that the text uses, with its meaning."""
    used = " ".join(
        passage.text.plain(language) for passage in document.passages() if passage.kind != "term"
    )
    return [
        (term.term.id, _runs(_stands_for(term, language), language))
        for term in document.terms
        if term.term.id.isupper()
        and term.definition
        and re.search(rf"\b{re.escape(term.term.id)}\b", used)
    ]


def _stands_for(term, language):
    """Its English name without itself in brackets, or the first sentence of its meaning."""
    if language == "en":
        return Text(term.term.id, term.term.en.removesuffix(f" ({term.term.id})"))
    return term.meaning


def _glossary(document, language):
    """The terms with their meanings, by the alphabet; none if meanings are missing."""
    if not all(term.definition for term in document.terms):
        return []
    terms = sorted(document.terms, key=lambda term: term.term.plain(language).casefold())
    return [(_runs(term.term, language), _runs(term.definition, language)) for term in terms]


def _runs(text, language):
    """A text as the typst sources take it: its language, and its words by language."""
    runs = [
        [re.sub(r"[ \t\r\n]+", " ", words), spoken]
        for words, spoken in text.runs(language)
        if words
    ]
    return {"lang": text.language_shown(language), "runs": runs}


def _short(text, language, limit=CHART_WORDS):
    """The first words of a text, and "…" if there are more than the limit."""
    whole, runs = _runs(text, language), []
    for words, spoken in whole["runs"]:
        first = re.match(rf"\s*(?:\S+\s*){{0,{limit}}}", words)[0]
        if first != words:
            return whole | {"runs": [*runs, [first.rstrip(" \n,;:"), spoken], ["…", whole["lang"]]]}
        runs.append([words, spoken])
        limit -= len(words.split())
    return whole


def _mission_name(mission):
    return _("Mission %(number)s") % {"number": mission.number}


def _date(edition):
    return date_format(edition.effective_at.astimezone(WIB), "j F Y")


@lru_cache(maxsize=64)
def _qr_code(address, border=None):
    drawing = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawing, kind="svg", dark="#14201a", xmldecl=False, border=border
    )
    return drawing.getvalue().decode()
