"""Machines on one wire: network namespaces with addresses, joined by a bridge in the first.

They share this machine's files and processes. Needs root, and Debian's iproute2.
"""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

NETWORK = "192.0.2"  # reserved for documentation: no real machine has such an address


class Unavailable(Exception):
    """There are no network namespaces here; the message says why."""


class Machine:
    def __init__(self, name, number):
        self.name, self.address = f"portal-{os.getpid()}-{name}", f"{NETWORK}.{number}"
        self.command = ["ip", "netns", "exec", self.name]

    def do(self, work, *arguments):
        """Run ``work`` in a thread in this machine's network; returns its result."""
        with ThreadPoolExecutor(1, initializer=self._enter) as thread:
            return thread.submit(work, *arguments).result()

    def _enter(self):
        with open(f"/run/netns/{self.name}") as network:
            os.setns(network.fileno(), os.CLONE_NEWNET)


@contextmanager
def wired(*names):
    """A machine for each name, until the block ends. Raises ``Unavailable``."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        raise Unavailable("network namespaces need root, and apt-get install iproute2")
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


def join(hub, *others):
    ip("-n", hub.name, "link", "add", "wire", "type", "bridge")
    ip("-n", hub.name, "address", "add", f"{hub.address}/24", "dev", "wire")
    for number, machine in enumerate(others):
        plug = ("eth0", "netns", machine.name)
        ip("-n", hub.name, "link", "add", f"port{number}", "type", "veth", "peer", "name", *plug)
        ip("-n", hub.name, "link", "set", f"port{number}", "master", "wire", "up")
        ip("-n", machine.name, "address", "add", f"{machine.address}/24", "dev", "eth0")
        ip("-n", machine.name, "link", "set", "eth0", "up")
    for machine in (hub, *others):
        ip("-n", machine.name, "link", "set", "lo", "up")
    ip("-n", hub.name, "link", "set", "wire", "up")


def ip(*words):
    ended = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Unavailable(f"ip {' '.join(words)}: {ended.stderr.strip()}")
