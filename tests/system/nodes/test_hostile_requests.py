"""Requests that no browser sends, to gunicorn as in production, then through nginx.

Each request gets one answer and no server error, and the worker goes on.
"""

import re
import socket
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory

from magelang_portal import gunicorn_errors
from tests.support.configuration import PRODUCTION
from tests.support.servers.nginx import DEPLOY, IS_HERE, MISSING, Proxy
from tests.support.servers.nodes import Node

SITE = "visi.example.go.id"
HOST, PROXY, CLOSE = f"Host: {SITE}\r\n", "X-Forwarded-Proto: https\r\n", "Connection: close\r\n"


@dataclass
class Answers:
    """All bytes that came back on one connection."""

    raw: bytes

    @property
    def statuses(self):
        return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) [A-Z]", self.raw)]

    @property
    def head(self):
        return self.raw.partition(b"\r\n\r\n")[0].decode("latin-1")

    @property
    def body(self):
        return self.raw.partition(b"\r\n\r\n")[2]

    def header(self, name):
        return [
            line.partition(": ")[2]
            for line in self.head.split("\r\n")
            if line.lower().startswith(f"{name}:")
        ]


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    folder = tmp_path_factory.mktemp("node")
    running = Node(folder, PRODUCTION | {"PORTAL_STATIC_ROOT": str(folder / "static")})
    running.prepare()
    running.manage("collectstatic", "--noinput", "--verbosity=0")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def send(portal):
    """Sends bytes on a new connection; afterwards the same workers must still answer."""
    workers = portal.workers()

    yield partial(answers_of, portal.port)
    assert urllib.request.urlopen(f"{portal.address}/livez").read() == b"ok\n"
    assert {*workers} <= {*portal.workers()}


def answers_of(port, raw):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(raw.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        return Answers(all_from(connection))


def all_from(connection):
    received = b""
    with suppress(TimeoutError, ConnectionResetError):
        while part := connection.recv(65536):
            received += part
    return received


def get(target, headers="", *, method="GET", host=HOST):
    return f"{method} {target} HTTP/1.1\r\n{host}{PROXY}{CLOSE}{headers}\r\n"


# The requests

CHUNKED = "Transfer-Encoding: chunked\r\n"
SMUGGLED = "GET /admin/ HTTP/1.1\r\nHost: evil\r\n\r\n"
ODD_ADDRESSES = [
    "/id/misi/%00/",
    "/%ff%fe/",
    "/%c0%af/",
    "/%0d%0aSet-Cookie:x=1",
    "/id/%0d%0aSet-Cookie:x=1/",
    "/id/visi/2016-2021/edisi/%D9%A1/",  # the Arabic digit one is not 1
    "/" + "a" * 3990,
    "/" + "a-" * 300 + "/",
]

NO_TARGETS = ["/id/\0/", "/id/\xff/", "/id/a b/", "/id/\x7f/", "id/", "", "*"]

FILES_OF_THE_MACHINE = [
    "/id/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/static/../manage.py",
    "/static/%2e%2e/manage.py",
    "/static//etc/passwd",
    "/id/..%5c..%5cetc%5cpasswd",
    "/data/2016-2021/..%2f..%2fsettings.py",
    "/.git/config",
    "/.env",
    "/manage.py",
]

LEADING_AWAY = [
    "//evil.example/",
    "//evil.example",
    "/id//evil.example",
    "/id/x//evil.example",
    "/\\evil.example",
]

REFUSED_HEADERS = [
    (f"X-Long: {'a' * 9000}\r\n", {431}),
    ("".join(f"X-{number}: a\r\n" for number in range(120)), {431}),
    ("Cookie: a=\xff\x01\r\n", {400}),
    ("X-Nothing\r\n", {400}),
    (" X: folded\r\n", {400}),
    ("X : a\r\n", {400}),
    ("X\0Y: a\r\n", {400}),
]

OTHER_HOSTS = [
    "Host: evil.example\r\n",
    "Host: localhost@evil.example\r\n",
    f"Host: {SITE}@evil.example\r\n",
    f"Host: evil.example:{SITE}\r\n",
    "Host: evil.example\n x\r\n",
    f"Host: {SITE}\r\nHost: evil.example\r\n",
    f"Host: evil.example\r\nHost: {SITE}\r\n",
    "Host: 127.0.0.1\r\n",
    "Host: localhost\r\n",
    "Host: \r\n",
    "",
]

TAKEN_FROM_A_HEADER = [
    "SCRIPT_NAME: /evil\r\n",
    "Script-Name: /evil\r\n",
    "PATH_INFO: /evil/\r\n",
    "Path-Info: /evil/\r\n",
]

IN_DOUBT = [
    get("/id/", f"Content-Length: 5\r\n{CHUNKED}", method="POST") + f"0\r\n\r\n{SMUGGLED}",
    get("/id/", "Content-Length: 5\r\nContent-Length: 6\r\n", method="POST") + SMUGGLED,
    get("/id/", "Content-Length: 5, 5\r\n", method="POST") + SMUGGLED,
    get("/id/", "Content-Length: +5\r\n", method="POST") + SMUGGLED,
    get("/id/", "Content-Length: 0x5\r\n", method="POST") + SMUGGLED,
    get("/id/", "Content-Length: -1\r\n", method="POST") + SMUGGLED,
    get("/id/", "Transfer-Encoding: identity\r\n", method="POST") + SMUGGLED,
    get("/id/", "Transfer-Encoding: chunked, chunked\r\n", method="POST") + f"0\r\n\r\n{SMUGGLED}",
    get("/id/", "Transfer-Encoding: xchunked\r\n", method="POST") + f"0\r\n\r\n{SMUGGLED}",
    get("/id/", "Transfer-Encoding : chunked\r\n", method="POST") + f"0\r\n\r\n{SMUGGLED}",
    get("/id/", CHUNKED, method="POST") + f"x\r\n\r\n{SMUGGLED}",
    get("/id/", CHUNKED, method="POST") + f"3;a=\x01\r\nabc\r\n0\r\n\r\n{SMUGGLED}",
    get("/id/", CHUNKED, method="POST") + "ff\r\nshort",
    get("/id/", method="get") + SMUGGLED,
    get("/id/", method="G\0T") + SMUGGLED,
    get("/id/").replace("\r\n", "\n") + SMUGGLED,
    get("/id/").replace("HTTP/1.1", "HTTP/9.9") + SMUGGLED,
    get("/id/").replace("HTTP/1.1", "HTTP/1.1 x") + SMUGGLED,
    f"\x16\x03\x01\x02\x00{SMUGGLED}",
    f"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{SMUGGLED}",
    f"GET /id/\r\n{SMUGGLED}",
]


# The address


@pytest.mark.parametrize(
    "target",
    ODD_ADDRESSES,
)
def test_an_address_with_odd_bytes_answers_404_and_injects_nothing(send, target):
    answers = send(get(target))

    assert answers.statuses == [404]
    assert "set-cookie" not in answers.head.lower()


@pytest.mark.parametrize("target", NO_TARGETS)
def test_an_invalid_request_target_is_refused(send, target):
    assert send(get(target)).statuses[0] in (400, 404)
    assert len(send(get(target)).statuses) == 1


@pytest.mark.parametrize(
    "target",
    FILES_OF_THE_MACHINE,
)
def test_no_address_leads_to_a_file_of_the_machine(send, target):
    answers = send(get(target))

    assert answers.statuses == [404]
    assert not [
        word for word in (b"root:x:", b"DJANGO_SETTINGS", b"[core]") if word in answers.body
    ]


@pytest.mark.parametrize("prefix", ["/fr/", "/ID/", "/id-id/", "/en-us/"])
def test_an_unknown_language_gets_an_answer_in_one_of_the_two(send, prefix):
    answers = send(get(prefix))

    assert answers.statuses == [404]
    assert answers.header("content-language") in (["id"], ["en"])


@pytest.mark.parametrize("target", LEADING_AWAY)
def test_no_address_redirects_to_another_site(send, target):
    answers = send(get(target))

    assert answers.statuses in ([404], [301])
    assert all(
        place.startswith("/") and place[1] not in "/\\" for place in answers.header("location")
    )


def test_refusals_of_gunicorn_have_both_languages_and_the_security_headers(send):
    refused = {
        400: send(get("/id/ x")),
        414: send(get("/" + "a" * 4100)),
        431: send(get("/id/", f"X-Long: {'a' * 9000}\r\n")),
        501: send(get("/id/", "Transfer-Encoding: xchunked\r\n", method="POST")),
    }

    for status, answers in refused.items():
        assert answers.statuses == [status]
        assert re.search(rb'<p>.+?</p><p lang="en">.+?</p>', answers.body)
        assert b"xchunked" not in answers.body  # the answer repeats nothing of the request
        assert answers.header("content-length") == [str(len(answers.body))]
        assert answers.header("content-language") == ["id, en"]
        assert answers.header("cache-control") == ["no-store"]
        assert answers.header("content-security-policy")[0].startswith("default-src 'none';")
        assert answers.header("strict-transport-security") == ["max-age=63072000"]
        for name, value in settings.HEADERS_OF_EVERY_ANSWER.items():
            assert answers.header(name.lower()) == [value]


@pytest.mark.parametrize("binds_subdomains", [True, False])
@pytest.mark.parametrize("is_preloaded", [True, False])
def test_refusals_of_gunicorn_require_https_for_the_same_hosts_as_every_page(
    settings, binds_subdomains, is_preloaded
):
    settings.SECURE_HSTS_SECONDS = 63_072_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = binds_subdomains
    settings.SECURE_HSTS_PRELOAD = is_preloaded
    page = SecurityMiddleware(lambda _request: HttpResponse())(
        RequestFactory().get("/", secure=True)
    )

    name = "Strict-Transport-Security"
    assert dict(gunicorn_errors.headers(0))[name] == page[name]


def test_gunicorn_and_nginx_refuse_with_the_same_words():
    maps = (DEPLOY / "nginx-copy-maps.conf").read_text()

    for status, sentences in {
        "default": gunicorn_errors.GENERAL,
        **gunicorn_errors.SENTENCES,
    }.items():
        indonesian, english = sentences
        assert f"""{status} '<p>{indonesian}</p><p lang="en">{english}</p>';""" in maps
    assert (
        gunicorn_errors.PAGE.replace('<p>{}</p><p lang="en">{}</p>', "$refusal").strip()
        in (DEPLOY / "nginx-refusals.conf").read_text()
    )


# The headers


@pytest.mark.parametrize(
    "value",
    ["en-" * 2700, ",".join(["en;q=0.1"] * 800), "en;q=0." + "0" * 7000, ",".join("*" * 4000)],
)
def test_a_language_preference_of_any_length_changes_nothing(send, value):
    answers = send(get("/", f"Accept-Language: {value}\r\n"))

    assert answers.statuses == [200]
    assert answers.body == send(get("/id/")).body


@pytest.mark.parametrize(
    ("headers", "statuses"),
    REFUSED_HEADERS,
)
def test_headers_that_are_too_long_too_many_or_none_are_refused(send, headers, statuses):
    answers = send(get("/id/", headers))

    assert set(answers.statuses) == statuses
    assert len(answers.statuses) == 1


def test_a_line_that_is_too_long_is_refused(send):
    assert send(get("/" + "a" * 4100)).statuses == [414]


@pytest.mark.parametrize(
    "host",
    OTHER_HOSTS,
)
@pytest.mark.parametrize("target", ["/id/", "/admin/login/", "/id"])
def test_a_foreign_or_missing_host_is_refused(send, host, target):
    answers = send(get(target, host=host))

    assert answers.statuses == [400]
    assert b"evil" not in answers.raw


def test_an_http_1_0_request_without_a_host_is_refused(send):
    assert send(f"GET /id/ HTTP/1.0\r\n{PROXY}\r\n").statuses == [400]


def test_no_answer_contains_a_forwarded_host(send):
    answers = send(
        get(
            "/id",
            "X-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n"
            "X-Original-URL: /x\r\n",
        )
    )

    assert answers.statuses == [301]
    assert b"evil" not in answers.raw


@pytest.mark.parametrize("headers", TAKEN_FROM_A_HEADER)
def test_a_header_cannot_set_the_variables_of_the_server(send, headers):
    answers = send(get("/id/?x=1", headers))

    assert answers.statuses in ([200], [400])
    assert b"evil" not in answers.raw


@pytest.mark.parametrize(
    "claim",
    [
        "",
        "X_Forwarded_Proto: https\r\n",
        "X-Forwarded-Proto: http\r\n",
        "X-Forwarded-Proto: http\r\nX_Forwarded_Proto: https\r\n",
        "X-Forwarded-Proto: http, https\r\n",
    ],
)
def test_only_the_header_from_nginx_marks_a_request_as_https(send, claim):
    answers = send(f"GET /id/ HTTP/1.1\r\n{HOST}{claim}{CLOSE}\r\n")

    assert answers.statuses in ([301], [400])
    assert answers.header("location") in ([f"https://{SITE}/id/"], [])
    assert answers.header("strict-transport-security") == []


@pytest.mark.parametrize(
    "cookie", ["sessionid=../../x", "__Host-sid=" + "a" * 4000, "a=b; a=c; ;;=", "__Host-sid=%00"]
)
def test_a_session_cookie_of_junk_logs_nobody_in(send, cookie):
    page, login = (send(get(path, f"Cookie: {cookie}\r\n")) for path in ("/id/", "/admin/"))

    assert (page.statuses, page.header("set-cookie")) == ([200], [])
    assert login.statuses == [302]
    assert [
        line for line in login.header("set-cookie") if "sid=" in line and "Max-Age=0" not in line
    ] == []


# The method and the body


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "OPTIONS", "POST"])
@pytest.mark.parametrize(
    "target", ["/id/", "/id/cari/?q=kota", "/data/2016-2021.json", "/sitemap.xml", "/livez"]
)
def test_public_addresses_accept_only_get_and_head(send, method, target):
    answers = send(get(target, "Content-Length: 0\r\n", method=method))

    assert (answers.statuses, answers.header("allow")) == ([405], ["GET, HEAD"])


def test_connect_requests_are_refused(send):
    assert send(get("evil.example:443", method="CONNECT")).statuses[0] in (400, 404, 405)


@pytest.mark.parametrize(
    "raw",
    IN_DOUBT,
)
def test_a_request_with_an_ambiguous_end_gets_one_answer_only(send, raw):
    answers = send(raw)

    assert len(answers.statuses) <= 1
    assert answers.statuses in ([400], [405], [501], [505], [])
    assert b"evil" not in answers.raw


def test_a_body_that_is_larger_than_any_form_is_refused(send):
    head = f"POST /admin/login/ HTTP/1.1\r\n{HOST}{PROXY}{CLOSE}"
    head += "Content-Type: application/x-www-form-urlencoded\r\n"

    assert send(f"{head}Content-Length: 3000000\r\n\r\n" + "a=" + "b" * 2_999_998).statuses in (
        [400],
        [403],
        [413],
    )


# The same through nginx, as it is shipped


@pytest.fixture(scope="module")
def nginx(portal, tmp_path_factory):
    if not IS_HERE:
        pytest.skip(MISSING)
    running = Proxy(tmp_path_factory.mktemp("nginx"), [portal.port], portal.folder / "copy")
    site = running.folder / "site.conf"
    name = ("server_name 127.0.0.1", f"server_name 127.0.0.1 {SITE}")
    site.write_text(site.read_text().replace(*name))
    running.say_https()
    running.start()
    yield running
    running.stop()


def through(nginx, raw, patience=3):
    """Keep the connection open: nginx takes its end for a reader who has left."""
    with socket.create_connection(("127.0.0.1", nginx.port), timeout=patience) as connection:
        connection.sendall(raw.encode("latin-1"))
        return Answers(all_from(connection))


def test_through_nginx_a_good_request_is_answered(nginx):
    assert through(nginx, get("/id/"), patience=20).statuses == [200]


TARGETS = [*ODD_ADDRESSES, *NO_TARGETS, *FILES_OF_THE_MACHINE, *LEADING_AWAY, "/" + "a" * 4100]
REQUESTS = [
    *(get(target) for target in TARGETS),
    *(get("/id/", headers) for headers, _statuses in REFUSED_HEADERS),
    *(get("/id", host=host) for host in OTHER_HOSTS),
    *(get("/id?x=1", headers) for headers in TAKEN_FROM_A_HEADER),
    *(
        get("/id/", "Content-Length: 0\r\n", method=method)
        for method in ("TRACE", "PUT", "DELETE", "CONNECT", "POST")
    ),
    *IN_DOUBT,
]


@pytest.mark.parametrize("raw", REQUESTS)
def test_hostile_requests_through_nginx_get_one_answer_and_cause_no_fault(send, nginx, raw):
    answers = through(nginx, raw)

    assert len(answers.statuses) <= 1
    # 200: nginx drops a line that is not a header, and accepts the line ends of Unix.
    assert {*answers.statuses} <= {200, 301, 400, 404, 405, 414, 431, 494, 501, 505}
    assert not [
        word for word in (b"evil", b"root:x:", b"DJANGO_SETTINGS", b"[core]") if word in answers.raw
    ]
    assert "set-cookie" not in answers.head.lower()
