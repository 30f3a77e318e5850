"""The admin in a browser: publishing, the keyboard, the content policy and accessibility."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from editions.data_folder.alarms import acknowledge, raise_alarm
from editions.models import Edition
from editions.working_copy import read_document
from editorial.history.recording import recorded
from editorial.models import Account, Act, Revision
from editorial.translation.acts import record_act
from editorial.translation.states import translations
from missions.models import Mission
from tests.support.browser.axe import AXE_TAGS, COLOUR_AND_SIZE, LOOKS, violations
from tests.support.browser.chromium import log_in
from tests.support.factories import make_empty_vision, make_vision, publish_now
from vision.models import Element, Point, Term, Vision


@pytest.fixture
def reader(chromium, live_server, live_portal):
    """A page without a login."""
    context = chromium.new_context(base_url=live_server.url)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(context, live_server, complaints):
    """A page of a superuser who reads English."""
    log_in(context, live_server, Account.objects.create_superuser("sri", language="en"))
    page = context.new_page()
    page.on(
        "console",
        lambda message: message.type in ("error", "warning") and complaints.append(message.text),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def publish(page, note):
    page.get_by_label("Change note – Indonesian").fill(f"{note} (id)")
    page.get_by_label("Change note – English").fill(f"{note} (en)")


def until(page, address, words):
    """Reload the public page until it has the words: editions take effect within two seconds."""
    for _ in range(50):
        page.goto(address)
        if words in page.inner_text("main"):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"“{words}” never came to stand on {address}")


def test_a_mission_is_changed_published_and_withdrawn(page, reader, complaints):
    mission, vision = Mission.objects.get(number=5), Vision.objects.get()
    addresses = {
        "/id/visi/2016-2021/misi/5/": "Menguatkan",
        "/en/vision/2016-2021/missions/5/": "Reinforcing",
    }

    page.goto(f"/admin/missions/mission/{mission.pk}/change/")
    page.get_by_label("Statement – Indonesian").fill(
        mission.statement_ind.replace("Memperkuat", "Menguatkan")
    )
    page.get_by_label("Statement – English").fill("Reinforcing religious life.")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()

    for address, words in addresses.items():
        reader.goto(address)
        assert words not in reader.inner_text("main")

    page.goto(f"/admin/vision/vision/{vision.pk}/terbitkan/")
    assert page.locator("ins", has_text="Menguatkan").is_visible()
    assert page.locator("del", has_text="Memperkuat").is_visible()
    publish(page, "Mission 5 was reworded")
    page.get_by_role("button", name="Publish").click()
    assert "Edition 3 takes effect on" in page.inner_text(".messagelist")

    for address, words in addresses.items():
        until(reader, address, words)
    reader.goto("/en/vision/2016-2021/editions/")
    assert "Mission 5 was reworded (en)" in reader.inner_text("main")
    reader.goto("/en/vision/2016-2021/editions/2/3/")
    assert reader.locator("ins", has_text="Menguatkan").is_visible()

    page.goto(f"/admin/editions/edition/{Edition.objects.get(number=2).pk}/change/")
    page.get_by_role("link", name="Publish edition 2 again").click()
    publish(page, "Back to the former wording")
    page.get_by_label("Also make the working copy equal").check()
    page.get_by_label("Yes, publish this edition’s text again").check()
    page.get_by_role("button", name="Publish", exact=True).click()
    assert "Edition 4 takes effect on" in page.inner_text(".messagelist")

    assert Edition.objects.get(number=4).document == Edition.objects.get(number=2).document
    until(reader, "/id/visi/2016-2021/misi/5/", "Memperkuat")
    page.goto(f"/admin/missions/mission/{mission.pk}/change/")
    assert page.get_by_label("Statement – Indonesian").input_value() == mission.statement_ind
    assert complaints == []


def test_a_conflict_with_another_save_is_readable(page, axe_source):
    vision = Vision.objects.get()
    Mission.objects.filter(number=5).update(statement_en="Reinforcing religious life.")
    page.goto(f"/admin/vision/vision/{vision.pk}/terbitkan/")
    publish(page, "Mission 5 was reworded")
    with recorded(vision.pk, "budi"):
        Mission.objects.filter(number=4).update(statement_en="Raising living standards.")

    page.get_by_role("button", name="Publish").click()

    assert "budi" in page.inner_text("h2:text('meanwhile') + section h3")
    assert page.get_by_label("Change note – English").input_value() == "Mission 5 was reworded (en)"
    page.evaluate(axe_source)
    assert violations(page, {"type": "tag", "values": AXE_TAGS}) == []
    page.get_by_role("button", name="Publish").click()
    assert "Edition 3 takes effect on" in page.inner_text(".messagelist")


def test_from_the_manuscript_to_a_form_and_back_to_the_same_place(page, complaints):
    mission, vision = Mission.objects.get(number=4), Vision.objects.get()
    page.goto(f"/admin/naskah/{vision.pk}/")

    page.get_by_role("link", name="Edit: Mission 4, statement").click()
    field = page.get_by_label("Statement – Indonesian")
    expect(field).to_be_in_viewport()
    field.fill(f"{mission.statement_ind} Bersama.")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()

    assert page.url.endswith(f"/admin/naskah/{vision.pk}/#m4.statement")
    line = page.locator(":target")
    expect(line).to_be_in_viewport()
    assert "Bersama." in line.inner_text()
    assert "changed since edition 2" in line.inner_text()
    assert complaints == []


def test_changes_in_the_manuscript_are_reached_by_keyboard(page, complaints):
    Mission.objects.filter(number__in=[2, 4]).update(statement_ind="Kalimat lain.")
    page.goto(f"/admin/naskah/{Vision.objects.get().pk}/")

    page.get_by_label("What changed: Mission 2, statement").focus()
    page.keyboard.press("Enter")
    expect(page.locator("ins", has_text="Kalimat lain").first).to_be_visible()
    page.get_by_role("link", name="Next marked passage").click()

    expect(page.locator(":target")).to_contain_text("Kalimat lain.")
    assert page.url.endswith("#m4.statement")
    assert complaints == []


def test_a_preview_is_shared_with_somebody_without_an_account(page, reader, complaints):
    Mission.objects.filter(number=1).update(statement_ind="Kalimat yang belum terbit.")
    page.goto(f"/admin/pratinjau-berbagi/{Vision.objects.get().pk}/")
    page.get_by_role("button", name="Make a new link").click()
    address = page.get_by_label("Address of the Indonesian pages").input_value()

    reader.goto(address.partition("8000")[2])
    assert "Kalimat yang belum terbit." in reader.inner_text("main")
    reader.get_by_role("link", name="Read this page in English").click()

    assert reader.url.endswith("/en/vision/2016-2021/")
    assert "/pratinjau/" in reader.url
    assert reader.context.cookies() == []
    assert complaints == []


def test_the_language_button_and_logging_in_work_without_a_script(
    chromium, live_server, live_portal
):
    Account.objects.create_superuser("sri", password="tiga kuda di alun-alun")
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()

    page.goto("/admin/missions/mission/")
    page.locator("#id_username").fill("sri")
    page.locator("#id_password").fill("tiga kuda di alun-alun")
    page.locator("#login-form [type=submit]").click()
    page.get_by_role("button", name="English").click()

    assert page.url.endswith("/admin/missions/mission/")
    assert page.locator("html").get_attribute("lang") == "en"
    context.close()


def screens():
    vision, unpublished = Vision.objects.get(period_start=2016), make_vision()
    Mission.objects.filter(number=3, vision=vision).update(
        statement_en="", statement_ind="Kalimat lain."
    )
    Element.objects.filter(number=3, vision=vision).update(statement_words_ind="Pintar")
    element, point = Element.objects.get(number=3, vision=vision), Point.objects.get(marker="(a)")
    last, empty = Point.objects.get(marker="(c)"), make_empty_vision()
    mission, edition = vision.missions.get(number=3), Edition.objects.get(number=1)
    account, term = Account.objects.get(), vision.terms.first()
    with recorded(vision.pk, "budi"):
        mission.statement_ind = "Kalimat yang lain lagi."
        mission.save()
    with recorded(vision.pk, "budi", "delete"):
        key, _ = term.pk, term.delete()
    revision = Revision.objects.order_by("pk").first()
    passage = translations(read_document(vision))["m2.statement"].passage
    record_act(
        "budi",
        Act.Kind.REMARKED,
        passage,
        vision.missions.get(number=2),
        words="Apakah maksudnya semua warga?",
    )
    raise_alarm("clock", "The clock went back.")
    acknowledge("clock", "sri")
    raise_alarm(
        "verify_site",
        f"/id/, as a browser reads it: other bytes: “{'x' * 200}” instead of “</body>”",
    )
    return [
        "/admin/login/",
        "/admin/",
        f"/admin/naskah/{vision.pk}/",
        f"/admin/naskah/{vision.pk}/?only=changed",
        f"/admin/naskah/{unpublished.pk}/?only=missing",
        f"/admin/naskah/{vision.pk}/?only=remarks",
        f"/admin/terjemahan/{vision.pk}/",
        f"/admin/terjemahan/{vision.pk}/?state=all&part=u3",
        f"/admin/terjemahan/{unpublished.pk}/?state=missing",
        f"/admin/terjemahan/{vision.pk}/?state=remarks",
        f"/admin/terjemahan/{vision.pk}/impor/",
        f"/admin/pratinjau-berbagi/{vision.pk}/",
        "/admin/panduan/",
        "/admin/panduan/penerjemah/",
        "/admin/vision/vision/",
        f"/admin/vision/vision/{vision.pk}/change/",
        "/admin/vision/vision/add/",
        f"/admin/vision/vision/{unpublished.pk}/delete/",
        f"/admin/vision/vision/{vision.pk}/terbitkan/",
        f"/admin/vision/vision/{unpublished.pk}/terbitkan/",
        "/admin/vision/element/",
        f"/admin/vision/element/{element.pk}/change/",
        f"/admin/susunan/{vision.pk}/?row=point-{point.pk}&did=up",
        f"/admin/susunan/{vision.pk}/?row=point-{point.pk}&did=unnest",
        f"/admin/susunan/{vision.pk}/?row=point-{last.pk}&did=move",
        f"/admin/susunan/{vision.pk}/pindah/point-{last.pk}/",
        f"/admin/susunan/{unpublished.pk}/pindah/element-{unpublished.elements.first().pk}/",
        f"/admin/susunan/{vision.pk}/daftar/element-{element.pk}/",
        f"/admin/susunan/{unpublished.pk}/#u1",
        f"/admin/susunan/{empty.pk}/",
        "/admin/periode-baru/",
        "/admin/vision/point/",
        f"/admin/vision/point/add/?element={element.pk}",
        f"/admin/vision/point/{point.pk}/change/",
        "/admin/vision/term/",
        "/admin/missions/mission/?q=Kalimat",
        f"/admin/missions/mission/{mission.pk}/change/",
        f"/admin/missions/mission/{mission.pk}/history/",
        f"/admin/missions/mission/{mission.pk}/history/1/",
        f"/admin/vision/term/{key}/history/",
        f"/admin/vision/term/{key}/history/1/",
        "/admin/editorial/revision/?author=budi",
        f"/admin/editorial/revision/{revision.pk}/change/",
        f"/admin/vision/point/{point.pk}/delete/",
        "/admin/editions/edition/",
        f"/admin/editions/edition/{edition.pk}/change/",
        f"/admin/editions/edition/{edition.pk}/perubahan/",
        f"/admin/editions/edition/{edition.pk}/kembali/",
        f"/admin/editions/edition/{edition.pk}/tarik/",
        "/admin/editorial/cityword/",
        "/admin/editorial/cityword/add/",
        "/admin/editorial/event/?days=7",
        "/admin/alarm/",
        "/admin/editorial/account/",
        "/admin/editorial/account/add/",
        f"/admin/editorial/account/{account.pk}/change/",
        f"/admin/editorial/account/{account.pk}/password/",
        "/admin/password_change/",
        "/admin/pengingat/",
    ]


def test_every_screen_is_accessible_and_follows_its_content_policy(page, axe_source, complaints):
    found = []

    for address in screens():
        page.goto(address)
        page.evaluate(axe_source)
        rules = {"type": "tag", "values": AXE_TAGS}
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            found += [f"{address} {width} {scheme} {fault}" for fault in violations(page, rules)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{address} {width}: it scrolls sideways")
            rules = {
                "type": "rule",
                "values": COLOUR_AND_SIZE,
            }  # the others do not depend on the colour scheme

    assert found == []
    assert complaints == []


def test_hostile_text_stays_text_on_every_screen(page, complaints):
    attack = (
        '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
        "<svg onload=alert(1)> javascript:alert(1)"
    )
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    addresses = screens()
    for model in (Vision, Element, Mission, Term, Point):
        columns = [
            "body"
            if model is Element
            else {Term: "definition", Point: "text"}.get(model, "statement")
        ]
        model.objects.update(
            **{f"{column}_{language}": attack for column in columns for language in ("ind", "en")}
        )
    base = f"/admin/pratinjau/{Vision.objects.get(period_start=2016).pk}"

    for address in [
        *addresses,
        f"{base}/id/visi/2016-2021/",
        f"{base}/en/glossary/",
        f"{base}/id/visi/2016-2021/bagan/",
    ]:
        page.goto(address)

    assert complaints == []


def test_the_colour_button_gives_the_same_colours_as_the_system_setting(page):
    """A bare ``:root`` in Django's style would apply in dark mode too, whatever is chosen."""
    page.goto("/admin/")
    colours = "getComputedStyle(document.documentElement).getPropertyValue('--link-fg')"

    seen = {}
    for system in ("light", "dark"):
        page.emulate_media(color_scheme=system)
        for theme in ("auto", "light", "dark"):
            page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            seen[system, theme] = page.evaluate(colours)

    assert seen["light", "auto"] == seen["light", "light"] == seen["dark", "light"] == "#0b4f37"
    assert seen["dark", "auto"] == seen["dark", "dark"] == seen["light", "dark"] == "#93ddb8"


def test_a_wrong_word_is_shown_beside_its_field(page, axe_source):
    mission = Mission.objects.get(number=1)
    page.goto(f"/admin/missions/mission/{mission.pk}/change/")

    page.get_by_label("Statement – Indonesian").fill("kanan\u202eke kiri")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()

    page.evaluate(axe_source)
    assert violations(page, {"type": "tag", "values": AXE_TAGS}) == []
    assert page.get_by_label("Statement – Indonesian").get_attribute("aria-invalid") == "true"


def test_a_warning_after_saving_can_be_read(page, axe_source):
    page.goto(f"/admin/vision/element/{Element.objects.get(number=3).pk}/change/")

    page.get_by_label("Words of the statement – Indonesian").fill("Pintar")
    with page.expect_navigation():
        page.get_by_role("button", name="Save and continue editing").click()

    page.evaluate(axe_source)
    assert violations(page, {"type": "tag", "values": AXE_TAGS}) == []
    assert "“Pintar” must occur exactly once in the Indonesian statement" in page.inner_text(
        ".messagelist .warning"
    )


# Where one comes back to after saving

COVERED = """selector => {
    const target = selector ? document.querySelector(selector) : document.activeElement;
    const message = document.querySelector(".messagelist .success").getBoundingClientRect();
    const { top, bottom } = target.getBoundingClientRect();
    return {
        hidden: top < message.bottom && bottom > message.top,
        shown: bottom > 0 && top < innerHeight,
    };
}"""
NOT_COVERED = {"hidden": False, "shown": True}


@pytest.mark.parametrize("size", [(360, 640), (1280, 800)])
@pytest.mark.parametrize("key", ["m2.statement", "u3.body", "v-misi.missions_lead_in"])
def test_the_message_does_not_cover_the_passage_after_saving(page, live_portal, size, key):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"/admin/naskah/{live_portal.pk}/")
    passage = f'[id="{key}"]'
    page.locator(f"{passage} a", has_text="Edit").first.click()
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()

    assert page.url.endswith(f"#{key}")
    assert page.evaluate(COVERED, passage) == NOT_COVERED
    page.keyboard.press("Tab")  # on from the passage, then back
    for _step in range(4):
        assert page.evaluate(COVERED, None) == NOT_COVERED
        page.keyboard.press("Shift+Tab")


@pytest.mark.parametrize("size", [(360, 640), (1280, 800)])
def test_the_message_does_not_cover_a_new_point(page, live_portal, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"/admin/susunan/{live_portal.pk}/")
    page.get_by_role("link", name="Add point – 2. Kota Modern").click()
    page.get_by_label("Title – Indonesian").fill("Kota tanggap " * 8)
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()

    assert page.evaluate(COVERED, f'[id="{page.url.partition("#")[2]}"] > div') == NOT_COVERED


def test_a_double_click_without_script_adds_once(chromium, live_server, live_portal):
    client = Client()
    client.force_login(Account.objects.create_superuser("sri", language="en"))
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([session | {"url": live_server.url}])
    page = context.new_page()
    element, count = Element.objects.get(number=4), Point.objects.count()

    page.goto(
        f"/admin/vision/point/add/?element={element.pk}&next=/admin/susunan/{live_portal.pk}/"
    )
    page.get_by_label("Title – Indonesian").fill("Kota tanggap")
    page.get_by_role("button", name="Save", exact=True).dblclick()
    page.wait_for_url(lambda url: "/add/" not in url)

    expect(page.locator("a", has_text="Kota tanggap").first).to_be_visible()
    assert Point.objects.count() == count + 1
    context.close()


def test_the_error_of_an_empty_remark_is_visible_and_has_the_focus(page, live_portal, axe_source):
    page.goto(f"/admin/terjemahan/{live_portal.pk}/?state=all&part=m")
    card = page.locator('[id="m2.statement"]')
    card.locator("summary", has_text="Comment or send back").click()
    with page.expect_navigation():
        card.get_by_role("button", name="Save the comment").click()

    assert page.get_by_role("alert").get_by_text("Write your comment first.").is_visible()
    expect(page.locator('[id="words-m2.statement"]')).to_be_focused()
    page.evaluate(axe_source)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert violations(page, {"type": "tag", "values": AXE_TAGS}) == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


# The bar, and the land of the login page


def test_the_bar_of_the_admin_looks_like_the_bar_of_the_public_pages(page):
    look = """() => {
        const home = document.querySelector(".site-header__home");
        const style = getComputedStyle(home), bar = getComputedStyle(home.closest("header"));
        return [bar.backgroundColor, style.color, style.fontFamily.split(",")[0], style.fontWeight];
    }"""

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        looks = [page.goto(address) and page.evaluate(look) for address in ("/en/", "/admin/")]
        assert looks[0] == looks[1]


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_everything_in_the_bar_is_large_enough_for_a_thumb(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/admin/")
    page.locator(".account summary").click()

    targets = page.locator(".site-header :is(a, button, summary)").all()
    boxes = [target.bounding_box() for target in targets]

    assert len(boxes) > 8
    assert all(box["height"] >= 44 and box["width"] >= 44 for box in boxes)
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)


def test_the_account_menu_opens_by_keyboard_and_is_accessible(page, axe_source):
    page.goto("/admin/")
    page.locator(".account summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="View site")).to_be_focused()
    page.evaluate(axe_source)
    assert violations(page, {"type": "tag", "values": AXE_TAGS}) == []


def test_an_archived_period_is_accessible_when_it_is_opened(page, axe_source):
    publish_now(make_vision())
    page.goto("/admin/")
    page.locator("details.period > summary").click()
    for more in page.locator(".period__more summary").all():
        more.click()

    page.evaluate(axe_source)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert violations(page, {"type": "tag", "values": AXE_TAGS}) == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_the_landscape_of_the_login_page_follows_the_colour_scheme(reader, complaints):
    reader.on("console", lambda message: complaints.append(message.text))
    skies = {}

    for scheme in ("light", "dark"):
        reader.emulate_media(color_scheme=scheme)
        reader.goto("/admin/login/")
        land = reader.locator("img.land")
        assert land.evaluate("image => image.complete && image.naturalWidth > 0")
        assert land.bounding_box()["width"] == reader.viewport_size["width"]
        skies[scheme] = land.screenshot()

    assert skies["light"] != skies["dark"]
    assert complaints == []
