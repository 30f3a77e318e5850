"""The formats by their names in addresses, and the detection of a file's format."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from editorial.translation.exchange.units import BadFile


@dataclass(frozen=True, slots=True)
class Format:
    """``module`` is imported with the first file: it takes an eighth of a worker's memory."""

    name: str
    extensions: tuple[str, ...]  # the first is that of exports
    content_type: str
    module: str
    beginnings: tuple[bytes, ...] = ()  # of its files

    @property
    def extension(self):
        return self.extensions[0]

    def write(self, exchange):
        """The file. Raises ``BadFile`` if the format cannot hold a text."""
        return self._module.write(exchange)

    def read(self, data):
        """The exchange. Raises ``BadFile`` and nothing else."""
        return self._module.read(data)

    @property
    def _module(self):
        return import_module(f"editorial.translation.exchange.{self.module}")


XML = (b"<", b"\xef\xbb\xbf<")  # beginnings
FORMATS = {
    "xliff": Format(
        "XLIFF",
        (".xlf", ".xliff", ".xml"),
        "application/x-xliff+xml",
        "xliff",
        XML,
    ),
    "xlsx": Format(
        "XLSX",
        (".xlsx", ".xls"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
        (b"PK",),
    ),
    "csv": Format("CSV", (".csv",), "text/csv; charset=utf-8", "csv_table"),
}
GLOSSARY_FORMATS = {
    "tbx": Format("TBX", (".tbx", ".xml"), "application/x-tbx+xml", "tbx", XML),
    "csv": Format("CSV", (".csv",), "text/csv; charset=utf-8", "glossary_csv"),
}
MEMORY_FORMATS = {"tmx": Format("TMX", (".tmx", ".xml"), "application/x-tmx+xml", "tmx", XML)}


# Files that people mistake for a workbook, by what their first bytes hold.
NOT_READ = {
    b"mimetypeapplication/vnd.oasis.opendocument": _(
        "This is a file of LibreOffice (.ods or .odt). Save it as “Excel 2007–365 (.xlsx)” or CSV."
    ),
    b"\xd0\xcf\x11\xe0": _(
        "This is an old Excel file (.xls), or one with a password. "
        "Save it as “Excel Workbook (.xlsx)”, without a password."
    ),
}


def format_of(name, data, formats=FORMATS):
    """The format that the beginning of the file shows, or else the file's name, or else CSV."""
    begins, extension = data[:100].lstrip(), Path(name).suffix.lower()
    formats = formats.values()
    found = [each for each in formats if begins.startswith(each.beginnings)]
    found += [each for each in formats if extension in each.extensions]
    return found[0] if found else list(formats)[-1]


def read(name, data, formats=FORMATS):
    """What the file holds, as its format reads it. Raises ``BadFile`` and nothing else."""
    for sign, sentence in NOT_READ.items():
        if sign in data[:100]:
            raise BadFile(sentence)
    return format_of(name, data, formats).read(data)
