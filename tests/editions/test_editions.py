"""The rules of editions: making one, and refusals."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import translation

from editions import clock
from editions.document import TermText, Text
from editions.models import Edition, Permanent
from editions.publishing import (
    Refused,
    go_back,
    publication,
    publish,
    review,
    withdraw,
    withdraw_before_its_time,
)
from editions.working_copy import InvalidRow, read_document, write_document
from missions.models import Mission
from tests.support.factories import (
    NOTE,
    edit,
    make_point,
    make_vision,
    publish_now,
    wib,
    with_twin_terms,
)

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_numbers_run_without_gaps_for_each_vision():
    one, other = make_vision(2031, 2035), make_vision(2036, 2040)

    publish_now(one)
    publish_now(other)
    edit()

    assert publish_now(one).number == 2
    assert publish_now(other).number == 2


@pytest.mark.slow
def test_an_edition_contains_the_hash_of_the_one_before(portal):
    first, second = Edition.objects.order_by("number")

    assert f'"previous":"{"0" * 64}"' in first.file
    assert f'"previous":"{first.sha256}"' in second.file


@pytest.mark.slow
def test_the_shipped_editions_have_the_bytes_they_always_had(shipped):
    """Every verified copy depends on the canonical form.

    These are of schemas 2 and 4; ``test_variants`` holds one of schema 1.
    """
    assert [edition.sha256[:16] for edition in Edition.objects.order_by("number")] == [
        "14ec48781e8e3034",
        "c7f28447aec56994",
        "052c1d8bef2d1bbc",
    ]


def test_publishing_an_unchanged_text_is_refused(portal):
    with pytest.raises(Refused, match="2"):
        publish(portal, note=NOTE, publisher="a")


@pytest.mark.parametrize("note", [Text("", "Note"), Text("Catatan", " "), Text("", "")])
def test_a_change_note_is_required_in_both_languages(portal, note):
    edit()

    with pytest.raises(Refused):
        publish(portal, note=note, publisher="a")


def test_publishing_now_takes_effect_a_moment_later_for_all_nodes_together(portal):
    edit()
    before = clock.now()

    edition = publish(portal, note=NOTE, publisher="a")

    assert timedelta(seconds=0.4) < edition.effective_at - before < timedelta(seconds=10)
    assert edition.effective_at.microsecond == 0


def test_nothing_else_is_published_while_an_edition_is_scheduled(portal):
    edit()
    publish(portal, note=NOTE, publisher="a", effective_at=clock.now() + timedelta(days=1))
    edit("Lagi.")

    with pytest.raises(Refused, match="3"):
        publish(portal, note=NOTE, publisher="a")


def test_the_text_of_a_withdrawn_scheduled_edition_can_be_published_now(portal):
    edit()
    waiting = publish(
        portal, note=NOTE, publisher="a", effective_at=clock.now() + timedelta(days=1)
    )

    withdraw_before_its_time(waiting, withdrawn_by="a")

    assert publish(portal, note=NOTE, publisher="a").number == 4


def test_effective_times_rise_with_the_numbers(portal):
    edit()

    with pytest.raises(Refused, match="2"):
        publish(portal, note=NOTE, publisher="a", effective_at=wib(2025, 1, 1), may_be_past=True)


def test_a_form_sent_twice_publishes_once(portal):
    edit()
    seen = review(portal).token
    publish(
        portal, note=NOTE, publisher="first", seen=seen, effective_at=clock.now(), may_be_past=True
    )

    with pytest.raises(Refused, match="first"):
        publish(portal, note=NOTE, publisher="second", seen=seen)

    assert Edition.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_only_one_of_several_simultaneous_publishers_succeeds_and_the_others_get_a_message(
    live_portal,
):
    edit()
    start = Barrier(4)

    def press_the_button(publisher):
        start.wait()
        try:
            return publish(live_portal, note=NOTE, publisher=publisher).number
        except Refused as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as publishers:
        outcomes = list(publishers.map(press_the_button, "abcd"))

    assert outcomes.count(3) == 1
    assert all(outcome == 3 or "3" in outcome for outcome in outcomes)
    assert list(Edition.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


def test_a_text_changed_after_the_publishers_review_is_not_published(portal):
    edit()
    seen = review(portal).token
    edit("Suntingan orang lain.")

    with pytest.raises(Refused):
        publish(portal, note=NOTE, publisher="a", seen=seen)


def test_a_time_that_has_passed_is_refused(portal):
    edit()

    with pytest.raises(Refused):
        publish(portal, note=NOTE, publisher="a", effective_at=clock.now() - timedelta(minutes=1))


@pytest.mark.parametrize("words", ["Awas \u202e", "Tanda [[Smart", "satu\n\ndua"])
def test_permanent_texts_contain_no_invisible_characters_and_no_broken_marks(portal, words):
    edit()

    with pytest.raises(Refused):
        publish(portal, note=Text(words, "Note"), publisher="a")


def test_languages_divided_into_different_paragraphs_are_not_published(portal):
    portal.elements.filter(number=1).update(body_ind="Satu.\n\nDua.")

    with pytest.raises(Refused, match="Kota Jasa"):
        publish(portal, note=NOTE, publisher="a")


def test_a_paragraph_that_begins_with_a_combining_mark_is_read_back(portal):
    portal.elements.filter(number=1).update(body_ind="Satu.\n\n\u0303Dua.", body_en="One.\n\nTwo.")

    edition = publish(portal, note=NOTE, publisher="a")

    assert edition.document.elements[0].body.id == "Satu.\n\n\u0303Dua."


def test_a_failing_receiver_does_not_undo_a_publication(portal, django_capture_on_commit_callbacks):
    def fail(**kwargs):
        raise OSError("disk full")

    publication.connect(fail)
    edit()
    try:
        with django_capture_on_commit_callbacks(execute=True):
            publish(portal, note=NOTE, publisher="a")
    finally:
        publication.disconnect(fail)

    assert Edition.objects.count() == 3


def test_missing_english_is_published_only_when_ticked_and_is_recorded(portal):
    Mission.objects.filter(number=1).update(statement_en="")

    with pytest.raises(Refused):
        publish(portal, note=NOTE, publisher="a")

    assert (
        publish(portal, note=NOTE, publisher="a", accept_missing_english=True).missing_english == 1
    )


@pytest.mark.parametrize("words", ["Tidak Ada", "Magelang", "Kota Jasa yang Modern"])
def test_words_that_do_not_occur_exactly_once_in_the_statement_block_publishing(portal, words):
    portal.elements.filter(number=2).update(statement_words_ind=words)
    portal.refresh_from_db()
    if words == "Magelang":
        type(portal).objects.filter(pk=portal.pk).update(
            statement_ind=portal.statement_ind + " Magelang"
        )

    with pytest.raises(Refused):
        publish(portal, note=NOTE, publisher="a")


def test_going_back_makes_a_new_edition_equal_to_the_old_one(portal):
    first = Edition.objects.get(number=1)

    fresh = go_back(first, note=NOTE, publisher="a")

    assert (fresh.number, fresh.document) == (3, first.document)


def test_going_back_can_reset_the_working_copy_with_its_anchors(portal):
    second = Edition.objects.get(number=2)
    element = portal.elements.get(number=3)
    element.points.filter(parent=None, position=2).delete()
    make_point(element, "Baru")
    element.points.filter(parent=None).last().move(-1)
    publish_now(portal)

    go_back(second, note=NOTE, publisher="a", reset_working_copy=True)

    assert read_document(portal) == second.document
    assert make_point(element).anchor == 8


def test_going_back_to_twin_terms_numbers_the_later_one_in_the_working_copy():
    vision = make_vision()
    first = publish_now(vision, document=with_twin_terms(read_document(vision)))
    publish_now(vision)

    fresh = go_back(first, note=NOTE, publisher="a", reset_working_copy=True)

    assert fresh.document == first.document
    names = [term.term.id for term in read_document(vision).terms]
    assert names == ["Kota Pintar", "kota pintar (2)"]


def test_a_twin_term_does_not_get_the_number_of_another_term():
    vision = make_vision()
    document = with_twin_terms(read_document(vision))
    document = replace(document, terms=(*document.terms, TermText(Text("KOTA PINTAR (2)"))))

    for _time in range(2):
        write_document(document)

    names = {term.term.id for term in read_document(vision).terms}
    assert names == {"Kota Pintar", "kota pintar (3)", "KOTA PINTAR (2)"}


def test_a_refused_row_is_named_with_the_sentence_of_its_form():
    document = read_document(make_vision())
    wrong = replace(document.elements[0], name=Text("x" * 301))

    with pytest.raises(InvalidRow) as refused, translation.override("en"):
        write_document(replace(document, elements=(wrong, *document.elements[1:])))

    assert "at most 300 characters" in str(refused.value)
    assert not set("{}[]'") & set(str(refused.value))


def test_a_document_may_exchange_the_address_words_of_a_draft():
    vision = make_vision()
    document = read_document(vision)
    first, second = document.elements
    exchanged = replace(first, slug=second.slug), replace(second, slug=first.slug)

    write_document(replace(document, elements=exchanged))

    assert read_document(vision).elements == exchanged


def test_going_back_to_a_withdrawn_edition_is_refused(portal):
    edition = Edition.objects.get(number=1)
    withdraw(edition, reason=NOTE, withdrawn_by="a")

    with pytest.raises(Refused, match="1"):
        go_back(Edition.objects.get(number=1), note=NOTE, publisher="a")


def test_a_withdrawal_needs_a_reason_in_both_languages_and_happens_once(portal):
    edition = Edition.objects.get(number=2)

    with pytest.raises(Refused):
        withdraw(edition, reason=Text("Keliru", ""), withdrawn_by="a")
    withdraw(edition, reason=NOTE, withdrawn_by="a")

    with pytest.raises(Refused):
        withdraw(edition, reason=NOTE, withdrawn_by="b")


CHANGES = {
    "save": lambda edition: edition.save(),
    "delete": lambda edition: edition.delete(),
    "update": lambda edition: Edition.objects.update(publisher="x"),
    "bulk_update": lambda edition: Edition.objects.bulk_update([edition], ["publisher"]),
    "queryset delete": lambda edition: Edition.objects.all().delete(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_python_refuses_to_change_an_edition(portal, change):
    with pytest.raises(Permanent):
        change(Edition.objects.first())


def test_the_command_publishes_the_working_copy(portal, capsys):
    edit()

    call_command("publish", "2016-2021", note_id="Uji", note_en="Test", publisher="Sri")

    assert "Edition 3" in capsys.readouterr().out
    assert Edition.objects.get(number=3).publisher == "Sri"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"period": "2099-2100"}, "2016-2021"),
        ({"period": "x"}, "2016-2021"),
        ({"at": "yesterday"}, "not a time"),
        ({"at": "2020-01-01T00:00"}, "has passed"),
        ({}, "Nothing differs"),
    ],
)
def test_the_command_explains_the_fault_and_the_next_step(portal, options, message):
    options = {"period": "2016-2021", "note_id": "a", "note_en": "b", "publisher": "c"} | options

    with pytest.raises(CommandError, match=message):
        call_command("publish", options.pop("period"), **options)
