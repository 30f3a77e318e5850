"""Markup in published text is plain text on every public page."""

import json

import lxml.html
import pytest

from public.booklet import typst_cache
from public.mirror import contents
from public.releases import Release
from tests.support.attacks import ATTACKS, ENDS, hostile_vision
from tests.support.words import squeezed

ACTIVE = """//script[not(@type='application/ld+json')] | //base | //math | //iframe
    | //form[contains(@action, 'evil')] | //*[@onerror] | //*[@style]
    | //*[starts-with(@href, 'javascript')] | //*[starts-with(@href, '//')]"""
SEARCHES = ["/id/cari/?q=alert", "/en/search/?q=svg", "/id/cari/?q=<script>alert(1)</script>"]
WITHDRAWN = ["/id/visi/2026-2030/edisi/1/", "/en/vision/2026-2030/editions/1/"]


@pytest.mark.slow
@pytest.mark.parametrize("attack", [*ATTACKS, ENDS])
def test_published_markup_is_plain_text_on_every_page(client, db, attack, monkeypatch):
    monkeypatch.setattr(
        typst_cache, "document", lambda *arguments, **options: b""
    )  # tests/system reads it
    hostile_vision(attack)
    shown = 0

    for path in [*contents.addresses(Release.current()), *WITHDRAWN, *SEARCHES]:
        response = client.get(path)
        assert response.status_code == (410 if path in WITHDRAWN else 200), path
        if not response.headers["Content-Type"].startswith("text/html"):
            continue
        page = lxml.html.fromstring(response.text)
        assert page.xpath(ACTIVE) == [], path
        for once in ("body", "head/title", "style", "meta[@http-equiv]"):
            assert len(page.xpath(f"//{once}")) == 1, f"{once} on {path}"
        assert all(json.loads(data.text) for data in page.xpath("//script")), path
        shown += squeezed(attack) in squeezed(page.text_content())

    assert shown >= 20
