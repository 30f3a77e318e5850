"""A pasted list: one item in each line, with its marker and its level."""

import re
from dataclasses import dataclass, field

from vision.text import cleaned, one_line, plain

MOST_LINES = 100
# As offices type them, and as Word copies them: its second level is an "o" before a tab, and its
# symbol fonts use private characters.
BULLET = re.compile("(?:[-*–—•·●○◦▪▫■□‣⁃➢✓\uf0b7\uf0a7\uf0d8\uf0fc]|o(?=\\t)|§(?=\\s))\\s*")
MARKER = re.compile(
    r"\((?P<a>\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})\)\s*"  # (1) (a)
    r"|(?P<b>\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})\)\s*"  # 1) a)
    r"|(?P<c>\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})\.(?:\s+|$|(?<=\d\.)(?=[^\W\d_]))"  # 1. a.
)
FIRST = {"1", "a", "i"}
ENDS = " ;,."


@dataclass
class Item:
    line: int  # counted from 1
    marker: str
    words: str
    kind: str  # of its marker: "bullet", "number", "letter" or ""
    indent: int
    is_first: bool  # by its marker, such as (a)
    items: list = field(default_factory=list)


def items_of(typed, levels=2):
    """The items of a pasted text, in order; with two levels, each with the items below it."""
    found = []
    for item in lines_of(typed):
        if levels == 2 and found and is_below(item, found[-1]):
            found[-1].items.append(item)
        else:
            found.append(item)
    return found


def lines_of(typed):
    """The lines of a pasted text as items, without the blank ones."""
    lines = enumerate(cleaned(typed).split("\n"), start=1)
    return [item_of(number, line) for number, line in lines if line.strip()]


def item_of(number, line):
    rest = line.expandtabs().lstrip()
    indent, line = len(line.expandtabs()) - len(rest), line.lstrip()
    if found := BULLET.match(line):
        return Item(number, "", one_line(line[found.end() :]), "bullet", indent, False)
    if found := MARKER.match(line):
        count = found["a"] or found["b"] or found["c"]
        kind, marker = "number" if count.isdigit() else "letter", found[0].strip()
        words, is_first = one_line(line[found.end() :]), count.lower() in FIRST
        return Item(number, marker, words, kind, indent, is_first)
    return Item(number, "", one_line(line), "", indent, False)


def is_below(item, point):
    """Whether it is an item of the point before it.

    Its line is indented more. Or both have markers: a bullet below a number, or another kind of
    marker that begins there, such as (a) below 1.
    """
    if item.indent != point.indent:
        return item.indent > point.indent
    if point.kind not in ("number", "letter") or item.kind in ("", point.kind):
        return False
    goes_on = point.items and point.items[-1].kind == item.kind
    return item.kind == "bullet" or item.is_first or bool(goes_on)


def compared(words):
    """The words as two texts are compared: a list ends its items with “;” or “; dan”."""
    words = plain(words).casefold().rstrip(ENDS)
    return words.removesuffix(" dan").removesuffix(" atau").rstrip(ENDS)
