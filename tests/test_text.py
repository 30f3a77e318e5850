import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from vision import text


def test_white_space_of_a_line_becomes_single_plain_spaces():
    assert text.one_line(" Kota\u00a0 Magelang \n") == "Kota Magelang"


def test_a_blank_line_divides_paragraphs_and_a_line_end_does_not():
    assert text.paragraphs("satu\r\ndua\r\n\r\n \n tiga ") == ["satu dua", "tiga"]


@given(st.text())
def test_normalising_twice_is_normalising_once(words):
    assert text.one_line(text.one_line(words)) == text.one_line(words)


@pytest.mark.parametrize(
    "character", ["\x00", "\x0b", "\x1f", "\u202e", "\u2066", "\u2069", "\u200b", "\ufeff", "\ud800"]
)
def test_an_invisible_character_is_refused_with_its_place(character):
    with pytest.raises(ValidationError) as refusal:
        text.validate_characters(f"Kota{character}")

    assert refusal.value.params == {"place": 5, "code": f"U+{ord(character):04X}"}


@pytest.mark.parametrize("words", ["Kota Magelang", "ketaqwaan – “kepercayaan”", "satu\n\ndua\t", "é ñ 静"])
def test_what_people_write_is_accepted(words):
    text.validate_characters(words)
    text.validate_marks(words)


@pytest.mark.parametrize("words", ["[[Smart", "Smart]]", "[[a [[b]] c]]", "[[]]"])
def test_an_incomplete_mark_is_refused(words):
    with pytest.raises(ValidationError):
        text.validate_marks(words)


def test_marks_are_not_part_of_the_words():
    assert text.plain("pengembangan [[e-governance]],") == "pengembangan e-governance,"


@pytest.mark.parametrize(
    ("sought", "statement", "places"),
    [
        ("Jasa", "Kota Jasa yang Modern", [(5, 9)]),
        ("jasa", "KOTA JASA", [(5, 9)]),
        ("Jasa", "Kota Jasawan", []),
        ("Kota", "Kota dan kota", [(0, 4), (9, 13)]),
        ("", "Kota", []),
    ],
)
def test_words_are_found_whole_and_in_any_case(sought, statement, places):
    assert text.occurrences(sought, statement) == places
