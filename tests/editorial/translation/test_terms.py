"""The glossary's terms in a text and in its English."""

import pytest

from editions import official_text
from editions.document import Document, TermText, Text
from editorial.translation.terms import says, terms_in


def term(indonesian, english="English", variants=("", "")):
    return TermText(Text(indonesian, english), variants=Text(*variants))


def document(*terms):
    return Document(2031, 2035, *[Text("Visi", "Vision")] * 5, terms=terms)


GLOSSARY = document(
    term("kota"),
    term("kota modern"),
    term("kota jasa"),
    term("sektor jasa"),
    term("pengguna kota"),
    term("menyelaraskan"),
    term("ditetapkan"),
    term("aspirasi"),
    term("wali kota", variants=("walikota; kepala daerah", "")),
    term("SDM"),
    term("SDM aparatur"),
    term("IT", "information technology (IT)"),
    TermText(Text("SDA", "natural resources"), definition=Text("Sumber daya alam.")),
    TermText(Text("RPJMD", "Plan"), definition=Text("Rencana Pembangunan Jangka Menengah Daerah.")),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Kotanya indah", ["kota"]),
        ("Kota-kota modern", ["kota", "kota modern"]),
        ("KOTA yang modern", ["kota"]),
        ("Budaya diselaraskan dengan sejarah, dan diselaraskannya ekonomi", ["menyelaraskan"]),
        ("Wali kota menetapkan aspirasi-aspirasi", ["wali kota", "ditetapkan", "aspirasi"]),
        ("para pengguna kota", ["pengguna kota"]),
    ],
)
def test_inflected_forms_of_a_term_are_found(text, found):
    assert [term.term.id for term in terms_in(text, GLOSSARY)] == found


@pytest.mark.parametrize(
    "text",
    [
        "penggunaan lahan",
        "Penduduk tetap menetap",
        "perkotaan",
        "keselarasan",
        "dijelaskan dalam it saja",
        "",
        "–",
    ],
)
def test_another_word_of_the_same_root_is_not_the_term(text):
    assert terms_in(text, GLOSSARY) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Kota modern", ["kota modern"]),
        ("Kota modern adalah kota", ["kota modern", "kota"]),
        ("sektor jasa kota jasa", ["sektor jasa", "kota jasa"]),
        ("kota. Modern", ["kota"]),
        ("kota (modern)", ["kota"]),
    ],
)
def test_the_longest_term_hides_only_the_terms_within_it(text, found):
    assert [term.term.id for term in terms_in(text, GLOSSARY)] == found


def test_terms_that_share_a_word_are_both_found():
    glossary = document(term("Pemerintah Kota"), term("Kota Magelang"))

    assert len(terms_in("Pemerintah Kota Magelang", glossary)) == 2


@pytest.mark.parametrize("text", ["Walikota terpilih", "kepala daerah"])
def test_a_variant_is_the_term(text):
    assert [term.term.id for term in terms_in(text, GLOSSARY)] == ["wali kota"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pengembangan SDM", ["SDM"]),
        ("pengelolaan SDA berbasis IT", ["SDA", "IT"]),
        ("sumber daya alam", ["SDA"]),
        ("rencana pembangunan jangka menengah daerah", ["RPJMD"]),
        ("sda", []),
    ],
)
def test_an_abbreviation_stands_in_capitals_or_is_written_out(text, found):
    assert [term.term.id for term in terms_in(text, GLOSSARY)] == found


def test_an_abbreviation_within_a_term_may_be_written_out_too():
    glossary = document(
        TermText(Text("SDM", "staff"), definition=Text("Sumber daya manusia.")),
        term("SDM aparatur"),
    )

    assert [found.term.id for found in terms_in("sumber daya manusia aparatur", glossary)] == [
        "SDM aparatur"
    ]


def test_old_spelling_is_recognised():
    assert len(terms_in("tuntutan jaman", document(term("tuntutan zaman")))) == 1


def test_variants_count_in_their_own_language_only():
    other = term("aspirasi", "aspirations", variants=("", "wishes"))

    assert terms_in("wishes", document(other)) == []
    assert not says("walikota", term("wali kota", "Mayor", variants=("walikota", "")))


@pytest.mark.parametrize(
    ("english", "text"),
    [
        ("prosperous society", "a prosperous and religious society"),
        (
            "bring into harmony",
            "able to bring the social, the physical and the economic into harmony",
        ),
        ("service city", "Cities of service"),
        ("devotion (to God)", "devotion to their creator"),
        ("information technology (IT)", "IT-based management"),
        ("information technology (IT)", "based on information technology"),
        ("in order to", "In order to improve"),
        ("organise", "the organization"),
        ("Smart [[governance]]", "smart governance"),
    ],
)
def test_the_words_of_a_term_may_stand_near_one_another(english, text):
    assert says(text, term("istilah", english))


@pytest.mark.parametrize(
    ("english", "text"),
    [
        ("smart city", "A clever city"),
        ("smart city", "smart people live wherever they like to live in the city"),
        ("oversight", "control"),
        ("information technology (IT)", "it is technology"),
        ("vision", ""),
    ],
)
def test_other_words_are_not_the_term(english, text):
    assert not says(text, term("istilah", english))


def test_an_english_variant_counts_as_the_term():
    adopted = term("ditetapkan", "adopted", variants=("", "established; laid down"))

    assert says("The plan was established", adopted)
    assert says("laid down by law", adopted)
    assert not says("the plan was determined", adopted)


def test_all_terms_of_the_official_text_are_found():
    (path,) = official_text.files()
    text = official_text.read(path).corrected
    texts = [passage.text.id for passage in text.passages()]

    found = {term.term.id for words in texts for term in terms_in(words, text)}

    assert len(found) == len(text.terms)
