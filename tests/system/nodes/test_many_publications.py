"""A reader during publications gets one whole edition, and never an older one after a newer."""

import json
import re
import subprocess
import sys
from functools import cache

import pytest

from tests.support.people.readers import Readers
from tests.support.repository import ROOT
from tests.support.servers.nodes import node

EVERY = 2  # seconds
PATHS = [
    "/id/visi/2016-2021/",
    "/en/vision/2016-2021/",
    "/id/visi/2016-2021/misi/1/",
    "/en/vision/2016-2021/missions/2/",
    "/data/2016-2021.json",
]
# The text of an edition contains its turn in several places.
PUBLISH = f"""
import json, sys, time
from editions.document import Text
from editions.publishing import publish
from missions.models import Mission
from vision.models import Vision
begin, end = map(int, sys.stdin.readline().split())
for turn in range(begin, end):
    words = f"putaran-{{turn:04}}"
    Mission.objects.update(statement_ind=words, statement_en=words)
    Vision.objects.update(introduction_ind=words, introduction_en=words)
    edition = publish(Vision.objects.get(), note=Text(words, words), publisher="Sri")
    print(json.dumps([turn, edition.number, edition.sha256]), flush=True)
    time.sleep({EVERY})
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with node(tmp_path_factory.mktemp("node")) as running:
        yield running


def published(portal, begin, end):
    """Publish in turns; returns (number, hash) of each edition by the turn in its text."""
    command = [sys.executable, "manage.py", "shell", "--verbosity=0", "--command", PUBLISH]
    ended = subprocess.run(
        command,
        input=f"{begin} {end}\n",
        cwd=ROOT,
        env=portal.environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {
        turn: {str(number), sha256}
        for turn, number, sha256 in map(json.loads, ended.stdout.splitlines())
    }


@cache
def words_in(body):
    """The turns in the text: one, unless the answer mixes two editions."""
    return {int(turn) for turn in re.findall(rb"putaran-(\d{4})", body)}


def names_in(body):
    """The answer's edition: its number in JSON-LD, its number and hash in the open data."""
    names = re.findall(rb'"version":(\d+)|"edition": (\d+)|^ "sha256": "(\w+)"', body, re.MULTILINE)
    return {"".join(map(bytes.decode, name)) for name in names}


def test_each_answer_is_one_whole_edition_and_answers_never_go_back(portal, pytestconfig):
    names = published(portal, 0, 1)

    with Readers([portal.address + path for path in PATHS], pause=0.02) as readers:
        names |= published(portal, 1, pytestconfig.getoption("--publish-for") // EVERY)

    assert readers.failed() == []
    for body in {seen.body for seen in readers.seen}:
        (turn,) = words_in(body)
        assert names_in(body)
        assert names_in(body) <= names[turn]
    assert readers.steps_back(lambda body: max(words_in(body))) == 0
    assert {turn for seen in readers.seen for turn in words_in(seen.body)} == set(names)
