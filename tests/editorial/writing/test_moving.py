"""The page that moves a row of the structure to any place."""

import re

import pytest

from editorial.models import Act, Revision
from missions.models import Goal, Mission
from tests.support.factories import (
    make_element,
    make_point,
    make_vision,
    publish_now,
    wib,
)
from tests.support.people.desk import in_one_line
from vision.models import Element, Point

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(db):
    """Element 1 has the points a, b and c, and b has the item b1; element 2 has x."""
    vision = make_vision()
    first, second = vision.elements.order_by("number")
    for title in "abc":
        make_point(first, title)
    make_point(first, "b1", parent=point("b"))
    make_point(second, "x")
    return vision


def point(title):
    return Point.objects.get(title_ind=title)


def key(row):
    return f"{row._meta.model_name}-{row.pk}" if row else ""


def page_of(row):
    vision = row.part.vision if hasattr(row, "part") else row.vision
    return f"/admin/susunan/{vision.pk}/pindah/{key(row)}/"


def moved(client, row, owner, behind=None, **data):
    """The page after the row was moved below ``owner``, behind ``behind`` or to the start."""
    seen = re.search(r'name="seen" value="([^"]+)"', client.get(page_of(row)).text)[1]
    data = {"seen": seen, "to": f"{key(owner)}.{key(behind)}"} | data
    return client.post(page_of(row), data, follow=True)


def words_of(part):
    """The titles of the points in order; those of items after a dash."""
    rows = []
    for row in part.points.filter(parent=None).order_by("position"):
        rows += [row.title_ind, *(f"- {item.title_ind}" for item in row.items.order_by("position"))]
    return rows


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "owner", "behind", "after"),
    [
        ("c", "element", None, ["c", "a", "b", "- b1"]),
        ("a", "element", "c", ["b", "- b1", "c", "a"]),
        ("a", "b", None, ["b", "- a", "- b1", "c"]),
        ("c", "b", "b1", ["a", "b", "- b1", "- c"]),
        ("b1", "element", "a", ["a", "b1", "b", "c"]),
        ("b1", "a", None, ["a", "- b1", "b", "c"]),
        ("b", "element", None, ["b", "- b1", "a", "c"]),
    ],
)
def test_a_point_moves_to_any_place_of_its_element(editor, draft, title, owner, behind, after):
    element = draft.elements.get(number=1)
    owner = element if owner == "element" else point(owner)

    response = moved(editor, point(title), owner, behind and point(behind))

    assert words_of(element) == after
    assert f'“<span lang="id">{title}</span>” is now in place' in in_one_line(response)
    (revision,) = Revision.objects.all()
    assert (revision.author, revision.action) == ("sri", "move")


def test_a_point_moves_to_another_element_with_its_items_and_its_english(editor, draft):
    first, second = draft.elements.order_by("number")

    moved(editor, point("b"), second, point("x"))

    assert (words_of(first), words_of(second)) == (["a", "c"], ["x", "b", "- b1"])
    assert (point("b").title_en, point("b1").title_en) == ("b (en)", "b1 (en)")


def test_a_point_of_an_element_becomes_a_point_of_a_mission_and_returns(editor, draft):
    first, mission = draft.elements.get(number=1), draft.missions.get()

    moved(editor, point("b"), mission)
    assert (words_of(first), words_of(mission)) == (["a", "c"], ["b", "- b1"])

    moved(editor, Goal.objects.get(title_ind="b"), first, point("a"))
    assert (words_of(first), words_of(mission)) == (["a", "b", "- b1", "c"], [])


def test_an_element_and_a_mission_move_to_any_place_before_they_are_published(editor, draft):
    make_element(draft, number=3, words=("Ramah", "kind"))
    Mission.objects.create(vision=draft, number=2, statement_ind="Merawat kota.")

    moved(editor, draft.elements.get(number=3), None)
    moved(editor, draft.missions.get(number=1), None, draft.missions.get(number=2))

    names = draft.elements.order_by("number").values_list("number", "name_ind")
    assert list(names) == [(1, "Kota Ramah"), (2, "Kota Sehat"), (3, "Kota Kuat")]
    assert draft.missions.get(number=1).statement_ind == "Merawat kota."


def test_a_new_element_moves_only_behind_published_ones(editor, draft):
    publish_now(draft)
    make_element(draft, number=3, words=("Ramah", "kind"))
    new = make_element(draft, number=4, words=("Aman", "safe"))
    places = re.findall(r'name="to" value="([^"]*)"', editor.get(page_of(new)).text)

    second, third = draft.elements.get(number=2), draft.elements.get(number=3)
    assert places == [f".{key(second)}", f".{key(third)}"]
    moved(editor, new, None, second)
    assert draft.elements.get(number=3).name_ind == "Kota Aman"
    response = moved(editor, draft.elements.get(number=4), None, draft.elements.get(number=1))
    assert "Choose a place of the list." in response.text


def test_a_published_element_has_no_page_that_moves_it(editor, portal):
    response = editor.get(page_of(Element.objects.get(number=1)), follow=True)

    assert response.redirect_chain == [(f"/admin/susunan/{portal.pk}/", 302)]


def test_a_published_point_stays_with_its_element_and_the_page_says_why(editor, portal):
    row, other = Point.objects.get(element__number=2, anchor=2), Element.objects.get(number=1)

    page = editor.get(page_of(row))
    response = moved(editor, row, other)

    assert "because the number u2-2 stays with this one" in in_one_line(page)
    assert f'value="{key(other)}."' not in page.text
    assert "Choose a place of the list." in response.text
    assert Point.objects.get(pk=row.pk).element.number == 2


def test_a_published_point_keeps_its_address_in_its_own_list(editor, portal):
    row = Point.objects.get(element__number=2, anchor=3)

    moved(editor, row, row.element)

    row.refresh_from_db()
    assert (row.position, row.anchor) == (1, 3)


def test_a_point_with_items_is_offered_no_place_among_items_and_the_page_says_why(editor, draft):
    text = editor.get(page_of(point("b"))).text

    assert "so it cannot become an item itself" in text
    assert f'value="{key(point("a"))}.' not in text
    response = moved(editor, point("b"), point("a"))
    assert "Choose a place of the list." in response.text


def test_the_present_place_is_chosen_and_moving_there_changes_nothing(editor, draft):
    element, row = draft.elements.get(number=1), point("b")
    (chosen,) = re.findall(r'value="([^"]+)"\s+required\s+checked', editor.get(page_of(row)).text)
    assert chosen == f"{key(element)}.{key(point('a'))}"

    response = moved(editor, row, element, point("a"))

    assert "was not moved: you chose the place where it is." in in_one_line(response)
    assert not Revision.objects.exists()


def test_the_page_tells_of_open_comments_that_another_list_does_not_keep(editor, draft):
    sentence = "It has open comments. In its own list it keeps them"
    assert sentence not in in_one_line(editor.get(page_of(point("b"))))
    revision = Revision.objects.create(
        vision_id=draft.pk, period=draft.period, at=wib(2026, 1, 1), author="ratna", action="remark"
    )
    texts = {"anchor": "u1-2-1", "field": "title", "source": "b1", "target": "", "words": "?"}
    Act.objects.create(revision=revision, act="remarked", kind="point", row=point("b1").pk, **texts)

    page = editor.get(page_of(point("b")))

    assert sentence in in_one_line(page)
    assert f'href="/admin/terjemahan/{draft.pk}/?state=remarks"' in page.text


@pytest.mark.slow
@pytest.mark.parametrize("to", ["", ".", "x", "element-1.point-999", "term-1.", "vision-1."])
def test_a_forged_place_moves_nothing(editor, draft, to):
    response = moved(editor, point("a"), None, to=to)

    assert response.status_code == 200
    assert "Choose a place of the list." in response.text
    assert words_of(draft.elements.get(number=1)) == ["a", "b", "- b1", "c"]


def test_a_form_sent_twice_moves_once_and_says_so(editor, draft):
    element, row = draft.elements.get(number=1), point("a")
    seen = re.search(r'name="seen" value="([^"]+)"', editor.get(page_of(row)).text)[1]
    data = {"seen": seen, "to": f"{key(element)}.{key(point('b'))}"}

    editor.post(page_of(row), data)
    response = editor.post(page_of(row), data)

    assert "Nothing was moved" in response.text
    assert words_of(element) == ["b", "- b1", "a", "c"]


def test_a_row_deleted_meanwhile_leads_to_the_structure(editor, draft):
    row = point("a")
    page = page_of(row)
    row.delete()

    for response in [editor.get(page, follow=True), editor.post(page, {}, follow=True)]:
        assert "Nothing was moved" in response.text


@pytest.mark.parametrize("name", ["term-1", "vision-1", "x"])
def test_other_rows_have_no_such_page(editor, draft, name):
    assert editor.get(f"/admin/susunan/{draft.pk}/pindah/{name}/").status_code == 404
