"""The house of a statement reads as the statement, from the roof down."""

import pytest

from editions.document import Document, ElementText, PointText, Text
from public.formats.figure import drawn

# Statements in the style of other cities: Indonesian, English, and the words of each element.
MADE_UP = {
    "founded": (
        (
            "Kota Hijau dan Maju didasari Warga Sehat",
            "A green and modern city based on healthy people",
        ),
        [("Hijau", "green"), ("Maju", "modern"), ("Sehat", "healthy")],
    ),
    "founded in Indonesian only": (
        ("Kota Hijau berlandaskan Warga Sehat", "A green city of healthy people"),
        [("Hijau", "green"), ("Sehat", "healthy")],
    ),
    "of one storey": (
        ("Terwujudnya Kota Aman, Tertib, dan Indah", "A safe, orderly and beautiful city"),
        [("Aman", "safe"), ("Tertib", "orderly"), ("Indah", "beautiful")],
    ),
    "of seven elements": (
        ("Kota A1 B2 C3 D4 E5 F6 G7", "A city of A1 B2 C3 D4 E5 F6 G7"),
        [(name, name) for name in ("A1", "B2", "C3", "D4", "E5", "F6", "G7")],
    ),
    "that begins with an element": (
        ("Sejahtera bersama, didasari Gotong royong", "Prosperous together, founded on mutual aid"),
        [("Sejahtera", "Prosperous"), ("Gotong royong", "mutual aid")],
    ),
}


def document(statement, words, points=0):
    return Document(
        period_start=2031,
        period_end=2035,
        statement=Text(*statement),
        elements=tuple(
            ElementText(
                number=number,
                statement_words=Text(*named),
                points=tuple(PointText(anchor=f"u{number}-{n}") for n in range(points * number)),
            )
            for number, named in enumerate(words, start=1)
        ),
    )


def read(house):
    """The words of the house from its roof down."""
    words = [house.roof]
    for place, storey in enumerate(house.storeys):
        words.append(house.founding if place else "")
        words += [f"{cell.before} {cell.words}{cell.after}".strip() for cell in storey]
    return " ".join(filter(None, words))


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", MADE_UP)
def test_the_house_reads_as_the_statement_from_the_roof_down(name, language):
    made_up = document(*MADE_UP[name])

    assert read(drawn(made_up, language)) == made_up.statement.plain(language)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    ("name", "storeys"),
    [
        ("founded", [[1, 2], [3]]),
        ("founded in Indonesian only", [[1, 2]]),
        ("of one storey", [[1, 2, 3]]),
        ("of seven elements", [[1, 2, 3, 4, 5, 6, 7]]),
        ("that begins with an element", [[1], [2]]),
    ],
)
def test_elements_have_their_own_storey_only_if_both_languages_call_them_a_foundation(
    name, storeys, language
):
    house = drawn(document(*MADE_UP[name]), language)

    assert [[cell.element.number for cell in storey] for storey in house.storeys] == storeys


def test_each_storey_fills_its_rows_and_widens_the_longest_element():
    for name, (statement, words) in MADE_UP.items():
        house = drawn(document(statement, words, points=1), "id")

        assert house.columns <= 5
        for storey in house.storeys:
            assert sum(cell.width for cell in storey) % house.columns == 0, name


def test_the_house_also_has_elements_that_the_statement_does_not_name():
    statement, words = MADE_UP["of one storey"]
    house = drawn(document(statement, [*words, ("Ramah", "friendly")]), "id")

    assert [cell.words for cell in house.storeys[0]] == ["Aman", "Tertib", "Indah", ""]
    assert read(house) == statement[0]
