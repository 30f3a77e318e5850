"""Reads the static copy, which answers readers while Django cannot: each public address is a file.

``COPY_DIR`` holds the copies of the last releases, each in a folder named by its key, and the link
``current`` to one of them.
"""

import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings

from public.addresses import FILES
from public.pages.answers import Answer

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
LAST = FILES["catalogue"]  # a copy that has this file has all that follow its pages
SUFFIXES = {"": "", "gzip": ".gz", "br": ".br"}  # of files, by encoding
# Headers that follow from the others and the body.
DERIVED = ("Content-Encoding", "Content-Length", "ETag", "Vary")


def current():
    """The folder of the current copy, or None."""
    link = settings.COPY_DIR and settings.COPY_DIR / "current"
    return link.parent / link.readlink() if link and link.is_symlink() else None


def is_whole(folder):
    """True if the copy has the files that take long too, not only its pages."""
    return all((folder / name).exists() for name in (MANIFEST, LAST))


def written_at():
    """When the current copy was written, or None."""
    try:
        folder = current()
        return folder and datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC)
    except OSError:
        return None


def find(path):
    """What Django answered at the path, or None if the copy lacks it or its file was changed."""
    try:
        if not (folder := current()):
            return None
        manifest = manifest_of(folder)
        entry = manifest["addresses"].get(path)
        if not entry or not (file := folder / entry["file"]).is_file():
            return None
        body = file.read_bytes()
    except (OSError, ValueError):
        return None
    if hashlib.sha256(body).hexdigest() != entry["sha256"]:
        return None
    return Answer.of(headers_of(entry, manifest), body)


def manifest_of(folder):
    """Raises ``OSError`` or ``ValueError``."""
    path = folder / MANIFEST
    return _manifest(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _manifest(path, written):
    """Cached until another is written under the same name."""
    return json.loads(path.read_bytes())


def headers_of(entry, manifest):
    """The headers of an address, as pairs, from which the derived ones follow."""
    headers = manifest["headers"] | entry["headers"]
    return [
        *headers.items(),
        ("Content-Type", entry["content_type"]),
        ("Content-Length", str(entry["size"])),
    ]


def file_of(address):
    """The file of an address in a copy: a page is the index of a folder."""
    return f"{address[1:]}index.html" if address.endswith("/") else address[1:]
