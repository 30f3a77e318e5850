"""The formats by name, and which of them a file is in."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Format:
    """``module`` is loaded with the first file: a worker that meets none needs an eighth less memory."""

    extension: str
    content_type: str
    module: str

    def write(self, exchange):
        """Raises ``BadFile`` where the format cannot hold a text."""
        return import_module(self.module).write(exchange)

    def read(self, data):
        """Raises ``BadFile``, and nothing else."""
        return import_module(self.module).read(data)


FORMATS = {
    "xliff": Format(".xlf", "application/x-xliff+xml", "editorial.translation.exchange.xliff"),
    "xlsx": Format(
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "editorial.translation.exchange.xlsx",
    ),
    "csv": Format(".csv", "text/csv; charset=utf-8", "editorial.translation.exchange.csv_table"),
}
BEGINNINGS = {b"PK": "xlsx", b"\xd0\xcf\x11\xe0": "xlsx", b"<": "xliff", b"\xef\xbb\xbf<": "xliff"}
EXTENSIONS = {".xlf": "xliff", ".xliff": "xliff", ".xml": "xliff", ".xlsx": "xlsx", ".xls": "xlsx"}


def format_of(name, data):
    """By how the file begins; where that says nothing, as with a damaged file, by its name."""
    begins = (
        found
        for beginning, found in BEGINNINGS.items()
        if data[:100].lstrip().startswith(beginning)
    )
    return FORMATS[next(begins, None) or EXTENSIONS.get(Path(name).suffix.lower(), "csv")]


def read(name, data):
    return format_of(name, data).read(data)
