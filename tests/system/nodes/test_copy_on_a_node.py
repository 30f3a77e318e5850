"""The copy beside a running portal follows publications, survives kills, and serves alone."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from public.mirror import sums, writing
from tests.support.repository import ROOT
from tests.support.servers.answers import Answer, sitemap_of
from tests.support.servers.nodes import Node
from tests.support.servers.scripts import PUBLISH
from tests.support.waiting import wait_until

MISSION = "id/visi/2016-2021/misi/1/index.html"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    folder = tmp_path_factory.mktemp("node")
    running = Node(folder, {"PORTAL_COPY_DIR": str(folder / "copy")})
    running.prepare()
    running.start()
    yield running
    running.stop()
    wait_until(lambda: not writers_of(running))


def publish(node, words):
    """Publish without waiting for the writer of the copy: it shares no pipe with this process."""
    command = [
        sys.executable,
        "manage.py",
        "shell",
        "--verbosity=0",
        "--command",
        PUBLISH.format(words=words),
    ]
    subprocess.run(command, cwd=ROOT, env=node.environment, check=True)


def in_copy(node):
    """The mission's page in the current copy; empty while there is none."""
    with suppress(FileNotFoundError):
        return (node.folder / "copy" / "current" / MISSION).read_text()
    return ""


def writers_of(node):
    """The process ids of the writers of its copy."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (
                b"write_copy" in (process / "cmdline").read_bytes()
                and f"{node.folder}/".encode() in (process / "environ").read_bytes()
            ):
                found.append(int(process.name))
    return found


def test_a_starting_portal_writes_its_copy_without_any_reader(node):
    wait_until(lambda: in_copy(node))

    assert sums.faults_of((node.folder / "copy" / "current").resolve()) == []


def test_its_sums_are_checked_by_a_standard_tool(node):
    wait_until(lambda: in_copy(node))
    folder = (node.folder / "copy" / "current").resolve()
    others = [path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS"]

    command = ["sha256sum", "--check", "SHA256SUMS"]
    checked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout
    assert len(checked.stdout.splitlines()) == len(others)


def test_the_copy_follows_each_publication(node):
    publish(node, "Membangun kota bersama warga.")

    wait_until(lambda: "Membangun kota bersama warga." in in_copy(node))


def test_a_kill_while_the_copy_is_written_shows_no_mix_and_the_next_start_repairs_it(
    node,
):
    killed = 0
    for number in range(4):
        words = f"Membangun kota, kali ke-{number}."
        publish(node, words)
        time.sleep(random.uniform(0, 2))
        writers = writers_of(node)
        for writer in writers:
            with suppress(ProcessLookupError):
                os.kill(writer, signal.SIGKILL)
        node.stop(signal.SIGKILL)
        killed += len(writers)

        assert sums.faults_of((node.folder / "copy" / "current").resolve()) == []
        node.start()
        wait_until(lambda words=words: words in in_copy(node))

    assert killed > 0
    wait_until(lambda: not list((node.folder / "copy").glob(f"*{writing.PARTIAL}")))


def test_a_deleted_copy_is_written_again_within_seconds_of_the_next_reader(node):
    wait_until(lambda: in_copy(node) and not writers_of(node))
    shutil.rmtree((node.folder / "copy" / "current").resolve())

    Answer(node.address, "/id/")

    wait_until(lambda: in_copy(node))


@pytest.mark.parametrize("kind", ["damaged", "no database"])
def test_a_portal_that_starts_on_a_corrupt_database_goes_on_from_the_copy(node, kind):
    wait_until(lambda: in_copy(node) and not writers_of(node))
    database = node.folder / "portal.sqlite3"
    good = database.read_bytes()
    node.stop()
    damaged = good[:4096] + os.urandom(len(good) - 4096)
    database.write_bytes(damaged if kind == "damaged" else b"this is no database" * 1000)
    node.start()
    try:
        assert Answer(node.address, "/id/").headers["X-Served-From"] == "copy"
        statuses = {path: Answer(node.address, path).status for path in STATUSES_WITHOUT_DATABASE}
        said = {command[0]: said_by(node, *command) for command in VERIFICATIONS}
    finally:
        database.write_bytes(good)
    wait_until(lambda: Answer(node.address, "/id/").headers["X-Served-From"] is None)

    assert statuses == STATUSES_WITHOUT_DATABASE
    for command, words in said.items():
        assert re.fullmatch("The database .* is damaged .* manage.py restore FILE.", words), command
        assert "\n" not in words
    node.manage("acknowledge_alarm", "verify_editions")


STATUSES_WITHOUT_DATABASE = {
    "/id/cari/?q=kota": 503,
    "/id/tidak-ada/": 404,
    "/x.php": 404,
    "/livez": 200,
    "/readyz": 503,
}
VERIFICATIONS = [("verify_editions",), ("verify_site", "http://127.0.0.1:9")]


def said_by(node, *command):
    ended = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=node.environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return "".join(
        line
        for line in ended.stderr.splitlines()
        if " ERROR editions.data_folder.alarms " not in line
    )


def test_every_page_is_available_after_a_restart_without_the_database(node):
    wait_until(lambda: not writers_of(node))
    pages = [
        "/",
        *sitemap_of(node.address),
        "/sitemap.xml",
        "/data/2016-2021/1.json",
        "/id/visi/2016-2021/buku.pdf",
    ]
    before = {path: Answer(node.address, path).content for path in pages}
    database, aside = node.folder / "portal.sqlite3", node.folder / "aside.sqlite3"

    database.rename(aside)
    with pytest.raises(RuntimeError, match="there is no"):
        node.manage("write_copy")
    running = {path: Answer(node.address, path, Accept_Encoding="br") for path in pages}
    unknown = Answer(node.address, "/id/tidak-ada/").status
    node.stop()
    node.start()
    restarted = {path: Answer(node.address, path) for path in pages}
    health = [Answer(node.address, path).status for path in ("/livez", "/readyz", "/admin/login/")]

    assert {path: answer.body for path, answer in running.items()} == before
    assert {path: answer.body for path, answer in restarted.items()} == before
    assert {answer.headers["X-Served-From"] for answer in restarted.values()} == {"copy"}
    assert (unknown, health) == (404, [200, 503, 503])
    assert not database.exists()
    aside.rename(database)
    wait_until(lambda: Answer(node.address, "/id/").headers["X-Served-From"] is None)
