"""The units as rows under a header, which XLSX and CSV share.

A heading is words for people with a name that stays, ``English [en]``; columns are found by these names, in any order
and in whatever language the file was exported.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editorial.translation.exchange.units import (
    STATES,
    BadFile,
    Exchange,
    Unit,
    collect,
    for_a_file,
    with_line_ends,
)

HEADINGS = {
    "key": gettext_lazy("Passage"),
    "context": gettext_lazy("Place"),
    "id": gettext_lazy("Indonesian (do not change)"),
    "en": gettext_lazy("English"),
    "note": gettext_lazy("Remark"),
    "state": gettext_lazy("State"),
    "period": gettext_lazy("Years"),
    "id-mark": gettext_lazy("Fingerprint of the Indonesian"),
    "en-mark": gettext_lazy("Fingerprint of the English"),
}
NEEDED = {"key", "id", "en", "period"}
NAME = re.compile(r"\[([a-z-]+)\]\s*$")
MARK = "x"  # before a fingerprint, which may look like a number: 12e45


def rows(exchange):
    """The header, then a row for each unit, in the order of HEADINGS."""
    yield [f"{words} [{name}]" for name, words in HEADINGS.items()]
    for unit in exchange.units:
        state = f"{STATES[unit.state]} [{unit.state}]" if unit.state in STATES else ""
        marks = [mark and MARK + mark for mark in (unit.source_mark, unit.target_mark)]
        cells = [
            unit.key,
            unit.context,
            unit.source,
            unit.target,
            unit.note,
            state,
            exchange.period,
            *marks,
        ]
        yield [for_a_file(cell) for cell in cells]


def columns_of(cells):
    """Where each column stands, {} if this row is not the header. A cell that is no text is no heading."""
    names = [
        (match := NAME.search(cell)) and match[1] if isinstance(cell, str) else None
        for cell in cells
    ]
    if "key" not in names and "en" not in names:
        return {}
    if twice := [name for name in HEADINGS if names.count(name) > 1]:
        raise BadFile(
            _("The header holds [%(name)s] twice. Delete one of the two columns.")
            % {"name": twice[0]}
        )
    return {name: names.index(name) for name in HEADINGS if name in names}


def exchange_of(numbered):
    """The exchange of rows with their numbers. Rows above the header, empty rows and foreign columns do not matter.

    A cell that holds no text is given as the ``BadFile`` sentence that says so.
    """
    numbered = iter(numbered)
    columns = next(filter(None, (columns_of(cells) for _number, cells in numbered)), {})
    if lacking := [name for name in HEADINGS if name in NEEDED - columns.keys()]:
        sentence = _(
            "The header lacks %(names)s. Keep the first row as you received it, brackets included."
        )
        raise BadFile(sentence % {"names": ", ".join(f"[{name}]" for name in lacking)})
    found = [(number, _values(number, cells, columns)) for number, cells in numbered if any(cells)]
    units = collect(((number, _unit(number, values)) for number, values in found), place="row")
    period = found[0][1]["period"]
    for number, values in found:
        if values["period"] != period:
            sentence = _(
                "The years are %(found)s here, and %(period)s above. Import each period by itself."
            )
            raise BadFile(
                sentence % {"found": values["period"] or "–", "period": period}, row=number
            )
    return Exchange(period, units)


def _values(number, cells, columns):
    values = dict.fromkeys(HEADINGS, "")
    for name, column in columns.items():
        cell = cells[column] if column < len(cells) else ""
        if not isinstance(cell, str):
            raise BadFile(f"{HEADINGS[name]}: {cell}", row=number)
        values[name] = with_line_ends(cell)
    return values


def _unit(number, values):
    state = NAME.search(values["state"])
    return Unit(
        values["key"],
        values["id"],
        values["en"],
        context=values["context"],
        note=values["note"],
        state=state[1] if state and state[1] in STATES else "",
        source_mark=_mark(number, values["id-mark"]),
        target_mark=_mark(number, values["en-mark"]),
    )


def _mark(number, value):
    if value and not value.startswith(MARK):
        raise BadFile(
            _("A fingerprint was changed. Copy it from the file you received."), row=number
        )
    return value.removeprefix(MARK)
