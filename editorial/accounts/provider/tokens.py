"""From the code that a browser brings back to the account: the ID token and its checks."""

from urllib.parse import quote

import jwt
import requests
from django.conf import settings
from django.utils.crypto import constant_time_compare
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings
from requests.auth import HTTPBasicAuth

from editorial.accounts.provider.discovery import (
    ENDPOINTS,
    KEYS_AGAIN_AFTER,
    REMEMBERED,
    TIMEOUT,
    ProviderDown,
    discovery,
    keys,
)
from editorial.models import Account

BASIC = "client_secret_basic"  # what a provider takes that names no way
KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}  # no shared secret, and never “none”
SKEW = 60  # seconds by which both clocks may differ


class Refused(Exception):
    """No login. ``reason`` chooses the page; the message is for the operator."""

    def __init__(self, reason, message="", account=None, identity=""):
        super().__init__(message)
        self.reason, self.account, self.identity = reason, account, identity


class Provider(OIDCAuthenticationBackend):
    """``authenticate`` returns the account, with its ``claims``, or raises.

    The settings do not list it as a backend: django-axes would count its failures as guesses of a
    password.
    """

    @staticmethod
    def get_settings(attr, *args):
        if attr in ENDPOINTS:
            return discovery.get()[ENDPOINTS[attr]]
        return import_from_settings(attr, *args)

    def get_token(self, payload):
        """The portal proves its name by its secret, in the way that the provider takes."""
        methods = discovery.get().get("token_endpoint_auth_methods_supported", [BASIC])
        secret = None
        if BASIC in methods:
            pair = payload["client_id"], payload.pop("client_secret")
            secret = HTTPBasicAuth(*(quote(word, safe="") for word in pair))
        address, options = self.OIDC_OP_TOKEN_ENDPOINT, {"timeout": TIMEOUT}
        try:
            response = requests.post(
                address, payload, auth=secret, allow_redirects=False, **options
            )
            answer = response.json()
        except (requests.RequestException, ValueError) as error:
            raise ProviderDown(f"{address}: {type(error).__name__}") from error
        refuse_error(address, response.status_code, answer)
        return answer

    def verify_token(self, token, **kwargs):
        """The claims of the ID token, if it is the provider's, for this portal and this login."""
        try:
            claims = jwt.decode(
                token,
                key_of(token),
                algorithms=list(KEY_TYPES),
                audience=settings.OIDC_RP_CLIENT_ID,
                issuer=settings.OIDC_ISSUER,
                leeway=SKEW,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise Refused("invalid", f"its ID token: {type(error).__name__}: {error}") from error
        if not constant_time_compare(claims["nonce"], kwargs["nonce"]):
            raise Refused("invalid", "its ID token has the nonce of another login")
        if claims.get("azp", settings.OIDC_RP_CLIENT_ID) != settings.OIDC_RP_CLIENT_ID:
            raise Refused("invalid", f"its ID token is for the client {claims['azp']!r} (azp)")
        return claims

    def get_or_create_user(self, access_token, id_token, payload):
        """It makes no account: an administrator makes one here, and writes the identity."""
        identity = payload.get(settings.OIDC_CLAIM)
        if not isinstance(identity, str) or not identity:
            raise Refused(
                "invalid",
                f"its ID token has no text in the claim {settings.OIDC_CLAIM!r}: map it into the "
                "ID token at the provider",
            )
        account = Account.objects.filter(identity=identity).first()
        if account is None or not (account.is_active and account.is_staff):
            raise Refused("unknown", account=account, identity=identity)
        account.claims = payload
        return account


def refuse_error(address, status, answer):
    error = answer.get("error") if isinstance(answer, dict) else None
    if status >= 500:
        raise ProviderDown(f"{address} answered {status}")
    if error == "invalid_grant":
        raise Refused("expired", "the provider no longer takes the code")
    if error == "invalid_client":
        raise Refused("invalid", "the provider refuses PORTAL_OIDC_CLIENT_ID or …_CLIENT_SECRET")
    if status != 200 or not isinstance(answer, dict) or "id_token" not in answer:
        raise Refused("invalid", f"{address} answered {status} without an ID token")


def key_of(token):
    """The provider's key for the token; unknown ones are looked for once more, as keys change."""
    header = jwt.get_unverified_header(token)
    if str(header.get("alg")) not in KEY_TYPES:
        raise Refused("invalid", f"its ID token is signed by {header.get('alg')!r}: choose RS256")
    for age in (REMEMBERED, KEYS_AGAIN_AFTER):
        fitting = [key for key in keys.get(age) if fits(key, header)]
        if len(fitting) == 1:
            return jwt.PyJWK(fitting[0], header["alg"])
    raise Refused("invalid", "its ID token is signed by a key that the provider does not publish")


def fits(key, header):
    wanted = {"kty": KEY_TYPES[header["alg"]]}
    wanted |= {"kid": header["kid"]} if "kid" in header else {}
    others = {"use": "sig", "alg": header["alg"]}
    return all(key.get(name) == value for name, value in wanted.items()) and all(
        key.get(name, value) == value for name, value in others.items()
    )


def has_second_factor(claims):
    """Whether the provider says, as the setting names it, that it asked for a second factor."""
    if settings.OIDC_SECOND_FACTOR is None:
        return False
    name, wanted = settings.OIDC_SECOND_FACTOR
    given = claims.get(name)
    return wanted in given if isinstance(given, list) else wanted == given
