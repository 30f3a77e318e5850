import json
import re
import shutil
from collections import namedtuple

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from editions.data_folder import outcomes
from editions.triggers import drop_triggers
from magelang_portal import health

USAGE = namedtuple("USAGE", "total used free")


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.parametrize("host", ["testserver", "evil.example"])
def test_a_healthy_portal_answers_200_under_any_host(client, portal, path, host):
    response = client.get(path, headers={"host": host})

    assert (response.status_code, response.text) == (200, "ok\n")
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_addresses_accept_only_get_and_head(client, portal, path):
    response = client.post(path)

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"
    assert client.head(path).status_code == 200


@pytest.mark.django_db
def test_a_portal_without_an_edition_is_alive_but_not_ready(client, caplog):
    response = client.get("/readyz")

    assert (response.status_code, response.text) == (503, "not ready\n")
    assert response.headers["Cache-Control"] == "no-store"
    assert "no edition is published" in caplog.text
    assert client.get("/livez").status_code == 200


@pytest.mark.django_db
def test_the_reason_of_a_database_failure_is_only_in_the_log(client, caplog, monkeypatch):
    def fails(*args):
        raise OperationalError("the server at 10.0.0.7 refused the password")

    monkeypatch.setattr(connection, "cursor", fails)
    response = client.get("/readyz")

    assert (response.status_code, response.text) == (503, "not ready\n")
    assert "10.0.0.7" in caplog.text
    assert client.get("/livez").status_code == 200


def test_a_portal_on_a_full_disk_is_not_ready(client, portal, settings, caplog, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: USAGE(10**12, 10**12, 0))

    assert client.get("/readyz").status_code == 503
    assert f"are free in {settings.DATA_DIR}" in caplog.text


def test_a_portal_without_its_data_folder_is_not_ready(client, portal, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"

    assert client.get("/readyz").status_code == 503


def test_health_is_answered_before_the_redirect_to_https(client, portal, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200


@pytest.fixture
def log(caplog, monkeypatch, settings, tmp_path):
    """The log of a new worker with an empty data folder."""
    monkeypatch.setattr(health, "_logged_at", {})
    settings.DATA_DIR = tmp_path
    with caplog.at_level("INFO", logger="magelang_portal.health"):
        yield caplog


def test_the_log_names_the_release_and_the_ages_of_copy_backup_and_verifications(
    client, portal, log, settings
):
    settings.COPY_DIR = settings.DATA_DIR / "copy"
    (settings.COPY_DIR / "abc").mkdir(parents=True)
    (settings.COPY_DIR / "abc" / "manifest.json").touch()
    (settings.COPY_DIR / "current").symlink_to("abc")
    call_command("verify_editions", verbosity=0)
    outcomes.keep("backup", is_good=True)
    outcomes.keep("backup", is_good=False, words="the disk is full")

    client.get("/readyz")

    assert re.fullmatch(
        "ready: release [0-9a-f]{12}, copy 0.0 h ago, backup 0.0 h ago, "
        "verify_editions 0.0 h ago, verify_site never, verify_audit_log never",
        log.messages[-1],
    )


def test_the_log_reports_a_healthy_portal_once_an_hour(client, portal, log, monkeypatch):
    client.get("/readyz")
    client.get("/readyz")
    assert len(log.messages) == 1

    monkeypatch.setattr(health, "monotonic", lambda: 10**9)
    client.get("/readyz")
    assert len(log.messages) == 2


def test_a_failed_verification_is_in_the_log_at_once_but_not_in_the_answer(client, portal, log):
    client.get("/readyz")
    drop_triggers()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE editions_edition SET file = '{}' WHERE number = 2")
    with pytest.raises(CommandError):
        call_command("verify_editions", verbosity=0)

    response = client.get("/readyz")

    assert (response.status_code, response.text) == (200, "ok\n")
    assert log.records[-1].levelname == "WARNING"
    assert re.match(
        "ready, but alarm verify_editions since 20[0-9-]+T[0-9:]+Z; release", log.messages[-1]
    )


def test_damaged_results_of_the_timers_do_not_break_health(client, portal, log, settings):
    outcomes.keep("backup", is_good=True)
    for content in (
        "",
        "{}",
        "[]",
        json.dumps({"at": 1, "is_good": True, "words": "", "good_at": "soon"}),
    ):
        (settings.DATA_DIR / "outcomes" / "backup.json").write_text(content)
        log.clear()
        health._logged_at.clear()

        assert client.get("/readyz").status_code == 200
        assert "backup never" in log.messages[-1]


def test_a_portal_with_a_wrong_journal_mode_is_not_ready(client, portal, settings, caplog):
    if connection.vendor != "sqlite":
        return  # PostgreSQL has no journal modes
    settings.SQLITE_JOURNAL_MODE = "PERSIST"

    assert client.get("/readyz").status_code == 503
    assert "is in journal mode" in caplog.text
