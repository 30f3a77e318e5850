"""Publishing one's own text: refused (``required``) or recorded with the edition (``recorded``)."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from editions.document import Text
from editions.models import Edition
from editions.publishing import withdraw
from editorial.history.recording import recorded
from editorial.publishing.second_reader import last_writers, unpublished
from missions.models import Mission
from tests.support.factories import (
    first_mission,
    make_account,
    make_point,
    make_vision,
    publish_now,
)
from tests.support.people.desk import CHANGE_NOTE, publishing_page, seen_on
from vision.models import Element, Point

pytestmark = pytest.mark.django_db
OWN = "You wrote some of this yourself"


@pytest.fixture
def required(settings):
    settings.SECOND_READER = "required"


@pytest.fixture
def sri(portal):
    """A publisher who also edits."""
    client = Client()
    client.force_login(make_account("sri", "Publisher", "Editor", "Translator"))
    return client


def write(vision, author, row, **values):
    with recorded(vision.pk, author):
        type(row).objects.filter(pk=row.pk).update(**values)


def publish_as(client, vision, seen):
    return client.post(
        publishing_page(vision),
        CHANGE_NOTE | {"when": "now", "seen": seen, "accept_missing_english": "on"},
    )


def sentence_on(client, vision):
    return client.get(publishing_page(vision)).context["second_reader"]


@pytest.fixture
def mission(portal):
    return first_mission()


@pytest.mark.slow
def test_an_edition_of_the_publishers_own_text_is_recorded_as_such(sri, portal, mission):
    write(portal, "sri", mission, statement_en="Raising.")

    page = sri.get(publishing_page(portal))
    edition_page = publish_as(sri, portal, seen_on(page)).headers["Location"]

    assert (
        "yourself (Mission 1: statement): the edition will be recorded as published without"
        in page.text
    )
    assert Edition.objects.get(number=3).without_second_reader
    for address in (edition_page, "/admin/editions/edition/"):
        assert "sri, without a second reader" in sri.get(address).text


@pytest.mark.slow
def test_a_text_written_by_another_has_its_second_reader(sri, portal, mission, required):
    write(portal, "budi", mission, statement_en="Raising.")

    page = sri.get(publishing_page(portal))

    assert OWN not in page.text
    assert "last written by budi" in page.text
    assert publish_as(sri, portal, seen_on(page)).status_code == 302
    assert not Edition.objects.get(number=3).without_second_reader


def test_if_a_second_reader_is_required_the_page_offers_no_form(sri, portal, mission, required):
    write(portal, "sri", mission, statement_en="Raising.")

    page = sri.get(publishing_page(portal))

    assert f"{OWN} (Mission 1: statement): another publisher must publish it." in page.text
    assert 'name="note_ind"' not in page.text


@pytest.mark.slow
def test_if_a_second_reader_is_required_a_forged_form_is_refused(sri, portal, mission, required):
    write(portal, "sri", mission, statement_en="Raising.")
    page = sri.get(publishing_page(portal))

    response = publish_as(sri, portal, page.context["review"].token)

    (error,) = response.context["form"].non_field_errors()
    assert error == page.context["second_reader"]
    assert CHANGE_NOTE["note_en"] in response.text
    assert Edition.objects.count() == 2


def test_the_last_writer_of_a_text_counts_and_not_the_first(sri, portal, mission, required):
    write(portal, "sri", mission, statement_en="Raising.")
    write(portal, "budi", mission, statement_en="Raising services.")

    assert not sentence_on(sri, portal)


def test_each_language_has_its_own_last_writer(sri, portal, mission, required):
    write(portal, "sri", mission, statement_ind="Menaikkan.")
    write(portal, "budi", mission, statement_en="Raising.")

    assert "Mission 1: statement" in sentence_on(sri, portal)


def test_a_published_text_needs_no_second_reader_again(sri, portal, mission, required):
    write(portal, "sri", mission, statement_en="Raising.")
    publish_now(portal)
    write(portal, "budi", Mission.objects.get(number=2), statement_en="Developing.")

    assert not sentence_on(sri, portal)


def test_a_reverted_change_needs_no_second_reader(sri, portal, mission, required):
    former = mission.statement_en
    write(portal, "sri", mission, statement_en="Raising.")
    write(portal, "sri", mission, statement_en=former)
    write(portal, "budi", Mission.objects.get(number=2), statement_en="Developing.")

    assert not sentence_on(sri, portal)


def add(portal):
    make_point(Element.objects.get(number=2), "Taman", marker="(d)")


def delete(portal):
    Point.objects.get(element__number=2, marker="(c)").delete()


def move(portal):
    Point.objects.get(element__number=2, marker="(c)").move(-1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "named"),
    [
        (add, "Element 2, point (d) Taman (en): marker"),
        (delete, "Element 2, point (c) A cityscape with visual appeal: marker"),
        (move, "element 2: order of the points"),
    ],
)
@pytest.mark.parametrize("author", ["sri", "budi"])
def test_added_deleted_and_moved_rows_have_a_writer(sri, portal, required, change, named, author):
    with recorded(portal.pk, author):
        change(portal)

    assert (named in sentence_on(sri, portal)) == (author == "sri")


@pytest.mark.slow
def test_adding_a_point_does_not_count_as_reordering_the_list(sri, portal, required):
    with recorded(portal.pk, "sri"):
        add(portal)
    publish_now(portal, accept_missing_english=True)
    with recorded(portal.pk, "budi"):
        move(portal)

    assert not sentence_on(sri, portal)


def test_a_renamed_term_has_a_writer(sri, portal, required):
    write(portal, "sri", portal.terms.first(), term_ind="istilah baru")

    assert ": term" in sentence_on(sri, portal)


def test_a_sentence_names_three_passages_and_counts_the_others(sri, required):
    vision = make_vision()
    with recorded(vision.pk, "sri"):
        vision.elements.update(body_en="Another.")
        vision.missions.update(statement_en="Another.")
        type(vision).objects.filter(pk=vision.pk).update(
            introduction_en="Another", statement_en="A"
        )

    sentence = sentence_on(sri, vision)

    assert sentence.count(";") == 2
    assert "and 2 more)" in sentence


def test_going_back_publishes_an_old_text_and_needs_no_second_reader(
    sri, portal, mission, required
):
    write(portal, "sri", mission, statement_en="Raising.")
    publish_now(portal)
    address = f"/admin/editions/edition/{Edition.objects.get(number=2).pk}/kembali/"

    response = sri.post(address, CHANGE_NOTE | {"seen": seen_on(sri.get(address)), "confirm": "on"})

    assert response.status_code == 302
    assert not Edition.objects.get(number=4).without_second_reader


COMMAND = {"note_id": "Uji", "note_en": "Test"}


def test_the_publish_command_records_a_missing_second_reader(portal, mission, capsys):
    write(portal, "sri", mission, statement_en="Raising.")

    call_command("publish", "2016-2021", publisher="sri", **COMMAND)

    assert "without a second reader" in capsys.readouterr().out
    assert Edition.objects.get(number=3).without_second_reader


def test_the_publish_command_refuses_without_a_second_reader(portal, mission, required):
    write(portal, "sri", mission, statement_en="Raising.")

    with pytest.raises(CommandError, match="another publisher must publish it"):
        call_command("publish", "2016-2021", publisher=" sri", **COMMAND)
    call_command("publish", "2016-2021", publisher="budi", **COMMAND)

    assert not Edition.objects.get(number=3).without_second_reader


def test_moving_a_point_to_another_list_does_not_count_as_writing_its_text(sri, portal, required):
    point = Point.objects.get(element__number=2, marker="(b)")
    write(portal, "sri", point, text_en="Written by Sri.")
    with recorded(portal.pk, "budi", "move"):
        point.nest()

    assert OWN in sentence_on(sri, portal)


def test_the_words_of_a_moved_point_keep_their_writer(portal):
    point = Point.objects.get(element__number=2, marker="(b)")
    write(portal, "budi", point, text_en="Written by Budi.")
    with recorded(portal.pk, "sri", "move"):
        point.nest()

    writers = last_writers(portal, unpublished(portal))

    (moved,) = [authors for key, (_name, authors) in writers.items() if key == "u2-1-1.text"]
    assert moved == ["budi", "sri"]  # the writer of the text, and the mover


def other_element():
    return Element.objects.get(number=2)


@pytest.fixture
def point_with_items(portal):
    """A new point of element 1, with two items: sri wrote the first, ayu the second."""
    with recorded(portal.pk, "budi"):
        point = make_point(Element.objects.get(number=1), "Taman")
    for author, title in [("sri", "Bangku"), ("ayu", "Kolam")]:
        with recorded(portal.pk, author):
            make_point(point.element, title, parent=point)
    return point


def writers_of_titles(portal):
    """{the Indonesian title of an added point: its writers}"""
    changes = unpublished(portal)
    writers = last_writers(portal, changes)
    return {
        change.passage.text.id: writers[change.passage.key][1]
        for change in changes.changes
        if change.passage.field == "title" and not change.before
    }


@pytest.mark.parametrize("part", [other_element, first_mission])
def test_the_words_of_each_moved_item_keep_their_writer(portal, point_with_items, part):
    with recorded(portal.pk, "budi", "move"):
        point_with_items.place(part(), None, None)

    assert writers_of_titles(portal) == {
        "Taman": ["budi"],
        "Bangku": ["budi", "sri"],
        "Kolam": ["ayu", "budi"],
    }


def test_words_keep_their_writer_through_two_moves(portal, point_with_items):
    for author, part in [("budi", first_mission()), ("tini", other_element())]:
        with recorded(portal.pk, author, "move"):
            point_with_items = point_with_items.place(part, None, None)

    assert writers_of_titles(portal)["Bangku"] == ["sri", "tini"]


def test_items_with_equal_words_keep_their_own_writers(portal, point_with_items):
    for author, item in zip(["sri", "ayu"], point_with_items.items.all(), strict=True):
        write(portal, author, item, title_ind="Sama", title_en="Same")
    with recorded(portal.pk, "budi", "move"):
        point_with_items.place(first_mission(), None, None)

    writers = last_writers(portal, unpublished(portal))

    assert writers["m1-1-1.title"][1] == ["budi", "sri"]
    assert writers["m1-1-2.title"][1] == ["ayu", "budi"]


def test_words_that_the_move_cleans_keep_their_writer(portal, point_with_items):
    with connection.cursor() as cursor, recorded(portal.pk, "sri"):
        cursor.execute("UPDATE vision_point SET title_en = 'Bench  ' WHERE title_ind = 'Bangku'")
    with recorded(portal.pk, "budi", "move"):
        point_with_items.place(first_mission(), None, None)

    assert writers_of_titles(portal)["Bangku"] == ["budi", "sri"]


@pytest.mark.slow
@pytest.mark.parametrize("part", [other_element, first_mission])
def test_nobody_publishes_an_own_item_alone_after_another_moved_its_point(
    sri, portal, point_with_items, required, part
):
    with recorded(portal.pk, "budi", "move"):
        point_with_items.place(part(), None, None)
    page = sri.get(publishing_page(portal))

    publish_as(sri, portal, page.context["review"].token)

    assert OWN in page.text
    assert Edition.objects.count() == 2


def copy_as(client, source):
    copy = {"period_start": 2026, "period_end": 2031, "source": f"{source.pk}"}
    client.post("/admin/periode-baru/", copy)
    return type(source).objects.get(period_start=2026)


@pytest.mark.slow
def test_nobody_puts_a_copied_period_in_force_alone(sri, portal, required):
    copied = copy_as(sri, portal)

    assert f"{OWN} (years of the vision)" in sentence_on(sri, copied)
    putri = Client()
    putri.force_login(make_account("putri", "Publisher"))
    assert sentence_on(putri, copied) == ""


@pytest.mark.slow
def test_a_copy_of_a_withdrawn_edition_is_all_the_text_of_its_maker(sri, portal, required):
    copied = copy_as(sri, portal)
    withdraw(portal.editions.get(number=2), reason=Text("Keliru.", "Wrong."), withdrawn_by="putri")

    assert f"{OWN} (The vision itself: introduction;" in sentence_on(sri, copied)
