"""The manuscript: the working copy on one page, each passage one click from its form."""

import re
from html import unescape
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.working_copy import read_document
from missions.models import Mission
from tests.support.factories import make_empty_vision, make_point, make_vision
from tests.support.people.desk import logged_in
from vision.models import Element, Point, Term

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(portal):
    return logged_in("budi", "Editor")


def page_of(vision, only=""):
    return f"/admin/naskah/{vision.pk}/" + (f"?only={only}" if only else "")


def read(client, vision, only=""):
    return " ".join(client.get(page_of(vision, only)).text.split())


def line_of(text, key):
    """The line of the passage."""
    return re.search(
        rf'<div class="line" id="{re.escape(key)}">(.*?)(?=<div class="line"|</section>)',
        text,
        re.DOTALL,
    )[1]


def lines(text):
    return re.findall(r'<div class="line" id="([^"]+)"', text)


def edit_link(text, key):
    return unescape(re.search(r'<a href="([^"]+/change/[^"]*)"', line_of(text, key))[1])


# Contents


def test_the_manuscript_has_every_passage_in_reading_order(editor, portal):
    expected = [
        passage.key
        for passage in read_document(portal).passages()
        if passage.text and passage.field != "marker"
    ]

    assert lines(read(editor, portal)) == expected


def test_every_row_has_its_anchor_as_id(editor, portal):
    text = read(editor, portal)

    for anchor in ["v-intro", "v-visi", "u3", "u3-5", "u3-5-2", "m1", "t-adil_merata"]:
        assert f'<div class="part" id="{anchor}">' in text


def test_no_id_appears_twice(editor, portal):
    ids = re.findall(r' id="([^"]+)"', read(editor, portal))

    assert len(ids) == len(set(ids))


def test_both_languages_are_side_by_side_each_marked_with_its_language(editor, portal):
    line = line_of(read(editor, portal), "u3.name")

    texts = re.findall(r'line__text" lang="(id|en)">(.*?)</div>', line)
    assert [(language, re.findall(r"<p>([^<]+)</p>", text)) for language, text in texts] == [
        ("id", ["Kota Cerdas"]),
        ("en", ["Smart city"]),
    ]


def test_marked_words_have_their_language_as_in_public(editor, portal):
    assert '<i lang="en">Smart Governance</i>' in line_of(read(editor, portal), "u3-1.title")


def test_paragraphs_stay_paragraphs(editor, portal):
    Element.objects.filter(number=1).update(body_ind="Satu.\n\nDua.", body_en="One.\n\nTwo.")

    assert line_of(read(editor, portal), "u1.body").count("<p>Satu.</p><p>Dua.</p>") == 1


def test_the_manuscript_has_one_h1_and_skips_no_level(editor, portal):
    for only in ["", "changed"]:
        Mission.objects.filter(number=1).update(statement_ind="Kalimat lain.")
        levels = [int(level) for level in re.findall(r"<h(\d)[ >]", read(editor, portal, only))]
        assert levels.count(1) == 1
        assert all(later - earlier <= 1 for earlier, later in zip(levels, levels[1:], strict=False))


def test_the_contents_lead_to_each_section_element_and_mission(editor, portal):
    text = read(editor, portal)

    contents = re.search(r'<nav class="contents".*?</nav>', text, re.DOTALL)[0]
    for anchor in ["vision", "elements", "u1", "u5", "missions", "m5", "glossary"]:
        assert f'href="#{anchor}"' in contents
        assert f'id="{anchor}"' in text
    assert "u3-1" not in contents


def test_a_point_without_a_marker_is_named_by_its_place(editor, portal):
    text = read(editor, portal)

    assert '<h4 lang="en">Point (1)</h4>' in text
    assert '<h5 lang="en">Item 2</h5>' in text


# To the form and back


def test_each_passage_leads_to_its_own_input_and_back_to_the_same_place(editor, portal):
    element = Element.objects.get(number=3)
    text = read(editor, portal)

    address, _, back = edit_link(text, "u3.body").partition("?next=")
    back, _, field = back.partition("#")

    assert address == f"/admin/vision/element/{element.pk}/change/"
    assert field == "id_body_ind"
    assert unquote(back) == f"/admin/naskah/{portal.pk}/#u3.body"
    assert 'id="id_body_ind"' in editor.get(address).text


def test_a_link_says_which_passage_it_edits(editor, portal):
    line = line_of(read(editor, portal), "u3.body")

    assert 'aria-label="Edit: Element 3: Smart city, text">Edit</a>' in line


def test_every_edit_link_has_a_different_name(editor, portal):
    names = re.findall(r'aria-label="Edit: ([^"]+)"', read(editor, portal))

    assert len(set(names)) == len(lines(read(editor, portal)))


@pytest.mark.slow
def test_every_edit_link_opens_a_form(editor, portal):
    addresses = {
        unescape(link).split("?")[0]
        for link in re.findall(r'href="([^"]+/change/)', read(editor, portal))
    }

    assert {editor.get(address).status_code for address in addresses} == {200}


def test_a_translator_is_led_to_the_english_input(portal):
    text = read(logged_in("budi", "Translator"), portal)

    assert edit_link(text, "m1.statement").endswith("#id_statement_en")


def test_the_link_back_to_the_manuscript_keeps_the_filter(editor, portal):
    Mission.objects.filter(number=3).update(statement_en="")

    back = edit_link(read(editor, portal, "missing"), "m3.statement")

    assert f"?next=%2Fadmin%2Fnaskah%2F{portal.pk}%2F%3Fonly%3Dmissing%23m3.statement" in back


def test_an_account_that_may_only_view_sees_the_manuscript_without_edit_links(editor, portal):
    text = read(logged_in("sri", "Publisher"), portal)

    assert lines(text) == lines(read(editor, portal))
    assert "/change/" not in text
    assert "/history/" in text


def test_each_row_leads_to_its_history(editor, portal):
    text = read(editor, portal)

    for row in [
        portal,
        Element.objects.first(),
        Point.objects.first(),
        Mission.objects.first(),
        Term.objects.first(),
    ]:
        assert (
            text.count(f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/history/")
            == 1
        )


def test_the_other_pages_of_the_period_are_one_click_away(portal):
    text = read(logged_in("budi", "Editor", "Publisher"), portal)

    for address in [
        f"/admin/susunan/{portal.pk}/",
        f"/admin/terjemahan/{portal.pk}/",
        "/admin/editorial/revision/?period=2016-2021",
        f"/admin/pratinjau/{portal.pk}/en/vision/2016-2021/",
        f"/admin/vision/vision/{portal.pk}/terbitkan/",
    ]:
        assert f'href="{address}' in text


# Marks


@pytest.fixture
def marked(portal):
    """One passage with outdated English, one without English, one new, one deleted."""
    mission = Mission.objects.get(number=1)
    mission.statement_ind = mission.statement_ind.replace("Meningkatkan", "Memperkuat")
    mission.save()
    Mission.objects.filter(number=3).update(statement_en="")
    make_point(Element.objects.get(number=4), "Angkutan")
    Point.objects.get(element__number=3, parent__marker="(1)", position=2).delete()
    return portal


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "marks"),
    [
        ("m1.statement", ["changed since edition 2", "English outdated"]),
        ("m3.statement", ["changed since edition 2", "English missing"]),
        ("u4-4.title", ["new"]),
        ("m2.statement", []),
    ],
)
def test_marks_are_words(marked, key, marks):
    line = line_of(read(logged_in("budi", "Editor"), marked), key)

    assert [
        mark.strip().rstrip(":").strip() for mark in re.findall(r'<p class="mark">([^<]+)<', line)
    ] == marks


def test_a_passage_that_needs_work_leads_to_it_on_the_desk_of_the_translation(marked):
    line = line_of(read(logged_in("budi", "Editor"), marked), "m1.statement")

    assert (
        f'href="/admin/terjemahan/{marked.pk}/?state=outdated&amp;at=m1.statement#m1.statement"'
        in line
    )


def test_changes_are_shown_word_by_word(marked):
    line = line_of(read(logged_in("budi", "Editor"), marked), "m1.statement")

    assert "<details" in line
    assert re.search(
        r'<del><span class="visually-hidden" lang="en">deleted: </span>Meningkatkan</del>', line
    )
    assert "no English change" in line


def test_a_deleted_passage_can_still_be_read(marked):
    text = read(logged_in("budi", "Editor"), marked)

    assert "ada partisipasi masyarakat" in text.split("Removed since edition 2")[1]


@pytest.mark.parametrize(
    ("only", "found"),
    [
        ("changed", ["u4-4.title", "m1.statement", "m3.statement"]),
        ("missing", ["m3.statement"]),
        ("outdated", ["m1.statement"]),
    ],
)
def test_filters_find_the_marked_passages(marked, only, found):
    assert lines(read(logged_in("budi", "Editor"), marked, only)) == found


def test_filters_count_before_they_are_chosen(marked):
    text = read(logged_in("budi", "Editor"), marked)

    filters = re.findall(
        r'<li> <a href="/admin/naskah[^>]+> ([^<]+) </a>', text.split("Passages to show")[1]
    )
    assert filters == [
        "All",
        "Changed (4)",
        "English missing (1)",
        "English outdated (1)",
        "English in review (0)",
        "With comments (0)",
    ]


def test_the_manuscript_names_the_chosen_filter(marked):
    text = read(logged_in("budi", "Editor"), marked, "missing")

    assert re.search(r'\?only=missing" aria-current="true"> English missing', text)


def test_marked_passages_are_linked_one_after_the_other(marked):
    text = read(logged_in("budi", "Editor"), marked)

    line = line_of(text, "m1.statement")
    assert '<a href="#u4-4.title">Previous marked passage</a>' in line
    assert '<a href="#m3.statement">Next marked passage</a>' in line
    assert "Previous marked" not in line_of(text, "u4-4.title")
    assert "Next marked" not in line_of(text, "m3.statement")


def test_a_new_order_is_shown(editor, portal):
    Point.objects.get(element__number=2, marker="(c)").move(-2)

    assert "In another order than in edition 2" in read(editor, portal, "changed")


def test_a_filter_that_finds_nothing_says_so(editor, portal):
    assert "No passage of this kind." in read(editor, portal, "missing")


def test_an_unknown_filter_is_ignored(editor, portal):
    assert len(lines(read(editor, portal, "%27%3B--"))) == len(lines(read(editor, portal)))


def test_a_text_that_was_emptied_is_still_shown(editor, portal):
    Element.objects.filter(number=3).update(points_lead_in_ind="", points_lead_in_en="")

    assert "changed since edition 2" in line_of(read(editor, portal), "u3.points_lead_in")


# Beginnings and refusals


def test_before_the_first_edition_nothing_is_marked_as_new(db):
    text = read(logged_in("budi", "Editor"), make_vision())

    assert "All of it is new" in text
    assert 'class="mark"' not in text


def test_a_vision_with_nothing_in_it_says_what_to_do(db):
    vision = make_empty_vision()

    text = read(logged_in("budi", "Editor"), vision)

    for address in ["vision/element", "missions/mission", "vision/term"]:
        assert (
            f'href="/admin/{address}/add/?vision={vision.pk}&amp;next=%2Fadmin%2Fnaskah%2F{vision.pk}%2F"'
            in text
        )
    assert "An editor adds them." in read(logged_in("ratna", "Translator"), vision)


def test_the_manuscript_needs_permission_to_see_the_texts(portal):
    assert logged_in("budi", "Administrator").get(page_of(portal)).status_code == 403
    assert logged_in("joko").get(page_of(portal)).status_code == 403


def test_the_manuscript_accepts_only_what_a_browser_sends(editor, portal):
    assert editor.put(page_of(portal)).status_code == 405
    assert editor.get("/admin/naskah/999/").status_code == 404


@pytest.mark.slow
def test_the_manuscript_takes_the_same_number_of_queries_for_any_text(editor, portal):
    read(editor, portal)
    with CaptureQueriesContext(connection) as before:
        read(editor, portal)

    for number in range(30):
        make_point(Element.objects.get(number=1), f"Butir {number}")

    with CaptureQueriesContext(connection) as after:
        read(editor, portal)
    assert len(after) == len(before)
