"""SQLite: dumped by ``VACUUM INTO``, put back by SQLite's own backup, page by page under its lock.

The live file is written into, never replaced: a process that has the old one open would go on writing there, and its
journal, which is found by name, would be played into the new one.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connections

from magelang_portal.backups.archive import Unusable
from magelang_portal.backups.standing_in import standing_in

DUMP = "database.sqlite3"
PATIENCE = 30  # seconds that a restore waits for who writes
SIDE_FILES = ("-journal", "-wal", "-shm")
DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def live_path():
    return Path(connections["default"].settings_dict["NAME"])


def exists():
    return live_path().exists() and live_path().stat().st_size > 0


@contextmanager
def dumped(path):
    """Write the dump; while the block runs, Django's database is what the dump holds."""
    if not exists():
        raise Unusable(f"There is no database at {live_path()}: run manage.py migrate, or check PORTAL_DATA_DIR.")
    with closing(sqlite3.connect(live_path(), timeout=PATIENCE, isolation_level=None)) as live:
        vacuum(live, path)
    with working_on(path):
        yield


@contextmanager
def snapshot():
    """Django's database stands still while the block runs, and keeps nobody from writing."""
    folder = tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix=".snapshot-")
    with folder, dumped(Path(folder.name, DUMP)):
        yield


def vacuum(live, path):
    try:
        live.execute("VACUUM INTO ?", [str(path)])
    except sqlite3.DatabaseError as error:
        raise Unusable(f"The database {live_path()} cannot be copied: {error}.") from error


def working_on(path):
    """Django's database is the file ``path`` while the block runs."""
    other = connections.create_connection("default")
    other.settings_dict = other.settings_dict | {"NAME": str(path)}
    return standing_in(other)


def check(dump):
    """Raises ``Unusable`` where SQLite finds a fault in the dump."""
    try:
        with closing(sqlite3.connect(f"{dump.as_uri()}?mode=ro", uri=True)) as copy:
            found = [fault for (fault,) in copy.execute("PRAGMA integrity_check(3)")]
            orphans = copy.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        found, orphans = [str(error)], []
    if found != ["ok"] or orphans:
        faults = "; ".join([*(found if found != ["ok"] else []), *(f"a row of {row[0]} hangs" for row in orphans[:3])])
        raise Unusable(f"The database is damaged: {faults}. Restore the last good backup.")


def replace(dump, prepare, keep):
    """Put the dump, once it is prepared, in the place of the live database, of which ``keep`` makes a backup before.

    Returns what was kept. Nobody reads or writes in between, so nothing is in neither of the two.
    """
    with working_on(dump):
        prepare()
    live_path().parent.mkdir(parents=True, exist_ok=True)
    if not exists():
        put(dump)
        return None
    try:
        with closing(locked()) as live:
            kept = keep_or_set_aside(live, keep)
            with closing(sqlite3.connect(dump)) as fresh:
                fresh.backup(live)
            return kept
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise Unusable(f"The database {live_path()} cannot be replaced: {error}. Try again.") from error
    kept = set_aside(os.replace)  # nobody can use it, so nobody has it open
    put(dump)
    return kept


def locked():
    """A connection that has the live database for itself until it is closed, between its transactions too.

    In WAL mode, where others only have to look at the database to prevent that, it only waits for who writes.
    """
    live = sqlite3.connect(live_path(), timeout=PATIENCE, isolation_level=None)
    try:
        if live.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            live.execute("PRAGMA locking_mode=EXCLUSIVE")
        live.execute("BEGIN EXCLUSIVE")
        live.execute("COMMIT")
    except sqlite3.DatabaseError:
        live.close()
        raise
    return live


def keep_or_set_aside(live, keep):
    try:
        return keep(partial(dumped_from, live))
    except Unusable as error:
        if getattr(error.__cause__, "sqlite_errorcode", None) not in DAMAGED:
            raise
        return set_aside(shutil.copy2)


@contextmanager
def dumped_from(live, path):
    vacuum(live, path)
    with working_on(path):
        yield


def set_aside(take):
    """Copy or move the files of a damaged database to names beside it; returns the first."""
    live, aside = live_path(), live_path().with_name(f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.sqlite3")
    for end in ("", *SIDE_FILES):
        with suppress(FileNotFoundError):
            take(f"{live}{end}", f"{aside}{end}")
    return aside


def put(dump):
    """Where no database stands, move the dump there."""
    with open(dump, "rb+") as file:
        os.fsync(file.fileno())
    fresh = live_path().with_name(f".{live_path().name}.{os.getpid()}")
    shutil.move(dump, fresh)
    os.replace(fresh, live_path())
