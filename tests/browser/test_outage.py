"""The 503 page in a browser: it holds the typed text, and its button sends it again."""

import pytest
from django.db import connections
from playwright.sync_api import expect

from magelang_portal import outage
from tests.support.browser.axe import AXE_TAGS, COLOUR_AND_SIZE, LOOKS, violations
from tests.support.browser.chromium import log_in
from tests.support.browser.drafts import drafts, notice
from tests.support.factories import first_mission, make_account
from tests.support.people.desk import change
from tests.support.servers.faults import held_by_another

WORDS = "Membangun kota bersama warganya, hari demi hari."


@pytest.fixture
def sri(context, live_server):
    """A page of an editor who reads English."""
    log_in(context, live_server, make_account("sri", "Editor", "Translator"))
    return context.new_page()


@pytest.fixture
def lost(monkeypatch):
    """The database is unavailable until ``monkeypatch.undo()``."""
    monkeypatch.setattr(outage, "IS_LOST", "REQUEST_METHOD")


def press(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def type_words(page):
    page.goto(change(first_mission()))
    page.get_by_label("Statement – Indonesian").fill(WORDS)


def test_one_button_sends_an_unsaved_form_again(sri, monkeypatch):
    options = connections.settings["default"]["OPTIONS"]
    monkeypatch.setitem(options, "timeout", 0.2) if "timeout" in options else None
    type_words(sri)

    with held_by_another():
        press(sri, "Save and continue editing")
    expect(sri.get_by_text(WORDS)).to_be_visible()
    expect(sri.get_by_text("Nothing was saved.")).to_be_visible()
    press(sri, "Send again")

    assert first_mission().statement_ind == WORDS
    assert sri.url.endswith(change(first_mission()))  # the same button was sent again
    assert drafts(sri) == []


def test_going_back_after_an_outage_offers_the_draft(sri, request, monkeypatch):
    type_words(sri)
    request.getfixturevalue("lost")
    press(sri, "Save and continue editing")
    monkeypatch.undo()

    sri.goto(change(first_mission()))
    expect(notice(sri)).to_contain_text("was not saved")
    sri.get_by_role("button", name="Put it back").click()

    expect(sri.get_by_label("Statement – Indonesian")).to_have_value(WORDS)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_outage_page_is_accessible(sri, axe_source, request, method):
    complaints = []
    sri.on("console", lambda message: "503" in message.text or complaints.append(message.text))
    type_words(sri)
    request.getfixturevalue("lost")
    sri.goto("/admin/") if method == "GET" else press(sri, "Save and continue editing")
    sri.evaluate(axe_source)

    found = violations(sri, AXE_TAGS)
    for width, colours in LOOKS:
        sri.set_viewport_size({"width": width, "height": 800})
        sri.emulate_media(color_scheme=colours)
        found += violations(sri, COLOUR_AND_SIZE)
        assert sri.evaluate("document.documentElement.scrollWidth") <= width

    assert found == []
    assert complaints == []
