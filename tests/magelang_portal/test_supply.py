"""What the portal is made of, and under which licences."""

import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path, PurePosixPath

import pytest
from gunicorn.config import Config

ROOT = Path(__file__).parents[2]


def test_the_list_of_licences_is_current_and_names_one_for_every_package():
    page = (ROOT / "docs" / "licences.md").read_text()
    made = subprocess.run([sys.executable, "tools/licences.py"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert page == made.stdout
    assert not re.search(r"\| *\|$", page, re.MULTILINE)


def test_a_word_list_inside_a_package_needs_a_judgement_of_its_own(monkeypatch):
    page = runpy.run_path(str(ROOT / "tools" / "licences.py"))
    words = [PurePosixPath("Sastrawi/Stemmer/data/kata-dasar.txt"), PurePosixPath("Sastrawi/__init__.py")]
    monkeypatch.setitem(page["data_of"].__globals__, "files", lambda package: words)

    with pytest.raises(SystemExit, match="pysastrawi: Sastrawi/Stemmer/data/kata-dasar.txt"):
        page["judged"](["pysastrawi"])


@pytest.mark.parametrize("package", ["pysastrawi", "dj-database-url", "translate-toolkit"])
def test_what_is_installed_to_serve_leaves_out(package):
    locked = (ROOT / "requirements" / "portal.txt").read_text()

    assert f"\n{package}==" not in locked


def test_the_licence_of_the_portal_is_the_one_it_names():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "BSD-3-Clause"
    assert "Neither the name of the copyright holder" in (ROOT / "LICENSE").read_text()


def test_gunicorn_reads_requests_by_the_parser_that_was_tried_whatever_else_is_installed():
    config = Config()
    config.set("http_parser", runpy.run_path(str(ROOT / "gunicorn.conf.py"))["http_parser"])

    assert config.http_parser == "python"
