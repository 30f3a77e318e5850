"""The configurations of nginx that are shipped: gunicorn first, the copy where it does not answer, an export alone."""

import gzip
import http.client
import json
import re
import socket
import ssl
import subprocess
from contextlib import closing
from urllib.parse import urlsplit

import brotli
import pytest

from public.middleware import MINIMUM_LENGTH
from public.verification import Site, of_manifest
from tests.nginx import DEPLOY, IS_HERE, MISSING, Mirror, Nginx, Proxy
from tests.nodes import Node

pytestmark = pytest.mark.skipif(not IS_HERE, reason=MISSING)
DECODE = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}
OF_A_CONNECTION = {"Server", "Date", "Connection", "Content-Length", "Last-Modified", "Accept-Ranges", "ETag"}
NAME = "visi.example.go.id"
LATER = "Please try again in a few minutes."


class Answer:
    def __init__(self, address, path="/", method="GET", body=None, **headers):
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, names)
            response = connection.getresponse()
            self.status, self.headers, self.content = response.status, response.headers, response.read()
        finally:
            connection.close()

    @property
    def body(self):
        return DECODE[self.headers["Content-Encoding"]](self.content)


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A node that keeps a copy; the copy is written."""
    folder = tmp_path_factory.mktemp("node")
    running = Node(folder, {"PORTAL_COPY_DIR": str(folder / "copy")})
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
    running = Mirror(site.parent / "nginx", site)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def stopped(node, proxy):
    """The proxy while gunicorn is stopped."""
    node.stop()
    yield proxy
    node.start()


def sitemap_of(address):
    return [
        urlsplit(found).path for found in re.findall("<loc>(.*?)</loc>", Answer(address, "/sitemap.xml").body.decode())
    ]


# As it is shipped


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout privkey.pem -out fullchain.pem"
    names = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True)
    return folder


def test_nginx_takes_both_configurations_as_they_are_shipped(certificate, tmp_path):
    files = ("/etc/nginx/nginx-copy", DEPLOY / "nginx-copy")
    site = Nginx(tmp_path / "site", "nginx.conf", [files, ("/etc/letsencrypt/live/visi.example.go.id", certificate)])
    mirror = Nginx(tmp_path / "mirror", "nginx-static.conf", [files])

    assert "test is successful" in site.checked()
    assert "test is successful" in mirror.checked()


# In front of gunicorn


def test_pages_come_from_gunicorn_with_its_headers_as_they_are(node, proxy):
    for path in ("/id/", "/en/vision/2016-2021/", "/data/2016-2021.json", "/admin/login/", "/id/tidak-ada/"):
        through, direct = (
            Answer(proxy.address, path, Accept_Encoding="br"),
            Answer(node.address, path, Accept_Encoding="br"),
        )
        headers = [
            sorted((n, v) for n, v in answer.headers.items() if n not in OF_A_CONNECTION)
            for answer in (through, direct)
        ]
        assert through.status == direct.status
        if "admin" not in path:  # which has another token each time
            assert headers[0] == headers[1]
            assert through.body == direct.body


def test_while_gunicorn_is_stopped_every_page_of_the_sitemap_is_answered_as_before(node, proxy):
    pages = ["/", *sitemap_of(node.address), "/sitemap.xml", "/robots.txt", "/id/umpan.atom", "/data/2016-2021/1.json"]
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


def test_what_is_not_public_has_no_copy_and_says_when_to_come_again(stopped):
    paths = [
        "/admin/",
        "/admin/login/",
        "/pratinjau/x/",
        "/livez",
        "/readyz",
        "/static/x.css",
        "/id/tidak-ada/",
        "/lock",
    ]
    for path in paths:
        answer = Answer(stopped.address, path)
        assert (answer.status, answer.headers["Cache-Control"]) == (502, "no-store"), path
        assert LATER in answer.body.decode()
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_query_does_not_hide_the_copy_and_a_post_does_not_pass_for_a_get(stopped):
    assert Answer(stopped.address, "/id/?utm_source=x").status == 200
    assert Answer(stopped.address, "/id/", "POST", b"x=1").status == 405


def test_plain_http_is_sent_to_https_and_other_names_are_not_answered(proxy):
    plain = f"http://127.0.0.1:{proxy.plain_port}"
    redirect = Answer(plain, "/id/?x=1")

    assert (redirect.status, redirect.headers["Location"]) == (301, "https://127.0.0.1/id/?x=1")
    for address in (proxy.address, plain):
        with pytest.raises(http.client.RemoteDisconnected):
            Answer(address, "/id/", Host="evil.example")


def test_a_flood_of_logins_is_turned_away_before_it_reaches_gunicorn(proxy):
    tried = [Answer(proxy.address, "/admin/login/", "POST", b"username=a").status for _ in range(20)]

    assert set(tried) == {403, 429}
    assert Answer(proxy.address, "/admin/login/").status == 200
    assert Answer(proxy.address, "/id/").status == 200


def test_a_flood_of_logins_from_one_network_of_ipv6_counts_as_one(node, tmp_path):
    proxy = Proxy(tmp_path, [node.port], node.folder / "copy")
    site = tmp_path / "site.conf"
    site.write_text("set_real_ip_from 127.0.0.1; real_ip_header X-Stands-For;\n" + site.read_text())
    proxy.start()

    def tried(*clients):
        return [
            Answer(proxy.address, "/admin/login/", "POST", b"username=a", X_Stands_For=client).status
            for client in clients
        ]

    try:
        assert set(tried(*(f"2001:db8::{number:x}:0:0:{number:x}" for number in range(1, 21)))) == {403, 429}
        assert tried("2001:db8::1", "2001:db8:0:1::1", "192.0.2.1", "192.0.2.2") == [429, 403, 403, 403]
        assert set(tried(*["192.0.2.1"] * 20)) == {403, 429}
        assert tried("192.0.2.1", "192.0.2.2") == [429, 403]
    finally:
        proxy.stop()


def test_who_meets_a_worker_that_is_stuck_gets_the_copy(node, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as stuck:
        proxy = Proxy(tmp_path, [stuck.getsockname()[1]], node.folder / "copy")
        proxy.start()
        try:
            page, booklet = (Answer(proxy.address, path) for path in ("/id/", "/id/visi/2016-2021/buku.pdf"))
        finally:
            proxy.stop()

    assert (page.status, page.headers["X-Served-From"]) == (200, "copy")
    assert (booklet.status, booklet.headers["Content-Type"]) == (200, "application/pdf")


def test_a_body_beyond_three_megabytes_is_refused(proxy):
    assert Answer(proxy.address, "/id/", "POST", b"x" * 2_900_000).status in (400, 405)
    assert Answer(proxy.address, "/id/", "POST", b"x" * 3_200_000).status == 413


# In production, with TLS


class Https(http.client.HTTPSConnection):
    """Speaks to nginx on this machine as to the site that its certificate names."""

    def __init__(self, port, certificate, name=NAME):
        trust = ssl.create_default_context(cafile=certificate / "fullchain.pem")
        super().__init__(name, context=trust, timeout=60)
        self.place = ("127.0.0.1", port)

    def connect(self):
        self.sock = self._context.wrap_socket(socket.create_connection(self.place), server_hostname=self.host)


@pytest.fixture(scope="module")
def production(tmp_path_factory, certificate):
    """A node in production, and nginx as it is shipped before it."""
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


def test_every_page_comes_as_published_through_tls_from_gunicorn_and_from_the_copy(production, certificate):
    node, proxy = production
    manifest = json.loads((node.folder / "copy" / "current" / "manifest.json").read_bytes())

    def seen():
        with closing(Site(f"https://{NAME}")) as site:
            site.connection = Https(proxy.port, certificate)
            faults = [fault for expected in of_manifest(manifest) for fault in site.faults(expected)]
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


def test_a_name_that_is_not_the_sites_gets_no_certificate(production, certificate):
    _, proxy = production

    with closing(Https(proxy.port, certificate, "evil.example")) as stranger, pytest.raises(ssl.SSLError):
        stranger.connect()


# An export alone


def test_a_mirror_is_as_the_portal_says_it_was_published(node, mirror):
    assert f"{mirror.address} is as published" in node.manage("verify_site", mirror.address)


def test_a_mirror_gives_each_file_the_headers_that_gunicorn_gives(node, mirror):
    for path in ["/", *sitemap_of(node.address), *FILES]:
        for encoding in ("identity", "gzip", "br"):
            here, there = (Answer(place.address, path, Accept_Encoding=encoding) for place in (mirror, node))
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
    "/data/schema.json",
    "/id/kutip.bib",
    "/id/kutip.ris",
    "/id/visi/2016-2021/gambar.png",
    "/id/visi/2016-2021/buku.pdf",
]


def headers_of(answer):
    """The headers that must be the same. A server of files knows no names for those who save them, nor each style."""
    headers = {
        name: value for name, value in answer.headers.items() if name not in {*OF_A_CONNECTION, "X-Served-From"}
    }
    headers["Content-Security-Policy"] = re.sub("style-src .*?;", "", headers["Content-Security-Policy"])
    if len(answer.body) < MINIMUM_LENGTH:  # there is one encoding of it only
        headers.pop("Vary", None)
    disposition = headers.pop("Content-Disposition", "").partition(";")[0]
    return headers | ({"Content-Disposition": disposition} if disposition == "attachment" else {})


def test_encodings_and_ranges_in_turn_give_the_same_bytes(mirror):
    whole = Answer(mirror.address, "/id/").content

    for encoding in ("br", "identity", "gzip", "br, gzip;q=0.5", "deflate", "gzip", "br"):
        answer = Answer(mirror.address, "/id/", Accept_Encoding=encoding)
        assert answer.body == whole
        assert answer.headers.get_all("Vary") == ["Accept-Encoding"]
        part = Answer(mirror.address, "/id/", Accept_Encoding="identity", Range="bytes=100-199")
        assert (part.status, part.content) == (206, whole[100:200])


def test_who_has_a_page_is_told_so(mirror):
    for encoding in ("br", "gzip", "identity"):
        tag = Answer(mirror.address, "/id/", Accept_Encoding=encoding).headers["ETag"]
        assert Answer(mirror.address, "/id/", Accept_Encoding=encoding, If_None_Match=tag).status == 304


def test_one_page_has_one_address_there(mirror):
    redirect = Answer(mirror.address, "/id/visi")

    assert (redirect.status, redirect.headers["Location"]) == (301, "/id/visi/")
    for path in ("/id/index.html", "/id/index.html.br", "/index.html.gz", "/id/tidak-ada/", "/admin/"):
        assert Answer(mirror.address, path).status == 404
