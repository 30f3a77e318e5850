"""The packages of the portal, their versions and their licences."""

import json
import re
import runpy
import tomllib
from contextlib import redirect_stdout
from io import StringIO
from pathlib import PurePosixPath

import pytest
from gunicorn.config import Config
from packaging.requirements import Requirement

import manage
from tests.support.repository import ROOT


@pytest.mark.slow
def test_the_list_of_licences_is_current_and_names_one_for_every_package():
    page = (ROOT / "docs" / "licences.md").read_text()
    with redirect_stdout(StringIO()) as made:
        runpy.run_path(str(ROOT / "tools" / "licences.py"), run_name="__main__")

    assert page == made.getvalue()
    assert not re.search(r"\| *\|$", page, re.MULTILINE)


def test_a_word_list_inside_a_package_needs_its_own_entry(monkeypatch):
    page = runpy.run_path(str(ROOT / "tools" / "licences.py"))
    words = [
        PurePosixPath("Sastrawi/Stemmer/data/kata-dasar.txt"),
        PurePosixPath("Sastrawi/__init__.py"),
    ]
    monkeypatch.setitem(page["data_of"].__globals__, "files", lambda package: words)

    with pytest.raises(SystemExit, match="pysastrawi: Sastrawi/Stemmer/data/kata-dasar.txt"):
        page["judged"](["pysastrawi"])


@pytest.mark.parametrize("package", ["pysastrawi", "dj-database-url", "translate-toolkit"])
def test_packages_for_serving_do_not_include(package):
    locked = (ROOT / "requirements" / "portal.txt").read_text()

    assert f"\n{package}==" not in locked


def test_the_licence_of_the_portal_is_the_one_it_names():
    assert (
        tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "BSD-3-Clause"
    )
    assert "Neither the name of the copyright holder" in (ROOT / "LICENSE").read_text()


def test_the_portal_says_the_version_that_the_changelog_describes(capsys):
    manage.main(["manage.py", "--version"])

    (newest, *_older) = re.findall(
        r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert capsys.readouterr().out == f"{newest}\n"


def test_gunicorn_uses_the_tested_parser_even_if_another_is_installed():
    config = Config()
    config.set("http_parser", runpy.run_path(str(ROOT / "gunicorn.conf.py"))["http_parser"])

    assert config.http_parser == "python"


# Locks


def pins(name):
    """The requirements in a lock, without their hashes."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return [Requirement(line.removesuffix("\\")) for line in lines if re.match(r"\w", line)]


@pytest.mark.parametrize("name", ["portal", "test"])
def test_every_locked_package_has_a_version_and_hashes(name):
    lock = (ROOT / "requirements" / f"{name}.txt").read_text()

    assert all(re.fullmatch(r"==[\w.]+", str(pin.specifier)) for pin in pins(name))
    assert len(re.findall(r"^\w.*\\\n +--hash=sha256:[0-9a-f]{64}\b", lock, re.MULTILINE)) == len(
        pins(name)
    )


NPM_LOCKS = ["tests/package-lock.json", "tools/lighthouse/package-lock.json"]


@pytest.mark.parametrize("path", ["requirements/portal.txt", "requirements/test.txt", *NPM_LOCKS])
def test_no_lock_names_a_host(path):
    assert "://" not in (ROOT / path).read_text()


@pytest.mark.parametrize("path", NPM_LOCKS)
def test_every_locked_package_of_npm_has_a_hash(path):
    packages = json.loads((ROOT / path).read_text())["packages"]

    assert all(
        package["integrity"].startswith("sha512-") for name, package in packages.items() if name
    )


@pytest.mark.parametrize("path", NPM_LOCKS)
def test_each_package_of_npm_has_one_exact_version(path):
    wanted = json.loads((ROOT / path).with_name("package.json").read_text())["devDependencies"]

    assert all(re.fullmatch(r"[\d.]+", version) for version in wanted.values())


def test_the_lock_for_tests_contains_the_lock_for_serving():
    versions = {
        name: {(pin.name, str(pin.specifier)) for pin in pins(name)} for name in ("portal", "test")
    }

    assert versions["portal"] <= versions["test"]


def test_the_locks_satisfy_the_projects_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = {pin.name: next(iter(pin.specifier)).version for pin in pins("test")}

    for wanted in map(
        Requirement, project["project"]["dependencies"] + project["dependency-groups"]["test"]
    ):
        assert locked[wanted.name] in wanted.specifier, wanted
