from contextlib import suppress
from ipaddress import ip_address

from django.conf import settings
from django.utils import translation

from editorial.audit.recording import record
from editorial.models import Event

SHARED_PREVIEWS = "/pratinjau/"
UNPUBLISHED = ("/admin/", SHARED_PREVIEWS)


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
    """Whether gunicorn, too, believes what this address says: a proxy, or a Unix socket's end."""
    if not peer:
        return True
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in settings.TRUSTED_PROXIES)


class NeverStoredMiddleware:
    """Nothing that is not public is kept or found anywhere: forms, previews, redirects, errors, words for scripts."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path_info.startswith(UNPUBLISHED):
            response.headers["Cache-Control"] = "no-store, private"
            response.headers["X-Robots-Tag"] = "noindex"
        if request.path_info.startswith(SHARED_PREVIEWS):
            response.headers["Referrer-Policy"] = (
                "no-referrer"  # the address is all the secret there is
            )
        return response


class AccountLanguageMiddleware:
    """The admin speaks the language kept on the account, and Indonesian to who is not logged in yet."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info.startswith("/admin/"):
            request.account_language = getattr(request.user, "language", None)
            translation.activate(request.account_language or settings.LANGUAGE_CODE)
        return self.get_response(request)


class RefusalMiddleware:
    """What staff are refused is recorded: a slip, or somebody who tries what they may not do."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if (
            response.status_code == 403
            and request.path_info.startswith("/admin/")
            and request.user.is_authenticated
        ):
            record(Event.Kind.REFUSED, object=request.path_info, detail=request.method)
        return response
