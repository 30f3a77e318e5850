"""``portal doctor`` asks the running portal what it sees of a request that comes through the proxy.

The question and the answer are signed with PORTAL_SECRET_KEY. So a stranger hears only “ok” from
``/livez``, and another server cannot pass for the portal.
"""

import secrets
from contextlib import suppress

from django.core import signing

HEADER = "X-Portal-Doctor"
ASKING, ANSWERING = "doctor asks", "doctor hears"
SECONDS = 60  # for which a question or an answer counts
LONGEST = 2_000  # characters of a question


def question():
    """The value of the header, and what its answer must repeat."""
    nonce = secrets.token_hex(16)
    return signing.dumps(nonce, salt=ASKING), nonce


def answered(request):
    """The answer to the question in the request, or None if it has no good one."""
    asked = request.headers.get(HEADER, "")
    if not asked or len(asked) > LONGEST:
        return None
    with suppress(signing.BadSignature):
        nonce = signing.loads(asked, salt=ASKING, max_age=SECONDS)
        return signing.dumps(seen_in(request) | {"nonce": nonce}, salt=ANSWERING)
    return None


def seen_in(request):
    from magelang_portal import VERSION
    from public.releases import code_version

    return {
        "version": VERSION,
        "code": code_version(),
        "scheme": request.scheme,
        "client": request.META.get("REMOTE_ADDR", ""),
        "host": request.META.get("HTTP_HOST", ""),
        "forwarded_proto": request.META.get("HTTP_X_FORWARDED_PROTO"),
        "forwarded_for": request.META.get("HTTP_X_FORWARDED_FOR"),
    }


def heard(words):
    """What the portal saw, or None if the words are not its answer."""
    with suppress(signing.BadSignature):
        return signing.loads(words.strip(), salt=ANSWERING, max_age=SECONDS)
    return None
