"""The figure of a vision ("bagan visi"): a house that reads as the sentence, from its roof down.

The upper storey holds the city's qualities. If both languages say that these are founded on the
same other elements, those form a second storey below. No line joins a mission and an element:
the official text draws none.
"""

import re
from dataclasses import dataclass

from editions.document import Document, ElementText

# Words of a statement after which its foundation follows.
FOUNDING = {
    "id": "dilandasi|dilandaskan|berlandaskan|didasari|didasarkan|berdasarkan|berasaskan|bertumpu"
    "|bersendikan|ditopang",
    "en": "founded on|based on|built on|grounded in|resting on|rooted in|underpinned by",
}
WIDEST = 5  # cells side by side: a sixth would hold few words a line


@dataclass(frozen=True)
class Cell:
    """An element: the words of the statement before it, that name it, and after it.

    ``width`` is in columns of its storey. ``words`` is empty where the statement does not name it.
    ``after`` begins with a space, unless it is a mark such as ",".
    """

    element: ElementText
    before: str
    words: str
    after: str = ""
    width: int = 1


@dataclass(frozen=True)
class House:
    """The roof's words, the storeys from above, each a list of cells, and the words between two."""

    roof: str
    storeys: list[list[Cell]]
    founding: str
    columns: int


def drawn(document: Document, language) -> House:
    """The house of the statement in the language, for ``components/house.html``."""
    roof, cells = cells_of(document, language)
    above = founded(document)
    founding, storeys = "", [cells]
    if above:
        place = sum(cell.element.number in above for cell in cells)
        upper, lower = cells[:place], cells[place:]
        said, founding, before = split_at_founding(lower[0].before, language_of(document, language))
        upper[-1] = replaced(upper[-1], after=upper[-1].after + spaced(said))
        lower[0] = replaced(lower[0], before=before)
        storeys = [upper, lower]
    columns = max(map(len, storeys))
    if columns > WIDEST:
        columns = (columns + 1) // 2
    return House(roof, [widened(storey, columns) for storey in storeys], founding, columns)


def replaced(cell, **changes):
    return Cell(**{**vars(cell), **changes})


def cells_of(document, language):
    """The words before the first element, and a cell for each element in the statement's order.

    An element that the statement does not name in the language follows, with no words.
    """
    roof, before, cells = None, "", []
    for words, element in document.statement_parts(language):
        if element is None:
            mark, before = re.fullmatch(r"([,;:.]?)(.*)", words.strip(), re.DOTALL).groups()
            if cells and mark:
                cells[-1] = replaced(cells[-1], after=mark)
            before = before.strip() if cells else words.strip()
        elif roof is None:
            roof, before = before, ""
            cells.append(Cell(element, "", words))
        else:
            cells.append(Cell(element, before, words))
            before = ""
    if cells and before:
        cells[-1] = replaced(cells[-1], after=cells[-1].after + spaced(before))
    cells += [Cell(element, "", "") for element in document.mismatched_words(language)]
    return roof if roof is not None else before, cells


def spaced(words):
    return words and f" {words}"


def language_of(document, language):
    return document.statement.language_shown(language)


def founded(document):
    """The numbers of the elements above the founding words; empty unless both languages agree."""
    found = [above_founding(document, language) for language in FOUNDING]
    return found[0] if found[0] == found[1] else set()


def above_founding(document, language):
    numbers = set()
    for cell in cells_of(document, language)[1]:
        if numbers and split_at_founding(cell.before, language_of(document, language))[1]:
            return numbers
        numbers.add(cell.element.number)
    return set()


def split_at_founding(words, language):
    """The part before the founding words, these words, and the part after; empty if none."""
    match = re.search(rf"\b({FOUNDING[language]})\b", words, re.IGNORECASE)
    if not match:
        return "", "", words
    return words[: match.start()].strip(), match[0], words[match.end() :].strip()


def widened(storey, columns):
    """The storey with its fullest cell widened to fill the row."""
    free = -len(storey) % columns
    if not free:
        return storey
    fullest = max(range(len(storey)), key=lambda place: len(storey[place].element.points))
    if len(storey) > columns:
        fullest = len(storey) - 1  # the last row is the one with room
    cells = list(storey)
    cells[fullest] = replaced(cells[fullest], width=1 + free)
    return cells
