"""The history pages of the admin, and putting texts and rows back."""

import pytest
from django.test import Client

from editions.document import Text
from editions.publishing import withdraw
from editions.working_copy import read_document
from editorial.history.recording import recorded
from editorial.models import Event, Revision, Version
from missions.models import Goal, Mission
from tests.support.factories import first_mission, make_account, make_point, make_vision
from tests.support.people.desk import change, confirm_deletion, logged_in, typed
from vision.models import Element, Point, Vision

pytestmark = pytest.mark.django_db


@pytest.fixture
def sri(portal):
    return logged_in("sri", "Editor", "Translator")


@pytest.fixture
def tini(portal):
    return logged_in("tini", "Translator")


def save(client, row, **values):
    return client.post(change(row), typed(client, change(row), **values))


def history_of(row):
    return change(row).replace("change", "history")


def restore_of(row, number):
    return f"{history_of(row)}{number}/"


def put_back(client, address, *columns):
    page = client.get(address)
    return client.post(address, {"base": page.context["base"], "column": columns}, follow=True)


# Reading


def test_the_history_of_a_row_shows_author_time_and_changed_words(sri):
    save(sri, first_mission(), statement_en="Better.")

    text = sri.get(history_of(first_mission())).text

    assert "WIB – sri: changed" in text
    assert "Better</ins>" in text
    assert "no Indonesian change" in text


def test_the_history_of_an_unchanged_row_says_so(sri):
    assert (
        "Nobody has changed this since the portal was set up."
        in sri.get(history_of(first_mission())).text
    )


@pytest.mark.slow
def test_a_long_history_is_divided_into_pages(sri):
    for number in range(21):
        save(sri, first_mission(), statement_en=f"Wording{number}.")

    first, second = (sri.get(f"{history_of(first_mission())}?page={page}").text for page in (1, 2))

    assert "Wording20" in first
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second
    assert "Wording0" in second


@pytest.mark.slow
def test_the_list_of_revisions_is_chronological_and_links_to_each_row(sri):
    save(sri, first_mission(), statement_en="One.")
    save(sri, Element.objects.get(number=3), name_en="Clever city")

    page = sri.get("/admin/editorial/revision/")

    assert page.text.index("changed: Element 3: Clever city") < page.text.index(
        "changed: Mission 1"
    )
    detail = sri.get(f"/admin/editorial/revision/{Revision.objects.latest('pk').pk}/change/").text
    assert "Clever</ins>" in detail
    assert history_of(Element.objects.get(number=3)) in detail


FILTERS = {
    "period=2016-2021": 3,
    "author=sri": 2,
    "author=tini": 1,
    "language=id": 1,
    "language=en": 2,
    "place=u3": 2,
    "author=tini&place=u3": 0,
    "place=m1": 1,
    "place=t": 3,  # nothing was saved there, so it is no choice
    "days=7": 3,
    "q=tini": 1,
    "q=m1": 1,
    "q=pintar": 1,
    "q=“One.”": 0,
    "q=connective": 0,  # the name of a column
    "author=nobody&language=fr&place=x": 3,
}


@pytest.mark.slow
@pytest.mark.parametrize(("query", "count"), FILTERS.items())
def test_the_list_of_revisions_is_filtered(sri, tini, query, count):
    save(sri, Element.objects.get(number=3), name_ind="Kota Pintar")
    save(sri, Point.objects.get(element__number=3, marker="(1)"), connective_en="that is:")
    save(tini, first_mission(), statement_en="One.")

    page = sri.get(f"/admin/editorial/revision/?{query}", follow=True)

    assert page.context["cl"].result_count == count


def test_nobody_can_add_change_or_delete_a_revision(sri):
    save(sri, first_mission(), statement_en="One.")
    address = f"/admin/editorial/revision/{Revision.objects.get().pk}"

    assert sri.get("/admin/editorial/revision/add/").status_code == 403
    assert sri.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    sri.post(f"{address}/change/", {"author": "budi"})
    assert Revision.objects.get().author == "sri"


@pytest.mark.parametrize("key", ["abc", "%00", "9" * 30, "0"])
@pytest.mark.parametrize(
    "page",
    [
        "missions/mission/{}/history/",
        "missions/mission/1/history/{}/",
        "editorial/revision/{}/change/",
    ],
)
def test_no_key_in_a_history_address_causes_an_error(sri, page, key):
    assert sri.get(f"/admin/{page.format(key)}").status_code in (302, 404)


# Putting back a text


@pytest.mark.slow
def test_putting_one_text_back_makes_a_revision(sri):
    former = first_mission().statement_en
    save(sri, first_mission(), statement_en="Wrong.", statement_ind="Salah.")

    response = put_back(sri, restore_of(first_mission(), 1), "statement_en")

    assert "It was put back." in response.text
    assert (first_mission().statement_ind, first_mission().statement_en) == ("Salah.", former)
    version = Version.objects.latest("number")
    assert (version.revision.action, version.number, version.fields) == (
        "restore",
        2,
        ["statement_en"],
    )


@pytest.mark.slow
def test_all_texts_of_a_row_can_be_put_back(sri, portal):
    before = read_document(portal)
    save(
        sri, first_mission(), statement_en="Wrong.", statement_ind="Salah.", short_title_ind="Judul"
    )

    page = sri.get(restore_of(first_mission(), 1))
    put_back(
        sri, restore_of(first_mission(), 1), *(text["column"] for text in page.context["texts"])
    )

    assert read_document(portal) == before


@pytest.mark.slow
def test_texts_changed_later_are_offered_but_not_ticked(sri):
    save(sri, first_mission(), statement_en="One.")
    save(sri, first_mission(), statement_ind="Dua.")

    texts = {
        text["column"]: text["is_chosen"]
        for text in sri.get(restore_of(first_mission(), 1)).context["texts"]
    }

    assert texts == {"statement_ind": False, "statement_en": True}


@pytest.mark.slow
def test_a_translator_puts_back_the_english_only(sri, tini):
    save(sri, first_mission(), statement_en="Wrong.", statement_ind="Salah.")

    page = tini.get(restore_of(first_mission(), 1))
    put_back(tini, restore_of(first_mission(), 1), "statement_en", "statement_ind")

    assert "This differs too, but is not yours to change, or is fixed:" in page.text
    assert first_mission().statement_ind == "Salah."
    assert first_mission().statement_en != "Wrong."


def test_putting_back_is_offered_only_with_permission(sri):
    save(sri, first_mission(), statement_en="Wrong.")

    assert restore_of(first_mission(), 1) in sri.get(history_of(first_mission())).text
    assert (
        restore_of(first_mission(), 1)
        not in logged_in("wati", "Publisher").get(history_of(first_mission())).text
    )


def test_a_history_page_answers_405_to_post(sri):
    assert sri.post(history_of(first_mission())).status_code == 405


@pytest.mark.slow
def test_nothing_is_put_back_over_what_someone_else_saved(sri, tini):
    save(sri, first_mission(), statement_en="Wrong.")
    base = sri.get(restore_of(first_mission(), 1)).context["base"]
    save(tini, first_mission(), statement_en="Better.")

    response = sri.post(restore_of(first_mission(), 1), {"base": base, "column": ["statement_en"]})

    assert "meanwhile someone changed this" in response.text
    assert first_mission().statement_en == "Better."


@pytest.mark.slow
@pytest.mark.parametrize(
    "data", [{}, {"column": ["statement_en"]}, {"base": "forged", "column": ["statement_en"]}]
)
def test_a_forged_form_puts_nothing_back(sri, data):
    save(sri, first_mission(), statement_en="Wrong.")

    assert sri.post(restore_of(first_mission(), 1), data).status_code == 200
    assert first_mission().statement_en == "Wrong."


@pytest.mark.slow
def test_without_a_tick_the_page_asks_for_one(sri):
    save(sri, first_mission(), statement_en="Wrong.")

    assert "Choose at least one text" in put_back(sri, restore_of(first_mission(), 1)).text


@pytest.mark.slow
def test_a_text_that_breaks_a_rule_now_is_not_put_back(sri):
    save(sri, first_mission(), short_title_ind="Judul", short_title_en="Title")
    save(sri, first_mission(), short_title_en="")
    save(sri, first_mission(), short_title_ind="")

    response = put_back(sri, restore_of(first_mission(), 2), "short_title_en")

    assert "There is English without Indonesian" in response.text
    assert first_mission().short_title_en == ""


def test_a_publisher_who_may_only_read_puts_nothing_back(sri):
    save(sri, first_mission(), statement_en="Wrong.")
    publisher = logged_in("wati", "Publisher")

    page = publisher.get(restore_of(first_mission(), 1))

    assert "There is nothing for you to put back" in page.text
    assert (
        publisher.post(restore_of(first_mission(), 1), {"column": ["statement_en"]}).status_code
        == 403
    )
    assert first_mission().statement_en == "Wrong."


# Restoring deleted rows


@pytest.mark.slow
def test_a_deleted_point_is_restored_with_its_items_and_anchors(sri, portal):
    before = read_document(portal)
    row = Point.objects.get(element__number=3, marker="(2)")
    confirm_deletion(sri, row)
    assert read_document(portal) != before

    response = sri.post(
        restore_of(row, Version.objects.get(kind="point", row=row.pk).number), follow=True
    )

    assert "It was put back." in response.text
    assert read_document(portal) == before


@pytest.mark.slow
def test_a_deleted_point_is_restored_at_the_end_if_its_position_is_taken(sri):
    element = Element.objects.get(number=2)
    row = element.points.get(marker="(c)")
    confirm_deletion(sri, row)
    make_point(element, "Baru")

    sri.post(restore_of(row, 1))

    assert [point.marker for point in element.points.order_by("position")] == [
        "(a)",
        "(b)",
        "",
        "(c)",
    ]


@pytest.mark.slow
def test_a_deleted_vision_is_restored_with_all_its_rows(sri):
    vision = make_vision()
    make_point(vision.elements.get(number=1))
    before = read_document(vision)
    confirm_deletion(sri, vision)
    assert not Vision.objects.filter(pk=vision.pk).exists()

    sri.post(restore_of(vision, 1))

    assert read_document(Vision.objects.get(pk=vision.pk)) == before


@pytest.mark.slow
def test_a_row_that_cannot_be_restored_says_why(sri):
    vision = make_vision()
    element = vision.elements.get(number=2)
    point = make_point(element)
    confirm_deletion(sri, point)
    confirm_deletion(sri, element)

    response = sri.post(restore_of(point, 1))

    assert "It cannot be put back" in response.text
    assert not Point.objects.filter(pk=point.pk).exists()


@pytest.mark.slow
def test_the_address_of_a_deleted_row_says_who_deleted_it(sri, tini):
    row = Point.objects.get(element__number=2, marker="(b)")
    confirm_deletion(sri, row)

    for client, offers in ((sri, True), (tini, False)):
        response = client.get(change(row))
        assert response.status_code == 410
        assert "sri deleted this on" in response.text
        assert (restore_of(row, 1) in response.text) == offers
    assert tini.post(restore_of(row, 1)).status_code == 403
    assert "deleted" in sri.get(history_of(row)).text


def test_a_stranger_sees_no_history(portal):
    assert Client().get(history_of(first_mission())).headers["Location"].startswith("/admin/login/")
    nobody = Client()
    nobody.force_login(make_account("rudi"))
    for address in (
        history_of(first_mission()),
        restore_of(first_mission(), 1),
        "/admin/editorial/revision/",
    ):
        assert nobody.get(address).status_code in (403, 404)


@pytest.mark.slow
def test_a_deleted_row_is_restored_as_it_was_when_deleted(sri):
    row = Point.objects.get(element__number=2, marker="(b)")
    save(sri, row, text_en="Changed.")
    confirm_deletion(sri, row)

    page = sri.get(restore_of(row, 1), follow=True)
    response = sri.post(restore_of(row, 2), follow=True)

    assert page.redirect_chain == [(restore_of(row, 2), 302)]
    assert "It was put back." in response.text
    assert Point.objects.get(pk=row.pk).text_en == "Changed."


@pytest.fixture
def nested(sri, portal):
    """A point that became an item of the point above it: (the key of its former row, the row)."""
    row = Point.objects.get(element__number=2, marker="(b)")
    with recorded(portal.pk, "budi", "move"):
        moved = row.nest()
    return Version.objects.get(after__isnull=True).row, moved


def test_a_point_moved_to_another_list_says_so_and_is_not_restored_twice(sri, nested):
    former, moved = nested
    address = f"/admin/vision/point/{former}/"
    count = Point.objects.count()

    page = sri.get(f"{address}change/")

    assert page.status_code == 410
    assert "budi moved this to another list" in page.text
    assert change(moved) in page.text
    assert sri.get(f"{address}history/1/").status_code == 404
    assert sri.post(f"{address}history/1/").status_code == 404
    assert Point.objects.count() == count


def test_both_histories_of_a_moved_point_link_to_each_other(sri, nested):
    former, moved = nested

    assert f"/admin/vision/point/{former}/history/" in sri.get(history_of(moved)).text
    assert history_of(moved) in sri.get(f"/admin/vision/point/{former}/history/").text


@pytest.fixture(params=["element", "mission"])
def moved_with_items(request, sri, portal):
    """[(former row, row)] of a point with two items that moved: the items stand last."""
    point = make_point(Element.objects.get(number=1), "Taman")
    former = [point, *(make_point(point.element, title, parent=point) for title in ("Satu", "Dua"))]
    former = [Point.objects.get(pk=row.pk) for row in former]  # deleting empties a row's key
    parts = {"element": Element.objects.get(number=2), "mission": first_mission()}
    with recorded(portal.pk, "budi", "move"):
        point = point.place(parts[request.param], None, None)
    return list(zip(former, [point, *point.items.order_by("position")], strict=True))


def test_the_histories_of_a_moved_point_and_of_its_items_link_to_their_own_other_side(
    sri, moved_with_items
):
    for former, row in moved_with_items:
        for one, other in ((former, row), (row, former)):
            page = sri.get(history_of(one))
            assert [entry["moved"] for entry in page.context["page"] if entry["moved"]] == [
                history_of(other)
            ]


@pytest.mark.slow
def test_no_row_of_a_moved_point_is_put_back(sri, moved_with_items):
    counts = Point.objects.count(), Goal.objects.count()

    for former, row in moved_with_items:
        gone = sri.get(change(former))
        assert change(row) in gone.text
        assert restore_of(former, 1) not in gone.text
        assert sri.get(restore_of(former, 1)).status_code == 404
        assert sri.post(restore_of(former, 1)).status_code == 404

    assert (Point.objects.count(), Goal.objects.count()) == counts


def test_the_message_after_a_deletion_links_to_restoring_it(sri):
    row = Point.objects.get(element__number=2, marker="(b)")

    assert f'<a href="{restore_of(row, 1)}">Put it back …</a>' in confirm_deletion(sri, row).text


# What a revision names


def test_the_history_of_unnesting_names_the_point_first(sri):
    element = make_vision().elements.get(number=1)
    points = [make_point(element, title) for title in ("Satu", "Dua", "Tiga", "Empat", "Lima")]
    item = make_point(element, "Alun-alun", parent=points[0])
    with recorded(element.vision_id, "sri", Revision.Action.MOVE):
        item.unnest()

    page = sri.get("/admin/editorial/revision/").text

    assert "moved: Element 1, point Alun-alun (en); Element 1, point Dua (en); " in page
    detail = sri.get(f"/admin/editorial/revision/{Revision.objects.latest('pk').pk}/change/").text
    assert detail.index("Alun-alun") < detail.index("Dua")
    desk = sri.get("/admin/").text.partition("Who worked on what last</h3>")[2]
    assert desk.index("Alun-alun") < desk.index("and 5 more")


@pytest.mark.slow
def test_the_revision_of_going_back_names_the_edition(sri, portal):
    client = logged_in("penerbit", "Publisher", "Editor")
    address = f"/admin/editions/edition/{portal.editions.get(number=1).pk}/kembali/"
    page = client.get(address)
    client.post(
        address,
        {
            "seen": page.context["review"].token,
            "working_copy": page.context["working_copy"],
            "note_ind": "Kembali",
            "note_en": "Back",
            "confirm": "on",
            "reset_working_copy": "on",
        },
    )

    revision = Revision.objects.get()
    assert "reset the working copy to edition 1: " in sri.get("/admin/editorial/revision/").text
    assert (
        "Reset the working copy to edition 1"
        in sri.get(f"/admin/editorial/revision/{revision.pk}/change/").text
    )
    assert "penerbit reset the working copy to edition 1:" in " ".join(
        sri.get("/admin/").text.split()
    )
    version = revision.versions.filter(kind="element").first()
    history = sri.get(f"/admin/vision/element/{version.row}/history/").text
    assert "penerbit: reset the working copy to edition 1" in history
    assert Event.objects.get(kind="saved").object == "2016–2021, 1"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("withdrawn", "words"),
    [(False, "copied from 2016–2021, edition 2"), (True, "copied from the draft of 2016–2021")],
)
def test_the_revision_of_a_copy_names_its_source(sri, portal, withdrawn, words):
    for edition in portal.editions.all() if withdrawn else ():
        withdraw(edition, reason=Text("Keliru.", "Wrong."), withdrawn_by="sri")

    sri.post(
        "/admin/periode-baru/", {"period_start": 2031, "period_end": 2035, "source": f"{portal.pk}"}
    )

    assert words in sri.get("/admin/editorial/revision/").text


def test_words_outside_ascii_are_found_in_the_history(sri):
    save(sri, first_mission(), statement_en="“Better”.")

    assert sri.get("/admin/editorial/revision/?q=“better").context["cl"].result_count == 1


@pytest.mark.slow
def test_the_history_of_an_edition_tells_what_was_done_to_it(sri, portal):
    first, second = portal.editions.order_by("number")
    withdraw(second, reason=Text("Keliru.", "Wrong."), withdrawn_by="putri")
    copy = {"period_start": 2031, "period_end": 2035, "source": f"{portal.pk}"}
    sri.post("/admin/periode-baru/", copy)

    told = " ".join(sri.get(f"/admin/editions/edition/{second.pk}/history/").text.split())
    assert "Published, to take effect on" in told
    assert "It took effect." in told
    assert "– putri </h3> <p>Withdrawn.</p>" in told
    assert "Keliru." in told
    told = sri.get(f"/admin/editions/edition/{first.pk}/history/").text
    assert "Edition 2 took its place." in told
    assert "Copied for 2031–2035." in told


def test_a_revision_of_an_older_release_without_its_source_is_shown(sri, portal):
    with recorded(portal.pk, "sri", Revision.Action.RESET):
        Mission.objects.filter(number=1).update(short_title_ind="Taman")

    assert "reset the working copy to an edition: " in sri.get("/admin/editorial/revision/").text


@pytest.mark.slow
def test_an_item_cannot_be_restored_before_its_deleted_point(sri):
    point = make_point(make_vision().elements.get(number=2))
    item = make_point(point.element, parent=point)
    confirm_deletion(sri, item)
    confirm_deletion(sri, point)

    response = sri.post(restore_of(item, 1))

    assert "It cannot be put back" in response.text


def test_a_double_click_on_restore_leads_to_the_row_both_times(sri):
    point = make_point(Element.objects.get(number=3))
    confirm_deletion(sri, point)
    address = restore_of(point, 1)
    sri.get(address)

    first, second = sri.post(address), sri.post(address)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == second.headers["Location"] == change(point)
    assert Revision.objects.filter(action="restore").count() == 1
