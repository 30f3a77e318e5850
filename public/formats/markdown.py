"""The text of a page as Markdown (CommonMark, and the tables of GitHub), made from the document.

For programs that read words, and for people who copy them. The head, in YAML, names the edition
and its hash (the glossary's those of all editions in force); every passage keeps its anchor.
"""

import json
import re

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from editions.clock import WIB
from public.addresses import LANGUAGES, Page, file_path, other
from public.formats.citation import AUTHOR
from public.formats.figure import drawn
from public.formats.open_data import texts_of
from public.titles import AUTHORITY, also, element_of, mission_of, state_meaning, title_of

CONTENT_TYPE = "text/markdown; charset=utf-8"
SPECIAL = re.compile(r"[\\`*_\[\]<>#|~&]")
NOT_IN_BOTH = ("statement_words", "short_title", "explanation")  # of the page in both languages
LIKE_A_LIST = re.compile(r"^(\d+)([.)])|^([-+=])", re.MULTILINE)


def page_text(release, page, edition, citation):
    """The Markdown of the page of ``edition`` in the active language, of a page in TEXT_PAGES."""
    title = title_of(page, edition.document)
    blocks = [head(release, page, title, edition, citation), f"# {escaped(title)}"]
    blocks += [f"> {note}" for note in notes(release, page, edition)]
    blocks += CONTENT[page.name](release, page, edition.document)
    return "\n\n".join(filter(None, blocks)) + "\n"


def head(release, page, title, edition, citation):
    values = {
        "title": title,
        "language": "id, en" if page.name == "bilingual" else get_language(),
        "publisher": AUTHOR,
        "address": settings.SITE_URL + page.path(get_language()),
    }
    if page.name == "glossary":  # it holds the terms of all periods
        in_force = release.current_first
        values["editions"] = [edition_of(each, edition_address(each)) for each in in_force]
    else:
        values |= edition_of(edition, citation.url)
    values |= {"licence": settings.CITY_LICENCE} if settings.CITY_LICENCE else {}
    # Each JSON value is YAML too.
    lines = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    return "\n".join(["---", *lines, "---"])


def edition_of(edition, address):
    file = file_path("edition-file", period=edition.period, number=edition.number)
    return {
        "period": edition.period,
        "edition": edition.number,
        "published": edition.effective_at.astimezone(WIB).date().isoformat(),
        "permanent_address": address,
        "edition_file": settings.SITE_URL + file,
        "edition_file_sha256": edition.sha256,
    }


def edition_address(edition):
    page = Page("edition", {"period": edition.period, "number": edition.number})
    return settings.SITE_URL + page.path(get_language())


def notes(release, page, edition):
    """What a reader must know before the text, each a paragraph."""
    if page.name == "bilingual" or get_language() == "en":
        yield AUTHORITY
    if page.name == "glossary":
        return
    if state := release.state(edition):
        yield state_meaning(edition, state)
    if later := release.replaced_by(edition):
        yield replaced_by(later)
    if page.name == "edition":
        yield from map(line, edition.note.paragraphs)


def replaced_by(later):
    said = _("Replaced by edition %(number)s on %(time)s.") % {
        "number": later.number,
        "time": date_format(later.effective_at.astimezone(WIB), "j F Y"),
    }
    return f"[{escaped(said)}]({edition_address(later)})"


# The content of each page, as blocks


def home(release, page, document):
    yield statement(document)
    yield f"## {_('Elements')}"
    yield "\n".join(
        f"- {at(element.anchor, link(line(element.name), element_page(document, element)))}"
        for element in document.elements
    )
    yield f"## {_('Missions')}"
    yield from map(mission_line, document.missions)


def whole(release, page, document):
    words = at("v-intro", line(document.introduction))
    yield f"{words} {at('v-visi', f'**“{line(document.statement)}”**')}."
    yield f"## {at('v-unsur', line(document.elements_lead_in))}"
    for element in document.elements:
        yield f"### {at(element.anchor, f'{element.number}. {line(element.name)}')}"
        yield from element_text(element, "####")
    yield f"## {at('v-misi', line(document.missions_lead_in))}"
    for mission in document.missions:
        yield from mission_text(mission)
    if document.legal_basis:
        yield f"## {at('v-dasar', _('Legal basis'))}"
        yield from map(line, document.legal_basis.paragraphs)
    if document.days_in_words:
        yield f"## {_('Time in force')}"
        yield from (at(day.anchor, line(day.text)) for day in document.days_in_words)


def bilingual(release, page, document):
    rows = [("", "Bahasa Indonesia", "English"), ("---", "---", "---")]
    for anchor, marker, text in passages_in_both(document):
        words = (joined([escaped(marker), cell(text, each)]) for each in LANGUAGES)
        rows.append((at(anchor, anchor), *words))
    yield "\n".join(f"| {' | '.join(row)} |" for row in rows)


def passages_in_both(document):
    """Yield (anchor, marker or "", text) as the page shows them: a point is one text."""
    points = {
        point.anchor: point
        for part in (*document.elements, *document.missions)
        for point in part.all_points()
    }
    for anchor, kind, field, text in texts_of(document):
        if kind == "point":
            if point := points.pop(anchor, None):  # at the first of its texts
                yield anchor, point.marker, point.whole
        elif kind != "term" and field not in NOT_IN_BOTH:
            yield f"{anchor}-butir" if field == "points_lead_in" else anchor, "", text


def figure(release, page, document):
    house = drawn(document, get_language())
    yield escaped(house.roof)
    for place, storey in enumerate(house.storeys):
        if place:
            yield f"*{escaped(house.founding)}*"
        yield "\n".join(f"- {cell_of_house(cell)}" for cell in storey)
    yield f"## {_('Missions')}"
    yield from map(mission_line, document.missions)


def elements(release, page, document):
    yield statement(document)
    yield line(document.elements_lead_in)
    for element in document.elements:
        name = link(line(element.name), element_page(document, element))
        yield f"## {at(element.anchor, f'{element.number}. {name}')}"
        yield from paragraphs(element)


def element(release, page, document):
    shown = element_of(page, document)
    yield from element_text(shown, "##")
    yield from explanation(shown)


def missions(release, page, document):
    yield statement(document)
    yield line(document.missions_lead_in)
    yield from map(mission_line, document.missions)


def mission(release, page, document):
    shown = mission_of(page, document)
    yield from mission_text(shown)
    yield from explanation(shown)


def glossary(release, page, document):
    language = get_language()
    for term in sorted(
        release.terms.values(), key=lambda term: term.term.plain(language).casefold()
    ):
        yield f"## {at(term.anchor, line(term.term))}"
        yield escaped(also(term, language))
        yield from map(line, term.definition.paragraphs)
        yield from map(line, term.note.paragraphs)
        yield twin_of(term, other(language))


def twin_of(term, language):
    """The term in the other language, introduced as on the page."""
    name = _("English:") if language == "en" else _("Indonesian:")
    if not (words := term.term.own(language)):
        return f"{name} {_('not translated yet')}"
    variants = also(term, language)
    whole = f"{words} ({variants})" if variants else words
    return f"{name} {in_language('i', language, whole)}"


CONTENT = {
    "home": home,
    "vision": whole,
    "edition": whole,
    "bilingual": bilingual,
    "figure": figure,
    "elements": elements,
    "element": element,
    "missions": missions,
    "mission": mission,
    "glossary": glossary,
}


# Parts of the text


def statement(document):
    return at("v-visi", f"**{line(document.statement)}**")


def element_text(element, level):
    yield from paragraphs(element)
    if element.points_lead_in:
        yield f"{level} {at(f'{element.anchor}-butir', line(element.points_lead_in))}"
    yield "\n".join(points(element))


def paragraphs(element):
    return (at(anchor, line(text)) for anchor, text in element.paragraphs)


def points(row, indent=""):
    for point in row.points:
        title = f"**{line(point.title)}**" if point.title else ""
        text = line(point.text).replace("\n\n", f"\n\n{indent}  ")
        words = [escaped(point.marker), title, line(point.connective), text]
        yield f"{indent}- {at(point.anchor, joined(words))}"
        yield from points(point, f"{indent}  ")


def joined(parts):
    """The parts with a space between them, but not before a comma."""
    whole = ""
    for part in filter(None, parts):
        whole += part if not whole or part.startswith(",") else f" {part}"
    return whole


def mission_line(mission):
    return at(mission.anchor, f"{mission.number}\\. {line(mission.statement)}")


def mission_text(mission):
    yield mission_line(mission)
    yield "\n".join(points(mission))


def explanation(row):
    if row.explanation:
        yield f"## {at(f'{row.anchor}-sederhana', _('In plain words'))}"
        yield from map(line, row.explanation.paragraphs)
        yield f"*{_('An explanation, not official text.')}*"


def element_page(document, element):
    return Page("element", {"period": document.period, "slug": element.slug})


def cell_of_house(cell):
    words = [escaped(cell.before), f"**{escaped(cell.words)}**" if cell.words else ""]
    name = f"({cell.element.number}. {line(cell.element.name)})"
    return joined([*words, name]) + escaped(cell.after)


# Words as Markdown


def line(text, language=None):
    """The words in the active language. Words in the other language are marked with ``lang``.

    If the translation is missing, these are all the words.
    """
    language = language or get_language()
    own = text.language_shown(language)
    words = "".join(
        escaped(words) if spoken == own else in_language("i", spoken, words)
        for words, spoken in text.runs(language)
    )
    if own == language:
        return words
    return "\n\n".join(f'<span lang="{own}">{each}</span>' for each in words.split("\n\n"))


def in_language(tag, language, words):
    return f'<{tag} lang="{language}">{escaped(words)}</{tag}>'


def cell(text, language):
    return "" if text.is_missing(language) else line(text, language).replace("\n", " ")


def link(words, page):
    return f"[{words}]({settings.SITE_URL}{page.path(get_language())})"


def at(anchor, words):
    return f'<a id="{anchor}"></a>{words}'


def escaped(words):
    """The words so that Markdown shows each character."""
    return LIKE_A_LIST.sub(r"\1\\\2\3", SPECIAL.sub(r"\\\g<0>", words))
