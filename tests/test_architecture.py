"""Promises of the repository."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parent.parent
# Room: the rooms it may import. DESIGN: write, freeze, read.
MAY_IMPORT = {
    "vision": set(),
    "missions": {"vision"},
    "editions": {"vision", "missions"},
    "public": {"editions"},
    "editorial": {"vision", "missions", "editions", "public"},
}
DOORS = {"vision/admin.py", "missions/admin.py"}  # of the editing side, which they alone may import


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_run_in_one_direction(room):
    for path in (ROOT / room).rglob("*.py"):
        is_door = str(path.relative_to(ROOT)) in DOORS
        allowed = MAY_IMPORT[room] | {room} | ({"editorial", "vision", "editions", "public"} if is_door else set())
        for module in imports(path):
            imported = module.partition(".")[0]
            assert imported not in MAY_IMPORT or imported in allowed, f"{path} imports {module}"


def test_the_reading_side_never_touches_a_row_of_the_working_copy():
    for path in (ROOT / "public").rglob("*.py"):
        assert not [module for module in imports(path) if module.startswith("editions.working_copy")], path


@pytest.mark.django_db
def test_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_module_is_called_utils():
    assert not list(ROOT.glob("[a-z]*/**/utils.py"))


def copy_of_the_code(folder):
    leave_out = shutil.ignore_patterns(".*", "var", "staticfiles*", "tests", "__pycache__", "*.mo")
    return shutil.copytree(ROOT, folder / "portal", ignore=leave_out)


def entries(catalogue):
    return sorted(re.sub(r'"POT-Creation-Date: .*', "", catalogue).strip().split("\n\n"))


def test_every_word_of_the_code_stands_in_the_catalogue(tmp_path):
    portal = copy_of_the_code(tmp_path)
    catalogue = portal / "locale" / "id" / "LC_MESSAGES" / "django.po"
    before = catalogue.read_text(encoding="utf-8")

    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "-l", "id", "--no-location", "--no-obsolete"],
        cwd=portal,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "magelang_portal.settings"},
        check=True,
        capture_output=True,
    )

    assert entries(catalogue.read_text(encoding="utf-8")) == entries(before)


@pytest.mark.parametrize("folder", ["locale/id", "locale/django/id"])
def test_every_word_is_translated_and_compiled(tmp_path, folder):
    catalogue = ROOT / folder / "LC_MESSAGES" / "django.po"

    statistics = subprocess.run(
        ["msgfmt", "--check", "--statistics", "-o", tmp_path / "django.mo", catalogue],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
    ).stderr

    assert "untranslated" not in statistics
    assert "fuzzy" not in statistics
    assert (tmp_path / "django.mo").read_bytes() == catalogue.with_suffix(".mo").read_bytes()
