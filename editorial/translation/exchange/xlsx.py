"""XLSX, for offices."""

import io
import re
from itertools import islice
from zipfile import ZipFile

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.worksheet.protection import SheetProtection
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring

from editorial.translation.exchange import table
from editorial.translation.exchange.archive import TOO_LARGE, check_relationships, parts_of
from editorial.translation.exchange.scan import MOST_ELEMENTS, check_size, scan_xml
from editorial.translation.exchange.units import BadFile, errors_as

WIDTHS = {"key": 14, "context": 26, "id": 60, "en": 60, "note": 30, "state": 16, "period": 11}
NARROW = 6
MOST_CHARACTERS = 32_767  # in a cell; openpyxl silently cuts a longer text
LAST_ROW, LAST_COLUMN = 20_000, 50
HEADER_WITHIN = 20
# In a string, _x000D_ is the character of that number. _x005F_ is the low line of a text that only
# looks like such an escape.
ESCAPE = re.compile(r"_x(?![dD][89a-fA-F])([0-9a-fA-F]{4})_")
LIKE_AN_ESCAPE = re.compile(r"_(?=x[0-9a-fA-F]{4}_)")
READ = re.compile(r"(?:\[Content_Types\]|(?:_rels|docProps|xl)/.*)\.(?:xml|rels)$")
MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^<>]*?ref="[A-Z]+(\d+):')
FORMULA_ATTRIBUTES = re.compile(rb"(<(?:[^\s<>/:]+:)?f)\s[^<>]*?(/?>)")


def write(exchange):
    book = Workbook()
    sheet = book.active
    sheet.title = exchange.period
    for number, row in enumerate(table.rows(exchange), start=1):
        for column, (name, text) in enumerate(zip(table.HEADINGS, row, strict=True), start=1):
            _write_cell(sheet.cell(number, column), name, text, is_header=number == 1)
    for letter, name in zip("ABCDEFGHI", table.HEADINGS, strict=True):
        sheet.column_dimensions[letter].width = WIDTHS.get(name, NARROW)
    sheet.freeze_panes = "A2"
    # Protects against slips, without a password. Formatting stays allowed.
    sheet.protection = SheetProtection(
        sheet=True, formatCells=False, formatColumns=False, formatRows=False
    )
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _write_cell(cell, name, text, *, is_header):
    escaped = LIKE_AN_ESCAPE.sub("_x005F_", text)
    if len(escaped) > MOST_CHARACTERS:
        sentence = _("A text is too long for a cell of a spreadsheet. Export XLIFF instead.")
        raise BadFile(sentence, row=cell.row)
    cell.value = escaped
    cell.data_type = "s"  # never a formula or an error, whatever it begins with
    cell.number_format = "@"  # text stays text when it is edited
    cell.alignment = Alignment(wrap_text=name not in table.MARKS, vertical="top")
    is_english = name == "en" and not is_header
    cell.protection = Protection(locked=not is_english)
    if not is_english:
        cell.fill = PatternFill("solid", fgColor="EEEEEE")
    if is_header:
        cell.font = Font(bold=True)


def read(data):
    check_size(data)
    sentence = _(
        "This is no XLSX that can be read. "
        "Save it again as “Excel Workbook (.xlsx)”, without a password."
    )
    with errors_as(BadFile(sentence)):
        reader = _Reader(_scanned(data), read_only=True, keep_links=False)
        reader.read()
        return table.exchange_of(enumerate(_rows(_our_sheet(reader.wb)), start=1))


def _scanned(data):
    """A copy of the archive with scanned XML only; every other part is empty.

    Formulas lose their attributes: openpyxl would expand a shared formula for each of its cells.
    Its read-only mode expands neither merged cells nor links over a million rows.
    """
    scanned, tags = io.BytesIO(), 0
    with ZipFile(scanned, "w") as copy:
        for name, content in parts_of(data):
            kept = content if READ.match(name) else b""
            tags += kept.count(b"<")  # of all parts, as scan_xml limits one
            if tags > 2 * MOST_ELEMENTS:
                raise BadFile(TOO_LARGE)
            if kept:
                _scan(name, kept)
            copy.writestr(name, FORMULA_ATTRIBUTES.sub(rb"\1\2", kept))
    return scanned


def _scan(name, content):
    try:
        scan_xml(content)
    except BadFile as error:  # it names a line of XML, which people never see
        sentence = _(
            "The workbook is damaged. Copy its sheet into a new workbook, and save that as .xlsx."
        )
        raise BadFile(sentence) from error
    if name.endswith(".rels"):
        check_relationships(content)
    if merged := MERGED.search(content):
        sentence = _(
            "Cells are merged here. Separate them, so that each passage has a row of its own."
        )
        raise BadFile(sentence, row=int(merged[1]))


class _Reader(ExcelReader):
    def read_strings(self):
        """Read the strings unchanged: openpyxl drops every "x005F_", even within a word."""
        if part := self.package.find(SHARED_STRINGS):
            strings = fromstring(self.archive.read(part.PartName[1:]))
            self.shared_strings = [
                Text.from_tree(node).content for node in strings.iter(f"{{{SHEET_MAIN_NS}}}si")
            ]


def _our_sheet(book):
    """The only sheet with the header; offices may add others."""
    ours = [
        sheet
        for sheet in book.worksheets
        if any(map(table.columns_of, islice(_rows(sheet), HEADER_WITHIN)))
    ]
    if len(ours) > 1:
        names = ", ".join(sheet.title for sheet in ours)
        raise BadFile(_("Two sheets hold passages: %(names)s. Delete one.") % {"names": names})
    return ours[0] if ours else book.worksheets[0]


def _rows(sheet):
    sheet.reset_dimensions()  # some programs store wrong ones, and rows would be left out
    for number, cells in enumerate(sheet.iter_rows(max_col=LAST_COLUMN), start=1):
        if number > LAST_ROW:  # openpyxl yields every empty row above a stray cell at the bottom
            raise BadFile(_("The sheet goes on here. Delete all rows below the table."), row=number)
        yield [_text(cell) for cell in cells]


def _text(cell):
    """The cell's text, a whole number as typed; for other values a ``BadFile``."""
    value = cell.value
    if cell.data_type in ("f", "e"):
        return BadFile(_("This cell holds a formula. Put its words in its place."))
    if isinstance(value, str):
        return ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), value)
    if value is None:
        return ""
    if cell.data_type == "n" and value == int(value):
        return str(int(value))
    return BadFile(
        _("This cell holds a number or a date. Format it as text, and type the words again.")
    )
