"""The settings of single sign-on through an OpenID Connect provider: PORTAL_OIDC_…."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from magelang_portal.environment import env, refusal

NEEDED = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
FURTHER = ("OIDC_NAME", "OIDC_CLAIM", "OIDC_SECOND_FACTOR")


def issuer(must_be_https):
    """The provider's issuer, or "" if single sign-on is off."""
    values = {name: env(name) for name in (*NEEDED, *FURTHER)}
    if any(values.values()) and (missing := [name for name in NEEDED if not values[name]]):
        given = next(name for name, value in values.items() if value)
        raise ImproperlyConfigured(
            f"PORTAL_{given} is set, but PORTAL_{missing[0]} is not: set the issuer, the "
            "client's ID and its secret, or no PORTAL_OIDC_… at all."
        )
    address = values["OIDC_ISSUER"]
    schemes = "https" if must_be_https else "https?"
    if address and not re.fullmatch(rf"{schemes}://[\w.\-:\[\]]+(/[!-~]*)?", address, re.ASCII):
        raise refusal(
            "OIDC_ISSUER",
            address,
            "write the issuer as the provider's discovery document does, such as "
            "https://sso.example.go.id/realms/kota.",
        )
    return address


def name_of_provider(address):
    """How the login page calls the provider: by its name, or by its host."""
    return env("OIDC_NAME") or urlsplit(address).hostname or ""


def claim():
    """The claim that identifies an account."""
    value = env("OIDC_CLAIM") or "sub"
    if value.startswith("email"):
        raise refusal(
            "OIDC_CLAIM",
            value,
            "an e-mail address may pass to another person. Write sub, or the claim with a number "
            "that stays with one person.",
        )
    return value


def second_factor():
    """(claim, value) by which the provider says that it asked for a second factor, or None."""
    value = env("OIDC_SECOND_FACTOR")
    if not value:
        return None
    name, _, wanted = value.partition(":")
    if name not in ("acr", "amr") or not wanted:
        raise refusal(
            "OIDC_SECOND_FACTOR",
            value,
            "write amr: or acr: and the value that the provider sends after a second factor, such "
            "as amr:mfa.",
        )
    return name, wanted
