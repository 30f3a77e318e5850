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


def test_security_txt_names_contact_languages_and_its_address(client, portal, contact, settings):
    response = client.get(PATH)
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"] == "mailto:keamanan@magelangkota.go.id"
    assert fields["Preferred-Languages"] == "id, en"
    assert fields["Canonical"] == f"{settings.SITE_URL}{PATH}"


def test_security_txt_expires_with_the_year_and_renews_itself(client, portal, contact, monkeypatch):
    for now in (
        datetime(2030, 1, 1, tzinfo=clock.WIB),
        datetime(2030, 12, 31, 23, 59, tzinfo=clock.WIB),
    ):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        expires = datetime.fromisoformat(re.search("Expires: (.+)", client.get(PATH).text)[1])
        assert timedelta() < expires - now <= timedelta(days=366)


def test_security_txt_answers_404_without_a_contact(client, portal):
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
def test_the_contact_in_security_txt_is_a_web_or_mail_address(words, address):
    assert contact_address(words) == address
