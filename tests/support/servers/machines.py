"""Machines on one wire: network namespaces with addresses, joined by a bridge in the first.

They share this machine's files and processes, and it reaches them too. Needs root, and Debian's
iproute2.
"""

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

NETWORK = f"10.77.{os.getpid() % 256}"  # another for each process, as all lie beside each other
MISSING = "network namespaces need root, and apt-get install iproute2"


class Unavailable(Exception):
    """There are no network namespaces here; the message says why."""


class Machine:
    def __init__(self, name, number):
        self.name, self.address = f"portal-{os.getpid()}-{name}", f"{NETWORK}.{number}"
        # The command ends when this process is killed.
        self.command = ["setpriv", "--pdeathsig=TERM", "ip", "netns", "exec", self.name]

    def cable(self, state):
        """With "down", nothing arrives, and nobody hears that the machine is gone."""
        ip("-n", self.name, "link", "set", "eth0", state)

    def do(self, work, *arguments):
        """Run ``work`` in a thread in this machine's network; returns its result."""
        with ThreadPoolExecutor(1, initializer=self._enter) as thread:
            return thread.submit(work, *arguments).result()

    def _enter(self):
        with open(f"/run/netns/{self.name}") as network:
            os.setns(network.fileno(), os.CLONE_NEWNET)


def can_be_here():
    return os.geteuid() == 0 and shutil.which("ip") is not None


@contextmanager
def wired(*names):
    """A machine for each name, until the block ends. Raises ``Unavailable``."""
    if not can_be_here():
        raise Unavailable(MISSING)
    clear_up()
    machines = [Machine(name, number) for number, name in enumerate(names, 1)]
    made = []
    try:
        for machine in machines:
            ip("netns", "add", machine.name)
            made.append(machine)
        join(*machines)
        yield machines
    finally:
        for machine in made:
            ip("netns", "delete", machine.name)


def clear_up():
    """Delete the machines of processes that were killed."""
    for path in Path("/run/netns").glob("portal-*-*"):
        owner = re.match(r"portal-(\d+)-", path.name)
        if owner and not Path("/proc", owner[1]).exists():
            with suppress(Unavailable):  # another process deletes it
                ip("netns", "delete", path.name)


def join(hub, *others):
    ip("-n", hub.name, "link", "add", "wire", "type", "bridge")
    ip("-n", hub.name, "address", "add", f"{hub.address}/24", "dev", "wire")
    for number, machine in enumerate(others):
        plug(hub, number, "name", "eth0", "netns", machine.name)
        ip("-n", machine.name, "address", "add", f"{machine.address}/24", "dev", "eth0")
        ip("-n", machine.name, "link", "set", "eth0", "up")
    for machine in (hub, *others):
        ip("-n", machine.name, "link", "set", "lo", "up")
    here = f"portal{os.getpid()}"  # at most 15 characters
    plug(hub, len(others), "name", here, "netns", str(os.getpid()))
    ip("address", "add", f"{NETWORK}.254/24", "dev", here)
    ip("link", "set", here, "up")
    ip("-n", hub.name, "link", "set", "wire", "up")


def plug(hub, number, *other_end):
    """Connect the bridge with the other end of a new cable."""
    port = f"port{number}"
    ip("-n", hub.name, "link", "add", port, "type", "veth", "peer", *other_end)
    ip("-n", hub.name, "link", "set", port, "master", "wire", "up")


def ip(*words):
    ended = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Unavailable(f"ip {' '.join(words)}: {ended.stderr.strip()}")
