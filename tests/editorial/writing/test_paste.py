"""A pasted list: how it is read, shown and saved."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from editorial.models import Revision
from editorial.writing.pasted import MOST_LINES, items_of
from missions.models import Goal
from tests.support.factories import make_account, make_point, make_vision, publish_now
from tests.support.people.desk import in_one_line
from tests.support.people.editor import Fields
from vision.models import Point

pytestmark = pytest.mark.django_db
TWELVE = "\n".join(f"({number}) Program {number};" for number in range(1, 13))


def read(typed, **options):
    """The items as (marker, words), each followed by those below it in a list."""
    found = []
    for item in items_of(typed, **options):
        found.append((item.marker, item.words))
        if item.items:
            found.append([(below.marker, below.words) for below in item.items])
    return found


# How a list is read


@pytest.mark.parametrize(
    ("line", "marker", "words"),
    [
        ("1. Taman", "1.", "Taman"),
        ("1.Taman", "1.", "Taman"),
        ("12) Taman", "12)", "Taman"),
        ("(1) Taman", "(1)", "Taman"),
        ("(1)Taman", "(1)", "Taman"),
        ("a) Taman; dan", "a)", "Taman; dan"),
        ("b.\tTaman", "b.", "Taman"),
        ("(iv) Taman", "(iv)", "Taman"),
        ("- Taman", "", "Taman"),
        ("• Taman", "", "Taman"),
        ("– Taman", "", "Taman"),
        ("\uf0b7\tTaman", "", "Taman"),
        ("o\tTaman", "", "Taman"),
        ("\u00a0\u00a0Taman  kota ", "", "Taman kota"),
        ("2.5 persen", "", "2.5 persen"),
        ("dst. dan lain-lain", "", "dst. dan lain-lain"),
        ("orang tua", "", "orang tua"),
    ],
)
def test_numbers_become_markers_and_bullets_are_left_out(line, marker, words):
    assert read(line) == [(marker, words)]


@pytest.mark.parametrize(
    "typed",
    [
        "1. Taman\n   Kebun\n2. Jalan",
        "1. Taman\n- Kebun\n2. Jalan",
        "1. Taman\r\n\r\n\t• Kebun\r\n2. Jalan",
    ],
)
def test_a_line_that_is_indented_and_a_bullet_below_a_number_become_items(typed):
    assert read(typed) == [("1.", "Taman"), [("", "Kebun")], ("2.", "Jalan")]


def test_letters_that_begin_below_numbers_become_items():
    typed = "1. Taman\na. Kebun\nb. Pohon\n2. Jalan"

    assert read(typed) == [("1.", "Taman"), [("a.", "Kebun"), ("b.", "Pohon")], ("2.", "Jalan")]


def test_a_list_that_is_indented_as_a_whole_has_one_level():
    assert read("  a) Taman\n  b) Kebun") == [("a)", "Taman"), ("b)", "Kebun")]


def test_below_a_point_all_lines_are_items_of_it():
    assert read("1. Taman\n   - Kebun", levels=1) == [("1.", "Taman"), ("", "Kebun")]


def test_blank_lines_are_skipped_and_counted():
    assert [item.line for item in items_of("\nTaman\n\n \nKebun\n")] == [2, 5]


# The page


@pytest.fixture
def draft(db):
    return make_vision()


def key(row):
    return f"{row._meta.model_name}-{row.pk}"


def page_of(row):
    vision = row.part.vision if hasattr(row, "part") else row.vision
    return f"/admin/susunan/{vision.pk}/daftar/{key(row)}/"


def shown(client, row, lines, column="title"):
    """The page that shows how the list is read."""
    data = Fields(client.get(page_of(row)).text).values
    return client.post(page_of(row), data | {"lines": lines, "column": column, "_show": ""})


def fields_of(response, column="title"):
    return Fields(response.text).values | {"column": column, "_save": ""}


def saved(client, row, lines, column="title"):
    data = fields_of(shown(client, row, lines, column), column)
    return client.post(page_of(row), data, follow=True)


def rows_below(part):
    return [
        (row.marker, row.title_ind, row.text_ind, [item.text_ind for item in row.items.all()])
        for row in part.points.filter(parent=None).order_by("position")
    ]


def test_a_list_is_shown_before_it_is_saved(editor, draft):
    element = draft.elements.get(number=1)

    response = shown(editor, element, "1. Taman\n   - Kebun\n2. Jalan; dan")

    words = in_one_line(response)
    assert "How the list is read" in words
    assert '<b>1.</b> Taman </span> </div> <span class="structure__column">title</span>' in words
    assert 'Kebun </span> </div> <span class="structure__column">text</span>' in words
    assert "Save 3 lines" in words
    assert not element.points.exists()


def test_a_shown_list_is_saved_as_one_revision(editor, draft):
    element = draft.elements.get(number=1)
    make_point(element, "Ada")

    response = saved(editor, element, "1. Taman\n   - Kebun\n   - Pohon\n2. Jalan; dan")

    assert rows_below(element)[1:] == [
        ("1.", "Taman", "", ["Kebun", "Pohon"]),
        ("2.", "Jalan; dan", "", []),
    ]
    assert response.redirect_chain == [(f"/admin/susunan/{draft.pk}/#u1-2", 302)]
    assert "4 lines were added below “1. Kota Sehat”." in response.text
    (revision,) = Revision.objects.all()
    assert (revision.author, revision.action, revision.versions.count()) == ("sri", "add", 4)


def test_a_list_below_a_mission_becomes_its_points(editor, draft):
    mission = draft.missions.get()

    saved(editor, mission, TWELVE)

    assert Goal.objects.filter(mission=mission, parent=None).count() == 12


def test_a_list_below_a_point_becomes_its_items(editor, draft):
    row = make_point(draft.elements.get(number=1), "Taman")

    saved(editor, row, "- Kebun,\n  - Pohon", column="text")

    assert [item.text_ind for item in row.items.order_by("position")] == ["Kebun,", "Pohon"]


def test_a_published_vision_takes_a_list_too(editor, draft):
    publish_now(draft)
    element = draft.elements.get(number=1)

    saved(editor, element, "Taman", column="text")

    assert rows_below(element) == [("", "", "Taman", [])]


def test_a_line_too_long_for_a_title_becomes_a_text(editor, draft):
    element = draft.elements.get(number=1)

    saved(editor, element, f"Taman\n{'a' * 301}")

    assert rows_below(element) == [("", "Taman", "", []), ("", "", "a" * 301, [])]


def test_the_words_become_what_the_points_there_have(editor, draft):
    element = draft.elements.get(number=1)
    make_point(element, "", title_en="", text_ind="Ada.", text_en="There.")

    assert editor.get(page_of(element)).context["form"]["column"].value() == "text"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("", "This field is required."),
        (" \n ", "Write or paste at least one line."),
        ("Taman\n(2)", "Line 2 has a marker, but no words."),
        ("Taman\n\nKe\x00bun", "Line 3: The invisible character U+0000"),
        ("Taman\n[[Garden", "Line 2: A mark [[…]] is not complete"),
        (f"Taman\n{'a' * 20_001}", "Line 2: Write at most 20,000 characters. Now there are 20,001"),
        ("a\n" * (MOST_LINES + 1), "A list has at most 100 lines. Now there are 101"),
    ],
)
def test_an_error_names_the_line_and_loses_nothing(editor, draft, lines, sentence):
    element = draft.elements.get(number=1)

    response = shown(editor, element, lines)

    assert sentence in response.text
    assert response.context["form"]["lines"].value() == lines
    assert 'name="_save"' not in response.text
    assert not element.points.exists()


@pytest.mark.slow
def test_a_hundred_lines_are_taken(editor, draft):
    element = draft.elements.get(number=1)

    saved(editor, element, "Taman\n" * MOST_LINES)

    assert element.points.count() == MOST_LINES


def test_what_is_there_already_is_named_and_not_refused(editor, draft):
    element = draft.elements.get(number=1)
    make_point(element, "Taman kota;", marker="(a)")

    response = shown(editor, element, "(1) taman kota; dan\n(2) Jalan\n(3) Jalan.")

    words = in_one_line(response)
    assert 'It is there already: “<span lang="id">(a) Taman kota</span>”.' in words
    assert 'It is there already: “<span lang="id">(2) Jalan</span>”.' in words
    assert words.count("It is there already") == 2
    editor.post(page_of(element), fields_of(response))
    assert element.points.count() == 4


def test_a_list_changed_after_it_was_shown_is_shown_again(editor, draft):
    element = draft.elements.get(number=1)
    data = fields_of(shown(editor, element, "Taman"))

    response = editor.post(page_of(element), data | {"lines": "Taman\nKebun"})

    assert "Nothing was saved yet: the list was changed after it was shown." in in_one_line(
        response
    )
    assert not element.points.exists()
    editor.post(page_of(element), fields_of(response))
    assert element.points.count() == 2


def test_the_button_that_saves_does_nothing_before_the_list_was_shown(editor, draft):
    element = draft.elements.get(number=1)

    response = editor.post(page_of(element), {"lines": "Taman", "column": "title", "_save": ""})

    assert "How the list is read" in response.text
    assert not element.points.exists()


def test_a_list_sent_twice_is_added_once(editor, draft):
    element = draft.elements.get(number=1)
    data = fields_of(shown(editor, element, TWELVE))

    first = editor.post(page_of(element), data)
    second = editor.post(page_of(element), data)

    assert second.headers["Location"] == first.headers["Location"]
    assert element.points.count() == 12
    assert Revision.objects.count() == 1


def test_a_place_deleted_meanwhile_loses_no_text(editor, draft):
    row = make_point(draft.elements.get(number=1), "Taman")
    page, data = page_of(row), fields_of(shown(editor, row, TWELVE, "text"), "text")
    row.delete()

    response = editor.post(page, data)

    assert "the place for this list was deleted or moved meanwhile" in response.text
    assert "(12) Program 12;" in response.text
    assert "the place for this list" in editor.get(page, follow=True).text
    assert not Point.objects.exists()


def test_no_list_is_added_below_an_item(editor, draft):
    element = draft.elements.get(number=1)
    item = make_point(element, "Kebun", parent=make_point(element, "Taman"))

    assert "an item has no items of its own" in editor.get(page_of(item), follow=True).text


def test_the_structure_leads_to_the_page_from_each_list(editor, draft):
    element = draft.elements.get(number=1)
    row = make_point(element, "Taman")

    text = editor.get(f"/admin/susunan/{draft.pk}/").text

    found = re.findall(r'href="/admin/susunan/\d+/daftar/([a-z]+-\d+)/"', text)
    assert set(found) == {
        *(key(each) for each in draft.elements.all()),
        key(draft.missions.get()),
        key(row),
    }


@pytest.mark.parametrize("name", ["term-1", "vision-1", "x"])
def test_other_rows_take_no_list(editor, draft, name):
    assert editor.get(f"/admin/susunan/{draft.pk}/daftar/{name}/").status_code == 404


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_identical_lists_sent_at_one_moment_are_added_once(editor, draft):
    element = draft.elements.get(number=1)
    data = fields_of(shown(editor, element, TWELVE))

    def send(_number):
        try:
            return editor.post(page_of(element), data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(send, range(2))) == [302, 302]

    assert element.points.count() == 12


def test_a_translator_may_not_paste_a_list(client, draft):
    client.force_login(make_account("ayu", "Translator"))
    element = draft.elements.get(number=1)

    assert client.get(page_of(element)).status_code == 403
    assert client.post(page_of(element), {"lines": "Taman", "_save": ""}).status_code == 403
