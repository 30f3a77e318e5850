"""Passwords may have any characters, but must be hard to guess for people who know the city."""

import pytest
from django.contrib.auth.hashers import identify_hasher

from editorial.models import Account
from magelang_portal import settings as portal_settings
from tests.support.factories import make_account
from tests.support.people.accounts import give_password
from tests.support.people.desk import logged_in

pytestmark = pytest.mark.django_db
SENTENCE = "kuda lumping menari"


@pytest.fixture(autouse=True)
def _official_text(portal):
    """A guesser knows its words, because they are public."""


def set_password(password):
    """The answer to an administrator who sets it for budi, and whether it was saved."""
    account, client = (
        make_account("budi", first_name="Budi", last_name="Setiawan"),
        logged_in("ida", "Administrator"),
    )
    words = {"password1": password, "password2": password, "usable_password": "true"}
    response = client.post(f"/admin/editorial/account/{account.pk}/password/", words)
    return response, Account.objects.get(pk=account.pk).check_password(password)


@pytest.mark.slow
@pytest.mark.parametrize(
    "password",
    [
        "lereng sumbing!",  # 15
        "tiga kuda di alun-alun Magelang",
        "visi kota dan sembilan gajah ungu",
        "kesehatan aspirasi pelayanan pendidikan",
        "парашют и чайник",
        "鯨魚在山上唱歌跳舞喝茶看書吃飯",
        "x" * 8 + "correct horse battery staple " * 4,
        "z9K-f4Lq7.Wm2_Rt",
    ],
)
def test_a_long_password_of_any_letters_is_accepted(password):
    response, is_kept = set_password(password)

    assert response.status_code == 302
    assert is_kept


@pytest.mark.slow
@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("lereng sumbing", "too short"),  # 14
        ("123456789987654321", "too common"),
        ("KotaMagelang2026", "easily guessed"),
        ("portal-visi-kota-magelang", "easily guessed"),
        ("pemkot magelang 1945!", "easily guessed"),
        ("password20262027", "easily guessed"),
        ("qwertyuiop1234567890", "easily guessed"),
        ("314159265358979323846", "easily guessed"),
        ("abcabcabcabcabcabc", "easily guessed"),
        ("budi.setiawan.budi", "easily guessed"),
        ("qwertyuiopasdfgh", "easily guessed"),
        ("poiuytrewqlkjhgfdsa", "easily guessed"),
        ("abcdefghijklmnop", "easily guessed"),
        ("sunshineprincess", "easily guessed"),
        ("Modern Cerdas Sejahtera Religius", "easily guessed"),
        ("prosperous religious city", "easily guessed"),
        ("aspirasi masyarakat, mampu meningkatkan", "easily guessed"),
        ("pelayanan masyarakat", "easily guessed"),
        ("pembangunan masyarakat", "easily guessed"),
        ("Kesehatan Pendidikan", "easily guessed"),
        ("developmentservices", "easily guessed"),
        ("pelayananpelayanan1", "easily guessed"),
        ("peningkatan dukungan", "easily guessed"),
        ("qwertyuiopasdfghjklzxcvbnm", "easily guessed"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused_with_the_reason(password, reason):
    response, is_kept = set_password(password)

    assert reason in response.text
    assert not is_kept


def test_a_refused_password_comes_with_advice_for_a_better_one():
    response, _is_kept = set_password("magelang2026magelang")

    assert "Take four or five words that have nothing to do with each other." in response.text


@pytest.mark.slow
@pytest.mark.parametrize("password", [SENTENCE.ljust(128, "."), "ñandú " * 20])
def test_every_letter_of_a_long_password_counts(settings, client, password):
    settings.PASSWORD_HASHERS = portal_settings.PASSWORD_HASHERS
    account = make_account("sri", password=password)

    assert identify_hasher(account.password).algorithm == "argon2"
    assert give_password(client, password=password[:73] + "?" + password[74:]).status_code == 200
    assert give_password(client, password=password[:-1]).status_code == 200
    assert give_password(client, password=password).status_code == 302
