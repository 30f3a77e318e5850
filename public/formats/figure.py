"""The figure of a vision ("bagan visi").

Its statement runs down a stem; each element with its points branches off at its words, and the
missions stand below. No line joins a mission and an element: the source relates none.
"""

import re
from dataclasses import dataclass, field
from textwrap import shorten, wrap

from public.addresses import Page

WIDTH = 300  # units; on a phone of 320 px, one is nearly 1 px
# Of the font size: an average, with room for readers who set wider spacing.
CHARACTER_WIDTH = 0.68
SIZES = {"plain": 16, "word": 24, "name": 16, "point": 15, "lead": 15, "mission": 15}
INDENTS = {"plain": 20, "word": 20, "name": 20, "point": 42, "lead": 0, "mission": 20}
LINE = 1.35  # of the size
GAP = 12
STEM, TWIG = 6, 26  # x of the vertical lines
LONGEST = 60  # characters of a text without a title; its page has the rest


@dataclass(frozen=True)
class Node:
    """Words in a box. ``lines`` are (baseline, runs of (words, their language))."""

    kind: str
    x: int
    top: int
    height: int
    lines: tuple[tuple[int, list[tuple[str, str]]], ...]
    page: Page | None = None
    anchor: str = ""

    @property
    def size(self):
        return SIZES[self.kind]

    @property
    def middle(self):
        """The y at which a branch meets the first line."""
        return self.lines[0][0] - self.size // 3

    @property
    def width(self):
        return WIDTH - self.x


@dataclass
class Branch:
    """An element and its points at their word of the statement, with the words before it."""

    before: Node | None
    word: Node | None = None
    name: Node | None = None
    points: list[Node] = field(default_factory=list)

    @property
    def lines(self):
        """The SVG path from the stem to the word, and from the element down to each point."""
        path = f"M{STEM} {self.word.middle}h10" if self.word else ""
        if self.points:
            path += f"M{TWIG} {self.name.top + self.name.height}V{self.points[-1].middle}"
        return path + "".join(f"M{TWIG} {point.middle}h10" for point in self.points)


@dataclass
class Figure:
    """Two drawings, below or beside each other: ``height`` is that of the statement's."""

    branches: list[Branch]
    height: int
    lead: Node
    missions: list[Node]
    missions_height: int
    width, stem = WIDTH, STEM


class Pen:
    """Places nodes one below the other."""

    def __init__(self, language):
        self.language, self.y = language, 0

    def write(self, kind, text, words, **link):
        """The node for ``words``, which are taken from the text."""
        size, x, top = SIZES[kind], INDENTS[kind], self.y
        lines = wrap(words, int((WIDTH - x) / (size * CHARACTER_WIDTH))) or [words]
        placed = tuple(
            (round(top + size * (1.2 + LINE * number)), spoken(line, text, self.language))
            for number, line in enumerate(lines)
        )
        self.y = round(top + size * (LINE * len(lines) + 0.5))
        return Node(kind, x, top, self.y - top, placed, **link)


def spoken(line, text, language):
    """The line as (words, language); foreign phrases are marked in the text."""
    own = text.language_shown(language)
    foreign = {
        words.rstrip(" ;,.") or words: code for words, code in text.runs(language) if code != own
    }
    if not foreign:
        return [(line, own)]
    parts = re.split(f"({'|'.join(map(re.escape, foreign))})", line)
    return [(words, foreign.get(words, own)) for words in parts if words]


def drawn(document, language):
    """The figure for ``components/figure.html``."""
    pen = Pen(language)
    branches = [branch(pen, document, *run) for run in runs(document, language)]
    height, pen.y = pen.y, 0
    lead = pen.write("lead", document.missions_lead_in, document.missions_lead_in.plain(language))
    missions = [mission_node(pen, document, mission) for mission in document.missions]
    return Figure(branches, height, lead, missions, pen.y)


def mission_node(pen, document, mission):
    page = Page("mission", {"period": document.period, "number": mission.number})
    text = mission.short_title or mission.statement
    words = f"{mission.number}. {shortened(text, pen.language)}"
    return pen.write("mission", text, words, page=page)


def runs(document, language):
    """Yield (words before, words that name an element, the element, or None after the last).

    Elements whose words are missing in the language follow the statement.
    """
    before = ""
    for words, element in document.statement_parts(language):
        if element is None:
            before = words.strip()
        else:
            yield before, words, element
            before = ""
    if before:
        yield before, "", None
    for element in document.mismatched_words(language):
        yield "", "", element


def branch(pen, document, before, words, element):
    result = Branch(pen.write("plain", document.statement, before) if before else None)
    if element is None:
        return result
    page = Page("element", {"period": document.period, "slug": element.slug})
    result.word = pen.write("word", document.statement, words) if words else None
    name = element.name.plain(pen.language)
    result.name = pen.write("name", element.name, f"{element.number}. {name}", page=page)
    for point in element.points:
        text = point.title or point.text
        words = f"{point.marker} {shortened(text, pen.language)}".strip()
        result.points.append(pen.write("point", text, words, page=page, anchor=point.anchor))
    pen.y += GAP
    return result


def shortened(text, language):
    words = text.plain(language)
    return shorten(words.rstrip(" ;,.") or words, LONGEST, placeholder="…")
