"""A temporary PostgreSQL server: ``python -m tests.support.postgres COMMAND …``."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg

from tests.support.servers.nodes import on
from tests.support.servers.ports import free_port

PROGRAMS = max(
    Path("/usr/lib/postgresql").glob("*/bin"),
    key=lambda folder: float(folder.parent.name),
    default=None,
)
MISSING = "no PostgreSQL here: apt-get install postgresql"
SLOWEST_START = 60  # seconds
# Sorted as in Indonesian, so that code that relies on SQLite's code point order fails here.
CLUSTER = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=id"]

AS_STANDBY = ["--write-recovery-conf", "--create-slot", "--slot=standby", "--checkpoint=fast"]


class Server:
    """A server in its own folder, on a free port of 127.0.0.1; it touches no other server.

    With a ``machine`` (tests/support/servers/machines.py) it runs there. With a ``primary`` it is
    the standby of that server.
    """

    def __init__(self, folder, machine=None, primary=None):
        # PostgreSQL refuses to run as root, as CI does, or in a folder that only root may enter.
        self.as_user = (
            ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        )
        self.folder, self.machine = folder, machine
        if self.as_user:
            shutil.chown(folder, "postgres", "postgres")
        self.host, self.port = (machine.address, 5432) if machine else ("127.0.0.1", free_port())
        self.numbers = count(1)
        self.process = None
        self._follow(primary) if primary else self._create()

    def _create(self):
        self.run("initdb", "--username=portal", "--auth=trust", "--no-sync", *CLUSTER)
        with open(self.folder / "data/pg_hba.conf", "a") as rules:
            rules.write("host all all samenet trust\nhost replication all samenet trust\n")

    def _follow(self, primary):
        self.run("pg_basebackup", *AS_STANDBY, f"--dbname={primary.address('postgres')}")

    def run(self, program, *arguments):
        """Run a program of PostgreSQL on the data, as the server's user."""
        subprocess.run(
            self._command(program, "--pgdata=data", *arguments),
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
        )

    def _command(self, program, *arguments):
        as_user = ["setpriv", *self.as_user, "--pdeathsig=QUIT"]
        return [*on(self.machine), *as_user, PROGRAMS / program, *arguments]

    def address(self, database):
        return f"postgres://portal@{self.host}:{self.port}/{database}"

    def start(self):
        options = {
            "listen_addresses": self.host,
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": 100,
        }
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                self._command("postgres", "-D", "data", *arguments),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C ends the tests first
            )
        self._wait()

    def _wait(self):
        for _attempt in range(SLOWEST_START * 10):
            try:
                return psycopg.connect(self.address("postgres")).close()
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL does not start: {(self.folder / 'log').read_text()}")

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)  # at once: its data is not needed
        self.process.wait()

    def pause(self):
        """Hang: accept connections, but answer nothing until ``resume()``."""
        self._signal(signal.SIGSTOP)

    def resume(self):
        self._signal(signal.SIGCONT)

    def _signal(self, number):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for pid in [self.process.pid, *map(int, children.split())]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def wait_for_standby(self):
        """From now on, a transaction is committed when a standby has it, too."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")

    def promote(self):
        self.run("pg_ctl", "promote")

    def make_database(self, template="template1", folder=None):
        """The address of a new database, empty or a copy of the named one, in the folder if any."""
        name, place = f"portal_{next(self.numbers)}", "pg_default"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            if folder:
                place = name
                shutil.chown(folder, "postgres", "postgres")
                connection.execute(f"CREATE TABLESPACE {place} LOCATION '{folder}'")
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} TABLESPACE {place}")
        return self.address(name)


@contextmanager
def server(machine=None, primary=None):
    """A server that runs until the block ends."""
    with tempfile.TemporaryDirectory(prefix="portal-postgres-") as folder:
        postgres = Server(Path(folder), machine, primary)
        postgres.start()
        try:
            yield postgres
        finally:
            postgres.stop()


def main(command):
    if PROGRAMS is None:
        return MISSING
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with server() as postgres:
        environment = os.environ | {"PORTAL_DATABASE_URL": postgres.make_database()}
        child = subprocess.Popen(command, env=environment)
        signal.signal(
            signal.SIGINT, lambda *_: None
        )  # Ctrl-C reaches the command too, which ends by itself
        try:
            return child.wait()
        finally:
            child.terminate()
            child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
