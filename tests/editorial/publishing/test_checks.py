"""The checks before a publication: what they find and what they accept."""

from dataclasses import replace

import pytest

from editions.document import Document, ElementText, MissionText, PointText, Text
from editions.working_copy import read_document
from editorial.publishing.review import (
    CHECKS,
    Severity,
    by_message,
    explanations_that_are_not_plain,
    findings,
    no_legal_basis,
)
from editorial.publishing.review import address_words_not_translated as address_words
from editorial.publishing.review import characters_that_print_lacks as print_lacks
from editorial.publishing.review import faulty_markers as markers
from editorial.publishing.review import gaps_in_numbers as numbers
from editorial.publishing.review import lists_of_different_length as lengths
from editorial.publishing.review import missing_english as missing
from editorial.publishing.review import mixed_quotation_marks as quotes
from editorial.publishing.review import stops_publication as stops
from editorial.publishing.review import suspicious_characters as characters
from editorial.publishing.review import years_of_another_period as years
from tests.support.factories import say_right

ELEMENT = ElementText(
    1,
    Text("Kota Sehat", "Healthy city"),
    Text("Sehat", "healthy"),
    Text("s", "h"),
    Text("U", "E"),
    Text(),
)
MISSION = MissionText(1, Text("Membangun taman.", "Building parks."))
STATEMENT = Text("Magelang Sehat", "A healthy Magelang")
DOCUMENT = Document(
    2031,
    2035,
    Text("Visi", "Vision"),
    STATEMENT,
    *[Text("x", "y")] * 3,
    elements=(ELEMENT,),
    missions=(MISSION,),
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def test_an_empty_legal_basis_is_remarked_on_and_blocks_nothing():
    (finding,) = no_legal_basis(replace(DOCUMENT, legal_basis=Text()), None)

    assert (finding.severity, finding.passage.key) == ("notes", "v-dasar.legal_basis")
    assert not list(no_legal_basis(DOCUMENT, None))


def messages(check, document, published=None):
    return [finding.message for finding in check(document, published)]


def with_body(words, english="What it is."):
    return replace(DOCUMENT, elements=(replace(ELEMENT, body=Text(words, english)),))


def with_points(*points):
    return replace(DOCUMENT, elements=(replace(ELEMENT, points=points),))


def point(number, marker="", english="Park"):
    return PointText(f"u1-{number}", marker, Text("Taman", english), Text(), Text())


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_accepts_a_sound_document(check):
    say_right(DOCUMENT)

    assert messages(check, DOCUMENT) == []


def test_in_the_official_text_only_the_legal_basis_is_missing(shipped):
    document = read_document(shipped)

    new, old = findings(document, None)

    besides_spelling = [finding for finding in new if not finding.word]
    assert [finding.passage.field for finding in besides_spelling] == ["legal_basis"]
    assert (old, findings(document, document)) == ([], ([], new))


# Plain words


def explained(indonesian, english=""):
    return replace(DOCUMENT, elements=(replace(ELEMENT, explanation=Text(indonesian, english)),))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Kota ini sehat. Warganya rukun.", []),
        ("Satu. Dua. Tiga. Empat.", ["4 sentences"]),
        (" ".join(["kata"] * 16) + ".", ["“kata kata kata kata …” has 16 words"]),
        ("Kota ini mempertanggungjawabkan.", ["“mempertanggungjawabkan” is long"]),
    ],
)
def test_an_explanation_that_is_hard_to_read_is_found(text, found):
    said = messages(explanations_that_are_not_plain, explained(text))

    assert len(said) == len(found)
    assert all(words in message for words, message in zip(found, said, strict=True))


# What blocks


@pytest.mark.parametrize(
    ("document", "key", "words"),
    [
        (
            replace(DOCUMENT, statement=Text("Magelang Kuat", "A healthy Magelang")),
            "u1.statement_words",
            "“Sehat” must occur",
        ),
        (with_body("Satu.\n\nDua.", "One."), "u1.body", "the same number of paragraphs"),
        (replace(DOCUMENT, missions=()), None, "with its elements and missions"),
    ],
)
def test_a_blocking_finding_names_the_passage_to_fix(document, key, words):
    (finding,) = stops(document, None)

    assert finding.severity == Severity.BLOCKS
    assert (finding.passage and finding.passage.key) == key
    assert words in finding.message


# English


def test_missing_english_is_found():
    (finding,) = missing(with_body("Uraian.", ""), DOCUMENT)

    assert finding.passage.key == "u1.body"


# Numbers and lists


@pytest.mark.parametrize(
    ("given", "message"),
    [([1, 2], []), ([2], ["The first number is 2."]), ([1, 2, 4], ["The number 4 follows 2."])],
)
def test_elements_and_missions_are_numbered_without_a_gap(given, message):
    elements = tuple(replace(ELEMENT, number=number) for number in given)
    missions = tuple(replace(MISSION, number=number) for number in given)

    assert messages(numbers, replace(DOCUMENT, elements=elements)) == message
    assert messages(numbers, replace(DOCUMENT, missions=missions)) == message


@pytest.mark.parametrize(
    "list_of_markers",
    [
        ["(a)", "(b)", "(c)"],
        ["1.", "2."],
        ["(i)", "(ii)", "(iii)", "(iv)"],
        ["(A)", "(B)"],
        ["", ""],
        ["–", "–"],
        ["1.1", "1.2"],
    ],
)
def test_markers_that_count_up_are_accepted(list_of_markers):
    points = [point(n, marker) for n, marker in enumerate(list_of_markers)]

    assert messages(markers, with_points(*points)) == []


@pytest.mark.parametrize(
    ("list_of_markers", "message"),
    [
        (["(a)", "(b)", "(d)"], "In this list “(d)” follows “(b)”."),
        (["(1)", "(3)"], "In this list “(3)” follows “(1)”."),
        (["(b)", "(c)"], "The list begins with “(b)”."),
        (["(a)", "(b)", "(b)"], "In this list “(b)” appears more than once."),
        (["(a)", "(2)"], "In this list “(2)” follows “(a)”: two ways of numbering."),
        (["(1)", "2."], "In this list “2.” follows “(1)”: two ways of numbering."),
        (["(i)", "(ii)", "(iv)"], "In this list “(iv)” follows “(ii)”."),
        (["(a)", ""], "Some points of this list have a marker, and others have none."),
    ],
)
def test_markers_that_do_not_count_up_are_found(list_of_markers, message):
    points = [point(n, marker) for n, marker in enumerate(list_of_markers)]

    (finding,) = markers(with_points(*points), None)

    assert finding.message == message
    assert finding.passage.field == "marker"


def test_the_items_of_a_point_are_checked_as_a_separate_list():
    items = (point("1-1", "(1)"), point("1-2", "(3)"))

    assert len(messages(markers, with_points(replace(point(1, "(a)"), points=items)))) == 1


def test_a_list_with_some_points_untranslated_is_found():
    indonesian = point(2, english="")

    (finding,) = lengths(with_points(point(1), indonesian), None)

    assert finding.message == "The list has 2 points in Indonesian and 1 in English."
    assert finding.passage.key == "u1-2.title"
    assert messages(lengths, with_points(indonesian, replace(indonesian, anchor="u1-3"))) == []


# Characters


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "Kоta sehat",
            "The Indonesian text holds “о” (U+043E), which is no Latin letter though it may look "
            "like one: “Kоta”",
        ),
        ("Κota", "The Indonesian text holds “Κ” (U+039A)"),
        ("Ｋota", "The Indonesian text holds “Ｋ” (U+FF2B)"),
        ("kota \ufffd", "“\ufffd”, left by a program that misread a letter"),
        ("cafÃ© kota", "“Ã”, left by a program"),
        ("kotaâ€™s", "“â€”, left by a program"),
        ("kota \ue000", "(U+E000) that only some fonts can show"),
        ("Kota \ufffc", "U+FFFC, left where a picture was not copied along"),
        ("\uf0b7 kota", "(U+F0B7) that only some fonts can show: “\uf0b7 kota”"),
        ("kota \U000e1000", "(U+E1000) that only some fonts can show"),
        ("• kota", "the bullet “•” (U+2022) of a list that was pasted: “• kota”"),
        ("Dua hal: ▪taman ▪jalan", "the bullet “▪” (U+25AA)"),
        ("o kota", "the bullet “o” (U+006F)"),
        ("– kota", "the bullet “–” (U+2013)"),
        ("kota \u0301indah", "an accent (U+0301) without its letter: “\u0301indah”"),
        ("ko\u00adta", "an invisible character (U+00AD)"),
        ("ko\u00adta", ": “ko[U+00AD]ta”. Save the text again, and it is removed."),
        ("<b>kota</b>", "“<b>”, which readers will see as it is"),
        ("kota&nbsp;sehat", "“&nbsp;”, which readers will see"),
    ],
)
def test_suspicious_characters_are_found(words, message):
    (found,) = messages(characters, with_body(words))

    assert message in found


@pytest.mark.parametrize(
    "words",
    [
        "2 – 3 taman, o, kota - kota",
        "👨‍👩‍👧‍👦 می‌خواهم",
        "Énergi, naïve, façade",
        "kota [[smart city]]",
        "3 < 4 > 2",
        "R&D; A & B",
        "ꦩꦒꦼꦭꦁ",
        "São Paulo, Âge",
        "5 µm",
    ],
)
def test_characters_of_both_languages_are_accepted(words):
    assert messages(characters, with_body(words)) == []


def test_a_character_that_the_pdfs_cannot_show_is_found():
    (found,) = print_lacks(with_body("Aksara Jawa: ꦩ"), None)

    assert (found.severity, found.passage.key) == (Severity.WARNS, "u1.body")
    assert "The fonts of the PDFs lack “ꦩ” (U+A9A9)" in found.message
    assert messages(print_lacks, with_body("Énergi – “naïve” ± 5 µm")) == []


def test_a_marker_may_be_a_bullet():
    assert messages(characters, with_points(point(1, "•"), point(2, "•"))) == []


def test_a_finding_about_characters_names_the_language():
    assert "The English text holds" in messages(characters, with_body("Uraian.", "<b>City</b>"))[0]


def test_straight_and_curly_quotation_marks_are_only_noted():
    (finding,) = quotes(with_body('Kota “cerdas” dan "sehat"'), None)

    assert finding.severity == Severity.NOTES
    assert messages(quotes, with_body("Kota 'cerdas' dan \"sehat\"")) == []
    # The translation desk finds these faults of the English.
    assert messages(quotes, with_body("Uraian.", "A “smart” city's text.")) == []


def with_address_words(name, slug):
    return replace(DOCUMENT, elements=(replace(ELEMENT, name=name, slug=slug),))


@pytest.mark.parametrize("name", [Text("Kota Sehat", "Healthy city"), Text("Kota Sehat", "")])
def test_an_english_address_word_equal_to_the_indonesian_one_is_found(name):
    (finding,) = address_words(with_address_words(name, Text("kota-sehat", "kota-sehat")), None)

    assert (finding.severity, finding.passage.key) == (Severity.WARNS, "u1.slug")
    assert finding.message == (
        "The English address word is the Indonesian one. Once published, an address answers for "
        "ever: a translator can still choose another."
    )


def test_equal_address_words_of_equal_names_are_accepted():
    document = with_address_words(
        Text("Smart city", "Smart city"), Text("smart-city", "smart-city")
    )

    assert messages(address_words, document) == []


# All checks together


def test_findings_in_the_published_text_are_separated_from_new_ones():
    published = with_body("<b>Lama</b>.")
    document = replace(
        published, missions=(replace(MISSION, statement=Text("<i>Baru</i>.", "New.")),)
    )
    say_right(published)
    say_right(document)

    new, known = findings(document, published)

    assert [finding.passage.key for finding in new] == ["m1.statement"]
    assert [finding.passage.key for finding in known] == ["u1.body"]


def test_a_known_finding_is_new_again_if_its_passage_changed():
    say_right(published := with_body("<b>Lama</b>."))

    new, known = findings(with_body("<b>Baru</b>."), published)

    # The markup, and the outdated English.
    assert [finding.passage.key for finding in new] == ["u1.body", "u1.body"]
    assert known == []


def test_a_blocking_finding_is_always_new():
    document = replace(DOCUMENT, missions=())

    assert findings(document, document)[0][0].severity == Severity.BLOCKS


def test_the_most_severe_findings_come_first():
    document = replace(with_body("Kota “cerdas” 'sehat' <b>"), missions=())

    assert list(dict.fromkeys(finding.severity for finding in findings(document, None)[0])) == list(
        Severity
    )


def test_findings_with_the_same_message_are_grouped():
    document = replace(DOCUMENT, introduction=Text("Visi"), legal_basis=Text("Perda"))

    say_right(document)
    ((severity, _message, together),) = by_message(findings(document, None)[0])

    assert severity == Severity.WARNS
    assert [finding.passage.field for finding in together] == ["introduction", "legal_basis"]


def test_a_text_that_names_the_years_of_another_period_is_found():
    body = "Visi tahun 2016-2021, diperbarui untuk 2031–2035."

    (message,) = messages(years, with_body(body))

    assert message == "The text names the period 2016–2021, and this vision is of 2031–2035."
