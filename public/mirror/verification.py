"""Compares a site on the web with what is published: every address, byte for byte, as several readers see it.

And the files of the static copy, which readers get while gunicorn is down. What is published follows from the editions
in the database alone: nothing that was kept on disk, and that somebody may have changed there, has a say in it.
"""

import gzip
import hashlib
import http.client
import io
import json
import secrets
import zlib
from dataclasses import dataclass
from math import ceil
from os.path import commonprefix
from urllib.parse import urlsplit

import brotli

from public.addresses import LANGUAGES, Page, file_path
from public.mirror import contents, reading, writing

OLD_AT_ONCE, LONGEST_ROUND = 5, 24  # editions that are read in an hour, and hours in which all are
TIMEOUT = 10  # seconds
PATIENCE = 3  # addresses without an answer, after which the site is given up
LARGEST = 50_000_000  # bytes that are read of an answer
BEFORE, CONTEXT = 10, 60  # bytes that are shown where an answer begins to differ
UNDECODABLE = (ValueError, OSError, EOFError, brotli.error, zlib.error)
NEVER_SENT = ("Refresh", "Link", "Set-Cookie")  # they lead readers elsewhere, or follow them
# Who breaks into a site may show what they wrote to search engines only, or change only one of the encodings.
READERS = {
    "a browser": {
        "Accept-Encoding": "br",
        "Accept-Language": "id-ID,id;q=0.9",
        "User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Mobile",
    },
    "a search engine": {
        "Accept-Encoding": "gzip",
        "User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Referer": "https://www.google.com/",
    },
    "a program": {"Accept-Encoding": "identity"},
}


class Unreachable(Exception):
    """The site does not answer; the message says at which address, and why."""


@dataclass(frozen=True)
class Expected:
    """What must be answered at an address; ``body`` is None where only its hash is known, and so are ``headers``."""

    address: str
    content_type: str
    sha256: str
    body: bytes | None = None
    headers: dict | None = None


def left_out(release, hour):
    """The editions, as (period, number), that are not read in this hour, counted from any beginning.

    Editions never change: so the newest and those in force are read each time, and of the others a
    part, until all were read within a day.
    """
    newest = [editions[0] for editions in release.due.values()]
    always = {*newest, *release.in_force.values()}
    old = sorted(
        (edition.period, edition.number) for edition in release.all_due() if edition not in always
    )
    rounds = min(LONGEST_ROUND, ceil(len(old) / OLD_AT_ONCE)) or 1
    return frozenset(old) - frozenset(old[hour % rounds :: rounds])


def of_release(release, only=None, without=frozenset()):
    """What this portal answers at each address of the release, or at some; ``without`` is of ``left_out``."""
    for address in contents.addresses(release):
        if (only and address not in only) or (without and contents.edition_of(address) in without):
            continue
        headers, body = contents.answer(address, release)
        headers = dict(headers)
        yield Expected(
            address, headers["Content-Type"], hashlib.sha256(body).hexdigest(), body, headers
        )


def of_manifest(manifest, only=None):
    """What the manifest of a copy or an export says."""
    for address, entry in manifest["addresses"].items():
        if not only or address in only:
            yield Expected(address, entry["content_type"], entry["sha256"])


def absent(release=None):
    """Addresses where nothing may be found: the pages of what was withdrawn, and such as nobody ever made."""
    for edition in release.editions if release else ():
        standing = release.edition(
            edition.period, edition.number
        )  # of years used again, it may be another's
        if edition.is_withdrawn and not (standing and not standing.is_withdrawn):
            arguments = {"period": edition.period, "number": edition.number}
            yield from (Page("edition", arguments).path(language) for language in LANGUAGES)
            yield file_path("edition-file", **arguments)
    yield from (f"/{secrets.token_hex(8)}{end}" for end in ("/", ".html", ".php"))


class Site:
    """The site at ``url``: https:// or http://, a host, and a port where it has one of its own."""

    def __init__(self, url):
        parts = urlsplit(url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.path not in ("", "/")
        ):
            raise ValueError(
                f"“{url}” is not the address of a site: write https:// and a host name only."
            )
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self.url, self.connection = (
            url.rstrip("/"),
            kind(parts.hostname, parts.port, timeout=TIMEOUT),
        )
        self.answered, self.unanswered = 0, 0

    def close(self):
        self.connection.close()

    def faults(self, expected):
        """What is wrong at the address of ``expected``, a sentence for each reader to whom it is."""
        for reader, headers in READERS.items():
            if fault := self._fault(expected, headers):
                yield f"{expected.address}, as {reader} reads it: {fault}"

    def fault_of_absent(self, address):
        status, *_ = self._answer(address, READERS["a browser"]) or [None]
        return (
            f"{address}: status {status}, though nothing was published there"
            if status and status < 400
            else ""
        )

    def _fault(self, expected, headers):
        if not (answer := self._answer(expected.address, headers)):
            return "no answer"
        status, fields, content = answer
        if status != 200:
            return f"status {status} instead of 200" + (
                f", to {printable(to)}" if (to := fields["Location"]) else ""
            )
        if added := [name for name in NEVER_SENT if name in fields]:
            return f"a header {added[0]}: {printable(fields[added[0]])}"
        if normal(fields["Content-Type"]) != normal(expected.content_type):
            return f"type {printable(fields['Content-Type'] or 'none')} instead of {expected.content_type}"
        try:
            body = decoded(content, fields["Content-Encoding"] or "")
        except UNDECODABLE:
            return "it cannot be decoded"
        if hashlib.sha256(body).hexdigest() != expected.sha256:
            return "other bytes" + (
                f": {where_it_differs(body, expected.body)}" if expected.body else ""
            )
        return ""

    def _answer(self, address, headers):
        """Status, headers and body. None where there was no answer; raises ``Unreachable`` where that is the rule."""
        for _attempt in range(
            2
        ):  # an open connection may have been closed by the other side meanwhile
            try:
                self.connection.request("GET", address, headers=headers)
                response = self.connection.getresponse()
                answer = response.status, response.headers, response.read(LARGEST)
                if not response.isclosed():
                    self.connection.close()
                self.answered += 1
                return answer
            except (OSError, http.client.HTTPException) as error:
                self.connection.close()
                reason = error
        self.unanswered += 1
        if not self.answered or self.unanswered >= PATIENCE:
            raise Unreachable(
                f"{self.url}{address} is not answered: {reason or type(reason).__name__}"
            ) from reason
        return None


class Copy:
    """The static copy on this machine, as it is compared with a release, whose addresses are asked for once.

    Of those that are not, only the names and the sums of their files are compared.
    """

    def __init__(self, release):
        self.release, self.folder, self.entries = release, reading.current(), {}
        self.addresses = set(contents.addresses(release))

    def fault(self):
        """Why it is not even that of the release; "" where it is."""
        if not self.folder:
            return "the static copy: there is none"
        return (
            ""
            if self.folder.name == self.release.key
            else f"the static copy is of release {self.folder.name}"
        )

    def faults(self, expected):
        """What is wrong with the files of the address of ``expected``, in sentences."""
        file = reading.file_of(expected.address)
        self.entries[expected.address] = writing.entry_of(file, expected.headers, expected.body)
        for encoding, suffix in reading.SUFFIXES.items():
            if fault := self._fault(file + suffix, encoding, expected.body):
                yield f"the static copy, {file}{suffix}: {fault}"

    def _fault(self, name, encoding, body):
        try:
            path = self.folder / name
            if not path.is_file():
                return "" if encoding and not path.exists() else "it is missing"
            found = decoded(path.read_bytes(), encoding)
        except UNDECODABLE:
            return "it cannot be read"
        return "" if found == body else f"other bytes: {where_it_differs(found, body)}"

    def other_faults(self):
        """What is wrong with it besides, once all addresses were asked for."""
        known = {
            reading.file_of(address) + suffix
            for address in self.addresses
            for suffix in reading.SUFFIXES.values()
        }
        for name in sorted(writing.files_of(self.folder) - known - {reading.MANIFEST}):
            yield f"the static copy, {printable(name)}: nobody published it"
        if not self._is_manifest_right():
            yield f"the static copy, {reading.MANIFEST}: it says something else than was published"
        if not self._are_sums_right():
            yield f"the static copy, {reading.SUMS}: they are not those of its files"

    def _is_manifest_right(self):
        expected = json.loads(writing.manifest(self.release, self.entries))
        try:
            found = json.loads((self.folder / reading.MANIFEST).read_bytes())
            return found["addresses"].keys() == self.addresses and self._said(found) == self._said(
                expected
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return False

    def _said(self, manifest):
        """What it says of the addresses that were asked for, each with all its headers.

        Not with which versions the files were compressed: others compress as well.
        """
        entries = {address: manifest["addresses"][address] for address in self.entries}
        whole = {
            name: said | {"headers": manifest["headers"] | said["headers"]}
            for name, said in entries.items()
        }
        return manifest | {"encoders": "", "headers": {}, "addresses": whole}

    def _are_sums_right(self):
        try:
            return (self.folder / reading.SUMS).read_bytes() == writing.sums_for(self.folder)
        except OSError:
            return False


def normal(content_type):
    """A media type in one spelling, as servers differ in theirs."""
    return (content_type or "none").lower().replace(" ", "")


def decoded(content, encoding):
    """The body, as far as ``LARGEST``. Raises ``ValueError``, ``OSError``, ``EOFError`` or ``brotli.error``."""
    if encoding == "br":
        return brotli.Decompressor().process(content, output_buffer_limit=LARGEST)
    if encoding == "gzip":
        return gzip.GzipFile(fileobj=io.BytesIO(content)).read(LARGEST)
    if encoding not in ("", "identity"):
        raise ValueError(encoding)
    return content


def where_it_differs(found, expected):
    """The first words that differ, with what stands before them, as they are found and as they should be."""
    start = max(len(commonprefix([found, expected])) - BEFORE, 0)
    shown = [
        printable(body[start : start + CONTEXT].decode(errors="replace"))
        for body in (found, expected)
    ]
    return f"“{shown[0]}” instead of “{shown[1]}”"


def printable(words):
    """The words without what would command the terminal on which they are read."""
    return "".join(character if character.isprintable() else " " for character in words)
