"""A public address as the bytes that are sent: in each encoding, with the headers Django gives it."""

from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpResponse

from public.compression import accepted_encoding, encode
from public.pages.rendering import CACHE_CONTROL, RELEASE

ENCODINGS = ("", "gzip", "br")
OF_ONE_READER = ("HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_COOKIE")
encoding_for = lru_cache(maxsize=256)(accepted_encoding)


@dataclass(frozen=True, slots=True)
class Encoded:
    """One encoding of an answer: its headers as WSGI takes them, those of a 304, its entity tag, and the bytes."""

    headers: list[tuple[str, str]]
    headers_of_304: list[tuple[str, str]]
    etag: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What everyone who asks for an address is answered, by the encoding they read: one of ``ENCODINGS``."""

    encoded: dict[str, Encoded]

    @property
    def size(self):
        """Bytes in memory, without what is the same object in two encodings."""
        bodies = {id(encoded.body): encoded.body for encoded in self.encoded.values()}
        return sum(map(len, bodies.values())) + 8_000  # headers

    @classmethod
    def of(cls, headers, body) -> "Answer":
        """The answer of ``body`` with ``headers`` (pairs), which Django gave to no reader in particular."""
        return cls({encoding: _encoded(encoding, headers, body) for encoding in ENCODINGS})


def _encoded(encoding, headers, body):
    response = HttpResponse(body, headers=dict(headers))
    encode(response, encoding)
    # A browser puts the headers of a 304 in place of those that it has stored with the body.
    of_the_body = ("Content-", "Cross-Origin-Resource-Policy")
    not_modified = [header for header in response.items() if not header[0].startswith(of_the_body)]
    content = response.content if response.has_header("Content-Encoding") else body
    return Encoded(list(response.items()), not_modified, response.headers["ETag"], content)


def is_for_everyone(status, headers):
    """True for a page or file that may be kept: found, public, and the same for all who ask."""
    headers = dict(headers)
    return (
        status.startswith("200 ")
        and headers.get("Cache-Control") == CACHE_CONTROL
        and "Set-Cookie" not in headers
    )


def ask(django, environ, release):
    """What the WSGI application ``django`` answers at ``release`` to nobody in particular.

    Returns its status, its headers as pairs, and its iterable, which the caller reads and closes, or sends on.
    """
    answered = {}

    def start_response(status, headers, exc_info=None):
        answered.update(status=status, headers=headers)

    plain = {name: value for name, value in environ.items() if name not in OF_ONE_READER}
    response = django(plain | {"REQUEST_METHOD": "GET", RELEASE: release}, start_response)
    return answered["status"], answered["headers"], response
