"""The settings of single sign-on through an OpenID Connect provider: PORTAL_OIDC_…."""

import re

from django.core.exceptions import ImproperlyConfigured

from magelang_portal.environment import refusal


def refuse_half(values):
    """Refuse some of these settings without the others: {name: value}."""
    missing = [name for name, value in values.items() if not value]
    if missing and len(missing) < len(values):
        raise ImproperlyConfigured(
            f"PORTAL_{missing[0]} is not set: set all of PORTAL_OIDC_ISSUER, PORTAL_OIDC_CLIENT_ID "
            "and PORTAL_OIDC_CLIENT_SECRET for single sign-on, or none of them."
        )


def issuer(address, must_be_https):
    schemes = "https" if must_be_https else "https?"
    if address and not re.fullmatch(rf"{schemes}://[\w.\-:\[\]]+(/[!-~]*)?", address, re.ASCII):
        raise refusal(
            "OIDC_ISSUER",
            address,
            "write the issuer as the provider's discovery document does, such as "
            "https://sso.example.go.id/realms/kota.",
        )
    return address


def claim(name):
    """The claim that identifies an account."""
    if name.startswith("email"):
        raise refusal(
            "OIDC_CLAIM",
            name,
            "an e-mail address may pass to another person. Write sub, or the claim with a number "
            "that stays with one person.",
        )
    return name


def second_factor(value):
    """(claim, value) by which the provider says that it asked for a second factor, or None."""
    name, _, wanted = value.partition(":")
    if value and (name not in ("acr", "amr") or not wanted):
        raise refusal(
            "OIDC_SECOND_FACTOR",
            value,
            "write amr: or acr: and the value that the provider sends after a second factor, such "
            "as amr:mfa.",
        )
    return (name, wanted) if value else None
