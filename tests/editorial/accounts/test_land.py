"""The picture of the land on the login page."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

pytestmark = pytest.mark.django_db


def drawing_in(text):
    """The shapes of the land, without the style and the white space."""
    shapes = re.search(r'<svg[^>]*class="[^"]*land.*?</svg>', text, re.DOTALL)[0]
    return re.findall(r' d="([^"]*)"', re.sub(r"\s+", " ", shapes))


def test_the_login_page_shows_the_land_of_the_home_page(client, portal):
    assert '<img class="land" src="/admin/lanskap.svg" alt="">' in client.get("/admin/login/").text

    drawing = drawing_in(client.get("/admin/lanskap.svg").text)

    assert len(drawing) > 10
    assert drawing == drawing_in(client.get("/id/").text)


def test_only_the_style_of_the_picture_itself_is_allowed_in_it(client):
    response = client.get("/admin/lanskap.svg")

    style = re.search(r"<style>(.*?)</style>", response.text, re.DOTALL)[1]
    hash_of_style = b64encode(sha256(style.encode()).digest()).decode()
    policy = response.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{hash_of_style}'" in policy
    assert "unsafe" not in policy
    assert "prefers-color-scheme:dark" in style
    assert "font-face" not in style
