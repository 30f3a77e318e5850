"""Runs a cluster on five machines, as docs/scale.md describes it, until Ctrl-C."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from tests.support.servers import machines
from tests.support.servers.cluster import cluster_of_machines, refuse_without_machines


def main():
    refuse_without_machines()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        with suppress(KeyboardInterrupt), cluster_of_machines() as running:
            describe(running)
            signal.pause()
    except machines.Unavailable as reason:
        sys.exit(str(reason))


def describe(running):
    print(f"The portal:  {running.address}/")
    for node in running.nodes:
        print(f"A node:      {node.address}/  (kill {node.process.pid} stops it)")
    for name, server in (("PostgreSQL", running.postgres), ("Its standby", running.standby)):
        pid = server.process.pid
        print(f"{name + ':':12} {server.host}:{server.port}  (kill -QUIT {pid} stops it)")
    print(f"To promote the standby:  psql {running.standby.address('postgres')} -c", end=" ")
    print("'SELECT pg_promote()'", flush=True)


if __name__ == "__main__":
    os.chdir(Path(__file__).parent.parent)
    main()
