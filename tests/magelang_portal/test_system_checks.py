"""The findings of each system check. tests/system tests their messages."""

import os
import shutil
from collections import namedtuple
from ipaddress import ip_network

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from magelang_portal.checks import SURROUNDINGS
from tests.support.repository import ROOT

pytestmark = pytest.mark.django_db  # Django's checks query the database


def found(**options):
    """The findings by id, of all checks."""
    return {one.id: one for one in run_checks(include_deployment_checks=True, **options)}


@pytest.fixture
def catalogues(settings, tmp_path):
    """A copy of the catalogues, which the portal uses."""
    shutil.copytree(ROOT / "locale", tmp_path / "locale")
    settings.LOCALE_PATHS = [tmp_path / "locale", tmp_path / "locale" / "django"]
    return tmp_path / "locale" / "id" / "LC_MESSAGES"


def test_a_check_finds_a_catalogue_that_is_not_compiled(catalogues):
    assert "portal.E002" not in found()

    (catalogues / "django.mo").unlink()

    assert "make messages" in found()["portal.E002"].hint


@pytest.mark.slow
def test_a_check_finds_a_trusted_address_that_anyone_may_claim(settings, monkeypatch):
    assert "portal.W004" not in found()

    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 4 --forwarded-allow-ips=*")
    assert "portal.W004" in found()

    monkeypatch.delenv("GUNICORN_CMD_ARGS")
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/24"), ip_network("2001:db8::1")]
    assert "portal.W004" not in found()

    settings.TRUSTED_PROXIES = [ip_network("0.0.0.0/0")]
    assert "portal.W004" in found()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bind", "proxy", "is_found"),
    [
        ("127.0.0.1:8000", "127.0.0.1", False),
        ("[::1]:8000", "::1", False),
        ("0.0.0.0:8000", "127.0.0.1", True),
        ("10.0.0.2:8000", "10.0.0.1", False),
    ],
)
def test_a_check_wants_a_proxy_setting_for_a_public_port(settings, bind, proxy, is_found):
    settings.BIND, settings.TRUSTED_PROXIES = bind, [ip_network(proxy)]

    assert ("portal.W010" in found()) == is_found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "file", "is_found"),
    [(0o700, 0o644, False), (0o711, 0o600, False), (0o711, 0o644, True), (0o755, 0o600, True)],
)
@pytest.mark.parametrize(
    "name", ["secret_key", "portal.sqlite3", "replaced-20260101T000000Z.tar.gz"]
)
def test_a_check_finds_data_readable_by_every_user(
    settings, tmp_path, folder, file, is_found, name
):
    settings.DATA_DIR = tmp_path
    (tmp_path / name).touch()
    (tmp_path / name).chmod(file)
    tmp_path.chmod(folder)

    assert ("portal.W005" in found()) == is_found


@pytest.mark.parametrize(
    ("mode", "is_safe", "is_found"),
    [("WAL", False, True), ("WAL", True, False), ("TRUNCATE", False, False)],
)
def test_a_check_finds_a_journal_that_this_sqlite_may_corrupt(
    settings, monkeypatch, mode, is_safe, is_found
):
    settings.SQLITE_WAL_IS_SAFE = is_safe
    monkeypatch.setitem(
        settings.DATABASES["default"], "OPTIONS", {"init_command": f"PRAGMA journal_mode={mode};"}
    )

    assert ("portal.E006" in found(tags=[Tags.security])) == is_found


@pytest.mark.slow
@pytest.mark.django_db
def test_a_check_finds_a_database_that_a_newer_release_has_used():
    assert "portal.W007" not in found(databases=["default"])

    MigrationRecorder(connection).record_applied("editorial", "0999_later")

    assert "editorial.0999_later" in found(databases=["default"])["portal.W007"].msg


# Incomplete installations


def examples():
    """The lines of the example whose values are only examples."""
    lines = (ROOT / "deploy" / "portal.env.example").read_text().splitlines()
    settings = [
        line.lstrip("#").partition("=") for line in lines if line.lstrip("#").startswith("PORTAL_")
    ]
    return [(name, value.strip("'")) for name, _equals, value in settings if "example" in value]


def test_the_example_has_addresses_that_are_only_examples():
    assert {"PORTAL_SITE_URL", "PORTAL_CONTACT", "PORTAL_SECURITY_CONTACT"} <= dict(
        examples()
    ).keys()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), examples(), ids=lambda part: part)
def test_a_check_finds_an_address_left_from_the_example(monkeypatch, name, value):
    assert "portal.E010" not in found()

    monkeypatch.setenv(name, value)

    assert name in found()["portal.E010"].msg


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_SITE_URL", "https://example.go.id:8443"),
        ("PORTAL_ALLOWED_HOSTS", "visi.magelangkota.go.id, visi.test"),
        ("PORTAL_CONTACT", "Tulislah kepada kontak@example.go.id."),
        ("PORTAL_SECURITY_CONTACT", "mailto:keamanan@example.go.id?subject=visi"),
        ("PORTAL_LICENCE_URL", "https://www.example.org/licence"),
        ("PORTAL_DATABASE_URL", "postgres://portal:a@db.example.com:5432/portal"),
        ("PORTAL_EMAIL_URL", "smtp://user:password@mail.example.go.id:587/?tls=1"),
    ],
)
def test_a_check_finds_an_example_address_in_any_setting(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    assert name in found()["portal.E010"].msg


@pytest.mark.slow
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
def test_an_address_that_only_resembles_the_example_passes_the_check(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    assert "portal.E010" not in found()


@pytest.mark.slow
def test_a_check_finds_reminders_that_link_to_this_machine(settings, monkeypatch):
    assert "portal.W015" not in found()

    settings.HAS_MAIL_SERVER = True
    assert "PORTAL_SITE_URL" in found()["portal.W015"].hint

    monkeypatch.setenv("PORTAL_SITE_URL", "https://visi.magelangkota.go.id")
    assert "portal.W015" not in found()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "nearest"),
    [("PORTAL_SITE_URI", "PORTAL_SITE_URL"), ("PORTAL_DATABASEURL", "PORTAL_DATABASE_URL")],
)
def test_a_check_names_the_nearest_setting_for_a_misspelt_one(monkeypatch, name, nearest):
    assert "portal.W012" not in found()

    monkeypatch.setenv(name, "x")

    assert name in found()["portal.W012"].msg
    assert nearest in found()["portal.W012"].hint


@pytest.mark.parametrize(
    ("user", "owner", "is_production", "is_found"),
    [(0, 0, False, False), (0, 0, True, True), (0, 1000, False, True), (1000, 1000, True, False)],
)
def test_a_check_warns_if_root_runs_the_portal(
    settings, monkeypatch, tmp_path, user, owner, is_production, is_found
):
    settings.DATA_DIR, settings.PRODUCTION = tmp_path, is_production
    monkeypatch.setattr(os, "geteuid", lambda: user)
    status = namedtuple("status", "st_uid st_mode")(owner, 0o40700)
    monkeypatch.setattr(type(tmp_path), "stat", lambda path, **options: status)

    assert ("portal.W013" in found_around()) == is_found


def found_around():
    return {one.id for one in run_checks(tags=[SURROUNDINGS])}
