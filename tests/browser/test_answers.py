"""An editor shares a preview; a guest on a phone, without script, answers through the link."""

import pytest

from editorial.models import Account, PreviewAnswer
from missions.models import Mission
from tests.support.browser.axe import AXE_TAGS, LOOKS, violations
from tests.support.browser.chromium import log_in
from tests.support.factories import make_vision
from vision.models import Vision

TAGS = {"type": "tag", "values": AXE_TAGS}
LONG = "Sangat" + "panjang" * 30


@pytest.fixture
def page(context, live_server):
    """A page of a superuser who reads English."""
    log_in(context, live_server, Account.objects.create_superuser("sri", language="en"))
    return context.new_page()


@pytest.fixture
def guests(chromium, live_server, live_portal):
    """Makes pages of people without an account."""
    contexts = []

    def guest(**options):
        size = {"width": 360, "height": 740}
        contexts.append(chromium.new_context(base_url=live_server.url, viewport=size, **options))
        return contexts[-1].new_page()

    yield guest
    for context in contexts:
        context.close()


def share(page, answers="Everyone who has the link"):
    """The path of a new link's Indonesian pages."""
    page.goto(f"/admin/pratinjau-berbagi/{Vision.objects.get(period_start=2016).pk}/")
    page.get_by_label("7 days").check()
    page.get_by_label(answers).check()
    page.get_by_role("button", name="Make a new link").click()
    address = page.get_by_label("Address of the Indonesian pages").first.input_value()
    return address.partition("8000")[2]


def answer(guest, link):
    guest.goto(link)
    guest.get_by_role("link", name="Beri pendapat Anda").click()
    guest.get_by_label("Nama Anda").fill("Siti Rahma")
    guest.get_by_label("Belum").check()
    guest.get_by_label("Komentar – Misi 1").fill("Terlalu panjang bagi warga.")
    guest.get_by_role("button", name="Kirim kepada Pemerintah Kota").click()


def test_an_answer_through_a_link_comes_back_into_the_portal(page, guests):
    Mission.objects.filter(number=1).update(statement_ind="Kalimat yang belum terbit.")
    link = share(page)
    guest = guests(java_script_enabled=False)

    answer(guest, link)
    assert "sudah sampai kepada Pemerintah Kota" in guest.inner_text("main")
    assert guest.context.cookies() == []
    page.goto("/admin/")
    page.get_by_role("link", name="1 answer through a link").first.click()
    assert "Through a link, in the name of Siti Rahma" in page.inner_text("main")
    page.get_by_role("button", name="Settle the whole answer").click()

    assert "The answer of Siti Rahma is settled." in page.inner_text("body")
    assert not PreviewAnswer.objects.filter(settled_at=None).exists()


def test_an_error_keeps_the_guests_words_without_script(page, guests):
    Mission.objects.filter(number=1).update(statement_ind="Kalimat yang belum terbit.")
    link, guest = share(page), guests(java_script_enabled=False)
    guest.goto(link)
    guest.get_by_role("link", name="Beri pendapat Anda").click()

    guest.get_by_label("Komentar tentang seluruh naskah").fill("Satu.\n\nDua.")
    guest.get_by_role("button", name="Kirim kepada Pemerintah Kota").click()

    assert "Tulis nama Anda" in guest.inner_text("main")
    kept = guest.get_by_label("Komentar tentang seluruh naskah").input_value()
    assert kept == "Satu.\n\nDua."


def test_the_pages_of_answers_are_accessible(page, guests, axe_source):
    Mission.objects.filter(number=1).update(statement_ind="Kalimat yang belum terbit.")
    make_vision()
    link, guest = share(page), guests()
    base = link.partition("/id/")[0]
    key = Vision.objects.get(period_start=2016).pk
    answer(guest, link)
    PreviewAnswer.objects.update(name=LONG[:100], words=LONG)
    answer(guest, link)
    first = PreviewAnswer.objects.first()
    PreviewAnswer.objects.filter(pk=first.pk).update(settled_at=first.at, settled_by="sri")
    found = []

    def look(seen, address, is_wrong=False):
        seen.goto(address)
        if is_wrong:
            seen.get_by_role("main").get_by_role("button").last.click()
        seen.evaluate(axe_source)
        for width, scheme in LOOKS:
            seen.set_viewport_size({"width": width, "height": 900})
            seen.emulate_media(color_scheme=scheme)
            found.extend(f"{address} {width} {scheme} {it}" for it in violations(seen, TAGS))
            if seen.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{address} {width}: it scrolls sideways")

    look(guest, f"{base}/id/jawaban/", is_wrong=True)
    look(guest, f"{base}/en/answer/?at=u3")
    look(guest, f"{base}/en/answer/?sent")
    look(page, f"/admin/jawaban/{key}/")
    look(page, f"/admin/pratinjau-berbagi/{key}/")
    look(page, f"/admin/naskah/{key}/?only=remarks")
    look(page, f"/admin/vision/vision/{key}/terbitkan/")

    assert found == []
