"""The second factor: every page needs it, people can replace it, and nobody is locked out."""

import re
from base64 import b32decode
from datetime import timedelta
from importlib import import_module
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from editorial.accounts.second_factor import new_recovery_codes
from editorial.models import Account, Event
from tests.support.addresses import admin_addresses, filled, make_rows
from tests.support.factories import make_account, wib
from tests.support.people.accounts import (
    CODE,
    ENROL,
    FACTOR,
    LOGIN,
    PASSWORD,
    code_of,
    give_code,
    give_password,
    logged_in_by_code,
    make_holder,
    shown_codes,
    wrong_code,
)
from tests.support.people.desk import change, is_inside, somebody_is_faster

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _required(settings):
    settings.SECOND_FACTOR = "required"


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


# Every page needs it


@pytest.mark.slow
def test_no_address_of_the_admin_opens_to_a_session_without_the_second_factor(client, portal):
    keys = make_rows(portal)
    account = Account.objects.create_superuser("super")
    TOTPDevice.objects.create(user=account)
    client.force_login(account)

    opened = []
    for route in admin_addresses():
        for method in (client.get, client.post):
            response = method(filled(route, keys))
            location = response.headers.get("Location", "")
            leads_away = response.status_code == 302 and location.startswith((LOGIN, "/admin/"))
            if not leads_away and response.status_code != 404:  # no login provider is set
                opened.append((route, response.status_code))
            client.force_login(account)

    assert [route for route, status in opened] == ["lanskap.svg", "lanskap.svg", "login/", "login/"]


def test_the_right_password_alone_logs_nobody_in(client):
    make_holder()

    response = give_password(client)

    assert response.headers["Location"] == CODE
    assert client.get("/admin/").headers["Location"] == f"{LOGIN}?next=/admin/"
    assert client.get("/admin/jsi18n/").headers["Location"].startswith(LOGIN)
    assert "login" not in kinds()
    event = Event.objects.get(kind="password-right")
    assert (event.actor, event.object) == ("sri", "sri")


def test_password_and_code_lead_to_the_requested_page(client):
    _account, device = make_holder()

    after_password = give_password(client, next="/admin/panduan/")
    after_code = give_code(client, code_of(device), after_password.headers["Location"])

    assert after_code.headers["Location"] == "/admin/panduan/"
    assert is_inside(client)


@pytest.mark.parametrize("away", ["https://evil.com/", "//evil.com/", "javascript:alert(1)"])
def test_neither_login_page_redirects_to_another_site(client, away):
    _account, device = make_holder()

    after_password = give_password(client, next=away)
    after_code = give_code(client, code_of(device), f"{CODE}?next={away}")

    assert after_password.headers["Location"] == CODE
    assert after_code.headers["Location"] == "/admin/"


def test_a_code_without_a_password_logs_nobody_in(client):
    _account, device = make_holder()

    assert give_code(client, code_of(device)).headers["Location"] == LOGIN
    assert not is_inside(client)


def test_half_a_login_ends_after_ten_minutes_and_with_a_new_password(client):
    account, device = make_holder()
    give_password(client)
    session = client.session
    session["half_login"] |= {"at": session["half_login"]["at"] - 601}
    session.save()
    too_late = give_code(client, code_of(device))

    give_password(client)
    account.set_password("kata sandi yang lain sekali")
    account.save()
    changed = give_code(client, code_of(device))

    assert {too_late.headers["Location"], changed.headers["Location"]} == {LOGIN}
    assert not is_inside(client)


def test_the_code_of_another_account_is_wrong(client):
    make_holder("sri")
    _budi, other = make_holder("budi")

    give_password(client, "sri")

    assert give_code(client, code_of(other)).status_code == 200
    assert not is_inside(client)


def test_a_session_has_a_new_key_after_each_step(client):
    _account, device = make_holder()
    client.get(LOGIN)
    keys = [client.session.session_key]
    for step in (lambda: give_password(client), lambda: give_code(client, code_of(device))):
        step()
        keys.append(client.session.session_key)

    assert len(set(keys)) == 3


def test_development_asks_for_no_code(client, settings):
    settings.SECOND_FACTOR = "off"
    make_account("sri", password=PASSWORD)

    assert give_password(client).headers["Location"] == "/admin/"
    assert is_inside(client)


# Codes


def test_a_code_works_once(client):
    _account, device = make_holder()
    code = code_of(device)
    give_password(client)
    give_code(client, code)

    other = Client()
    give_password(other)
    replayed = give_code(other, code)

    assert is_inside(client)
    assert "This code is not right" in replayed.text
    assert not is_inside(other)


@pytest.mark.slow
def test_a_recovery_code_works_once_however_it_is_typed(client):
    account, _device = make_holder()
    first, second = new_recovery_codes(account)[:2]
    give_password(client)
    give_code(client, f" {first[:4]}-{first[4:8]} {first[8:]} ")
    other = Client()
    give_password(other)

    replayed = give_code(other, first)

    assert is_inside(client)
    assert replayed.status_code == 200
    assert not is_inside(other)
    StaticDevice.objects.update(throttling_failure_timestamp=None)
    give_code(other, second)
    assert is_inside(other)
    assert kinds().count("code-used") == 2


@pytest.mark.slow
def test_no_recovery_code_can_be_read_in_the_database(settings):
    account, device = make_holder()
    codes = new_recovery_codes(account)

    kept = list(StaticDevice.objects.get().token_set.values_list("token", flat=True))
    settings.SECRET_KEY = "another key" * 5
    client = Client()
    give_password(client)
    give_code(client, codes[0])

    assert len(set(kept)) == 10
    assert not [token for token in kept for code in codes if code in token or token in code]
    assert is_inside(client)


@pytest.mark.slow
def test_recovery_codes_stored_before_hashing_still_work(client):
    account, _device = make_holder()
    StaticToken.objects.create(
        device=StaticDevice.objects.create(user=account), token="314159265358"
    )
    import_module("editorial.migrations.0009_recovery_codes").keep_marks_only(
        apps, connection.schema_editor()
    )
    give_password(client)

    give_code(client, "3141 5926 5358")

    assert is_inside(client)
    assert not StaticToken.objects.exists()


def test_recovery_codes_that_an_older_release_made_after_the_update_work(client):
    account, _device = make_holder()
    StaticToken.objects.create(
        device=StaticDevice.objects.create(user=account), token="314159265358"
    )
    give_password(client)

    give_code(client, "3141 5926 5358")

    assert is_inside(client)


@pytest.mark.slow
def test_a_login_warns_when_few_recovery_codes_are_left(client):
    account, _device = make_holder()
    codes = new_recovery_codes(account)
    kept = StaticDevice.objects.get().token_set
    kept.exclude(pk__in=kept.order_by("pk")[:3]).delete()
    give_password(client)

    response = client.post(CODE, {"code": codes[0]}, follow=True)

    assert "You have 2 recovery codes left." in response.text


def test_each_wrong_code_doubles_the_wait_even_for_the_right_code(client):
    _account, device = make_holder()
    give_password(client)
    for _number in range(6):
        TOTPDevice.objects.update(
            throttling_failure_timestamp=timezone.now() - timedelta(minutes=5)
        )
        assert "This code is not right" in give_code(client, wrong_code(device)).text

    response = give_code(client, code_of(device))

    assert response.status_code == 429
    assert 25 < int(response.headers["Retry-After"]) <= 32
    assert "Too many wrong codes. Wait" in response.text
    assert not is_inside(client)
    assert kinds().count("code-failed") == 6
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(minutes=5))
    give_code(client, code_of(device))
    assert is_inside(client)


@pytest.mark.slow
@pytest.mark.parametrize(
    "code", ["", " ", "abc", "12345", "-1", "1e5", "0" * 39, "９９９９９９", "\u0661" * 12, "\0"]
)
def test_no_code_is_an_error(client, code):
    make_holder()
    give_password(client)

    assert give_code(client, code).status_code in (200, 429)
    assert not is_inside(client)


def test_the_field_helps_phones_and_password_managers(client):
    make_holder()
    give_password(client)

    page = client.get(CODE).text

    (field,) = re.findall(r'<input type="text" name="code"[^>]*>', page)
    assert 'autocomplete="one-time-code"' in field
    assert 'inputmode="numeric"' in field


def test_the_code_page_speaks_the_language_of_the_account(client):
    make_holder("sri", language="id")
    make_holder("budi", language="en")
    give_password(client, "sri")
    other = Client()
    give_password(other, "budi")

    assert '<html lang="id"' in client.get(CODE).text
    assert '<html lang="en"' in other.get(CODE).text


# Setting it up


def offered(client, address=ENROL):
    """The device that an app has after scanning the picture of the page."""
    page = client.get(address)
    address = re.search(r'href="(otpauth://[^"]+)"', page.text)[1].replace("&amp;", "&")
    secret = parse_qs(urlsplit(address).query)["secret"][0]
    assert re.search(r'class="secret"[^>]*>([A-Z2-7 ]+)<', page.text)[1].replace(" ", "") == secret
    return TOTPDevice(key=b32decode(secret).hex())


@pytest.mark.slow
def test_the_first_login_sets_up_app_and_recovery_codes(client):
    account = make_account("sri", password=PASSWORD)

    assert (
        give_password(client, next="/admin/panduan/").headers["Location"]
        == f"{CODE}?next=/admin/panduan/"
    )
    assert (
        client.get(f"{CODE}?next=/admin/panduan/").headers["Location"]
        == f"{ENROL}?next=/admin/panduan/"
    )
    device = offered(client)
    response = give_code(client, code_of(device), f"{ENROL}?next=/admin/panduan/")

    codes = shown_codes(response)
    assert len(set(codes)) == 10
    assert 'href="/admin/panduan/"' in response.text
    assert is_inside(client)
    assert TOTPDevice.objects.get(user=account).key == device.key
    assert kinds()[-3:] == ["factor-set", "codes-made", "login"]


def test_the_qr_code_loads_nothing_from_another_site(client):
    make_account("sri", password=PASSWORD)
    give_password(client)

    page = client.get(ENROL)

    assert '<img class="qr" src="data:image/svg+xml' in page.text
    assert "style=" not in re.search(r"<img class=\"qr\"[^>]*>", page.text)[0]


def test_a_wrong_code_sets_up_nothing_and_keeps_the_same_key(client):
    make_account("sri", password=PASSWORD)
    give_password(client)
    device = offered(client)

    response = give_code(client, wrong_code(device), ENROL)

    assert "This code is not right" in response.text
    assert not TOTPDevice.objects.exists()
    assert not is_inside(client)
    assert offered(client).key == device.key


@pytest.mark.slow
def test_the_code_that_set_up_a_factor_does_not_work_again(client):
    make_account("sri", password=PASSWORD)
    give_password(client)
    code = code_of(offered(client))
    give_code(client, code, ENROL)
    other = Client()
    give_password(other)

    give_code(other, code)

    assert not is_inside(other)


def test_a_password_alone_does_not_replace_a_factor(client):
    _account, device = make_holder()
    give_password(client)

    for response in (client.get(ENROL), give_code(client, code_of(device), ENROL)):
        assert response.headers["Location"] == CODE

    assert TOTPDevice.objects.get() == device


def test_an_old_password_sets_up_no_first_factor_and_a_new_one_does(client):
    account = make_account("sri", password=PASSWORD)
    Account.objects.update(password_set_at=timezone.now() - timedelta(days=7, minutes=1))
    give_password(client)

    too_late = client.get(ENROL)
    forged = give_code(client, "123456", ENROL)

    for response in (too_late, forged):
        assert "it was set more than 7 days ago" in response.text
        assert "Ask an administrator for a new password" in response.text
        assert "otpauth:" not in response.text
    assert not TOTPDevice.objects.exists()
    account.set_password("kuda putih di lereng Sumbing")
    account.save()
    give_password(client, password="kuda putih di lereng Sumbing")
    assert "otpauth:" in client.get(ENROL).text


def set_in_the_admin(account):
    words = dict.fromkeys(["password1", "password2"], PASSWORD) | {"usable_password": "true"}
    logged_in_by_code(*make_holder("ida", "Administrator")).post(password_page(account), words)


def set_on_the_server(account, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt="": PASSWORD)
    call_command("changepassword", account.username)


@pytest.mark.parametrize("is_on_the_server", [False, True])
def test_a_password_counts_as_new_wherever_it_is_set(monkeypatch, is_on_the_server):
    account = make_account("sri")
    Account.objects.update(password_set_at=timezone.now() - timedelta(days=30))

    set_on_the_server(account, monkeypatch) if is_on_the_server else set_in_the_admin(account)

    account.refresh_from_db()
    assert timezone.now() - account.password_set_at < timedelta(minutes=1)


def test_an_update_of_the_portal_makes_no_password_new():
    made, changed = make_account("sri"), make_account("budi")
    Account.objects.update(date_joined=wib(2020, 1, 1))
    changed.set_password(PASSWORD)
    changed.save()

    import_module("editorial.migrations.0007_passwords").tell_when_passwords_were_set(
        apps, connection.schema_editor()
    )

    for account in (made, changed):
        account.refresh_from_db()
    assert made.password_set_at == wib(2020, 1, 1)
    assert changed.password_set_at == Event.objects.get(kind="password").at


@pytest.mark.slow
def test_using_a_password_does_not_make_it_new(client, settings):
    make_account("sri", password=PASSWORD)
    Account.objects.update(password_set_at=timezone.now() - timedelta(days=30))
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]

    give_password(client)

    assert Account.objects.get().password.startswith("pbkdf2")
    assert "more than 7 days ago" in client.get(ENROL).text


@pytest.mark.slow
def test_of_two_people_who_set_up_a_factor_at_once_one_succeeds(client):
    make_account("sri", password=PASSWORD)
    other = Client()
    give_password(client)
    give_password(other)
    device, late = offered(client), offered(other)

    with somebody_is_faster(lambda: give_code(client, code_of(device), ENROL)):
        response = give_code(other, code_of(late), ENROL)

    assert shown_codes(response) == []
    assert TOTPDevice.objects.get().key == device.key
    assert is_inside(client)
    assert other.get(ENROL).headers["Location"] == CODE


@pytest.mark.slow
def test_development_sets_up_a_factor_with_an_old_password(client, settings):
    settings.SECOND_FACTOR = "off"
    make_account("sri", password=PASSWORD)
    Account.objects.update(password_set_at=timezone.now() - timedelta(days=30))
    give_password(client)

    give_code(client, code_of(offered(client)), ENROL)

    assert TOTPDevice.objects.count() == 1


# Changing one's own factor


@pytest.mark.slow
def test_a_code_makes_new_recovery_codes_which_end_the_old_ones(client):
    account, device = make_holder()
    old = new_recovery_codes(account)[0]
    client = logged_in_by_code(account, device)

    refused = give_code(client, wrong_code(device), FACTOR, do="codes")
    TOTPDevice.objects.update(throttling_failure_timestamp=None)
    made = give_code(client, code_of(device), FACTOR, do="codes")

    assert shown_codes(refused) == []
    assert len(shown_codes(made)) == 10
    assert is_inside(client)
    other = Client()
    give_password(other)
    assert give_code(other, old).status_code == 200
    StaticDevice.objects.update(throttling_failure_timestamp=None)
    assert give_code(other, shown_codes(made)[9]).status_code == 302


@pytest.mark.slow
def test_setting_up_another_app_removes_the_first_and_ends_other_sessions():
    account, device = make_holder()
    client, elsewhere = logged_in_by_code(account, device), logged_in_by_code(account, device)
    assert client.get(ENROL).headers["Location"] == FACTOR

    give_code(client, code_of(device), FACTOR, do="replace")
    other = offered(client)
    response = give_code(client, code_of(other), ENROL)

    assert len(shown_codes(response)) == 10
    assert TOTPDevice.objects.get(user=account).key == other.key != device.key
    assert is_inside(client)
    assert not is_inside(elsewhere)


# Resetting another person's factor


def password_page(account):
    return change(account).replace("change", "password")


def test_an_administrator_removes_a_lost_factor_and_its_sessions_end():
    sri, device = make_holder("sri", "Editor")
    ida, other = make_holder("ida", "Administrator")
    session, client = logged_in_by_code(sri, device), logged_in_by_code(ida, other)
    address = change(sri).replace("change", "faktor-kedua")

    assert "Make sure that it is sri who asks" in client.get(address).text
    response = client.post(address, follow=True)

    assert response.redirect_chain == [(password_page(sri), 302)]
    assert "Set a new password here and tell it to them in person" in response.text
    assert not is_inside(session)
    assert not TOTPDevice.objects.filter(user=sri).exists()
    for kind in ("factor-reset", "password-taken"):
        event = Event.objects.get(kind=kind)
        assert (event.actor, event.object) == ("ida", "sri")


@pytest.mark.slow
def test_after_a_reset_only_the_new_password_sets_up_a_factor():
    sri, _device = make_holder("sri")
    client, fresh = logged_in_by_code(*make_holder("ida", "Administrator")), Client()
    words = dict.fromkeys(["password1", "password2"], "kuda putih di lereng Sumbing")
    client.post(change(sri).replace("change", "faktor-kedua"))
    old = give_password(fresh, "sri")

    client.post(password_page(sri), words)
    still_old = give_password(fresh, "sri")
    give_password(fresh, "sri", password=words["password1"])
    give_code(fresh, code_of(offered(fresh)), ENROL)

    assert [old.status_code, still_old.status_code] == [200, 200]
    assert is_inside(fresh)


def test_resetting_an_account_without_a_factor_keeps_its_new_password():
    sri, _device = make_holder("sri")
    client, address = logged_in_by_code(*make_holder("ida", "Administrator")), change(sri)
    client.post(address.replace("change", "faktor-kedua"))
    client.post(password_page(sri), dict.fromkeys(["password1", "password2"], PASSWORD))

    client.post(address.replace("change", "faktor-kedua"))

    sri.refresh_from_db()
    assert sri.check_password(PASSWORD)


def before(client, seconds):
    """Set the client's last code so many seconds back."""
    session = client.session
    session["proven"] -= seconds
    session.save()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["form", "new", "password", "factor"])
def test_an_unlocked_computer_opens_no_account_form_without_another_code(name):
    sri, _device = make_holder("sri", "Editor")
    ida, device = make_holder("ida", "Administrator")
    client, form = logged_in_by_code(ida, device), change(sri)
    address = {
        "form": form,
        "new": "/admin/editorial/account/add/",
        "password": password_page(sri),
        "factor": form.replace("change", "faktor-kedua"),
    }[name]
    at_once = client.get(address)
    before(client, 601)

    later = client.get(address)
    asked = client.get(later.headers["Location"])
    wrong = give_code(client, wrong_code(device), later.headers["Location"])
    still = client.get(address)
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    right = give_code(client, code_of(device), later.headers["Location"])

    assert at_once.status_code == 200
    assert later.headers["Location"] == f"{FACTOR}kode/?next={address}"
    assert "confirm once more that it is you" in asked.text
    assert wrong.status_code == 200
    assert still.status_code == 302
    assert right.headers["Location"] == address
    assert client.get(address).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("name", ["password", "factor"])
def test_a_form_about_an_account_sent_ten_minutes_after_a_code_needs_another(name):
    sri, _device = make_holder("sri", "Editor")
    client = logged_in_by_code(*make_holder("ida", "Administrator"))
    address = (
        password_page(sri) if name == "password" else change(sri).replace("change", "faktor-kedua")
    )
    before(client, 601)

    answer = client.post(
        address, dict.fromkeys(["password1", "password2"], "kuda putih di lereng Sumbing")
    )

    sri.refresh_from_db()
    assert "confirm once more that it is you" in answer.text
    assert "kuda putih" not in answer.text
    assert sri.check_password(PASSWORD)
    assert TOTPDevice.objects.filter(user=sri).exists()


def test_a_form_that_was_open_too_long_is_saved_after_the_code():
    ida, device = make_holder("ida", "Administrator")
    client = logged_in_by_code(ida, device)
    sent = {"username": "budi", "first_name": "Budi", "language": "en", "_save": "Save"}
    before(client, 601)

    asked = client.post("/admin/editorial/account/add/", sent)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', asked.text))
    wrong = client.post("/admin/editorial/account/add/", fields | {"code": wrong_code(device)})
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    right = client.post("/admin/editorial/account/add/", fields | {"code": code_of(device)})

    assert "Nothing is saved yet" in asked.text
    assert "This code is not right" in wrong.text
    assert fields.items() >= sent.items()
    assert 'value="budi"' in right.text  # the form is shown again and asks for the password


def test_guessing_codes_on_a_resent_form_is_throttled():
    ida, device = make_holder("ida", "Administrator")
    client = logged_in_by_code(ida, device)
    before(client, 601)

    answers = [
        client.post("/admin/editorial/account/add/", {"code": wrong_code(device)}) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert int(answers[1].headers["Retry-After"]) >= 1


def test_somebody_without_permission_for_accounts_is_refused_without_a_code():
    sri, device = make_holder("sri", "Editor")
    client = logged_in_by_code(sri, device)
    before(client, 601)

    assert client.get(change(sri)).status_code == 403


def test_nobody_resets_their_own_factor_or_that_of_a_superuser_above_them():
    ida, device = make_holder("ida", "Administrator")
    above, _other = make_holder("super", is_superuser=True)
    client = logged_in_by_code(ida, device)

    own = client.post(change(ida).replace("change", "faktor-kedua"))
    refused = client.post(change(above).replace("change", "faktor-kedua"))

    assert own.headers["Location"] == FACTOR
    assert refused.status_code == 403
    assert TOTPDevice.objects.count() == 2


def test_a_command_on_the_server_resets_a_factor(capsys):
    account, device = make_holder(is_superuser=True)
    client = logged_in_by_code(account, device)

    call_command("reset_second_factor", "sri")

    assert not is_inside(client)
    assert "manage.py changepassword sri" in capsys.readouterr().out
    assert Event.objects.get(kind="factor-reset").actor == "server"
    assert give_password(client).status_code == 200
    for name, sentence in [
        ("sri", "has no second factor"),
        ("nobody", "There is no account “nobody”"),
    ]:
        with pytest.raises(CommandError, match=sentence):
            call_command("reset_second_factor", name)


def test_the_list_of_accounts_shows_who_has_a_factor():
    ida, device = make_holder("ida", "Administrator")
    make_account("budi")

    page = logged_in_by_code(ida, device).get("/admin/editorial/account/").text

    assert page.count('class="field-second_factor"') == 2
    assert len(re.findall(r'field-second_factor"><img [^>]*alt="True"', page)) == 1


# No secret is logged


@pytest.mark.slow
def test_no_key_and_no_code_is_recorded_or_logged(client, caplog):
    account, device = make_holder()
    codes = new_recovery_codes(account)
    give_password(client)
    give_code(client, wrong_code(device))
    TOTPDevice.objects.update(throttling_failure_timestamp=None)
    give_code(client, code_of(device))

    recorded = str(list(Event.objects.values())) + caplog.text
    for secret in [
        PASSWORD,
        device.key,
        code_of(device),
        wrong_code(device),
        client.session.session_key,
        *codes,
    ]:
        assert secret not in recorded
