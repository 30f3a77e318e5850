"""Django's settings for the address of a mail server, which is PORTAL_EMAIL_URL."""

from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TIMEOUT = 20  # seconds in which the server must answer
SHAPE = "write it like smtps://user:password@host, or smtp://user:password@host:587/?tls=1"


def mailer(url):
    """The server as Django knows it. No refusal repeats the address, which holds a password."""
    if not url:
        return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    try:
        parts = urlsplit(url)
        port, query = parts.port, dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise refusal(
            f"is not an address: {SHAPE}. Inside a user name or password, write %25 for %, %40 for "
            "@, %3A for :, %2F for /, %3F for ? and %23 for #."
        ) from None
    refuse_shape(parts, query)
    options = {
        "host": parts.hostname,
        "port": port,
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": parts.scheme == "smtps",
        "use_tls": query.get("tls") == "1",
        "timeout": TIMEOUT,
    }
    if options["password"] and not (options["use_ssl"] or options["use_tls"]):
        refuse_readable_password(parts.hostname)
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


def refuse_shape(parts, query):
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise refusal(f"is not the address of a mail server: {SHAPE}.")
    if parts.path.strip("/") or parts.fragment:
        raise refusal(f"has more than a host and a port: {SHAPE}.")
    if bool(parts.username) != bool(parts.password):
        raise refusal(f"has a user without a password, or a password without a user: {SHAPE}.")
    is_known = query.keys() <= {"tls"} and query.get("tls", "0") in ("0", "1")
    if not is_known or (parts.scheme == "smtps" and query):
        raise refusal(
            "has an option that the portal does not know: after “?”, write only tls=1, and that "
            "only with smtp://. The address of the sender is PORTAL_EMAIL_FROM."
        )


def refuse_readable_password(host):
    try:
        is_here = ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    if not is_here:
        raise refusal(
            f"would send the password to {host} so that others can read it: add ?tls=1, or begin "
            "with smtps://."
        )


def refusal(fault):
    return ImproperlyConfigured(f"PORTAL_EMAIL_URL {fault}")
