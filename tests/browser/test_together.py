"""Two or three people at once, each in their own browser: nothing is lost."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from editions.models import Edition
from editorial.history.recording import recorded
from editorial.models import Revision
from missions.models import Mission
from tests.support.browser.axe import AXE_TAGS, violations
from tests.support.browser.chromium import log_in
from tests.support.factories import first_mission, make_account
from tests.support.people.desk import change
from vision.models import Point, Vision

EDITORS = ("Editor", "Translator")


@pytest.fixture
def desk(chromium, live_server, live_portal):
    """Opens an address as a person with roles, each in their own browser."""
    contexts = []

    def open_as(name, *roles, address, has_script=True):
        context = chromium.new_context(base_url=live_server.url, java_script_enabled=has_script)
        contexts.append(context)
        log_in(context, live_server, make_account(name, *roles))
        page = context.new_page()
        page.goto(address)
        return page

    yield open_as
    for context in contexts:
        context.close()


def press(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def test_simultaneous_changes_of_different_fields_are_both_kept(desk):
    sri, budi = (desk(name, *EDITORS, address=change(first_mission())) for name in ("sri", "budi"))

    sri.get_by_label("Statement – Indonesian").fill("Kalimat Sri.")
    budi.get_by_label("Short title – Indonesian").fill("Judul Budi")
    for page in (sri, budi):
        press(page, "Save")

    assert (first_mission().statement_ind, first_mission().short_title_ind) == (
        "Kalimat Sri.",
        "Judul Budi",
    )


def faults(page, axe_source):
    page.evaluate(axe_source)
    return violations(page, {"type": "tag", "values": AXE_TAGS})


def test_a_conflict_in_one_field_shows_both_texts(desk, axe_source):
    sri, budi = (desk(name, *EDITORS, address=change(first_mission())) for name in ("sri", "budi"))
    sri.get_by_label("Statement – English").fill("A sentence by Sri.")
    budi.get_by_label("Statement – English").fill("A sentence by Budi.")
    press(sri, "Save")

    press(budi, "Save")

    conflict = budi.locator(".conflict")
    assert "sri changed this meanwhile" in conflict.inner_text()
    expect(conflict.locator("del")).to_contain_text("Sri")
    expect(conflict.locator("ins")).to_contain_text("Budi")
    expect(budi.get_by_label("Statement – English")).to_have_value("A sentence by Budi.")
    assert first_mission().statement_en == "A sentence by Sri."
    assert faults(budi, axe_source) == []

    budi.get_by_label("Statement – English").fill("A sentence by Sri and Budi.")
    press(budi, "Save")
    assert first_mission().statement_en == "A sentence by Sri and Budi."


def test_editor_and_translator_work_on_one_record_while_a_third_reads_it(desk):
    sri = desk("sri", "Editor", address=change(first_mission()))
    tini = desk("tini", "Translator", address=change(first_mission()))
    wati = desk("wati", "Publisher", address=change(first_mission()))
    expect(sri.get_by_label("Statement – English")).to_have_count(0)
    expect(wati.get_by_role("button", name="Save", exact=True)).to_have_count(0)

    sri.get_by_label("Statement – Indonesian").fill("Kalimat baru.")
    tini.get_by_label("Statement – English").fill("A new sentence.")
    for page in (sri, tini):
        press(page, "Save")

    wati.reload()
    assert "Kalimat baru." in wati.inner_text("#content")
    assert "A new sentence." in wati.inner_text("#content")


@pytest.mark.parametrize("has_script", [True, False])
def test_a_second_translator_reviews_what_changed(desk, axe_source, settings, has_script):
    settings.TRANSLATION_REVIEWER = "required"
    vision, before = Vision.objects.get(), first_mission()
    with recorded(vision.pk, "sri"):
        vision.missions.filter(number=1).update(statement_ind=f"Baru. {before.statement_ind}")
    place = f"/admin/terjemahan/{vision.pk}/?part=m&at=m1.statement"
    ratna = desk("ratna", "Translator", address=place, has_script=has_script)
    ratna.locator("[name='en:m1.statement']").fill(f"New. {before.statement_en}")
    press_in_card(ratna, "Save")

    wati = desk("wati", "Translator", address=f"{place}&state=review", has_script=has_script)
    card = wati.locator("#m1\\.statement")
    inserted = card.locator(".translation__sides").first.locator("ins")
    assert inserted.all_inner_texts() == ["added:\nBaru. ", "added:\nNew. "]
    assert "since edition 2, which readers see" in card.inner_text()
    if has_script:
        assert faults(wati, axe_source) == []

    ratna.goto(f"{place}&state=others")
    card = ratna.locator("#m1\\.statement")
    assert "wati reads this now" in card.inner_text()
    assert "Waiting for another translator." in card.inner_text()
    ratna.goto("/admin/")
    waiting = ratna.get_by_role("link", name="1 translation waiting for another translator")
    expect(waiting).to_be_visible()
    press_in_card(wati, "Approve")
    ratna.goto(f"{place}&state=others")
    expect(ratna.locator("#m1\\.statement")).to_have_count(0)


def press_in_card(page, name):
    with page.expect_navigation():
        page.locator("#m1\\.statement").get_by_role("button", name=name).first.click()


def test_text_for_a_row_deleted_meanwhile_can_be_copied_and_restored(desk, axe_source):
    row = Point.objects.get(marker="(b)", element__number=2)
    sri = desk("sri", "Editor", address=change(row))
    budi = desk("budi", "Editor", address=change(row).replace("change", "delete"))
    sri.get_by_label("Title – Indonesian").fill("Judul yang lama diketik")
    press(budi, "Delete")

    press(sri, "Save")

    assert "budi deleted this on" in sri.inner_text("#content")
    expect(sri.get_by_label("Title – Indonesian")).to_have_value("Judul yang lama diketik")
    assert faults(sri, axe_source) == []
    sri.get_by_role("link", name="Put it back …").click()
    press(sri, "Put back")
    assert Point.objects.filter(pk=row.pk).exists()


def publish_page():
    return f"/admin/vision/vision/{Vision.objects.get().pk}/terbitkan/"


def changed_mission():
    Mission.objects.filter(number=2).update(statement_en="A sentence that waits.")


def write_note(page):
    page.get_by_label("Change note – Indonesian").fill("Kata diperbaiki.")
    page.get_by_label("Change note – English").fill("A word was corrected.")


def test_a_change_during_publishing_is_shown_before_it_is_published(desk):
    changed_mission()
    wati = desk("wati", "Publisher", address=publish_page())
    sri = desk("sri", *EDITORS, address=change(first_mission()))
    write_note(wati)
    sri.get_by_label("Statement – English").fill("Overhauled.")
    press(sri, "Save")

    press(wati, "Publish")

    assert Edition.objects.count() == 2
    assert "Overhauled" in wati.inner_text("#content")
    expect(wati.get_by_label("Change note – Indonesian")).to_have_value("Kata diperbaiki.")
    press(wati, "Publish")
    assert Edition.objects.count() == 3
    assert Edition.objects.get(number=3).document.missions[0].statement.en == "Overhauled."


def test_publishing_does_not_lose_an_edit_in_progress(desk):
    changed_mission()
    sri = desk("sri", *EDITORS, address=change(first_mission()))
    wati = desk("wati", "Publisher", address=publish_page())
    sri.get_by_label("Statement – English").fill("Not part of this edition.")
    write_note(wati)
    press(wati, "Publish")

    press(sri, "Save")

    assert first_mission().statement_en == "Not part of this edition."
    assert (
        Edition.objects.get(number=3).document.missions[0].statement.en
        != "Not part of this edition."
    )


def test_a_double_click_publishes_once(desk):
    changed_mission()
    wati = desk("wati", "Publisher", address=publish_page())
    write_note(wati)

    wati.get_by_role("button", name="Publish", exact=True).dblclick()
    wati.wait_for_load_state("networkidle")

    assert Edition.objects.count() == 3


def test_an_expired_session_saves_nothing_and_reports_it(desk):
    sri = desk("sri", *EDITORS, address=change(first_mission()))
    sri.get_by_label("Statement – English").fill("Typed before the session ended.")
    Session.objects.all().delete()

    press(sri, "Save")

    assert "/admin/login/" in sri.url
    assert not Revision.objects.exists()


def manuscript():
    return f"/admin/naskah/{Vision.objects.get(period_start=2016).pk}/"


def test_two_people_who_propose_a_change_note_see_both(desk, axe_source):
    sri, budi = (desk(name, *EDITORS, address=manuscript()) for name in ("sri", "budi"))
    sri.get_by_label("Change note – Indonesian").fill("Ejaan diperbaiki.")
    budi.get_by_label("Change note – Indonesian").fill("Satu kata diganti.")
    press(sri, "Save the note")

    press(budi, "Save the note")

    conflict = budi.locator(".conflict")
    assert "sri changed this meanwhile" in conflict.inner_text()
    assert "Ejaan diperbaiki." in conflict.inner_text()
    expect(budi.get_by_label("Change note – Indonesian")).to_have_value("Satu kata diganti.")
    assert faults(budi, axe_source) == []
    budi.get_by_label("Change note – Indonesian").fill("Ejaan dan satu kata diperbaiki.")
    press(budi, "Save the note")
    expect(budi.get_by_text("budi proposed it on")).to_be_visible()


def test_a_publisher_sends_a_text_back_and_its_author_settles_it(desk):
    budi = desk("budi", *EDITORS, address=change(first_mission()))
    budi.get_by_label("Statement – Indonesian").fill("Kalimat Budi.")
    press(budi, "Save")

    sri = desk("sri", "Publisher", address=f"{manuscript()}?only=changed")
    sri.get_by_role("link", name="Comments: Mission 1").first.click()
    sri.get_by_label("Comment, or why it goes back").fill("Bukan kalimat dokumen.")
    press(sri, "Send back to budi")
    expect(sri.get_by_text("sri sent it back to budi: Bukan kalimat dokumen.")).to_be_visible()

    budi.goto("/admin/")
    budi.get_by_role("link", name="Read why the first was sent back").click()
    press(budi, "Settled")
    expect(budi.get_by_text("your Indonesian was sent back")).to_have_count(0)
