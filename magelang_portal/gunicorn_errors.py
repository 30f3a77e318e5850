"""The pages for requests that gunicorn refuses: both languages, and the portal's headers.

deploy/nginx-copy-maps.conf has the same sentences for requests that nginx refuses.
"""

from django.conf import settings
from gunicorn import util

PAGE = (
    '<!doctype html><html lang="id"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark">'
    "<title>Visi Kota Magelang</title></head>"
    '<body><main><p>{}</p><p lang="en">{}</p></main></body></html>\n'
)
GENERAL = "Permintaan ini tidak dapat dipahami.", "This request cannot be understood."
SENTENCES = {
    403: ("Permintaan ini tidak diizinkan.", "This request is not allowed."),
    414: ("Alamat ini terlalu panjang.", "This address is too long."),
    431: (
        "Permintaan ini membawa terlalu banyak data. Hapus kuki situs ini, lalu cobalah lagi.",
        "This request carries too much data. Delete the cookies of this site, and try again.",
    ),
    500: (
        "Terjadi kesalahan di server ini. Cobalah beberapa menit lagi.",
        "Something went wrong on this server. Please try again in a few minutes.",
    ),
}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def write_error(sock, status, reason, message):
    """Replaces ``gunicorn.util.write_error``. The message stays in the log."""
    body = PAGE.format(*SENTENCES.get(status, GENERAL)).encode()
    lines = [
        f"HTTP/1.1 {status} {reason}",
        *(f"{name}: {value}" for name, value in headers(len(body))),
    ]
    util.write_nonblock(sock, "\r\n".join([*lines, "", ""]).encode("latin-1") + body)


def headers(length):
    yield "Connection", "close"
    yield "Content-Type", "text/html; charset=utf-8"
    yield "Content-Length", length
    yield "Cache-Control", "no-store"
    yield "Content-Language", "id, en"
    yield "Content-Security-Policy", CONTENT_SECURITY_POLICY
    yield from settings.HEADERS_OF_EVERY_ANSWER.items()
    if settings.SECURE_HSTS_SECONDS:
        yield "Strict-Transport-Security", strict_transport()


def strict_transport():
    """As Django's ``SecurityMiddleware`` writes it for every page."""
    policy = f"max-age={settings.SECURE_HSTS_SECONDS}"
    policy += "; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else ""
    return policy + ("; preload" if settings.SECURE_HSTS_PRELOAD else "")
