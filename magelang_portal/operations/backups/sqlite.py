"""SQLite: dumped by ``VACUUM INTO``, put back in one transaction: the database is the old one or the new one.

The live file is written into, never replaced: a process that has the old one open would go on writing there, and its
journal, which is found by name, would be played into the new one.
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
from magelang_portal.operations.backups.archive import Damaged, Unusable, own_folder
from magelang_portal.operations.default_connection import default_connection

DUMP = "database.sqlite3"
PATIENCE = 30  # seconds that a restore waits for who writes
SIDE_FILES = ("-journal", "-wal", "-shm")


def live_path():
    return Path(connections["default"].settings_dict["NAME"])


def exists():
    return live_path().exists() and live_path().stat().st_size > 0


@contextmanager
def dumped(path):
    """Write the dump; while the block runs, Django's database is what the dump holds."""
    if not exists():
        raise Unusable(
            f"There is no database at {live_path()}: run manage.py migrate, or check PORTAL_DATA_DIR."
        )
    with closing(sqlite3.connect(live_path(), timeout=PATIENCE, isolation_level=None)) as live:
        vacuum(live, path)
    with working_on(path):
        yield


@contextmanager
def snapshot():
    """Django's database stands still while the block runs, and keeps nobody from writing."""
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
    other = connections.create_connection("default")
    other.settings_dict = other.settings_dict | {"NAME": str(path)}
    return default_connection(other)


def check(dump):
    """Raises ``Unusable`` where SQLite finds a fault in the dump."""
    try:
        with closing(sqlite3.connect(f"{dump.as_uri()}?mode=ro", uri=True)) as copy:
            found = [fault for (fault,) in copy.execute("PRAGMA integrity_check(3)")]
            orphans = copy.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        found, orphans = [str(error)], []
    if found != ["ok"] or orphans:
        faults = "; ".join(
            [
                *(found if found != ["ok"] else []),
                *(f"a row of {row[0]} hangs" for row in orphans[:3]),
            ]
        )
        raise Damaged(f"The database is damaged: {faults}. Restore the last good backup.")


def replace(dump, prepare, keep):
    """Put the dump, once it is prepared, in the place of the live database, of which ``keep`` makes a backup before.

    Returns what was kept. Nobody writes in between, so nothing is in neither of the two.
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
            live.execute("BEGIN IMMEDIATE")  # which its closing takes back
            kept = keep(dumped)
            replace_tables(live)
            live.execute("COMMIT")
            return kept
    except sqlite3.DatabaseError as error:
        raise refusal("replaced", error) from error


def replace_tables(live):
    """Make all that the attached database ``fresh`` holds anew, in the transaction that is open."""
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
    for kind in ("index", "view", "trigger"):  # triggers last: they would refuse the rows
        for _name, sql in objects(live, "fresh", kind):
            live.execute(sql)


def objects(live, database, kind):
    """(Name, statement that makes it) of all objects of a kind but those that SQLite makes itself."""
    found = live.execute(
        f"SELECT name, sql FROM {database}.sqlite_master WHERE type = ? AND sql IS NOT NULL "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
        [kind],
    )
    return [(quoted(name), sql) for name, sql in found.fetchall()]


def quoted(name):
    return connections["default"].ops.quote_name(name)


def replace_damaged(dump):
    """Returns what is kept of a database that is damaged: its file."""
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
    """Copy the files of a damaged database to names beside them; returns the first."""
    live, aside = (
        live_path(),
        live_path().with_name(f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.sqlite3"),
    )
    for end in ("", *SIDE_FILES):
        with suppress(FileNotFoundError):
            shutil.copy2(f"{live}{end}", f"{aside}{end}")
    return aside


def put(dump):
    """Move the dump to where no database stands, or none that can be used: so nobody has it open."""
    with open(dump, "rb+") as file:
        os.fsync(file.fileno())
    fresh = live_path().with_name(f".{live_path().name}.{os.getpid()}")
    shutil.move(dump, fresh)
    for end in SIDE_FILES:  # what is left of another database would be played into this one
        Path(f"{live_path()}{end}").unlink(missing_ok=True)
    os.replace(fresh, live_path())
    sync(live_path().parent)
