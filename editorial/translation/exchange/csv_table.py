"""CSV in UTF-8, for scripts and other programs that read tables; offices do better with XLSX."""

import csv
import io

from django.utils.translation import gettext as _

from editorial.translation.exchange import table
from editorial.translation.exchange.scan import text_of
from editorial.translation.exchange.units import BadFile
from public.formats import spreadsheet

DELIMITERS = ",;\t"


def write(exchange):
    return spreadsheet.as_csv(table.rows(exchange), quoting=csv.QUOTE_ALL).encode()


def read(data):
    return table.exchange_of(rows_of(data, sign="[key]"))


def rows_of(data, sign):
    """Yield number and cells of each row. ``sign`` is in the header, which shows the delimiter."""
    text = text_of(data)
    header = next((line for line in text.splitlines() if sign in line), "")
    delimiter = max(DELIMITERS, key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(rows, start=1):
            yield number, [spreadsheet.unescaped(cell) for cell in cells]
    except csv.Error as error:
        sentence = _(
            "A quotation mark is missing or one too many, or the file breaks off. Export it again."
        )
        raise BadFile(sentence, line=rows.line_num) from error
