"""The warnings of `manage.py check`, and of a server that starts, on an installation."""

import signal
import sys

import pytest

from tests.support.configuration import PRODUCTION
from tests.support.servers.commands import manage, run
from tests.support.servers.nodes import Node, node

OTHER_FILE = {"PORTAL_DATABASE_URL": "sqlite:///{}/other.sqlite3"}
NOT_AS_ROOT = """
import os, runpy, sys
os.geteuid = lambda: 1000
sys.argv = ["manage.py", *sys.argv[1:]]
runpy.run_path("manage.py", run_name="__main__")
"""


def check(*arguments, **environment):
    """Run the checks of a portal in production, as a user other than root."""
    configuration = (
        PRODUCTION | {"PORTAL_SITE_URL": "https://visi.magelangkota.go.id"} | environment
    )
    return run(sys.executable, "-c", NOT_AS_ROOT, "check", "--deploy", *arguments, **configuration)


def make_database(folder):
    """Make an empty database in a folder that others may not read."""
    folder.chmod(0o700)
    (folder / "portal.sqlite3").touch(0o600)


def test_checks_find_nothing_in_a_correct_production_portal(tmp_path):
    make_database(tmp_path)

    ended = check("--database=default", "--fail-level=WARNING", PORTAL_DATA_DIR=str(tmp_path))

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "System check identified no issues (4 silenced).\n"


MAIL = {
    "PORTAL_EMAIL_URL": "smtps://portal:rahasia@mail.magelangkota.go.id",
    "PORTAL_EMAIL_FROM": "visi@magelangkota.go.id",
}


@pytest.mark.parametrize(
    ("configuration", "silenced"),
    [
        ({"PORTAL_HSTS_SUBDOMAINS": "1"}, 3),
        ({"PORTAL_HSTS_PRELOAD": "1"}, 3),
        ({"PORTAL_HSTS_SUBDOMAINS": "1", "PORTAL_HSTS_PRELOAD": "1"}, 2),
        (MAIL, 3),
    ],
)
def test_only_the_checks_about_subdomains_preload_and_mail_are_silenced(
    tmp_path, configuration, silenced
):
    make_database(tmp_path)

    ended = check(PORTAL_DATA_DIR=str(tmp_path), **configuration)

    assert ended.stdout == f"System check identified no issues ({silenced} silenced).\n", (
        ended.stderr
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_production_refuses_a_loopback_address_as_a_host_name(tmp_path, host):
    ended = manage(
        "migrate",
        PORTAL_DATA_DIR=str(tmp_path),
        PORTAL_ALLOWED_HOSTS=f"visi.example.go.id {host}",
        **PRODUCTION,
    )

    assert ended.returncode == 1
    assert f"(portal.E001) PORTAL_ALLOWED_HOSTS names {host}" in ended.stderr
    assert "HINT: Name only the hosts" in ended.stderr


# Incomplete installations


def test_a_check_finds_a_database_server_that_does_not_answer(tmp_path):
    ended = check(
        PORTAL_DATA_DIR=str(tmp_path), PORTAL_DATABASE_URL="postgres://portal@127.0.0.1:9/portal"
    )

    assert ended.returncode == 1
    assert "(portal.E011) The database cannot be reached" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_check_finds_a_missing_data_folder(tmp_path):
    ended = check(PORTAL_DATA_DIR=str(tmp_path / "gone"))

    assert ended.returncode == 1
    assert f"There is no database {tmp_path}/gone/portal.sqlite3." in ended.stderr
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(
    ("configuration", "name", "setting"),
    [
        ({}, "portal.sqlite3", "PORTAL_DATA_DIR"),
        (OTHER_FILE, "other.sqlite3", "PORTAL_DATABASE_URL"),
    ],
)
def test_a_check_finds_a_missing_database_and_creates_none(tmp_path, configuration, name, setting):
    tmp_path.chmod(0o700)
    configuration = {key: value.format(tmp_path) for key, value in configuration.items()}

    ended = check(PORTAL_DATA_DIR=str(tmp_path), **configuration)

    assert ended.returncode == 1
    assert f"(portal.E011) There is no database {tmp_path}/{name}. If" in ended.stderr
    assert f"correct {setting}" in ended.stderr
    assert not list(tmp_path.glob("*.sqlite3*"))


def test_a_check_finds_a_damaged_database(tmp_path):
    (tmp_path / "portal.sqlite3").write_text("this is no database")

    ended = check(PORTAL_DATA_DIR=str(tmp_path))

    assert ended.returncode == 1
    assert f"The database {tmp_path}/portal.sqlite3 is damaged" in ended.stderr


# Warnings of a starting server


def test_a_starting_server_prints_the_warnings_of_its_surroundings(tmp_path):
    with node(tmp_path / "node", {"PORTAL_SITE_URI": "https://visi.magelangkota.go.id"}):
        log = (tmp_path / "node" / "log").read_text()

    assert "PORTAL_SITE_URI is not a setting of the portal" in log
    assert "Another portal" not in log


def test_a_second_server_on_the_same_data_folder_warns_of_the_first(tmp_path):
    with node(tmp_path / "node") as first:
        first.manage("verify_editions")  # a command does not count as a second portal
        second = Node(tmp_path / "node", {})
        second.start()
        second.stop()
        log = (tmp_path / "node" / "log").read_text()

    assert log.count("Another portal serves from the folder") == 1
    assert f"(process {first.process.pid})" in log


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_restarted_server_is_not_reported_as_a_second_one(tmp_path, how):
    with node(tmp_path / "node") as one:
        one.stop(how)
        one.start()

        assert "Another portal" not in (tmp_path / "node" / "log").read_text()


def test_a_serving_role_that_owns_the_tables_is_reported_without_stopping_an_update(
    settings, tmp_path, postgres
):
    (tmp_path / "data").mkdir(mode=0o700)
    where = {"PORTAL_DATA_DIR": str(tmp_path / "data"), "PORTAL_DATABASE_URL": postgres}

    ended = check("--fail-level=WARNING", **where)
    assert ended.returncode == 0, ended.stderr
    assert "(portal.I014)" in ended.stdout + ended.stderr
    assert "docs/owner.md" in ended.stdout + ended.stderr

    owner = {"PORTAL_OWNER_DATABASE_URL": postgres.replace("portal@", "portal_owner@")}
    ended = check("--fail-level=WARNING", **where, **owner)
    assert "portal.I014" not in ended.stdout + ended.stderr
