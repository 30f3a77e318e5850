"""A history that somebody rewrote on the server is found from outside."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing, contextmanager, suppress
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.support.repository import ROOT
from tests.support.servers.nodes import Node, clean
from tests.support.servers.scripts import PUBLISH
from tests.support.timestamps import authority
from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="apt-get install openssl")
MIRROR, PROOF = [(ROOT / f"docs/{name}.md").read_text() for name in ("mirror", "proof")]
FOLDER = "/var/lib/portal-sign"
LIST = "/data/checkpoint.txt"
SIGN = [sys.executable, "-m", "magelang_portal.operations.signing"]


class Portal:
    """A running portal, its signer, and a stranger with a copy of the verifier."""

    def __init__(self, folder):
        self.folder, self.signed = folder, folder / "signed"
        self.signed.mkdir()
        self.node = Node(folder / "node", {"PORTAL_PROOF_DIR": str(self.signed)})
        self.node.prepare()
        self.node.start()
        self.key = self.sign("make-key").stdout.strip()
        self.verifier = folder / "verify_chain.py"
        self.verifier.write_bytes(self.read("/data/verify_chain.py"))

    def read(self, path):
        with urllib.request.urlopen(self.node.address + path) as answer:
            return answer.read()

    def lists(self, path=LIST):
        with suppress(OSError):
            return self.read(path).decode()
        return ""

    def sign(self, *arguments, **environment):
        own = {"PORTAL_SITE_URL": self.node.address, "PORTAL_PROOF_DIR": str(self.signed)}
        return run(*SIGN, *arguments, environment=own | environment)

    def verify(self, *arguments):
        """What a stranger finds: (exit status, words)."""
        state = self.folder / "state.json"
        command = [sys.executable, "-I", self.verifier, "--state", state]
        ended = run(*command, *(arguments or [self.node.address]))
        return ended.returncode, ended.stdout + ended.stderr

    def publish(self, words):
        """Publish, and wait until the list has the new edition."""
        before = self.lists()
        script = PUBLISH.format(words=words)
        self.node.manage("shell", "--verbosity=0", "--command", script)
        wait_until(lambda: self.lists() not in ("", before))

    def rewrite(self, number=1):
        """Change an edition, and compute every later hash again, in the database."""
        before = self.lists()
        with closing(sqlite3.connect(self.node.folder / "portal.sqlite3")) as database:
            rewrite(database, number)
        return before


def run(*command, environment=None):
    return subprocess.run(
        command,
        cwd=ROOT,
        env=clean() | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )


def rewrite(database, number):
    triggers = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for name, _sql in triggers:
        database.execute(f'DROP TRIGGER "{name}"')
    before = None
    rows = database.execute("SELECT id, number, file FROM editions_edition ORDER BY number")
    for key, found, file in rows.fetchall():
        data = json.loads(file)
        data["previous"] = before or data["previous"]
        if found == number:
            data["note"]["id"] = "Kata lain"
            database.execute(
                "UPDATE editions_edition SET note_ind = 'Kata lain' WHERE id = ?", (key,)
            )
        file = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        before = sha256(file.encode()).hexdigest()
        database.execute(
            "UPDATE editions_edition SET file = ?, sha256 = ? WHERE id = ?", (file, before, key)
        )
    for _name, sql in triggers:
        database.execute(sql)
    database.commit()


@pytest.fixture
def portal(tmp_path):
    running = Portal(tmp_path)
    yield running
    running.node.stop()


def test_a_rewritten_history_is_found_from_outside_and_not_signed(portal):
    assert portal.sign().returncode == 0
    wait_until(lambda: portal.lists("/data/checkpoint"))
    status, words = portal.verify(portal.node.address, "--key", portal.key)
    assert (status, words[:12]) == (0, "All is well:")
    portal.publish("Membangun taman.")
    assert portal.sign().returncode == 0
    wait_until(lambda: "\n4\n" in portal.lists("/data/checkpoint"))
    assert portal.verify()[0] == 0

    before = portal.rewrite()  # with full access to the database
    wait_until(lambda: portal.lists() not in ("", before))

    status, words = portal.verify()
    assert status == 1
    assert "WRONG: 2016-2021/1 was rewritten." in words
    refused = portal.sign()
    assert refused.returncode == 1
    assert "2016-2021/1 was rewritten" in refused.stderr
    assert "Nothing was signed." in refused.stderr

    shutil.rmtree(portal.node.folder / "heads")  # with a shell as the portal's user
    portal.node.stop()
    portal.node.start()
    assert "as they were published" in portal.node.manage("verify_editions")  # it has no memory

    status, words = portal.verify(portal.node.address, "--lang", "id")
    assert status == 1
    assert "SALAH: 2016-2021/1 diubah." in words
    assert portal.sign().returncode == 1


class Intruder(BaseHTTPRequestHandler):
    """Stands before the portal, as somebody does who took its socket; alters some answers."""

    def do_GET(self):
        status, body = self.server.instead.get(self.path) or self.passed_on()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def passed_on(self):
        try:
            with urllib.request.urlopen(self.server.portal + self.path) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def log_message(self, *arguments):
        pass


@contextmanager
def intruder(portal, instead):
    """The address of a server that answers ``instead`` by path, and else what the portal does."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Intruder) as server:
        server.portal, server.instead = portal.node.address, instead
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_a_server_that_alters_answers_is_found_by_the_files_of_the_editions(portal):
    assert portal.sign().returncode == 0
    wait_until(lambda: portal.lists("/data/checkpoint"))
    assert portal.verify(portal.node.address, "--key", portal.key)[0] == 0
    lists = {path: (200, portal.read(path)) for path in ("/data/checkpoint", LIST)}
    with intruder(portal, {"/data/2016-2021/2.json": (404, b"")}) as address:
        status, words = portal.verify(address)
        assert (status, words.count("the file of 2016-2021/2 is missing")) == (1, 1)

    portal.publish("Membangun taman.")  # readers see it, and both lists lack it
    with intruder(portal, lists) as address:
        status, words = portal.verify(address)
        assert (status, words.count("2016-2021/4 is shown to readers")) == (1, 1)

    page = {"/id/visi/2016-2021/": (200, b"Kalimat lain.")}  # nobody but readers can find this
    with intruder(portal, page) as address:
        assert portal.verify(address)[0] == 0


def test_a_stranger_without_openssl_hears_that_the_signature_was_not_checked(portal, monkeypatch):
    portal.sign()
    wait_until(lambda: portal.lists("/data/checkpoint"))
    monkeypatch.setenv("PATH", "/nowhere")

    status, words = portal.verify(portal.node.address, "--key", portal.key)

    assert status == 2
    assert "The signature was not checked: openssl is missing, or" in words
    assert "All is well" not in words
    assert words.splitlines()[-1].startswith("NOT COMPLETE: 3 editions are as they were")


@pytest.mark.skipif(not shutil.which("rsync"), reason="apt-get install rsync")
def test_a_mirror_does_not_take_over_a_rewritten_history(portal):
    mirror, export = portal.folder / "mirror", portal.folder / "site"
    page, first = mirror / "data/2016-2021/1.json", portal.read("/data/2016-2021/1.json")

    portal.node.manage("export_site", str(export))
    copy_to_mirror(portal, export, mirror)
    assert page.read_bytes() == first

    portal.rewrite()
    portal.node.manage("export_site", str(export))
    words = copy_to_mirror(portal, export, mirror)

    assert "WRONG: 2016-2021/1 was rewritten." in words
    assert (export / "data/2016-2021/1.json").read_bytes() != first
    assert page.read_bytes() == first
    rewritten = shutil.copytree(export, portal.folder / "rewritten")
    for hinder in (
        (export / "data/checkpoint.txt").unlink,
        (export / "data/checkpoint").mkdir,
        partial(os.truncate, portal.folder / "mirror.json", 0),
        portal.verifier.unlink,
    ):
        shutil.rmtree(export)
        shutil.copytree(rewritten, export)
        hinder()
        copy_to_mirror(portal, export, mirror)
        assert page.read_bytes() == first


@pytest.mark.skipif(not shutil.which("rrsync"), reason="apt-get install rsync")
def test_other_nodes_get_the_signature_but_not_the_key(tmp_path):
    signer, other = tmp_path / "signer", tmp_path / "other"
    (signer / "private").mkdir(parents=True)
    other.mkdir()
    for name in ("private/key", "checkpoint", "2016-2021-1.tsr", ".checkpoint.part"):
        (signer / name).write_text(name)
    remote = tmp_path / "ssh"
    forced = re.search(r'command="(rrsync .+)" KEY', PROOF)[1].replace(FOLDER, str(other))
    remote.write_text(f'#!/bin/sh\nshift\nSSH_ORIGINAL_COMMAND="$*" exec {forced}\n')
    remote.chmod(0o755)
    command = re.search(r"^ExecStopPost=(.+)$", PROOF, re.MULTILINE)[1]

    words = command.replace(FOLDER, str(signer)).split()
    copied = run(*words, environment={"RSYNC_RSH": str(remote)})

    assert copied.stderr == ""
    assert sorted(path.name for path in other.iterdir()) == ["2016-2021-1.tsr", "checkpoint"]


def copy_to_mirror(portal, export, mirror):
    """The commands of docs/mirror.md after the export, with folders of this test."""
    commands = re.search(r"^python3 .+ &&\nrsync .+$", MIRROR, re.MULTILINE)[0]
    for shipped, here in (
        ("/usr/local/lib/verify_chain.py", portal.verifier),
        ("/var/cache/portal/site", export),
        ("/root/mirror.json", portal.folder / "mirror.json"),
        ("mirror.example:/srv/www/visi/", f"{mirror}/"),
    ):
        assert shipped in commands
        commands = commands.replace(shipped, str(here))
    return run("sh", "-c", commands).stdout


def test_a_timestamp_service_dates_each_edition_once(portal):
    with authority(portal.folder / "authority") as service:
        named = {
            "PORTAL_TIMESTAMP_URL": service.address,
            "PORTAL_TIMESTAMP_CA": str(service.certificate),
        }
        for _twice in range(2):
            assert portal.sign(**named).stderr == ""
        asked = service.asked
        assert asked == portal.lists().count("2016-2021 ")

        portal.publish("Membangun taman.")
        service.spoilt = b"no timestamp"
        refused = portal.sign(**named)
        assert "compare PORTAL_TIMESTAMP_CA" in refused.stderr
        assert not (portal.signed / f"2016-2021-{asked + 1}.tsr").exists()
        assert f"\n{asked + 1}\n" in (portal.signed / "checkpoint").read_text()

    wait_until(lambda: portal.lists("/data/checkpoint"))
    for name in ("1.json", "1.tsr"):
        (portal.folder / name).write_bytes(portal.read(f"/data/2016-2021/{name}"))
    command = re.search(r"^openssl ts -verify .+ -attime .+$", PROOF, re.MULTILINE)[0]
    for shipped, here in (
        ("2.json", portal.folder / "1.json"),
        ("2.tsr", portal.folder / "1.tsr"),
        ("authority.pem", service.certificate),
    ):
        command = command.replace(shipped, str(here))
    assert "Verification: OK" in run("sh", "-c", command).stdout
    assert b"/data/2016-2021/1.tsr" in portal.read("/en/vision/2016-2021/editions/1/")
