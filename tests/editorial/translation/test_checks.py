"""The checks of translations: problems that they find, and texts that they accept."""

from dataclasses import replace

import pytest

from editions import official_text
from editions.document import Document, ElementText, MissionText, Passage, TermText, Text
from editorial.translation.checks import CHECKS, problems, untranslated

pytestmark = pytest.mark.usefixtures("in_english")

ELEMENT = ElementText(
    1,
    Text("Kota Sehat", "Healthy city"),
    Text("Sehat", "healthy"),
    Text("s", "h"),
    Text("U.", "E."),
    Text(),
)
TERMS = (
    TermText(Text("kota", "city")),
    TermText(Text("kota jasa", "service city"), variants=Text("", "city of services")),
    TermText(
        Text("kontrol", "oversight"), note=Text("Bukan [[control]].", "Not “control” (kontrol).")
    ),
    TermText(Text("wali kota", "mayor"), variants=Text("walikota")),
    TermText(Text("SDA", "natural resources"), definition=Text("Sumber daya alam.")),
    TermText(Text("aspirasi")),
    TermText(Text("media", "media")),
)
DOCUMENT = Document(
    2031,
    2035,
    Text("Visi", "Vision"),
    Text("Magelang Sehat", "A healthy Magelang"),
    Text("Unsurnya:", "Its elements:"),
    Text("Misinya:", "Its missions:"),
    Text(),
    elements=(ELEMENT,),
    missions=(MissionText(1, Text("Membangun taman.", "Building parks.")),),
    terms=TERMS,
)


def passage(indonesian, english, kind="point", field="text"):
    return Passage(kind, "u1", field, Text(indonesian, english), Text("Kota Sehat", "Healthy city"))


def found(check, *texts, **where):
    return [
        problem.detail
        for problem in problems(passage(*texts, **where), DOCUMENT)
        if problem.check == check
    ]


# The shipped text


def test_the_official_text_has_no_problem():
    (path,) = official_text.files()
    text = official_text.read(path)

    for document in (text.received, text.corrected):
        assert [
            (p.key, problem) for p in document.passages() for problem in problems(p, document)
        ] == []


def test_a_sound_document_has_no_problem():
    sound = replace(DOCUMENT, terms=())

    assert [found for passage in sound.passages() for found in problems(passage, sound)] == []


# Pasted characters


@pytest.mark.parametrize(
    ("texts", "detail"),
    [
        (("Taman kota.", "• City park."), "en bullet"),
        (("Taman kota.", "\uf0b7 City park."), "en no-font"),
        (("Taman kota.", "City\ufffd park."), "en misread"),
        (("▪ Taman kota.", "City park."), "id bullet"),
    ],
)
def test_characters_that_came_with_pasted_text_are_found(texts, detail):
    assert detail in found("unusual_characters", *texts)


# Scope


def test_a_passage_without_english_has_no_problem():
    assert problems(passage("Lima kota, 1.500 jiwa.", ""), DOCUMENT) == []


@pytest.mark.parametrize(
    ("kind", "field"), [("point", "marker"), ("element", "slug"), ("term", "variants")]
)
def test_a_field_that_is_not_translated_is_not_checked(kind, field):
    assert problems(passage("kota 5", "town", kind, field), DOCUMENT) == []


def test_a_problem_has_the_name_of_its_check_and_a_message_in_the_readers_language():
    (problem,) = problems(passage("Taman.", "Park"), DOCUMENT)

    assert problem.check == "end_punctuation"
    assert (
        problem.message
        == "The Indonesian ends with “.”, the English without punctuation. End both alike."
    )


def test_a_problem_that_occurs_twice_in_a_passage_is_listed_once():
    assert found("doubled_words", "taman", "the the park, the the road") == ["the"]


# Each check


@pytest.mark.parametrize(
    ("indonesian", "english"),
    [
        ("Taman.", "Park"),
        ("Taman", "Park."),
        ("Taman;", "Park,"),
        ("Taman:", "Park;"),
        ("Taman (baru).", "Park (new)"),
    ],
)
def test_an_end_without_its_sign_is_found(indonesian, english):
    assert found("end_punctuation", indonesian, english) == [""]


@pytest.mark.parametrize(
    ("indonesian", "english"),
    [
        ("Taman;", "Park;"),
        ("Taman", "Park"),
        ("“Taman”.", "“Park.”"),
        ("Taman madani.", "A civil park ([[madani]])."),
        ("Taman …", "Park ..."),
        ("taman; serta", "park; and"),
    ],
)
def test_alike_ends_are_no_problem(indonesian, english):
    assert found("end_punctuation", indonesian, english) == []


@pytest.mark.parametrize(
    ("indonesian", "english", "details"),
    [
        ("5 (lima) taman", "six parks", ["5", "6"]),
        ("tahun 2016-2021", "the years 2016–2020", ["2021", "2020"]),
        ("naik 3,5 persen", "rose by 3,5 per cent", ["3.5%", "3,5"]),
        ("naik 5 persen", "rose by 5", ["5%"]),
        ("1.500 jiwa", "1.500 people", ["1500", "1.5"]),
        ("dua taman", "parks", ["2"]),
        ("taman", "12 parks", ["12"]),
    ],
)
def test_a_number_of_one_language_alone_is_found(indonesian, english, details):
    assert found("numbers", indonesian, english) == details


@pytest.mark.parametrize(
    ("indonesian", "english"),
    [
        ("5 (lima) taman", "five parks"),
        ("tahun 2016-2021", "2016–2021"),
        ("1.500 jiwa, 3,5 persen", "1,500 people, 3.5%"),
        ("2,5 juta", "2.5 million"),
        ("abad ke-21", "the 21st century"),
        ("kedua taman", "both parks"),
        ("unsur kedua", "the second element"),
        ("Undang-Undang Nomor 23 Tahun 2014 Pasal 2 ayat (1)", "Law No. 23 of 2014, Article 2(1)"),
        ("satu taman yang menyatu", "a park"),
        ("agamanya", "one’s religion"),
    ],
)
def test_equal_numbers_are_no_problem(indonesian, english):
    assert found("numbers", indonesian, english) == []


@pytest.mark.parametrize(
    ("indonesian", "english"),
    [
        ("(a) taman; (b) jalan; (c) air", "(a) parks; (b) roads and water"),
        ("(a) taman; (b) jalan", "(1) parks; (2) roads"),
        ("taman dan jalan", "i) parks, ii) roads"),
    ],
)
def test_a_list_within_a_text_with_other_markers_is_found(indonesian, english):
    assert found("markers_within", indonesian, english) == [""]


@pytest.mark.parametrize(
    ("indonesian", "english"),
    [
        ("(a) taman; (b) jalan", "(a) parks; (b) roads"),
        ("Pasal 2 ayat (1)", "Article 2(1)"),
        ("orang", "person(s)"),
        ("5 (lima)", "five (5)"),
    ],
)
def test_brackets_that_are_no_markers_are_no_problem(indonesian, english):
    assert found("markers_within", indonesian, english) == []


@pytest.mark.parametrize(
    ("indonesian", "english", "details"),
    [
        ("Kota jasa dan kota", "A town that serves", ["kota jasa", "kota"]),
        ("Kota jasa", "A city", ["kota jasa"]),
        ("kontrol masyarakat", "control by the people", ["kontrol"]),
        ("pengelolaan SDA", "management of resources", ["SDA"]),
        ("Walikota", "The head of the City", ["wali kota"]),
    ],
)
def test_another_translation_than_the_glossarys_is_found(indonesian, english, details):
    assert found("glossary", indonesian, english) == details


@pytest.mark.parametrize(
    ("indonesian", "english"),
    [
        ("Kota jasa", "A service city"),
        ("Kota jasa", "The city of many services"),
        ("Kotanya", "Their cities"),
        ("Walikota", "The Mayor"),
        ("aspirasi", "what the people wish"),  # the glossary has no English for it
        ("perkotaan", "urban"),
    ],
)
def test_the_translation_of_the_glossary_is_no_problem(indonesian, english):
    assert found("glossary", indonesian, english) == []


def test_the_glossary_is_not_checked_against_itself():
    assert found("glossary", "Kontrol warga.", "Not control.", kind="term", field="note") == []


@pytest.mark.parametrize(
    ("english", "details"), [("Well city", [""]), ("Healthy City", []), ("A healthy city", [])]
)
def test_an_elements_name_holds_its_words_of_the_statement(english, details):
    assert (
        found("words_of_the_statement", "Kota Sehat", english, kind="element", field="name")
        == details
    )


def test_an_element_whose_indonesian_name_lacks_the_words_has_no_problem():
    assert (
        found(
            "words_of_the_statement", "Kesehatan Kota", "City welfare", kind="element", field="name"
        )
        == []
    )


@pytest.mark.parametrize(
    ("indonesian", "english", "details"),
    [
        (300, 150, [""]),
        (150, 300, [""]),
        (10, 70, [""]),
        (300, 240, []),
        (100, 180, []),
        (5, 45, []),
    ],
)
def test_a_text_much_longer_than_the_other_is_found(indonesian, english, details):
    assert found("length", "a" * indonesian, "b" * english) == details


@pytest.mark.parametrize(
    ("indonesian", "english"),
    [
        ("Kota Cerdas", "Kota Cerdas"),
        ("Membangun taman.", "membangun taman."),
        ("taman kota yang indah", "taman kota yang bagus"),
        ("[[Smart]] taman", "[[Smart]] taman"),
    ],
)
def test_untranslated_english_is_found_and_not_checked_further(indonesian, english):
    assert [problem.check for problem in problems(passage(indonesian, english), DOCUMENT)] == [
        "untranslated"
    ]


@pytest.mark.parametrize(
    ("indonesian", "english"),
    [
        ("[[Smart people]]", "Smart people"),
        ("Borobudur", "Borobudur"),
        ("RPJMD 2016", "RPJMD 2016"),
        ("2016", "2016"),
        ("Visi", "[[Visi]]"),
        ("rencana", "a regional medium-term plan"),
        ("taman", "the urban park is modern and human"),
    ],
)
def test_words_that_both_languages_spell_alike_are_no_problem(indonesian, english):
    assert found("untranslated", indonesian, english) == []


def test_a_word_of_another_translation_counts_as_english():
    body = Text("Kota modern.", "It is modern.")
    document = replace(DOCUMENT, elements=(replace(ELEMENT, body=body),))

    assert problems(passage("Modern", "modern"), document) == []
    assert problems(passage("Modern", "modern"), DOCUMENT) != []


@pytest.mark.parametrize(
    ("indonesian", "english", "details"),
    [
        ("[[Smart]] sekali", "Very [[smart]]", ["smart"]),
        ("kota jasa", "a service city (kota jasa)", ["kota jasa"]),
        ("kota jasa", "a service city ([[kota jasa]])", []),
        ("kota jasa", "a kota jasa", []),  # the check of the glossary reports it
        ("[[Smart]] sekali", "Very smart", []),
        ("media", "media", []),
        ("SDA", "natural resources (SDA)", []),
    ],
)
def test_words_that_are_marked_wrongly_are_found(indonesian, english, details):
    assert found("marks", indonesian, english) == details


def test_the_glossary_marks_indonesian_words_too():
    (note,) = [passage for passage in TERMS[2].passages() if passage.field == "note"]

    assert [problem.detail for problem in problems(note, DOCUMENT)] == ["kontrol"]


@pytest.mark.parametrize(
    ("indonesian", "english", "details"),
    [
        ("taman  baru", "new park", ["id"]),
        ("taman baru", "new  park", ["en"]),
        ("taman, jalan", "parks , roads", ["parks ,"]),
        ("taman\n\nbaru", "park\n\nnew", []),
        ("taman … baru", "park … new", []),
    ],
)
def test_surplus_spaces_are_found(indonesian, english, details):
    assert found("spaces", indonesian, english) == details


@pytest.mark.parametrize(
    ("indonesian", "english", "details"),
    [
        ("taman", "the the park", ["the"]),
        ("bersama sama sama", "together", ["sama"]),
        ("taman", "The the park", ["The"]),
        ("sama-sama", "he said that that had had an end", []),
        ("taman. Taman", "A park. Park it", []),
    ],
)
def test_a_doubled_word_is_found(indonesian, english, details):
    assert found("doubled_words", indonesian, english) == details


@pytest.mark.parametrize(
    ("indonesian", "english", "details"),
    [
        ("taman", "the city's park", ["en"]),
        ("taman", '“new” or "old" park', ["en"]),
        ('"taman"', "“park”", ["id"]),
        ("'taman'", "‘park’", ["id"]),
        ("Jum'at", "the city’s “park”", []),
        ('“taman” dan "jalan"', "park", []),  # reported before publishing
    ],
)
def test_straight_quotation_marks_are_found(indonesian, english, details):
    assert found("straight_quotation_marks", indonesian, english) == details


@pytest.mark.parametrize(
    ("english", "details"),
    [
        ("in 2016-2021", ["2016-2021"]),
        ("in 2016 – 2021", ["2016 – 2021"]),
        ("a park - new", ["-"]),
        ("a park -- new", ["-"]),
        ("a park--new", ["-"]),
        ("in 2016–2021, a well-known park – new", []),
        ("2016-08-17", []),
        ("ISBN 978-1234-5678-9", []),
    ],
)
def test_a_hyphen_instead_of_a_dash_is_found_in_english(english, details):
    assert found("dashes", "tahun 2016-2021 - taman", english) == details


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["a" * 20_000, "!" * 20_000 + "a", "(" * 20_000, "a " * 10_000, "9" * 20_000]
)
def test_no_text_makes_a_pattern_run_for_long(text):
    found = {problem.check for problem in problems(passage(text, text[::-1]), DOCUMENT)}

    assert found <= {check.__name__ for check in [*CHECKS, untranslated]}
