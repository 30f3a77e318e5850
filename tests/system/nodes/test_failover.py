"""nginx, two nodes, PostgreSQL and its standby on five machines, which fail one after the other."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.people.editor import MAKE, Editor
from tests.support.people.readers import Readers, answer
from tests.support.servers import machines, nginx
from tests.support.servers.cluster import cluster_of_machines, refuse_without_machines
from tests.support.servers.machines import Unavailable
from tests.support.servers.nodes import Node
from tests.support.servers.scripts import PUBLISH
from tests.support.waiting import wait_until

MISSION = "/id/visi/2016-2021/misi/1/"
LOST = "Basis data tidak menjawab."
SOON = 20  # seconds from the promotion to the first text that is saved


@pytest.fixture(scope="module")
def place():
    """The tests change it one after the other."""
    if postgres.PROGRAMS is None:
        pytest.skip(postgres.MISSING)
    if not nginx.IS_HERE:
        pytest.skip(nginx.MISSING)
    try:
        with cluster_of_machines() as running:
            running.nodes[0].manage("shell", "--verbosity=0", "--command", MAKE)
            yield running
    except Unavailable as reason:
        pytest.skip(str(reason))


def publish(place, words):
    place.nodes[0].manage("shell", "--verbosity=0", "--command", PUBLISH.format(words=words))


def everywhere(place):
    return [f"{one.address}{MISSION}" for one in (place, *place.nodes)]


def seconds_until(is_so):
    began = time.monotonic()
    wait_until(is_so)
    return round(time.monotonic() - began, 2)


def is_ready(node):
    return answer(f"{node.address}/readyz")[0] == 200


def test_readers_notice_neither_a_lost_node_nor_its_return(place, record_property):
    lost = place.nodes[1]

    with Readers([f"{place.address}{MISSION}"], each=4) as readers:
        time.sleep(0.5)
        lost.stop(signal.SIGKILL)
        time.sleep(0.5)
        publish(place, "Membangun kota tanpa satu simpul.")
        lost.start()
        time.sleep(0.5)
    with Readers(everywhere(place)) as later:
        publish(place, "Membangun kota bersama kedua simpul.")
        time.sleep(1)

    assert len(readers.seen) > 100
    assert (readers.failed(), later.failed()) == ([], [])
    assert later.flaps("bersama kedua simpul") == 0
    assert all(b"bersama kedua simpul" in answer(address)[1] for address in everywhere(place))
    record_property("requests", len(readers.seen))


def test_a_node_on_a_standby_serves_pages_and_tells_staff_that_nothing_can_be_saved(place):
    publish(place, "Membangun kota di server cadangan.")
    address = place.nodes[0].environment["PORTAL_DATABASE_URL"]
    alone = address.replace(f"{place.postgres.host},", "").partition("?")[0]
    node = Node(place.folder / "alone", {"PORTAL_DATABASE_URL": alone})
    node.start()
    try:
        wait_until(lambda: b"di server cadangan" in answer(node.address + MISSION)[1])
        ready, _ = answer(f"{node.address}/readyz")
        with pytest.raises(RuntimeError, match="503") as refused:
            Editor(node.address)
    finally:
        node.stop()

    assert ready == 503
    assert LOST in str(refused.value)
    assert "read-only" in (node.folder / "log").read_text()


def test_a_promoted_standby_has_the_last_publication_and_takes_the_next(place, record_property):
    lost = place.postgres
    times = failover(place, lambda: lost.machine.cable("down"), "kabel")

    assert times["saved"] < SOON
    record_property("cut off", times)
    lost.stop()
    lost.machine.cable("up")


def test_the_old_primary_returns_as_a_standby_and_can_be_promoted_in_its_turn(
    place, record_property
):
    backups = place.folder / "backups"
    backups.mkdir(mode=0o700)
    with postgres.server(place.postgres.machine, place.standby) as returned:
        place.standby.wait_for_standby()
        place.postgres, place.standby = place.standby, returned
        place.nodes[0].manage("backup", str(backups))
        times = failover(place, place.postgres.stop, "proses")

    assert times["saved"] < SOON
    record_property("killed", times)


def failover(place, lose, word):
    """Lose the primary after a publication, and promote the standby; returns the seconds."""
    editor = Editor(place.address)
    for address in everywhere(place):
        answer(address)
    with Readers([f"{place.address}{MISSION}"], each=4) as readers:
        publish(place, f"Membangun kota sampai {word} putus.")
        lose()
        lost = seconds_until(lambda: editor.ask("/admin/")[0] == 503)
        refused = editor.save("Judul yang tertunda")
        time.sleep(3)
        place.standby.promote()
        saved = seconds_until(lambda: editor.save(f"Judul sesudah {word}").status == 302)
        ready = seconds_until(lambda: all(map(is_ready, place.nodes)))
        time.sleep(0.5)
    with Readers(everywhere(place)) as later:
        publish(place, f"Membangun kota sesudah {word} putus.")
        time.sleep(1)

    assert (readers.failed(), later.failed()) == ([], [])
    assert refused.status == 503
    assert f"sampai {word}".encode() in readers.seen[-1].body
    assert later.flaps(f"sesudah {word}") == 0
    assert all(f"sesudah {word}".encode() in answer(one)[1] for one in everywhere(place))
    slowest = round(max(seen.answered_at - seen.asked_at for seen in readers.seen), 2)
    return {"lost": lost, "saved": saved, "ready": ready, "slowest page": slowest}


def test_machines_of_a_killed_process_go_with_the_next_ones(place):
    ended = subprocess.Popen(["true"])
    ended.wait()
    name = f"portal-{ended.pid}-nginx"
    subprocess.run(["ip", "netns", "add", name], check=True)

    machines.clear_up()

    left = {path.name for path in Path("/run/netns").glob("portal-*")}
    assert name not in left
    assert place.postgres.machine.name in left


def test_without_root_make_cluster_says_what_it_needs(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(SystemExit, match="network namespaces need root"):
        refuse_without_machines()
