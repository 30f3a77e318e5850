"""The published official text is the text of the city."""

import re
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from editions import clock, official_text
from editions.difference import difference
from editions.models import Edition
from editions.working_copy import read_document, write_document
from editorial.models import Revision
from editorial.translation.states import State, translations
from missions.models import Mission
from tests.support.factories import wib
from tests.support.official_text import without_notes
from vision.models import Vision
from vision.text import words

pytestmark = pytest.mark.django_db
RECEIVED = official_text.received_file("2016-2021")
ADDITIONS = RECEIVED.with_name("2016-2021.additions.toml")
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


def test_the_working_copy_equals_edition_3_after_loading(shipped):
    assert read_document(shipped) == documents()[2]


# Edition 3


def test_edition_3_changes_no_official_indonesian_word(shipped):
    changes = difference(*documents()[1:]).changes

    official = [change for change in changes if change.passage.definition.is_official]
    assert {change.anchor for change in official} == {
        *("u1", "u2", "u3", "u3-6-1", "u3-6-2", "u3-6-4", "u4", "u4-3", "m1", "m3", "m4")
    }
    assert not any(change.touches("id") for change in official)


def test_edition_3_explains_each_element_and_mission_and_each_term_in_both_languages(shipped):
    document = documents()[2]

    texts = [row.explanation for row in (*document.elements, *document.missions)]
    texts += [mission.short_title for mission in document.missions]
    texts += [term.definition for term in document.terms]
    assert all(text.id and text.en for text in texts)


def test_edition_3_holds_no_note_for_translators_but_the_working_copy_does(shipped):
    assert not any(term.note for term in documents()[2].terms)
    assert shipped.terms.exclude(note_ind="").count() > 20


def test_going_back_leaves_the_notes_for_translators(shipped):
    shipped.terms.filter(term_ind="misi").update(note_ind="Catatan baru.")

    write_document(documents()[1])

    assert shipped.terms.get(term_ind="misi").note_ind == "Catatan baru."


@pytest.fixture
def earlier(portal):
    """A portal of the earlier release: the working copy has its notes, and equals edition 2."""
    (path,) = official_text.files()
    for term in official_text.read(path).corrected.terms:
        portal.terms.filter(term_ind=term.term.id).update(
            note_ind=term.note.id, note_en=term.note.en
        )
    return portal


def add():
    output = StringIO()
    call_command("load_official_text", "--additions", stdout=output)
    return output.getvalue()


@pytest.mark.slow
def test_additions_make_the_working_copy_of_an_earlier_portal_equal_to_edition_3(earlier):
    (path,) = official_text.files()

    assert "the additions are in the working copy. Read it through" in add()

    assert read_document(earlier) == without_notes(official_text.read(path).extended)
    assert Edition.objects.count() == 2
    states = translations(read_document(earlier)).values()
    assert {translation.state for translation in states} == {State.DONE}
    assert Revision.objects.get().author == "load_official_text"
    assert "nothing changed" in add()


@pytest.mark.slow
def test_additions_leave_what_somebody_changed_and_name_it(earlier):
    earlier.missions.filter(number=3).update(statement_en="To build fairly.")
    earlier.terms.filter(term_ind="RPJPD").update(definition_ind="Rencana panjang.")
    earlier.terms.create(term_ind="alun-alun")

    words = add()

    assert "left as somebody changed it: m3.statement, t-RPJPD.term." in words
    assert earlier.missions.get(number=3).statement_en == "To build fairly."
    assert earlier.missions.get(number=3).short_title_ind == "Pemerataan pembangunan"
    kept = earlier.terms.filter(term_ind__in=["RPJPD", "alun-alun", "Pemerintah Kota"])
    assert {term.term_ind for term in kept} == {"RPJPD", "alun-alun"}


def test_additions_to_a_portal_without_the_period_say_what_to_do(db):
    assert "run the command without --additions" in add()


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


@pytest.mark.slow
@pytest.mark.parametrize(("good", "bad", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_bad_row_is_named_and_nothing_is_loaded(tmp_path, monkeypatch, good, bad, message):
    (shipped,) = official_text.files()
    source = shipped.read_text(encoding="utf-8")
    assert good in source
    (tmp_path / shipped.name).write_text(source.replace(good, bad, 1), encoding="utf-8")
    for name in (RECEIVED.name, ADDITIONS.name):
        (tmp_path / name).write_bytes(RECEIVED.with_name(name).read_bytes())
    monkeypatch.setattr(official_text, "FOLDER", tmp_path)

    with pytest.raises(CommandError, match=f"2016-2021.toml.*{message}"):
        call_command("load_official_text")

    assert not Vision.objects.exists()


@pytest.mark.slow
def test_a_load_without_a_time_puts_all_editions_in_force_at_once(db):
    call_command("load_official_text", verbosity=0)

    assert all(edition.effective_at <= clock.now() for edition in Edition.objects.all())
    assert Edition.objects.count() == 3
