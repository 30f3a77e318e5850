"""Points below missions, as staff write them and as readers find them."""

import json
import re

import pytest
from django.utils import translation
from jsonschema import Draft202012Validator

from editions import official_text
from editions.difference import difference
from editions.document import GoalText, Text
from editions.working_copy import read_document, write_document
from editorial.models import Revision, Version
from editorial.publishing.second_reader import last_writers, unpublished
from missions.models import Goal
from public.booklet.typesetting import _text as booklet_data
from tests.support.factories import make_point, publish_now
from tests.support.people.desk import change, confirm_deletion, logged_in, seen_on, typed
from tests.support.repository import ROOT
from vision.models import Vision

pytestmark = pytest.mark.django_db
PAGE, TWIN = "/id/visi/2016-2021/misi/1/", "/en/vision/2016-2021/missions/1/"
STRUCTURE = "/admin/susunan/{}/"


@pytest.fixture
def goals(portal):
    """The first mission of the shipped vision with a point that has an item, and another point."""
    mission = portal.missions.get(number=1)
    services = make_point(mission, "Layanan cepat", marker="(1)")
    make_point(mission, "Izin usaha tiga hari", parent=services)
    make_point(mission, "Aparatur bersih", marker="(2)")
    return mission.points.filter(parent=None).order_by("position")


def press(sri, vision, step, row):
    page = STRUCTURE.format(vision.pk)
    data = {"seen": seen_on(sri.get(page)), step: f"goal-{row.pk}", "confirmed": "1"}
    return sri.post(page, data, follow=True)


def anchors_on(client, path):
    return re.findall(r'\sid="(m1-[0-9-]+)"', client.get(path).text)


# Staff


def test_a_point_is_added_to_a_mission_from_the_structure(portal):
    sri, mission = logged_in("sri", "Editor"), portal.missions.get(number=1)
    page = STRUCTURE.format(portal.pk)
    (add,) = re.findall(
        rf'href="(/admin/missions/goal/add/\?mission={mission.pk}&[^"]+)"',
        (sri.get(page).text.replace("&amp;", "&")),
    )

    saved = sri.post(add, typed(sri, add, title_ind="Layanan cepat"))

    goal = Goal.objects.get()
    assert (goal.mission, goal.title_ind, saved.url) == (mission, "Layanan cepat", f"{page}#m1-1")


@pytest.mark.slow
def test_a_point_of_a_mission_moves_becomes_an_item_and_is_deleted(goals):
    first, second = goals
    sri, vision = logged_in("sri", "Editor"), first.mission.vision

    press(sri, vision, "up", second)
    assert list(goals.all()) == [second, first]
    press(sri, vision, "down", second)
    press(sri, vision, "nest", second)
    assert [item.title_ind for item in first.items.order_by("position")] == [
        "Izin usaha tiga hari",
        "Aparatur bersih",
    ]
    confirm_deletion(sri, first)

    assert not Goal.objects.exists()
    assert Revision.objects.latest("pk").versions.count() == 3


@pytest.mark.slow
def test_deleted_points_of_a_mission_are_put_back_together(goals):
    sri, first = logged_in("sri", "Editor"), goals[0]
    confirm_deletion(sri, first)
    number = Version.objects.filter(kind="goal", row=first.pk).latest("number").number
    address = change(first).replace("change", f"history/{number}")

    sri.post(address, {}, follow=True)

    assert [
        point.heading.id for point in read_document(Vision.objects.get()).missions[0].points
    ] == [
        "(1) Layanan cepat",
        "(2) Aparatur bersih",
    ]
    assert Goal.objects.get(pk=first.pk).items.count() == 1


def test_a_translator_writes_the_english_of_a_point_of_a_mission(goals):
    ayu, goal = logged_in("ayu", "Translator"), goals[0]
    address = change(goal)

    ayu.post(address, typed(ayu, address, title_en="Fast services", title_ind="Lain"))
    desk = ayu.get(f"/admin/terjemahan/{goal.mission.vision_id}/?state=all&at=m1-1.title").text

    goal.refresh_from_db()
    assert (goal.title_ind, goal.title_en) == ("Layanan cepat", "Fast services")
    assert "Fast services" in desk


def test_a_translation_file_holds_the_points_of_missions(goals):
    ayu, vision = logged_in("ayu", "Translator"), goals[0].mission.vision

    sheet = ayu.get(f"/admin/terjemahan/{vision.pk}/berkas/csv/?state=all&part=m")

    assert "m1-1-1.title" in sheet.content.decode("utf-8-sig")


@pytest.mark.slow
def test_who_moved_a_point_of_a_mission_wrote_the_order_there(goals):
    vision, second = goals[0].mission.vision, goals[1]
    publish_now(vision)

    press(logged_in("sri", "Editor"), vision, "up", second)

    with translation.override("en"):
        writers = last_writers(vision, unpublished(vision))
    assert writers == {"m1": ("mission 1: order of the points", ["sri"])}


@pytest.mark.slow
def test_the_next_period_copies_the_points_of_missions(goals):
    sri = logged_in("sri", "Editor")
    source = publish_now(goals[0].mission.vision)

    form = {"period_start": 2021, "period_end": 2026, "source": str(source.vision_id)}
    sri.post("/admin/periode-baru/", form)

    copied = read_document(Vision.objects.get(period_start=2021))
    assert copied.missions == source.document.missions


# Anchors


def test_an_anchor_that_an_edition_showed_stays_and_is_not_given_again(client, goals):
    vision, (first, second) = goals[0].mission.vision, goals
    edition = publish_now(vision)
    second.delete()
    make_point(first.mission, "Baru")
    publish_now(vision)

    text = client.get(PAGE).text

    assert anchors_on(client, PAGE) == ["m1-1", "m1-1-1", "m1-3", "m1-2"]
    assert f'href="/id/visi/2016-2021/edisi/{edition.number}/#m1-2"' in text


def test_going_back_to_an_edition_goes_on_counting_anchors(goals):
    edition = publish_now(goals[0].mission.vision)
    mission = goals[0].mission
    Goal.objects.all().delete()

    write_document(edition.document)

    assert read_document(mission.vision) == edition.document
    assert make_point(mission).anchor == 3


# Readers


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        PAGE,
        TWIN,
        "/id/visi/2016-2021/",
        "/en/vision/2016-2021/bilingual/",
        "/id/visi/2016-2021/edisi/3/",
    ],
)
def test_pages_show_the_points_of_a_mission_in_their_order(client, goals, path):
    publish_now(goals[0].mission.vision)

    assert anchors_on(client, path) == ["m1-1", "m1-1-1", "m1-2"]


def test_the_menu_of_a_point_of_a_mission_has_its_permanent_address(client, goals):
    publish_now(goals[0].mission.vision)

    text = client.get(PAGE).text

    assert 'href="/id/visi/2016-2021/edisi/3/#m1-2"' in text
    assert f'href="{TWIN}#m1-2"' in text


def test_search_finds_an_item_of_a_mission_on_the_page_of_the_mission(client, goals):
    publish_now(goals[0].mission.vision)

    assert f'href="{PAGE}#m1-1-1"' in client.get("/id/cari/?q=izin+usaha").text


def test_open_data_hold_the_points_of_missions_and_none_where_there_are_none(client, goals):
    publish_now(goals[0].mission.vision)
    data, schema = client.get("/data/2016-2021.json").json(), client.get("/data/schema.json").json()
    linked = client.get("/data/2016-2021.jsonld").json()

    Draft202012Validator(schema).validate(data)
    first, second, *_others = data["missions"]
    assert [point["anchor"] for point in first["points"]] == ["m1-1", "m1-2"]
    assert "points" not in second
    assert "(1) Layanan cepat" in json.dumps(linked)
    assert ",m1-1-1,point,title," in client.get("/data/2016-2021.csv").text


def test_the_booklet_holds_the_points_of_missions(goals):
    document = read_document(goals[0].mission.vision)

    first, second, *_others = booklet_data(document, "id")["missions"]

    assert [point["anchor"] for point in first["points"]] == ["m1-1", "m1-2"]
    assert second["points"] == []


def test_a_point_of_a_mission_has_a_place_in_the_difference(goals):
    vision = goals[0].mission.vision
    before = read_document(vision)
    goals[1].move(-1)
    Goal.objects.filter(pk=goals[1].pk).update(title_ind="Layanan ramah")

    found = difference(before, read_document(vision))

    assert [(part.anchor, len(part.changes), len(part.moves)) for part in found.parts()] == [
        ("m1", 1, 1)
    ]


def test_pages_of_missions_without_points_have_no_list(client, portal):
    assert 'class="points' not in client.get(PAGE).text
    assert read_document(portal).schema < 5


def test_an_official_text_may_give_points_to_missions():
    row = {
        "points": [{"marker": "a.", "title": {"id": "Tujuan"}, "items": [{"text": {"id": "x"}}]}]
    }

    (goal,) = official_text._points(ROOT / "x.toml", "missions 1", "m1", row, GoalText)

    assert (goal.anchor, goal.title, goal.points[0].anchor) == ("m1-1", Text("Tujuan"), "m1-1-1")


def test_the_list_of_missions_says_how_many_points_a_mission_has(client, goals):
    publish_now(goals[0].mission.vision)

    assert client.get("/id/visi/2016-2021/misi/").text.count("2 butir") == 1
