"""Compares a live site with the editions: each address, byte for byte, for several readers.

The expected answers are rendered from the editions in the database alone, because an intruder may
have changed files on disk.
"""

import gzip
import hashlib
import http.client
import io
import secrets
import zlib
from dataclasses import dataclass
from math import ceil
from os.path import commonprefix
from urllib.parse import urlsplit

import brotli

from public.mirror import contents, writing

# All old editions are read within a day, in turn: at least five an hour.
OLD_PER_HOUR, HOURS = 5, 24
TIMEOUT = 10  # seconds
PATIENCE = 3  # addresses without an answer until the site counts as unreachable
LARGEST = 50_000_000  # bytes read of an answer
BEFORE, CONTEXT = 10, 60  # bytes shown where an answer begins to differ
UNDECODABLE = (ValueError, OSError, EOFError, brotli.error, zlib.error)
NEVER_SENT = ("Refresh", "Link", "Set-Cookie")  # they redirect or track readers
# An intruder may show changed pages to search engines only, or change only one encoding.
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
    """The site does not answer; the message says which address, and why."""


@dataclass(frozen=True)
class Expected:
    """What an address must answer: its entry in a manifest, and its body if that is known."""

    address: str
    entry: dict
    body: bytes | None = None


def of_release(release, only=None, hour=None):
    """Yield this portal's answer at each address, or at those in ``only``.

    With an ``hour``, a running number, some old editions are left out.
    """
    skipped = left_out(release, hour) if hour is not None else frozenset()
    for address in contents.addresses(release):
        if (only and address not in only) or (skipped and contents.edition_of(address) in skipped):
            continue
        headers, body = contents.answer(address, release)
        yield Expected(address, writing.entry_of(address, headers, body), body)


def left_out(release, hour):
    """The editions, as (period, number), that are not read in this hour.

    Editions never change. So the newest and those in force are read each time, and the others in
    turn, all within a day.
    """
    newest = [editions[0] for editions in release.due.values()]
    always = {*newest, *release.in_force.values()}
    old = sorted(
        (edition.period, edition.number) for edition in release.all_due() if edition not in always
    )
    rounds = min(HOURS, ceil(len(old) / OLD_PER_HOUR)) or 1
    return frozenset(old) - frozenset(old[hour % rounds :: rounds])


def of_manifest(manifest, only=None):
    """Yield a manifest's entry for each address, or for those in ``only``."""
    for address, entry in manifest["addresses"].items():
        if not only or address in only:
            yield Expected(address, entry)


def absent(release=None):
    """Addresses that must answer no page: those of withdrawn editions, and three at random."""
    for edition in release.editions if release else ():
        # Another period may have the same years, and an edition with the same number.
        standing = release.edition(edition.period, edition.number)
        if edition.is_withdrawn and not (standing and not standing.is_withdrawn):
            yield from contents.addresses_of(edition)
    yield from (f"/{secrets.token_hex(8)}{end}" for end in ("/", ".html", ".php"))


class Site:
    """The site at ``url``: http or https, a host and perhaps a port. Raises ``ValueError``."""

    CONNECTIONS = {"https": http.client.HTTPSConnection, "http": http.client.HTTPConnection}

    def __init__(self, url):
        parts = urlsplit(url)
        if (
            parts.scheme not in self.CONNECTIONS
            or not parts.hostname
            or parts.path not in ("", "/")
        ):
            raise ValueError(
                f"“{url}” is not the address of a site: write https:// and a host name only."
            )
        connect = self.CONNECTIONS[parts.scheme]
        self.url = url.rstrip("/")
        self.connection = connect(parts.hostname, parts.port, timeout=TIMEOUT)
        self.answered, self.unanswered = 0, 0

    def close(self):
        self.connection.close()

    def faults(self, expected):
        """The faults at the address, in a sentence for each reader who sees one."""
        for reader, headers in READERS.items():
            if fault := self._fault(expected, headers):
                yield f"{expected.address}, as {reader} reads it: {fault}"

    def faults_of_absent(self, address):
        """A sentence if there is a page where nothing was published."""
        status, *_ = self._answer(address, READERS["a browser"]) or [None]
        if status and status < 400:
            yield f"{address}: status {status}, though nothing was published there"

    def _fault(self, expected, headers):
        if not (answer := self._answer(expected.address, headers)):
            return "no answer"
        status, fields, content = answer
        if status != 200:
            target = f", to {printable(fields['Location'])}" if fields["Location"] else ""
            return f"status {status} instead of 200{target}"
        if added := [name for name in NEVER_SENT if name in fields]:
            return f"a header {added[0]}: {printable(fields[added[0]])}"
        found, expected_type = fields["Content-Type"] or "none", expected.entry["content_type"]
        if normal(found) != normal(expected_type):
            return f"type {printable(found)} instead of {expected_type}"
        try:
            body = decoded(content, fields["Content-Encoding"] or "")
        except UNDECODABLE:
            return "it cannot be decoded"
        if hashlib.sha256(body).hexdigest() != expected.entry["sha256"]:
            where = f": {where_it_differs(body, expected.body)}" if expected.body else ""
            return f"other bytes{where}"
        return ""

    def _answer(self, address, headers):
        """The status, headers and body, or None without an answer.

        Raises ``Unreachable`` if the first address, or the third altogether, is not answered.
        """
        for _attempt in range(2):  # the server may have closed the open connection meanwhile
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
            why = str(reason) or type(reason).__name__
            raise Unreachable(f"{self.url}{address} is not answered: {why}") from reason
        return None


def normal(content_type):
    """A media type in one spelling: servers differ in case and spaces."""
    return content_type.lower().replace(" ", "")


def decoded(content, encoding):
    """The first ``LARGEST`` bytes of the body. Raises one of ``UNDECODABLE``."""
    if encoding == "br":
        return brotli.Decompressor().process(content, output_buffer_limit=LARGEST)
    if encoding == "gzip":
        return gzip.GzipFile(fileobj=io.BytesIO(content)).read(LARGEST)
    if encoding not in ("", "identity"):
        raise ValueError(encoding)
    return content


def where_it_differs(found, expected):
    """The first words that differ, after a little context: those found, and those expected."""
    start = max(len(commonprefix([found, expected])) - BEFORE, 0)
    shown = [
        printable(body[start : start + CONTEXT].decode(errors="replace"))
        for body in (found, expected)
    ]
    return f"“{shown[0]}” instead of “{shown[1]}”"


def printable(words):
    """The words without control characters, which would command a terminal."""
    return "".join(character if character.isprintable() else " " for character in words)
