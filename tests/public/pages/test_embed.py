"""What other sites embed: the page with the code, the frames, and oEmbed."""

import hashlib
import json
import re
from html import unescape
from xml.etree import ElementTree

import brotli
import pytest
from django.test import Client

from editions.models import Edition
from public.releases import Release
from tests.support.factories import make_vision, publish_now

SITE = "http://127.0.0.1:8000"
SITES = ["https://kota.example", "https://www.kota.example"]
FRAMES = {
    "/id/sematan/kalimat/": "/id/visi/2016-2021/",
    "/en/embed/sentence/": "/en/vision/2016-2021/",
    "/id/sematan/bagan/": "/id/visi/2016-2021/bagan/",
    "/en/embed/figure/": "/en/vision/2016-2021/figure/",
    "/id/sematan/misi/": "/id/visi/2016-2021/misi/",
    "/en/embed/missions/": "/en/vision/2016-2021/missions/",
}
PAGES = ["/id/sematan/", "/en/embed/"]
frames = pytest.mark.parametrize("path", FRAMES)


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = SITE


@pytest.fixture
def allowed(settings):
    settings.EMBED_ORIGINS = SITES


def policy_of(response):
    return dict(
        directive.partition(" ")[::2]
        for directive in response.headers["Content-Security-Policy"].split("; ")
    )


def codes_of(page):
    """The codes of the page in order: a frame and a quotation of each kind."""
    return [unescape(code) for code in re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)]


# Who may frame what


@frames
def test_nobody_may_frame_anything_at_first(client, portal, path):
    response = client.get(path)

    assert policy_of(response)["frame-ancestors"] == "'none'"
    assert response.headers["X-Frame-Options"] == "DENY"


@frames
def test_the_sites_of_the_setting_alone_may_show_a_frame(client, portal, allowed, path):
    response = client.get(path)

    assert policy_of(response)["frame-ancestors"] == " ".join(SITES)
    assert "X-Frame-Options" not in response.headers
    again = client.get(path, headers={"if-none-match": response.headers["ETag"]})
    assert (again.status_code, "X-Frame-Options" in again.headers) == (304, False)


@frames
def test_a_browser_that_kept_a_frame_gets_it_anew_when_the_sites_change(
    client, portal, settings, path
):
    seen = set()
    for sites in ([], SITES[:1], SITES, []):
        settings.EMBED_ORIGINS = sites
        seen.add(client.get(path).headers["ETag"])

    assert len(seen) == 3


@pytest.mark.slow
def test_every_other_address_stays_without_a_frame(client, shipped, allowed):
    pages = [page.path(code) for page, _ in Release.current().pages() for code in ("id", "en")]

    for path in [
        *pages,
        "/",
        "/id/cari/",
        "/id/sematan/x/",
        "/oembed",
        "/admin/login/",
        "/robots.txt",
    ]:
        response = client.get(path)
        assert policy_of(response)["frame-ancestors"] == "'none'", path
        assert response.headers["X-Frame-Options"] == "DENY", path


def test_a_frame_without_an_edition_is_not_found_and_stays_without_a_frame(client, db, allowed):
    response = client.get("/id/sematan/kalimat/")

    assert response.status_code == 404
    assert response.headers["X-Frame-Options"] == "DENY"
    assert client.get("/id/sematan/").status_code == 200


# The frames


@frames
def test_a_frame_is_light_and_runs_nothing(client, shipped, path):
    response = client.get(path)

    assert len(brotli.compress(response.content)) < 6_000
    assert not re.search(r"<script|<img|url\(|@font-face", response.text)
    assert not response.cookies


@frames
def test_a_frame_leads_to_the_page_of_its_text_in_the_whole_window(client, shipped, path):
    page = client.get(path).text

    assert f'<link rel="canonical" href="{SITE}{FRAMES[path]}">' in page
    assert '<meta name="robots" content="noindex">' in page
    links = re.findall("<a [^>]*>", page)
    assert links
    assert all('target="_top"' in link for link in links)
    assert f'href="{FRAMES[path]}"' in page


@frames
def test_a_frame_names_the_city_its_edition_and_the_state_of_its_period(client, shipped, path):
    page = client.get(path).text
    words, state = ("Edition 3,", "archived") if path.startswith("/en/") else ("Edisi 3,", "arsip")

    assert re.search(rf"<h1[^>]*>[^<]*Magelang 2016–2021 \({state}\)</h1>", page)
    assert words in page
    assert ("Unofficial translation" in page) == path.startswith("/en/")


@pytest.mark.parametrize(
    ("start", "mark"), [(2016, "(arsip)</h1>"), (2026, "2030</h1>"), (2041, "(akan berlaku)</h1>")]
)
def test_a_frame_shows_the_state_of_the_period_on_the_home_page(client, db, start, mark):
    publish_now(make_vision(start, start + 4))

    assert mark in client.get("/id/sematan/kalimat/").text


def test_the_frames_carry_the_sentence_the_elements_and_the_missions(client, shipped):
    document = Edition.objects.get(number=3).document

    assert document.statement.id in client.get("/id/sematan/kalimat/").text
    house = client.get("/en/embed/figure/").text
    assert house.count('<li class="house__cell">') == len(document.elements)
    missions = client.get("/id/sematan/misi/").text
    assert all(mission.statement.plain("id") in missions for mission in document.missions)


# The page with the code


@pytest.mark.parametrize("path", PAGES)
def test_the_page_has_two_codes_of_each_kind_that_nobody_can_change(client, shipped, path):
    page = client.get(path).text
    areas = re.findall("<textarea[^>]*>", page)

    assert len(areas) == 6
    assert all("readonly" in area for area in areas)
    labelled = re.findall('<label for="([^"]+)"', page)
    assert all(any(f'id="{name}"' in area for name in labelled) for area in areas)


@pytest.mark.parametrize("path", PAGES)
def test_the_code_of_a_frame_has_a_title_a_height_and_waits_until_it_is_seen(client, shipped, path):
    for code in codes_of(client.get(path).text)[::2]:
        assert re.fullmatch(
            rf'<iframe src="{SITE}/[^"]+" title="[^"]*Magelang[^"]+"\nwidth="100%" height="\d+" '
            'loading="lazy" style="border:0"></iframe>',
            code,
        )
        address = re.search(rf'src="{SITE}([^"]+)', code)[1]
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("path", "sentence", "mark"),
    [
        ("/id/sematan/", r"Tinggi ([\d.]+) piksel menampilkan seluruh teks", "."),
        ("/en/embed/", r"A height of ([\d,]+) pixels shows the whole text", ","),
    ],
)
def test_the_height_is_written_as_the_language_writes_it(client, shipped, path, sentence, mark):
    page = client.get(path).text
    heights = [re.search(r'height="(\d+)"', code)[1] for code in codes_of(page)[::2]]

    assert re.findall(sentence, page) == [
        f"{int(height):,}".replace(",", mark) for height in heights
    ]
    assert max(map(len, heights)) > 3


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_the_code_without_a_frame_cites_words_that_never_change(client, shipped, path):
    file = client.get("/data/2016-2021/3.json").content

    for code in codes_of(client.get(path).text)[1::2]:
        cited = re.search(rf'<blockquote cite="{SITE}([^"]+)">', code)[1]
        assert client.get(cited).status_code == 200
        assert f'<figure lang="{path[1:3]}">' in code
        assert f'<a href="{SITE}{cited}">' in code
        assert hashlib.sha256(file).hexdigest() in code
        assert not re.search("<script|style=|<img|<iframe", code)


def test_the_page_says_that_no_site_may_show_a_frame_yet_and_whom_to_ask(client, portal, settings):
    settings.CITY_CONTACT = "kontak@kota.example"

    page = client.get("/en/embed/").text.partition("<footer")[0]

    assert "No site may show a frame of this portal yet" in page
    assert "kontak@kota.example" in page


def test_the_page_names_the_sites_that_may_show_a_frame(client, portal, allowed):
    page = client.get("/id/sematan/").text

    assert all(f"<code>{site}</code>" in page for site in SITES)
    assert "Belum ada situs" not in page


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("/id/data/", "/id/sematan/"),
        ("/en/data/", "/en/embed/"),
        ("/id/visi/2016-2021/bagan/", "/id/sematan/"),
    ],
)
def test_the_data_and_the_figure_lead_to_the_page(client, portal, page, link):
    assert f'href="{link}"' in client.get(page).text


def test_words_with_marks_of_html_stay_words_in_every_code(client, db):
    publish_now(make_vision(statement_ind='Kota <b>Sehat</b> & "Kuat"'))

    for code in codes_of(client.get("/id/sematan/").text)[1:4:2]:
        quotation = ElementTree.fromstring(code)
        assert quotation.find("blockquote/p").text == 'Kota <b>Sehat</b> & "Kuat"'


# oEmbed


def oembed(url, **parameters):
    return Client().get("/oembed", {"url": url, **parameters})


@pytest.mark.parametrize(
    ("path", "frame"),
    [
        ("", "/id/sematan/kalimat/"),
        ("/", "/id/sematan/kalimat/"),
        ("/id/", "/id/sematan/kalimat/"),
        ("/en/?utm_source=x#u1", "/en/embed/sentence/"),
        ("/en/vision/2016-2021/", "/en/embed/sentence/"),
        ("/id/visi/2016-2021/bagan/", "/id/sematan/bagan/"),
        ("/en/vision/2016-2021/missions/", "/en/embed/missions/"),
        ("/id/sematan/misi/", "/id/sematan/misi/"),
    ],
)
def test_oembed_names_the_frame_that_fits_a_page(portal, allowed, path, frame):
    response = oembed(SITE + path)
    answer = json.loads(response.content)

    assert response.headers["Content-Type"] == "application/json"
    assert (answer["version"], answer["type"]) == ("1.0", "rich")
    assert f'<iframe src="{SITE}{frame}"' in answer["html"]
    assert f'width="{answer["width"]}" height="{answer["height"]}"' in answer["html"]
    assert answer["width"] == 600
    assert answer["provider_url"] == f"{SITE}{frame[:4]}"
    assert len(response.content) < 3_000


def test_oembed_gives_a_quotation_while_nobody_may_show_a_frame(portal):
    answer = oembed(f"{SITE}/en/").json()

    assert answer["html"].startswith('<figure lang="en">')
    assert "<iframe" not in answer["html"]


def test_oembed_stays_within_the_size_that_is_asked_for(portal, allowed):
    answer = oembed(f"{SITE}/id/", maxwidth="320", maxheight="200").json()

    assert (answer["width"], answer["height"]) == (320, 200)
    assert 'width="320" height="200"' in answer["html"]


def test_oembed_says_the_same_as_xml(portal, allowed):
    response = oembed(f"{SITE}/en/vision/2016-2021/figure/", format="xml")
    root = ElementTree.fromstring(response.content)

    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert root.tag == "oembed"
    expected = oembed(f"{SITE}/en/vision/2016-2021/figure/").json()
    assert {field.tag: field.text for field in root} == {
        name: str(value) for name, value in expected.items()
    }


@pytest.mark.parametrize(
    "url",
    [
        f"{SITE}/id/tentang/",
        f"{SITE}/id/visi/1999-2004/",
        f"{SITE}/id/visi/2016-2021/kutip.bib",
        f"{SITE}/id/tidak-ada/",
        f"{SITE}.evil.example/id/",
        "https://evil.example/id/",
        "javascript:alert(1)",
        "http://[/id/",
        f"{SITE}/id/{'x' * 600}/",
    ],
)
def test_oembed_does_not_know_other_addresses(portal, url):
    assert oembed(url).status_code == 404


def test_oembed_refuses_what_it_cannot_answer_and_says_why(portal):
    missing, other = Client().get("/oembed"), oembed(f"{SITE}/id/", format="yaml")
    wrong = oembed(f"{SITE}/id/", maxwidth='1"><script>')

    assert [missing.status_code, other.status_code, wrong.status_code] == [400, 501, 400]
    assert "url" in missing.text
    assert "xml" in other.text
    assert "maxwidth" in wrong.text
    assert "script" not in wrong.text


def test_nothing_of_the_query_stands_in_the_answer_of_oembed(portal, allowed):
    plain = oembed(f"{SITE}/id/").content

    assert oembed(f'{SITE}/id/?x="><script>#<b>', callback="x").content == plain


@pytest.mark.parametrize(
    "path", ["/id/visi/2016-2021/bagan/", "/en/vision/2016-2021/missions/", "/id/sematan/"]
)
def test_a_page_tells_programs_where_its_oembed_is(client, portal, path):
    found = re.search('type="application/json[+]oembed" href="([^"]+)"', client.get(path).text)
    response = client.get(unescape(found[1]).removeprefix(SITE))

    assert response.json()["type"] == "rich"
