"""Does the provider of single sign-on publish its addresses and its keys?"""

from django.conf import settings
from django.core.checks import Warning

from editorial.accounts.provider.discovery import ProviderDown, discovery, keys
from magelang_portal.operations.doctor.site.systemd import is_kept_off_the_network


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
    if is_kept_off_the_network():
        yield Warning(
            "portal.service may not use the network, so it does not reach the login provider.",
            hint="Run /srv/portal/deploy/open-network portal; systemctl restart portal.service",
            id="login.W002",
        )
