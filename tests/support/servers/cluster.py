"""Several nodes on one PostgreSQL behind nginx, on this machine.

The nodes share only the database: each has its own folder. nginx runs with
the shipped configuration. While no node answers, it serves the static copy of the first.
"""

import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support import postgres
from tests.support.postgres import server
from tests.support.servers import nginx
from tests.support.servers.nginx import Proxy
from tests.support.servers.nodes import Node
from tests.support.servers.ports import free_port


class Cluster:
    """``nodes`` behind nginx at ``address`` on ``postgres``; without it, one node on SQLite."""

    def __init__(self, folder, postgres=None, count=1, database=None):
        self.folder, self.postgres = folder, postgres
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        shared = {
            "PORTAL_SITE_URL": self.address,
            "PORTAL_SECRET_KEY": "the-same-on-every-node-of-a-cluster-that-is-thrown-away",
        }
        if postgres:
            shared["PORTAL_DATABASE_URL"] = database or postgres.make_database()
        self.copy = folder / "copy"
        first = Node(folder / "node-1", shared | {"PORTAL_COPY_DIR": str(self.copy)})
        self.nodes = [
            first,
            *(Node(folder / f"node-{number}", shared) for number in range(2, count + 1)),
        ]
        self.nginx = Proxy(
            folder / "nginx", [node.port for node in self.nodes], self.copy, self.port
        )

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


@contextmanager
def cluster(count=2):
    """A cluster that runs until the block ends."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="portal-cluster-", ignore_cleanup_errors=True)
            )
        )
        running = Cluster(folder, stack.enter_context(server()), count)
        stack.callback(running.stop)
        running.start()
        yield running


def refuse_without_programs():
    """If nginx or PostgreSQL is missing, end with one sentence that says how to install it."""
    here = {nginx.MISSING: nginx.IS_HERE, postgres.MISSING: postgres.PROGRAMS}
    if missing := [sentence for sentence, is_here in here.items() if not is_here]:
        sys.exit("; ".join(missing))
