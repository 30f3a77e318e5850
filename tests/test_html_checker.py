"""The Nu HTML checker reads every page in one run, and finds neither an error nor a warning."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.test import Client

from editions.document import Text
from editions.publishing import withdraw

pytestmark = pytest.mark.django_db
CHECKER = Path(__file__).parent / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
NOT_FOUND = ["/id/tidak-ada/", "/en/nowhere/"]
WITHDRAWN = ["/id/visi/2016-2021/edisi/1/", "/en/vision/2016-2021/editions/1/"]
SEARCH = [  # nothing asked, one hit and many, none
    f"{path}{query}" for path in ("/id/cari/", "/en/search/") for query in ("", "?q=jasa", "?q=kota", "?q=xyzzy")
]
FAULTY = "<!doctype html><html lang='en'><title>Faulty</title><img src='a.png'><i>never closed</html>"


@pytest.fixture
def checker():
    java = shutil.which("java")
    if not java:
        pytest.skip("no Java here: apt-get install default-jre-headless")
    if not CHECKER.exists():
        pytest.skip("no HTML checker here: apt-get install npm, then make test")
    return [java, "-jar", CHECKER, "--stdout", "--format", "json"]


@pytest.fixture
def saved(portal, tmp_path, monkeypatch):
    """Every kind of page the portal answers with, as files; the value is the address of each."""
    client = Client(raise_request_exception=False)
    addresses = {}

    def save(address, status):
        response = client.get(address)
        assert response.status_code == status, address
        path = tmp_path / f"{len(addresses):03}.html"
        path.write_bytes(response.content)
        addresses[path.name] = address

    for address in re.findall(r"<loc>https?://[^/]+([^<]*)</loc>", client.get("/sitemap.xml").text):
        save(address, 200)
    for address in NOT_FOUND:
        save(address, 404)
    for address in SEARCH:
        save(address, 200)
    withdraw(portal.editions.get(number=1), reason=Text("Keliru.", "In error."), withdrawn_by="sri")
    for address in WITHDRAWN:
        save(address, 410)
    monkeypatch.setattr("public.releases.Release.current", lambda: 1 / 0)
    save("/id/", 500)
    return addresses


def is_false_alarm(message):
    """Structured data are no script: a browser never runs them, so it never asks the policy about them."""
    return "script-src" in message["message"] and '<script type="application/ld+json">' in message.get("extract", "")


def test_the_html_checker_finds_nothing_to_correct(checker, saved, tmp_path):
    assert len(saved) > 40
    (tmp_path / "faulty.html").write_text(FAULTY)  # a checker that read nothing would find nothing

    ended = subprocess.run([*checker, tmp_path], capture_output=True, text=True, check=False)
    messages = [message for message in json.loads(ended.stdout)["messages"] if not is_false_alarm(message)]
    found = [(Path(message["url"]).name, message["message"], message.get("extract")) for message in messages]

    assert any(name == "faulty.html" for name, *_ in found)
    assert [(saved[name], *words) for name, *words in found if name != "faulty.html"] == []
