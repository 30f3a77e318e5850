"""Does the provider of single sign-on publish its addresses and its keys?"""

from django.conf import settings
from django.core.checks import Warning

from editorial.accounts.provider.discovery import ProviderDown, discovery, keys


def look(answer):
    if not settings.OIDC_ISSUER:
        return answer.could_not_ask("PORTAL_OIDC_ISSUER is not set: staff log in by password")
    try:
        discovery.get(not_older_than=0)
        keys.get(not_older_than=0)
    except ProviderDown as error:
        yield Warning(
            f"The login provider does not answer correctly: {error}.",
            hint="Staff log in by password meanwhile; docs/single-sign-on.md lists what to change.",
            id="login.W001",
        )
    else:
        answer.say(f"{settings.OIDC_NAME} publishes its addresses and keys")
