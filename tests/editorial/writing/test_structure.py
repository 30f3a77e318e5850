"""The structure page: the order of texts, permissions, and simultaneous moves."""

import contextlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from editorial.models import Revision
from editorial.rows import anchor_of
from missions.models import Goal, Mission
from tests.support.factories import (
    make_account,
    make_element,
    make_empty_vision,
    make_point,
    make_vision,
    publish_now,
)
from tests.support.people.desk import in_one_line, seen_on
from vision.models import Element, Point

pytestmark = pytest.mark.django_db


def page_of(vision):
    return f"/admin/susunan/{vision.pk}/"


def key(row):
    return f"{row._meta.model_name}-{row.pk}"


def press(client, vision, step, row, **data):
    """Press the button as the page shows it now, and open the page that follows."""
    seen = seen_on(client.get(page_of(vision)))
    return client.post(page_of(vision), {"seen": seen, step: key(row)} | data, follow=True)


def anchors_of(element):
    """The points and their items in reading order: anchors with their words."""
    lines = []
    for point in element.points.filter(parent=None).order_by("position"):
        lines += [(str(point.anchor), point.title_ind)]
        lines += [
            (f"{point.anchor}-{item.anchor}", item.title_ind)
            for item in point.items.order_by("position")
        ]
    return lines


def words_of(element):
    return [words for _, words in anchors_of(element)]


@pytest.fixture
def draft(db):
    """An unpublished vision whose first element has the points a, b and c."""
    vision = make_vision()
    for title in "abc":
        make_point(vision.elements.get(number=1), title)
    return vision


def point(title):
    return Point.objects.get(title_ind=title)


# Contents


def test_the_structure_page_has_the_whole_vision_in_reading_order(editor, portal):
    text = editor.get(page_of(portal)).text

    anchors = re.findall(r'<li id="([um][^"]+)"', text)
    assert anchors[:5] == ["u1", "u2", "u2-1", "u2-2", "u2-3"]
    assert anchors[5:9] == ["u3", "u3-1", "u3-1-1", "u3-1-2"]
    assert anchors[-5:] == ["m1", "m2", "m3", "m4", "m5"]


def test_each_row_leads_to_its_form_and_back_to_its_place(editor, portal):
    item = Point.objects.get(element__number=3, parent__anchor=1, anchor=2)
    back = f"%2Fadmin%2Fsusunan%2F{portal.pk}%2F%23u3-1-2"
    link = f'<a href="/admin/vision/point/{item.pk}/change/?next={back}" lang="id">'

    assert link in editor.get(page_of(portal)).text


def test_every_button_says_which_row_it_moves(editor, draft):
    text = editor.get(page_of(draft)).text

    names = re.findall(
        r"<button name=\"(?:up|down|nest)\"[^>]*>([^<]+)<span[^>]*> – <span[^>]*>([^<]+)</span>",
        text,
    )
    assert ("Make an item of the point above", "b") in names
    assert ("Up", "1. Kota Sehat") in names
    assert ("Down", "1. Membangun taman kota") in names


def test_an_empty_list_of_the_structure_says_what_to_do(editor):
    vision = make_empty_vision()

    text = editor.get(page_of(vision)).text

    assert "This vision has no elements yet. Add the first one." in " ".join(text.split())
    assert "This vision has no missions yet. Add the first one." in " ".join(text.split())
    assert f"/admin/vision/element/add/?vision={vision.pk}&amp;number=1&amp;next=" in text


def test_the_form_for_a_new_point_has_its_place_and_leads_back_to_it(editor, portal):
    element = Element.objects.get(number=2)
    first = element.points.get(anchor=1)

    text = editor.get(page_of(portal)).text

    back = f"%2Fadmin%2Fsusunan%2F{portal.pk}%2F%23u2-"
    assert f'href="/admin/vision/point/add/?element={element.pk}&amp;next={back}4"' in text
    assert (
        f'href="/admin/vision/point/add/?element={element.pk}&amp;parent={first.pk}&amp;next={back}1-1"'
        in text
    )
    form = (
        editor.get(f"/admin/vision/point/add/?element={element.pk}&parent={first.pk}")
        .context["adminform"]
        .form
    )
    assert (form["element"].value(), form["parent"].value()) == (str(element.pk), str(first.pk))


@pytest.mark.parametrize("kind", ["point", "element", "mission", "vision"])
def test_forms_link_to_their_place_in_the_structure(editor, portal, kind):
    rows = {
        "point": Point.objects.get(element__number=2, anchor=3),
        "element": Element.objects.get(number=3),
    }
    rows |= {"mission": Mission.objects.get(number=5), "vision": portal}
    place = {"point": "#u2-3", "element": "#u3", "mission": "#m5", "vision": ""}[kind]

    text = editor.get(
        f"/admin/{rows[kind]._meta.label_lower.replace('.', '/')}/{rows[kind].pk}/change/"
    ).text

    assert f'<a href="/admin/susunan/{portal.pk}/{place}">Structure</a>' in text


def test_the_structure_page_takes_the_same_number_of_queries_for_any_text(
    editor, portal, django_assert_max_num_queries
):
    with django_assert_max_num_queries(16):
        editor.get(page_of(portal))


# Adding


def added(client, address, **data):
    """The page after "Save and add another"."""
    return client.post(address, data | {"_addanother": "1"}, follow=True)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("mission", {"statement_ind": "Membangun bersama."}),
        (
            "element",
            {
                "name_ind": "Kota Aman",
                "statement_words_ind": "Aman",
                "slug_ind": "aman",
                "body_ind": "x",
            },
        ),
    ],
)
def test_save_and_add_another_proposes_the_next_free_number(editor, kind, words):
    vision = make_empty_vision()
    (address,) = re.findall(
        rf'href="(/admin/[a-z]+/{kind}/add/[^"]+)"', editor.get(page_of(vision)).text
    )
    address = address.replace("&amp;", "&")

    page = added(editor, address, vision=vision.pk, number=1, slug_en="safe", **words)

    form = page.context["adminform"].form
    assert (f"{form['vision'].value()}", form["number"].value()) == (f"{vision.pk}", 2)
    last = editor.post(
        page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"],
        {
            "vision": vision.pk,
            "number": 2,
            "slug_en": "calm",
            **{name: f"{words[name]}2" for name in words},
        },
    )
    assert last.headers["Location"] == f"/admin/susunan/{vision.pk}/#{kind[0].replace('e', 'u')}2"


def test_a_new_form_proposes_the_next_number_of_the_only_draft(editor, draft):
    form = editor.get("/admin/missions/mission/add/").context["adminform"].form

    assert (form["vision"].value(), form["number"].value()) == (draft.pk, 2)


def test_a_new_form_proposes_no_vision_if_there_are_two_drafts(editor, draft):
    make_empty_vision()

    form = editor.get("/admin/missions/mission/add/").context["adminform"].form

    assert (form["vision"].value(), form["number"].value()) == (None, None)


def test_after_save_and_add_another_the_link_leads_back_to_the_last_point(editor, draft):
    element = draft.elements.get(number=1)
    back = f"%2Fadmin%2Fsusunan%2F{draft.pk}%2F%23u1-4"
    address = f"/admin/vision/point/add/?element={element.pk}&next={back}"

    page = added(editor, address, element=element.pk, title_ind="d")
    again = page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"]
    last = editor.post(again, {"element": element.pk, "title_ind": "e"})

    assert last.headers["Location"] == f"/admin/susunan/{draft.pk}/#u1-5"


@pytest.mark.slow
@pytest.mark.parametrize("is_asked", [True, False])
def test_save_and_add_another_keeps_the_list_and_says_what_was_added(editor, draft, is_asked):
    element, parent = draft.elements.get(number=1), point("a")
    place = {"element": element.pk, "parent": parent.pk}
    query = f"?element={element.pk}&parent={parent.pk}" if is_asked else ""

    page = added(editor, f"/admin/vision/point/add/{query}", title_ind="Kebun", **place)

    form = page.context["adminform"].form
    chosen = {name: str(form[name].value()) for name in place}
    assert chosen == {name: str(key) for name, key in place.items()}
    assert "Kebun" in re.search(r'<ul class="messagelist.*?</ul>', page.text, re.S)[0]


def test_save_and_add_another_keeps_the_list_that_was_chosen_in_the_form(editor, draft):
    first, second = draft.elements.order_by("number")

    page = added(
        editor,
        f"/admin/vision/point/add/?element={first.pk}&parent={point('a').pk}",
        element=second.pk,
        title_ind="Kebun",
    )

    form = page.context["adminform"].form
    assert (form["element"].value(), form["parent"].value()) == (str(second.pk), "")


# Moving


def buttons_of(response, row):
    """The buttons that move the row in its list: {step: whether it is possible}."""
    tags = re.findall(rf'<button name="(up|down)" value="{key(row)}"([^>]*)>', response.text)
    return {step: 'aria-disabled="true"' not in rest for step, rest in tags}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "title", "sentence"),
    [("up", "a", "is first already"), ("down", "c", "is last already")],
)
def test_buttons_at_the_end_of_a_list_say_so_and_do_nothing(editor, draft, step, title, sentence):
    assert buttons_of(editor.get(page_of(draft)), point(title)) == {
        "up": title != "a",
        "down": title != "c",
    }

    response = press(editor, draft, step, point(title))

    assert f'“<span lang="id">{title}</span>” {sentence}.' in " ".join(response.text.split())
    assert "is now in place" not in response.text
    assert words_of(draft.elements.get(number=1)) == ["a", "b", "c"]
    assert not Revision.objects.exists()


@pytest.mark.parametrize(
    ("title", "reasons"),
    [("a", ["first already"]), ("b", []), ("c", ["last already"])],
)
def test_a_disabled_button_contains_the_reason(editor, draft, title, reasons):
    text = editor.get(page_of(draft)).text

    found = re.findall(
        rf'<button name="[a-z]+" value="{key(point(title))}".*?</button>', text, re.S
    )

    assert [
        reason for button in found for reason in re.findall("<small>(.*?)</small>", button)
    ] == (reasons)


@pytest.mark.slow
def test_a_new_mission_cannot_move_above_a_published_one(editor, draft):
    publish_now(draft)
    mission = draft.missions.create(number=2, statement_ind="Membangun bersama.")
    assert "<small>above it was published</small>" in editor.get(page_of(draft)).text

    assert buttons_of(editor.get(page_of(draft)), mission) == {"up": False, "down": False}
    words = " ".join(press(editor, draft, "up", mission).text.split())

    assert "cannot be moved further up: what is above it was published." in words
    assert not Revision.objects.exists()


def test_the_only_mission_cannot_be_moved(editor, draft):
    assert buttons_of(editor.get(page_of(draft)), draft.missions.get()) == {
        "up": False,
        "down": False,
    }


def test_a_point_is_moved_and_the_focus_returns_to_its_button(editor, draft):
    response = press(editor, draft, "down", point("a"))

    assert words_of(draft.elements.get(number=1)) == ["b", "a", "c"]
    assert '“<span lang="id">a</span>” is now in place 2 of 3.' in response.text
    assert (
        f'<button name="down" value="{key(point("a"))}" autofocus aria-describedby="status">'
        in in_one_line(response)
    )
    assert response.text.count("autofocus") == 1


def test_a_nested_point_is_a_new_row_with_a_new_anchor(editor, draft):
    element = draft.elements.get(number=1)
    response = press(editor, draft, "nest", point("b"))

    assert anchors_of(element) == [("1", "a"), ("1-1", "b"), ("3", "c")]
    assert point("b").title_en == "b (en)"
    assert "is now an item, in place 1 of 1" in response.text
    assert f'<button name="unnest" value="{key(point("b"))}" autofocus' in in_one_line(response)


@pytest.mark.slow
def test_an_item_becomes_the_point_after_its_former_parent(editor, draft):
    element = draft.elements.get(number=1)
    press(editor, draft, "nest", point("b"))

    response = press(editor, draft, "unnest", point("b"))

    assert anchors_of(element) == [("1", "a"), ("4", "b"), ("3", "c")]
    assert "is now a point of its own, in place 2 of 3" in response.text


def test_a_move_is_one_revision(editor, draft):
    press(editor, draft, "nest", point("b"))

    (revision,) = Revision.objects.all()
    assert (revision.author, revision.action) == ("sri", "move")
    assert [
        (v.anchor, v.before is None, v.after is None) for v in revision.versions.order_by("anchor")
    ] == [
        ("u1-1-1", True, False),
        ("u1-2", False, True),
    ]


def test_points_have_two_levels_and_the_page_says_why(editor, draft):
    make_point(draft.elements.get(number=1), "item", parent=point("b"))

    text = editor.get(page_of(draft)).text
    response = press(editor, draft, "nest", point("b"))

    assert "It cannot become an item: there is no point above it." in text
    assert f'name="nest" value="{key(point("b"))}"' not in text
    assert f'name="nest" value="{key(point("a"))}"' not in text  # it has no point above it
    assert text.count("an item has no items of its own") == 1
    assert "Nothing was moved" in response.text
    assert words_of(draft.elements.get(number=1)) == ["a", "b", "item", "c"]


@pytest.mark.parametrize("model", [Element, Mission])
def test_moves_before_the_first_edition_exchange_numbers_without_gaps(editor, draft, model):
    make_element(draft, number=5, words=("Ramah", "kind"))
    Mission.objects.create(vision=draft, number=5, statement_ind="Merawat kota.")
    rows = list(model.objects.order_by("number"))

    response = press(editor, draft, "up", rows[-1])

    assert list(model.objects.order_by("number")) == [*rows[:-2], rows[-1], rows[-2]]
    assert [row.number for row in model.objects.order_by("number")] == list(range(1, len(rows) + 1))
    assert f"is now in place {len(rows) - 1} of {len(rows)}" in response.text


@pytest.mark.slow
@pytest.mark.parametrize("step", ["up", "down"])
def test_a_button_at_the_end_of_the_list_changes_nothing(editor, portal, step):
    """The only movable mission has a number after a gap."""
    last = portal.missions.create(number=8, statement_ind="Menjaga kota.")

    page = press(editor, portal, step, last)

    last.refresh_from_db()
    assert last.number == 8
    assert not Revision.objects.exists()
    assert f"stayed={step}" in page.redirect_chain[0][0]


@pytest.mark.slow
def test_published_elements_and_missions_cannot_move_and_the_page_says_why(editor, portal):
    text = editor.get(page_of(portal)).text
    response = press(editor, portal, "down", Element.objects.get(number=1))

    assert "Elements and missions that were published, or are scheduled, keep their numbers" in text
    assert not re.search(r'value="(element|mission)-', text)
    assert f"/admin/vision/element/add/?vision={portal.pk}&amp;number=6" in text
    assert "Nothing was moved" in response.text
    assert Element.objects.get(name_ind="Kota Jasa").number == 1


# Points that were published


@pytest.mark.slow
def test_nesting_a_published_point_first_asks_on_the_page_that_moves_it(editor, portal):
    row = Point.objects.get(element__number=2, anchor=2)

    asked = press(editor, portal, "nest", row)

    words = " ".join(asked.text.split())
    assert "It is in edition 2" in words
    assert "the old one goes on pointing to the last edition that contains it" in words
    assert Point.objects.filter(pk=row.pk).exists()

    (chosen,) = re.findall(r'value="([^"]+)" required checked', in_one_line(asked))
    address = asked.request["PATH_INFO"]
    moved = editor.post(address, {"seen": seen_on(asked), "to": chosen}, follow=True)
    assert "is now in place 1 of 1 below" in moved.text
    publish_now(portal)
    assert '<p id="u2-2" class="gone">' in editor.get("/id/visi/2016-2021/").text


def test_an_unpublished_point_moves_at_once(editor, portal):
    make_point(Element.objects.get(number=2), "Baru")

    press(editor, portal, "nest", point("Baru"))

    assert point("Baru").parent.anchor == 3


# Simultaneous and forged moves


def test_a_button_pressed_twice_moves_once(editor, draft):
    data = {"seen": seen_on(editor.get(page_of(draft))), "down": key(point("a"))}

    editor.post(page_of(draft), data)
    response = editor.post(page_of(draft), data)

    assert words_of(draft.elements.get(number=1)) == ["b", "a", "c"]
    assert "Nothing was moved" in response.text
    assert f'<button name="down" value="{data["down"]}" autofocus' in in_one_line(response)


@pytest.mark.slow
@pytest.mark.parametrize("seen", ["", "x", "0" * 64, None])
def test_a_token_that_is_missing_or_forged_moves_nothing(editor, draft, seen):
    data = {"down": key(point("a"))} | ({} if seen is None else {"seen": seen})

    response = editor.post(page_of(draft), data)

    assert "Nothing was moved" in response.text
    assert words_of(draft.elements.get(number=1)) == ["a", "b", "c"]


def test_the_token_of_another_vision_moves_nothing(editor, draft):
    other = make_vision(2041, 2045)
    data = {"seen": seen_on(editor.get(page_of(other))), "down": key(point("a"))}

    assert "Nothing was moved" in editor.post(page_of(draft), data).text


@pytest.mark.django_db(transaction=True)
def test_only_one_of_two_simultaneous_moves_succeeds_and_the_other_gets_a_message():
    vision = make_vision()
    for title in "abc":
        make_point(vision.elements.get(number=1), title)
    people = [Client(), Client()]
    for name, person in zip(["sri", "budi"], people, strict=True):
        person.force_login(make_account(name, "Editor"))
    data = {"seen": seen_on(people[0].get(page_of(vision))), "down": key(point("a"))}
    barrier = threading.Barrier(2)

    def run(person):
        try:
            barrier.wait()
            return person.post(page_of(vision), data).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(run, people))

    assert answers == [200, 302]
    assert words_of(vision.elements.get(number=1)) == ["b", "a", "c"]


def test_moving_a_deleted_row_gets_a_sentence(editor, draft):
    data = {"seen": seen_on(editor.get(page_of(draft))), "up": key(point("b"))}
    point("b").delete()

    response = editor.post(page_of(draft), data)

    assert response.status_code == 200
    assert 'role="alert" tabindex="-1" autofocus' in in_one_line(response)
    assert words_of(draft.elements.get(number=1)) == ["a", "c"]


def test_a_vision_published_meanwhile_keeps_its_numbers(editor, draft):
    data = {"seen": seen_on(editor.get(page_of(draft))), "down": key(draft.elements.get(number=1))}
    publish_now(draft)

    response = editor.post(page_of(draft), data)

    assert "Nothing was moved" in response.text
    assert draft.elements.get(number=1).name_ind == "Kota Sehat"


@pytest.mark.slow
def test_a_forged_button_moves_nothing(editor, draft):
    stranger = make_point(make_vision(2041, 2045).elements.first(), "lain")
    seen = seen_on(editor.get(page_of(draft)))

    for data in [
        {},
        {"up": "abc"},
        {"up": "9" * 30},
        {"sideways": "1"},
        {"up": key(stranger)},
        {"up": "term-1"},
    ]:
        assert editor.post(page_of(draft), data | {"seen": seen}).status_code in (200, 403), data
    assert not Revision.objects.exists()


# Permissions


@pytest.mark.parametrize("role", ["Translator", "Publisher"])
def test_an_account_that_may_only_view_sees_the_structure_without_moving_it(client, draft, role):
    editor = Client()
    editor.force_login(make_account("sri", "Editor"))
    client.force_login(make_account("ayu", role))

    text = client.get(page_of(draft)).text
    data = {"seen": seen_on(editor.get(page_of(draft))), "down": key(point("a"))}

    assert 'id="u1-3"' in text
    assert not re.search(r'<button name="(up|down|nest|unnest)"', text)
    assert "/add/" not in text
    assert "/delete/" not in text
    assert client.post(page_of(draft), data).status_code == 403
    assert words_of(draft.elements.get(number=1)) == ["a", "b", "c"]


def test_an_administrator_of_accounts_does_not_see_the_structure(client, draft):
    client.force_login(make_account("adi", "Administrator"))

    assert client.get(page_of(draft)).status_code == 403


# Random sequences of steps

STEPS = st.tuples(
    st.sampled_from(["up", "down", "nest", "unnest", "add", "add below", "delete"]),
    st.integers(0, 30),
)


def parts_of(vision):
    return [*vision.elements.order_by("number"), *vision.missions.order_by("number")]


def points_of(vision):
    return [
        row for model in (Point, Goal) for row in model.objects.of_vision(vision).order_by("pk")
    ]


def take(vision, step, number):
    """Take one step with one of the points, if it is possible."""
    parts, points = parts_of(vision), points_of(vision)
    row = points[number % len(points)] if points else None
    match step:
        case "add":
            make_point(parts[number % len(parts)])
        case "add below" if row and not row.parent:
            make_point(row.part, parent=row)
        case "delete" if row:
            row.delete()
        case "up" | "down" if row:
            row.move(-1 if step == "up" else 1)
        case "nest" | "unnest" if row:
            with contextlib.suppress(ValidationError), transaction.atomic():
                getattr(row, step)()


@pytest.mark.slow
@settings(max_examples=settings.default.max_examples // 4, deadline=None)
@given(st.lists(STEPS, max_size=12), st.lists(STEPS, max_size=12))
def test_anchors_are_never_reused_and_stay_on_the_pages(before, after):
    with transaction.atomic():
        vision, given_to = make_vision(), {}
        for edition, steps in enumerate([before, after], start=1):
            for step in steps:
                take(vision, *step)
                for row in points_of(vision):
                    assert given_to.setdefault(anchor_of(row), row.pk) == row.pk
            Mission.objects.update(statement_en=f"Wording {edition}")
            publish_now(vision)
            assert_every_anchor_stands(vision)
        transaction.set_rollback(True)


def assert_every_anchor_stands(vision):
    """Check the public page: first the newest edition's anchors, then those of earlier editions."""
    *earlier, newest = [
        anchors_in(edition.document) for edition in vision.editions.order_by("number")
    ]
    page = re.findall(r'\sid="([um][0-9]+-[0-9-]+)"', Client().get("/id/visi/2031-2035/").text)
    assert [anchor for anchor in page if anchor in newest] == newest
    assert sorted(page) == sorted({*newest, *(anchor for anchors in earlier for anchor in anchors)})


def anchors_in(document):
    return [point.anchor for part in document.parts() for point in part.all_points()]
