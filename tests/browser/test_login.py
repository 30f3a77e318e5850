"""The login in a browser: by keyboard, without JavaScript, within the content policy."""

from base64 import b32decode

import pytest
from django.contrib.sessions.models import Session
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import expect

from editorial.models import Account
from missions.models import Mission
from tests.support.browser.axe import AXE_TAGS, COLOUR_AND_SIZE, LOOKS, violations
from tests.support.factories import make_account, wib
from tests.support.login_provider import real as provider
from tests.support.login_provider.fake import forget
from tests.support.people.accounts import ENROL, FACTOR, PASSWORD, code_of, make_holder, wrong_code
from tests.support.people.desk import change


@pytest.fixture(autouse=True)
def _required(settings):
    settings.SECOND_FACTOR = "required"


@pytest.fixture
def page(context, complaints):
    page = context.new_page()
    page.on(
        "console",
        lambda message: message.type in ("error", "warning") and complaints.append(message.text),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def press_enter(page):
    with page.expect_navigation():
        page.keyboard.press("Enter")


def type_password(page, name="sri", password=PASSWORD):
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(password)
    press_enter(page)


def type_code(page, code):
    page.get_by_label("Code").fill(code)
    press_enter(page)


def app_that_scanned(page):
    page.get_by_text("You cannot scan it?").click()
    return TOTPDevice(key=b32decode(page.locator(".secret").inner_text().replace(" ", "")).hex())


def faults(page, axe_source, name):
    """Findings of axe in each colour scheme, and whether the page scrolls sideways."""
    page.evaluate(axe_source)
    found, rules = [], {"type": "tag", "values": AXE_TAGS}
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found += [f"{name} {width} {scheme} {fault}" for fault in violations(page, rules)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name} {width}: it scrolls sideways")
        rules = {"type": "rule", "values": COLOUR_AND_SIZE}
    return found


def test_every_page_of_the_login_is_accessible_and_follows_its_content_policy(
    page, axe_source, complaints
):
    make_account("sri", "Administrator", password=PASSWORD)
    budi, _device = make_holder("budi")
    found = []

    page.goto("/admin/panduan/")
    found += faults(page, axe_source, "login")
    type_password(page)
    device = app_that_scanned(page)
    found += faults(page, axe_source, "enrol")
    type_code(page, wrong_code(device))
    expect(page.get_by_text("This code is not right")).to_be_visible()
    found += faults(page, axe_source, "enrol again")
    type_code(page, code_of(device))
    expect(page.locator(".codes li")).to_have_count(10)
    found += faults(page, axe_source, "recovery codes")
    page.get_by_role("link", name="I have kept them").click()
    assert page.url.endswith("/admin/panduan/")
    for address in (FACTOR, f"{FACTOR}kode/", change(budi).replace("change", "faktor-kedua")):
        page.goto(address)
        found += faults(page, axe_source, address)

    assert found == []
    assert complaints == []


def test_the_code_page_and_the_lockout_page_are_accessible(page, axe_source):
    _account, device = make_holder()
    found = []

    page.goto("/admin/")
    type_password(page)
    found += faults(page, axe_source, "code")
    for _ in range(2):
        type_code(page, wrong_code(device))
    expect(page.get_by_text("Too many wrong codes")).to_be_visible()
    found += faults(page, axe_source, "wait")
    Account.objects.filter(pk=make_account("budi", password=PASSWORD).pk).update(
        password_set_at=wib(2026, 1, 1)
    )
    page.goto("/admin/login/")
    type_password(page, "budi")
    expect(page.get_by_text("it was set more than 7 days ago")).to_be_visible()
    found += faults(page, axe_source, "too late to enrol")
    page.goto("/admin/login/")
    for number in range(5):
        type_password(page, password=f"guess {number}")
    expect(page.get_by_text("There were five wrong passwords")).to_be_visible()
    found += faults(page, axe_source, "locked out")

    assert found == []


@pytest.fixture
def login_provider(live_server, settings):
    """npm's oidc-provider, through which staff may log in."""
    if not provider.IS_HERE:
        pytest.skip(provider.MISSING)
    with provider.provider(live_server.url) as issuer:
        forget()
        settings.OIDC_ISSUER, settings.OIDC_NAME = issuer, "SSO Kota"
        settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = (
            provider.CLIENT,
            provider.SECRET,
        )
        settings.OIDC_SECOND_FACTOR = ("amr", "mfa")
        yield


def log_in_there(page, name):
    page.goto("/admin/panduan/")
    page.get_by_role("link", name="SSO Kota").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Go").click()


def test_a_login_through_the_provider_keeps_to_the_content_policy_both_ways(
    page, axe_source, complaints, login_provider
):
    make_account("sri", identity="sri")
    found = []

    page.goto("/admin/panduan/")
    found += faults(page, axe_source, "login")
    log_in_there(page, "sri mfa")
    expect(page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    page.locator(".account summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are still logged in with SSO Kota")).to_be_visible()
    found += faults(page, axe_source, "logged out")
    heard = list(complaints)  # of the portal: the next page is the provider's
    page.get_by_role("link", name="Log out there, too").click()
    expect(page.get_by_text("Do you want to sign-out")).to_be_visible()

    assert found == []
    assert heard == []


def test_the_pages_after_the_provider_are_accessible(page, axe_source, login_provider):
    make_holder("sri", identity="sri")
    found = []

    log_in_there(page, "orang")
    expect(page.get_by_text("no active account of this portal is yours")).to_be_visible()
    found += faults(page, axe_source, "refused")
    page.context.clear_cookies()
    log_in_there(page, "sri")
    expect(page.get_by_text("SSO Kota knows you as sri")).to_be_visible()
    found += faults(page, axe_source, "code")

    assert found == []


def test_the_login_works_by_keyboard_without_javascript(chromium, live_server, live_portal):
    _account, device = make_holder()
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/admin/panduan/")

    expect(page.locator("#id_username")).to_be_focused()
    page.keyboard.type("sri")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    press_enter(page)
    expect(page.locator("#id_code")).to_be_focused()
    page.keyboard.type(code_of(device))
    press_enter(page)

    assert page.url.endswith("/admin/panduan/")
    assert page.get_by_role("heading", level=1).inner_text() == "Guide"
    context.close()


def test_a_draft_from_before_the_session_ended_is_offered_after_login(page):
    """The session ends while somebody types: the form leads to the login and offers the draft."""
    make_holder("sri", "Editor", "Translator")
    mission = Mission.objects.get(number=1)
    page.goto(change(mission))
    type_password(page)
    type_code(page, code_of(TOTPDevice.objects.get()))
    page.get_by_label("Statement – English").fill("A sentence that took an hour.")
    Session.objects.all().delete()
    TOTPDevice.objects.update(last_t=-1)

    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    type_password(page)
    type_code(page, code_of(TOTPDevice.objects.get()))
    page.get_by_role("button", name="Put it back").click()

    assert page.get_by_label("Statement – English").input_value() == "A sentence that took an hour."


def test_only_the_recovery_codes_are_printed(page):
    make_account("sri", password=PASSWORD)
    page.goto("/admin/")
    type_password(page)
    type_code(page, code_of(app_that_scanned(page)))
    expect(page.locator(".codes li")).to_have_count(10)

    page.emulate_media(media="print")

    assert page.locator(".codes").is_visible()
    for hidden in ("#header", "nav.sections", "text=I have kept them"):
        assert not page.locator(hidden).first.is_visible()
    assert ENROL in page.url
