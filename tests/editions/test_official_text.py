"""The published official text is the text of the city."""

import re
from hashlib import sha256

import pytest
from django.core.management import CommandError, call_command

from editions import official_text
from editions.difference import difference
from editions.models import Edition
from editions.working_copy import read_document
from missions.models import Mission
from tests.support.factories import wib
from vision.models import Vision
from vision.text import words

pytestmark = pytest.mark.django_db
RECEIVED = official_text.received_file("2016-2021")
LIST_MARKERS = re.compile(r"^\s*\d\.|\([a-c1-6]\)", re.MULTILINE)


def documents():
    return [edition.document for edition in Edition.objects.order_by("number")]


def read_aloud(document):
    """The Indonesian words of the document in reading order, as a page shows them."""
    yield document.introduction
    yield document.statement
    yield document.elements_lead_in
    for element in document.elements:
        yield from (element.name, element.body, element.points_lead_in)
        for point in element.all_points():
            yield from (point.title, point.connective, point.text)
    yield document.missions_lead_in
    for mission in document.missions:
        yield mission.statement


def test_edition_1_has_the_words_of_the_source_in_their_order(portal):
    received = LIST_MARKERS.sub(" ", RECEIVED.read_text(encoding="utf-8"))

    published = " ".join(text.id for text in read_aloud(documents()[0]))

    assert words(published) == words(received)


def test_editions_1_and_2_differ_only_by_the_four_corrections(portal):
    changes = difference(*documents()).changes

    runs = [run for change in changes for run in change.segments("id") if run[0] != "equal"]
    assert runs == [
        ("delete", "karateristik"),
        ("insert", "karakteristik"),
        ("delete", "dibidang"),
        ("insert", "di bidang"),
        ("delete", "asyarakat"),
        ("insert", "masyarakat"),
        ("delete", "pemerataaan"),
        ("insert", "pemerataan"),
    ]
    assert not any(change.touches("en") for change in changes)


def test_the_text_as_received_is_shipped_byte_for_byte():
    digest = sha256(RECEIVED.read_bytes()).hexdigest()

    assert digest == "ff0671dae2fb2966acde559b936c16a019e0ee9448bd5cbda7f24c2b0458d947"


def test_the_structure_of_the_source_is_kept(portal):
    elements = documents()[1].elements

    assert [[point.marker for point in element.points] for element in elements] == [
        [],
        ["(a)", "(b)", "(c)"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        ["(1)", "(2)", "(3)"],
        [],
    ]
    assert [len(point.points) for point in elements[2].points] == [2, 2, 4, 3, 3, 4]


def test_every_sentence_of_the_official_text_has_english(portal):
    assert documents()[1].missing_english() == []


def test_the_words_of_the_statement_name_each_element_in_both_languages(portal):
    document = documents()[1]

    assert [words for words, element in document.statement_parts("id") if element] == [
        "Kota Jasa",
        "Modern",
        "Cerdas",
        "Sejahtera",
        "Religius",
    ]
    assert document.mismatched_words("en") == []


def test_the_working_copy_equals_edition_2_after_loading(portal):
    assert read_document(portal) == documents()[1]


def test_loading_again_changes_nothing_that_staff_have_edited(portal):
    Mission.objects.filter(number=1).update(statement_ind="Suntingan staf.")

    call_command("load_official_text", verbosity=0)

    assert Mission.objects.get(number=1).statement_ind == "Suntingan staf."
    assert Edition.objects.count() == 2


def test_the_editions_take_effect_a_second_apart(portal):
    first, second = Edition.objects.order_by("number")

    assert first.effective_at == wib(2026, 1, 1)
    assert (second.effective_at - first.effective_at).total_seconds() == 1


BROKEN = {
    "an unknown key": ('name.id = "Kota Jasa"', 'nama.id = "Kota Jasa"', "elements 1.*nama"),
    "a missing Indonesian": ('name.id = "Kota Jasa"\n', "", "elements 1.*name"),
    "a bad mark": ("[[Smart Governance]]", "[[Smart Governance", "u3-1.*title_ind"),
    "a correction of nothing": ('received = "karateristik"', 'received = "xyz"', "u2-p1.*0 times"),
    "another received text": ('sha256 = "ff', 'sha256 = "00', "received"),
    "broken TOML": ("[vision]", "[vision", "line"),
    "words that are not in the statement": ('words.id = "Cerdas"', 'words.id = "Pintar"', "Pintar"),
}


@pytest.mark.parametrize(("good", "bad", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_bad_row_is_named_and_nothing_is_loaded(tmp_path, monkeypatch, good, bad, message):
    (shipped,) = official_text.files()
    source = shipped.read_text(encoding="utf-8")
    assert good in source
    (tmp_path / shipped.name).write_text(source.replace(good, bad, 1), encoding="utf-8")
    (tmp_path / RECEIVED.name).write_bytes(RECEIVED.read_bytes())
    monkeypatch.setattr(official_text, "FOLDER", tmp_path)

    with pytest.raises(CommandError, match=f"2016-2021.toml.*{message}"):
        call_command("load_official_text")

    assert not Vision.objects.exists()
