"""The translation memory in a browser: a next period, entered from an empty form."""

import pytest

from tests.support.browser.axe import AXE_TAGS, LOOKS, violations
from tests.support.browser.chromium import log_in
from tests.support.factories import make_account
from vision.models import Vision

VISION = {
    "statement": "{statement}",
    "elements_lead_in": "{elements_lead_in}",
    "introduction": "{introduction}, untuk tahun 2021-2026",
    "missions_lead_in": "Untuk mencapai visi tersebut ditempuh melalui 6 (enam) misi berikut:",
}
MISSIONS = [
    "{mission_1}",
    "{mission_2}",
    "{mission_3} yang lestari",
    "Bersama warga, {mission_4}",
    "Menyediakan air minum yang layak bagi setiap rumah.",
    "Menjaga sungai, mata air, dan hutan.",
]


def texts_of(vision):
    missions = vision.missions.all()
    return {name: getattr(vision, f"{name}_ind") for name in VISION} | {
        f"mission_{mission.number}": mission.statement_ind for mission in missions
    }


def save(page):
    with page.expect_navigation():
        page.locator("[name=_save]").click()


@pytest.fixture
def page(context, live_server, live_portal):
    """A translator's page, after an editor entered ten sentences of the next period.

    Four repeat, four nearly repeat, and two are new. None has English.
    """
    texts = texts_of(live_portal)
    log_in(context, live_server, make_account("sri", "Editor"))
    page = context.new_page()
    page.goto("/admin/periode-baru/")
    with page.expect_navigation():
        page.get_by_role("button", name="Begin").click()
    for name, words in VISION.items():
        page.locator(f"[name={name}_ind]").fill(words.format(**texts))
    save(page)
    vision = Vision.objects.get(period_start=2021)
    for number, words in enumerate(MISSIONS, 1):
        page.goto(f"/admin/missions/mission/add/?vision={vision.pk}")
        page.locator("[name=number]").fill(str(number))
        page.locator("[name=statement_ind]").fill(words.format(**texts))
        save(page)
    log_in(context, live_server, make_account("ratna", "Translator"))
    page.goto(f"/admin/terjemahan/{vision.pk}/")
    return page


def offers(page):
    """How alike is what each passage of the desk is offered, by the key of the passage."""
    return {
        card.get_attribute("id"): card.locator(".suggestion__source strong").all_inner_texts()
        for card in page.locator("article.translation").all()
    }


def states(page):
    page.goto(f"{page.url.partition('?')[0].partition('#')[0]}?state=all")
    return [mark.inner_text() for mark in page.locator(".translation__head .mark").all()]


def test_a_next_period_from_an_empty_form_is_offered_what_was_translated_before(page):
    assert offers(page) == {
        "v-intro.introduction": ["93% similar"],
        "v-visi.statement": ["The same Indonesian"],
        "v-unsur.elements_lead_in": ["The same Indonesian"],
        "v-misi.missions_lead_in": ["88% similar"],
        "m1.statement": ["The same Indonesian"],
        "m2.statement": ["The same Indonesian"],
        "m3.statement": ["95% similar"],
        "m4.statement": ["94% similar"],
        "m5.statement": [],
        "m6.statement": [],
    }
    numbers = page.locator("#v-intro\\.introduction .suggestion .notice")
    assert numbers.inner_text() == "The numbers differ: only this text has 2026."


def test_what_repeats_is_filled_at_once_and_what_is_near_is_taken_by_keyboard(page):
    page.get_by_role("link", name="Fill from the memory").click()
    assert page.locator("input:checked").count() == 4
    with page.expect_navigation():
        page.get_by_role("button", name="Fill what is chosen").click()
    filled = "4 passages were filled from the memory and are in review."
    assert filled in page.locator(".messagelist").inner_text()

    page.locator("#m4\\.statement [value^='take:']").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert sorted(states(page)) == ["In review"] * 5 + ["Missing"] * 5


def test_the_memory_is_searched_from_the_desk(page):
    page.locator("summary", has_text="Translation memory").click()
    page.get_by_label("Indonesian or English words").fill("masyarakat")
    page.keyboard.press("Enter")

    page.wait_for_url("**/memori/?q=masyarakat")
    assert page.locator("mark").first.inner_text().lower() == "masyarakat"
    assert "edition 2" in page.locator(".difference__place").first.inner_text()


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_pages_of_the_memory_have_no_barrier(page, axe_source, width, scheme):
    desk = page.url
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for address in (desk, f"{desk}memori/isi/", f"{desk}memori/?q=kota", f"{desk}memori/?q=xyzzy"):
        page.goto(address)
        page.evaluate(axe_source)
        assert violations(page, {"type": "tag", "values": AXE_TAGS}) == [], address
        is_too_wide = "document.documentElement.scrollWidth > innerWidth"
        assert not page.evaluate(is_too_wide), address
