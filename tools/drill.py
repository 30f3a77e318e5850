"""Breaks the database, the disk and the workers while people read and save, on both databases.

``make drill`` writes docs/drill.md.

Readers and an editor come through nginx to one node of two workers. As root it also fills a disk.
"""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.support.people.editor import FOUND, MAKE, Editor, Saving
from tests.support.people.readers import Readers, answer
from tests.support.people.savers import ACTS, NAMES, PREPARE, TELL, replayed, shell, start
from tests.support.postgres import server
from tests.support.servers.cluster import Cluster, refuse_without_programs
from tools.drill_report import Outcome, write_report

PAGES = ["/id/", "/en/vision/2016-2021/", "/id/visi/2016-2021/misi/1/", "/data/2016-2021.json"]
KILLS = 20  # of processes that save, and of those that publish
PUBLISHER = """
from itertools import count
from missions.models import Mission
from tests.support.factories import publish_now
from vision.models import Vision
vision = Vision.objects.get(period_start=2031)
for number in count(vision.editions.count() + 1):
    mission = Mission.objects.filter(number=1, vision=vision)
    mission.update(statement_ind=f"Edisi {number}.", statement_en="Edition.")
    edition = publish_now(vision)
    print(edition.number, edition.sha256, flush=True)
"""
EDITIONS = """
import json
from django.core.management import call_command
from editions.models import Edition
call_command("verify_editions", verbosity=0, stdout=open("/dev/null", "w"))
editions = Edition.objects.filter(period_start=2031)
print(json.dumps([[edition.number, edition.sha256] for edition in editions]))
"""


@dataclass
class Place:
    """A portal, and the ways to break and repair its database."""

    name: str
    cluster: Cluster
    editor: Editor
    disk: Path | None  # a small file system that holds the database
    lose: callable
    find: callable
    hang: callable
    wake: callable
    hold: callable  # hold(seconds): another process writes
    patience: tuple  # seconds: a save certainly waits the first, and never the second

    @property
    def node(self):
        return self.cluster.nodes[0]

    def status(self, path):
        return answer(self.cluster.address + path)[0]

    def readers(self):
        return Readers([self.cluster.address + path for path in PAGES], each=2, pause=0.02)

    def is_well(self):
        return self.status("/readyz") == 200 and bool(self.editor.opened())

    def recovered(self):
        """Seconds until the portal is ready and the desk opens."""
        return seconds_until(self.is_well)

    def lost(self, saves):
        """Acknowledged saves that are not in the history."""
        kept = set(json.loads(self.node.manage("shell", "--verbosity=0", "--command", FOUND)))
        return [save.text for save in saves if save.status == 302 and save.text not in kept]


def seconds_until(is_so, at_most=60):
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > at_most:
            return None
        time.sleep(0.05)
    return time.monotonic() - began


def during(place, fault, act, seconds=2):
    """Act while people read and save; ``act`` returns what happened, and the seconds to recover."""
    with Saving(place.editor, fault) as saving, place.readers() as readers:
        time.sleep(seconds)
        said, recovered = act()
        time.sleep(seconds)
    lost = place.lost(saving.saves)
    saves = tally(save.status for save in saving.saves)
    slowest = max(seen.answered_at - seen.asked_at for seen in readers.seen)
    words = f"{said}; slowest page {slowest:.1f} s; saves {saves}"
    return Outcome(
        fault, place.name, words, len(readers.seen), len(readers.failed()) + len(lost), recovered
    )


def tally(statuses):
    """Such as “302: 14, 503: 2”."""
    statuses = list(statuses)
    return (
        ", ".join(f"{status}: {statuses.count(status)}" for status in sorted(set(statuses)))
        or "none"
    )


# The faults


def g1_database_gone(place):
    def act():
        place.lose()
        waited = seconds_until(lambda: place.status("/admin/") == 503)
        statuses = [
            place.status(path) for path in ("/id/tidak-ada/", "/admin/", "/readyz", "/livez")
        ]
        time.sleep(3)
        place.find()
        return (
            f"unknown page, desk, readyz, livez: {statuses}, the desk after {waited:.1f} s",
            place.recovered(),
        )

    return during(place, "G1 database gone", act)


def g2_database_hangs(place):
    def act():
        workers = place.node.workers()
        place.hang()
        waited = seconds_until(lambda: place.status("/admin/") == 503)
        time.sleep(8)
        place.wake()
        recovered = place.recovered()
        restarted = len(set(place.node.workers()) - set(workers))
        return f"the desk says so after {waited:.1f} s; workers restarted: {restarted}", recovered

    return during(place, "G2 database hangs", act)


def g5_disk_full(place):
    def act():
        filler = place.disk / "filler"
        fill(filler)
        full = seconds_until(
            lambda: "503" in tally(save.status for save in place.editor.saves[before:])
        )
        said = "penuh" in place.editor.saves[-1].body
        time.sleep(2)
        filler.unlink()
        return f"503 after {full:.1f} s, the page gives the reason: {said}", place.recovered()

    before = len(place.editor.saves)
    return during(place, "G5 disk full", act)


def fill(filler):
    with open(filler, "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


def g6_killed_while_saving(database, name):
    """Kill saving processes at random moments: every acknowledged save is complete."""
    shell(database, PREPARE)
    kept, choose = [], random.Random(6)
    for _round in range(KILLS // 4):
        savers = [
            start(database, "-m", "tests.support.people.savers", name, "1000") for name in NAMES[:4]
        ]
        for saver in savers:
            kept.append(json.loads(saver.stdout.readline()))
        time.sleep(choose.uniform(0, 1.5))
        for saver in savers:
            saver.kill()
        kept += [
            json.loads(line)
            for saver in savers
            for line in saver.communicate()[0].splitlines()
            if is_whole(line)
        ]
    told = json.loads(shell(database, TELL))
    history = replayed(told["versions"])
    half = [key for key in history if history[key] != told["rows"].get(key)]
    texts = {
        (after or {}).get(field)
        for _, _, _, after, fields, _ in told["versions"]
        for field in fields
    }
    saved = [act[3] for act in kept if len(act) > 1 and act[0] == 302]
    lost = [text for text in saved if text not in texts]
    words = (
        f"{KILLS} kills; {len(saved)} saves acknowledged, {len(saved) - len(lost)} found again, "
        f"{len(half)} incomplete"
    )
    return Outcome(
        "G6 killed while saving",
        name,
        f"{words}; {integrity(database)}",
        len(kept),
        len(lost) + len(half),
    )


def g7_killed_while_publishing(database, name):
    shell(database, PREPARE)
    told, choose = [], random.Random(7)
    for _round in range(KILLS):
        publisher = start(database, "-c", f"import django; django.setup()\n{PUBLISHER}")
        told.append(publisher.stdout.readline().split())
        time.sleep(choose.uniform(0, 0.4))
        publisher.kill()
        told += [
            line.split()
            for line in publisher.communicate()[0].splitlines()
            if len(line.split()) == 2
        ]
    found = {tuple(map(str, edition)) for edition in json.loads(shell(database, EDITIONS))}
    lost = [edition for edition in told if tuple(edition) not in found]
    words = (
        f"{KILLS} kills; {len(told)} editions acknowledged, {len(told) - len(lost)} found again; "
        "the chain is complete"
    )
    return Outcome("G7 killed while publishing", name, words, len(told), len(lost))


def is_whole(line):
    return line.startswith("[") and line.endswith("]")


def integrity(database):
    if not database.startswith("sqlite"):
        return "PostgreSQL checks itself"
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
        return f"integrity_check {connection.execute('PRAGMA integrity_check').fetchone()[0]}"


def g8_workers_killed(place):
    def act():
        one, *_ = place.node.workers()
        os.kill(one, signal.SIGKILL)
        time.sleep(2)
        both = place.node.workers()
        for pid in both:
            os.kill(pid, signal.SIGKILL)
        back = seconds_until(lambda: len(set(place.node.workers()) - set(both)) == len(both))
        return f"one killed, then both; new ones after {back:.1f} s", place.recovered()

    return during(place, "G8 workers killed", act)


def g9_reloaded(place):
    def act():
        for number in (signal.SIGHUP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGHUP):
            os.kill(place.node.process.pid, number)
            time.sleep(2)
        return "HUP, one more worker, one less, HUP", place.recovered()

    return during(place, "G9 reload", act)


def g10_worker_stuck(place):
    def act():
        stuck, *_ = place.node.workers()
        os.kill(stuck, signal.SIGSTOP)
        replaced = seconds_until(lambda: stuck not in place.node.workers(), at_most=90)
        return (
            f"one worker hung; gunicorn replaced it after {replaced:.0f} s",
            place.recovered(),
        )

    return during(place, "G10 worker stuck", act)


def slow_clients(place):
    def act():
        with ExitStack() as stack:
            host = ("127.0.0.1", place.cluster.port)
            slow = [stack.enter_context(socket.create_connection(host)) for _ in range(200)]
            for byte in b"GET /id/ HTTP/1.1\r\n":
                for client in slow:
                    client.send(bytes([byte]))
                time.sleep(0.5)
        return "200 clients that send two bytes a second", place.recovered()

    return during(place, "Slow clients", act)


def g15_lock_held(place):
    shorter, longer = place.patience
    with place.readers() as readers:
        saves = []
        for seconds in (shorter, longer):
            fields = place.editor.opened()
            with place.hold(seconds):
                saves.append(place.editor.save(f"G15 {seconds}", fields))
        recovered = place.recovered()
    held = zip((shorter, longer), saves, strict=True)
    words = "; ".join(
        f"held for {s} s: {save.status} after {save.seconds:.1f} s" for s, save in held
    )
    given_back = f"the page returns the text: {f'G15 {longer}' in saves[1].body}"
    failed = len(readers.failed()) + ([save.status for save in saves] != [302, 503])
    return Outcome(
        "G15 another process writes",
        place.name,
        f"{words}; {given_back}",
        len(readers.seen),
        failed,
        recovered,
    )


def e7_many_savers(database, name):
    shell(database, PREPARE)
    savers = [
        start(database, "-m", "tests.support.people.savers", saver, str(ACTS)) for saver in NAMES
    ]
    outputs = [saver.communicate() for saver in savers]
    acts = [json.loads(line) for output, _ in outputs for line in output.splitlines()]
    errors = sum("Error" in errors for _, errors in outputs)
    told = json.loads(shell(database, TELL))
    history = replayed(told["versions"])
    differing = [key for key in history if history[key] != told["rows"].get(key)]
    words = (
        f"{len(NAMES)} processes, {ACTS} acts each; answers {tally(act[0] for act in acts)}; "
        "the history is complete"
    )
    return Outcome(
        "E7 many savers",
        name,
        words,
        len(acts),
        errors + len(differing) + sum(act[0] >= 500 for act in acts),
    )


# The places


@contextmanager
def on_sqlite(folder):
    with small_disk(folder / "small") as disk, cluster_of(Cluster(folder / "small")) as cluster:
        file = cluster.nodes[0].folder / "portal.sqlite3"
        holder = []
        yield Place(
            "SQLite",
            cluster,
            editor_of(cluster),
            disk,
            lose=lambda: file.rename(file.with_suffix(".aside")),
            find=lambda: file.with_suffix(".aside").rename(file),
            hang=lambda: holder.append(locked(file)),
            wake=lambda: holder.pop().close(),
            hold=partial(held_file, file),
            patience=(8, 15),
        )


def locked(file):
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


@contextmanager
def held_file(file, seconds):
    script = f"import sqlite3, time; c = sqlite3.connect({str(file)!r}, isolation_level=None)\n"
    script += f"c.execute('BEGIN IMMEDIATE'); print(flush=True); time.sleep({seconds})"
    with held_by([sys.executable, "-c", script]):
        yield


@contextmanager
def held_by(command):
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield
        process.wait()


@contextmanager
def on_postgresql(folder):
    with server() as postgres, small_disk(folder / "small") as disk:
        database = postgres.make_database(folder=disk)
        with cluster_of(Cluster(folder, postgres, database=database)) as cluster:
            yield Place(
                "PostgreSQL",
                cluster,
                editor_of(cluster),
                disk,
                lose=postgres.stop,
                find=postgres.start,
                hang=postgres.pause,
                wake=postgres.resume,
                hold=partial(held_row, database),
                patience=(3, 8),
            )


@contextmanager
def held_row(database, seconds):
    script = f"import psycopg, time; c = psycopg.connect({database!r})\n"
    script += "c.execute('SELECT id FROM vision_vision FOR UPDATE');"
    script += f"print(flush=True); time.sleep({seconds})"
    with held_by([sys.executable, "-c", script]):
        yield


@contextmanager
def small_disk(folder, megabytes=120):
    """A separate file system; None if this user may not make one."""
    folder.mkdir(exist_ok=True)
    folder.parent.chmod(0o711)  # PostgreSQL runs as another user
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "portal-drill", folder]
    if os.geteuid() or subprocess.run(command, check=False).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def cluster_of(cluster):
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def editor_of(cluster):
    cluster.nodes[0].manage("shell", "--verbosity=0", "--command", MAKE)
    for path in PAGES:
        answer(cluster.address + path)
    return Editor(cluster.address)


FAULTS = [
    g1_database_gone,
    g2_database_hangs,
    g5_disk_full,
    g8_workers_killed,
    g9_reloaded,
    g10_worker_stuck,
    slow_clients,
    g15_lock_held,
]


def drill(names):
    chosen = [fault for fault in FAULTS if not names or fault.__name__.split("_")[0] in names]
    for on in (on_sqlite, on_postgresql):
        with (
            tempfile.TemporaryDirectory(prefix="portal-drill-") as folder,
            on(Path(folder)) as place,
        ):
            for fault in chosen:
                if fault is not g5_disk_full or place.disk:
                    yield fault(place)
    for fault in (e7_many_savers, g6_killed_while_saving, g7_killed_while_publishing):
        if not names or fault.__name__.split("_")[0] in names:
            with tempfile.TemporaryDirectory(prefix="portal-drill-") as folder:
                yield fault(f"sqlite:///{folder}/portal.sqlite3", "SQLite")
            with server() as postgres:
                yield fault(postgres.make_database(), "PostgreSQL")


def main(*names):
    refuse_without_programs()
    outcomes = []
    for outcome in drill(names):
        print(outcome, flush=True)
        outcomes.append(outcome)
    if not names:
        write_report(outcomes)
    return any(outcome.failed or not outcome.is_recovered for outcome in outcomes)


if __name__ == "__main__":
    os.chdir(Path(__file__).parent.parent)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    sys.exit(main(*sys.argv[1:]))
