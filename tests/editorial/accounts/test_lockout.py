"""Guessing passwords: it is slowed down before a password is hashed, and shuts out neither an office nor a victim."""

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
    """The answers to so many wrong passwords, each from a client that has no cookie yet."""
    return [
        give_password(Client(), name, f"guess {n}", REMOTE_ADDR=address, **options)
        for n in range(times)
    ]


def log_in(address=HERE, name="sri"):
    return give_password(Client(), name, REMOTE_ADDR=address)


def pass_minutes(minutes):
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=minutes))


def test_the_fifth_wrong_password_is_told_to_wait_and_so_is_the_right_one_then():
    answers = guess(5)
    right = log_in()

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert right.status_code == 429
    assert right.text == answers[4].text
    assert 890 < int(right.headers["Retry-After"]) <= 900
    assert not right.cookies.get("sessionid")


def test_the_page_says_in_both_languages_until_when_to_wait():
    until = (timezone.now() + timedelta(minutes=15)).astimezone(timezone.get_default_timezone())
    times = [f"{until + timedelta(minutes=n):%H.%M}" for n in range(3)]

    text = guess(5)[4].text

    assert any(f"Tunggu sampai pukul {time} WIB" in text for time in times)
    assert any(f"Wait until {time} WIB" in text for time in times)
    assert '<html lang="id"' in text
    assert '<div lang="en">' in text


def test_who_does_not_exist_is_told_the_same():
    assert [answer.status_code for answer in guess(6, "nobody")] == [200, 200, 200, 200, 429, 429]


def test_who_has_a_whole_network_of_ipv6_is_one_guesser():
    answers = [guess(address=f"2001:db8:1:2::{n:x}")[0].status_code for n in range(1, 7)]

    assert answers == [200, 200, 200, 200, 429, 429]
    assert guess(address="2001:db8:1:3::1")[0].status_code == 200
    assert log_in("::ffff:203.0.113.7").status_code == 302


def test_no_password_is_hashed_while_one_is_to_wait(monkeypatch):
    guess(5)

    def fail(*args, **options):
        raise AssertionError("the password was looked at")

    monkeypatch.setattr(ModelBackend, "authenticate", fail)

    assert log_in().status_code == 429


def test_a_colleague_in_the_same_office_and_the_victim_elsewhere_log_in():
    make_account("budi", password=PASSWORD)
    guess(6)

    assert log_in(HERE, "budi").status_code == 302
    assert log_in(ELSEWHERE).status_code == 302


def test_the_wait_ends_after_a_quarter_of_an_hour_however_often_it_is_tried():
    guess(5)
    pass_minutes(14)
    guess(3)
    still = log_in()
    pass_minutes(16)

    assert still.status_code == 429
    assert int(still.headers["Retry-After"]) <= 60
    assert log_in().status_code == 302


def test_the_right_password_begins_the_count_anew():
    guess(4)
    log_in()

    assert [answer.status_code for answer in guess(4)] == [200] * 4


def test_on_the_server_all_waits_are_ended():
    guess(5)

    call_command("axes_reset", stdout=StringIO())

    assert log_in().status_code == 302


def test_a_changed_name_of_the_client_does_not_begin_the_count_anew():
    answers = [guess(headers={"user-agent": f"guesser {n}"})[0].status_code for n in range(6)]

    assert answers == [200, 200, 200, 200, 429, 429]


@pytest.mark.parametrize("peer", [HERE, "127.0.0.1"])
def test_an_invented_address_does_not_begin_the_count_anew(peer):
    """From elsewhere nothing is believed; through nginx only what nginx itself wrote, at the end."""
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
def test_the_address_of_the_client_is_what_nginx_says(peer, header, address):
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"x-forwarded-for": header})

    ClientAddressMiddleware(lambda request: None)(request)

    assert request.META["REMOTE_ADDR"] == address


@pytest.mark.parametrize(("peer", "is_secure"), [("127.0.0.1", True), ("203.0.113.7", False)])
def test_only_nginx_says_that_a_request_was_safe(peer, is_secure, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"x-forwarded-proto": "https"})

    ClientAddressMiddleware(lambda request: None)(request)

    assert request.is_secure() is is_secure


def test_a_proxy_on_another_machine_is_believed_where_a_setting_names_it(settings):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/24")]

    assert is_trusted("10.0.0.9")
    assert is_trusted("::ffff:10.0.0.9")  # as a socket of IPv6 calls it
    assert not is_trusted("10.0.1.9")
    assert not is_trusted("127.0.0.1")


# What is kept of it


def test_failures_and_the_wait_are_recorded_once_each():
    guess(9)

    kinds = Event.objects.filter(actor="sri", address=HERE).values_list("kind", flat=True)
    assert sorted(kinds) == ["locked-out"] + ["login-failed"] * 5


def test_a_name_that_is_no_account_is_not_recorded():
    """Somebody typed the password into the field of the name."""
    guess(1, name=PASSWORD)

    event = Event.objects.get(kind="login-failed")
    assert (event.actor, event.object) == ("", "")
    assert PASSWORD not in str(list(Event.objects.values()))


def test_nothing_is_kept_of_attempts_whose_wait_is_over(account):
    guess(3)
    pass_minutes(16)

    log_in(ELSEWHERE)

    assert not AccessAttempt.objects.exists()
    assert not AccessLog.objects.exists()
    assert not AccessFailureLog.objects.exists()
    assert Account.objects.get() == account


def test_no_password_is_kept_with_the_attempts_in_whatever_field_it_was_typed():
    guess(1, name=PASSWORD)

    (kept,) = AccessAttempt.objects.values()
    assert "guess 0" not in str(kept)
    assert PASSWORD not in str(kept)
    assert (
        "csrfmiddlewaretoken=*" in kept["post_data"]
        or "csrfmiddlewaretoken" not in kept["post_data"]
    )


def test_the_log_has_nothing_of_what_the_client_calls_itself(caplog):
    guess(6, headers={"user-agent": "} forged {"})

    assert "forged" not in caplog.text


def test_looking_at_the_login_page_is_no_attempt(client):
    guess(5)

    assert client.get(LOGIN, REMOTE_ADDR=HERE).status_code == 200


def test_guesses_of_the_old_password_inside_are_counted_recorded_and_locked_out(client, account):
    client.force_login(account)
    wrong = {"old_password": "guess"} | dict.fromkeys(["new_password1", "new_password2"], "x")

    answers = [client.post("/admin/password_change/", wrong) for _ in range(5)]
    right = client.post("/admin/password_change/", wrong | {"old_password": PASSWORD})

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert right.status_code == 429
    assert Event.objects.filter(kind="login-failed", actor="sri").count() == 5
