"""The formats by name, and which of them a file is in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from editorial.exchange import csv_table, xliff, xlsx
from editorial.exchange.units import Exchange


@dataclass(frozen=True, slots=True)
class Format:
    extension: str
    content_type: str
    write: Callable[[Exchange], bytes]  # raises BadFile where the format cannot hold a text
    read: Callable[[bytes], Exchange]  # raises BadFile, and nothing else


FORMATS = {
    "xliff": Format(".xlf", "application/x-xliff+xml", xliff.write, xliff.read),
    "xlsx": Format(
        ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.write, xlsx.read
    ),
    "csv": Format(".csv", "text/csv; charset=utf-8", csv_table.write, csv_table.read),
}
BEGINNINGS = {b"PK": "xlsx", b"\xd0\xcf\x11\xe0": "xlsx", b"<": "xliff", b"\xef\xbb\xbf<": "xliff"}
EXTENSIONS = {".xlf": "xliff", ".xliff": "xliff", ".xml": "xliff", ".xlsx": "xlsx", ".xls": "xlsx"}


def format_of(name: str, data: bytes) -> Format:
    """By how the file begins; where that says nothing, as with a damaged file, by its name."""
    begins = (found for beginning, found in BEGINNINGS.items() if data[:100].lstrip().startswith(beginning))
    return FORMATS[next(begins, None) or EXTENSIONS.get(Path(name).suffix.lower(), "csv")]


def read(name: str, data: bytes) -> Exchange:
    return format_of(name, data).read(data)
