"""The public pages over HTTP: every page of the sitemap, in both languages."""

import json
import re
from hashlib import sha256
from html import unescape

import brotli
import pytest
from django.conf import settings
from django.test import Client

from editions.models import Edition
from editions.official_text import received_file
from missions.models import Mission
from tests.support.factories import make_point, make_vision, publish_now, wib
from vision.models import Element, Point, Term

pytestmark = pytest.mark.django_db
ID = re.compile(r'\sid="([^"]+)"')
HEADING = re.compile(r"<h([1-6])")


def addresses(client):
    """The paths of every page in the sitemap."""
    return re.findall(
        rf"<loc>{re.escape(settings.SITE_URL)}([^<]*)</loc>", client.get("/sitemap.xml").text
    )


def alternates(text):
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)"', text))


def path_of(url):
    return url.removeprefix(settings.SITE_URL)


@pytest.fixture
def pages(client, portal):
    """Every page by its path."""
    return {path: client.get(path) for path in addresses(client)}


@pytest.mark.slow
def test_every_page_answers_in_the_language_of_its_address(pages):
    assert len(pages) > 40
    for path, response in pages.items():
        language = path[1:3]
        assert response.status_code == 200, path
        assert f'<html lang="{language}">' in response.text, path
        assert response.headers["Content-Language"] == language, path


@pytest.mark.slow
def test_the_promised_addresses_stand(client, portal):
    for path in [
        "/id/", "/en/", "/id/visi/", "/en/vision/", "/id/visi/2016-2021/", "/en/vision/2016-2021/",
        "/id/visi/2016-2021/unsur/",
        "/en/vision/2016-2021/elements/",
        "/id/visi/2016-2021/unsur/kota-cerdas/",
        "/en/vision/2016-2021/elements/smart-city/",
        "/id/visi/2016-2021/misi/",
        "/en/vision/2016-2021/missions/",
        "/id/visi/2016-2021/misi/1/",
        "/en/vision/2016-2021/missions/1/",
        "/id/visi/2016-2021/edisi/",
        "/en/vision/2016-2021/editions/",
        "/id/visi/2016-2021/edisi/1/",
        "/en/vision/2016-2021/editions/1/",
        "/id/visi/2016-2021/edisi/1/2/",
        "/en/vision/2016-2021/editions/2/1/",
        "/id/istilah/",
        "/en/glossary/",
        "/id/tentang/",
        "/en/about/",
        "/id/aksesibilitas/",
        "/en/accessibility/",
        "/data/2016-2021/source.txt",
        "/data/2016-2021/1.json",
        "/sitemap.xml",
        "/robots.txt",
        "/id/visi/2016-2021/dwibahasa/",
        "/en/vision/2016-2021/bilingual/",
        "/id/visi/2016-2021/edisi/1/buku.pdf",
        "/id/visi/2016-2021/buku.pdf",
        "/en/vision/2016-2021/editions/1/booklet.pdf",
        "/en/vision/2016-2021/booklet.pdf",
        "/id/visi/2016-2021/kutip.bib",
        "/id/visi/2016-2021/kutip.ris",
        "/en/vision/2016-2021/cite.bib",
        "/en/vision/2016-2021/missions/1/cite.ris",
        "/id/cari/?q=jasa",
        "/en/search/?q=service",
        "/id/umpan.atom",
        "/en/feed.atom",
        "/data/",
        "/data/schema.json",
        "/data/2016-2021.json",
        "/data/2016-2021.csv",
        "/data/2016-2021.jsonld",
    ]:  # fmt: skip
        assert client.get(path).status_code == 200, path


def test_the_root_is_the_indonesian_home_whatever_the_browser_prefers(client, portal):
    home = client.get("/id/").content

    for preference in ["en", "en-GB,en;q=0.9", "*", "fr"]:
        response = client.get("/", headers={"accept-language": preference})
        assert response.status_code == 200
        assert response.content == home
    assert f'<link rel="canonical" href="{settings.SITE_URL}/id/">' in response.text


@pytest.mark.slow
def test_cookies_and_headers_do_not_change_the_language(pages, client):
    for path, response in pages.items():
        other = client.get(path, headers={"accept-language": "en" if path[1:3] == "id" else "id"})
        assert other.content == response.content, path
        assert response.headers["Vary"] == "Accept-Encoding", path
        assert not response.cookies, path


@pytest.mark.slow
def test_the_translation_of_a_pages_translation_is_the_page(pages):
    for path, response in pages.items():
        found = alternates(response.text)
        twin = path_of(found["en" if path[1:3] == "id" else "id"])
        assert path_of(found[path[1:3]]) == path
        assert alternates(pages[twin].text) == found, path
        assert found["x-default"] == found["id"]
        assert f'<link rel="canonical" href="{settings.SITE_URL}{path}">' in response.text


@pytest.mark.slow
def test_the_language_switch_leads_to_the_same_page_in_the_other_language(pages):
    for path, response in pages.items():
        language = "en" if path[1:3] == "id" else "id"
        twin = path_of(alternates(response.text)[language])
        assert (
            f'<a href="{twin}" lang="{language}" hreflang="{language}" rel="alternate">'
            in response.text
        ), path


@pytest.mark.slow
def test_both_languages_have_the_same_anchors_and_headings(pages):
    for path, response in pages.items():
        if path.startswith("/id/"):
            twin = pages[path_of(alternates(response.text)["en"])].text
            in_order = (
                sorted if path == "/id/istilah/" else list
            )  # each language sorts by its alphabet
            assert in_order(i for i in ID.findall(response.text) if i != "isi") == in_order(
                i for i in ID.findall(twin) if i != "content"
            ), path
            assert HEADING.findall(response.text) == HEADING.findall(twin), path


@pytest.mark.slow
def test_every_page_has_one_h1_and_skips_no_level(pages):
    for path, response in pages.items():
        levels = [int(level) for level in HEADING.findall(response.text)]
        assert levels.count(1) == 1, path
        assert all(
            after - before <= 1 for before, after in zip(levels, levels[1:], strict=False)
        ), path


@pytest.mark.slow
def test_every_link_and_anchor_leads_somewhere(pages, client):
    for path, response in pages.items():
        for link in set(re.findall(r'<a [^>]*href="([^"]+)"', response.text)):
            target, _, anchor = link.partition("#")
            if link.startswith("http"):
                continue
            page = pages.get(target or path) or client.get(target)
            assert page.status_code == 200, f"{path} → {link}"
            if anchor:
                assert f'id="{anchor}"' in page.text, f"{path} → {link}"


@pytest.mark.slow
def test_english_pages_of_the_text_say_that_the_indonesian_text_prevails(pages):
    for path, response in pages.items():
        if path.startswith("/en/vision/2016-2021/") or path == "/en/":
            assert "the Indonesian text prevails" in response.text, path


@pytest.mark.slow
def test_pages_carry_no_script_and_no_foreign_request(pages):
    for path, response in pages.items():
        assert "<script" not in response.text.replace('<script type="application/ld+json">', ""), (
            path
        )
        assert not re.findall(
            r"<(?:link|img|iframe|source)[^>]+(?:src|href)=\"(?!data:)[^\"]+\"(?![^>]*)",
            response.text,
        )
        assert not re.findall(r'<link (?!rel="(?:canonical|alternate|icon)")', response.text), path


@pytest.mark.slow
def test_prose_has_no_no_break_space(pages):
    for path, response in pages.items():
        main = response.text.partition("<main")[2]
        assert "\u00a0" not in main, path
        assert "&nbsp;" not in main, path


def test_foreign_words_are_marked_with_their_language(client, portal):
    smart = client.get("/id/visi/2016-2021/unsur/kota-cerdas/").text
    prosperous = client.get("/en/vision/2016-2021/elements/prosperous-society/").text

    for words in ["Smart Governance", "e-governance", "city branding", "e-commerce"]:
        assert f'<i lang="en">{words}</i>' in smart
    assert '<i lang="id">masyarakat madani</i>' in prosperous
    assert '<i lang="en">financial</i>' in client.get("/id/visi/2016-2021/unsur/kota-modern/").text


def test_lists_have_the_nesting_of_the_source(client, portal):
    text = client.get("/id/visi/2016-2021/unsur/kota-cerdas/").text

    assert len(re.findall(r'<li id="u3-\d"', text)) == 6
    assert len(re.findall(r'<li id="u3-\d-\d"', text)) == 18


def test_whole_text_prints_introduction_and_statement_as_one_sentence(client, portal):
    main = client.get("/id/visi/2016-2021/").text.partition("<main")[2]

    words = " ".join(re.sub(r"<[^>]+>", " ", main).split())
    assert "dituangkan dalam RPJMD adalah “Magelang sebagai Kota Jasa" in words
    assert "Sejahtera dan Religius”" in words


def test_the_text_as_received_is_served_byte_for_byte(client, portal):
    response = client.get("/data/2016-2021/source.txt")

    assert response.content == received_file("2016-2021").read_bytes()
    assert response.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("data_format", ["csv", "json", "jsonld"])
def test_the_page_of_the_data_says_how_large_a_file_is(client, portal, data_format):
    size = round(len(client.get(f"/data/2016-2021.{data_format}").content) / 1000)

    page = client.get("/id/data/").text

    assert re.search(rf"2016-2021\.{data_format}\">[\w-]+</a> \({size} kB\)", page)


def test_an_editions_file_has_the_hash_the_pages_show(client, portal):
    response = client.get("/data/2016-2021/2.json")

    assert sha256(response.content).hexdigest() in client.get("/id/visi/2016-2021/edisi/").text


def test_the_difference_of_editions_1_and_2_shows_the_four_slips(client, portal):
    text = client.get("/en/vision/2016-2021/editions/1/2/").text

    deleted = re.findall(r"<del>(.*?)</del>", text)
    assert [re.sub(r"<span.*?</span>", "", words) for words in deleted] == [
        "karateristik",
        "dibidang",
        "asyarakat",
        "pemerataaan",
    ]
    assert all("deleted" in words for words in deleted)
    assert len(re.findall(r">\s*unchanged\s*<", text)) == 4


@pytest.mark.slow
@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options", "trace"])
def test_public_pages_accept_only_get_and_head(portal, method):
    client = Client(enforce_csrf_checks=True)
    for path in [
        "/id/",
        "/en/vision/2016-2021/",
        "/sitemap.xml",
        "/robots.txt",
        "/data/2016-2021/1.json",
    ]:
        response = getattr(client, method)(path)
        assert response.status_code == 405, path
        assert {word.strip() for word in response.headers["Allow"].split(",")} == {"GET", "HEAD"}


@pytest.mark.parametrize(
    "cookie", ["sessionid=../../x", "sessionid=abcdefghijklmnopqrstuvwxyz012345", "csrftoken=x"]
)
def test_public_pages_neither_read_nor_set_cookies(client, portal, cookie):
    response = client.get("/id/", headers={"cookie": cookie})

    assert "Set-Cookie" not in response.headers
    assert response.headers["Vary"] == "Accept-Encoding"


def test_head_answers_like_get_without_a_body(client, portal):
    got, head = client.get("/id/"), client.head("/id/")

    assert head.content == b""
    assert head.headers["ETag"] == got.headers["ETag"]


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_a_page_that_did_not_change_is_not_sent_again(client, portal, encoding):
    first = client.get("/id/", headers={"accept-encoding": encoding})

    again = client.get(
        "/id/", headers={"accept-encoding": encoding, "if-none-match": first.headers["ETag"]}
    )

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Vary"] == "Accept-Encoding"
    assert again.headers["Cache-Control"] == "public, no-cache"


def test_each_encoding_decodes_to_the_same_page_and_has_its_own_etag(client, portal):
    import gzip

    import brotli

    decode = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}
    responses = {name: client.get("/id/", headers={"accept-encoding": name}) for name in decode}

    assert len({decode[name](response.content) for name, response in responses.items()}) == 1
    assert len({response.headers["ETag"] for response in responses.values()}) == 3
    assert [r.headers.get("Content-Encoding") for r in responses.values()] == ["br", "gzip", None]


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0.5, br;q=1.0", "br"),
        ("gzip;q=1, br;q=0.1", "gzip"),
        ("br;q=0.000", None),
        ("br;q=x", None),
        ("*", None),
    ],
)
def test_an_encoding_that_is_refused_is_not_sent(client, portal, header, encoding):
    assert (
        client.get("/id/", headers={"accept-encoding": header}).headers.get("Content-Encoding")
        == encoding
    )


@pytest.mark.slow
def test_pages_carry_a_strict_policy_with_the_hash_of_their_style(pages):
    for path, response in pages.items():
        policy = response.headers["Content-Security-Policy"]
        style = re.search(r"<style>(.*?)</style>", response.text, re.DOTALL)[1]
        from base64 import b64encode

        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in policy, path
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "nonce" not in policy
        assert f"'sha256-{digest}'" in re.search(
            r'http-equiv="Content-Security-Policy" content="([^"]*)"', response.text
        )[1].replace("&#x27;", "'")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("path", "language", "words"),
    [
        ("/id/tidak-ada/", "id", "tidak ditemukan"),
        ("/en/nothing/", "en", "not found"),
        ("/fr/", "id", "tidak ditemukan"),
        ("/ID/", "id", "tidak ditemukan"),
        ("/id/visi/2099-2100/", "id", "tidak ditemukan"),
        ("/id/visi/2016-2021/edisi/9/", "id", "tidak ditemukan"),
        ("/id/visi/2016-2021/edisi/01/", "id", "tidak ditemukan"),
        ("/id/visi/2016-2021/edisi/1/1/", "id", "tidak ditemukan"),
        ("/id/visi/2016-2021/misi/6/", "id", "tidak ditemukan"),
        ("/en/vision/2016-2021/elements/kota-cerdas/", "en", "not found"),
        ("/id/misi/%00/", "id", "tidak ditemukan"),
        ("/%ff%fe/", "id", "tidak ditemukan"),
        ("/" + "a-" * 300 + "/", "id", "tidak ditemukan"),
    ],
)
def test_a_404_page_has_the_language_of_the_prefix(client, portal, path, language, words):
    response = client.get(path)

    assert response.status_code == 404
    assert f'<html lang="{language}">' in response.text
    assert words in response.text
    assert response.headers["Content-Language"] == language
    assert "no-store" in response.headers["Cache-Control"]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_an_error_page_has_both_languages_and_reveals_nothing(client, portal, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("public.releases.Release.current", lambda: 1 / 0)

    response = client.get("/id/")

    assert response.status_code == 500
    assert "Terjadi gangguan" in response.text
    assert "Something went wrong" in response.text
    assert "ZeroDivisionError" not in response.text
    assert "no-store" in response.headers["Cache-Control"]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.slow
def test_a_changed_working_copy_changes_no_public_byte(client, pages, portal):
    before = {path: response.content for path, response in pages.items()}
    Mission.objects.update(statement_ind="Rancangan rahasia", statement_en="Secret draft")
    Element.objects.update(body_ind="Rancangan rahasia", body_en="Secret draft")
    Term.objects.update(definition_ind="Rancangan rahasia")
    Point.objects.filter(items=None).delete()
    make_point(portal.elements.first(), "Rancangan rahasia")
    type(portal).objects.update(statement_ind="Rancangan rahasia")

    after = {path: Client().get(path).content for path in addresses(client)}

    assert after == before


def test_publishing_changes_both_languages_at_once(client, portal):
    Mission.objects.filter(number=1).update(
        statement_ind="Kalimat baru.", statement_en="A new sentence."
    )
    publish_now(portal)

    assert "Kalimat baru." in client.get("/id/visi/2016-2021/misi/1/").text
    assert "A new sentence." in client.get("/en/vision/2016-2021/missions/1/").text
    assert "/id/visi/2016-2021/edisi/3/" in client.get("/id/visi/2016-2021/edisi/").text


def test_a_page_shows_marked_indonesian_for_missing_english_and_says_so(client, portal):
    Mission.objects.filter(number=4).update(statement_en="")
    publish_now(portal, accept_missing_english=True)

    text = client.get("/en/vision/2016-2021/missions/4/").text

    assert re.search(r'lang="id"[^>]*>\s*Mengembangkan potensi budaya', text)
    assert "no English yet" in text
    assert "no English yet" not in client.get("/en/vision/2016-2021/missions/3/").text


def test_a_renamed_element_answers_at_its_old_address(client, portal):
    portal.elements.filter(number=3).update(slug_ind="kota-pintar")
    publish_now(portal)

    response = client.get("/id/visi/2016-2021/unsur/kota-cerdas/")

    assert (response.status_code, response.headers["Location"]) == (
        301,
        "/id/visi/2016-2021/unsur/kota-pintar/",
    )
    assert client.get("/en/vision/2016-2021/elements/smart-city/").status_code == 200


def test_a_deleted_passage_leaves_its_anchor_and_a_link_to_its_last_edition(client, portal):
    Point.objects.get(element__number=2, anchor=3).delete()
    publish_now(portal)

    for path in ["/id/visi/2016-2021/unsur/kota-modern/", "/id/visi/2016-2021/"]:
        text = client.get(path).text
        assert 'id="u2-3"' in text
        assert "/id/visi/2016-2021/edisi/2/#u2-3" in text
    assert 'id="u2-3"' not in client.get("/id/visi/2016-2021/unsur/kota-cerdas/").text


@pytest.mark.parametrize(
    ("path", "suggested"),
    [
        ("/en/visi/2016-2021/", "/en/vision/2016-2021/"),
        ("/id/vision/2016-2021/elements/smart-city/", "/id/visi/2016-2021/unsur/kota-cerdas/"),
        ("/en/vision/2016-2021/elements/kota-cerdas/", "/en/vision/2016-2021/elements/smart-city/"),
        ("/visi/2016-2021/misi/3/", "/id/visi/2016-2021/misi/3/"),
        ("/id/visi/2016-2021/unsur/kota-cerdsa/", "/id/visi/2016-2021/unsur/kota-cerdas/"),
        ("/id/isilah/", "/id/istilah/"),
        ("/id/visi/2016-2021", "/id/visi/2016-2021/"),
    ],
)
def test_a_mistyped_address_suggests_the_nearest_page(client, portal, path, suggested):
    response = client.get(path)

    if response.status_code != 301:  # only the slash was missing
        found = re.search(r'<main.*?<ul class="ways">(.*?)</ul>', response.text, re.DOTALL)[1]
        assert re.findall('href="([^"]+)"', found)[0] == suggested
    else:
        assert response.headers["Location"] == suggested


@pytest.mark.parametrize(
    "path", ["/id/visi/2016-2021/buku.pdf", "/en/vision/2016-2021/editions/1/booklet.pdf"]
)
def test_a_booklet_that_did_not_change_is_not_sent_again(client, portal, path):
    first = client.get(path)

    assert first.headers["Content-Type"] == "application/pdf"
    assert first.content.startswith(b"%PDF")
    assert client.get(path, headers={"if-none-match": first.headers["ETag"]}).status_code == 304


def test_an_address_without_a_similar_page_gets_no_suggestion(client, portal):
    assert not client.get("/wp-login.php").context["nearest"]


@pytest.mark.parametrize(
    "path", ["/id/visi/2016-2021/unsur/kota-cerdas/", "/en/vision/2016-2021/elements/smart-city/"]
)
def test_an_abbreviation_is_explained_where_a_page_uses_it_first(client, portal, path):
    text = client.get(path).text

    glossary = {"id": "/id/istilah/", "en": "/en/glossary/"}[path[1:3]]
    explained = re.findall(r'<abbr title="([^"]+)"><a href="([^"]+)">(\w+)</a></abbr>', text)
    assert {words for _, _, words in explained} == (
        {"IT", "SDA", "SDM"} if path[1:3] == "id" else {"IT"}
    )
    for meaning, link, words in explained:
        assert link == f"{glossary}#t-{words}"
        assert len(meaning) > len(words)
        before = text.partition("<main")[2].partition(f'<abbr title="{meaning}"')[0]
        assert not re.search(rf"\b{words}\b", re.sub("<[^>]+>", "", before))
        assert f'id="t-{words}"' in client.get(glossary).text
    assert text.count("<abbr") == len(explained)


def test_the_whole_text_spells_out_the_name_of_the_plan_once(client, portal):
    addresses = ("/id/visi/2016-2021/", "/en/vision/2016-2021/")

    indonesian, english = (client.get(address).text for address in addresses)

    plan = "Rencana Pembangunan Jangka Menengah Daerah"
    assert re.search(f'title="{plan}"><a [^>]+>RPJMD<', indonesian)
    assert re.search(r"Regional Medium-Term Development Plan \(<a [^>]+>RPJMD<", english)


@pytest.mark.parametrize(
    "path", ["/id/visi/2016-2021/dwibahasa/", "/en/vision/2016-2021/bilingual/"]
)
def test_the_bilingual_page_has_every_passage_in_both_languages(client, portal, path):
    text = client.get(path).text
    pairs = re.findall(
        r'<div id="([^"]+)"\s+class="pair[^"]*">\s*<(\w+) lang="id".*?</\2>\s*'
        r'<(\w+) lang="en".*?</\3>\s*</div>',
        text,
        re.DOTALL,
    )
    whole = client.get("/id/visi/2016-2021/").text

    heads = text.count('class="pair pair--heads"')
    assert len(pairs) == len(re.findall('class="pair[" ]', text)) - heads == 50
    assert {anchor for anchor, *_ in pairs} | {"isi", "contents"} == set(
        ID.findall(whole.partition("<main")[2].partition('<section class="section ')[0])
    ) | {"isi"}


def test_the_bilingual_page_says_where_english_is_missing(client, portal):
    Mission.objects.filter(number=4).update(statement_en="")
    publish_now(portal, accept_missing_english=True)

    pair = re.search(
        r'<div id="m4"\s+class="pair">(.*?)</div>',
        client.get("/id/visi/2016-2021/dwibahasa/").text,
        re.DOTALL,
    )[1]

    assert '<p lang="id">belum diterjemahkan</p>' in pair


@pytest.mark.parametrize("path", ["/id/visi/2016-2021/edisi/", "/en/vision/2016-2021/editions/"])
@pytest.mark.parametrize(
    ("chosen", "leads_to"), [("?before=1&after=2", "1/2/"), ("?before=2&after=1", "2/1/")]
)
def test_any_two_editions_can_be_compared(client, portal, path, chosen, leads_to):
    assert client.get(path + chosen).headers["Location"] == path + leads_to
    assert client.get(path + leads_to).status_code == 200


@pytest.mark.parametrize("chosen", ["?before=1", "?before=x&after=2", "?before=1&after=%00"])
def test_comparing_without_two_editions_shows_the_list_of_editions(client, portal, chosen):
    assert client.get(f"/id/visi/2016-2021/edisi/{chosen}").status_code == 200


def test_the_list_of_editions_says_which_one_replaced_which(client, portal):
    assert "Digantikan oleh edisi 2" in client.get("/id/visi/2016-2021/edisi/").text


def test_a_comparison_of_unknown_editions_says_what_to_choose(client, portal):
    for chosen in ["?before=1&after=9", "?before=2&after=2"]:
        response = client.get(f"/id/visi/2016-2021/edisi/{chosen}")
        assert response.status_code == 200
        assert "Pilih nomor dua edisi yang berbeda" in response.text
    assert "Pilih nomor" not in client.get("/id/visi/2016-2021/edisi/").text


def test_a_comparison_with_an_older_edition_says_so_and_shows_no_note(client, portal):
    backwards = client.get("/en/vision/2016-2021/editions/2/1/").text

    assert "edition 1 came before edition 2" in backwards
    assert "as received, word for word" not in backwards


def test_a_comparison_across_several_editions_shows_each_note(client, portal):
    Mission.objects.filter(number=1).update(
        statement_ind="Kalimat baru.", statement_en="A new sentence."
    )
    publish_now(portal, note="Catatan tiga")

    main = client.get("/id/visi/2016-2021/edisi/1/3/").text.partition("<main")[2]

    assert main.index("Membetulkan empat kesalahan tulis") < main.index("Catatan tiga")


@pytest.mark.slow
def test_many_editions_come_in_pages_that_stay_light(client, portal):
    for number in range(3, 33):
        Mission.objects.filter(number=1).update(
            statement_ind=f"Kalimat {number}.", statement_en=f"Sentence {number}."
        )
        publish_now(portal)

    first, last = (client.get(f"/id/visi/2016-2021/edisi/?page={number}") for number in (1, 4))

    for response in (first, last):
        assert len(brotli.compress(response.content)) <= 13_000
        assert len(re.findall("<[a-z]", response.text)) <= 400
    assert "/id/visi/2016-2021/edisi/32/" in first.text
    assert "/id/visi/2016-2021/edisi/1/" in last.text
    assert 'href="/en/vision/2016-2021/editions/?page=4" lang="en"' in last.text


def test_every_page_says_that_no_edition_is_published_yet(client, db):
    for path in [
        "/id/",
        "/en/",
        "/id/visi/",
        "/en/glossary/",
        "/id/data/",
        "/en/about/",
        "/id/cari/?q=kota",
        "/data/",
    ]:
        assert client.get(path).status_code == 200, path
    assert client.get("/id").status_code == 301
    assert client.get("/id/unsur/").status_code == 404


def test_a_missing_page_has_no_citation(client, portal):
    text = client.get("/id/tidak-ada/").text

    assert 'class="cite"' not in text
    assert "edition-note" not in text


def test_a_glossary_of_two_periods_keeps_the_terms_of_both(client, portal):
    year = wib(2026, 6, 1).year
    vision = make_vision(year, year + 4)
    Term.objects.create(vision=vision, term_ind="taman", term_en="park")
    publish_now(vision)

    glossary = client.get("/id/istilah/").text
    archived = client.get("/id/visi/2016-2021/").text

    assert 'id="t-taman"' in glossary
    assert 'id="t-RPJMD"' in glossary
    assert (
        '<abbr title="Rencana Pembangunan Jangka Menengah Daerah"><a href="/id/istilah/#t-RPJMD">'
        in archived
    )


@pytest.mark.parametrize("path", ["/id/istilah/", "/en/glossary/"])
def test_a_deleted_term_leaves_its_anchor(client, portal, path):
    Term.objects.get(term_ind="RPJPD").delete()
    publish_now(portal)

    text = client.get(path).text
    gone = re.search(r'<p id="t-RPJPD" class="gone">.*?href="([^"]+)"', text, re.DOTALL)

    assert "RPJPD" in client.get(gone[1]).text


@pytest.mark.parametrize("anchor", ["u3-butir", "v-dasar"])
def test_a_deleted_heading_leaves_its_anchor(client, portal, anchor):
    type(portal).objects.update(legal_basis_ind="Perda.", legal_basis_en="A regulation.")
    publish_now(portal)
    type(portal).objects.update(legal_basis_ind="", legal_basis_en="")
    portal.elements.filter(number=3).update(points_lead_in_ind="", points_lead_in_en="")
    publish_now(portal)

    assert f'<p id="{anchor}" class="gone">' in client.get("/id/visi/2016-2021/").text


@pytest.mark.parametrize(
    "path",
    [
        "/id/visi/2016-2021/",
        "/en/vision/2016-2021/",
        "/id/visi/2016-2021/dwibahasa/",
        "/en/vision/2016-2021/bilingual/",
    ],
)
def test_the_legal_basis_links_to_the_regulation(client, portal, path):
    address = "https://jdih.magelangkota.example/5?a=1&b=2"
    type(portal).objects.update(legal_basis_address=address)
    publish_now(portal)

    link = re.search(r'<p id="v-dasar-alamat">.*?<a href="([^"]+)"', client.get(path).text, re.S)

    assert unescape(link[1]) == address


def test_the_figure_draws_any_published_vision(client, portal):
    Point.objects.filter(element__number=4, anchor=1).update(
        marker="", text_ind="...", text_en="..."
    )
    portal.elements.filter(number=2).update(statement_words_en="")
    publish_now(portal, accept_missing_english=True)

    english = client.get("/en/vision/2016-2021/figure/").text

    assert client.get("/id/visi/2016-2021/bagan/").status_code == 200
    assert english.count('href="/en/vision/2016-2021/elements/modern-city/#u2-') == 3


def test_the_figure_marks_words_of_the_other_language(client, portal):
    text = client.get("/id/visi/2016-2021/bagan/").text

    assert '<i lang="en">financial</i>' in text
    assert '<i lang="en">Smart Governance</i>' in text


def test_a_page_reports_missing_english_only_for_texts_that_it_shows(client, portal):
    Mission.objects.filter(number=1).update(statement_en="")
    publish_now(portal, accept_missing_english=True)

    assert "no English yet" in client.get("/en/vision/2016-2021/missions/").text
    assert "no English yet" not in client.get("/en/vision/2016-2021/elements/").text


def test_the_bilingual_page_keeps_its_words_and_marks_a_part_without_english(client, portal):
    make_point(portal.elements.get(number=1), "Judul", text_ind="IT , <x>", text_en="")
    publish_now(portal, accept_missing_english=True)

    pair = re.search(
        r'<p lang="id">\s*Judul.*?</div>',
        client.get("/id/visi/2016-2021/dwibahasa/").text,
        re.DOTALL,
    )[0]

    assert re.search(r"Judul IT , &lt;x&gt;\s*</p>", pair)
    assert re.search(r'Judul \(en\)\s*<i lang="id">\(belum diterjemahkan\)</i>\s*</p>', pair)


def test_a_pinned_passage_links_to_its_translation_and_its_permanent_address(client, portal):
    text = client.get("/id/visi/2016-2021/unsur/kota-cerdas/").text

    assert 'href="/en/vision/2016-2021/elements/smart-city/#u3-1" lang="en"' in text
    assert 'href="/id/visi/2016-2021/edisi/2/#u3-1"' in text


def citation_of(anchor, text):
    """The citation that the page shows for a passage, without tags."""
    passage = text.partition(f'id="{anchor}"')[2].partition("passage-menu__cite")[2]
    return " ".join(
        re.sub("<[^>]+>", "", passage.partition("</span>")[0]).partition(">")[2].split()
    )


@pytest.mark.parametrize(
    ("path", "anchor", "cited"),
    [
        ("/id/visi/2016-2021/misi/1/", "m1", "“Misi 1.”"),
        ("/en/vision/2016-2021/missions/1/", "m1", "“Mission 1.”"),
        ("/id/visi/2016-2021/unsur/kota-jasa/", "u1-p1", "“Kota Jasa, paragraf 1.”"),
        ("/en/vision/2016-2021/elements/service-city/", "u1-p1", "“Service city, paragraph 1.”"),
    ],
)
def test_the_citation_of_a_passage_names_each_thing_once(client, portal, path, anchor, cited):
    page = client.get(path)

    author, work = "Pemerintah Kota Magelang. ", {"id": " Visi", "en": " Vision"}[path[1:3]]
    assert citation_of(anchor, page.text).startswith(author + cited + work)


def test_a_pinned_passage_shows_its_citation_and_the_addresses_of_its_items(client, portal):
    text = client.get("/id/visi/2016-2021/unsur/kota-cerdas/").text

    words = citation_of("u3-1", text)
    assert words.startswith("Pemerintah Kota Magelang. “Kota Cerdas, (1) Smart Governance.” Visi")
    assert words.endswith("/id/visi/2016-2021/edisi/2/#u3-1")
    assert re.search(r'passage-menu__items">Butir:\s*<a href="#u3-1-1">1</a>', text)
    assert 'class="nail" href="#u3-1-1"' not in re.sub(r"\s+", " ", text)


@pytest.mark.slow
def test_every_page_has_the_navigation_with_the_current_page_marked(pages):
    for path, response in pages.items():
        bar = response.text.partition("<header>")[2].partition("</header>")[0]
        names = re.findall(r"<a\b[^>]*>\s*([^<]*?)\s*</a>", bar.partition("site-nav")[2])
        sections = {
            "id": ["Unsur", "Misi", "Naskah", "Bagan", "Edisi", "Cari"],
            "en": ["Elements", "Missions", "Text", "Figure", "Editions", "Search"],
        }
        assert names[:6] == sections["id" if path == "/" else path[1:3]], path
    for path, current in [("bagan/", ("page", "Bagan")), ("unsur/kota-jasa/", ("true", "Unsur"))]:
        bar = pages["/id/visi/2016-2021/" + path].text.partition("site-nav")[2]
        assert re.search(r'aria-current="(\w+)"\s*>(\w+)', bar).groups() == current


def test_pages_of_an_ended_period_link_to_the_vision_in_force(client, portal, settings):
    assert "Visi yang berlaku belum ada di sini." in client.get("/id/visi/2016-2021/misi/1/").text

    settings.CURRENT_VISION_URL = "https://kota.example.go.id/rpjmd"

    text = client.get("/en/vision/2016-2021/missions/1/").text
    assert '<a href="https://kota.example.go.id/rpjmd">The vision in force</a>' in text


def test_the_arms_of_the_city_are_served_unchanged(client, portal, settings, tmp_path):
    assert client.get("/lambang.svg").status_code == 404
    settings.CITY_ARMS = tmp_path / "lambang.svg"
    settings.CITY_ARMS.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")

    response = client.get("/lambang.svg")

    assert response.content == settings.CITY_ARMS.read_bytes()
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert 'src="/lambang.svg"' in client.get("/en/").text
    assert client.get("/lambang.png").status_code == 404


@pytest.mark.slow
def test_every_page_introduces_itself_when_shared(pages):
    for path, response in pages.items():
        head = response.text.partition("</head>")[0]
        found = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', head))
        title = re.search("<title>(.*?)</title>", head)[1]
        assert title.startswith(found["og:title"]), path
        assert not found["og:title"].endswith("– Visi Kota Magelang")
        assert 20 <= len(found["og:description"].replace("&quot;", '"')) <= 160, path
        assert found["og:description"] == found["description"]
        assert found["og:url"] == settings.SITE_URL + path
        assert found["og:image"].startswith(settings.SITE_URL)
        assert found["og:image:alt"]


@pytest.mark.slow
def test_titles_and_descriptions_are_one_line_and_differ_between_pages(pages):
    titles = [re.search("<title>(.*?)</title>", response.text)[1] for response in pages.values()]

    assert len(set(titles)) == len(titles)


def test_the_picture_of_a_shared_page_is_drawn(client, portal):
    for path in [
        "/id/visi/2016-2021/gambar.png",
        "/en/vision/2016-2021/elements/smart-city/picture.png",
    ]:
        response = client.get(path)
        assert response.headers["Content-Type"] == "image/png"
        assert "no-cache" in response.headers["Cache-Control"]
        assert response.content.startswith(b"\x89PNG")


def structured_data(text):
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text)[1])[
        "@graph"
    ]


@pytest.mark.slow
def test_pages_of_the_text_have_structured_data(pages):
    for path, response in pages.items():
        if "ld+json" not in response.text:
            assert not re.search("unsur/|elements/|misi/|missions/|istilah|glossary", path), path
            continue
        organization, work, *_ = structured_data(response.text)
        if work["@type"] == "Dataset":  # of the page of data, in both languages
            continue
        assert (organization["@type"], organization["name"]) == (
            "GovernmentOrganization",
            "Pemerintah Kota Magelang",
        )
        assert work["temporalCoverage"] == "2016/2021"
        assert work["inLanguage"] == path[1:3]
        assert work["@id"] == settings.SITE_URL + path
        assert path_of((work.get("workTranslation") or work["translationOfWork"])["@id"]) in pages
        assert work["isBasedOn"]["sha256"].startswith("ff0671da")


# Plain words


@pytest.mark.parametrize(
    ("path", "heading", "mark"),
    [
        (
            "/id/visi/2016-2021/unsur/kota-jasa/",
            "Bahasa sederhana",
            "Penjelasan, bukan naskah resmi.",
        ),
        (
            "/en/vision/2016-2021/missions/5/",
            "In plain words",
            "An explanation, not official text.",
        ),
    ],
)
def test_an_explanation_stands_behind_the_official_words_and_says_that_it_is_none(
    client, shipped, path, heading, mark
):
    page = client.get(path).text

    official = page.index('id="u1-p1"' if "unsur" in path else 'id="m5"')
    block = re.search('<aside class="explanation".*?</aside>', page, re.DOTALL)
    assert official < block.start()
    assert heading in block[0]
    assert mark in block[0]


def test_a_page_of_an_element_or_mission_links_each_term_once(client, shipped):
    page = client.get("/en/vision/2016-2021/missions/1/").text
    main = re.search("<main.*?</main>", page, re.DOTALL)[0]

    links = re.findall('<a class="term" href="/en/glossary/#(.*?)">(.*?)</a>', main)
    assert ("t-kesejahteraan", "welfare") in links
    assert len(links) == len(set(links))
    assert "in order to" not in [words for _, words in links]
    assert 'class="term"' not in client.get("/en/vision/2016-2021/").text


def test_without_an_explanation_there_is_no_block(client, portal):
    assert "explanation" not in client.get("/id/visi/2016-2021/misi/1/").text


def test_the_glossary_shows_meanings_and_neither_notes_nor_everyday_words(client, shipped):
    shipped.terms.filter(term_ind="pendidikan").update(
        note_ind="Untuk penerjemah.", everyday_words_ind="sekolah; guru; taman kanak-kanak"
    )
    publish_now(shipped)

    page = client.get("/id/istilah/").text

    entry = re.search('id="t-pendidikan">.*?</div>', page, re.DOTALL)[0]
    assert "Usaha mengembangkan pengetahuan" in entry
    assert "penerjemah" not in page
    assert "kanak-kanak" not in page


def test_a_difference_of_many_terms_names_them_only(client, shipped):
    page = client.get("/id/visi/2016-2021/edisi/2/3/").text

    assert "Istilah yang berubah terlalu banyak" in page
    assert "RPJPD" in page
    assert "Unsur 1, " not in page
    assert "Penjelasan, bukan naskah resmi." not in page


def test_the_glossary_is_a_set_of_defined_terms(client, portal):
    terms = structured_data(client.get("/en/glossary/").text)[2]

    assert terms["@type"] == "DefinedTermSet"
    assert len(terms["hasDefinedTerm"]) == 55


@pytest.mark.slow
def test_every_page_of_a_period_names_it_in_title_breadcrumb_and_source(pages):
    for path, response in pages.items():
        if "/2016-2021/" in path:
            assert "2016–2021" in re.search("<title>(.*?)</title>", response.text)[1], path
            breadcrumb = re.search('<nav class="breadcrumb.*?</nav>', response.text, re.DOTALL)[0]
            assert "2016–2021" in breadcrumb, path


@pytest.mark.parametrize(
    ("path", "published"),
    [("/id/visi/2016-2021/", "17 Agustus 2026"), ("/en/vision/2016-2021/", "17 August 2026")],
)
def test_a_date_is_written_in_the_language_of_the_page(client, portal, path, published):
    Mission.objects.filter(number=1).update(
        statement_ind="Kalimat baru.", statement_en="A new sentence."
    )
    publish_now(portal, effective_at=wib(2026, 8, 17, 10))

    assert published in client.get(path).text


def test_the_about_page_names_the_source_of_the_text_and_its_checksum(client, portal):
    for path in ["/id/tentang/", "/en/about/"]:
        text = client.get(path).text
        address = text.replace("<wbr>", "")
        assert "magelangkota.go.id/direktori/kategori/sekilas-kota/visi-dan-misi" in address
        assert sha256(received_file("2016-2021").read_bytes()).hexdigest() in text


@pytest.mark.parametrize("path", ["/id/istilah/", "/en/glossary/"])
def test_the_glossary_is_sorted_by_the_terms_in_the_language_of_the_page(client, portal, path):
    terms = [
        re.sub("<small>.*|<[^>]+>", "", term).strip()
        for term in re.findall(r"<dt>.*?</dt>", client.get(path).text)
    ]

    assert len(terms) == 55
    assert terms == sorted(terms, key=str.casefold)


def test_every_page_names_contact_and_licence_or_says_that_they_are_missing(
    client, portal, settings
):
    text = client.get("/id/tentang/").text + client.get("/id/").text

    assert "Alamat kontak belum dicantumkan di sini." in text
    assert "Lisensi naskah ini belum dicantumkan di sini." in text
    assert "belum dinyatakan sebagai situs resmi" in text
    assert "Ini situs resmi Pemerintah Kota." not in text

    settings.CITY_CONTACT, settings.CITY_LICENCE, settings.CITY_OFFICIAL_SITE = (
        "kominfo@contoh.go.id",
        "CC BY 4.0",
        True,
    )
    text = client.get("/id/").text
    assert "kominfo@contoh.go.id" in text
    assert "CC BY 4.0" in text
    assert "Ini situs resmi Pemerintah Kota." in text
    assert "belum dinyatakan" not in client.get("/id/tentang/").text


@pytest.mark.slow
def test_stored_text_is_never_markup(client, portal):
    attack = (
        '<script>alert(1)</script>"><img src=x onerror=alert(1)> {{ 7|add:7 }} javascript:alert(1)'
    )
    Mission.objects.filter(number=1).update(statement_ind=attack, statement_en=attack)
    portal.elements.filter(number=1).update(
        name_ind=attack[:100], name_en=attack[:100], body_ind=attack
    )
    Term.objects.filter(term_ind="visi").update(note_ind=attack)
    publish_now(portal, note=attack, accept_missing_english=True)

    for path in addresses(client):
        text = client.get(path).text
        assert (
            text.count("<script")
            == text.count('<script type="application/ld+json">')
            == text.count("</script")
        ), path
        assert "<img" not in text, path
        assert "{{" in text or "&lt;script" not in text, path


@pytest.mark.slow
def test_a_page_takes_two_short_queries_for_any_number_of_editions(
    client, portal, django_assert_num_queries
):
    for number in range(70):
        Mission.objects.filter(number=1).update(statement_ind=f"Kalimat {number}.")
        publish_now(portal)
    client.get("/id/visi/2016-2021/unsur/kota-cerdas/")

    for path in ["/id/", "/en/vision/2016-2021/", "/id/visi/2016-2021/edisi/1/2/"]:
        client.get(path)
        with django_assert_num_queries(2):
            client.get(path)


@pytest.mark.slow
def test_the_name_of_the_publisher_is_never_public(pages, client):
    publisher = Edition.objects.first().publisher

    for path, response in pages.items():
        assert publisher not in response.text, path
    assert publisher not in client.get("/data/2016-2021/1.json").text


def test_the_sitemap_has_only_visions_in_force(client, portal):
    text = client.get("/sitemap.xml").text

    assert text.count("<url>") == len(addresses(client)) == len(set(addresses(client)))
    assert 'hreflang="x-default"' in text
