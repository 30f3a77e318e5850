"""Backups of PostgreSQL: ``pg_dump`` writes them, and one transaction restores all or nothing."""

import os
import re
import subprocess
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg.errors import DeadlockDetected

from editions.connections import unpooled
from magelang_portal.operations.backups.errors import Unusable
from magelang_portal.operations.default_connection import default_connection
from magelang_portal.operations.owner import connection_to_change

DUMP = "database.pgdump"
PATIENCE = "30s"  # that a restore waits for other transactions
ATTEMPTS = 10
PACKAGE = "apt-get install postgresql-client"
# Commands of psql, and a setting that only the newest servers know.
NOT_FOR_EVERY_SERVER = re.compile(rb"\\(un)?restrict |SET transaction_timeout ")


def exists():
    return bool(connection.introspection.table_names())


@contextmanager
def dumped(path):
    """Write the dump; while the block runs, Django reads the dump's state."""
    with snapshot(), dumped_as_seen(path):
        yield


@contextmanager
def snapshot():
    """Inside the block, Django reads one unchanging state, while others write.

    A connection of the pool would give up within seconds.
    """
    with default_connection(unpooled()), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        without_time_limits(cursor)
        yield


@contextmanager
def dumped_as_seen(path):
    """The same within the transaction that is open."""
    with connection.cursor() as cursor:
        without_time_limits(cursor)
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
    parameters = [
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--snapshot={snapshot}",
        f"--file={path}",
    ]
    server = connection.connection.info  # of the hosts in the address, the one with the snapshot
    arguments, environment = connection.client.settings_to_cmd_args_env(
        connection.settings_dict | {"HOST": server.host, "PORT": server.port}, parameters
    )
    run(["pg_dump", *arguments[1:]], environment)
    yield


def without_time_limits(cursor):
    for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
        cursor.execute(f"SET LOCAL {name} = 0")


def run(command, environment=None):
    """Run a program of PostgreSQL, with the password in the environment. Raises ``Unusable``."""
    try:
        subprocess.run(
            command, env=os.environ | (environment or {}), check=True, stderr=subprocess.PIPE
        )
    except FileNotFoundError as error:
        raise Unusable(f"{command[0]} is missing: {PACKAGE}.") from error
    except subprocess.CalledProcessError as error:
        message = error.stderr.decode(errors="replace").strip()
        if "version mismatch" in message or "unsupported version" in message:
            raise Unusable(
                f"{command[0]} is older than the server: {PACKAGE}, of the server's version, and "
                "run this again."
            ) from error
        reason = message.splitlines()[-1] if message else error.returncode
        raise Unusable(f"{command[0]} failed: {reason}.") from error


def check(dump):
    """Raises ``Unusable`` if the dump cannot be read to its end."""
    run(["pg_restore", f"--file={os.devnull}", str(dump)])


def replace(dump, prepare, keep):
    """Replace all tables by the dump, then call ``prepare``.

    Before, ``keep`` makes a backup of the tables; returns its path. Locks keep others from writing
    in between, so every row is in one of the two.
    """
    with (
        default_connection(connection_to_change()),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        without_time_limits(cursor)
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        tables, kept = connection.introspection.table_names(), None
        if tables:
            refuse_what_is_not_ours(tables)
            lock(cursor, tables, "SHARE ROW EXCLUSIVE")  # nobody else writes
            kept = keep(dumped_as_seen)
            lock(cursor, tables, "ACCESS EXCLUSIVE")  # nor reads
        clear(cursor, tables)
        load(cursor, dump)
        # Otherwise a later migration fails on the pending checks of an earlier one.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        prepare()
    return kept


def refuse_what_is_not_ours(tables):
    """Raises ``Unusable`` for a shared database: a table of an app that was never migrated here."""
    apps = tuple(f"{app}_" for app, _name in MigrationRecorder(connection).applied_migrations())
    others = [table for table in tables if not table.startswith(("django_", *apps))]
    if others:
        raise Unusable(
            f"The database holds tables that are not the portal's ({', '.join(others[:3])}), and a "
            "restore would delete them: set PORTAL_DATABASE_URL to a database of the portal's own."
        )


def lock(cursor, tables, mode):
    """Wait for a lock on all tables, and try again after a deadlock.

    A transaction that uses two of them may wait for this one while this one waits for it.
    """
    names = ", ".join(map(connection.ops.quote_name, tables))
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return cursor.execute(f"LOCK TABLE {names} IN {mode} MODE")
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected) or attempt == ATTEMPTS - 1:
                raise
    return None


def clear(cursor, tables):
    cursor.execute(
        "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = current_schema()::regnamespace "
        # Those of extensions stay.
        "AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"
    )
    functions = [name for (name,) in cursor.fetchall()]
    for kind, names in [("TABLE", map(connection.ops.quote_name, tables)), ("FUNCTION", functions)]:
        for name in names:
            cursor.execute(f"DROP {kind} {name} CASCADE")


def load(cursor, dump):
    """Run the script that ``pg_restore`` makes of the dump, in the open transaction."""
    script = dump.with_suffix(".sql")
    run(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump)])
    cursor.execute("SHOW search_path")
    (search_path,) = cursor.fetchone()
    statements = []
    with open(script, "rb") as lines, connection.connection.cursor() as raw:
        for line in lines:
            if line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
                raw.execute(b"".join(statements))
                statements = []
                with raw.copy(line) as copy:
                    for row in lines:
                        if row == b"\\.\n":
                            break
                        copy.write(row)
            elif not NOT_FOR_EVERY_SERVER.match(line):
                statements.append(line)
        raw.execute(b"".join(statements))
    # The script has emptied it.
    cursor.execute("SELECT set_config('search_path', %s, false)", [search_path])
    without_time_limits(cursor)
