"""The Nu HTML checker reads every page in one run, and finds neither an error nor a warning."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.django_db
CHECKER = Path(__file__).parents[1] / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
FAULTY = (
    "<!doctype html><html lang='en'><title>Faulty</title><img src='a.png'><i>never closed</html>"
)


@pytest.fixture
def checker():
    java = shutil.which("java")
    if not java:
        pytest.skip("no Java here: apt-get install default-jre-headless")
    if not CHECKER.exists():
        pytest.skip("no HTML checker here: apt-get install npm, then make test")
    return [java, "-jar", CHECKER, "--stdout", "--format", "json"]


@pytest.fixture
def saved(every_kind_of_page, tmp_path):
    """Every kind of page as a file; the value is the address of each."""
    addresses = {}
    for number, (address, page) in enumerate(every_kind_of_page):
        path = tmp_path / f"{number:03}.html"
        path.write_text(page, encoding="utf-8")
        addresses[path.name] = address
    return addresses


def is_false_alarm(message):
    """A browser never runs structured data, so the policy need not allow it."""
    return "script-src" in message[
        "message"
    ] and '<script type="application/ld+json">' in message.get("extract", "")


def test_the_html_checker_finds_nothing_to_correct(checker, saved, tmp_path):
    assert len(saved) > 40
    (tmp_path / "faulty.html").write_text(FAULTY)  # proves that the checker reads the files

    ended = subprocess.run([*checker, tmp_path], capture_output=True, text=True, check=False)
    messages = [
        message for message in json.loads(ended.stdout)["messages"] if not is_false_alarm(message)
    ]
    found = [
        (Path(message["url"]).name, message["message"], message.get("extract"))
        for message in messages
    ]

    assert any(name == "faulty.html" for name, *_ in found)
    assert [(saved[name], *words) for name, *words in found if name != "faulty.html"] == []
