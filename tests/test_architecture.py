"""Promises of the repository."""

import ast
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
