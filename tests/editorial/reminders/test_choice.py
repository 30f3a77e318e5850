"""The page on which people choose their reminders by mail."""

import pytest
from django.db import IntegrityError

from editorial.models import Account, Event
from tests.support.factories import make_account

pytestmark = pytest.mark.django_db
PAGE = "/admin/pengingat/"


@pytest.fixture
def sri(client):
    account = make_account("sri", "Editor", email="sri@kota.test")
    client.force_login(account)
    return account


def choose(client, email="sri@kota.test", reminders="daily"):
    return client.post(PAGE, {"email": email, "reminders": reminders}, follow=True)


def test_a_person_gets_no_mail_until_they_choose_it(client, sri):
    assert sri.reminders == "none"
    assert "only if you choose it here and give an address" in client.get(PAGE).text


def test_a_person_chooses_an_address_and_how_often(client, sri):
    response = choose(client, "sri.wahyuni@kota.test", "none")

    sri.refresh_from_db()
    assert (sri.email, sri.reminders) == ("sri.wahyuni@kota.test", "none")
    assert "Your choice was saved." in response.text
    assert 'value="none" required id="id_reminders_0" checked' in response.text


def test_the_choice_keeps_the_session_and_changes_nothing_else(client, sri):
    choose(client)

    assert client.get("/admin/").status_code == 200
    assert Account.objects.get(pk=sri.pk).session_round == sri.session_round


def test_a_wrong_address_is_refused_with_what_was_typed(client, sri):
    response = choose(client, "sri@kota")

    assert "Enter a valid email address." in response.text
    assert 'value="sri@kota"' in response.text
    assert Account.objects.get(pk=sri.pk).email == "sri@kota.test"


def test_the_audit_log_has_the_choice_without_the_address(client, sri):
    choose(client, "sri.wahyuni@kota.test")

    event = Event.objects.get(kind="reminders")
    assert (event.actor, event.detail) == ("sri", "daily, if something waits")
    assert "kota.test" not in str(event.__dict__)


def test_a_choice_that_changes_nothing_is_not_recorded(client, sri):
    choose(client, reminders="none")

    assert not Event.objects.filter(kind="reminders").exists()


def test_the_page_is_in_the_language_of_the_account(client):
    client.force_login(make_account("budi", "Editor", language="id"))

    page = client.get(PAGE).text

    assert "<h1>Pengingat lewat surel</h1>" in page
    assert "setiap minggu, jika ada yang menunggu" in page


@pytest.mark.parametrize("has_server", [True, False])
def test_the_bar_leads_to_the_page_if_the_portal_sends_mail(client, sri, settings, has_server):
    settings.HAS_MAIL_SERVER = has_server

    assert (f'<a href="{PAGE}">' in client.get("/admin/").text) == has_server
    assert ("This portal sends no mail yet." in client.get(PAGE).text) != has_server


def test_the_database_refuses_another_choice(sri):
    with pytest.raises(IntegrityError, match="account_reminders_are_one_of_three"):
        Account.objects.filter(pk=sri.pk).update(reminders="hourly")
