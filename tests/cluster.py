"""Several nodes on one PostgreSQL behind nginx, on this machine: `make cluster` runs it until Ctrl-C.

The nodes share nothing but the database: each has a folder of its own.
"""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.nodes import Node, wait_for
from tests.postgres import free_port, server

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    access_log off;
    upstream portal {{ {nodes} keepalive 16; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://portal;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_next_upstream error timeout http_502;
            proxy_connect_timeout 1s;
        }}
    }}
}}
"""


class Cluster:
    """``nodes`` behind nginx at ``address``, on the server ``postgres``; without one, a single node on SQLite."""

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
        self.nodes = [Node(folder / f"node-{number}", shared) for number in range(1, count + 1)]
        self.nginx = None

    def start(self):
        self.nodes[0].prepare()
        for node in self.nodes:
            node.start()
        configuration = self.folder / "nginx.conf"
        nodes = " ".join(f"server 127.0.0.1:{node.port} max_fails=0;" for node in self.nodes * 2)
        configuration.write_text(NGINX.format(folder=self.folder, nodes=nodes, port=self.port))
        self.nginx = subprocess.Popen(["nginx", "-c", configuration, "-p", self.folder, "-e", "stderr"])
        wait_for(self.address + "/livez", self.nginx)

    def stop(self):
        for process in [self.nginx, *(node.process for node in self.nodes)]:
            if process:
                process.terminate()
                process.wait()


@contextmanager
def cluster(count=2):
    """A cluster that runs until the block ends."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-cluster-")))
        running = Cluster(folder, stack.enter_context(server()), count)
        stack.callback(running.stop)
        running.start()
        yield running


def main(count=2):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with suppress(KeyboardInterrupt), cluster(int(count)) as running:
        print(f"The portal:  {running.address}/")
        for node in running.nodes:
            print(f"A node:      {node.address}/  (kill {node.process.pid} stops it)")
        print(f"PostgreSQL:  {running.nodes[0].environment['PORTAL_DATABASE_URL']}", flush=True)
        signal.pause()


if __name__ == "__main__":
    os.chdir(Path(__file__).parent.parent)
    main(*sys.argv[1:])
