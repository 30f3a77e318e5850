"""The text of pages as Markdown, and the list of these files for programs that answer questions."""

import json
import re
from hashlib import sha256

import pytest
from django.conf import settings
from django.utils.html import escape
from markdown_it import MarkdownIt

from public.addresses import Page
from tests.support.factories import publish_now
from vision.models import Element, Point

pytestmark = pytest.mark.django_db
WHOLE = "/id/visi/2016-2021/teks.md"


def head_of(text):
    """The values of the YAML head, each of which is JSON too."""
    lines = text.split("---\n")[1].splitlines()
    return {name: json.loads(value) for name, value in (line.split(": ", 1) for line in lines)}


def shown(text):
    """The words that a reader of the Markdown sees, without the head."""
    html = MarkdownIt("commonmark").enable("table").render(text.split("---\n", 2)[2])
    return " ".join(re.sub("<[^>]+>", "", html).split())


def test_the_head_names_edition_language_and_the_hash_of_its_file(client, portal):
    head = head_of(client.get(WHOLE).text)

    file = client.get(head["edition_file"].removeprefix(settings.SITE_URL)).content
    assert (head["edition"], head["language"]) == (2, "id")
    assert head["edition_file_sha256"] == sha256(file).hexdigest()
    assert client.get(head["permanent_address"].removeprefix(settings.SITE_URL)).status_code == 200


def test_every_anchor_of_the_whole_text_stands_on_its_page_too(client, portal):
    found = re.findall('<a id="([^"]+)"></a>', client.get(WHOLE).text)

    page = client.get("/id/visi/2016-2021/").text
    assert len(found) == len(set(found)) > 30
    assert [anchor for anchor in found if f'id="{anchor}"' not in page] == []


def test_the_whole_text_has_every_paragraph_and_every_point(client, edition):
    words = shown(client.get(WHOLE).text)

    for element in edition.document.elements:
        texts = [text for _anchor, text in element.paragraphs]
        texts += [point.text for point in element.all_points()]
        assert [t for t in texts if " ".join(t.plain("id").split()) not in words] == []


def test_english_says_that_the_indonesian_prevails(client, portal):
    assert "The Indonesian text is the authority" in client.get("/en/text.md").text
    assert "prevails" not in client.get("/id/teks.md").text


def test_words_without_english_say_that_they_are_indonesian(client, portal):
    Element.objects.filter(vision=portal, number=1).update(name_en="")
    publish_now(portal, accept_missing_english=True)

    text = client.get("/en/vision/2016-2021/text.md").text

    assert '<span lang="id">Kota Jasa</span>' in text


@pytest.mark.parametrize("words", ["1. satu *dua* _tiga_", "- [tiga](x) <b>|", "# & &amp; `x`"])
def test_no_character_of_the_text_is_read_as_markdown(client, portal, words):
    Element.objects.filter(vision=portal, number=1).update(body_ind=words)
    publish_now(portal, accept_missing_english=True)

    assert escape(words) in shown(client.get(WHOLE).text)


def test_a_space_before_a_comma_stays_where_the_text_has_it(client, portal):
    Element.objects.filter(vision=portal, number=1).update(body_ind="Alinea satu , dua.")
    publish_now(portal, accept_missing_english=True)

    assert "Alinea satu , dua." in client.get(WHOLE).text


def test_a_second_paragraph_is_no_list(client, portal):
    Point.objects.filter(element__vision=portal, element__number=2, anchor=1).update(
        text_ind="Satu.\n\n1. Dua."
    )
    publish_now(portal, accept_missing_english=True)

    assert "Satu.\n\n  1\\. Dua." in client.get(WHOLE).text


def test_the_glossary_names_the_editions_in_force_with_their_files(client, portal):
    head = head_of(client.get("/en/glossary/text.md").text)

    assert "edition" not in head
    assert [(each["period"], each["edition"]) for each in head["editions"]] == [("2016-2021", 2)]
    file = client.get(head["editions"][0]["edition_file"].removeprefix(settings.SITE_URL)).content
    assert head["editions"][0]["edition_file_sha256"] == sha256(file).hexdigest()


def test_the_glossary_shows_variants_and_the_other_language_but_no_search_words(client, portal):
    words = {"variants_en": "towns", "everyday_words_en": "burgh"}
    portal.terms.create(term_ind="kota baru", term_en="new city", **words)
    publish_now(portal, accept_missing_english=True)

    text = client.get("/en/glossary/text.md").text

    assert 'new city\n\nalso: towns\n\nIndonesian: <i lang="id">kota baru</i>' in text
    assert "burgh" not in text


def test_a_replaced_edition_says_by_which_one_and_what_it_changed(client, portal):
    text = client.get("/en/vision/2016-2021/editions/1/text.md").text
    newest = client.get("/en/vision/2016-2021/editions/2/text.md").text

    note = portal.editions.get(number=1).note.en
    assert "> [Replaced by edition 2 on 1 January 2026.]" in text
    assert f"> {note}" in text
    assert "Replaced by" not in newest


@pytest.mark.parametrize(
    "path", [WHOLE, "/en/text.md", "/llms.txt", "/id/umpan.atom", "/en/feed.atom"]
)
def test_pages_of_other_sites_may_read_texts_and_news(client, portal, path):
    headers = client.get(path).headers

    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_the_name_of_an_element_is_no_markdown_in_the_list(client, portal):
    Element.objects.filter(vision=portal, number=1).update(name_ind="Kota [A](http://x)")
    publish_now(portal, accept_missing_english=True)

    assert r"Kota \[A\](http://x)" in client.get("/llms.txt").text


def test_both_languages_stand_side_by_side_in_a_table(client, portal):
    text = client.get("/id/visi/2016-2021/dwibahasa/teks.md").text

    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 30
    assert all(len(row) == 3 for row in rows)
    assert [row[0] for row in rows if not row[0].startswith("| <a id=")] == []


def test_each_passage_is_one_row_whose_anchor_stands_on_the_page(client, portal):
    text = client.get("/id/visi/2016-2021/dwibahasa/teks.md").text
    page = client.get("/id/visi/2016-2021/").text

    anchors = re.findall(r"^\| <a id=\"([^\"]+)\"></a>", text, re.MULTILINE)
    assert len(anchors) == len(set(anchors))
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in page] == []
    assert "u3-butir" in anchors
    assert '(1) <i lang="en">Smart Governance</i> yaitu: | (1) Smart governance, namely:' in text


def test_every_text_page_of_the_list_for_programs_answers(client, portal):
    listed = client.get("/llms.txt").text
    addresses = re.findall(rf"\({settings.SITE_URL}([^)]+)\)", listed)

    assert len(addresses) == len(set(addresses)) > 20
    assert {client.get(address).status_code for address in addresses} == {200}
    assert Page("glossary").path("en", form="markdown") in addresses
    assert listed.startswith("# Visi Kota Magelang – Vision of the City of Magelang\n")


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("/id/visi/2016-2021/misi/1/", "/id/visi/2016-2021/misi/1/teks.md"),
        ("/en/glossary/", "/en/glossary/text.md"),
    ],
)
def test_a_page_names_its_text_to_programs(client, portal, page, text):
    link = f'<link rel="alternate" type="text/markdown" href="{text}">'

    assert link in client.get(page).text


def test_the_list_names_no_text_before_anything_is_published(client, db):
    assert "teks.md" not in client.get("/llms.txt").text
