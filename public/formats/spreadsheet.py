"""CSV whose cells no spreadsheet program runs as formulas (OWASP, "CSV injection")."""

import csv
import io
import re

# A cell that begins like an escaped one is escaped again, so that ``unescaped`` restores any cell.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def as_csv(rows, **style):
    """The rows with a byte order mark, by which Excel knows UTF-8; ``style`` as ``csv.writer``."""
    sheet = io.StringIO(newline="")
    sheet.write("\ufeff")
    csv.writer(sheet, **style).writerows([escaped(str(cell)) for cell in row] for row in rows)
    return sheet.getvalue()


def escaped(cell):
    """An apostrophe before a cell that looks like a formula makes it text."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unescaped(cell):
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
