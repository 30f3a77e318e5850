"""The operator's program that hears of each release, as the example does for a mirror and a CDN."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from shutil import which
from time import monotonic

import pytest
from django.core.management import CommandError, call_command

from editions.data_folder.alarms import open_alarms
from magelang_portal.checks import hook_can_be_run
from missions.models import Mission
from public.booklet import typst_cache
from public.formats import verify_chain
from public.mirror import contents, hook, reading
from tests.support.factories import publish_now
from tests.support.repository import ROOT

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.usefixtures("few"),
    pytest.mark.skipif(os.geteuid() != 0, reason="the portal runs only a program of root"),
]
MISSION = "/id/visi/2016-2021/misi/1/"
BOOKLET = "/id/visi/2016-2021/buku.pdf"
RECORD = """#!/bin/sh
echo "$SITE_URL $RELEASE $COPY ${PORTAL_SECRET_KEY-none}" >>"$0.calls"
cat >"$0.addresses"
"""
EXAMPLE = ROOT / "deploy/publication-hook.example"


@pytest.fixture
def program(folder, settings, tmp_path):
    """A function that makes the program of this script."""

    def make(script):
        path = tmp_path / "hook"
        path.write_text(script)
        path.chmod(0o755)
        settings.PUBLICATION_HOOK = path
        return path

    return make


def write_copy():
    call_command("write_copy", verbosity=0)


def change_and_publish(vision, words):
    Mission.objects.filter(number=1).update(statement_ind=words)
    publish_now(vision)
    write_copy()


def calls(program):
    return program.with_name("hook.calls").read_text().splitlines()


def addresses(program):
    return program.with_name("hook.addresses").read_text().splitlines()


def raised():
    return [one for alarm in open_alarms() if alarm.name == hook.ALARM for one in alarm.found]


def test_the_first_run_gets_every_address_and_the_next_the_changed_ones(
    program, live_portal, settings
):
    recorder = program(RECORD)
    write_copy()
    everything = addresses(recorder)
    change_and_publish(live_portal, "Membangun kota.")

    assert everything == sorted(reading.manifest_of(reading.current())["addresses"])
    assert MISSION in addresses(recorder)
    assert "/data/2016-2021/1.json" not in addresses(recorder)
    copy = reading.current()
    assert calls(recorder)[1] == f"{settings.SITE_URL} {copy.name} {copy} none"


def test_it_runs_once_for_each_release(program, live_portal):
    recorder = program(RECORD)
    for _again in range(3):
        write_copy()
    change_and_publish(live_portal, "Membangun kota.")
    write_copy()

    assert len(calls(recorder)) == 2


@pytest.fixture
def booklet(monkeypatch):
    """A function that makes the booklet succeed with this body, or fail without one."""
    others = contents.addresses
    monkeypatch.setattr(contents, "addresses", lambda release: [*others(release), BOOKLET])

    def make(body):
        def document(name, data, **options):
            if body:
                return body
            raise OSError("typst is missing")

        monkeypatch.setattr(typst_cache, "document", document)

    make(b"%PDF-")
    return make


def test_the_changed_pages_are_told_although_the_booklet_cannot_be_made(
    program, live_portal, booklet
):
    recorder = program(RECORD)
    write_copy()
    booklet(None)
    for words in ("Membangun kota.", "Menjaga kota."):
        with pytest.raises(CommandError):
            change_and_publish(live_portal, words)
        assert MISSION in addresses(recorder)
        assert BOOKLET not in addresses(recorder)
    told = len(calls(recorder))
    with pytest.raises(CommandError):
        write_copy()
    assert len(calls(recorder)) == told

    booklet(b"%PDF-2")
    write_copy()

    assert addresses(recorder) == [BOOKLET]


def test_the_folder_stays_as_it_is_while_the_program_reads_it(program, booklet):
    recorder = program(RECORD + 'cd "$COPY"; ls -R >"$0.1"; sleep 3; ls -R | cmp - "$0.1"')

    write_copy()

    assert raised() == []
    assert addresses(recorder) == [BOOKLET]


def test_the_next_publication_does_not_wait_for_the_program(
    program, live_portal, booklet, monkeypatch
):
    program(RECORD)
    Mission.objects.filter(number=1).update(statement_ind="Membangun kota.")

    def is_running():
        """While the program runs for one edition, another is published."""
        monkeypatch.setattr(hook, "is_running", lambda: False)
        publish_now(live_portal)
        return True

    monkeypatch.setattr(hook, "is_running", is_running)
    write_copy()

    assert "Membangun kota." in (reading.current() / reading.file_of(MISSION)).read_text()
    assert (reading.current() / reading.file_of(BOOKLET)).exists()


@pytest.mark.parametrize("damage", ["half", "[]", '{"addresses": 1}'])
def test_all_is_told_again_after_the_record_was_damaged(program, settings, damage):
    recorder = program(RECORD)
    write_copy()
    everything = addresses(recorder)
    (settings.DATA_DIR / hook.FOLDER / "told.json").write_text(damage)

    write_copy()

    assert (len(calls(recorder)), addresses(recorder), raised()) == (2, everything, [])


def test_a_failure_raises_an_alarm_and_the_next_run_gets_the_addresses_again(program, live_portal):
    program(RECORD)
    write_copy()
    program("#!/bin/sh\necho the mirror does not answer >&2; exit 3")
    change_and_publish(live_portal, "Membangun kota.")
    recorder = program(RECORD)
    write_copy()

    assert "ended with status 3 (the mirror does not answer)" in raised()[0]
    assert MISSION in addresses(recorder)


def test_a_program_that_hangs_is_ended_with_those_it_started(program, monkeypatch, tmp_path):
    monkeypatch.setattr(hook, "LIMIT", 0.5)
    program(f"#!/bin/sh\n(sleep 60; touch {tmp_path}/late) & sleep 60")

    write_copy()

    assert "it took longer than 0.5 seconds" in raised()[0]


def test_nobody_waits_for_a_program_that_was_left_behind(program, monkeypatch):
    monkeypatch.setattr(hook, "LIMIT", 5)
    recorder = program(RECORD + "setsid sleep 30 &")
    began = monotonic()

    write_copy()

    assert len(calls(recorder)) == 1
    assert monotonic() - began < 25


@pytest.mark.parametrize("change", ["mode", "owner", "folder", "missing", "not executable"])
def test_a_program_that_others_may_change_is_not_run(program, change, tmp_path):
    recorder = program(RECORD)
    {
        "mode": lambda: recorder.chmod(0o775),
        "owner": lambda: os.chown(recorder, 65534, -1),
        "folder": lambda: tmp_path.chmod(0o777),
        "missing": recorder.unlink,
        "not executable": lambda: recorder.chmod(0o644),
    }[change]()

    write_copy()

    assert not recorder.with_name("hook.calls").exists()
    assert len(raised()) == 1
    assert [warning.id for warning in hook_can_be_run(None)] == ["portal.W020"]


class Cdn(BaseHTTPRequestHandler):
    """A CDN that accepts lists of addresses to forget, with a token."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_known = self.headers["Authorization"] == "Bearer rahasia"
        if is_known:
            self.server.forgotten += json.loads(body)["files"]
        self.send_response(200 if is_known else 403)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def cdn():
    with ThreadingHTTPServer(("127.0.0.1", 0), Cdn) as server:
        server.forgotten = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def proof_of(release):
    """The addresses that the check of the history reads."""
    yield "/data/checkpoint.txt"
    for period, editions in release.due.items():
        yield f"/data/{period}/chain.json"
        yield from (f"/data/{period}/{edition.number}.json" for edition in editions)


@pytest.fixture
def example(program, tmp_path, cdn, monkeypatch):
    """A function that installs the example with this token of the CDN; returns the mirror."""
    if not (which("rsync") and which("curl")):
        pytest.skip("apt-get install rsync curl")
    few = contents.addresses(None)
    monkeypatch.setattr(contents, "addresses", lambda release: sorted({*few, *proof_of(release)}))

    def install(token="rahasia"):
        secret, mirror = tmp_path / "cdn.curlrc", tmp_path / "mirror"
        secret.write_text(f'header = "Authorization: Bearer {token}"\n')
        script = EXAMPLE.read_text()
        for shipped, here in (
            ("mirror.example:/srv/www/visi/", f"{mirror}/"),
            ("/etc/portal-cdn.curlrc", str(secret)),
            ("/usr/local/lib/verify_chain.py", verify_chain.__file__),
            ("/var/lib/portal/mirror.json", str(tmp_path / "mirror.json")),
            ("https://cdn.example/purge", f"http://127.0.0.1:{cdn.server_port}/"),
        ):
            assert shipped in script
            script = script.replace(shipped, here)
        program(script)
        return mirror

    return install


@pytest.mark.parametrize("token", ["rahasia", "salah"])
def test_the_example_copies_the_site_to_a_mirror_and_purges_a_cdn(
    example, live_portal, settings, cdn, token
):
    mirror = example(token)
    write_copy()
    first = [*cdn.forgotten]
    change_and_publish(live_portal, "Membangun kota.")

    page = mirror / reading.file_of(MISSION)
    assert "Membangun kota." in page.read_text()
    if token == "salah":
        assert (cdn.forgotten, len(raised())) == ([], 1)
    else:
        assert f"{settings.SITE_URL}{MISSION}" in cdn.forgotten[len(first) :]
        assert raised() == []


def test_the_example_knows_a_copy_without_the_files_that_follow():
    assert f'[ -e "$COPY/{reading.LAST}" ]' in EXAMPLE.read_text()


def test_the_mirror_of_the_example_keeps_a_booklet_until_there_is_a_new_one(
    example, live_portal, booklet
):
    mirror = example()
    write_copy()
    (mirror / "slot.html").touch()
    booklet(None)
    with pytest.raises(CommandError):
        change_and_publish(live_portal, "Membangun kota.")

    assert (mirror / reading.file_of(BOOKLET)).read_bytes() == b"%PDF-"
    assert not (mirror / "slot.html").exists()


def test_the_example_copies_no_site_whose_list_is_gone(example, live_portal, monkeypatch):
    mirror = example()
    write_copy()
    page = (mirror / reading.file_of(MISSION)).read_text()
    others = contents.addresses
    monkeypatch.setattr(
        contents, "addresses", lambda release: {*others(release)} - {"/data/checkpoint.txt"}
    )
    change_and_publish(live_portal, "Membangun kota.")

    assert "list of editions is gone" in raised()[0]
    assert (mirror / reading.file_of(MISSION)).read_text() == page
