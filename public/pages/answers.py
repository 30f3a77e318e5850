"""The answer of a public address as bytes: in each encoding, with the headers Django gave it."""

from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpResponse
from django.utils.cache import set_response_etag

from public.compression import accepted_encoding, encode
from public.pages.rendering import CACHE_CONTROL, RELEASE

ENCODINGS = ("", "gzip", "br")
OF_ONE_READER = ("HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_COOKIE")
encoding_for = lru_cache(maxsize=256)(accepted_encoding)


@dataclass(frozen=True, slots=True)
class Encoded:
    """An answer in one encoding; headers are pairs, as WSGI takes them."""

    headers: list[tuple[str, str]]
    headers_of_304: list[tuple[str, str]]
    etag: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one address to every reader, by encoding: one of ``ENCODINGS``."""

    encoded: dict[str, Encoded]

    @property
    def size(self):
        """Bytes in memory; a body that two encodings share counts once."""
        bodies = {id(encoded.body): encoded.body for encoded in self.encoded.values()}
        return sum(map(len, bodies.values())) + 8_000  # headers

    @classmethod
    def of(cls, headers, body) -> "Answer":
        """Encode Django's answer: ``headers`` as pairs, and its ``body``."""
        return cls({encoding: _encoded(encoding, headers, body) for encoding in ENCODINGS})


def _encoded(encoding, headers, body):
    response = HttpResponse(body, headers=dict(headers))
    encode(response, encoding)
    if not response.has_header("ETag"):  # a PDF or picture of the static copy
        set_response_etag(response)
    # A browser replaces the headers stored with the body by those of a 304.
    of_the_body = ("Content-", "Cross-Origin-Resource-Policy")
    not_modified = [header for header in response.items() if not header[0].startswith(of_the_body)]
    content = response.content if response.has_header("Content-Encoding") else body
    return Encoded(list(response.items()), not_modified, response.headers["ETag"], content)


def is_for_everyone(status, headers):
    """True for a page or file that may be kept: found, public, and the same for every reader."""
    headers = dict(headers)
    return (
        status.startswith("200 ")
        and headers.get("Cache-Control") == CACHE_CONTROL
        and "Set-Cookie" not in headers
    )


def ask(django, environ, release):
    """Django's answer for ``release`` to a reader without cookies, caches and encodings."""
    plain = {name: value for name, value in environ.items() if name not in OF_ONE_READER}
    return call(django, plain | {"REQUEST_METHOD": "GET", RELEASE: release})


def call(application, environ):
    """The answer of a WSGI application as (status, headers as pairs, body).

    The caller reads the body and closes it, or sends it on.
    """
    answered = []
    body = application(environ, lambda *arguments: answered.append(arguments))
    status, headers, *_exc_info = answered[-1]
    return status, headers, body
