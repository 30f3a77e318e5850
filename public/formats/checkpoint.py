"""The checkpoint of all editions (c2sp.org/tlog-checkpoint), and what the signer wrote of it.

The list of heads only grows: a head is added when its edition takes effect. Another user signs it
(``magelang_portal.operations.signing``) and writes into ``PROOF_DIR``, where the portal only reads.
"""

import hashlib
from contextlib import suppress

from django.conf import settings

from public.formats.verify_chain import body_of

NOTE, KEY, TIMESTAMP = "checkpoint", "key.pub", ".tsr"  # files of the signer's folder


def origin():
    """The name of the list, and of the key that signs it."""
    return settings.SITE_URL.partition("://")[2] + "/editions"


def body(release):
    """The checkpoint without a signature."""
    return body_of(origin(), heads(release))


def heads(release):
    """A line for each edition of each chain, in the order in which readers could see them."""
    lines = []
    for period in release.due:
        for edition in reversed(release.chain(period)):
            if not edition.never_took_effect:
                shown_at = max(edition.effective_at, edition.published_at)
            # One that never took effect is shown with the next one that did.
            lines.append((shown_at, period, edition.number, edition.sha256))
    return [f"{period} {number} {sha256}" for _at, period, number, sha256 in sorted(lines)]


# The signer's folder


def read(name):
    """The bytes of a file of the signer; None if there is none. Raises ``OSError``."""
    if settings.PROOF_DIR:
        with suppress(FileNotFoundError):
            return (settings.PROOF_DIR / name).read_bytes()
    return None


def readable(name):
    """The same, and b"" instead of an error: no page fails with the signer."""
    with suppress(OSError):
        return read(name) or b""
    return b""


def key():
    """The public key, for pages; "" where nobody signs."""
    return readable(KEY).decode("ascii", "replace").strip() if readable(NOTE) else ""


def timestamp_name(edition):
    return f"{edition.period}-{edition.number}{TIMESTAMP}"


def has_timestamp(edition):
    return bool(readable(timestamp_name(edition)))


def changed_at():
    """Changes when the signer writes a file: each takes its name by a move. Cheap."""
    if settings.PROOF_DIR:
        with suppress(OSError):
            return settings.PROOF_DIR.stat().st_mtime_ns
    return None


def fingerprint():
    """The hash of what the signer wrote, or "". A timestamp never changes, so its name counts."""
    if not settings.PROOF_DIR or not settings.PROOF_DIR.is_dir():
        return ""
    names = sorted(path.name for path in settings.PROOF_DIR.glob(f"*{TIMESTAMP}"))
    said = [readable(NOTE), readable(KEY), *map(str.encode, names)]
    return hashlib.sha256(b"\n".join(said)).hexdigest()
