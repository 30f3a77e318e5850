"""/.well-known/security.txt, RFC 9116: where to report a weakness."""

import re
from datetime import datetime, timedelta

import pytest

from editions import clock
from magelang_portal.environment import contact_address

PATH = "/.well-known/security.txt"


@pytest.fixture
def contact(settings):
    settings.SECURITY_CONTACT = "mailto:keamanan@magelangkota.go.id"


def test_it_says_whom_to_tell_in_which_languages_and_where_it_stands(
    client, portal, contact, settings
):
    response = client.get(PATH)
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"] == "mailto:keamanan@magelangkota.go.id"
    assert fields["Preferred-Languages"] == "id, en"
    assert fields["Canonical"] == f"{settings.SITE_URL}{PATH}"


def test_it_expires_with_the_year_and_is_made_anew_by_itself(client, portal, contact, monkeypatch):
    for now in (
        datetime(2030, 1, 1, tzinfo=clock.WIB),
        datetime(2030, 12, 31, 23, 59, tzinfo=clock.WIB),
    ):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        expires = datetime.fromisoformat(re.search("Expires: (.+)", client.get(PATH).text)[1])
        assert timedelta() < expires - now <= timedelta(days=366)


def test_without_a_contact_it_is_not_there(client, portal):
    assert client.get(PATH).status_code == 404


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("kontak@magelangkota.go.id", "mailto:kontak@magelangkota.go.id"),
        ("https://magelangkota.go.id/lapor", "https://magelangkota.go.id/lapor"),
        ("tel:+62-293-000000", "tel:+62-293-000000"),
        ("Jl. Jenderal Sarwo Edhie Wibowo 2", ""),
        ("http://magelangkota.go.id", ""),
        ("https://example.go.id/\nPolicy: x", ""),
        ("", ""),
    ],
)
def test_only_what_a_machine_can_follow_is_a_contact(words, address):
    assert contact_address(words) == address
