"""An outage of the database: 503 with the reason and the next step, and the form's fields."""

import re
from html import unescape

import django
import pytest
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
)
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client

from magelang_portal import outage
from public.delivery.front import IS_LOST
from tests.support.factories import first_mission, make_account
from tests.support.people.desk import change, typed
from tests.support.servers.faults import full, held_by_another

LOST = {IS_LOST: True}
SENTENCES = {
    "lost": ("Basis data tidak menjawab.", "The database does not answer."),
    "busy": ("Orang lain sedang menyimpan", "Somebody else is saving"),
    "full": ("Ruang penyimpanan penuh", "The storage is full"),
}
LONG = "Kalimat yang panjang sekali. " * 100
FAULTS = pytest.mark.parametrize(("fault", "reason"), [(held_by_another, "busy"), (full, "full")])


@pytest.fixture
def sri(live_portal):
    """An editor who reads English. The client checks the tokens of forms."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(make_account("sri", "Editor", "Translator"))
    return client


def filled(client, **fields):
    """The form of the mission as a browser sends it, with its token."""
    page = client.get(change(first_mission()))
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    return (
        typed(client, change(first_mission()))
        | {"csrfmiddlewaretoken": token, "_save": "Save"}
        | fields
    )


def again(response):
    """The fields that the button of the page sends."""
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', response.text)
    return {unescape(name): unescape(value) for name, value in fields}


def assert_is_unavailable(response, reason, languages="id en"):
    assert response.status_code == 503
    for language, sentence in zip(("id", "en"), SENTENCES[reason], strict=True):
        assert (sentence in response.text) == (language in languages)
    assert int(response.headers["Retry-After"]) > 0
    assert "no-store" in response.headers["Cache-Control"]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Content-Language"] == ", ".join(languages.split())


@pytest.mark.slow
@FAULTS
def test_a_failed_save_says_so_and_a_button_sends_the_typed_text_again(sri, fault, reason):
    fields = filled(sri, statement_ind=LONG)

    with fault():
        refused = sri.post(change(first_mission()), fields)
    saved_meanwhile = first_mission().statement_ind
    saved = sri.post(change(first_mission()), again(refused))

    assert_is_unavailable(refused, reason, "en")
    assert "Nothing was saved." in refused.text
    assert saved_meanwhile != LONG.strip()
    assert saved.status_code == 302
    assert first_mission().statement_ind == LONG.strip()


@pytest.mark.slow
def test_a_second_save_waits_for_the_first(sri):
    fields = filled(sri, statement_ind=LONG)

    with held_by_another(patience=10_000, seconds=0.5):
        saved = sri.post(change(first_mission()), fields)

    assert saved.status_code == 302
    assert first_mission().statement_ind == LONG.strip()


@pytest.mark.slow
def test_a_save_that_fails_at_its_commit_is_never_reported_as_saved(sri, monkeypatch):
    fields = filled(sri, statement_ind=LONG)

    def fails():
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "commit", fails)
        response = sri.post(change(first_mission()), fields)

    assert_is_unavailable(response, "lost", "en")
    assert "messagelist" not in sri.get("/admin/").text


@pytest.mark.slow
def test_a_fault_after_the_commit_does_not_report_the_save_as_failed(sri, monkeypatch):
    """For example, saving the session, which is another transaction."""
    fields = filled(sri, statement_ind=LONG)
    busy, cause = OperationalError("database is locked"), Exception()
    busy.__cause__, cause.sqlite_errorname = cause, "SQLITE_BUSY"

    def fail(middleware, request, response):
        raise busy

    monkeypatch.setattr(
        "django.contrib.sessions.middleware.SessionMiddleware.process_response", fail
    )
    refused = sri.post(change(first_mission()), fields)

    assert first_mission().statement_ind == LONG.strip()
    assert_is_unavailable(refused, "busy", "en")
    assert "It is not certain that what you sent was saved." in refused.text


@FAULTS
def test_readers_get_pages_while_the_desk_has_an_outage(sri, fault, reason):
    with fault():
        assert Client().get("/id/").status_code == 200
        assert sri.get(change(first_mission())).status_code == 200


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/pratinjau/x/"])
def test_without_a_database_the_desk_says_so_at_once_in_both_languages(
    client, path, django_assert_num_queries
):
    response = client.get(path, **LOST)

    assert_is_unavailable(response, "lost")
    assert 'lang="en"' in response.text
    assert response.cookies == {}


def test_only_two_requests_wait_for_a_lost_database_and_the_third_gets_503_at_once(rf):
    """Each request arrives while the one before is waiting."""
    met = []

    def wait(request):
        met.append(middleware(request).status_code)
        return HttpResponse()

    middleware = outage.AvailabilityMiddleware(wait)

    assert middleware(rf.get("/id/cari/", **LOST)).status_code == 200
    assert met == [503, 200]


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "language"), [("/id/cari/", "id"), ("/en/search/", "en")])
def test_an_outage_is_explained_in_the_language_of_the_address(client, path, language, monkeypatch):
    response = failing(client, monkeypatch, OperationalError("the server at 10.0.0.7 refused")).get(
        path
    )

    assert_is_unavailable(response, "lost", language)
    assert f'<html lang="{language}">' in response.text
    assert "10.0.0.7" not in response.text


@pytest.mark.slow
def test_text_typed_before_an_outage_can_be_sent_again_after_it(sri):
    fields = filled(sri, statement_ind="Kalimat baru.")

    refused = sri.post(change(first_mission()), fields, **LOST)
    saved = sri.post(change(first_mission()), again(refused))

    assert_is_unavailable(refused, "lost")
    assert 'lang="id"><p>Kalimat baru.</p>' in refused.text
    assert saved.status_code == 302
    assert first_mission().statement_ind == "Kalimat baru."


def test_a_save_with_an_unknown_result_is_not_reported_as_lost(sri, monkeypatch):
    fields = filled(sri)

    response = failing(sri, monkeypatch, OperationalError("server closed the connection")).post(
        "/admin/", fields
    )

    assert "It is not certain that what you sent was saved." in response.text
    assert "Nothing was saved." not in response.text


@pytest.mark.django_db
def test_an_outage_does_not_log_a_traceback_for_each_reader(client, monkeypatch, caplog):
    response = failing(client, monkeypatch, OperationalError("the server refused")).get("/id/")

    assert response.status_code == 503
    assert not [record for record in caplog.records if record.exc_info]


def test_the_private_name_of_django_exists_in_the_tested_version():
    """``outage.CsrfCheck`` overrides ``_reject``. Check that a newer Django still calls it."""
    assert django.VERSION[:2] == (6, 1)
    assert callable(CsrfViewMiddleware._reject)


def test_line_breaks_and_markup_come_back_as_they_were_typed(sri):
    text = 'Satu\r\n\r\ndua "tiga" </textarea><script>alert(1)</script> &amp;'

    response = sri.post(change(first_mission()), filled(sri, statement_ind=text), **LOST)

    assert again(response)["statement_ind"] == text
    assert "<script>" not in response.text


@pytest.mark.slow
@pytest.mark.parametrize("field", ["password", "new_password1", "otp_token", "code"])
def test_the_page_of_an_outage_never_repeats_a_secret(sri, field):
    response = sri.post("/admin/login/", filled(sri) | {field: "tiga kuda di alun-alun"}, **LOST)

    assert_is_unavailable(response, "lost")
    assert "tiga kuda" not in response.text
    assert "<form" not in response.text


def test_fields_from_another_site_are_neither_shown_nor_sent_again(sri):
    fields = filled(sri, statement_ind="Judi di sini.") | {"csrfmiddlewaretoken": "x" * 64}

    response = sri.post(change(first_mission()), fields, **LOST)

    assert_is_unavailable(response, "lost")
    assert "Judi" not in response.text
    assert "<form" not in response.text


@pytest.mark.django_db
@pytest.mark.parametrize("error", [ProgrammingError, IntegrityError, DataError, ZeroDivisionError])
def test_a_fault_of_the_code_stays_an_error(client, monkeypatch, error):
    response = failing(client, monkeypatch, error("no such column")).get("/id/")

    assert response.status_code == 500


@pytest.mark.django_db
def test_a_wrong_statement_is_not_an_outage():
    with (
        pytest.raises((OperationalError, ProgrammingError)) as raised,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM nothing_of_this_name")

    assert outage.outage_of(raised.value) is None


def test_a_lost_connection_is_an_outage():
    assert outage.outage_of(InterfaceError("connection already closed")) == "lost"


def failing(client, monkeypatch, error):
    """The client of a portal whose database raises the error for the release and the desk."""

    def fails(*args, **kwargs):
        raise error

    client.raise_request_exception = False
    monkeypatch.setattr("public.releases.Release.current", fails)
    monkeypatch.setattr("editorial.site.desk", fails)
    return client
