"""`verify_site` compares a live site with the published editions, and names the differences."""

import gzip
import json
import os
import re
import threading
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from editions.document import Text
from editions.publishing import withdraw
from missions.models import Mission
from public import compression
from public.booklet import typst_cache
from public.management.commands import verify_site
from public.mirror import contents, keeper, reading, sums, verification
from public.mirror.copy_verification import Copy
from public.releases import Release
from tests.support.factories import make_vision, publish_now
from tests.support.servers.ports import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
MISSION = "/id/visi/2016-2021/misi/1/"
FEW = [
    "/",
    "/id/",
    "/en/",
    "/id/umpan.atom",
    "/data/2016-2021/1.json",
    "/id/visi/2016-2021/buku.pdf",
    MISSION,
]
MADE_BY_TYPST, EVERY_ADDRESS = typst_cache.document, contents.addresses
COMPRESS = {"br": partial(brotli.compress, quality=1), "gzip": gzip.compress, "": bytes}
LINK = b'<a href="https://slot-gacor.example">Slot gacor</a>'


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(
        typst_cache,
        "document",
        lambda name, data, **options: json.dumps([name, data]).encode(),
    )
    monkeypatch.setattr(compression, "compressed", compression.compressed_quickly)
    monkeypatch.setattr(contents, "addresses", lambda release: FEW)
    monkeypatch.setattr(verify_site, "SECOND_LOOK", 0)


class Server(ThreadingHTTPServer):
    """Serves an export. ``changed(path, headers)`` may return another (status, type, body)."""

    def __init__(self, folder, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.folder, self.manifest = folder, json.loads((folder / "manifest.json").read_bytes())
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.changed, self.also_sent = (lambda path, headers: None), {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        encoding, (status, content_type, body) = (
            "",
            self.server.changed(self.path, self.headers) or self.found(),
        )
        if status == 200:
            encoding = {"br": "br", "gzip": "gzip"}.get(self.headers["Accept-Encoding"], "")
            body = COMPRESS[encoding](body)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        for name, value in self.server.also_sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def found(self):
        if entry := self.server.manifest["addresses"].get(self.path):
            return 200, entry["content_type"], (self.server.folder / entry["file"]).read_bytes()
        return 404, "text/plain", b"not found"

    def log_message(self, *arguments):
        pass


@contextmanager
def served(folder, port=0):
    with Server(folder, port) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def site(live_portal, tmp_path):
    """A web server that serves an export of the portal."""
    call_command("export_site", tmp_path / "site", verbosity=0)
    with served(tmp_path / "site") as server:
        yield server


def add_link(folder):
    page = folder / "index.html"
    page.write_bytes(page.read_bytes().replace(b"</body>", LINK + b"</body>"))


def add_file(folder):
    (folder / "slot.html").write_bytes(LINK)


def faults_of(site, *arguments):
    with pytest.raises(CommandError) as failed:
        call_command("verify_site", site.url, *arguments)
    return str(failed.value).splitlines()[1:]


def test_an_unchanged_site_passes(site, capsys):
    call_command("verify_site", site.url)

    assert capsys.readouterr().out == (
        f"{site.url} is as published: 7 addresses of release {site.manifest['release']}, "
        "24 answers\n"
    )


def test_verification_finds_and_shows_one_changed_byte(site):
    page = site.folder / reading.file_of(MISSION)
    page.write_bytes(page.read_bytes().replace(b"Meningkatkan", b"meningkatkan", 1))

    faults = faults_of(site)

    assert len(faults) == 3
    assert all(
        MISSION in fault and "meningkatkan" in fault and "Meningkatkan" in fault for fault in faults
    )


def test_verification_finds_a_link_shown_only_to_search_engines(site):
    def cloak(path, headers):
        if path == "/id/" and "Googlebot" in headers.get("User-Agent", ""):
            page = (site.folder / reading.file_of(path)).read_bytes()
            return 200, "text/html; charset=utf-8", page.replace(b"</body>", LINK + b"</body>")
        return None

    site.changed = cloak

    (fault,) = faults_of(site)
    assert "/id/, as a search engine reads it: other bytes: “" in fault
    assert "slot-gacor.example" in fault


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ((404, "text/html", b""), "status 404 instead of 200"),
        ((500, "text/html", b""), "status 500 instead of 200"),
        ((200, "text/plain", b"x"), "type text/plain instead of application/atom+xml"),
        (
            (200, "application/atom+xml;charset=UTF-8", b"\x1b[2J"),
            "other bytes: “ [2J” instead of “<?xml",
        ),
    ],
)
def test_verification_names_missing_files_and_wrong_content_types(site, answer, fault):
    site.changed = lambda path, headers: answer if path == "/id/umpan.atom" else None

    faults = faults_of(site)

    assert len(faults) == 3
    assert all("/id/umpan.atom, as a" in found and fault in found for found in faults)


def test_verification_finds_a_header_that_redirects_readers(site):
    site.also_sent = {"Refresh": "0; url=https://slot-gacor.example"}

    assert "a header Refresh: 0; url=https://slot-gacor.example" in faults_of(site)[0]


def test_verification_finds_unpublished_pages(site):
    site.changed = lambda path, headers: (200, "text/html", LINK) if path.endswith(".php") else None

    (fault,) = faults_of(site)

    assert "status 200, though nothing was published there" in fault


def test_verification_finds_a_withdrawn_edition_that_is_still_served(site, live_portal):
    Mission.objects.filter(number=1).update(statement_ind="Kalimat keliru.")
    edition = publish_now(live_portal)
    withdraw(edition, reason=Text("Salah.", "Wrong."), withdrawn_by="Sri")
    site.changed = lambda path, headers: (200, "text/html", b"") if "/edisi/3/" in path else None

    assert any("/id/visi/2016-2021/edisi/3/: status 200" in fault for fault in faults_of(site))


def test_every_form_of_a_withdrawn_edition_must_be_gone(client, live_portal):
    Mission.objects.filter(number=1).update(statement_ind="Kalimat keliru.")
    edition = publish_now(live_portal)
    forms = {path for path in EVERY_ADDRESS(Release.agreed()) if contents.edition_of(path)}
    of_edition = {path for path in forms if contents.edition_of(path) == ("2016-2021", 3)}
    withdraw(edition, reason=Text("Salah.", "Wrong."), withdrawn_by="Sri")

    gone = set(verification.absent(Release.current()))

    assert of_edition - gone == {path for path in of_edition if path.endswith("/2/3/")}
    assert {client.get(path).status_code for path in gone} <= {404, 410}


def test_verification_finds_a_site_that_still_serves_the_previous_text(site, live_portal):
    Mission.objects.filter(number=1).update(statement_ind="Membangun kota.")
    publish_now(live_portal)

    assert any(MISSION in fault for fault in faults_of(site))


def test_a_publication_during_verification_is_no_fault(site, live_portal, tmp_path, monkeypatch):
    """The site already had the new release when it was compared with the old one."""
    vision = make_vision(2031, 2035)

    def publish_and_export(path, headers):
        site.changed = lambda path, headers: None
        publish_now(vision)
        call_command("export_site", site.folder, verbosity=0)
        site.manifest = json.loads((site.folder / "manifest.json").read_bytes())
        connection.close()  # the connection of the server's thread

    site.changed = publish_and_export

    call_command("verify_site", site.url)


def test_a_site_can_be_verified_with_a_manifest_alone(site, tmp_path, capsys):
    manifest = tmp_path / "kept.json"
    manifest.write_bytes((site.folder / "manifest.json").read_bytes())
    call_command("verify_site", site.url, "--manifest", manifest)
    assert "7 addresses" in capsys.readouterr().out
    (site.folder / "id/index.html").write_bytes(LINK)

    assert [fault.partition(":")[2] for fault in faults_of(site, "--manifest", manifest)] == [
        " other bytes"
    ] * 3


@pytest.mark.parametrize("content", ["{}", "[]", "", '{"release": "x", "addresses": {"/": {}}}'])
def test_verification_refuses_a_file_that_is_not_a_manifest(live_portal, tmp_path, content):
    (tmp_path / "file.json").write_text(content)

    with pytest.raises(CommandError, match="is not the manifest of a copy or an export"):
        call_command("verify_site", "http://127.0.0.1:1", "--manifest", tmp_path / "file.json")


def test_an_unreachable_site_is_reported_in_one_sentence(live_portal):
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(CommandError) as failed:
        call_command("verify_site", url)

    assert str(failed.value) == f"{url}/ is not answered: [Errno 111] Connection refused"


@pytest.mark.parametrize(
    "url", ["visi.example.go.id", "ftp://visi.example.go.id", "https://visi.example.go.id/id/"]
)
def test_verification_refuses_an_address_that_is_not_a_site(live_portal, url):
    with pytest.raises(CommandError, match="write https:// and a host name only"):
        call_command("verify_site", url)


def test_verification_finds_a_changed_booklet_in_the_data_folder(
    live_portal, settings, tmp_path, monkeypatch
):
    monkeypatch.setattr(typst_cache, "document", MADE_BY_TYPST)
    monkeypatch.setattr(contents, "addresses", lambda release: ["/id/visi/2016-2021/buku.pdf"])
    settings.DATA_DIR = tmp_path
    call_command("export_site", tmp_path / "before", verbosity=0)
    (booklet,) = (tmp_path / "kept").iterdir()
    booklet.write_bytes(booklet.read_bytes() + LINK)
    call_command("export_site", tmp_path / "after", verbosity=0)

    with served(tmp_path / "before") as site:
        call_command("verify_site", site.url)
    with served(tmp_path / "after") as site:
        assert len(faults_of(site)) == 3
    assert booklet.read_bytes().endswith(LINK)  # the file stays as evidence


# Old editions take turns


@pytest.fixture
def many(live_portal, monkeypatch):
    """Five editions, of which the newest is read every hour and the others take turns."""
    monkeypatch.setattr(verification, "OLD_PER_HOUR", 1)
    monkeypatch.setattr(
        contents,
        "addresses",
        lambda release: [
            each
            for each in EVERY_ADDRESS(release)
            if each == "/" or ("/edisi/" in each and each.endswith("/"))
        ],
    )
    for number in range(3):
        Mission.objects.filter(number=1).update(statement_ind=f"Membangun kota, kali ke-{number}.")
        publish_now(live_portal)


def test_verifications_read_all_old_editions_within_a_day_in_turns(many):
    release = Release.agreed()
    every = {("2016-2021", number) for number in range(1, 6)}

    read = [every - verification.left_out(release, hour) for hour in range(24)]

    assert set.union(*read) == every
    assert all(("2016-2021", 5) in of_hour for of_hour in read)
    assert max(map(len, read)) <= 1 + verification.OLD_PER_HOUR


def test_a_verification_reads_few_old_editions_by_default_and_all_with_the_option(
    many, tmp_path, capsys
):
    call_command("export_site", tmp_path / "site", verbosity=0)
    with served(tmp_path / "site") as site:
        call_command("verify_site", site.url)
        some = int(re.search(r"(\d+) answers", capsys.readouterr().out)[1])
        call_command("verify_site", site.url, "--all")
        every = int(re.search(r"(\d+) answers", capsys.readouterr().out)[1])

    assert some < every * 2 / 3


def test_a_changed_old_edition_is_found_within_a_day_or_at_once_with_the_option(
    many, tmp_path, monkeypatch
):
    call_command("export_site", tmp_path / "site", verbosity=0)
    with served(tmp_path / "site") as site:
        page = site.folder / reading.file_of("/id/visi/2016-2021/edisi/4/")
        page.write_bytes(page.read_bytes().replace(b"</body>", LINK + b"</body>"))
        found = 0
        for hour in range(4):
            monkeypatch.setattr(verify_site, "time", lambda hour=hour: hour * 3600)
            with suppress(CommandError):
                call_command("verify_site", site.url)
                continue
            found += 1

        assert found == 1
        assert "/edisi/4/, as a browser reads it" in faults_of(site, "--all")[0]


@pytest.mark.parametrize("change", [add_link, add_file])
def test_a_copy_whose_checksums_differ_is_found_within_the_hour(
    many, settings, tmp_path, monkeypatch, change
):
    settings.COPY_DIR, settings.DATA_DIR = tmp_path / "copy", tmp_path
    monkeypatch.setattr(keeper, "spawn_writer", lambda lock: None)
    call_command("write_copy", verbosity=0)
    change(reading.current() / "id/visi/2016-2021/edisi/4")

    for hour in range(3):
        copied = Copy(release := Release.agreed())
        for expected in verification.of_release(release, hour=hour):
            assert list(copied.faults(expected)) == [] or "/edisi/4/" in expected.address
        assert list(copied.other_faults()) != []


# The static copy


@pytest.fixture
def own(live_portal, settings, tmp_path, monkeypatch):
    """The portal's site as published, and its static copy."""
    port = free_port()
    settings.SITE_URL, settings.COPY_DIR = f"http://127.0.0.1:{port}", tmp_path / "copy"
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(
        keeper, "spawn_writer", lambda lock: None
    )  # it would read the settings of another portal
    call_command("write_copy", verbosity=0)
    call_command("export_site", tmp_path / "site", verbosity=0)
    with served(tmp_path / "site", port) as server:
        yield server


def add_link_to_page(folder):
    page = folder / reading.file_of(MISSION)
    page.write_bytes(page.read_bytes().replace(b"</body>", LINK + b"</body>"))


def add_link_to_one_encoding(folder):
    page = folder / (reading.file_of(MISSION) + ".br")
    page.write_bytes(
        brotli.compress(brotli.decompress(page.read_bytes()).replace(b"</body>", LINK + b"</body>"))
    )


def lead_elsewhere(folder):
    manifest = folder / "manifest.json"
    said = json.loads(manifest.read_bytes())
    said["headers"]["Refresh"] = "0; url=https://slot-gacor.example"
    manifest.write_text(json.dumps(said))


def pipe(path):
    path.unlink()
    os.mkfifo(path)  # reading it would never end


CHANGES = {
    f"{reading.file_of(MISSION)}: other bytes: “.*slot-gacor.*” instead of “": add_link_to_page,
    f"{reading.file_of(MISSION)}.br: other bytes: “.*slot-gacor": add_link_to_one_encoding,
    "id/index.html: it is missing": lambda folder: (folder / "id/index.html").unlink(),
    "id/index.html.gz: it cannot be read": lambda folder: (folder / "id/index.html.gz").write_bytes(
        b"\x1f\x8b\x08"
    ),
    "id/slot.html: nobody published it": lambda folder: (folder / "id/slot.html").write_bytes(LINK),
    "en/index.html: it is missing": lambda folder: pipe(folder / "en/index.html"),
    "slot: nobody published it": lambda folder: (folder / "slot").symlink_to("/tmp"),
    "manifest.json: it says something else": lead_elsewhere,
    "SHA256SUMS: they are not those": lambda folder: (folder / "SHA256SUMS").unlink(),
}


def test_verification_compares_the_static_copy_too(own, capsys):
    call_command("verify_site", own.url)

    assert capsys.readouterr().out.endswith(", 24 answers, and the static copy\n")


def test_verification_finds_a_changed_copy_even_if_its_checksums_match(own, monkeypatch):
    monkeypatch.setattr(contents, "addresses", lambda release: ["/id/", "/en/", MISSION])
    call_command("write_copy", "--anew", verbosity=0)
    for fault, change in CHANGES.items():
        folder = reading.current()
        change(folder)
        if (folder / "SHA256SUMS").exists():
            with suppress(OSError):
                (folder / "SHA256SUMS").write_bytes(sums.computed(folder))

        found, *_, way_out = faults_of(own)

        assert re.match(f"the static copy, {fault}", found)
        assert way_out.endswith("manage.py write_copy --anew")
        call_command("write_copy", "--anew", verbosity=0)
    call_command("verify_site", own.url)


def test_verification_of_another_site_or_a_manifest_ignores_the_static_copy(own):
    add_link_to_page(reading.current())

    call_command("verify_site", own.url.replace("127.0.0.1", "localhost"))
    call_command("verify_site", own.url, "--manifest", own.folder / "manifest.json")


def test_a_static_copy_that_is_being_replaced_is_no_fault(own, live_portal, monkeypatch):
    Mission.objects.filter(number=1).update(statement_ind="Membangun kota.")
    publish_now(live_portal)
    call_command("export_site", own.folder, verbosity=0)
    own.manifest = json.loads((own.folder / "manifest.json").read_bytes())

    older, _way_out = faults_of(own)
    assert older == f"the static copy is of release {reading.current().name}"

    monkeypatch.setattr(keeper, "wait_for_writer", lambda: call_command("write_copy", verbosity=0))
    call_command("verify_site", own.url)


def test_a_copy_with_its_pages_only_is_completed_before_it_is_called_wrong(
    own, monkeypatch, keep_pages_only
):
    keep_pages_only()
    assert "buku.pdf: it is missing" in faults_of(own)[0]

    monkeypatch.setattr(
        keeper, "spawn_writer", lambda lock: call_command("write_copy", lock=os.dup(lock))
    )
    monkeypatch.setattr(keeper, "_tried", {})
    call_command("verify_site", own.url)


def test_a_missing_static_copy_is_a_fault(own):
    (reading.current().parent / "current").unlink()

    assert faults_of(own)[0] == "the static copy: there is none"
