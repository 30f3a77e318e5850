"""Sessions end after an hour without work, after eight hours, and when the account changes."""

from time import time

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from editorial.models import Account, Event
from missions.models import Mission
from tests.support.configuration import PRODUCTION, configure
from tests.support.factories import make_account
from tests.support.people.accounts import LOGIN, PASSWORD, give_password
from tests.support.people.desk import change, is_inside, logged_in, typed

pytestmark = pytest.mark.django_db
HOUR = 3600


def let_pass(client, seconds, *, since=("began", "seen")):
    session = client.session
    for name in since:
        session[name] -= seconds
    session.save()


# Two people at once


def test_saving_an_outdated_account_reverts_nothing():
    make_account("sri", "Editor")
    before, decided = Account.objects.get(username="sri"), Account.objects.get(username="sri")
    decided.is_active = False
    decided.save()
    round_of_sessions = decided.session_round

    before.set_password("kata sandi yang baru sekali")
    before.save()

    kept = Account.objects.get(username="sri")
    assert not kept.is_active
    assert kept.check_password("kata sandi yang baru sekali")
    assert kept.session_round > round_of_sessions
    assert not Event.objects.filter(kind="activated").exists()


# Time


def test_a_session_ends_an_hour_after_the_last_page():
    working, away = logged_in("sri"), logged_in("budi")
    let_pass(working, HOUR - 60)
    let_pass(away, HOUR + 1)

    assert is_inside(working)
    assert not is_inside(away)
    let_pass(working, HOUR - 60, since=["seen"])
    assert is_inside(working)
    event = Event.objects.get(kind="expired")
    assert (event.actor, event.object) == ("budi", "budi")


def test_a_session_ends_after_eight_hours_of_work():
    client = logged_in("sri")
    let_pass(client, 8 * HOUR + 1, since=["began"])

    assert not is_inside(client)
    assert client.get("/admin/").headers["Location"].startswith(LOGIN)


def test_a_session_without_a_start_time_has_ended():
    client = logged_in("sri")
    session = client.session
    del session["began"]
    session.save()

    assert not is_inside(client)


def test_a_form_sent_after_the_session_ended_changes_nothing_and_leads_back_to_the_form(portal):
    client, mission = logged_in("sri", "Editor"), Mission.objects.get(number=1)
    form = typed(client, change(mission), statement_ind="Kalimat lain.")
    let_pass(client, HOUR + 1)

    response = client.post(change(mission), form)

    assert response.headers["Location"] == f"{LOGIN}?next={change(mission)}"
    assert Mission.objects.get(number=1).statement_ind == mission.statement_ind
    assert "What was typed" not in client.get(LOGIN).text
    assert "belum disimpan" in client.get(response.headers["Location"]).text


def test_the_time_of_the_last_request_is_written_once_a_minute():
    client = logged_in("sri")

    with CaptureQueriesContext(
        connection,
    ) as early:
        client.get("/admin/")
    let_pass(client, 61)
    with CaptureQueriesContext(connection) as late:
        client.get("/admin/")

    writes = [
        [query for query in seen if 'UPDATE "django_session"' in query["sql"]]
        for seen in (early, late)
    ]
    assert [len(queries) for queries in writes] == [0, 1]
    assert time() - client.session["seen"] < 10


def test_reading_public_pages_does_not_prolong_a_session(portal):
    client = logged_in("sri")
    let_pass(client, HOUR - 60)
    before = client.session["seen"]

    client.get("/id/")

    assert client.session["seen"] == before


def test_a_login_deletes_expired_sessions():
    old = logged_in("sri").session.session_key
    Session.objects.update(expire_date="2020-01-01T00:00:00Z")

    logged_in("budi")

    assert not Session.objects.filter(session_key=old).exists()


# Changes of the account


def elsewhere(account, act):
    """Whether a session of the account survives ``act``."""
    client = Client()
    client.force_login(account)
    assert is_inside(client)
    act(Account.objects.get(pk=account.pk))
    return is_inside(client)


def set_password(account):
    account.set_password("kata sandi yang lain sekali")
    account.save()


def switch(name, value):
    def act(account):
        setattr(account, name, value)
        account.save()

    return act


def give(role):
    return lambda account: account.groups.add(Group.objects.get(name=role))


def take(role):
    return lambda account: account.groups.remove(Group.objects.get(name=role))


@pytest.mark.slow
@pytest.mark.parametrize(
    "act",
    [
        set_password,
        switch("is_active", False),
        switch("is_superuser", True),
        give("Publisher"),
        take("Editor"),
        lambda account: account.groups.clear(),
        lambda account: account.groups.set(Group.objects.filter(name="Translator")),
        lambda account: Group.objects.get(name="Editor").user_set.remove(account),
    ],
    ids=[
        "password",
        "inactive",
        "superuser",
        "role",
        "role taken",
        "no role",
        "other role",
        "from the role's side",
    ],
)
def test_a_change_of_an_accounts_rights_ends_its_sessions(act):
    assert not elsewhere(make_account("sri", "Editor"), act)


@pytest.mark.slow
@pytest.mark.parametrize(
    "act",
    [switch("language", "id"), switch("first_name", "Sri"), give("Editor"), take("Publisher")],
    ids=["language", "name", "role that was there", "role that was not"],
)
def test_other_changes_of_an_account_end_no_session(act):
    assert elsewhere(make_account("sri", "Editor"), act)


def test_reactivating_an_account_does_not_revive_its_sessions():
    def off_and_on(account):
        switch("is_active", False)(account)
        switch("is_active", True)(account)

    assert not elsewhere(make_account("sri", "Editor"), off_and_on)


def test_changing_ones_own_password_ends_all_other_sessions(client):
    account = make_account("sri", "Editor", password=PASSWORD)
    give_password(client)
    other = Client()
    give_password(other)
    words = dict.fromkeys(["new_password1", "new_password2"], "kuda putih di lereng Sumbing")

    changed = client.post("/admin/password_change/", {"old_password": PASSWORD} | words)

    assert changed.status_code == 302
    assert is_inside(client)
    assert not is_inside(other)
    assert Event.objects.get(kind="password").object == account.username


def test_administrators_who_change_their_own_roles_stay_logged_in():
    client = logged_in("ida", "Administrator")
    ida = Account.objects.get()
    roles = Group.objects.filter(name__in=["Administrator", "Editor"])

    client.post(
        change(ida), typed(client, change(ida), groups=[role.pk for role in roles], is_active="on")
    )

    assert ida.groups.count() == 2
    assert is_inside(client)


@pytest.mark.slow
def test_rehashing_a_password_ends_no_session_and_records_nothing(client, settings):
    account = make_account("sri", password=PASSWORD)
    give_password(client)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]

    give_password(Client())

    account.refresh_from_db()
    assert account.password.startswith("pbkdf2")
    assert account.session_round == 0
    assert not Event.objects.filter(kind="password").exists()


# The cookie


def test_a_cookie_from_before_the_logout_does_not_log_in(client):
    make_account("sri", password=PASSWORD)
    give_password(client)
    kept = client.cookies["sessionid"].value

    client.post("/admin/logout/")
    client.cookies["sessionid"] = kept

    assert not is_inside(client)


@pytest.mark.parametrize("value", ["../../x", "a" * 4000, "null", "0"])
def test_an_invalid_session_cookie_is_anonymous_and_is_not_replaced(client, portal, value):
    client.cookies["sessionid"] = value

    for address in ("/admin/", "/id/"):
        response = client.get(address)
        assert response.status_code in (200, 302, 400)
        assert "sessionid" not in response.cookies or response.cookies["sessionid"].value == ""


def test_in_production_cookies_are_bound_to_the_host_and_to_https(monkeypatch, tmp_path):
    settings = configure(monkeypatch, tmp_path, PRODUCTION)

    assert (settings["SESSION_COOKIE_NAME"], settings["CSRF_COOKIE_NAME"]) == (
        "__Host-sid",
        "__Host-csrf",
    )
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert settings["SESSION_COOKIE_HTTPONLY"]
    assert settings["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert "SESSION_COOKIE_DOMAIN" not in settings
    assert "SESSION_COOKIE_PATH" not in settings


def test_a_session_continues_when_the_secret_key_becomes_a_fallback(settings):
    sri = logged_in("sri", "Editor")

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-fifty-characters-for-this-test-only"

    assert is_inside(sri)
