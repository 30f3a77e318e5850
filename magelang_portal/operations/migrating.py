"""Which migrations the database lacks, and the lock that lets one process at a time change it."""

import fcntl
import sys
from contextlib import closing, contextmanager, suppress
from time import sleep

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from editions.connections import unpooled

LOCK = "migrate.lock"  # on SQLite: a file in the data folder
ADVISORY_LOCK = 20_160_217  # on PostgreSQL: any number that nothing else in the database uses


def is_new():
    """Nothing was ever migrated in this database."""
    return not MigrationRecorder(connection).applied_migrations()


def pending(alias="default"):
    executor = MigrationExecutor(connections[alias])
    return executor.migration_plan(executor.loader.graph.leaf_nodes())


@contextmanager
def alone():
    """Inside the block no other process is in such a block for this database. Not reentrant."""
    with postgresql_lock() if connection.vendor == "postgresql" else file_lock():
        yield


@contextmanager
def postgresql_lock():
    """The server frees the lock as soon as the connection ends, so a kill leaves none behind."""
    with closing(unpooled()) as other, other.cursor() as cursor:
        wait_for(lambda: is_locked(cursor))
        yield


def is_locked(cursor):
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
    return cursor.fetchone()[0]


@contextmanager
def file_lock():
    try:
        file = (settings.DATA_DIR / LOCK).open("w")
    except OSError:  # the sentence about the database says what is wrong with the folder
        yield
        return
    with file:
        wait_for(lambda: is_file_locked(file))
        yield


def is_file_locked(file):
    with suppress(BlockingIOError):
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def wait_for(is_free):
    if is_free():
        return
    print("Another process prepares this database: waiting until it ends.", file=sys.stderr)
    while not is_free():
        sleep(0.5)
