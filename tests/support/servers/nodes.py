"""Nodes of the portal on this machine: gunicorn on a free port, with its own folder."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from tests.support.repository import ROOT
from tests.support.servers.ports import free_port

SLOWEST_START = 60  # seconds


class Node:
    """A gunicorn at ``address`` until it is stopped; ``environment`` holds its variables.

    With a ``machine`` (tests/support/servers/machines.py) it runs there, at that machine's address.
    """

    def __init__(self, folder, environment, *arguments, port=None, machine=None):
        self.port, self.machine = port or free_port(), machine
        self.address = f"http://{machine.address if machine else '127.0.0.1'}:{self.port}"
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.arguments = arguments
        own = {
            "PORTAL_DATA_DIR": str(self.folder),
            "PORT": str(self.port),
            "PORTAL_COPY_DIR": "off",
        }
        self.environment = clean() | own | environment
        self.environment.setdefault("PORTAL_SITE_URL", self.address)
        self.environment.setdefault("PORTAL_STATIC_ROOT", str(self.folder.parent / "static"))
        self.process = None

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*on(self.machine), sys.executable, "-m", "gunicorn", *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        wait = partial(wait_for, self.address + "/livez", self.process)
        self.machine.do(wait) if self.machine else wait()

    def manage(self, *command):
        """Run a command of ``manage.py`` on the node's data; returns its output."""
        command = [sys.executable, "manage.py", *command]
        ended = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise RuntimeError(f"{command[2]} failed:\n{ended.stdout}{ended.stderr}")
        return ended.stdout

    def prepare(self):
        if not Path(self.environment["PORTAL_STATIC_ROOT"]).exists():
            self.manage("collectstatic", "--noinput", "--verbosity=0")
        self.manage("migrate", "--verbosity=0")
        self.manage("load_official_text", "--verbosity=0", "--at=2026-01-01T00:00")

    def workers(self):
        """The process ids of its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(number) for number in children.split()]

    def stop(self, number=signal.SIGTERM):
        """Stop it and its workers: ``SIGKILL`` as a power cut would."""
        numbers = (
            [self.process.pid, *self.workers()] if number == signal.SIGKILL else [self.process.pid]
        )
        for pid in numbers:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        self.process.wait()


def on(machine):
    """The prefix of a command that runs it on the machine; empty for this one."""
    return machine.command if machine else []


def clean():
    """The environment without the caller's configuration, except the collected static files."""
    ours, kept = ("PORTAL_", "PORT", "DJANGO_SETTINGS_MODULE"), "PORTAL_STATIC_ROOT"
    return {
        name: value
        for name, value in os.environ.items()
        if name == kept or not name.startswith(ours)
    }


@contextmanager
def node(folder, environment=None, *arguments):
    """A node that runs until the block ends."""
    running = Node(folder, environment or {}, *arguments)
    running.prepare()
    running.start()
    try:
        yield running
    finally:
        running.stop()


def wait_for(address, process):
    """Wait until the address answers. Raises ``RuntimeError`` if the process ends first."""
    for _attempt in range(SLOWEST_START * 50):
        with suppress(OSError):
            return urllib.request.urlopen(address).close()
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise RuntimeError(f"{process.args} does not answer at {address}")
