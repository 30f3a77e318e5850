"""Backups of SQLite: ``VACUUM INTO`` writes them, and one transaction restores all or nothing.

A restore writes into the live file and never replaces it: a process that has the old file open
would go on writing there, and SQLite would play its journal, found by name, into the new file.
"""

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connections

from editions.data_folder.files import sync
from magelang_portal.operations.backups.errors import Damaged, Unusable
from magelang_portal.operations.backups.private_files import own_folder
from magelang_portal.operations.default_connection import connection_with, default_connection

DUMP = "database.sqlite3"
PATIENCE = 30  # seconds that a restore waits for other transactions
SIDE_FILES = ("-journal", "-wal", "-shm")


def live_path():
    return Path(connections["default"].settings_dict["NAME"])


def exists():
    return live_path().exists() and live_path().stat().st_size > 0


@contextmanager
def dumped(path):
    """Write the dump; while the block runs, Django reads the dump's state."""
    if not exists():
        raise Unusable(
            f"There is no database at {live_path()}: run manage.py migrate, or check "
            "PORTAL_DATA_DIR."
        )
    with closing(sqlite3.connect(live_path(), timeout=PATIENCE, isolation_level=None)) as live:
        vacuum(live, path)
    with working_on(path):
        yield


@contextmanager
def snapshot():
    """Inside the block, Django reads one unchanging state, while others write."""
    with own_folder(settings.DATA_DIR, ".snapshot-") as folder, dumped(folder / DUMP):
        yield


def vacuum(live, path):
    try:
        live.execute("VACUUM INTO ?", [str(path)])
    except sqlite3.DatabaseError as error:
        raise refusal("copied", error) from error


def refusal(act, error):
    is_damaged = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
    return (Damaged if is_damaged else Unusable)(
        f"The database {live_path()} cannot be {act}: {error}."
    )


def working_on(path):
    """Django's database is the file ``path`` while the block runs."""
    return default_connection(connection_with({"NAME": str(path)}))


def check(dump):
    """Raises ``Damaged`` if SQLite finds a fault in the dump."""
    try:
        with closing(sqlite3.connect(f"{dump.as_uri()}?mode=ro", uri=True)) as copy:
            found = [fault for (fault,) in copy.execute("PRAGMA integrity_check(3)")]
            orphans = copy.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        found, orphans = [str(error)], []
    faults = [fault for fault in found if fault != "ok"]
    faults += [f"a row of {row[0]} hangs" for row in orphans[:3]]
    if faults:
        raise Damaged(
            f"The database is damaged: {'; '.join(faults)}. Restore the last good backup."
        )


def replace(dump, prepare, keep):
    """Prepare the dump by ``prepare``, then replace the live database by it.

    Before, ``keep`` makes a backup of the live database; returns its path. A lock keeps others from
    writing in between, so every row is in one of the two.
    """
    with working_on(dump):
        prepare()
    live_path().parent.mkdir(parents=True, exist_ok=True)
    if not exists():
        put(dump)
        return None
    try:
        return replace_live(dump, keep)
    except Damaged:
        return replace_damaged(dump)


def replace_live(dump, keep):
    try:
        with closing(sqlite3.connect(live_path(), timeout=PATIENCE, isolation_level=None)) as live:
            live.execute("PRAGMA foreign_keys=OFF")
            live.execute("ATTACH ? AS fresh", [str(dump)])
            live.execute("BEGIN IMMEDIATE")  # closing rolls it back
            kept = keep(dumped)
            replace_tables(live)
            live.execute("COMMIT")
            return kept
    except sqlite3.DatabaseError as error:
        raise refusal("replaced", error) from error


def replace_tables(live):
    """Replace everything by the content of the attached database ``fresh``."""
    for kind in ("trigger", "view", "table"):  # indexes go with their tables
        for name, _sql in objects(live, "main", kind):
            live.execute(f"DROP {kind} {name}")
    for name, sql in objects(live, "fresh", "table"):
        live.execute(sql)
        columns = ", ".join(
            quoted(column[1]) for column in live.execute(f"PRAGMA fresh.table_info({name})")
        )
        live.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM fresh.{name}")
    live.execute("DELETE FROM main.sqlite_sequence")
    live.execute("INSERT INTO main.sqlite_sequence SELECT * FROM fresh.sqlite_sequence")
    for kind in ("index", "view", "trigger"):  # triggers after the rows, which they would refuse
        for _name, sql in objects(live, "fresh", kind):
            live.execute(sql)


def objects(live, database, kind):
    """(Name, CREATE statement) of each object of a kind, without SQLite's own."""
    found = live.execute(
        f"SELECT name, sql FROM {database}.sqlite_master WHERE type = ? AND sql IS NOT NULL "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
        [kind],
    )
    return [(quoted(name), sql) for name, sql in found.fetchall()]


def quoted(name):
    return connections["default"].ops.quote_name(name)


def replace_damaged(dump):
    """Returns the path of a copy of the damaged database."""
    aside = set_aside()
    try:
        with (
            closing(sqlite3.connect(live_path(), timeout=PATIENCE)) as live,
            closing(sqlite3.connect(dump)) as fresh,
        ):
            fresh.backup(live)  # page by page, as others may have it open
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise refusal("replaced", error) from error
        put(dump)
    return aside


def set_aside():
    """Copy the files of a damaged database beside them; returns the path of the database's copy."""
    live = live_path()
    aside = live.with_name(f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.sqlite3")
    for end in ("", *SIDE_FILES):
        with suppress(FileNotFoundError):
            shutil.copy2(f"{live}{end}", f"{aside}{end}")
    return aside


def put(dump):
    """Move the dump to the live path. No process has a usable database open there."""
    with open(dump, "rb+") as file:
        os.fsync(file.fileno())
    fresh = live_path().with_name(f".{live_path().name}.{os.getpid()}")
    shutil.move(dump, fresh)
    for end in SIDE_FILES:  # SQLite would play an old journal into the new database
        Path(f"{live_path()}{end}").unlink(missing_ok=True)
    os.replace(fresh, live_path())
    sync(live_path().parent)
