"""The units as rows under a header, for XLSX and CSV.

A heading is words for people with a fixed name, ``English [en]``. Columns are found by these names,
in any order and whatever the language of the export.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editorial.translation.exchange.units import (
    BadFile,
    Exchange,
    State,
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
    "note": gettext_lazy("Comment"),
    "state": gettext_lazy("State"),
    "period": gettext_lazy("Years"),
    "id-mark": gettext_lazy("Fingerprint of the Indonesian"),
    "en-mark": gettext_lazy("Fingerprint of the English"),
}
FIELDS = {  # of a unit, by the names of their columns
    "key": "key",
    "context": "context",
    "id": "source",
    "en": "target",
    "note": "note",
    "state": "state",
    "id-mark": "source_mark",
    "en-mark": "target_mark",
}
NEEDED = ("key", "id", "en", "period")
MARKS = ("id-mark", "en-mark")
NAME = re.compile(r"\[([a-z-]+)\]\s*$")
MARK = "x"  # before a fingerprint, which may look like a number: 12e45


def rows(exchange):
    """Yield the header, then a row for each unit, in the order of HEADINGS."""
    yield [f"{words} [{name}]" for name, words in HEADINGS.items()]
    for unit in exchange.units:
        values = {name: getattr(unit, field) for name, field in FIELDS.items()}
        values["period"] = exchange.period
        values["state"] = unit.state and f"{State(unit.state).label} [{unit.state}]"
        for name in MARKS:
            values[name] = values[name] and MARK + values[name]
        yield [for_a_file(values[name]) for name in HEADINGS]


def columns_of(cells, headings=HEADINGS, signs=("key", "en")):
    """The index of each column by its name; {} where this row is not the header.

    The header has at least one of the ``signs``.
    """
    names = [
        (match := NAME.search(cell)) and match[1] if isinstance(cell, str) else None
        for cell in cells
    ]
    if not set(signs).intersection(names):
        return {}
    if twice := [name for name in headings if names.count(name) > 1]:
        sentence = _("The header holds [%(name)s] twice. Delete one of the two columns.")
        raise BadFile(sentence % {"name": twice[0]})
    return {name: names.index(name) for name in headings if name in names}


def refuse_without(needed, columns):
    """Raise ``BadFile`` where the header lacks one of the needed columns."""
    if lacking := [f"[{name}]" for name in needed if name not in columns]:
        sentence = _(
            "The header lacks %(names)s. Keep the first row as you received it, brackets included."
        )
        raise BadFile(sentence % {"names": ", ".join(lacking)})


def exchange_of(numbered):
    """The exchange in rows, given as (number, cells); a cell without text is a ``BadFile``.

    Rows above the header, empty rows and unknown columns are ignored.
    """
    numbered = iter(numbered)
    columns = next(filter(None, (columns_of(cells) for _number, cells in numbered)), {})
    refuse_without(NEEDED, columns)
    found = [(number, _values(number, cells, columns)) for number, cells in numbered if any(cells)]
    units = collect(((number, _unit(number, values)) for number, values in found), place="row")
    return Exchange(_period_of(found), units)


def _values(number, cells, columns):
    values = dict.fromkeys(HEADINGS, "")
    for name, column in columns.items():
        cell = cells[column] if column < len(cells) else ""
        if not isinstance(cell, str):
            raise BadFile(f"{HEADINGS[name]}: {cell}", row=number)
        values[name] = with_line_ends(cell)
    return values


def _unit(number, values):
    fields = {field: values[name] for name, field in FIELDS.items()}
    state = NAME.search(values["state"])
    fields["state"] = state[1] if state and state[1] in State else ""
    for name in MARKS:
        if values[name] and not values[name].startswith(MARK):
            sentence = _("A fingerprint was changed. Copy it from the file you received.")
            raise BadFile(sentence, row=number)
        fields[FIELDS[name]] = values[name].removeprefix(MARK)
    return Unit(**fields)


def _period_of(found):
    period = found[0][1]["period"]
    for number, values in found:
        if values["period"] != period:
            sentence = _(
                "The years are %(found)s here, and %(period)s above. Import each period by itself."
            )
            years = {"found": values["period"] or "–", "period": period}
            raise BadFile(sentence % years, row=number)
    return period
