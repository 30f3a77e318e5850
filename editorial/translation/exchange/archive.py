"""The ZIP archive of a workbook: its parts, once their names, sizes and kinds are found harmless.

The maker of the file also wrote the archive's directory, so the directory is not trusted: each part
is unpacked in small pieces, up to the declared size. Only stored and deflated parts are accepted:
the other methods can expand 800 bytes to a gigabyte in one step.
"""

import io
import stat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from django.utils.translation import gettext_lazy as _
from openpyxl.xml.functions import fromstring

from editorial.translation.exchange.scan import MOST_BYTES
from editorial.translation.exchange.units import BadFile

MOST_PARTS = 200
PIECE = 64 * 1024  # bytes that are unpacked at a time
HIGHEST_RATIO = 200  # of a part's size to its compressed size, from FEW_BYTES on; texts reach 20
FEW_BYTES = 1_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OBJECTS = ("xl/embeddings/", "xl/activex/")
EXTERNAL_DATA = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/")
OBJECT_KINDS = ("oleObject", "package", "control")
TOO_LARGE = _("The workbook is larger than any translation. Copy its sheet into a new workbook.")
HOLDS_MACROS = _(
    "The workbook holds macros. Save it again as “Excel Workbook (.xlsx)”, without macros."
)
HOLDS_OBJECTS = _(
    "An object of another program is embedded in the workbook. Delete it, and save again."
)
TAKES_EXTERNAL_DATA = _(
    "The workbook takes data from another file. Copy its sheet into a new workbook, as values only."
)
NOT_OF_AN_OFFICE = _(
    "The workbook was not packed by an office program. "
    "Copy its sheet into a new workbook, and save that as .xlsx."
)


def parts_of(data):
    """Yield name and bytes of each part of the archive. Raises ``BadFile``."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        _check_sizes(parts)
        _check_names(parts)
        for part in parts:
            content = _unpacked(archive, part)
            if content.startswith(OLE):
                raise BadFile(HOLDS_OBJECTS)
            yield part.filename, content


def check_relationships(content):
    """Raise ``BadFile`` where a part of relationships, as XML, leads to an object or another file.

    Hyperlinks are allowed: programs make them of any address in a cell, and nothing fetches them.
    """
    for link in fromstring(content).iter("{*}Relationship"):
        kind = link.get("Type", "").rpartition("/")[2]
        if kind in OBJECT_KINDS:
            raise BadFile(HOLDS_OBJECTS)
        if link.get("TargetMode") == "External" and kind != "hyperlink":
            raise BadFile(TAKES_EXTERNAL_DATA)


def _unpacked(archive, part):
    with archive.open(part) as file:
        return b"".join(iter(lambda: file.read(PIECE), b""))


def _check_sizes(parts):
    size = sum(part.file_size for part in parts)
    ratios = [part.file_size / max(part.compress_size, FEW_BYTES) for part in parts]
    is_dense = max(ratios, default=0) > HIGHEST_RATIO
    if size > 2 * MOST_BYTES or is_dense or len(parts) > MOST_PARTS:
        raise BadFile(TOO_LARGE)


def _check_names(parts):
    names = [part.filename.lower() for part in parts]
    if any("vbaproject" in name for name in names):
        raise BadFile(HOLDS_MACROS)
    if any(name.startswith(OBJECTS) for name in names):
        raise BadFile(HOLDS_OBJECTS)
    if any(name.startswith(EXTERNAL_DATA) for name in names):
        raise BadFile(TAKES_EXTERNAL_DATA)
    if len(set(names)) < len(names) or any(map(_is_unsafe, parts)):
        raise BadFile(NOT_OF_AN_OFFICE)


def _is_unsafe(part):
    """Whether the part is a link, leads out of the archive, or is packed by another method."""
    steps = part.orig_filename.replace("\\", "/").split("/")
    leads_out = ".." in steps or steps[0] == "" or ":" in steps[0] or "\0" in part.orig_filename
    is_link = stat.S_ISLNK(part.external_attr >> 16)
    return leads_out or is_link or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED)
