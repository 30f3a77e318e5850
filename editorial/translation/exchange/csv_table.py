"""CSV in UTF-8, for scripts and whatever else reads tables; an office is better served with XLSX."""

import csv
import io
import re

from django.utils.translation import gettext as _

from editorial.translation.exchange import table
from editorial.translation.exchange.scan import text_of
from editorial.translation.exchange.units import BadFile

FORMULA = re.compile(
    r"'*[=+\-@\t\r]"
)  # what a spreadsheet program would run, or has been kept from running
DELIMITERS = ",;\t"


def write(exchange):
    file = io.StringIO(newline="")
    rows = csv.writer(file, quoting=csv.QUOTE_ALL)
    rows.writerows(
        [f"'{cell}" if FORMULA.match(cell) else cell for cell in row]
        for row in table.rows(exchange)
    )
    return file.getvalue().encode(
        "utf-8-sig"
    )  # Excel takes CSV for UTF-8 only by its byte order mark


def read(data):
    return table.exchange_of(_rows(text_of(data)))


def _rows(text):
    header = next((line for line in text.splitlines() if "[key]" in line), "")
    delimiter = max(DELIMITERS, key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(rows, start=1):
            yield (
                number,
                [cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell for cell in cells],
            )
    except csv.Error as error:
        sentence = _(
            "A quotation mark is missing or one too many, or the file breaks off. Export it again."
        )
        raise BadFile(sentence, line=rows.line_num) from error
