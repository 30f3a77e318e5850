"""The translators' desk in a browser."""

import pytest
from playwright.sync_api import expect

from editorial.history.recording import recorded
from editorial.models import Revision
from missions.models import Mission
from tests.support.browser.axe import AXE_TAGS, violations
from tests.support.browser.chromium import log_in
from tests.support.factories import make_account
from vision.models import Vision

FIELD = "#en-m1\\.statement"
CARD = "#m1\\.statement"


@pytest.fixture
def page(context, live_server):
    """A page of a translator who reads English."""
    log_in(context, live_server, make_account("ratna", "Translator"))
    return context.new_page()


def desk(query=""):
    return f"/admin/terjemahan/{Vision.objects.get().pk}/{query}"


def edit(vision, **columns):
    """An editor saves mission 1."""
    with recorded(vision.pk, "sri"):
        mission = vision.missions.get(number=1)
        for name, text in columns.items():
            setattr(mission, name, text)
        mission.save()


def press(page, name):
    with page.expect_navigation():
        page.locator(CARD).get_by_role("button", name=name).click()


def state(page):
    page.goto(desk("?state=all&part=m"))
    return page.locator(f"{CARD} .mark").inner_text().lower()


def test_a_passage_becomes_outdated_confirmed_and_done(page, live_portal):
    first = Mission.objects.get(number=1).statement_ind
    assert state(page) == "done"

    edit(live_portal, statement_ind=f"Sebuah kalimat baru. {first}")
    edit(live_portal, statement_ind=f"Kalimat baru. {first}")
    assert state(page) == "outdated"
    assert page.locator(f"{CARD} ins").all_inner_texts() == ["added:\nKalimat baru. "]
    assert page.locator(f"{CARD} del").count() == 0

    press(page, "English still valid")
    assert state(page) == "done"
    assert Revision.objects.first().action == Revision.Action.CONFIRM

    edit(live_portal, statement_ind="Kalimat lain.")
    assert state(page) == "outdated"
    assert page.locator(f"{CARD} del").count()
    page.locator(FIELD).fill("Another sentence.")
    press(page, "Save")
    assert state(page) == "done"
    assert Mission.objects.get(number=1).statement_en == "Another sentence."

    edit(live_portal, statement_ind="Kalimat yang lain lagi.")
    assert state(page) == "outdated"
    edit(live_portal, statement_ind="Kalimat lain.")
    assert state(page) == "done"


def test_the_keyboard_saves_and_leads_to_the_next_passage_that_needs_work(page, live_portal):
    Mission.objects.filter(number__in=[1, 3, 4]).update(statement_en="")
    page.goto(desk())

    page.keyboard.press("Alt+PageDown")
    assert page.evaluate("document.activeElement.id") == "en-m3.statement"
    page.keyboard.press("Alt+PageUp")
    assert page.evaluate("document.activeElement.id") == "en-m1.statement"
    page.keyboard.type("One.")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")

    assert page.evaluate("document.activeElement.id") == "en-m3.statement"
    assert Mission.objects.get(number=1).statement_en == "One."


def test_saving_one_passage_keeps_unsaved_text_of_others(page, live_portal):
    Mission.objects.filter(number__in=[1, 3]).update(statement_en="")
    page.goto(desk())
    page.locator(FIELD).fill("One.")
    page.locator("#en-m3\\.statement").fill("Three.")

    press(page, "Save")

    assert page.locator("#en-m3\\.statement").input_value() == "Three."
    assert Mission.objects.get(number=3).statement_en == ""
    with page.expect_navigation():
        page.get_by_role("button", name="Save all").click()
    assert Mission.objects.get(number=3).statement_en == "Three."
    assert page.locator(".translation textarea").count() == 0


def test_the_result_of_saving_is_announced_and_visible(page, live_portal):
    page.goto(desk("?state=all&part=m"))
    page.locator("#en-m3\\.statement").fill("Three. \n\n In two paragraphs.")

    with page.expect_navigation():
        page.keyboard.press("Control+Enter")

    expect(page.locator("[data-said]")).to_contain_text("1 passage was saved.")
    expect(page.locator(".messagelist .success")).to_be_in_viewport()
    assert page.locator(".messagelist .warning").count() == 1


def test_a_conflict_shows_a_colleagues_english_and_does_not_overwrite_it(
    page, live_portal, axe_source
):
    page.goto(desk("?state=all&part=m"))
    edit(live_portal, statement_en="A colleague’s sentence.")

    page.locator(FIELD).fill("My sentence.")
    press(page, "Save")

    page.evaluate(axe_source)
    assert violations(page, {"type": "tag", "values": AXE_TAGS}) == []
    assert page.evaluate("document.activeElement.id") == "error-m1.statement"
    assert "sri changed this meanwhile" in page.locator(f"{CARD} .errorlist").inner_text()
    assert page.locator(FIELD).input_value() == "My sentence."
    assert Mission.objects.get(number=1).statement_en == "A colleague’s sentence."
    press(page, "Save")
    assert Mission.objects.get(number=1).statement_en == "My sentence."
