"""The glossary as CSV in UTF-8: a row for each term, a column for each text and language."""

import csv

from django.utils.text import capfirst

from editions import fields
from editions.document import TermText, Text
from editorial.translation.exchange import table
from editorial.translation.exchange.csv_table import rows_of
from editorial.translation.exchange.units import NO_TERM, BadFile, for_a_file, with_line_ends
from public.formats import spreadsheet

COLUMNS = {  # by the names in brackets: the text, its language, its column in the glossary
    f"{field.name.replace('_', '-')}-{language}": (field.name, language, column)
    for field in fields.of("term")
    for language, column in zip(("id", "en"), field.columns, strict=True)
}
SIGN = "term-id"


def write(terms):
    header = [
        f"{capfirst(fields.label('term', column))} [{name}]"
        for name, (_field, _language, column) in COLUMNS.items()
    ]
    rows = [[_cell(term, *text) for *text, _column in COLUMNS.values()] for term in terms]
    return spreadsheet.as_csv([header, *rows], quoting=csv.QUOTE_ALL).encode()


def _cell(term, field, language):
    return for_a_file(getattr(getattr(term, field), language))


def read(data):
    """The terms of the file. Raises ``BadFile``."""
    rows, columns = iter(rows_of(data, sign=f"[{SIGN}]")), {}
    for _number, cells in rows:
        if columns := table.columns_of(cells, COLUMNS, [SIGN]):
            break
    table.refuse_without([SIGN], columns)
    terms = tuple(_term(cells, columns) for _number, cells in rows if any(cells))
    if not terms:
        raise BadFile(NO_TERM)
    return terms


def _term(cells, columns):
    texts = {field.name: {} for field in fields.of("term")}
    for name, place in columns.items():
        field, language, _column = COLUMNS[name]
        texts[field][language] = with_line_ends(cells[place]) if place < len(cells) else ""
    return TermText(**{name: Text(**values) for name, values in texts.items()})
