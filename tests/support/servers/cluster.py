"""Several nodes on one PostgreSQL behind nginx: on this machine, or on several (machines.py).

The nodes share only the database: each has its own folder. nginx runs with
the shipped configuration. While no node answers, it serves the static copy of the first.
"""

import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support import postgres
from tests.support.postgres import server
from tests.support.servers import machines, nginx
from tests.support.servers.nginx import Proxy
from tests.support.servers.nodes import Node
from tests.support.servers.ports import free_port

PLACES = ("nginx", "node-1", "node-2", "postgres", "standby")


class Cluster:
    """``nodes`` behind nginx at ``address`` on ``postgres``; without it, one node on SQLite.

    With ``machines``, nginx runs on the first and each node on another.
    """

    def __init__(self, folder, postgres=None, count=1, database=None, machines=()):
        self.folder, self.postgres, self.standby = folder, postgres, None
        front, *others = machines or [None] * (count + 1)
        self.port = 80 if front else free_port()
        self.address = f"http://{front.address}" if front else f"http://127.0.0.1:{self.port}"
        shared = {
            "PORTAL_SITE_URL": self.address,
            "PORTAL_SECRET_KEY": "the-same-on-every-node-of-a-cluster-that-is-thrown-away",
        }
        if postgres:
            shared["PORTAL_DATABASE_URL"] = database or postgres.make_database()
        if front:
            hosts = ",".join(machine.address for machine in machines)
            shared |= {"PORTAL_TRUSTED_PROXIES": front.address, "PORTAL_ALLOWED_HOSTS": hosts}
        self.copy = folder / "copy"
        self.nodes = [
            node_on(machine, folder / f"node-{number}", shared)
            for number, machine in enumerate(others, 1)
        ]
        self.nodes[0].environment["PORTAL_COPY_DIR"] = str(self.copy)
        places = [node.address.removeprefix("http://") for node in self.nodes]
        self.nginx = Proxy(folder / "nginx", places, self.copy, self.port, machine=front)

    def start(self):
        self.nodes[0].prepare()
        for node in self.nodes:
            node.start()
        self.nginx.start()

    def stop(self):
        self.nginx.stop()
        for node in self.nodes:
            if node.process:
                node.stop()


def node_on(machine, folder, settings):
    if not machine:
        return Node(folder, settings)
    bind = {"PORTAL_BIND": f"{machine.address}:8000"}
    return Node(folder, settings | bind, port=8000, machine=machine)


@contextmanager
def cluster(count=2):
    """A cluster on this machine, until the block ends."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        database = stack.enter_context(server())
        yield stack.enter_context(running(Cluster(folder, database, count)))


@contextmanager
def cluster_of_machines():
    """nginx, two nodes, PostgreSQL and its standby, each on a machine. Raises ``Unavailable``."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        front, first, second, *databases = stack.enter_context(machines.wired(*PLACES))
        primary = stack.enter_context(server(databases[0]))
        standby = stack.enter_context(server(databases[1], primary))
        hosts = ",".join(machine.address for machine in databases)
        name = primary.make_database().rpartition("/")[2]
        address = f"postgres://portal@{hosts}/{name}?target_session_attrs=read-write"
        made = Cluster(folder, primary, database=address, machines=(front, first, second))
        made.standby = standby
        stack.enter_context(running(made))
        primary.wait_for_standby()
        yield made


@contextmanager
def running(made):
    try:
        made.start()
        yield made
    finally:
        made.stop()


@contextmanager
def temporary_folder():
    with tempfile.TemporaryDirectory(prefix="portal-cluster-", ignore_cleanup_errors=True) as path:
        yield Path(path)


def refuse_without_programs():
    """If nginx or PostgreSQL is missing, end with one sentence that says how to install it."""
    refuse_without({nginx.MISSING: nginx.IS_HERE, postgres.MISSING: postgres.PROGRAMS})


def refuse_without_machines():
    refuse_without_programs()
    refuse_without({machines.MISSING: machines.can_be_here()})


def refuse_without(here):
    if missing := [sentence for sentence, is_here in here.items() if not is_here]:
        sys.exit("; ".join(missing))
