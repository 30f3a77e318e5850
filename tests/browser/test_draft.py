"""Drafts of forms in a browser: no text is lost, shown to others or sent twice."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from editions.models import Edition
from editorial.models import Account
from tests.support.browser.axe import AXE_TAGS, COLOUR_AND_SIZE, LOOKS, violations
from tests.support.browser.chromium import log_in
from tests.support.browser.drafts import drafts, notice
from tests.support.factories import first_mission, make_account
from tests.support.people.accounts import PASSWORD
from vision.models import Element, Vision

NOT_SAVED = "A text that you typed here on"


@pytest.fixture
def page(context, live_server, complaints):
    """A page of an editor and publisher who reads English."""
    log_in(
        context,
        live_server,
        make_account("sri", "Editor", "Translator", "Publisher", password=PASSWORD),
    )
    context.on(
        "console",
        lambda message: message.type in ("error", "warning") and complaints.append(message.text),
    )
    context.on("weberror", lambda error: complaints.append(error.error.stack))
    return context.new_page()


@pytest.fixture
def mission(live_portal):
    return first_mission()


@pytest.fixture
def form(mission):
    return f"/admin/missions/mission/{mission.pk}/change/"


def title(page):
    return page.get_by_label("Short title – Indonesian")


def type_and_lose(page, form, words="Judul pendek"):
    """Type into the form and close the page without its dialog, as a crash does."""
    page.goto(form)
    title(page).fill(words)
    return crashed(page)


def crashed(page):
    """Another page of the browser, after this one closed without its dialog."""
    page.wait_for_timeout(400)  # a pause in typing is 300 ms
    page.close()
    return page.context.new_page()


def save(page):
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()


def test_a_draft_from_before_a_crash_is_offered_restored_and_deleted_after_saving(
    page, form, mission, complaints
):
    page = type_and_lose(page, form)

    page.goto(form)
    expect(notice(page)).to_contain_text(NOT_SAVED)
    assert title(page).input_value() == ""
    page.get_by_role("button", name="Put it back").click()
    expect(title(page)).to_have_value("Judul pendek")
    expect(notice(page)).to_be_focused()
    save(page)

    mission.refresh_from_db()
    assert mission.short_title_ind == "Judul pendek"
    assert drafts(page) == []
    page.goto(form)
    expect(notice(page)).to_be_empty()
    assert complaints == []


def test_the_draft_shows_its_time_in_magelang_in_the_language_of_the_admin(page, form):
    page = type_and_lose(page, form)
    at = int(datetime.now(UTC).replace(hour=20, minute=5).timestamp() * 1000)
    page.goto(form)
    page.evaluate(
        "at => { const [key] = Object.keys(localStorage).filter(key => key.startsWith('draft:'));"
        "const draft = JSON.parse(localStorage.getItem(key));"
        "localStorage.setItem(key, JSON.stringify({...draft, at})) }",
        at,
    )

    page.reload()
    expect(notice(page)).to_contain_text("03:05 WIB")
    page.get_by_role("button", name="Bahasa Indonesia").click()
    expect(notice(page)).to_contain_text("pukul 03.05 WIB")


def test_a_draft_that_is_discarded_does_not_come_back(page, form):
    page = type_and_lose(page, form)

    page.goto(form)
    page.get_by_role("button", name="Discard it").click()

    expect(notice(page)).to_have_text("What you typed was discarded.")
    assert drafts(page) == []
    page.reload()
    expect(notice(page)).to_be_empty()


def test_typing_in_another_field_keeps_the_offered_draft(page, form):
    page = type_and_lose(page, form)

    page.goto(form)
    page.get_by_label("Short title – English").fill("Short title")
    page.get_by_label("Short title – Indonesian").press("Tab")
    page.get_by_label("Statement – English").press_sequentially(" ")
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue editing").click()

    expect(notice(page)).to_contain_text(NOT_SAVED)
    page.get_by_role("button", name="Put it back").click()
    expect(title(page)).to_have_value("Judul pendek")


def test_typing_in_its_field_does_not_replace_the_offered_draft(page, form):
    page = type_and_lose(page, form)

    page.goto(form)
    title(page).fill("x")
    page.wait_for_timeout(500)  # a draft is stored after 300 ms
    page.get_by_role("button", name="Put it back").click()

    expect(title(page)).to_have_value("Judul pendek")


def test_a_login_that_expired_loses_nothing(page, form, mission):
    page.goto(form)
    title(page).fill("Judul pendek")
    Session.objects.all().delete()
    save(page)

    page.locator("#id_username").fill("sri")
    page.locator("#id_password").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("#login-form [type=submit]").click()

    assert page.url.endswith(form)
    page.get_by_role("button", name="Put it back").click()
    save(page)
    mission.refresh_from_db()
    assert mission.short_title_ind == "Judul pendek"


def test_an_expired_form_leads_back_to_itself(page, form):
    page.goto(form)
    title(page).fill("Judul pendek")
    page.context.clear_cookies(name="csrftoken")
    save(page)

    assert "Nothing was saved" in page.inner_text("main")
    page.get_by_role("link", name="Open the form again").click()

    page.get_by_role("button", name="Put it back").click()
    expect(title(page)).to_have_value("Judul pendek")


def test_a_draft_is_not_offered_to_another_user_of_the_computer(page, form, live_server):
    page = type_and_lose(page, form)
    log_in(page.context, live_server, make_account("budi", "Editor"))

    page.goto(form)
    expect(notice(page)).to_be_empty()
    assert len(drafts(page)) == 1


def test_a_form_that_comes_back_with_errors_keeps_its_draft_and_warns_of_leaving(page, form):
    page.goto(form)
    title(page).fill("kanan\u202eke kiri")
    save(page)
    expect(notice(page)).to_be_empty()
    asked = answered_on_leaving(page)

    page.locator("h1").click()  # browsers warn only after an interaction
    page.get_by_role("link", name="Desk").first.click()
    assert asked == ["beforeunload"]

    page.goto(form)
    expect(notice(page)).to_contain_text(NOT_SAVED)


def answered_on_leaving(page):
    """The types of the dialogs that open; each is answered with “leave”."""
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    return asked


def test_the_browser_warns_before_leaving_unsent_text(page, form):
    asked = answered_on_leaving(page)
    page.goto(form)
    title(page).press_sequentially("Judul")
    save(page)
    assert asked == []

    page.goto(form)
    title(page).press_sequentially(" pendek")
    page.goto("/admin/")
    assert asked == ["beforeunload"]


def test_a_draft_shows_which_fields_others_saved_meanwhile(page, form, mission):
    page = type_and_lose(page, form)
    mission.short_title_ind = "Judul orang lain"
    mission.save()

    page.goto(form)

    expect(notice(page)).to_contain_text("other words were saved in: Short title – Indonesian.")
    expect(title(page)).to_have_value("Judul orang lain")


def test_a_draft_is_merged_with_later_changes_of_others(page, form, mission):
    page = type_and_lose(page, form)
    mission.short_title_ind, mission.short_title_en = "Judul orang lain", "Somebody’s title"
    mission.save()

    page.goto(form)
    page.get_by_role("button", name="Put it back").click()
    save(page)

    assert "Judul orang lain" in page.inner_text(".field-short_title_ind .errorlist")
    expect(title(page)).to_have_value("Judul pendek")
    expect(notice(page)).to_be_empty()
    save(page)
    mission.refresh_from_db()
    assert (mission.short_title_ind, mission.short_title_en) == ("Judul pendek", "Somebody’s title")


def test_a_draft_that_another_tab_saved_is_not_offered(page, form, mission):
    page = type_and_lose(page, form)
    mission.short_title_ind = "Judul pendek"
    mission.save()

    page.goto(form)

    expect(notice(page)).to_be_empty()
    assert drafts(page) == []


def test_two_tabs_with_one_form_keep_the_latest_draft(page, form, complaints):
    other = page.context.new_page()
    for tab, words in ((page, "Judul satu"), (other, "Judul dua")):
        tab.goto(form)
        title(tab).fill(words)
        tab.wait_for_timeout(400)
    page.close()
    page = crashed(other)

    page.goto(form)
    page.get_by_role("button", name="Put it back").click()

    expect(title(page)).to_have_value("Judul dua")
    assert complaints == []


def test_a_double_click_sends_a_form_once(page, form):
    posts = []
    page.on("request", lambda request: request.method == "POST" and posts.append(request.url))
    page.goto(form)
    title(page).fill("Judul pendek")

    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).dblclick()

    page.wait_for_load_state("networkidle")
    assert len(posts) == 1


def test_a_form_restored_by_the_back_button_can_be_sent_again(page, form):
    posts = []
    page.goto(form)
    page.route(
        "**/change/", lambda route: posts.append(route.request.method) or route.fulfill(status=204)
    )
    button = page.get_by_role("button", name="Save", exact=True)

    button.click()
    expect(button).to_have_attribute("aria-disabled", "true")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    with page.expect_request("**/change/"):
        button.click()

    assert posts == ["POST", "POST"]


def test_two_clicks_on_publish_make_one_edition(page, mission):
    mission.statement_ind += "."
    mission.save()
    page.goto(f"/admin/vision/vision/{Vision.objects.get().pk}/terbitkan/")
    page.get_by_label("Change note – Indonesian").fill("Perbaikan")
    page.get_by_label("Change note – English").fill("Correction")

    with page.expect_navigation():
        page.get_by_role("button", name="Publish").dblclick()

    assert Edition.objects.count() == 3
    assert page.locator(".messagelist .success").count() == 1
    assert drafts(page) == []


def test_the_draft_keeps_the_notes_of_an_edition_but_not_its_consents(page):
    edition = Edition.objects.get(number=1)
    address = f"/admin/editions/edition/{edition.pk}/tarik/"
    page.goto(address)
    page.get_by_label("Reason – Indonesian").fill("Alasan")
    page.get_by_label("Yes, withdraw").check()
    page = crashed(page)

    page.goto(address)
    page.get_by_role("button", name="Put it back").click()

    expect(page.get_by_label("Reason – Indonesian")).to_have_value("Alasan")
    expect(page.get_by_label("Yes, withdraw")).not_to_be_checked()


def test_a_draft_of_a_new_row_and_its_choices_is_put_back(page):
    page.goto("/admin/vision/point/add/")
    element = str(Element.objects.get(number=3).pk)
    page.get_by_label("Element:").select_option(element)
    page.get_by_label("Title – Indonesian").fill("Taman")
    page = crashed(page)

    page.goto("/admin/vision/point/add/")
    page.get_by_role("button", name="Put it back").click()

    expect(page.get_by_label("Element:")).to_have_value(element)
    expect(page.get_by_label("Title – Indonesian")).to_have_value("Taman")


def test_a_draft_is_dropped_after_thirty_days(page, form):
    page.goto(form)
    for days in (29, 31):
        at = (datetime.now(UTC) - timedelta(days=days)).timestamp() * 1000
        page.evaluate(
            "([days, at]) => "
            "localStorage.setItem(`draft:${days}`, JSON.stringify({at, fields: {}}))",
            [days, at],
        )

    page.goto("/admin/")

    assert drafts(page) == ["draft:29"]


@pytest.mark.parametrize(
    "storage",
    [
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden') }})",
        "Storage.prototype.setItem = () => { throw new Error('full') }",
    ],
    ids=["forbidden", "full"],
)
def test_a_form_works_without_browser_storage(page, form, mission, complaints, storage):
    page.add_init_script(storage)
    page.goto(form)
    title(page).fill("Judul pendek")
    page.wait_for_timeout(400)
    save(page)

    mission.refresh_from_db()
    assert mission.short_title_ind == "Judul pendek"
    # The colour button of Django complains without storage.
    assert [stack for stack in complaints if "theme.js" not in stack] == []


def test_a_form_works_without_javascript(chromium, live_server, form, mission):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    log_in(context, live_server, make_account("sri", "Editor", "Translator"))
    page = context.new_page()

    page.goto(form)
    expect(notice(page)).to_be_hidden()
    title(page).fill("Judul pendek")
    save(page)

    mission.refresh_from_db()
    assert mission.short_title_ind == "Judul pendek"
    context.close()


def test_accounts_and_passwords_are_never_drafted(page, live_server):
    log_in(page.context, live_server, make_account("admin", is_superuser=True))

    for address in ("/admin/editorial/account/add/", "/admin/password_change/"):
        page.goto(address)
        assert page.locator("[data-draft]").count() == 0


def test_the_offered_draft_is_accessible(page, form, axe_source, complaints):
    page = type_and_lose(page, form)
    found = []

    page.goto(form)
    page.evaluate(axe_source)
    rules = {"type": "tag", "values": AXE_TAGS}
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found += [f"{width} {scheme} {fault}" for fault in violations(page, rules)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{width}: it scrolls sideways")
        rules = {"type": "rule", "values": COLOUR_AND_SIZE}

    assert found == []
    assert complaints == []


# Logging out


def log_out(page):
    page.locator(".account summary").click()
    page.get_by_role("button", name="Log out").click()


def test_logging_out_asks_about_unsaved_text_and_deletes_it_unless_told_otherwise(
    page, form, complaints
):
    asked = answered_on_leaving(page)
    page.goto(form)
    title(page).fill("Judul pendek")

    log_out(page)
    expect(page.get_by_label("Keep it in this browser")).to_be_focused()
    expect(page.get_by_label("Keep it in this browser")).not_to_be_checked()
    with page.expect_navigation():
        page.get_by_role("button", name="Log out").click()

    expect(page.get_by_text("was deleted from this browser")).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft'))") == []
    assert asked == []
    assert complaints == []


def test_unsaved_text_that_the_person_keeps_is_offered_after_the_next_login(
    page, form, live_server
):
    page = type_and_lose(page, form)
    page.goto("/admin/")

    log_out(page)
    page.keyboard.press("Space")
    with page.expect_navigation():
        page.get_by_role("button", name="Log out").click()

    expect(page.get_by_text("This browser keeps the text")).to_be_visible()
    log_in(page.context, live_server, Account.objects.get(username="sri"))
    page.goto(form)
    expect(notice(page)).to_contain_text(NOT_SAVED)


def test_logging_out_without_unsaved_text_asks_nothing(page):
    page.goto("/admin/")

    with page.expect_navigation():
        log_out(page)

    expect(page.get_by_text("You are logged out.")).to_be_visible()
    expect(page.locator("[data-left]:visible")).to_have_count(0)


def test_logging_out_in_one_tab_deletes_the_text_of_the_others(page, form):
    page.goto(form)
    title(page).fill("Judul pendek")
    page.wait_for_timeout(400)  # a pause in typing is 300 ms
    other = page.context.new_page()
    other.goto("/admin/")

    log_out(other)
    with other.expect_navigation():
        other.get_by_role("button", name="Log out").click()
    page.close()

    assert drafts(other) == []


def test_logging_out_leaves_the_unsaved_text_of_other_accounts(page, form, live_server):
    page = type_and_lose(page, form)
    log_in(page.context, live_server, make_account("budi", "Editor"))
    page.goto("/admin/")

    with page.expect_navigation():
        log_out(page)

    assert len(drafts(page)) == 1
