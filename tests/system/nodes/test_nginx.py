"""The shipped configurations of nginx: gunicorn, the copy while gunicorn is down, an export."""

import http.client
import json
import re
import resource
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from threading import Event

import pytest
from django.conf import settings

from public.compression import MINIMUM_LENGTH
from public.mirror.verification import Site, of_manifest
from tests.support.login_provider.real import RETURN
from tests.support.servers.answers import Answer, sitemap_of
from tests.support.servers.nginx import IS_HERE, MISSING, Mirror, Nginx, Proxy
from tests.support.servers.nodes import Node
from tests.support.servers.ports import free_port

pytestmark = pytest.mark.skipif(not IS_HERE, reason=MISSING)
OF_A_CONNECTION = {
    "Server",
    "Date",
    "Connection",
    "Content-Length",
    "Last-Modified",
    "Accept-Ranges",
    "ETag",
}
NAME = "visi.example.go.id"
SITES = "https://kota.example https://www.kota.example"  # that may show frames of the portal
FRAMES = [
    *("/id/sematan/kalimat/", "/id/sematan/bagan/", "/id/sematan/misi/"),
    *("/en/embed/sentence/", "/en/embed/figure/", "/en/embed/missions/"),
]
LATER = "Please try again in a few minutes."


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A node that keeps a copy; the copy is written. A signer has written two files."""
    folder, signer = tmp_path_factory.mktemp("node"), tmp_path_factory.mktemp("signer")
    (signer / "checkpoint").write_text("a signed list")
    (signer / "2016-2021-1.tsr").write_bytes(b"\x30\x00")
    settings = {
        "PORTAL_COPY_DIR": str(folder / "copy"),
        "PORTAL_EMBED_ORIGINS": SITES,
        "PORTAL_PROOF_DIR": str(signer),
    }
    running = Node(folder, settings)
    running.prepare()
    running.start()
    running.manage("write_copy")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def proxy(node, tmp_path_factory):
    running = Proxy(tmp_path_factory.mktemp("nginx"), [node.port], node.folder / "copy")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def mirror(node, tmp_path_factory):
    site = tmp_path_factory.mktemp("mirror") / "site"
    node.manage("export_site", str(site))
    running = Mirror(site.parent / "nginx", site, framed_by=SITES)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def stopped(node, proxy):
    """The proxy while gunicorn is stopped."""
    node.stop()
    yield proxy
    node.start()


# The shipped configuration


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout privkey.pem -out fullchain.pem"
    )
    names = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True)
    return folder


def test_nginx_accepts_both_shipped_configurations(certificate, tmp_path):
    site = Nginx(tmp_path / "site", "nginx.conf", [("/etc/nginx/portal-certificate", certificate)])
    mirror = Nginx(tmp_path / "mirror", "nginx-static.conf", [])

    assert "test is successful" in site.checked()
    assert "test is successful" in mirror.checked()


# In front of gunicorn


def test_nginx_passes_on_gunicorns_pages_with_unchanged_headers(node, proxy):
    for path in (
        "/id/",
        "/en/vision/2016-2021/",
        "/data/2016-2021.json",
        "/admin/login/",
        "/id/tidak-ada/",
    ):
        through, direct = (
            Answer(proxy.address, path, Accept_Encoding="br"),
            Answer(node.address, path, Accept_Encoding="br"),
        )
        headers = [
            sorted((n, v) for n, v in answer.headers.items() if n not in OF_A_CONNECTION)
            for answer in (through, direct)
        ]
        assert through.status == direct.status
        if "admin" not in path:  # its pages have a new token each time
            assert headers[0] == headers[1]
            assert through.body == direct.body


def test_every_page_of_the_sitemap_stays_the_same_while_gunicorn_is_stopped(node, proxy):
    pages = [
        "/",
        *sitemap_of(node.address),
        "/sitemap.xml",
        "/robots.txt",
        "/id/umpan.atom",
        "/data/2016-2021/1.json",
    ]
    before = {path: Answer(proxy.address, path).body for path in pages}

    node.stop()
    try:
        for path in pages:
            for encoding in ("identity", "gzip", "br"):
                answer = Answer(proxy.address, path, Accept_Encoding=encoding)
                assert (answer.status, answer.body) == (200, before[path]), path
                assert answer.headers["X-Served-From"] == "copy"
    finally:
        node.start()

    assert len(pages) > 50
    assert Answer(proxy.address, "/id/").headers["X-Served-From"] is None


def test_an_address_without_a_copy_answers_502_with_retry_after(stopped):
    paths = [
        "/admin/",
        "/admin/login/",
        "/pratinjau/x/",
        "/livez",
        "/readyz",
        "/static/x.css",
        "/id/visi/2016-2021/unsur/bekas-alamat/",
        "/id/visi/2016-2021/edisi/9/",
        "/data/2016-2021/9.json",
    ]
    for path in paths:
        for method in ("GET", "POST"):
            answer = Answer(stopped.address, path, method)
            assert answer.status == 502, path
            assert LATER in answer.body.decode()
            assert_refusal(answer)


def assert_refusal(answer):
    """A refusal has both languages and the headers of every answer, and is not cached."""
    assert re.search(r'<html lang="id">.*<p>.+?</p><p lang="en">.+?</p>', answer.body.decode())
    kept = {name: answer.headers[name] for name in settings.HEADERS_OF_EVERY_ANSWER}
    assert kept == settings.HEADERS_OF_EVERY_ANSWER
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Language"] == "id, en"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")


def test_an_unknown_address_answers_404_while_gunicorn_is_stopped(stopped):
    for path in (
        "/id/tidak-ada/",
        "/lock",
        "/wp-login.php",
        "/manifest.json",
        "/SHA256SUMS",
        "/manifest.json.gz",
    ):
        answer = Answer(stopped.address, path)
        assert answer.status == 404, path
        assert_refusal(answer)


def test_an_address_without_its_last_slash_redirects_while_gunicorn_is_stopped(stopped):
    answer = Answer(stopped.address, "/id/visi")

    assert (answer.status, answer.headers["Location"]) == (301, "/id/visi/")
    assert_security_headers(answer)


def assert_security_headers(answer):
    """The headers of nginx-headers.conf equal those of the portal."""
    portal = dict(settings.HEADERS_OF_EVERY_ANSWER)
    portal.pop("Cross-Origin-Resource-Policy")  # it differs between files
    assert {name: answer.headers[name] for name in portal} == portal


def test_no_address_answers_404_while_there_is_no_copy(tmp_path):
    proxy = Proxy(tmp_path, [free_port()], tmp_path / "copy")
    proxy.start()
    try:
        answers = [Answer(proxy.address, path) for path in ("/id/", "/id/tidak-ada/")]
    finally:
        proxy.stop()

    assert [answer.status for answer in answers] == [502, 502]
    assert [answer.headers["Retry-After"] for answer in answers] == ["60", "60"]


def test_the_copy_answers_a_get_with_a_query_but_no_post(stopped):
    assert Answer(stopped.address, "/id/?utm_source=x").status == 200
    refused = Answer(stopped.address, "/id/", "POST", b"x=1")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert_refusal(refused)


def test_http_redirects_to_https_and_other_host_names_get_no_answer(proxy):
    plain = f"http://127.0.0.1:{proxy.plain_port}"
    redirect = Answer(plain, "/id/?x=1")

    assert (redirect.status, redirect.headers["Location"]) == (301, "https://127.0.0.1/id/?x=1")
    assert_security_headers(redirect)
    for address in (proxy.address, plain):
        with pytest.raises(http.client.RemoteDisconnected):
            Answer(address, "/id/", Host="evil.example")


def junk_of(proxy, until, client="192.0.2.1"):
    """Logins one after the other, as fast as the server answers."""
    while not until.is_set():
        Answer(proxy.address, "/admin/login/", "POST", b"username=a", X_Stands_For=client)


@pytest.fixture
def addressed(node, tmp_path):
    """A proxy that takes a client's address from a header."""
    proxy = Proxy(tmp_path, [node.port], node.folder / "copy")
    site = tmp_path / "site.conf"
    site.write_text("set_real_ip_from 127.0.0.1; real_ip_header X-Stands-For;\n" + site.read_text())
    proxy.start()
    yield proxy
    proxy.stop()


def test_two_password_guessers_in_an_office_do_not_block_their_colleagues(addressed):
    stop = Event()
    with ThreadPoolExecutor(2) as guessers:
        for _guesser in range(2):
            guessers.submit(junk_of, addressed, stop)
        try:
            tried = [login_of(addressed, "192.0.2.1").status for _ in range(8)]
        finally:
            stop.set()

    assert tried == [403] * 8  # the portal's answer to a form without a token


def login_of(proxy, client):
    return Answer(proxy.address, "/admin/login/", "POST", b"username=a", X_Stands_For=client)


def test_logins_of_one_address_reach_gunicorn_two_a_second(addressed):
    def seconds(clients):
        began = time.monotonic()
        with ThreadPoolExecutor(len(clients)) as pool:
            assert {
                answer.status for answer in pool.map(partial(login_of, addressed), clients)
            } == {403}
        return time.monotonic() - began

    assert seconds([f"192.0.2.{number}" for number in range(100, 107)]) < seconds(["192.0.2.7"] * 7)
    assert seconds(["192.0.2.8"] * 9) > 3.5
    assert (
        seconds([f"2001:db8::{number:x}:0:0:{number:x}" for number in range(1, 10)]) > 3.5
    )  # one network


@pytest.mark.parametrize("path", ["penyedia/", "penyedi%61/kembali/?state=a"])
def test_logins_through_the_provider_reach_gunicorn_two_a_second_too(addressed, path):
    def ask(_number):
        return Answer(addressed.address, f"/admin/login/{path}", X_Stands_For="192.0.2.30").status

    began = time.monotonic()
    with ThreadPoolExecutor(9) as pool:
        assert set(pool.map(ask, range(9))) == {404}  # no provider is set

    assert time.monotonic() - began > 3.5


def test_more_than_sixty_logins_at_once_from_one_address_get_429(addressed):
    with ThreadPoolExecutor(80) as pool:
        sent = [pool.submit(login_of, addressed, "192.0.2.9") for _ in range(80)]
        time.sleep(1)
        page = Answer(addressed.address, "/id/", X_Stands_For="192.0.2.9")
        refused = [one.result() for one in sent if one.done() and one.result().status == 429]
        addressed.stop()  # the other answers do not matter
        for one in sent:
            one.exception()

    assert page.status == 200
    assert refused
    assert refused[0].headers["Retry-After"] == "60"
    assert_refusal(refused[0])


def test_one_address_may_hold_two_hundred_requests_at_once(node, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as stuck, ExitStack() as stack:
        proxy = Proxy(tmp_path, [stuck.getsockname()[1]], node.folder / "copy")
        site = tmp_path / "site.conf"
        site.write_text(
            "set_real_ip_from 127.0.0.1; real_ip_header X-Stands-For;\n" + site.read_text()
        )
        proxy.start()
        stack.callback(proxy.stop)
        greedy = b"GET /id/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Stands-For: 192.0.2.1\r\n\r\n"
        for _request in range(200):
            held = stack.enter_context(socket.create_connection(("127.0.0.1", proxy.port)))
            held.sendall(greedy)
        refused = raw(proxy.port, greedy)
        other = Answer(proxy.address, "/id/", X_Stands_For="192.0.2.2")

    assert refused.status == 429
    assert_refusal(refused)
    assert (other.status, other.headers["X-Served-From"]) == (200, "copy")


HALF = b"GET /id/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "
LAPTOP = 1500  # connections, each with an unfinished request


@contextmanager
def many_files(count):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], min(count, before[1])), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_laptop_with_unfinished_requests_blocks_no_reader_and_is_disconnected(node, tmp_path):
    proxy = Proxy(tmp_path, [node.port], node.folder / "copy")
    limits = tmp_path / "nginx-portal-maps.conf"
    limits.write_text(
        limits.read_text().replace("client_header_timeout 10s", "client_header_timeout 4s")
    )
    with ExitStack() as stack:
        stack.enter_context(many_files(3000))  # before nginx starts, because it inherits the limit
        proxy.start()
        stack.callback(proxy.stop)
        halves = [
            stack.enter_context(socket.create_connection(("127.0.0.1", proxy.port)))
            for _ in range(LAPTOP)
        ]
        for half in halves:
            half.sendall(HALF)
        reader = Answer(proxy.address, "/id/")
        halves[-1].settimeout(20)
        ended = halves[-1].recv(1000)

    assert reader.status == 200
    assert ended == b""


def test_refusals_of_nginx_have_both_languages_and_the_security_headers(proxy):
    address = proxy.address
    refused = {
        413: Answer(address, "/id/", "POST", b"x" * 3_200_000),
        414: Answer(address, "/" + "a" * 40_000),
        431: Answer(address, "/id/", Cookie="a" * 40_000),
        404: Answer(address, "/.refusal"),
        400: raw(proxy.port, b"GET /id/ HTTP/1.1\r\n\r\n"),
        405: raw(proxy.port, b"TRACE /id/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        501: raw(
            proxy.port, b"POST /id/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: x\r\n\r\n"
        ),
        505: raw(proxy.port, b"GET /id/ HTTP/3.0\r\nHost: 127.0.0.1\r\n\r\n"),
    }

    for status, answer in refused.items():
        assert answer.status == status
        assert_refusal(answer)


class raw:
    """The answer to these bytes."""

    def __init__(self, port, sent):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(sent)
            response = http.client.HTTPResponse(connection)
            response.begin()
            self.status, self.headers, self.body = (
                response.status,
                response.headers,
                response.read(),
            )


def test_the_log_of_nginx_contains_no_address_of_a_shared_preview_and_no_code_of_a_login(
    node, tmp_path
):
    proxy = Proxy(tmp_path, [node.port], node.folder / "copy")
    proxy.start()
    try:
        Answer(proxy.address, "/pratinjau/SECRET-1/id/?x=1")
        Answer(proxy.address, "/id/", Referer="https://127.0.0.1/pratinjau/SECRET-2/")
        Answer(f"http://127.0.0.1:{proxy.plain_port}", "/pratinjau/SECRET-3/")
        Answer(proxy.address, f"{RETURN}?code=SECRET-5&state=SECRET-6")
        Answer(proxy.address, "/static/x.css", Referer=f"https://127.0.0.1{RETURN}?code=SECRET-7")
        node.stop()
        Answer(proxy.address, "/pratinjau/SECRET-4/")
    finally:
        node.start()
        proxy.stop()

    logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert "SECRET" not in logs
    assert logs.count('"GET /pratinjau/- HTTP/1.1" ') == 3
    assert f'"GET {RETURN}- HTTP/1.1" ' in logs
    assert '"GET /id/ HTTP/1.1" 200' in logs


def test_a_reader_who_reaches_a_stuck_worker_gets_the_copy(node, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as stuck:
        proxy = Proxy(tmp_path, [stuck.getsockname()[1]], node.folder / "copy")
        proxy.start()
        try:
            page, booklet = (
                Answer(proxy.address, path) for path in ("/id/", "/id/visi/2016-2021/buku.pdf")
            )
        finally:
            proxy.stop()

    assert (page.status, page.headers["X-Served-From"]) == (200, "copy")
    assert (booklet.status, booklet.headers["Content-Type"]) == (200, "application/pdf")


def test_a_body_beyond_three_megabytes_is_refused(proxy):
    assert Answer(proxy.address, "/id/", "POST", b"x" * 2_900_000).status in (400, 405)
    assert Answer(proxy.address, "/id/", "POST", b"x" * 3_200_000).status == 413


# In production, with TLS


class Https(http.client.HTTPSConnection):
    """Connects to nginx on this machine under the name in its certificate."""

    def __init__(self, port, certificate, name=NAME):
        trust = ssl.create_default_context(cafile=certificate / "fullchain.pem")
        super().__init__(name, context=trust, timeout=60)
        self.place = ("127.0.0.1", port)

    def connect(self):
        self.sock = self._context.wrap_socket(
            socket.create_connection(self.place), server_hostname=self.host
        )


@pytest.fixture(scope="module")
def production(tmp_path_factory, certificate):
    """A node in production behind nginx with the shipped configuration."""
    folder = tmp_path_factory.mktemp("production")
    settings = {
        "PORTAL_PRODUCTION": "1",
        "PORTAL_SECRET_KEY": "the-key-of-a-portal-that-is-thrown-away-when-its-test-ends",
        "PORTAL_SITE_URL": f"https://{NAME}",
        "PORTAL_COPY_DIR": str(folder / "copy"),
    }
    node = Node(folder, settings)
    proxy = Proxy(folder / "nginx", [node.port], folder / "copy", certificate=certificate)
    node.prepare()
    node.start()
    node.manage("write_copy")
    proxy.start()
    yield node, proxy
    proxy.stop()
    node.stop()


def test_every_page_is_the_same_over_tls_from_gunicorn_and_from_the_copy(production, certificate):
    node, proxy = production
    manifest = json.loads((node.folder / "copy" / "current" / "manifest.json").read_bytes())

    def seen():
        with closing(Site(f"https://{NAME}")) as site:
            site.connection = Https(proxy.port, certificate)
            faults = [
                fault for expected in of_manifest(manifest) for fault in site.faults(expected)
            ]
            _, headers, _ = site._answer("/id/", {})
        return faults, headers["X-Served-From"], headers["Strict-Transport-Security"]

    served = seen()
    node.stop()
    try:
        copied = seen()
    finally:
        node.start()

    assert served == ([], None, "max-age=63072000")
    assert copied == ([], "copy", "max-age=63072000")


@pytest.mark.parametrize(
    ("suites", "is_taken"),
    [
        ("ECDHE-RSA-AES128-GCM-SHA256", True),
        ("AES128-GCM-SHA256:AES256-SHA:kRSA", False),
        ("DHE", False),
    ],
)
def test_tls_uses_forward_secrecy_only(production, certificate, suites, is_taken):
    _, proxy = production
    command = [
        "openssl",
        "s_client",
        "-connect",
        f"127.0.0.1:{proxy.port}",
        "-servername",
        NAME,
        "-tls1_2",
    ]

    ended = subprocess.run(
        [*command, "-cipher", suites], input="", capture_output=True, text=True, check=False
    )

    assert (ended.returncode == 0) == is_taken, ended.stdout


def test_plain_http_to_the_port_of_https_is_refused_in_both_languages(production):
    _, proxy = production

    answer = raw(proxy.port, f"GET /id/ HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())

    assert answer.status == 400
    assert_refusal(answer)


def test_a_foreign_host_name_gets_no_certificate(production, certificate):
    _, proxy = production

    with (
        closing(Https(proxy.port, certificate, "evil.example")) as stranger,
        pytest.raises(ssl.SSLError),
    ):
        stranger.connect()


# An export without the portal


def test_verify_site_finds_no_difference_on_a_mirror(node, mirror):
    assert f"{mirror.address} is as published" in node.manage("verify_site", mirror.address)


def test_a_mirror_sends_each_file_with_the_headers_of_gunicorn(node, mirror):
    for path in ["/", *sitemap_of(node.address), *FILES]:
        for encoding in ("identity", "gzip", "br"):
            here, there = (
                Answer(place.address, path, Accept_Encoding=encoding) for place in (mirror, node)
            )
            assert here.body == there.body
            assert headers_of(here) == headers_of(there), (path, encoding)


FILES = [
    "/sitemap.xml",
    "/robots.txt",
    "/id/umpan.atom",
    "/data/2016-2021/1.json",
    "/data/2016-2021/source.txt",
    "/data/2016-2021.csv",
    "/data/2016-2021.jsonld",
    "/data/2016-2021/stratml.en.xml",
    "/data/2016-2021/1.tsr",
    "/data/checkpoint",
    "/data/checkpoint.txt",
    "/data/verify_chain.py",
    "/id/teks.md",
    "/data/schema.json",
    "/id/kutip.bib",
    "/id/kutip.ris",
    "/id/visi/2016-2021/gambar.png",
    "/id/visi/2016-2021/buku.pdf",
]


def headers_of(answer):
    """The headers that must be equal. A file server sends no download names and no style hashes."""
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name not in {*OF_A_CONNECTION, "X-Served-From"}
    }
    headers["Content-Security-Policy"] = re.sub(
        "style-src .*?;", "", headers["Content-Security-Policy"]
    )
    if len(answer.body) < MINIMUM_LENGTH:  # it has only one encoding
        headers.pop("Vary", None)
    disposition = headers.pop("Content-Disposition", "").partition(";")[0]
    return headers | ({"Content-Disposition": disposition} if disposition == "attachment" else {})


def framing_of(answer):
    """The sites that may show the answer in a frame, as both headers say."""
    policy = answer.headers["Content-Security-Policy"].partition("frame-ancestors ")[2]
    return policy.partition(";")[0], answer.headers["X-Frame-Options"]


def test_a_mirror_lets_the_same_sites_show_the_same_frames_as_gunicorn(node, mirror):
    for path in [*FRAMES, "/id/sematan/", "/en/embed/", "/id/", "/id/sematan/x/", "/en/embed/x/y/"]:
        answers = [Answer(place.address, path) for place in (mirror, node)]
        expected = (SITES, None) if path in FRAMES else ("'none'", "DENY")
        assert [framing_of(answer) for answer in answers] == [expected] * 2, path


def test_nobody_may_show_a_frame_of_the_copy_while_nginx_knows_no_site(stopped):
    for path in FRAMES:
        answer = Answer(stopped.address, path)
        assert (answer.status, framing_of(answer)) == (200, ("'none'", "DENY")), path


def test_encodings_and_ranges_of_a_mirror_give_the_same_bytes(mirror):
    whole = Answer(mirror.address, "/id/").content

    for encoding in ("br", "identity", "gzip", "br, gzip;q=0.5", "deflate", "gzip", "br"):
        answer = Answer(mirror.address, "/id/", Accept_Encoding=encoding)
        assert answer.body == whole
        assert answer.headers.get_all("Vary") == ["Accept-Encoding"]
        part = Answer(mirror.address, "/id/", Accept_Encoding="identity", Range="bytes=100-199")
        assert (part.status, part.content) == (206, whole[100:200])


def test_nginx_answers_304_to_a_reader_with_the_current_page(mirror):
    for encoding in ("br", "gzip", "identity"):
        tag = Answer(mirror.address, "/id/", Accept_Encoding=encoding).headers["ETag"]
        assert (
            Answer(mirror.address, "/id/", Accept_Encoding=encoding, If_None_Match=tag).status
            == 304
        )


def test_nginx_serves_a_page_at_one_address_only(mirror):
    redirect = Answer(mirror.address, "/id/visi")

    assert (redirect.status, redirect.headers["Location"]) == (301, "/id/visi/")
    assert_security_headers(redirect)
    pages = ("/id/index.html", "/id/index.html.br", "/index.html.gz", "/id/tidak-ada/", "/admin/")
    for path in (*pages, "/manifest.json", "/SHA256SUMS"):
        answer = Answer(mirror.address, path)
        assert answer.status == 404
        assert_refusal(answer)
