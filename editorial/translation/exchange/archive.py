"""The ZIP archive of a workbook: what it holds and how much, before any of it is believed.

The maker of the file also wrote the archive's directory, so it is not trusted: each part is
unpacked in small pieces, and only up to the declared size. Only the method that offices use is
taken: the others unpack a gigabyte of 800 bytes in one step.
"""

import io
import stat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from django.utils.translation import gettext as _
from openpyxl.xml.functions import fromstring

from editorial.translation.exchange.scan import MOST_BYTES
from editorial.translation.exchange.units import BadFile

MOST_PARTS = 200
PIECE = 64 * 1024  # bytes that are unpacked at a time
HIGHEST_RATIO = (
    200  # of a part's bytes to its compressed ones, where these are not few; words reach 20
)
FEW_BYTES = 1_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OBJECTS = ("xl/embeddings/", "xl/activex/")
ELSEWHERE = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/")
OBJECT_KINDS = ("oleObject", "package", "control")


def parts_of(data):
    """Name and bytes of each part of the archive. Raises ``BadFile`` for what no translation needs."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        _check_sizes(parts)
        _check_names(parts)
        for part in parts:
            content = _unpacked(archive, part)
            if content.startswith(OLE):
                raise _holds_objects()
            yield part.filename, content


def _unpacked(archive, part):
    with archive.open(part) as file:
        return b"".join(iter(lambda: file.read(PIECE), b""))


def _check_sizes(parts):
    sizes = [part.file_size for part in parts]
    ratios = [part.file_size / max(part.compress_size, FEW_BYTES) for part in parts]
    if (
        sum(sizes) > 2 * MOST_BYTES
        or max(ratios, default=0) > HIGHEST_RATIO
        or len(parts) > MOST_PARTS
    ):
        raise too_large()


def too_large():
    return BadFile(
        _("The workbook is larger than any translation. Copy its sheet into a new workbook.")
    )


def _check_names(parts):
    names = [part.filename.lower() for part in parts]
    if any("vbaproject" in name for name in names):
        raise BadFile(
            _(
                "The workbook holds macros. Save it again as “Excel Workbook (.xlsx)”, without macros."
            )
        )
    if any(name.startswith(OBJECTS) for name in names):
        raise _holds_objects()
    if any(name.startswith(ELSEWHERE) for name in names):
        raise _takes_from_elsewhere()
    if len(set(names)) < len(names) or any(map(_is_odd, parts)):
        sentence = _(
            "The workbook was not packed by an office program. Copy its sheet into a new workbook, and save that as "
            ".xlsx."
        )
        raise BadFile(sentence)


def check_relationships(content):
    """By what a part of the workbook says that it leads to. Raises ``BadFile``; the XML has been scanned before.

    A program makes a hyperlink of any address that is typed into a cell, and nothing is fetched by one.
    """
    for link in fromstring(content).iter("{*}Relationship"):
        kind = link.get("Type", "").rpartition("/")[2]
        if kind in OBJECT_KINDS:
            raise _holds_objects()
        if link.get("TargetMode") == "External" and kind != "hyperlink":
            raise _takes_from_elsewhere()


def _holds_objects():
    sentence = _(
        "An object of another program is embedded in the workbook. Delete it, and save again."
    )
    return BadFile(sentence)


def _takes_from_elsewhere():
    sentence = _(
        "The workbook takes data from another file. Copy its sheet into a new workbook, as values only."
    )
    return BadFile(sentence)


def _is_odd(part):
    """A link, a way out of the archive, or packed as no office does it."""
    steps = part.orig_filename.replace("\\", "/").split("/")
    leads_out = ".." in steps or steps[0] == "" or ":" in steps[0] or "\0" in part.orig_filename
    is_link = stat.S_ISLNK(part.external_attr >> 16)
    return leads_out or is_link or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED)
