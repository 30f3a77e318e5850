"""A portal moved from SQLite to PostgreSQL has the same pages, byte for byte, and the same rows."""

import json
import re
import shutil
import sqlite3
from contextlib import closing

import psycopg
import pytest

from tests.support.people.readers import answer
from tests.support.servers.nodes import Node
from tests.support.servers.scripts import LIVED_IN

CONTINUE = """
from django.core.management import call_command
from editorial.models import Account
from tests.support.factories import make_vision, publish_now
from vision.models import Vision

make_vision(2041, 2045)
Account.objects.create_user("budi")
publish_now(Vision.objects.get(period_start=2031))
call_command("verify_editions")
"""


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory):
    """The data folder of a portal on SQLite that people have worked with."""
    node = Node(tmp_path_factory.mktemp("portal") / "data", {})
    node.prepare()
    node.manage("shell", "--verbosity=0", "--command", LIVED_IN)
    return node.folder


@pytest.fixture
def portal(lived_in, tmp_path):
    """A stopped node with such a folder."""
    shutil.copytree(lived_in, tmp_path / "data")
    shutil.copytree(lived_in.parent / "static", tmp_path / "static")
    return Node(tmp_path / "data", {})


def execute(portal, statement, *values):
    """Write to the database without the portal's code."""
    with closing(sqlite3.connect(portal.folder / "portal.sqlite3", autocommit=True)) as connection:
        connection.execute(statement, values)


def pages(node):
    """The answers to readers, by address."""
    node.start()
    try:
        _, sitemap = answer(f"{node.address}/sitemap.xml")
        addresses = re.findall(r"<loc>([^<]+)</loc>", sitemap.decode())
        data = [
            f"{node.address}/{path}"
            for path in ("data/2016-2021/1.json", "data/2016-2021.csv", "id/umpan.atom")
        ]
        return {address: answer(address) for address in addresses + data}
    finally:
        node.stop()


def rows(node):
    """All rows by model and key, because databases return them in different orders."""
    rows = json.loads(node.manage("dumpdata", "--exclude=sessions"))
    for row in rows:
        for name in ("permissions", "groups"):
            row["fields"].get(name, []).sort()
    return {(row["model"], row["pk"]): row["fields"] for row in rows}


def test_pages_and_rows_are_the_same_after_the_move_and_staff_can_work(portal, postgres):
    moved = Node(portal.folder, {"PORTAL_DATABASE_URL": postgres}, port=portal.port)
    before = pages(portal), rows(portal)

    said = portal.manage("move_to_postgres", postgres)

    assert (pages(moved), rows(moved)) == before
    assert {status for status, _ in before[0].values()} == {200}
    assert len(before[0]) > 50
    assert "Set PORTAL_DATABASE_URL" in said
    assert "5 editions are as they were published" in moved.manage("verify_editions")
    assert "6 editions" in moved.manage("shell", "--verbosity=0", "--command", CONTINUE)
    assert rows(portal) == before[1]


def test_the_database_refuses_the_same_changes_after_the_move(portal, postgres):
    portal.manage("move_to_postgres", postgres)

    with psycopg.connect(postgres) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("UPDATE editions_edition SET note_ind = 'lain'")


def test_nothing_is_moved_into_a_database_with_rows(portal, postgres):
    portal.manage("move_to_postgres", postgres)

    with pytest.raises(
        RuntimeError, match="The database is not empty .*make a new one with createdb"
    ):
        portal.manage("move_to_postgres", postgres)


def test_a_move_that_fails_moves_nothing(portal, postgres):
    execute(
        portal, "UPDATE editorial_account SET first_name = ?", "x" * 151
    )  # SQLite does not check the length

    with pytest.raises(RuntimeError, match="Nothing was moved: value too long"):
        portal.manage("move_to_postgres", postgres)

    with psycopg.connect(postgres) as there:
        assert there.execute("SELECT count(*) FROM vision_vision").fetchone() == (0,)


def test_a_portal_with_a_changed_edition_is_not_moved(portal, postgres):
    execute(portal, "DROP TRIGGER editions_edition_update_guard")
    execute(portal, "UPDATE editions_edition SET file = replace(file, 'Magelang', 'Kota')")

    with pytest.raises(
        RuntimeError, match="lacks editions_edition_update_guard: run manage.py migrate"
    ):
        portal.manage("move_to_postgres", postgres)
    portal.manage("migrate", "--verbosity=0")
    with pytest.raises(RuntimeError, match="not as they were published"):
        portal.manage("move_to_postgres", postgres)


def test_only_a_portal_on_sqlite_is_moved_and_only_to_postgresql(portal, postgres, tmp_path):
    moved = Node(tmp_path, {"PORTAL_DATABASE_URL": postgres})

    with pytest.raises(RuntimeError, match="The portal is not on SQLite"):
        moved.manage("move_to_postgres", postgres)
    with pytest.raises(RuntimeError, match="write it like postgres://"):
        portal.manage("move_to_postgres", "mysql://root@127.0.0.1/portal")
