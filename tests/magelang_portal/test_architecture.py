"""Rules for the structure of the repository."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[2]
# Room: the rooms it may import. README.md, “The map”, shows the order.
MAY_IMPORT = {
    "vision": set(),
    "missions": {"vision"},
    "editions": {"vision", "missions"},
    "public": {"editions"},
    "editorial": {"vision", "missions", "editions", "public"},
}
SIDES = {*MAY_IMPORT, "magelang_portal"}
MOST_FILES = 16  # in one folder, with its __init__.py
DOORS = {"vision/admin.py", "missions/admin.py"}  # only these may import the editing side


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.slow
@pytest.mark.parametrize("room", MAY_IMPORT)
def test_rooms_import_in_one_direction_only(room):
    for path in (ROOT / room).rglob("*.py"):
        is_door = str(path.relative_to(ROOT)) in DOORS
        allowed = (
            MAY_IMPORT[room]
            | {room}
            | ({"editorial", "vision", "editions", "public"} if is_door else set())
        )
        for module in imports(path):
            imported = module.partition(".")[0]
            assert imported not in SIDES or imported in allowed, f"{path} imports {module}"


def modules():
    """The path of each module of the portal, by its name."""
    paths = [path for folder in SIDES for path in (ROOT / folder).rglob("*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
    }


def imported_modules(path, known):
    """The modules of the portal that the file imports, also inside its functions."""
    for name in imports(path):
        found = name if name in known else name.rpartition(".")[0]
        if found in known and known[found] != path:
            yield found


@pytest.mark.slow
def test_no_modules_import_each_other_in_a_circle():
    known = modules()

    TopologicalSorter(
        {name: set(imported_modules(path, known)) for name, path in known.items()}
    ).prepare()


@pytest.mark.slow
def test_rooms_within_a_side_import_each_other_in_one_direction():
    """The modules directly in a side, such as its models, may import its rooms."""
    known, graph = modules(), {}
    for path in known.values():
        others = {known[name].parent for name in imported_modules(path, known)} - {path.parent}
        graph.setdefault(path.parent, set()).update(
            other for other in others if other.parent != ROOT
        )

    TopologicalSorter(
        {room: others for room, others in graph.items() if room.parent != ROOT}
    ).prepare()


def python_of(*folders):
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


@pytest.mark.slow
def test_nothing_imports_the_tools():
    for path in python_of(*SIDES, "tests"):
        assert not [module for module in imports(path) if module.startswith("tools.")], path


@pytest.mark.slow
def test_no_test_or_tool_imports_a_test_module():
    for path in python_of("tests", "tools"):
        assert not [module for module in imports(path) if ".test_" in module], path


STARTERS = {"playwright", "subprocess"}  # modules that start programs
START_PROGRAMS = {"browser", "support", "system"}  # folders of tests


def starts_programs(path):
    """Whether the module, or a helper that it imports, can start a program."""
    names = list(imports(path))
    is_starter = any(name.partition(".")[0] in STARTERS for name in names)
    return is_starter or any(map(starts_programs, helpers_among(names)))


def helpers_among(names):
    """The files in tests/support of these modules, and of the modules imported from them."""
    paths = (
        ROOT.joinpath(*module.split(".")).with_suffix(".py")
        for name in names
        if name.startswith("tests.support.")
        for module in (name, name.rpartition(".")[0])
    )
    return {path for path in paths if path.is_file()}


@pytest.mark.slow
def test_only_tests_of_browser_and_system_start_programs():
    for path in python_of("tests"):
        if path.relative_to(ROOT / "tests").parts[0] not in START_PROGRAMS:
            assert not starts_programs(path), path


def test_no_folder_has_too_many_files():
    paths = [*modules().values(), *python_of("tests", "tools")]
    folders = {path.parent for path in paths if "migrations" not in path.parts}
    sizes = {folder: len(list(folder.glob("*.py"))) for folder in folders}

    assert {str(folder): size for folder, size in sizes.items() if size > MOST_FILES} == {}


def test_public_code_never_reads_a_row_of_the_working_copy():
    for path in (ROOT / "public").rglob("*.py"):
        assert not [
            module for module in imports(path) if module.startswith("editions.working_copy")
        ], path


@pytest.mark.slow
@pytest.mark.django_db
def test_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_module_is_called_utils():
    assert not list(ROOT.glob("[a-z]*/**/utils.py"))


def test_no_line_of_a_template_is_longer_than_100_characters():
    """The address of the icon cannot be wrapped, so it is left out."""
    for path in (ROOT / "templates").rglob("*.*"):
        lines = path.read_text("utf-8").splitlines()
        assert path.name == "favicon.html" or max(map(len, lines)) <= 100, path
