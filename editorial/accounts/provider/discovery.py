"""What the provider publishes about itself: its addresses and its keys.

Both are fetched when somebody logs in through it, and remembered by each worker. So a provider that
is down stops neither the start of the portal nor the login by password.
"""

import logging
import threading
from contextlib import contextmanager
from time import monotonic

import requests
from django.conf import settings

TIMEOUT = 5  # seconds for a connection, and between two parts of an answer
REMEMBERED = 3600  # seconds
FAILURE_REMEMBERED = 10  # seconds: after a failure, clicks do not ask the provider again
KEYS_AGAIN_AFTER = 30  # seconds: tokens with unknown keys cannot make the portal ask more often
MAY_WAIT = 2  # of a worker's threads; the others go on serving
ENDPOINTS = {  # setting of mozilla-django-oidc: its name in the discovery document
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
}

logger = logging.getLogger(__name__)


class ProviderDown(Exception):
    """The provider does not answer, or not as a provider does. The message is for the operator."""


turns = threading.BoundedSemaphore(MAY_WAIT)


@contextmanager
def turn():
    """One of the few turns to wait for the provider."""
    if not turns.acquire(blocking=False):
        raise ProviderDown("too many logins wait for its answers")
    try:
        yield
    finally:
        turns.release()


def fetch(address):
    """The JSON object at the address."""
    try:
        response = requests.get(address, timeout=TIMEOUT, allow_redirects=False)
        response.raise_for_status()
        document = response.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderDown(f"{address}: {type(error).__name__}") from error
    if response.status_code != 200 or not isinstance(document, dict):
        raise ProviderDown(f"{address}: {response.status_code}, and no JSON object")
    return document


class Remembered:
    """The latest document at an address; ``read`` fetches and checks it."""

    def __init__(self, read):
        self.read, self.lock = read, threading.Lock()
        self.forget()

    def forget(self):
        self.document, self.fetched_at = None, float("-inf")
        self.failure, self.failed_at = None, float("-inf")

    def get(self, not_older_than=REMEMBERED):
        """An older document counts while the provider is down."""
        with self.lock:
            now = monotonic()
            if now - self.fetched_at < not_older_than:
                return self.document
            if now - self.failed_at >= FAILURE_REMEMBERED:
                self._fetch(now)
            if self.document is None:
                raise ProviderDown(self.failure)
            return self.document

    def _fetch(self, now):
        try:
            self.document, self.fetched_at = self.read(), now
        except ProviderDown as error:
            self.failure, self.failed_at = str(error), now
            logger.warning("The login provider does not answer well: %s", error)


def read_discovery():
    address = f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration"
    document = fetch(address)
    if document.get("issuer") != settings.OIDC_ISSUER:
        raise ProviderDown(
            f"{address} names the issuer {document.get('issuer')!r}: PORTAL_OIDC_ISSUER must be "
            "the same, letter by letter"
        )
    scheme = settings.OIDC_ISSUER.partition(":")[0]
    for name in ENDPOINTS.values():
        if not str(document.get(name)).startswith((f"{scheme}://", "https://")):
            raise ProviderDown(f"{address} names no {name} that begins with {scheme}://")
    return document


def read_keys():
    keys = fetch(discovery.get()["jwks_uri"]).get("keys")
    if not (isinstance(keys, list) and all(isinstance(key, dict) for key in keys)):
        raise ProviderDown("its jwks_uri holds no list of keys")
    return keys


discovery, keys = Remembered(read_discovery), Remembered(read_keys)
