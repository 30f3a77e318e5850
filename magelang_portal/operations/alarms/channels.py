"""The two ways to somebody outside: mail, and a webhook. Each raises ``Undelivered``."""

import hashlib
import hmac
import json
import ssl
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from django.conf import settings

from editorial.reminders.sending import REFUSALS, NoMailServer, answer, connected
from magelang_portal.operations.alarms.messages import as_dict, letter

TIMEOUT = 10  # seconds without an answer of the webhook
SIGNATURE = "X-Hub-Signature-256"  # many receivers check this one already


class Undelivered(Exception):
    """The message did not arrive; with a sentence for the operator."""


class Refused(Undelivered):
    """The receiver does not take this message; it may take the next."""


def channels():
    """The function that sends, by the name of each way that is set."""
    ways = {
        "mail": settings.ALARM_EMAIL and send_mail,
        "webhook": settings.ALARM_URL and post,
    }
    return {name: send for name, send in ways.items() if send}


def send_mail(message):
    try:
        with connected() as server:
            server.send_messages([letter(message)])
    except NoMailServer as error:
        raise Undelivered(str(error)) from error
    except REFUSALS as error:
        raise Refused(
            f"The mail server refuses the alarm for PORTAL_ALARM_EMAIL ({answer(error)}). Correct "
            "the address, or look into the log of the mail server."
        ) from error
    except OSError as error:
        raise Undelivered(f"The mail server stopped while it got the mail ({error}).") from error


class NoRedirect(HTTPRedirectHandler):
    """An alarm goes to the address that is set, and to no other."""

    def redirect_request(self, *arguments):
        return None


def post(message):
    """The sentences name the host only, because the address may hold a token."""
    body = json.dumps(as_dict(message), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", SIGNATURE: signature(body)}
    receiver = f"The receiver of PORTAL_ALARM_URL, {urlsplit(settings.ALARM_URL).hostname},"
    try:
        request = Request(settings.ALARM_URL, body, headers, method="POST")
        build_opener(NoRedirect, HTTPSHandler(context=tls_context())).open(
            request, timeout=TIMEOUT
        ).close()
    except HTTPError as error:
        error.close()
        raise Refused(f"{receiver} {refusal(error.code)}") from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise Undelivered(
            f"{receiver} does not answer ({reason}). Start it, or correct PORTAL_ALARM_URL."
        ) from error


def tls_context():
    """The certificates that this machine trusts, without strict rules.

    Certificates of an office's own authority often break those.
    """
    context = ssl.create_default_context()
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def signature(body):
    secret = settings.ALARM_SECRET.encode()
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"


def refusal(code):
    if 300 <= code < 400:
        return f"redirects ({code}), which the portal does not follow: write the address itself."
    if code in (401, 403):
        return f"refuses the alarm ({code}): compare PORTAL_ALARM_SECRET with the receiver's."
    return f"refuses the alarm ({code}): its log says why."
