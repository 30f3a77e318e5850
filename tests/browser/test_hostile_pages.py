"""Markup that was published as text is only words: on every page, in every file, and in a real browser."""

import csv
import io
import json
from xml.etree import ElementTree

import lxml.html
import pytest
from django.test import Client

from editions.document import Text
from editions.publishing import withdraw
from editorial.history.recording import recorded
from editorial.models import Account, Revision
from public.booklet import typesetting
from public.mirror import contents
from public.releases import Release
from tests.public.test_booklet import squeezed, written
from tests.support.desk import change
from tests.support.factories import make_point, make_vision, publish_now
from tests.vision.test_hostile_text import ATTACKS, MODELS, texts_of
from vision.models import Point, Term, Vision

ENDS = "]> --> <!-- &lt;b&gt; &#x27;&amp;quot; " + ATTACKS[3]
TYPST = '#set text(99pt) #panic("x") $x^2$ @a <b> *c* _d_ `e` \\ // f /* g */ = h'
ACTIVE = """//script[not(@type='application/ld+json')] | //base | //form[contains(@action, 'evil')] | //*[@onerror]
    | //*[@style] | //math | //iframe | //*[starts-with(@href, 'javascript')] | //*[starts-with(@href, '//')]"""


def hostile_vision(attack):
    """A vision of which every text in both languages holds the attack, with an edition in force and one withdrawn."""
    vision = make_vision(2026, 2030)
    make_point(vision.elements.first(), "Taman")
    Term.objects.create(vision=vision, term_ind="taman", term_en="park", definition_ind="x", note_ind="x")
    with recorded(vision.pk, "rudi"):
        for row in rows_of(vision):
            for field in texts_of(type(row)):
                if "statement_words" not in field.name and "variants" not in field.name:
                    kept = getattr(row, field.name) if field.name.startswith("statement") else ""
                    setattr(row, field.name, f"{kept} {attack}".strip())
            row.full_clean()
            row.save()
    withdraw(publish_now(vision, note=attack), reason=Text(attack, attack), withdrawn_by="Sri")
    vision.elements.filter(number=1).update(name_ind=f"Lain {attack}")
    publish_now(vision, note=attack)
    return vision


def rows_of(vision):
    for model in MODELS:
        path = {Vision: "pk", Point: "element__vision"}.get(model, "vision")
        yield from model.objects.filter(**{path: vision.pk})


SEARCHES = ["/id/cari/?q=alert", "/en/search/?q=svg", "/id/cari/?q=<script>alert(1)</script>"]
WITHDRAWN = ["/id/visi/2026-2030/edisi/1/", "/en/vision/2026-2030/editions/1/"]


@pytest.mark.parametrize("attack", [*ATTACKS, ENDS])
def test_published_markup_is_only_words_on_every_page(client, db, attack, monkeypatch):
    monkeypatch.setattr(typesetting, "_kept", lambda *arguments, **options: b"")  # what it makes is tested below
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


@pytest.mark.parametrize("attack", [*ATTACKS, ENDS, TYPST])
def test_published_markup_is_only_words_in_every_file(client, db, attack):
    hostile_vision(attack)
    read = {name: client.get(f"/data/2026-2030.{name}").text for name in ("json", "csv", "jsonld")}

    assert f"Magelang Sehat dan Kuat {attack}" == json.loads(read["json"])["vision"]["statement"]["id"]
    assert attack in [row["indonesian"] for row in csv.DictReader(io.StringIO(read["csv"]))]
    assert json.dumps(attack, ensure_ascii=False)[1:-1] in json.dumps(json.loads(read["jsonld"]), ensure_ascii=False)
    assert json.loads(client.get("/data/2026-2030/2.json").text)["note"]["id"] == attack
    assert ElementTree.fromstring(client.get("/sitemap.xml").content).tag.endswith("urlset")
    for note in ElementTree.fromstring(client.get("/id/umpan.atom").content).iter(
        "{http://www.w3.org/2005/Atom}summary"
    ):
        assert [element.tag for element in lxml.html.fragments_fromstring(note.text)] == ["p"]
        assert squeezed(lxml.html.fromstring(note.text).text_content()) == squeezed(attack)
    for path in ("/id/visi/2026-2030/buku.pdf", "/en/vision/2026-2030/booklet.pdf"):
        assert squeezed(attack) in written(client.get(path).content), path
    for path in ("/id/visi/2026-2030/gambar.png", "/en/vision/2026-2030/elements/healthy-city/picture.png"):
        assert client.get(path).content.startswith(b"\x89PNG"), path


# In a real browser: nothing runs, nothing is refused by the policy, nothing is complained of


@pytest.fixture
def browse(chromium, live_server, live_portal):
    """Opens addresses for a superuser, and tells what went wrong: dialogs, complaints, and requests to elsewhere."""
    client, wrong = Client(), []
    client.force_login(Account.objects.create_superuser("sri"))
    context = chromium.new_context(base_url=live_server.url)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    context.add_cookies([session])
    page = context.new_page()
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda message: message.type in ("error", "warning") and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: asked.url.startswith((live_server.url, "data:")) or wrong.append(asked.url))

    def open_all(paths):
        for path in paths:
            assert page.goto(path).status in (200, 410), path
            assert wrong == [], path

    yield open_all
    context.close()


def desk_of(vision):
    for row in rows_of(vision):
        yield from (change(row), change(row).partition(f"{row.pk}/")[0], change(row).replace("change", "history"))
    point, term = Point.objects.get(element__vision=vision), vision.terms.get()
    yield from (change(row).replace("change", "delete") for row in (point, term))
    yield from (f"/admin/editorial/revision/{Revision.objects.latest('pk').pk}/change/", "/admin/editorial/revision/")
    yield from (f"/admin/{page}/{vision.pk}/" for page in ("naskah", "susunan", "terjemahan", "vision/vision"))
    yield from (f"/admin/pratinjau/{vision.pk}/{page}" for page in ("id/visi/2026-2030/", "en/glossary/"))
    yield from ("/admin/", f"/admin/vision/vision/{vision.pk}/terbitkan/", f"/admin/pratinjau-berbagi/{vision.pk}/")


@pytest.mark.parametrize("attack", [ATTACKS[0], ENDS])
def test_no_page_with_published_markup_does_anything_in_a_browser(browse, attack):
    hostile_vision(attack)
    pages = [page.path(language) for page, _ in Release.current().pages() for language in ("id", "en")]

    browse(dict.fromkeys([*(path for path in pages if "2016-2021" not in path), *SEARCHES[:2]]))


@pytest.mark.parametrize("attack", [ATTACKS[0], ENDS])
def test_no_page_of_the_desk_with_markup_in_its_texts_does_anything_in_a_browser(browse, attack):
    browse(dict.fromkeys(desk_of(hostile_vision(attack))))
