"""On PostgreSQL another role may own the tables; then the serving role cannot drop triggers."""

import re
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from tests.support.repository import ROOT
from tests.support.servers.nodes import Node
from tests.support.servers.scripts import CHANGE_AND_PUBLISH, LIVED_IN

PUBLISH = CHANGE_AND_PUBLISH.replace("objects.get()", "objects.get(period_start=2016)")
PAGE = ROOT / "docs" / "owner.md"
ATTACKS = [
    "DROP TRIGGER editions_edition_update_guard ON editions_edition",
    "ALTER TABLE editions_edition DISABLE TRIGGER ALL",
    "ALTER TABLE editions_edition DISABLE TRIGGER editions_edition_update_guard",
    "SET session_replication_role = replica",
    "TRUNCATE editions_edition CASCADE",
    "TRUNCATE missions_mission",
    "ALTER TABLE editions_edition ADD COLUMN more text",
    "DROP TABLE editions_withdrawal",
    "DROP FUNCTION editions_edition_update_guard() CASCADE",
    "CREATE OR REPLACE FUNCTION editions_edition_update_guard() RETURNS trigger LANGUAGE plpgsql "
    "AS $$ BEGIN RETURN NEW; END $$",
    "CREATE TABLE other (id int)",
    "DROP SCHEMA public CASCADE",
    "UPDATE editions_edition SET note_ind = 'lain'",
    "DELETE FROM editions_edition",
    "DELETE FROM editorial_event",
    "UPDATE editorial_version SET number = 9",
    "DELETE FROM django_migrations",
    "SET ROLE portal_owner",
    "REASSIGN OWNED BY portal_owner TO serving",
]


@pytest.fixture(scope="module")
def server(postgres_server):
    """A server with the roles of an installation: one serves, and later another owns."""
    with psycopg.connect(postgres_server.address("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE serving LOGIN")
    return postgres_server


def address_of(database, role):
    return database.replace("portal@", f"{role}@")


def statements():
    """The page's statements for an existing installation, with the role named ``serving``."""
    sql = re.search("```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]
    return re.sub(r"\bportal\b(?!_)", "serving", sql)


@pytest.fixture(scope="module")
def installation(server, tmp_path_factory):
    """An installation with data, changed as the page says."""
    database = server.make_database()
    name = database.rpartition("/")[2]
    with psycopg.connect(database, autocommit=True) as superuser:
        superuser.execute(f"ALTER DATABASE {name} OWNER TO serving")
        folder = tmp_path_factory.mktemp("owner")
        node = Node(folder / "data", {"PORTAL_DATABASE_URL": address_of(database, "serving")})
        node.prepare()
        node.manage("shell", "--verbosity=0", "--command", LIVED_IN)
        for statement in statements().split(";\n"):
            superuser.execute(statement) if statement.strip() else None
    node.database = database
    return node


@pytest.fixture(scope="module")
def changed(installation):
    """The installation after ``migrate``, which grants the rights."""
    with pytest.raises(
        RuntimeError, match="Set PORTAL_OWNER_DATABASE_URL to the address of the role that owns"
    ):
        installation.manage("migrate")
    manage_as_owner(installation, "migrate", "--verbosity=0")
    return installation


def manage_as_owner(node, *command):
    owner = {"PORTAL_OWNER_DATABASE_URL": address_of(node.database, "portal_owner")}
    return Node(node.folder, node.environment | owner, port=node.port).manage(*command)


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_role_that_serves_cannot(changed, attack):
    with (
        psycopg.connect(address_of(changed.database, "serving")) as connection,
        pytest.raises(InsufficientPrivilege),
    ):
        connection.execute(attack)


def test_the_portal_works_as_the_serving_role(changed, tmp_path):
    changed.start()
    try:
        changed.manage("shell", "--verbosity=0", "--command", LIFE)
        changed.manage("verify_editions")
        said = changed.manage("backup", str(tmp_path))
        changed.manage("clearsessions")
        changed.manage("shell", "--verbosity=0", "-c", PUBLISH.format(words="Perda Nomor 9"))
        changed.manage("check", "--database=default", "--fail-level=WARNING")
    finally:
        changed.stop()
    assert ", checked; " in said


def test_a_restore_uses_the_owner_and_the_portal_works_after_it(changed, tmp_path):
    changed.manage("backup", str(tmp_path))
    (path,) = Path(tmp_path).glob("*.tar.gz")
    with pytest.raises(RuntimeError, match=r"Set PORTAL_OWNER_DATABASE_URL.*\nNothing was changed"):
        changed.manage("restore", "--yes", str(path))

    manage_as_owner(changed, "restore", "--yes", str(path))

    changed.manage("verify_editions")
    changed.manage("backup", str(tmp_path))
    changed.manage("shell", "--verbosity=0", "-c", PUBLISH.format(words="Perda Nomor 10"))
    with (
        psycopg.connect(address_of(changed.database, "serving")) as connection,
        pytest.raises(InsufficientPrivilege),
    ):
        connection.execute("ALTER TABLE editions_edition DISABLE TRIGGER ALL")


def test_a_portal_on_sqlite_moves_to_tables_of_the_owner(changed, server, tmp_path):
    database = server.make_database()
    with psycopg.connect(database, autocommit=True) as superuser:
        superuser.execute(f"ALTER DATABASE {database.rpartition('/')[2]} OWNER TO portal_owner")
    node = Node(tmp_path / "data", {})
    node.prepare()
    owner = Node(node.folder, {"PORTAL_OWNER_DATABASE_URL": address_of(database, "portal_owner")})

    owner.manage("move_to_postgres", address_of(database, "serving"))

    moved = Node(node.folder, {"PORTAL_DATABASE_URL": address_of(database, "serving")})
    assert "3 editions are as they were published" in moved.manage("verify_editions")
    moved.manage("shell", "--verbosity=0", "-c", PUBLISH.format(words="Perda Nomor 9"))
    with (
        psycopg.connect(address_of(database, "serving")) as connection,
        pytest.raises(InsufficientPrivilege),
    ):
        connection.execute("DROP TRIGGER editions_edition_update_guard ON editions_edition")


def test_another_database_of_the_owner_is_refused(changed):
    owner = {"PORTAL_OWNER_DATABASE_URL": "postgres://portal_owner@127.0.0.1/other"}
    other = Node(changed.folder, changed.environment | owner)

    with pytest.raises(RuntimeError, match="write the same database in both"):
        other.manage("migrate")


LIFE = """
from django.test.utils import setup_test_environment
from editions.document import Text
from editions.models import Edition
from editions.publishing import withdraw
from editorial.models import Account, Event
from missions.models import Mission
from tests.support.people.desk import change, logged_in, typed
from tests.support.factories import make_vision, publish_now

setup_test_environment()
budi = logged_in("budi", "Editor", "Translator")
vision = make_vision(2051, 2055)
mission = Mission.objects.get(vision=vision)
address = change(mission)
fields = typed(budi, address, statement_ind="Membangun kota.", statement_en="To build.")
answer = budi.post(address, fields)
assert answer.status_code == 302, answer.content
edition = publish_now(vision)
withdraw(edition, reason=Text("Salah", "Wrong"), withdrawn_by="Sri")
assert Event.objects.filter(actor="budi").exists()
budi.post("/admin/logout/")
Account.objects.filter(username="budi").delete()
"""
