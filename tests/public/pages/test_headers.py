"""The headers of every answer: pages, files, the admin, redirects, every kind of error."""

import re
from contextlib import closing
from http.cookies import SimpleCookie
from itertools import product

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection, transaction
from django.test import Client

from editions.document import Text
from editions.models import Edition
from editions.publishing import withdraw
from editorial.models import Account
from public.delivery.front import IS_LOST, Front
from public.releases import Release
from tests.support.addresses import admin_addresses, filled, make_rows, public_files
from tests.support.servers.wsgi import Asked

SITE = "https://127.0.0.1"
EXACTLY = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=63072000",
}
FEATURES = {
    "camera=()",
    "display-capture=()",
    "geolocation=()",
    "microphone=()",
    "payment=()",
    "usb=()",
}


@pytest.fixture(autouse=True)
def _production(settings, tmp_path):
    settings.PRODUCTION = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 63_072_000
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "admin.css").write_text("a { color: red }")


class Https(Client):
    def __init__(self, **options):
        headers = {"host": "127.0.0.1", "x-forwarded-proto": "https"}
        super().__init__(headers=headers, raise_request_exception=False, **options)


@pytest.fixture
def https():
    return Https()


def check(response, where, *, is_secure=True):
    """Check the headers that every answer must have; ``where`` names the answer in a failure."""
    headers = dict(response.headers)
    for name, value in EXACTLY.items():
        expected = value if is_secure or name != "Strict-Transport-Security" else None
        assert headers.get(name) == expected, f"{where}: {name}"
    assert headers["Cross-Origin-Resource-Policy"] in ("same-origin", "cross-origin"), where
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), where
    assert set(headers["Permissions-Policy"].split(", ")) == FEATURES, where
    policy = dict(
        directive.partition(" ")[::2]
        for directive in headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'", (
        where
    )
    assert not re.search("unsafe|nonce|http|[*]", headers["Content-Security-Policy"]), where
    assert headers.get("Server") is headers.get("X-Powered-By") is None, where
    if response.status_code >= 400 and response.status_code != 410:
        assert "no-store" in headers["Cache-Control"], where


NOT_CONFIGURED = (
    "/.well-known/security.txt",
    "/data/2016-2021/1.tsr",
    "/data/checkpoint",
    "/lambang.svg",
)


@pytest.mark.slow
def test_every_public_address_has_the_security_headers(https, portal):
    pages = [
        page.path(language) for page, _ in Release.current().pages() for language in ("id", "en")
    ]
    others = [
        "/",
        "/data/",
        "/id/visi/2016-2021/kutip.bib",
        "/id/visi/2016-2021/gambar.png",
        "/id/cari/?q=kota",
    ]
    for path in [*pages, *public_files(), *others, "/livez", "/readyz"]:
        response = https.get(path)
        check(response, path)
        assert response.status_code == 200 or path in NOT_CONFIGURED, path


@pytest.mark.slow
def test_every_address_of_the_admin_has_the_security_headers(https, portal):
    keys, logged_in = make_rows(portal), Https()
    logged_in.force_login(Account.objects.create_superuser("super"))
    cookies, seen = {client: dict(client.cookies) for client in (https, logged_in)}, set()
    for route in admin_addresses():
        for client, method in product([https, logged_in], ["GET", "POST"]):
            client.cookies = SimpleCookie(cookies[client])
            with transaction.atomic():
                response = client.generic(method, filled(route, keys))
                transaction.set_rollback(True)  # or the first address would log out
            check(response, route)
            assert "no-store" in response.headers["Cache-Control"], route
            seen.add(response.status_code)

    assert seen == {200, 302, 403, 404, 405}


def test_a_refusal_of_a_missing_csrf_token_has_the_security_headers(portal):
    client = Https(enforce_csrf_checks=True)
    client.force_login(Account.objects.create_superuser("super"))

    response = client.post("/admin/bahasa/", {"language": "en"})

    assert response.status_code == 403
    check(response, "the page about the token")


@pytest.mark.parametrize(
    ("status", "path", "method"),
    [
        (301, "/id", "GET"),
        (404, "/id/tidak-ada/", "GET"),
        (404, "/%ff%fe/", "GET"),
        (404, "/static/tidak-ada.css", "GET"),
        (404, "/pratinjau/x/", "GET"),
        (405, "/id/", "TRACE"),
        (405, "/data/2016-2021.json", "DELETE"),
        (410, "/id/visi/2016-2021/edisi/1/", "GET"),
        (410, "/data/2016-2021/1.json", "GET"),
    ],
)
def test_every_error_page_has_the_security_headers(https, portal, status, path, method):
    if status == 410:
        withdraw(Edition.objects.get(number=1), reason=Text("Keliru", "Wrong"), withdrawn_by="Sri")

    response = https.generic(method, path)

    assert response.status_code == status
    check(response, f"{method} {path}")


@pytest.mark.parametrize("is_secure", [True, False])
def test_a_refusal_of_a_host_has_the_security_headers(https, db, is_secure):
    headers = {"host": "evil.example", "x-forwarded-proto": "https" if is_secure else "http"}

    response = https.get("/id/", headers=headers)

    assert response.status_code == 400
    assert "evil" not in response.text
    check(response, "400", is_secure=is_secure)


def test_the_redirect_to_https_has_the_headers_that_http_allows(https, db):
    response = https.get("/id/", headers={"x-forwarded-proto": "http"})

    assert (response.status_code, response.headers["Location"]) == (301, f"{SITE}/id/")
    check(response, "301", is_secure=False)


@pytest.mark.parametrize("path", ["/id/", "/admin/"])
def test_a_server_error_has_the_security_headers_and_reveals_nothing(
    https, portal, monkeypatch, path
):
    https.force_login(Account.objects.create_superuser("super"))
    for place in ("public.releases.Release.current", "editorial.site.desk"):
        monkeypatch.setattr(place, lambda *arguments: 1 / 0)

    response = https.get(path)

    assert response.status_code == 500
    check(response, path)
    assert not re.search(
        r"Zero|Traceback|/\w+/\w+\.py|SELECT|django|sqlite|6\.1", response.text, re.IGNORECASE
    )


def test_the_answer_not_ready_has_the_security_headers(https, db):
    response = https.get("/readyz")

    assert response.status_code == 503
    check(response, "503")


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/id/cari/?q=kota"])
def test_the_page_of_an_outage_has_the_security_headers(https, db, monkeypatch, path):
    def fail(*arguments):
        raise OperationalError("the server at 10.0.0.7 refused the password")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", fail)
        response = https.get(path, **{IS_LOST: True})

    assert response.status_code == 503
    assert response.headers["Retry-After"]
    check(response, path)
    assert "10.0.0.7" not in response.text


def test_static_files_have_the_security_headers(settings, https, db):
    with closing(https.get("/static/admin.css")) as response:
        assert response.status_code == 200
        check(response, "a static file")


@pytest.mark.django_db(transaction=True)
def test_answers_from_memory_have_the_security_headers(live_portal):
    django, front = WSGIHandler(), Front(WSGIHandler())
    for path in ("/id/", "/data/2016-2021.json", "/id/visi/2016-2021/gambar.png"):
        kept, asked = [Asked(front, path, x_forwarded_proto="https") for _ in range(2)]
        assert (
            kept.headers == asked.headers == Asked(django, path, x_forwarded_proto="https").headers
        )
        assert EXACTLY.items() <= dict(asked.headers).items()
        again = Asked(front, path, x_forwarded_proto="https", if_none_match=asked["ETag"])
        assert (
            again["Content-Security-Policy"] is None
        )  # a browser would replace the policy of its stored page
        assert again["X-Content-Type-Options"] == "nosniff"


@pytest.mark.slow
def test_other_sites_may_embed_data_and_pictures_but_not_pages(https, portal):
    policy = {
        path: https.get(path).headers["Cross-Origin-Resource-Policy"] for path in public_files()
    }
    picture = https.get("/id/visi/2016-2021/gambar.png")

    assert (
        policy["/data/2016-2021.json"]
        == picture.headers["Cross-Origin-Resource-Policy"]
        == "cross-origin"
    )
    assert policy["/id/umpan.atom"] == "cross-origin"
    assert policy["/sitemap.xml"] == "same-origin"


@pytest.mark.django_db(transaction=True)
def test_a_304_keeps_the_header_that_lets_other_sites_embed_a_file(live_portal):
    """A browser replaces stored headers by those of a 304."""
    django, front = WSGIHandler(), Front(WSGIHandler())
    path, https = "/data/2016-2021.json", {"x_forwarded_proto": "https"}
    etag = Asked(django, path, **https)["ETag"]

    for server in (front, django):
        again = Asked(server, path, if_none_match=etag, **https)
        assert (again.status, again["Cross-Origin-Resource-Policy"]) == (304, None)
