"""Guesses of passwords lead to a lockout, which spares colleagues and the victim."""

from datetime import timedelta
from io import StringIO
from ipaddress import ip_network

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.backends import ModelBackend
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import timezone

from editorial.middleware import ClientAddressMiddleware, is_trusted
from editorial.models import Account, Event
from tests.support.factories import make_account
from tests.support.people.accounts import LOGIN, PASSWORD, give_password

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture(autouse=True)
def account():
    return make_account("sri", password=PASSWORD)


def guess(times=1, name="sri", address=HERE, **options):
    """The answers to so many wrong passwords, each from a client without cookies."""
    return [
        give_password(Client(), name, f"guess {n}", REMOTE_ADDR=address, **options)
        for n in range(times)
    ]


def log_in(address=HERE, name="sri"):
    return give_password(Client(), name, REMOTE_ADDR=address)


def pass_minutes(minutes):
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=minutes))


def test_after_five_wrong_passwords_the_right_one_must_wait_too():
    answers = guess(5)
    right = log_in()

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert right.status_code == 429
    assert right.text == answers[4].text
    assert 890 < int(right.headers["Retry-After"]) <= 900
    assert not right.cookies.get("sessionid")


def test_the_lockout_page_says_in_both_languages_when_it_ends():
    until = (timezone.now() + timedelta(minutes=15)).astimezone(timezone.get_default_timezone())
    times = [f"{until + timedelta(minutes=n):%H.%M}" for n in range(3)]

    text = guess(5)[4].text

    assert any(f"Tunggu sampai pukul {time} WIB" in text for time in times)
    assert any(f"Wait until {time} WIB" in text for time in times)
    assert '<html lang="id"' in text
    assert '<div lang="en">' in text


def test_a_lockout_does_not_tell_whether_the_account_exists():
    assert [answer.status_code for answer in guess(6, "nobody")] == [200, 200, 200, 200, 429, 429]


def test_guesses_from_one_ipv6_network_are_counted_together():
    answers = [guess(address=f"2001:db8:1:2::{n:x}")[0].status_code for n in range(1, 7)]

    assert answers == [200, 200, 200, 200, 429, 429]
    assert guess(address="2001:db8:1:3::1")[0].status_code == 200
    assert log_in("::ffff:203.0.113.7").status_code == 302


def test_no_password_is_hashed_during_a_lockout(monkeypatch):
    guess(5)

    def fail(*args, **options):
        raise AssertionError("the password was looked at")

    monkeypatch.setattr(ModelBackend, "authenticate", fail)

    assert log_in().status_code == 429


def test_a_lockout_stops_neither_colleagues_nor_the_victim_elsewhere():
    make_account("budi", password=PASSWORD)
    guess(6)

    assert log_in(HERE, "budi").status_code == 302
    assert log_in(ELSEWHERE).status_code == 302


def test_attempts_during_a_lockout_do_not_prolong_it():
    guess(5)
    pass_minutes(14)
    guess(3)
    still = log_in()
    pass_minutes(16)

    assert still.status_code == 429
    assert int(still.headers["Retry-After"]) <= 60
    assert log_in().status_code == 302


def test_the_right_password_resets_the_count():
    guess(4)
    log_in()

    assert [answer.status_code for answer in guess(4)] == [200] * 4


def test_a_command_on_the_server_ends_all_lockouts():
    guess(5)

    call_command("axes_reset", stdout=StringIO())

    assert log_in().status_code == 302


def test_another_user_agent_does_not_reset_the_count():
    answers = [guess(headers={"user-agent": f"guesser {n}"})[0].status_code for n in range(6)]

    assert answers == [200, 200, 200, 200, 429, 429]


@pytest.mark.slow
@pytest.mark.parametrize("peer", [HERE, "127.0.0.1"])
def test_a_forged_address_does_not_reset_the_count(peer):
    """The header is trusted only from nginx, and there only its last address."""
    tail = f", {HERE}" if peer == "127.0.0.1" else ""
    answers = [
        guess(address=peer, headers={"x-forwarded-for": f"198.51.100.{n}{tail}"})[0].status_code
        for n in range(20)
    ]

    assert answers == [200] * 4 + [429] * 16
    assert {attempt.ip_address for attempt in AccessAttempt.objects.all()} == {HERE}


@pytest.mark.parametrize(
    ("peer", "header", "address"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9, <script>", "127.0.0.1"),
        ("203.0.113.7", "203.0.113.9", "203.0.113.7"),
    ],
)
def test_the_client_address_is_the_one_that_nginx_sends(peer, header, address):
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"x-forwarded-for": header})

    ClientAddressMiddleware(lambda request: None)(request)

    assert request.META["REMOTE_ADDR"] == address


@pytest.mark.parametrize(("peer", "is_secure"), [("127.0.0.1", True), ("203.0.113.7", False)])
def test_only_nginx_can_say_that_a_request_used_https(peer, is_secure, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"x-forwarded-proto": "https"})

    ClientAddressMiddleware(lambda request: None)(request)

    assert request.is_secure() is is_secure


def test_a_proxy_on_another_machine_is_trusted_if_a_setting_names_it(settings):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/24")]

    assert is_trusted("10.0.0.9")
    assert is_trusted("::ffff:10.0.0.9")  # an IPv4 address on an IPv6 socket
    assert not is_trusted("10.0.1.9")
    assert not is_trusted("127.0.0.1")


# Stored attempts


def test_failed_logins_and_the_lockout_are_recorded_once_each():
    guess(9)

    kinds = Event.objects.filter(actor="sri", address=HERE).values_list("kind", flat=True)
    assert sorted(kinds) == ["locked-out"] + ["login-failed"] * 5


def test_a_name_without_an_account_is_not_recorded():
    """Somebody typed the password into the name field."""
    guess(1, name=PASSWORD)

    event = Event.objects.get(kind="login-failed")
    assert (event.actor, event.object) == ("", "")
    assert PASSWORD not in str(list(Event.objects.values()))


def test_attempts_are_deleted_after_their_lockout(account):
    guess(3)
    pass_minutes(16)

    log_in(ELSEWHERE)

    assert not AccessAttempt.objects.exists()
    assert not AccessLog.objects.exists()
    assert not AccessFailureLog.objects.exists()
    assert Account.objects.get() == account


def test_a_password_typed_into_any_field_is_not_stored_with_the_attempt():
    guess(1, name=PASSWORD)

    (kept,) = AccessAttempt.objects.values()
    assert "guess 0" not in str(kept)
    assert PASSWORD not in str(kept)
    assert (
        "csrfmiddlewaretoken=*" in kept["post_data"]
        or "csrfmiddlewaretoken" not in kept["post_data"]
    )


def test_the_log_does_not_quote_the_user_agent(caplog):
    guess(6, headers={"user-agent": "} forged {"})

    assert "forged" not in caplog.text


def test_opening_the_login_page_is_no_attempt(client):
    guess(5)

    assert client.get(LOGIN, REMOTE_ADDR=HERE).status_code == 200


def test_guesses_of_the_old_password_on_the_change_form_lead_to_a_lockout(client, account):
    client.force_login(account)
    wrong = {"old_password": "guess"} | dict.fromkeys(["new_password1", "new_password2"], "x")

    answers = [client.post("/admin/password_change/", wrong) for _ in range(5)]
    right = client.post("/admin/password_change/", wrong | {"old_password": PASSWORD})

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert right.status_code == 429
    assert Event.objects.filter(kind="login-failed", actor="sri").count() == 5
