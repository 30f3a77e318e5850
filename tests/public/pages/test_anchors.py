"""Anchors are promises: ``anchors.txt`` lists every published one, and none is removed."""

import re
from pathlib import Path

import pytest

from editions.models import Edition
from editions.working_copy import write_document
from tests.support.factories import make_point, publish_now
from vision.models import Point

pytestmark = pytest.mark.django_db
PROMISED = Path(__file__).with_name("anchors.txt")
PAGES = {
    "id": ["/id/visi/2016-2021/", "/id/visi/2016-2021/dwibahasa/", "/id/istilah/"],
    "en": ["/en/vision/2016-2021/", "/en/vision/2016-2021/bilingual/", "/en/glossary/"],
}


def ids(client, path):
    return set(
        re.findall(r'\sid="([a-z]+[0-9]?-?[^"]*)"', client.get(path).text.partition("<main")[2])
    )


@pytest.mark.slow
@pytest.mark.parametrize("language", PAGES)
def test_every_promised_anchor_stands_on_its_page(client, portal, language):
    whole, side_by_side, glossary = (ids(client, path) for path in PAGES[language])

    for anchor in PROMISED.read_text("utf-8").split():
        if anchor.startswith("t-"):
            assert anchor in glossary, anchor
        else:
            assert anchor in whole, anchor
            assert anchor in side_by_side, anchor


def test_every_anchor_of_the_official_text_is_promised(portal):
    document = Edition.objects.get(number=2).document
    anchors = {passage.anchor for passage in document.passages() if passage.text}
    anchors |= {anchor for element in document.elements for anchor, _ in element.paragraphs}

    assert anchors <= set(PROMISED.read_text("utf-8").split())


def test_an_anchor_is_never_reused(client, portal):
    element = portal.elements.get(number=2)
    Point.objects.get(element=element, anchor=3).delete()
    publish_now(portal)
    make_point(element, "Butir baru")
    publish_now(portal)

    assert re.search(
        r'<li id="u2-4">.*?Butir baru', client.get("/id/visi/2016-2021/").text, re.DOTALL
    )


def test_an_item_of_a_restored_point_never_takes_a_published_anchor(portal):
    point = make_point(portal.elements.get(number=2))
    for _ in range(2):
        item = make_point(portal.elements.get(number=2), parent=point)
    publish_now(portal)
    item.delete()
    publish_now(portal)
    point.delete()

    write_document(Edition.objects.get(number=4).document)

    back = Point.objects.get(element__number=2, anchor=point.anchor, parent=None)
    assert make_point(portal.elements.get(number=2), parent=back).anchor == 3
