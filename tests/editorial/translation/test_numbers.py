"""The same number in two languages and spellings is one value."""

import pytest

from editorial.numbers import names_number, numbers_of


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("id", "5 (lima) misi", ["5"]),
        ("en", "five missions", ["5"]),
        ("id", "tahun 2016-2021", ["2016", "2021"]),
        ("en", "in 2016–2021", ["2016", "2021"]),
        ("id", "1.500 jiwa", ["1500"]),
        ("en", "1,500 people", ["1500"]),
        ("id", "1.234.567,5", ["1234567.5"]),
        ("id", "3,5 persen dan 4 %", ["3.5%", "4%"]),
        ("en", "3.5 per cent, 4% and 5 percent", ["3.5%", "4%", "5%"]),
        ("id", "1,5 ribu, dua juta", ["1500", "2000000"]),
        ("en", "Two million", ["2000000"]),
        ("id", "abad ke-21", ["21"]),
        ("en", "the 21st century", ["21"]),
        ("id", "Dua belas", ["12"]),
        ("id", "10 (sepuluh) persen", ["10%"]),
        ("id", "dua puluh lima dan dua ratus", ["25", "200"]),
        ("en", "Twenty-five, seventeen and fifty", ["25", "17", "50"]),
        ("id", "[[Industri 4.0]]", ["4"]),
        ("id", "17.08.2016", ["17.08.2016"]),
        ("id", "lıma, ſepuluh, tİga rİbu", []),
        ("id", "DUA PULUH, Tiga Ribu", ["20", "3000"]),
        ("id", "satu kota, kesatuan, setempat", []),
        ("en", "one’s religion at once, often", []),
        ("en", "", []),
    ],
)
def test_a_text_names_numbers(language, text, values):
    assert list(numbers_of(text, language)) == values


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "both words", "2"),
        ("id", "kedua kata itu, keduanya", "2"),
        ("en", "the third element", "3"),
        ("id", "unsur ketiga", "3"),
        ("id", "abad XXI", "21"),
        ("en", "the twenty-first century", "21"),
        ("en", "one city", "1"),
        ("en", "5%", "5"),
        ("en", "in the twentieth century", "20"),
        ("en", "two thirds", "3"),
        ("id", "seribu bunga", "1000"),
        ("en", "a thousand flowers", "1000"),
    ],
)
def test_other_words_can_stand_for_a_number(language, text, value):
    assert names_number(text, language, value)


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [("en", "3,5", "3.5"), ("en", "5 people", "5%"), ("id", "1,500", "1500"), ("en", "ox", "10")],
)
def test_another_notation_is_another_number(language, text, value):
    assert not names_number(text, language, value)


def test_a_value_is_paired_with_its_notation():
    assert numbers_of("1.500 jiwa", "id") == {"1500": "1.500"}
