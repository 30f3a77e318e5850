"""The static copy: each public address of a release as a file, read while Django cannot answer."""

import errno
import json
import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.urls import resolve

from editions import clock
from editions.data_folder.alarms import open_alarms
from editions.publishing import publish, withdraw
from magelang_portal import urls as root_urls
from missions.models import Mission
from public import compression, urls
from public.addresses import OEMBED
from public.booklet import typst_cache
from public.delivery import watch
from public.delivery.front import Front
from public.mirror import contents, keeper, reading, sums, writing
from public.mirror.reading import SUMS
from public.releases import Release
from tests.support.factories import NOTE, make_vision, publish_now, wib
from tests.support.servers.wsgi import Asked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
MISSION = "/id/visi/2016-2021/misi/1/"
# Addresses that no copy contains, with reasons. It contains all other public addresses.
NOT_COPIED = {
    "admin/": "for staff",
    "pratinjau/<str:token>/id/jawaban/": "answers to a draft",
    "pratinjau/<str:token>/en/answer/": "answers to a draft",
    "pratinjau/<str:token>/": "a draft, which staff share",
    "pratinjau/<str:token>/<path:rest>": "a draft, which staff share",
}


@pytest.fixture(autouse=True)
def _quick():
    """Save time: no typst and no slow compression; a booklet is its data as JSON."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            typst_cache,
            "document",
            lambda name, data, **options: json.dumps([name, data]).encode(),
        )
        patch.setattr(compression, "compressed", compression.compressed_quickly)
        yield


@pytest.fixture
def front(folder):
    return Front(WSGIHandler())


def write_copy():
    call_command("write_copy", verbosity=0)


def change_and_publish(vision, words):
    Mission.objects.filter(number=1).update(statement_ind=words)
    return publish_now(vision)


def in_copy(address):
    return (reading.current() / reading.file_of(address)).read_text()


# Contents


def test_every_public_address_pattern_is_copied_or_listed_as_an_exception(folder, settings):
    settings.SECURITY_CONTACT = "mailto:keamanan@example.go.id"
    settings.CITY_ARMS = folder.parent / "lambang.svg"
    settings.CITY_ARMS.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    settings.PROOF_DIR = folder.parent
    for name in ("checkpoint", "2016-2021-1.tsr"):
        (folder.parent / name).write_text("signed")
    copied = {resolve(address).route for address in contents.addresses(Release.agreed())}

    every = {str(pattern.pattern) for pattern in urls.urlpatterns}
    root = {str(pattern.pattern) for pattern in root_urls.urlpatterns} - {""}

    assert every - copied == {OEMBED}  # it answers only with a query
    assert root == set(NOT_COPIED)


def test_every_address_of_the_sitemap_is_copied_once(client, folder):
    addresses = list(contents.addresses(Release.agreed()))
    sitemap = {
        urlsplit(found).path
        for found in re.findall("<loc>(.*?)</loc>", client.get("/sitemap.xml").text)
    }

    assert len(sitemap) > 40
    assert sitemap <= set(addresses)
    assert len(addresses) == len(set(addresses))


def test_every_link_on_a_copied_page_leads_to_the_copy_or_to_a_withdrawn_edition(
    folder, live_portal
):
    withdraw(change_and_publish(live_portal, "Kalimat keliru."), reason=NOTE, withdrawn_by="Sri")
    change_and_publish(live_portal, "Membangun kota.")
    write_copy()

    addresses = reading.manifest_of(reading.current())["addresses"]
    links = {
        urlsplit(link).path
        for address in addresses
        if address.endswith("/")
        for link in re.findall(r'(?:href|src|action)="(/[^"#?]*)', in_copy(address))
    }

    gone = {link for link in links if link not in addresses}
    assert len(links) > 100
    assert gone == {"/id/visi/2016-2021/edisi/3/", "/en/vision/2016-2021/editions/3/"}


def test_the_copy_has_the_same_bytes_as_the_answers_in_each_encoding(front):
    write_copy()

    for address, entry in reading.manifest_of(reading.current())["addresses"].items():
        for encoding in ("", "gzip", "br"):
            answer = Asked(front, address, accept_encoding=encoding)
            file = reading.current() / (
                entry["file"] + reading.SUFFIXES[answer["Content-Encoding"] or ""]
            )
            assert file.read_bytes() == answer.body
            assert (entry["status"], entry["content_type"]) == (
                answer.status,
                answer["Content-Type"],
            )


def test_answers_from_the_copy_have_every_header_of_django(front):
    write_copy()

    for address in reading.manifest_of(reading.current())["addresses"]:
        for encoding, found in reading.find(address).encoded.items():
            answer = Asked(front, address, accept_encoding=encoding)
            assert (sorted(found.headers), found.body) == (answer.headers, answer.body)


@pytest.mark.usefixtures("few")
def test_the_copy_of_production_has_the_answers_over_https(folder, settings, monkeypatch):
    settings.PRODUCTION = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 3600

    monkeypatch.setattr(contents, "django", WSGIHandler)  # reads these settings again
    write_copy()

    page = Asked(WSGIHandler(), "/id/", x_forwarded_proto="https")
    found = reading.find("/id/").encoded[""]
    assert (sorted(found.headers), found.body) == (page.headers, page.body)
    assert page["Strict-Transport-Security"] == "max-age=3600"


@pytest.mark.usefixtures("few")
def test_a_web_server_may_read_the_copy_under_any_umask(folder):
    before = os.umask(0o077)
    try:
        write_copy()
    finally:
        os.umask(before)

    for path in [folder, *(reading.current()).rglob("*")]:
        assert oct(path.stat().st_mode)[-3:] == ("755" if path.is_dir() else "644")


def test_the_copy_contains_no_draft(folder, live_portal):
    Mission.objects.filter(number=1).update(
        statement_ind="RAHASIA-7391", statement_en="RAHASIA-7391"
    )
    publish(
        live_portal, note=NOTE, publisher="NAMA-7391", effective_at=wib(2030, 1, 1), may_be_far=True
    )  # nor a scheduled edition
    write_copy()

    for path in reading.current().rglob("*"):
        if path.is_file():
            content = (
                brotli.decompress(path.read_bytes()) if path.suffix == ".br" else path.read_bytes()
            )
            assert b"-7391" not in content


def test_a_withdrawal_removes_the_edition_from_the_copy_and_restores_the_one_before(
    folder, live_portal
):
    edition = change_and_publish(live_portal, "Kalimat keliru.")
    write_copy()
    assert "Kalimat keliru." in in_copy(MISSION)
    withdraw(edition, reason=NOTE, withdrawn_by="Sri")
    write_copy()  # before the second in which the withdrawal takes effect

    addresses = reading.manifest_of(reading.current())["addresses"]
    assert not [
        address
        for address in addresses
        if re.search("(edisi|editions)/3/|2016-2021/3.json", address)
    ]
    assert "Kalimat keliru." not in in_copy(MISSION) + in_copy("/data/2016-2021.json") + in_copy(
        "/id/umpan.atom"
    )


# When it is written


@pytest.mark.usefixtures("few")
def test_an_edition_about_to_take_effect_is_copied_at_its_time(folder, live_portal):
    Mission.objects.filter(number=1).update(statement_ind="Membangun kota.")
    edition = publish(live_portal, note=NOTE, publisher="Sri")
    write_copy()

    assert clock.now() >= edition.effective_at
    assert "Membangun kota." in in_copy(MISSION)


@pytest.mark.usefixtures("few")
def test_unchanged_files_are_linked_to_the_previous_copy(folder, live_portal):
    write_copy()
    before = reading.current()
    publish_now(make_vision(2031, 2035))
    write_copy()

    def number(folder, name):
        return (folder / name).stat().st_ino

    for name in (
        "data/2016-2021/1.json",
        "data/2016-2021/1.json.br",
        "id/aksesibilitas/index.html",
    ):
        assert number(before, name) == number(reading.current(), name)
    for name in ("id/visi/index.html", "id/visi/index.html.gz", "sitemap.xml", "manifest.json"):
        assert number(before, name) != number(reading.current(), name)


@pytest.mark.usefixtures("few")
def test_a_changed_file_is_not_linked_into_the_next_copy(folder, live_portal):
    write_copy()
    page, recorded = (reading.current() / name for name in ("id/aksesibilitas/index.html", SUMS))
    before = sums.hash_of(page)
    page.write_text("<a href=https://slot.example>")
    # An intruder who knows copies changes the sums as well.
    recorded.write_text(recorded.read_text().replace(before, sums.hash_of(page)))
    publish_now(make_vision(2031, 2035))
    write_copy()

    assert "slot.example" not in in_copy("/id/aksesibilitas/")


def raised():
    return [
        sentence
        for alarm in open_alarms()
        if alarm.name == "verify_site"
        for sentence in alarm.found
    ]


@pytest.mark.parametrize("publishes", [False, True])
@pytest.mark.usefixtures("few")
def test_a_changed_copy_raises_an_alarm_before_it_is_written_again(folder, live_portal, publishes):
    write_copy()
    (reading.current() / reading.file_of(MISSION)).write_text("<a href=https://slot.example>")
    (reading.current() / "slot.html").write_text("")
    if publishes:
        change_and_publish(live_portal, "Membangun kota.")

    write_copy()

    said = "it was not as it had been written, and was written again"
    page = f"the static copy, {reading.file_of(MISSION)}: {said}"
    assert raised() == [page, f"the static copy, slot.html: {said}"]


@pytest.mark.usefixtures("few")
def test_a_copy_without_its_checksums_raises_an_alarm(folder):
    write_copy()
    (reading.current() / SUMS).unlink()

    write_copy()

    assert raised() == [
        "the static copy, SHA256SUMS: it was not as it had been written, and was written again"
    ]


@pytest.mark.usefixtures("few")
def test_an_unchanged_copy_raises_no_alarm(folder, live_portal):
    write_copy()
    change_and_publish(live_portal, "Membangun kota.")
    write_copy()

    assert raised() == []


@pytest.mark.usefixtures("few")
def test_the_last_five_releases_are_kept(folder, live_portal):
    written = []
    for number in range(7):
        change_and_publish(live_portal, f"Membangun kota ke-{number}.")
        write_copy()
        written.append(reading.current().name)

    assert {path.name for path in folder.iterdir() if not path.is_symlink()} == set(written[-5:])


@pytest.fixture
def rounds(folder, monkeypatch):
    """The addresses of each copy that takes its place from now on."""
    noted, put_in_force = [], keeper.put_in_force

    def note(fresh, place):
        noted.append(set(json.loads((fresh / reading.MANIFEST).read_bytes())["addresses"]))
        return put_in_force(fresh, place)

    monkeypatch.setattr(keeper, "put_in_force", note)
    return noted


def test_pages_are_in_place_before_the_files_that_take_long(folder, settings, rounds):
    settings.CITY_ARMS = folder.parent / "lambang.png"  # pages show it
    settings.CITY_ARMS.write_bytes(b"")

    call_command("write_copy")

    first, second = rounds
    assert "/id/visi/2016-2021/" in first
    assert "/lambang.png" in first
    slow = (".pdf", ".png", ".epub")
    assert [path for path in second - first if not path.endswith(slow)] == ["/data/catalog.jsonld"]
    assert [path for path in first if path.endswith(slow)] == ["/lambang.png"]
    assert "/id/visi/2016-2021/buku.pdf" in second


def test_the_files_that_take_long_stay_when_only_the_proof_is_new(folder, settings, rounds):
    settings.PROOF_DIR = folder.parent / "proof"
    settings.PROOF_DIR.mkdir()
    write_copy()
    rounds.clear()
    for name in ("checkpoint", "2016-2021-1.tsr"):
        (settings.PROOF_DIR / name).write_text("signed")
    write_copy()

    (only,) = rounds
    assert {"/id/visi/2016-2021/buku.pdf", "/data/checkpoint", "/data/2016-2021/1.tsr"} <= only
    assert reading.is_whole(reading.current())


def test_the_second_round_renders_no_page_again_unless_somebody_changed_it(folder, monkeypatch):
    asked, answer, put_in_force = [], contents.answer, keeper.put_in_force

    def note(address, release):
        asked.append(address)
        return answer(address, release)

    def put_and_change(fresh, place):
        put_in_force(fresh, place)
        page = place / reading.file_of("/id/tentang/")
        page.write_text("<a href=https://slot.example>")
        (place / SUMS).write_bytes(sums.computed(place))
        return place

    monkeypatch.setattr(contents, "answer", note)
    monkeypatch.setattr(keeper, "prune_kept", lambda: 0)
    monkeypatch.setattr(keeper, "put_in_force", put_and_change)
    write_copy()

    again = [address for address in set(asked) if asked.count(address) > 1]
    assert again == ["/id/tentang/"]
    manifest = reading.manifest_of(reading.current())
    assert set(manifest["addresses"]) == set(contents.addresses(Release.agreed()))


@pytest.mark.usefixtures("few")
def test_a_complete_copy_is_not_written_again(folder, capsys):
    call_command("write_copy")
    assert "Written" in capsys.readouterr().out

    call_command("write_copy")
    assert capsys.readouterr().out == ""


def become_a_pipe(path):
    path.unlink()
    os.mkfifo(path)  # reading it would never end


@pytest.mark.parametrize(
    "damage", [lambda path: path.write_text("half"), Path.unlink, become_a_pipe]
)
@pytest.mark.usefixtures("few")
def test_a_damaged_file_of_the_copy_is_not_served_and_is_repaired(folder, damage):
    write_copy()
    whole = in_copy(MISSION)
    damage(reading.current() / reading.file_of(MISSION))

    assert reading.find(MISSION) is None
    assert reading.find("/id/")
    write_copy()
    assert in_copy(MISSION) == whole


@pytest.mark.usefixtures("few")
def test_files_of_a_killed_writer_are_never_served_and_are_deleted(folder):
    write_copy()
    page = in_copy(MISSION)
    half = folder / f"{'0' * 64}{writing.PARTIAL}"
    half.mkdir()
    (half / "index.html").write_text("half")
    (folder / "current.next").symlink_to(half.name)
    (reading.current() / "SHA256SUMS").unlink()  # so that the copy must be written

    assert in_copy(MISSION) == page
    write_copy()
    assert in_copy(MISSION) == page
    assert not half.exists()


def test_a_second_writer_does_not_start_while_one_is_writing(folder, monkeypatch):
    begun = []
    monkeypatch.setattr(keeper, "spawn_writer", begun.append)

    with keeper.locked():
        keeper.keep_up_with("key")
    assert begun == []
    keeper.keep_up_with("key")
    keeper.keep_up_with("key")  # no second attempt at once
    assert len(begun) == 1


@pytest.mark.parametrize(
    "deleted", ["the release", "all", "the link", "the manifest", "the files that follow"]
)
def test_a_deleted_copy_is_written_again_at_once(folder, monkeypatch, deleted, keep_pages_only):
    begun = []
    monkeypatch.setattr(contents, "addresses", lambda release: ["/id/", f"/{reading.LAST}"])
    monkeypatch.setattr(keeper, "spawn_writer", begun.append)
    monkeypatch.setattr(keeper, "_tried", {})
    write_copy()
    key = Release.agreed().key
    keeper.keep_up_with(key)
    assert begun == []

    {
        "the release": lambda: shutil.rmtree(reading.current()),
        "all": lambda: shutil.rmtree(folder),
        "the link": (folder / "current").unlink,
        "the manifest": (reading.current() / reading.MANIFEST).unlink,
        "the files that follow": keep_pages_only,
    }[deleted]()
    keeper.keep_up_with(key)

    assert len(begun) == 1
    write_copy()
    assert sums.faults_of(reading.current()) == []
    assert reading.is_whole(reading.current())


# When it cannot be written


@contextmanager
def full_disk():
    """A disk with room for a few files."""
    write_file, room = writing.write_file, iter(range(6))

    def write(path, content):
        if next(room, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write_file(path, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "write_file", write)
        yield


@pytest.mark.usefixtures("few")
def test_on_a_full_disk_the_copy_stays_as_it_was_and_the_next_attempt_repairs_it(
    folder, live_portal
):
    write_copy()
    page, files = in_copy(MISSION), sorted(folder.iterdir())
    change_and_publish(live_portal, "Membangun kota.")

    with full_disk(), pytest.raises(CommandError, match="No space left on device"):
        write_copy()
    assert (in_copy(MISSION), sorted(folder.iterdir())) == (page, files)

    write_copy()
    assert "Membangun kota." in in_copy(MISSION)


def test_publishing_and_reading_go_on_if_no_copy_can_be_written(
    folder, live_portal, settings, tmp_path, caplog
):
    (tmp_path / "file").touch()
    settings.COPY_DIR = tmp_path / "file" / "copy"
    Mission.objects.filter(number=1).update(statement_ind="Membangun kota.")

    publish(live_portal, note=NOTE, publisher="Sri", effective_at=wib(2026, 2, 1), may_be_past=True)

    assert "Membangun kota." in Asked(Front(WSGIHandler()), MISSION).text
    assert "the static copy cannot be written" in caplog.text


@pytest.mark.usefixtures("few")
def test_a_page_that_fails_is_left_out_of_the_copy(folder, monkeypatch):
    write_copy()
    before = reading.current()
    monkeypatch.setattr(contents, "addresses", lambda release: ["/id/", "/id/tidak-ada/"])
    publish_now(make_vision(2031, 2035))

    with pytest.raises(CommandError, match="/id/tidak-ada/ is answered with 404"):
        write_copy()
    assert reading.current() == before


def test_a_setting_turns_the_copy_off(folder, settings, capsys):
    settings.COPY_DIR = None

    assert reading.find("/id/") is None
    assert keeper.start_writing() is False
    write_copy()
    assert capsys.readouterr().out == "No copy is kept, as PORTAL_COPY_DIR is “off”.\n"


# When the database is lost


@pytest.mark.usefixtures("few")
def test_a_page_that_fails_without_the_database_comes_from_the_copy(front, monkeypatch):
    write_copy()
    page = in_copy(MISSION).encode()

    def fail(*arguments, **options):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr("public.pages.views.show", fail)
    front.django = WSGIHandler()

    answer = Asked(front, MISSION)

    assert (answer.status, answer["X-Served-From"], answer.body) == (200, "copy", page)
    assert Asked(front, "/id/visi/2016-2021/edisi/2/1/").status == 503


def test_the_copy_ignores_a_query_except_for_the_search_page(folder, monkeypatch):
    write_copy()
    page = in_copy("/id/tentang/").encode()

    def fail(*arguments, **options):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(watch, "stamp_and_time", fail)
    monkeypatch.setattr("public.pages.views.show", fail)
    front = Front(WSGIHandler())

    followed = Asked(front, "/id/tentang/", query="utm_source=x")

    assert (followed.status, followed["X-Served-From"], followed.body) == (200, "copy", page)
    assert Asked(front, "/id/cari/", query="q=kota").status == 503


# The export


@pytest.fixture
def site(folder, tmp_path):
    call_command("export_site", tmp_path / "site", verbosity=0)
    return tmp_path / "site"


def files_in(folder):
    """The content of each file, by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in files}


def test_an_export_has_the_same_files_as_the_copy(site):
    write_copy()

    assert files_in(site) == files_in(reading.current())


@pytest.mark.usefixtures("few")
def test_an_export_replaces_the_previous_one_and_repairs_changed_files(site, live_portal):
    (site / "id/index.html").write_text("<a href=https://slot.example>")
    change_and_publish(live_portal, "Membangun kota.")

    call_command("export_site", site, verbosity=0)

    assert "Membangun kota." in (site / reading.file_of(MISSION)).read_text()
    assert sums.faults_of(site) == []
    assert [path.name for path in site.parent.iterdir() if "site" in path.name] == ["site"]


def test_an_export_refuses_a_folder_with_other_files(site, tmp_path):
    (site / "surat.txt").write_text("penting")
    other = tmp_path / "other"
    other.mkdir()
    (other / "manifest.json").write_text("{}")

    for folder, name in ((site, "surat.txt"), (other, "manifest.json")):
        with pytest.raises(CommandError, match=f"not of an export, such as {name}"):
            call_command("export_site", folder)
        assert (folder / name).exists()


@pytest.mark.usefixtures("few")
def test_an_export_accepts_an_empty_folder(folder, tmp_path):
    (tmp_path / "empty").mkdir()

    call_command("export_site", tmp_path / "empty", verbosity=0)

    assert sums.faults_of(tmp_path / "empty") == []
