"""Middleware of every request: security headers, one body per address, compression."""

from django.conf import settings
from django.middleware.http import ConditionalGetMiddleware
from django.utils import translation
from django.utils.csp import CSP, build_policy

from public.addresses import is_admin, is_frame
from public.compression import accepted_encoding, encode


class HeadersMiddleware:
    """Put the security headers on every response: pages, redirects, static files and errors."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        headers = dict(settings.HEADERS_OF_EVERY_ANSWER)
        if response.status_code == 304:
            # A browser would replace the stored file's header with it, which may be "cross-origin".
            del headers["Cross-Origin-Resource-Policy"]
        else:
            policy = settings.ADMIN_CSP if is_admin(request) else settings.PUBLIC_CSP
            headers[str(CSP.HEADER_ENFORCE)] = build_policy(policy)
        if settings.EMBED_ORIGINS and is_frame(request) and response.status_code in (200, 304):
            del headers["X-Frame-Options"]  # it cannot name sites; frame-ancestors does
        if response.status_code >= 400:
            headers["Cache-Control"] = "no-store"
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response


class OneAddressOneBodyMiddleware:
    """Let the address alone decide a public body.

    Its language comes from the path, not from ``Accept-Language``, and it reads no cookie.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not is_admin(request):
            request.COOKIES = {}
        language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language())
        return response


class CompressionMiddleware(ConditionalGetMiddleware):
    """Compress public texts, and answer 304 to the ``ETag`` of the encoding that is asked for.

    Nothing else is compressed: the admin's pages hold CSRF tokens beside data of the visitor
    (BREACH, CVE-2013-3587).
    """

    def process_response(self, request, response):
        if "public" in response.headers.get("Cache-Control", "") and not response.streaming:
            encode(response, accepted_encoding(request.headers.get("Accept-Encoding", "")))
        return super().process_response(request, response)
