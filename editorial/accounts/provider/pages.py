"""Logging in through the city's OpenID Connect provider.

A link leads there, and the provider sends the browser back with a code. The portal exchanges it for
an ID token, which names an account. Without the second factor there, the portal asks for a code, as
after a password.
"""

import logging
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from mozilla_django_oidc.utils import (
    absolutify,
    add_state_and_verifier_and_nonce_to_session,
    generate_code_challenge,
)

from editorial.accounts.login import begin_login, is_recent, log_in_by_provider, path_with_next
from editorial.accounts.provider.discovery import ProviderDown, discovery, turn
from editorial.accounts.provider.tokens import SKEW, Provider, Refused, has_second_factor
from editorial.addresses import next_of
from editorial.audit.recording import record
from editorial.models import Event

BEGUN = "oidc_states"  # in the session, by the library: {state: nonce, verifier, time}
RETRY_AFTER = 30  # seconds
REFUSALS = {  # reason: (status, title, words in the audit log)
    "expired": (400, _("This login is no longer valid"), gettext_noop("the login was too old")),
    "cancelled": (403, _("You did not log in"), ""),
    "unknown": (
        403,
        _("You have no account here"),
        gettext_noop("no active account has this identity"),
    ),
    "stale": (403, _("Log in again"), gettext_noop("the provider asked for no new login")),
    "invalid": (502, _("This login did not work"), gettext_noop("the answer was not valid")),
    "down": (
        503,
        _("The login provider does not answer"),
        gettext_noop("the provider did not answer"),
    ),
    "no-logout": (404, _("Close your browser"), ""),
}

logger = logging.getLogger(__name__)


def provider_view(view):
    """A page that is reached by a link, and only where single sign-on is set."""

    @never_cache
    def guarded(request):
        if not settings.OIDC_ISSUER:
            raise Http404
        return require_GET(view)(request)

    return guarded


@provider_view
def start_page(request):
    """Lead to the provider. ``again``: it must ask for everything anew."""
    is_again = "again" in request.GET
    if admin.site.has_permission(request) and not is_again:
        return HttpResponseRedirect(next_of(request) or reverse("admin:index"))
    try:
        with turn():
            address = discovery.get()["authorization_endpoint"]
    except ProviderDown as error:
        return refusal_page(request, Refused("down", str(error)))
    params = parameters(request, is_again)
    begun = request.session[BEGUN][params["state"]]
    begun |= {"next": next_of(request), "is_again": is_again}
    request.session.modified = True
    return HttpResponseRedirect(with_query(address, params))


def parameters(request, is_again):
    verifier = get_random_string(64)
    params = {
        "response_type": "code",
        "scope": settings.OIDC_RP_SCOPES,
        "client_id": settings.OIDC_RP_CLIENT_ID,
        "redirect_uri": absolutify(request, reverse(settings.OIDC_AUTHENTICATION_CALLBACK_URL)),
        "state": get_random_string(32),
        "nonce": get_random_string(32),
        "code_challenge": generate_code_challenge(verifier, "S256"),
        "code_challenge_method": "S256",
    }
    name, value = settings.OIDC_SECOND_FACTOR or ("", "")
    params |= {"acr_values": value} if name == "acr" else {}
    params |= {"prompt": "login", "max_age": 0} if is_again else {}
    add_state_and_verifier_and_nonce_to_session(request, params["state"], params, verifier)
    return params


def with_query(address, params):
    return f"{address}{'&' if '?' in address else '?'}{urlencode(params)}"


@provider_view
def return_page(request):
    begun = begun_login(request)
    if begun is None:
        # Not recorded: anybody can make somebody's browser open this address.
        return refusal_page(request, Refused("expired", "no login was begun in this browser"))
    if refused := refusal_without_code(request.GET):
        return refusal_page(request, refused)  # not recorded either: it proves nothing
    try:
        account = account_of(request, begun)
    except ProviderDown as error:
        return recorded_refusal(request, Refused("down", str(error)))
    except Refused as refused:
        return recorded_refusal(request, refused)
    return admit(request, account, begun)


def begun_login(request):
    """What this browser began, or None. It is forgotten before the provider is asked: once only."""
    begun = request.session.get(BEGUN, {}).pop(request.GET.get("state", ""), None)
    if begun is None:
        return None
    request.session.save()
    return begun if is_recent(begun["added_on"]) else None


def account_of(request, begun):
    if request.GET.get("iss", settings.OIDC_ISSUER) != settings.OIDC_ISSUER:
        raise Refused("invalid", "another provider sent the browser back (iss)")
    with turn():
        account = Provider().authenticate(
            request, nonce=begun["nonce"], code_verifier=begun["code_verifier"]
        )
    if begun["is_again"] and not is_new(account.claims, begun["added_on"]):
        raise Refused("stale", "its ID token has no new auth_time", account=account)
    return account


def refusal_without_code(answer):
    """A ``Refused`` if the browser brought back no code, which anybody can type; otherwise None."""
    error = answer.get("error")
    if not error and answer.get("code"):
        return None
    if error == "access_denied":
        return Refused("cancelled")
    if error == "temporarily_unavailable":
        return Refused("down", "it sent the browser back with “temporarily_unavailable”")
    return Refused("invalid", f"it sent the browser back without a code: {error!r:.60}")


def is_new(claims, begun_at):
    """Whether the person logged in at the provider after this login was begun."""
    at = claims.get("auth_time")
    return isinstance(at, int) and at >= begun_at - SKEW


def admit(request, account, begun):
    """Log the account in, or ask for its code first."""
    path = begun["next"]
    has_factor = has_second_factor(account.claims)
    kind = Event.Kind.PROVIDER_RIGHT
    if settings.SECOND_FACTOR == "off" or has_factor:
        detail = gettext_noop("with a second factor there") if has_factor else ""
        record(kind, row=account, actor=account.get_username(), detail=detail)
        is_fresh = is_new(account.claims, begun["added_on"])
        log_in_by_provider(request, account, has_factor, is_fresh)
        return HttpResponseRedirect(path or reverse("admin:index"))
    begin_login(request, account, kind)
    return HttpResponseRedirect(path_with_next("admin:login_code", path))


def recorded_refusal(request, refused):
    account = refused.account
    record(
        Event.Kind.PROVIDER_REFUSED,
        row=account,
        object=refused.identity,
        detail=REFUSALS[refused.reason][2],
        actor=account.get_username() if account else "",
    )
    return refusal_page(request, refused)


def refusal_page(request, refused):
    if str(refused):
        logger.warning("Single sign-on, %s: %s", refused.reason, refused)
    status, title, _detail = REFUSALS[refused.reason]
    response = admin.site.page(
        request, "accounts/provider_refused", title=title, reason=refused.reason
    )
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


@provider_view
def leave_page(request):
    """Lead to the provider's own logout, which asks the person, as it gets no token."""
    try:
        with turn():
            address = discovery.get().get("end_session_endpoint")
    except ProviderDown as error:
        return refusal_page(request, Refused("down", str(error)))
    if not address:
        return refusal_page(request, Refused("no-logout"))
    params = {
        "client_id": settings.OIDC_RP_CLIENT_ID,
        "post_logout_redirect_uri": absolutify(request, reverse("admin:login")),
    }
    return HttpResponseRedirect(with_query(address, params))
