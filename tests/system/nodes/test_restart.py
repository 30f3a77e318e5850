"""A restart loses no reader if systemd holds the socket, as deploy/systemd/portal.socket does."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.support.people.readers import Readers
from tests.support.repository import ROOT
from tests.support.servers.nodes import Node, wait_for
from tests.support.waiting import wait_until

# As systemd starts a service with a socket: sd_listen_fds(3).
ACTIVATE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.executable, [sys.executable, "-m", "gunicorn"])
"""


class Activated(Node):
    """A node whose socket this process holds while the node restarts."""

    def __init__(self, folder):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        super().__init__(folder, {}, port=self.listener.getsockname()[1])

    def start(self):
        number = self.listener.fileno()
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", ACTIVATE, str(number)],
                cwd=ROOT,
                env=self.environment
                | {"PORT": "1"},  # no process may bind port 1, so the node must use the socket
                stdout=log,
                stderr=log,
                pass_fds=[number],
            )
        wait_for(self.address + "/livez", self.process)


@pytest.fixture(scope="module")
def activated(tmp_path_factory):
    node = Activated(tmp_path_factory.mktemp("node"))
    node.prepare()
    node.start()
    yield node
    node.stop()
    node.listener.close()


def test_a_restart_under_load_loses_no_request(activated):
    with Readers(
        [f"{activated.address}/id/", f"{activated.address}/en/glossary/"], each=4
    ) as readers:
        time.sleep(0.5)
        for _restart in range(3):
            activated.stop()
            activated.start()
            time.sleep(0.5)

    assert len(readers.seen) > 200
    assert readers.failed() == []


def test_replacing_workers_one_by_one_loses_no_request(activated):
    wait_until(lambda: len(activated.workers()) == 2)
    before = set(activated.workers())

    with Readers([f"{activated.address}/id/"], each=4) as readers:
        for number, count in [(signal.SIGHUP, 2), (signal.SIGTTIN, 3), (signal.SIGTTOU, 2)]:
            activated.process.send_signal(number)
            wait_until(
                lambda count=count: (
                    len(activated.workers()) == count and before.isdisjoint(activated.workers())
                )
            )
            time.sleep(0.2)

    assert readers.failed() == []


def test_a_worker_that_is_stopped_while_it_starts_ends_at_once(activated):
    wait_until(lambda: len(activated.workers()) == 2)
    before = set(activated.workers())
    activated.process.send_signal(signal.SIGTTIN)
    new, until = set(), time.monotonic() + 60
    while not new and time.monotonic() < until:  # without a pause, so that it is hardly there yet
        new = set(activated.workers()) - before
    os.kill(min(new), signal.SIGTERM)

    wait_until(lambda: new.isdisjoint(activated.workers()), 15)  # gunicorn would kill it after 20
    activated.process.send_signal(signal.SIGTTOU)
    wait_until(lambda: len(activated.workers()) == len(before))


def test_a_request_while_no_server_runs_waits_and_gets_its_answer(activated):
    activated.stop()
    with Readers([f"{activated.address}/livez"], each=1) as readers:
        time.sleep(0.5)
        activated.start()

    assert readers.failed() == []
    assert urllib.request.urlopen(f"{activated.address}/livez").status == 200
