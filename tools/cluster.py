"""Runs a cluster until Ctrl-C: ``make cluster``."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from tests.support.servers.cluster import cluster, refuse_without_programs


def main(count=2):
    refuse_without_programs()
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
