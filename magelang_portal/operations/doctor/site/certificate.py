"""Does a stranger's browser accept the certificate of the site, and for how long?"""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Warning

SECONDS = 4  # for a connection
SOON, VERY_SOON = timedelta(days=14), timedelta(days=3)
ANY_TIME = 0x200000  # OpenSSL's X509_V_FLAG_NO_CHECK_TIME, for which Python has no name
WRONG_NAME = (62, 64)  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH, and the same of an address
SELF_SIGNED = 18  # OpenSSL's X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
RENEW = "Run certbot renew, then systemctl reload nginx. certbot certificates shows what there is."
GET = (
    "Run certbot certonly for {0} as docs/operate.md, “Install”, says: its last line gives each "
    "new certificate to nginx."
)
CHAIN = (
    "Let /etc/nginx/portal-certificate/fullchain.pem hold the certificates in between, too. A city "
    "with its own authority puts that into /usr/local/share/ca-certificates, and runs "
    "update-ca-certificates."
)


def look(answer):
    host, place = settings.SITE_HOST, place_of_site(answer.options.connect)
    if not settings.SITE_URL.startswith("https://"):
        return answer.could_not_ask("PORTAL_SITE_URL does not begin with https://")
    try:
        found = shown_certificate(place, host, stranger(is_for_any_name=True))
        yield from faults_of_name(found, place, host)
        yield from faults_of_time(answer, found, host)
        if time_of(found["notBefore"]) <= datetime.now(UTC) < time_of(found["notAfter"]):
            yield from faults_of_chain(place, host)
    except ssl.SSLCertVerificationError as error:
        yield Error(
            f"Browsers do not trust the certificate of {host}: {error.verify_message}.",
            hint=GET.format(host) if error.verify_code == SELF_SIGNED else CHAIN,
            id="certificate.E001",
        )
    except OSError as error:
        yield Error(
            f"{host} shows no certificate at {place[0]}, port {place[1]}: {error}.",
            hint="Start nginx, and open port 443 to the internet: systemctl status nginx.",
            id="certificate.E002",
        )


def place_of_site(instead=""):
    """The host and port to connect to; ``instead`` is another host, perhaps with a port."""
    address = urlsplit(f"//{instead}" if instead else settings.SITE_URL)
    return address.hostname, address.port or 443


def shown_certificate(place, host, context):
    """What ``getpeercert`` says. Raises ``OSError``, of which ``ssl``'s errors are some."""
    with (
        socket.create_connection(place, SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as encrypted,
    ):
        return encrypted.getpeercert()


def stranger(is_for_any_name=False, is_for_any_time=True):
    """Trusts the authorities that this machine trusts."""
    context = ssl.create_default_context()
    context.check_hostname = not is_for_any_name
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # browsers are not so strict
    if is_for_any_time:
        context.verify_flags |= ANY_TIME  # last, because “&=” drops a flag without a name
    return context


def faults_of_name(found, place, host):
    try:
        shown_certificate(place, host, stranger())
    except ssl.SSLCertVerificationError as error:
        if error.verify_code not in WRONG_NAME:
            raise
        names = ", ".join(name for _kind, name in found.get("subjectAltName", ())) or "no name"
        yield Error(
            f"The certificate is not for {host}, but for {names}.",
            hint=GET.format(host),
            id="certificate.E003",
        )


def faults_of_time(answer, found, host):
    begins, ends = time_of(found["notBefore"]), time_of(found["notAfter"])
    now = datetime.now(UTC)
    left = ends - now
    answer.measure("ends_at_seconds", ends.timestamp())
    answer.measure("days_left", round(left / timedelta(days=1), 2))
    answer.say(f"{left.days} days left, of {host}")
    if begins > now:
        yield Error(
            f"The certificate of {host} is not valid before {begins:%Y-%m-%d %H:%M} UTC.",
            hint="Run timedatectl: the clock of this machine may be wrong. Otherwise get another "
            "certificate.",
            id="certificate.E004",
        )
    yield from ending(host, ends, left, ends - begins)


def faults_of_chain(place, host):
    """The site's own certificate is in time, but one above it may not be."""
    try:
        shown_certificate(place, host, stranger(is_for_any_name=True, is_for_any_time=False))
    except ssl.SSLCertVerificationError as error:
        yield Error(
            f"A certificate above that of {host} is out of time: {error.verify_message}.",
            hint="Run certbot renew --force-renewal, then systemctl reload nginx. A city with its "
            "own authority puts the new one into /etc/nginx/portal-certificate/fullchain.pem.",
            id="certificate.E008",
        )


def ending(host, ends, left, lifetime):
    """A short-lived certificate is renewed late, so its last days are fewer."""
    words = f"The certificate of {host} ends at {ends:%Y-%m-%d %H:%M} UTC"
    if left <= timedelta(0):
        yield Error(
            f"The certificate of {host} has expired, at {ends:%Y-%m-%d %H:%M} UTC.",
            hint=RENEW,
            id="certificate.E005",
        )
    elif left < min(VERY_SOON, lifetime / 10):
        yield Error(f"{words}, within three days.", hint=RENEW, id="certificate.E006")
    elif left < min(SOON, lifetime / 4):
        yield Warning(f"{words}, in {left.days} days.", hint=RENEW, id="certificate.W007")


def time_of(words):
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(words), UTC)
