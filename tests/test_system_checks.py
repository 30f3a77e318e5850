"""What `manage.py check` finds, and that a portal in production has nothing to be found."""

import os
import shutil
import signal
import sys
from collections import namedtuple
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from magelang_portal.checks import SURROUNDINGS
from tests.nodes import Node, node
from tests.test_setup import PRODUCTION, manage, run

pytestmark = pytest.mark.django_db  # Django's own checks ask what the database can
ROOT = Path(__file__).parent.parent


def found(**options):
    """The findings by id, of all checks."""
    return {one.id: one for one in run_checks(include_deployment_checks=True, **options)}


OTHER_FILE = {"PORTAL_DATABASE_URL": "sqlite:///{}/other.sqlite3"}
NOT_AS_ROOT = """
import os, runpy, sys
os.geteuid = lambda: 1000
sys.argv = ["manage.py", *sys.argv[1:]]
runpy.run_path("manage.py", run_name="__main__")
"""


def check(*arguments, **environment):
    """Check a portal in production, as its own user would, who is not root."""
    configuration = PRODUCTION | {"PORTAL_SITE_URL": "https://visi.magelangkota.go.id"} | environment
    return run(sys.executable, "-c", NOT_AS_ROOT, "check", "--deploy", *arguments, **configuration)


def make_database(folder):
    """An empty one, in a folder that is closed to others."""
    folder.chmod(0o700)
    (folder / "portal.sqlite3").touch(0o600)


def test_a_portal_in_production_has_nothing_to_be_found(tmp_path):
    make_database(tmp_path)

    ended = check("--database=default", "--fail-level=WARNING", PORTAL_DATA_DIR=str(tmp_path))

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "System check identified no issues (2 silenced).\n"


@pytest.mark.parametrize(
    ("configuration", "silenced"),
    [
        ({"PORTAL_HSTS_SUBDOMAINS": "1"}, 1),
        ({"PORTAL_HSTS_PRELOAD": "1"}, 1),
        ({"PORTAL_HSTS_SUBDOMAINS": "1", "PORTAL_HSTS_PRELOAD": "1"}, 0),
    ],
)
def test_only_what_would_bind_other_hosts_of_the_city_is_silenced(tmp_path, configuration, silenced):
    make_database(tmp_path)

    ended = check(PORTAL_DATA_DIR=str(tmp_path), **configuration)

    assert ended.stdout == f"System check identified no issues ({silenced} silenced).\n"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_the_loopback_is_no_name_of_a_site_in_production(tmp_path, host):
    ended = manage(
        "migrate", PORTAL_DATA_DIR=str(tmp_path), PORTAL_ALLOWED_HOSTS=f"visi.example.go.id {host}", **PRODUCTION
    )

    assert ended.returncode == 1
    assert f"(portal.E001) PORTAL_ALLOWED_HOSTS names {host}" in ended.stderr
    assert "HINT: Name only the hosts" in ended.stderr


@pytest.fixture
def catalogues(settings, tmp_path):
    """A copy of the catalogues, in use."""
    shutil.copytree(ROOT / "locale", tmp_path / "locale")
    settings.LOCALE_PATHS = [tmp_path / "locale", tmp_path / "locale" / "django"]
    return tmp_path / "locale" / "id" / "LC_MESSAGES"


def test_a_catalogue_that_is_not_compiled_is_found(catalogues):
    assert not {"portal.E002", "portal.W003"} & found().keys()

    (catalogues / "django.mo").unlink()

    assert "make messages" in found()["portal.E002"].hint


def test_a_catalogue_that_was_changed_since_it_was_compiled_is_found(catalogues):
    source = catalogues / "django.po"
    source.write_text(source.read_text().replace('msgstr "Penyunting"', 'msgstr "Redaktur"'))

    assert "django.mo says something else than django.po" in found()["portal.W003"].msg


def test_an_address_that_anyone_may_claim_is_found(settings, monkeypatch):
    assert "portal.W004" not in found()

    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 4 --forwarded-allow-ips=*")
    assert "portal.W004" in found()

    monkeypatch.delenv("GUNICORN_CMD_ARGS")
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/24"), ip_network("2001:db8::1")]
    assert "portal.W004" not in found()

    settings.TRUSTED_PROXIES = [ip_network("0.0.0.0/0")]
    assert "portal.W004" in found()


@pytest.mark.parametrize(
    ("bind", "proxy", "is_found"),
    [
        ("127.0.0.1:8000", "127.0.0.1", False),
        ("[::1]:8000", "::1", False),
        ("0.0.0.0:8000", "127.0.0.1", True),
        ("10.0.0.2:8000", "10.0.0.1", False),
    ],
)
def test_a_portal_that_other_machines_may_ask_names_its_proxy(settings, bind, proxy, is_found):
    settings.BIND, settings.TRUSTED_PROXIES = bind, [ip_network(proxy)]

    assert ("portal.W010" in found()) == is_found


@pytest.mark.parametrize(
    ("folder", "file", "is_found"),
    [(0o700, 0o644, False), (0o711, 0o600, False), (0o711, 0o644, True), (0o755, 0o600, True)],
)
@pytest.mark.parametrize("name", ["secret_key", "portal.sqlite3", "replaced-20260101T000000Z.tar.gz"])
def test_data_that_every_user_may_read_are_found(settings, tmp_path, folder, file, is_found, name):
    settings.DATA_DIR = tmp_path
    (tmp_path / name).touch()
    (tmp_path / name).chmod(file)
    tmp_path.chmod(folder)

    assert ("portal.W005" in found()) == is_found


@pytest.mark.parametrize(
    ("mode", "is_safe", "is_found"), [("WAL", False, True), ("WAL", True, False), ("TRUNCATE", False, False)]
)
def test_a_journal_that_this_sqlite_may_corrupt_is_found(settings, monkeypatch, mode, is_safe, is_found):
    settings.SQLITE_WAL_IS_SAFE = is_safe
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"init_command": f"PRAGMA journal_mode={mode};"})

    assert ("portal.E006" in found(tags=[Tags.security])) == is_found


@pytest.mark.django_db
def test_a_database_that_a_newer_release_has_used_is_found():
    assert "portal.W007" not in found(databases=["default"])

    MigrationRecorder(connection).record_applied("editorial", "0999_later")

    assert "editorial.0999_later" in found(databases=["default"])["portal.W007"].msg


# What an installation may lack


def test_a_database_server_that_does_not_answer_is_found(tmp_path):
    ended = check(PORTAL_DATA_DIR=str(tmp_path), PORTAL_DATABASE_URL="postgres://portal@127.0.0.1:9/portal")

    assert ended.returncode == 1
    assert "(portal.E011) The database cannot be reached" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_data_folder_that_is_not_there_is_found(tmp_path):
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
def test_a_database_that_is_not_there_is_found_and_not_made(tmp_path, configuration, name, setting):
    tmp_path.chmod(0o700)
    configuration = {key: value.format(tmp_path) for key, value in configuration.items()}

    ended = check(PORTAL_DATA_DIR=str(tmp_path), **configuration)

    assert ended.returncode == 1
    assert f"(portal.E011) There is no database {tmp_path}/{name}. If" in ended.stderr
    assert f"correct {setting}" in ended.stderr
    assert not list(tmp_path.glob("*.sqlite3*"))


def test_a_damaged_database_is_found(tmp_path):
    (tmp_path / "portal.sqlite3").write_text("this is no database")

    ended = check(PORTAL_DATA_DIR=str(tmp_path))

    assert ended.returncode == 1
    assert f"The database {tmp_path}/portal.sqlite3 is damaged" in ended.stderr


def examples():
    """The lines of the example whose values are only examples."""
    lines = (ROOT / "deploy" / "portal.env.example").read_text().splitlines()
    settings = [line.lstrip("#").partition("=") for line in lines if line.lstrip("#").startswith("PORTAL_")]
    return [(name, value.strip("'")) for name, _equals, value in settings if "example" in value]


def test_the_example_has_addresses_that_are_only_examples():
    assert {"PORTAL_SITE_URL", "PORTAL_CONTACT", "PORTAL_SECURITY_CONTACT"} <= dict(examples()).keys()


@pytest.mark.parametrize(("name", "value"), examples(), ids=lambda part: part)
def test_an_address_of_the_example_that_was_left_is_found(monkeypatch, name, value):
    assert "portal.E010" not in found()

    monkeypatch.setenv(name, value)

    assert name in found()["portal.E010"].msg


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_SITE_URL", "https://example.go.id:8443"),
        ("PORTAL_ALLOWED_HOSTS", "visi.magelangkota.go.id, visi.test"),
        ("PORTAL_CONTACT", "Tulislah kepada kontak@example.go.id."),
        ("PORTAL_SECURITY_CONTACT", "mailto:keamanan@example.go.id?subject=visi"),
        ("PORTAL_LICENCE_URL", "https://www.example.org/licence"),
        ("PORTAL_DATABASE_URL", "postgres://portal:a@db.example.com:5432/portal"),
    ],
)
def test_an_address_that_is_only_an_example_is_found_wherever_it_stands(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    assert name in found()["portal.E010"].msg


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_SITE_URL", "https://visi.test.magelangkota.go.id"),
        ("PORTAL_CONTACT", "kontak@example.go.id.magelangkota.go.id"),
        ("PORTAL_DATABASE_URL", "postgres://a.test:b.test@db.magelangkota.go.id/portal"),
        ("PORTAL_DATABASE_URL", "postgres://portal@db.magelangkota.go.id/portal.test"),
        ("PORTAL_SECRET_KEY", "a.test"),
        ("PORTAL_DATA_DIR", "/srv/visi.test"),
    ],
)
def test_what_only_looks_like_an_address_of_the_example_stops_no_portal(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    assert "portal.E010" not in found()


@pytest.mark.parametrize(
    ("name", "nearest"), [("PORTAL_SITE_URI", "PORTAL_SITE_URL"), ("PORTAL_DATABASEURL", "PORTAL_DATABASE_URL")]
)
def test_a_misspelt_setting_is_found_with_the_nearest_that_is_known(monkeypatch, name, nearest):
    assert "portal.W012" not in found()

    monkeypatch.setenv(name, "x")

    assert name in found()["portal.W012"].msg
    assert nearest in found()["portal.W012"].hint


@pytest.mark.parametrize(
    ("user", "owner", "is_production", "is_found"),
    [(0, 0, False, False), (0, 0, True, True), (0, 1000, False, True), (1000, 1000, True, False)],
)
def test_who_runs_the_portal_as_root_is_told(settings, monkeypatch, tmp_path, user, owner, is_production, is_found):
    settings.DATA_DIR, settings.PRODUCTION = tmp_path, is_production
    monkeypatch.setattr(os, "geteuid", lambda: user)
    status = namedtuple("status", "st_uid st_mode")(owner, 0o40700)
    monkeypatch.setattr(type(tmp_path), "stat", lambda path, **options: status)

    assert ("portal.W013" in found_around()) == is_found


def found_around():
    return {one.id for one in run_checks(tags=[SURROUNDINGS])}


# What a server says when it starts


def test_a_server_says_what_may_be_wrong_around_it(tmp_path):
    with node(tmp_path / "node", {"PORTAL_SITE_URI": "https://visi.magelangkota.go.id"}):
        log = (tmp_path / "node" / "log").read_text()

    assert "PORTAL_SITE_URI is not a setting of the portal" in log
    assert "Another portal" not in log


def test_a_second_server_on_the_same_data_folder_is_told_of_the_first(tmp_path):
    with node(tmp_path / "node") as first:
        first.manage("verify_editions")  # a command is no second portal
        second = Node(tmp_path / "node", {})
        second.start()
        second.stop()
        log = (tmp_path / "node" / "log").read_text()

    assert log.count("Another portal serves from the folder") == 1
    assert f"(process {first.process.pid})" in log


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_was_restarted_is_no_second_one(tmp_path, how):
    with node(tmp_path / "node") as one:
        one.stop(how)
        one.start()

        assert "Another portal" not in (tmp_path / "node" / "log").read_text()


def test_a_role_that_serves_and_owns_the_tables_is_told_of_and_stops_no_update(settings, tmp_path, postgres):
    (tmp_path / "data").mkdir(mode=0o700)
    where = {"PORTAL_DATA_DIR": str(tmp_path / "data"), "PORTAL_DATABASE_URL": postgres}

    ended = check("--fail-level=WARNING", **where)
    assert ended.returncode == 0, ended.stderr
    assert "(portal.I014)" in ended.stdout + ended.stderr
    assert "docs/owner.md" in ended.stdout + ended.stderr

    owner = {"PORTAL_OWNER_DATABASE_URL": postgres.replace("portal@", "portal_owner@")}
    ended = check("--fail-level=WARNING", **where, **owner)
    assert "portal.I014" not in ended.stdout + ended.stderr
