"""Brotli and gzip for public texts; each encoding has its own ``ETag``."""

import gzip
from functools import lru_cache

import brotli
from django.utils.cache import patch_vary_headers, set_response_etag

COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/ld+json",
    "application/epub+zip",  # its files are not compressed
    "application/xml",
    "application/atom+xml",
    "application/x-",  # citations
)
LARGE = 200_000  # bytes; above it the best compression takes seconds
MINIMUM_LENGTH = 300  # bytes; below it the headers weigh more than what is saved


def encode(response, encoding):
    """Compress a text with ``encoding`` ("br", "gzip", or "" for none), and tag the result."""
    if not is_text(response.headers):
        return
    patch_vary_headers(response, ["Accept-Encoding"])
    body = response.content
    if encoding and is_worth_it(body) and not response.has_header("Content-Encoding"):
        is_quick = getattr(response, "is_compressed_quickly", False)
        response.content = (compressed_quickly if is_quick else compressed)(body, encoding)
        response.headers["Content-Encoding"] = encoding
        response.headers["Content-Length"] = str(len(response.content))
    set_response_etag(response)


def is_text(headers):
    return headers.get("Content-Type", "").startswith(COMPRESSIBLE)


def is_worth_it(body):
    return len(body) >= MINIMUM_LENGTH


def accepted_encoding(header):
    """The encoding that an ``Accept-Encoding`` header prefers, or "": RFC 9110, 12.5.3.

    Brotli where the header has no preference.
    """
    weights = {}
    for item in header.lower().split(","):
        name, _, weight = item.partition(";")
        weights[name.strip()] = weight_of(weight)
    best = max(("br", "gzip"), key=lambda encoding: weights.get(encoding, 0))
    return best if weights.get(best, 0) > 0 else ""


def weight_of(parameter):
    """The number of ``q=0.5``; 1 where there is none, 0 where it is not a number."""
    try:
        return float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0


def compressed_quickly(body, encoding):
    """A thirtieth of the time for a sixteenth more bytes, and not cached: for rare answers."""
    return brotli.compress(body, quality=5) if encoding == "br" else gzip.compress(body, 6, mtime=0)


@lru_cache(maxsize=256)  # by the body itself, so there is nothing to invalidate
def compressed(body, encoding):
    if len(body) > LARGE:
        return compressed_quickly(body, encoding)
    return brotli.compress(body) if encoding == "br" else gzip.compress(body, mtime=0)
