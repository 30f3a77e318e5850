"""Logging in through npm's oidc-provider, with real requests between it and the portal."""

import time

import pytest
import requests
from django.test import Client

from tests.support.factories import make_account
from tests.support.login_provider import real as servers
from tests.support.login_provider.fake import START, asked_of, begin, forget
from tests.support.login_provider.real import CLIENT, IS_HERE, MISSING, RETURN, SECRET
from tests.support.people.accounts import CODE, code_of, give_code, make_holder
from tests.support.people.desk import is_inside

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not IS_HERE, reason=MISSING)]
PORTAL = "http://testserver"


@pytest.fixture(scope="module")
def issuer():
    with servers.provider(PORTAL) as issuer:
        yield issuer


@pytest.fixture(autouse=True)
def _set(settings, issuer):
    forget()
    settings.SECOND_FACTOR = "required"
    settings.OIDC_ISSUER, settings.OIDC_NAME = issuer, "SSO Kota"
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT, SECRET
    settings.OIDC_SECOND_FACTOR = ("amr", "mfa")


def log_in_there(address, name):
    """The address that the provider sends the browser back to; "" cancels."""
    with requests.Session() as browser:
        form = browser.get(address)
        assert form.status_code == 200, form.text
        answer = browser.post(form.url, {"name": name}, allow_redirects=False)
        while not answer.headers["Location"].startswith(PORTAL + RETURN):
            answer = browser.get(answer.headers["Location"], allow_redirects=False)
    return answer.headers["Location"]


def test_the_provider_and_a_code_of_the_portal_log_in(client):
    _account, device = make_holder("sri", identity="sri")

    back = client.get(log_in_there(begin(client), "sri"))
    is_half = not is_inside(client)
    give_code(client, code_of(device))

    assert back.headers["Location"] == CODE
    assert is_half
    assert is_inside(client)


def test_the_second_factor_of_the_provider_logs_in(client):
    make_holder("sri", identity="sri")

    back = client.get(log_in_there(begin(client, "?next=/admin/panduan/"), "sri mfa"))

    assert back.headers["Location"] == "/admin/panduan/"
    assert is_inside(client)


def test_a_new_login_there_opens_an_account_form_again(client):
    make_account("sri", "Administrator", identity="sri")
    client.get(log_in_there(begin(client), "sri mfa"))
    session = client.session
    session["proven"] = 0  # long ago
    session.save()

    away = client.get("/admin/editorial/account/add/")
    time.sleep(1)
    back = client.get(
        log_in_there(client.get(away.headers["Location"]).headers["Location"], "sri mfa")
    )

    assert away.headers["Location"].startswith(START)
    assert back.headers["Location"] == "/admin/editorial/account/add/"
    assert client.get("/admin/editorial/account/add/").status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("orang mfa", 403, "no active account of this portal is yours"),
        ("budi mfa", 403, "no active account of this portal is yours"),
        ("", 403, "You did not log in with SSO Kota"),
    ],
)
def test_strangers_inactive_accounts_and_people_who_cancel_are_refused(client, name, status, words):
    make_account("budi", identity="budi", is_active=False)

    back = client.get(log_in_there(begin(client), name))

    assert back.status_code == status
    assert words in " ".join(back.text.split())
    assert not is_inside(client)


def test_a_code_that_the_portal_has_used_is_refused_by_the_provider(client):
    make_account("sri", identity="sri")
    address = log_in_there(begin(client), "sri mfa")
    client.get(address)
    other = Client()
    state = asked_of(begin(other))["state"]

    back = other.get(RETURN, asked_of(address) | {"state": state})

    assert back.status_code == 400
    assert not is_inside(other)


def test_a_wrong_secret_of_the_client_is_refused_and_logged(client, settings, caplog):
    make_account("sri", identity="sri")
    settings.OIDC_RP_CLIENT_SECRET = "wrong"

    back = client.get(log_in_there(begin(client), "sri mfa"))

    assert back.status_code == 502
    assert "refuses PORTAL_OIDC_CLIENT_ID" in caplog.text


def test_the_provider_refuses_another_return_address(client):
    client.defaults["HTTP_HOST"] = "localhost"

    assert requests.get(begin(client)).status_code == 400


def test_a_stopped_provider_leaves_the_login_by_password(client, settings):
    make_holder("sri", identity="sri")
    with servers.provider(PORTAL) as issuer:
        settings.OIDC_ISSUER = issuer
    page = client.get(START)

    assert page.status_code == 503
    assert "password of this portal" in page.text
