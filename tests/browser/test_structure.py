"""Editors move, nest, add and delete points by keyboard alone, and by mouse."""

import pytest
from playwright.sync_api import expect

from tests.support.browser.axe import AXE_TAGS, LOOKS, violations
from tests.support.browser.chromium import log_in
from tests.support.factories import make_account
from vision.models import Element, Point, Vision

TWELVE = "\n".join(f"{number}. Program {number};" for number in range(1, 13))
FOCUSED = """() => {
    const focused = document.activeElement;
    const label = focused.labels?.[0] ?? focused;
    const words = focused.tagName === "INPUT" ? focused.value : label.innerText;
    return words.replace(/\\s+/g, " ");
}"""


@pytest.fixture
def page(context, live_server):
    """A page of an editor who reads English; fails if the browser complains."""
    log_in(context, live_server, make_account("sri", "Editor"))
    page, complaints = context.new_page(), []
    page.on(
        "console",
        lambda message: message.type in ("error", "warning") and complaints.append(message.text),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


@pytest.fixture
def structure(live_portal):
    return f"/admin/susunan/{live_portal.pk}/"


def tab_to(page, words):
    """Press Tab until an element with this name has the focus."""
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED).startswith(words):
            return
    pytest.fail(f"the tabulator never came to “{words}”")


def enter(page):
    with page.expect_navigation():
        page.keyboard.press("Enter")


def second_element():
    """The markers of the points of element 2 in reading order, each with its items."""
    points = Point.objects.filter(element__number=2, parent=None).order_by("position")
    return [
        [point.marker, *(item.marker for item in point.items.order_by("position"))]
        for point in points
    ]


def assert_fits_and_is_accessible(page, axe_source):
    page.evaluate(axe_source)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert violations(page, {"type": "tag", "values": AXE_TAGS}) == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_points_are_moved_with_the_keyboard_alone(page, structure):
    page.goto(structure)
    tab_to(page, "Up – (c)")

    for place in (2, 1):
        enter(page)
        expect(page.get_by_role("button", name="Up – (c)")).to_be_focused()
        assert f"is now in place {place} of 3" in page.get_by_role("status").inner_text()

    assert second_element() == [["(c)"], ["(a)"], ["(b)"]]


def test_a_published_point_is_nested_and_taken_out_again_with_the_keyboard_alone(page, structure):
    page.goto(structure)
    tab_to(page, "More – (b)")
    page.keyboard.press("Enter")
    tab_to(page, "Make an item of the point above – (b)")
    enter(page)
    assert "It is in edition 2" in page.inner_text("main")
    tab_to(page, "Move it there")
    enter(page)

    expect(page.get_by_role("link", name="Move to … – (b)")).to_be_focused()
    assert second_element() == [["(a)", "(b)"], ["(c)"]]

    tab_to(page, "Make a point of its own – (b)")
    enter(page)  # the new row was never published
    expect(page.get_by_role("button", name="Make an item of the point above – (b)")).to_be_focused()
    assert second_element() == [["(a)"], ["(b)"], ["(c)"]]


def test_a_point_is_added_and_deleted_with_the_keyboard_alone(page, structure):
    page.goto(structure)
    tab_to(page, "Add point – 2. Kota Modern")
    enter(page)
    tab_to(page, "Marker")
    page.keyboard.type("(d)")
    tab_to(page, "Title – Indonesian")
    page.keyboard.type("Kota tanggap")
    tab_to(page, "Save")
    enter(page)

    assert page.url.endswith(f"{structure}#u2-4")
    assert second_element() == [["(a)"], ["(b)"], ["(c)"], ["(d)"]]

    tab_to(page, "More – (d)")  # the focus continues from the row
    page.keyboard.press("Enter")
    tab_to(page, "Delete – (d)")
    enter(page)
    tab_to(page, "Delete")
    enter(page)

    assert page.url.endswith(f"{structure}#u2")
    assert second_element() == [["(a)"], ["(b)"], ["(c)"]]


def test_a_point_is_added_to_a_mission_with_the_keyboard_and_its_page_is_accessible(
    page, structure, axe_source
):
    page.goto(structure)
    tab_to(page, "Add point – 1. Meningkatkan")
    enter(page)
    tab_to(page, "Marker")
    page.keyboard.type("(a)")
    tab_to(page, "Title – Indonesian")
    page.keyboard.type("Layanan yang cepat")
    tab_to(page, "Save")
    enter(page)
    assert page.url.endswith(f"{structure}#m1-1")

    page.goto(structure.replace("susunan", "pratinjau") + "id/visi/2016-2021/misi/1/")

    assert "Layanan yang cepat" in page.inner_text("#m1-1")
    assert_fits_and_is_accessible(page, axe_source)


def test_points_are_moved_nested_and_added_with_the_mouse(page, structure):
    page.goto(structure)
    page.get_by_role("button", name="Down – (a)").click()
    page.locator("summary", has_text="More – (c)").click()
    page.get_by_role("button", name="Make an item of the point above – (c)").click()
    page.get_by_role("button", name="Move it there").click()
    assert "is now in place 1 of 1 below “(a)" in page.get_by_role("status").inner_text()
    assert second_element() == [["(b)"], ["(a)", "(c)"]]

    page.get_by_role("link", name="Add an item to it – (a)").click()
    page.get_by_label("Marker").fill("(x)")
    page.get_by_label("Title – Indonesian").fill("Kota tanggap")
    page.get_by_role("button", name="Save", exact=True).click()
    assert second_element() == [["(b)"], ["(a)", "(c)", "(x)"]]

    page.locator("summary", has_text="More – (x)").click()
    page.get_by_role("link", name="Delete – (x)").click()
    page.locator("#content [type=submit]").click()
    page.locator("summary", has_text="More – (c)").click()
    page.get_by_role("button", name="Make a point of its own – (c)").click()
    assert "is now a point of its own, in place 3 of 3" in page.get_by_role("status").inner_text()
    assert second_element() == [["(b)"], ["(a)"], ["(c)"]]


def test_a_double_click_moves_once(page, structure):
    page.goto(structure)

    page.get_by_role("button", name="Down – (a)").dblclick()
    page.wait_for_load_state()

    expect(page.get_by_role("button", name="Down – (a)")).to_be_focused()
    assert second_element() == [["(b)"], ["(a)"], ["(c)"]]


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_refusal_has_the_focus_and_is_accessible(page, structure, axe_source, is_gone):
    page.goto(structure)
    point = Point.objects.get(element__number=2, marker="(b)")
    point.delete() if is_gone else point.move(-1)

    page.get_by_role("button", name="Up – (b)").click()

    assert "Nothing was moved" in page.get_by_role("alert").inner_text()
    assert page.get_by_role("alert").is_visible()
    focused = page.get_by_role("alert") if is_gone else page.get_by_role("button", name="Up – (b)")
    expect(focused).to_be_focused()
    assert_fits_and_is_accessible(page, axe_source)


def test_a_copy_for_the_next_period_is_made_with_the_keyboard_alone(page, live_portal):
    page.goto("/admin/vision/vision/")
    tab_to(page, "Begin the next vision")
    enter(page)
    page.get_by_label("An empty form").focus()
    page.keyboard.press("ArrowDown")
    tab_to(page, "Begin")
    enter(page)

    assert page.url.endswith(f"/admin/susunan/{Vision.objects.get(period_start=2021).pk}/")
    assert "is now a draft that no citizen sees" in page.inner_text(".messagelist")
    tab_to(page, "Down – 1. Kota Jasa")
    enter(page)
    expect(page.get_by_role("button", name="Down – 2. Kota Jasa")).to_be_focused()
    assert Element.objects.get(name_ind="Kota Jasa", vision__period_start=2021).number == 2


@pytest.fixture
def clicks(context):
    """The number of clicks on the pages so far, as a function."""
    context.add_init_script(
        "addEventListener('click', event => event.isTrusted && console.info('click'), true)"
    )
    counted = []
    context.on("console", lambda message: message.text == "click" and counted.append(message))
    return lambda: len(counted)


def test_a_list_of_twelve_points_is_added_with_three_clicks(page, structure, clicks, axe_source):
    page.goto(structure)
    page.get_by_role("link", name="Paste a list – 2. Kota Modern").click()
    expect(page.get_by_label("List")).to_be_focused()
    page.keyboard.insert_text(TWELVE)
    page.get_by_role("button", name="Show how it is read").click()
    expect(page.get_by_role("heading", name="How the list is read")).to_be_focused()
    assert_fits_and_is_accessible(page, axe_source)
    page.get_by_role("button", name="Save 12 lines").click()

    assert "12 lines were added below “2. Kota Modern”" in page.inner_text(".messagelist")
    assert len(second_element()) == 15
    assert clicks() == 3


def test_a_list_is_pasted_with_the_keyboard_alone(page, structure):
    page.goto(structure)
    tab_to(page, "Paste a list – 2. Kota Modern")
    enter(page)
    page.keyboard.insert_text("(d) Kota tanggap\n   - cepat\n(e) Kota ramah")
    tab_to(page, "Show how it is read")
    enter(page)
    tab_to(page, "Save 3 lines")
    enter(page)

    assert second_element() == [["(a)"], ["(b)"], ["(c)"], ["(d)", ""], ["(e)"]]


def test_an_error_in_a_list_has_the_focus_and_the_list_stays(page, structure, axe_source):
    page.goto(structure)
    page.get_by_role("link", name="Paste a list – 2. Kota Modern").click()
    page.get_by_label("List").fill("Taman\n(2)")
    page.get_by_role("button", name="Show how it is read").click()

    expect(page.locator(".error-summary")).to_be_focused()
    assert "Line 2 has a marker, but no words." in page.inner_text("main")
    assert page.get_by_label("List").input_value() == "Taman\n(2)"
    assert_fits_and_is_accessible(page, axe_source)


def test_a_point_moves_to_another_list_with_the_keyboard_alone(page, structure, axe_source):
    element = Element.objects.get(number=2)
    element.points.create(marker="(d)", title_ind="Kota tanggap")
    page.goto(structure)
    tab_to(page, "More – (d)")
    page.keyboard.press("Enter")
    tab_to(page, "Move to … – (d)")
    enter(page)
    expect(page.get_by_role("radio", checked=True)).to_be_focused()
    assert_fits_and_is_accessible(page, axe_source)
    for _press in range(3):  # over the place after (b), and the first item of (c)
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**did=move")

    expect(page.get_by_role("link", name="Move to … – (d)")).to_be_focused()
    assert "is now in place" in page.get_by_role("status").inner_text()
    assert second_element() == [["(a)"], ["(b)", "(d)"], ["(c)"]]


def test_lists_are_pasted_and_points_moved_without_script(chromium, live_server, live_portal):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    log_in(context, live_server, make_account("sri", "Editor"))
    page = context.new_page()
    page.goto(f"/admin/susunan/{live_portal.pk}/")
    page.get_by_role("link", name="Paste a list – 2. Kota Modern").click()
    page.get_by_label("List").fill("(d) Kota tanggap")
    page.get_by_role("button", name="Show how it is read").click()
    page.get_by_role("button", name="Save 1 line").click()
    page.locator("summary", has_text="More – (d)").click()
    page.get_by_role("link", name="Move to … – (d)").click()
    page.get_by_role("radio", name="First item of “(a)").check()
    page.get_by_role("button", name="Move it there").click()

    assert second_element() == [["(a)", "(d)"], ["(b)"], ["(c)"]]
    context.close()
