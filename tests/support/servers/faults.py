"""Faults of a database: another process locks it, or its disk is full."""

import sqlite3
import threading
from contextlib import contextmanager

import psycopg
from django.db import connection

FULL = """
    CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER is_full BEFORE INSERT ON editorial_version
    FOR EACH ROW EXECUTE FUNCTION is_full();
"""
AGAIN_ROOM = "DROP TRIGGER is_full ON editorial_version; DROP FUNCTION is_full();"


@contextmanager
def held_by_another(patience=100, seconds=None):
    """Another process locks the visions for some seconds, or longer than this thread waits."""
    if connection.vendor == "sqlite":
        run(f"PRAGMA busy_timeout = {patience}")
        other = sqlite3.connect(
            connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False
        )
        other.execute("BEGIN IMMEDIATE")
    else:
        run(f"SET lock_timeout = {patience}")
        other = psycopg.connect(
            **{name: connection.get_connection_params()[name] for name in ADDRESS}
        )
        other.execute("SELECT id FROM vision_vision FOR UPDATE")
    if seconds:
        threading.Timer(seconds, other.close).start()
    try:
        yield
    finally:
        other.close()
        connection.close() if connection.vendor == "sqlite" else run("RESET lock_timeout")


@contextmanager
def full():
    """The disk is full. On PostgreSQL, the server raises the error that a full disk causes."""
    if connection.vendor == "sqlite":
        run("VACUUM")
        with connection.cursor() as cursor:
            pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        run(f"PRAGMA max_page_count = {pages}")
    else:
        run(FULL)
    try:
        yield
    finally:
        if connection.vendor == "sqlite":
            connection.close()
        else:
            run(AGAIN_ROOM)


ADDRESS = ("dbname", "host", "port", "user")


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
