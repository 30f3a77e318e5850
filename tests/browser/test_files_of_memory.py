"""The files of glossary and memory in a browser."""

import pytest

from editions.document import TermText, Text
from editorial.translation.exchange import glossary_csv, tmx
from editorial.translation.exchange.units import Pair
from tests.support.browser.axe import AXE_TAGS, LOOKS, violations
from tests.support.browser.chromium import log_in
from tests.support.factories import make_account, make_imported_unit
from vision.models import Vision

TERMS = (
    TermText(term=Text("sektor jasa", "services sector"), variants=Text("bidang jasa", "")),
    TermText(term=Text("pak camat", "district head"), definition=Text("Kepala.", "The head.")),
    TermText(term=Text("Pak Camat", "head")),
)
PAIRS = (Pair("Kota kecil itu", "The small town"), Pair("Kota [[", "Town"))


@pytest.fixture
def page(context, live_server, live_portal):
    make_imported_unit(source="Dinas Pariwisata 2024.tmx")
    log_in(context, live_server, make_account("ratna", "Translator", language="en"))
    return context.new_page()


def send(page, name, data):
    page.locator("[name=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )
    with page.expect_navigation():
        page.get_by_role("button", name="See what").last.click()


def glossary(page, vision):
    page.goto(f"/admin/istilah/{vision.pk}/")


def plan_of_glossary(page, vision):
    glossary(page, vision)
    send(page, "istilah.csv", glossary_csv.write(TERMS))


def sources(page, vision):
    page.goto(f"/admin/terjemahan/{vision.pk}/memori/berkas/")


def plan_of_memory(page, vision):
    sources(page, vision)
    send(page, "dinas.tmx", tmx.write(PAIRS))


def deletion(page, vision):
    sources(page, vision)
    with page.expect_navigation():
        page.get_by_role("button", name="Delete").click()


PAGES = [glossary, plan_of_glossary, sources, plan_of_memory, deletion]


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_pages_of_glossary_and_memory_have_no_barrier(page, axe_source, width, scheme):
    vision = Vision.objects.get()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for open_page in PAGES:
        open_page(page, vision)
        page.evaluate(axe_source)
        assert violations(page, {"type": "tag", "values": AXE_TAGS}) == [], open_page
        is_too_wide = "document.documentElement.scrollWidth > innerWidth"
        assert not page.evaluate(is_too_wide), open_page
