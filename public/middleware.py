"""What every response of the portal passes: its headers, the language of its address, and compression."""

import gzip
from functools import lru_cache

import brotli
from django.conf import settings
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers, set_response_etag
from django.utils.csp import CSP, build_policy

from public.pages.style import PUBLIC_CSP

COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/ld+json",
    "application/xml",
    "application/atom+xml",
    "application/x-",  # citations
)
LARGE = 200_000  # bytes; above it the best compression takes seconds
MINIMUM_LENGTH = 300  # bytes; below it the headers weigh more than what is saved


class HeadersMiddleware:
    """What a browser is told with every answer, whoever made it; one policy for the admin, one for everything else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in settings.HEADERS_OF_EVERY_ANSWER.items():
            response.headers.setdefault(name, value)
        if (
            response.status_code != 304
        ):  # a browser would put this policy in place of the stored page's own
            general = settings.ADMIN_CSP if request.path_info.startswith("/admin/") else PUBLIC_CSP
            policy = getattr(response, "_csp_config", general)
            response.headers.setdefault(str(CSP.HEADER_ENFORCE), build_policy(policy))
        if response.status_code >= 400:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class PathLanguageMiddleware(LocaleMiddleware):
    """Language comes from the path alone: no cookie, no ``Accept-Language``, so that one address has one body."""

    def process_request(self, request):
        language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language

    def process_response(self, request, response):
        response.headers.setdefault("Content-Language", translation.get_language())
        return response


class CookielessMiddleware:
    """Public pages neither read a cookie nor answer one: whatever a browser sends, one address has one body."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path_info.startswith("/admin/"):
            request.COOKIES = {}
        return self.get_response(request)


class CompressionMiddleware:
    """Sends brotli or gzip to who reads it, each encoding with an ``ETag`` of its own.

    A public body is compressed once and kept under itself, so there is nothing to invalidate. Bodies that hold
    secrets beside what a visitor sends (the admin's: CSRF tokens) are left alone: BREACH, CVE-2013-3587.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        is_public = "public" in response.headers.get("Cache-Control", "")
        if response.streaming or not is_public or not is_text(response.headers):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        encoding = accepted_encoding(request.headers.get("Accept-Encoding", ""))
        if (
            encoding
            and is_worth_it(response.content)
            and not response.has_header("Content-Encoding")
        ):
            compress = (
                compressed_quickly
                if getattr(response, "is_compressed_quickly", False)
                else compressed
            )
            response.content = compress(response.content, encoding)
            response.headers["Content-Encoding"] = encoding
            response.headers["Content-Length"] = str(len(response.content))
        return set_response_etag(response)


def is_text(headers):
    return headers.get("Content-Type", "").startswith(COMPRESSIBLE)


def is_worth_it(body):
    return len(body) >= MINIMUM_LENGTH


def accepted_encoding(header):
    """The encoding the ``Accept-Encoding`` header prefers, brotli where it prefers none, or None: RFC 9110, 12.5.3."""
    weights = {}
    for item in header.lower().split(","):
        name, _, weight = item.partition(";")
        weights[name.strip()] = weight_of(weight)
    best = max(("br", "gzip"), key=lambda encoding: weights.get(encoding, 0))
    return best if weights.get(best, 0) > 0 else None


def weight_of(parameter):
    """The number of ``q=0.5``; 1 where there is none, 0 where it is not a number."""
    try:
        return float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0


def compressed_quickly(body, encoding):
    """In a thirtieth of the time, to a sixteenth more, and not kept: for an answer that few will read."""
    return brotli.compress(body, quality=5) if encoding == "br" else gzip.compress(body, 6, mtime=0)


@lru_cache(maxsize=256)
def compressed(body, encoding):
    if len(body) > LARGE:
        return compressed_quickly(body, encoding)
    return brotli.compress(body) if encoding == "br" else gzip.compress(body, mtime=0)
