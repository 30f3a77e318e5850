"""The static copy, as it is read: each public address of a release is a file, for when Django cannot answer.

``COPY_DIR`` holds the copies of the last releases, each under its key, and the link ``current`` to one of them.
``public.mirror.writing`` writes them.
"""

import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings

from public.pages.answers import Answer

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
SUFFIXES = {"": "", "gzip": ".gz", "br": ".br"}  # of a file, by encoding
DERIVED = (
    "Content-Encoding",
    "Content-Length",
    "ETag",
    "Vary",
)  # headers that follow from the others and the body


def current():
    """The folder of the release that the copy is of; None where there is no copy."""
    link = settings.COPY_DIR and settings.COPY_DIR / "current"
    return link.parent / link.readlink() if link and link.is_symlink() else None


def written_at():
    """When the copy was written; None where there is no copy."""
    try:
        folder = current()
        return folder and datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC)
    except OSError:
        return None


def find(path):
    """What the copy answers at the path, as Django answered it; None where it has nothing, or nothing whole."""
    try:
        if not (folder := current()):
            return None
        manifest = manifest_of(folder)
        if not (entry := manifest["addresses"].get(path)):
            return None
        path = folder / entry["file"]
        if not path.is_file():
            return None
        body = path.read_bytes()
    except (OSError, ValueError):
        return None
    if hashlib.sha256(body).hexdigest() != entry["sha256"]:
        return None
    return Answer.of(headers_of(entry, manifest), body, is_secure=settings.PRODUCTION)


@lru_cache(maxsize=2)
def manifest_of(folder):
    """What the copy in the folder says of itself. Raises ``OSError`` or ``ValueError``."""
    return json.loads((folder / MANIFEST).read_bytes())


def headers_of(entry, manifest):
    """The headers of an address without those that are derived, as pairs."""
    headers = manifest["headers"] | entry["headers"]
    return [
        *headers.items(),
        ("Content-Type", entry["content_type"]),
        ("Content-Length", str(entry["size"])),
    ]


def file_of(address):
    """The file of an address, within the folder of a copy: a page is the index of its own folder."""
    return f"{address[1:]}index.html" if address.endswith("/") else address[1:]
