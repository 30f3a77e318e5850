"""Middleware of the editing side."""

from contextlib import suppress
from ipaddress import ip_address

from django.conf import settings
from django.utils import translation

from editorial.accounts.second_factor import count_factor_at_provider
from editorial.accounts.sessions import keep_or_end
from editorial.audit.recording import record
from editorial.current_request import identified
from editorial.models import Event
from public.addresses import UNPUBLISHED, is_admin


class ClientAddressMiddleware:
    """Take the client's address from X-Forwarded-For if the peer is a trusted proxy; ignore that
    header from anyone else.

    nginx writes the last address of the header, whatever a client wrote before it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if is_trusted(request.META.get("REMOTE_ADDR")):
            with suppress(ValueError):
                client = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]
                request.META["REMOTE_ADDR"] = str(ip_address(client.strip()))
        else:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)


def is_trusted(peer):
    """Whether gunicorn trusts this address too: a trusted proxy, or a Unix socket."""
    if not peer:
        return True
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in settings.TRUSTED_PROXIES)


class UnpublishedMiddleware:
    """Keep the admin and shared previews out of caches and search engines; identify admin requests.

    It covers redirects and errors too.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path_info.startswith(UNPUBLISHED):
            return self.get_response(request)
        if is_admin(request):
            with identified(request):
                response = self.get_response(request)
            response.headers["X-Request-ID"] = request.id
        else:
            response = self.get_response(request)
            response.headers["Referrer-Policy"] = "no-referrer"  # the address is the only secret
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["X-Robots-Tag"] = "noindex"
        return response


class AdminMiddleware:
    """End sessions that are over, use the account's language, and record refusals."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not is_admin(request):
            return self.get_response(request)
        if request.user.is_authenticated:
            keep_or_end(request)
            count_factor_at_provider(request)
        request.account_language = getattr(request.user, "language", None)
        translation.activate(request.account_language or settings.LANGUAGE_CODE)
        response = self.get_response(request)
        if response.status_code == 403 and request.user.is_authenticated:
            record(Event.Kind.REFUSED, object=request.path_info, detail=request.method)
        return response
