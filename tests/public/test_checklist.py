"""docs/checks-by-hand.md names an existing check for each row of the checklist."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "checks-by-hand.md").read_text()
ROWS = dict(
    re.findall(r"^\| (\d+) \| [^|]+ \| (.+) \|$", PAGE.partition("## Which test")[2], re.MULTILINE)
)


def test_every_row_of_the_checklist_appears_once_with_a_check():
    assert list(ROWS) == [str(number) for number in range(1, 61)]
    assert all(
        re.search(r"`[\w/]+\.py::test_\w+`|by hand §\d|`make \w+`", held) for held in ROWS.values()
    )


@pytest.mark.parametrize(
    "name", sorted({path for path, _ in re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)})
)
def test_every_named_test_exists(name):
    functions = {
        node.name
        for node in ast.parse((TESTS / name).read_text()).body
        if isinstance(node, ast.FunctionDef)
    }

    assert {
        test for path, test in re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE) if path == name
    } <= functions


def test_every_named_procedure_exists_and_names_its_row():
    written = dict(re.findall(r"^## §(\d) .+ \(row (\d+)\)$", PAGE, re.MULTILINE))

    assert {
        (section, row)
        for row, held in ROWS.items()
        for section in re.findall(r"by hand §(\d)", held)
    } == set(written.items())
