import shutil
from collections import namedtuple

import pytest
from django.db import OperationalError, connection

USAGE = namedtuple("USAGE", "total used free")


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.parametrize("host", ["testserver", "evil.example"])
def test_a_portal_in_order_says_so_to_any_host(client, portal, path, host):
    response = client.get(path, headers={"host": host})

    assert (response.status_code, response.text) == (200, "ok\n")
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_is_only_read(client, portal, path):
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
def test_the_reason_why_the_database_fails_is_for_the_log_only(client, caplog, monkeypatch):
    def fails(*args):
        raise OperationalError("the server at 10.0.0.7 refused the password")

    monkeypatch.setattr(connection, "cursor", fails)
    response = client.get("/readyz")

    assert (response.status_code, response.text) == (503, "not ready\n")
    assert "10.0.0.7" in caplog.text
    assert client.get("/livez").status_code == 200


def test_a_full_disk_is_not_ready(client, portal, settings, caplog, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: USAGE(10**12, 10**12, 0))

    assert client.get("/readyz").status_code == 503
    assert f"are free in {settings.DATA_DIR}" in caplog.text


def test_a_data_folder_that_is_gone_is_not_ready(client, portal, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"

    assert client.get("/readyz").status_code == 503


def test_health_is_answered_before_the_redirect_to_https(client, portal, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200
