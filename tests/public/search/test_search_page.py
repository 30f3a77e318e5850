"""The search page over HTTP."""

import re
from datetime import datetime
from itertools import groupby

import pytest
from django.test import Client

from editions.clock import WIB
from missions.models import Mission
from tests.support.factories import make_vision, publish_now

pytestmark = pytest.mark.django_db
PAGES = {"id": "/id/cari/", "en": "/en/search/"}
HOSTILE = [
    "",
    " ",
    "a" * 10_000,
    "jasa " * 2_000,
    ".*(+[?\\",
    "'; DROP TABLE vision_vision; --",
    "%' OR 1=1",
    "\0",
    "jasa\0kota",
    "\u202easaj",
    "🏙️🌋",
    "<script>alert(1)</script>",
    "{{ settings }}",
    "\ufffd\udcff".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
]


@pytest.fixture(params=PAGES)
def language(request):
    return request.param


def found(client, query, language="id"):
    """The links of the hits, in order."""
    text = client.get(PAGES[language], {"q": query}).text
    hits = re.search('<ol class="hits".*?</ol>', text, re.DOTALL)
    return re.findall('<(?:h2|p)><a href="([^"]+)"', hits[0]) if hits else []


def test_a_hit_leads_to_its_passage_with_its_words_marked(client, portal):
    response = client.get("/id/cari/?q=menyejahterakan")

    link = found(client, "menyejahterakan")[0]
    assert link == "/id/visi/2016-2021/unsur/masyarakat-sejahtera/#u4-p1"
    assert 'id="u4-p1"' in client.get(link).text
    assert "<mark>menyejahterakan</mark>" in response.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "query"),
    [
        ("id", "jasa"),
        ("id", "kota"),
        ("id", "wali kota"),
        ("id", "IT"),
        ("en", "service"),
        ("en", "smart"),
        ("en", "Mayor"),
    ],
)
def test_every_hit_leads_to_an_anchor_that_exists(client, portal, language, query):
    links = found(client, query, language)

    assert links
    for link in links:
        assert f'id="{link.partition("#")[2]}"' in client.get(link).text, link


def test_the_search_page_names_the_query_and_the_number_of_hits(client, portal):
    text = client.get("/en/search/?q=religious").text

    count = int(re.search("“religious”: ([0-9]+) results – Search", text)[1])
    assert count == len(found(client, "religious", "en"))
    assert f"{count} results for “religious”." in text
    assert 'value="religious"' in text
    assert text.count("<h1") == 1


def test_search_engines_do_not_index_results(client, portal, language):
    assert (
        '<meta name="robots" content="noindex">' in client.get(PAGES[language], {"q": "kota"}).text
    )


def test_a_page_has_one_search_form_with_a_visible_label(client, portal):
    for path in ["/id/", "/id/cari/", "/en/search/?q=smart", "/id/tidak-ada/"]:
        text = client.get(path).text
        assert text.count("<search>") == 1, path
        assert text.count('<label for="q">') == text.count('<input id="q"') == 1, path


@pytest.mark.parametrize(
    ("language", "address"), [("id", "unsur/kota-jasa/"), ("en", "elements/service-city/")]
)
def test_without_hits_the_elements_and_missions_are_shown(client, portal, language, address):
    text = client.get(PAGES[language], {"q": "xylophone"}).text
    main = text.partition("<main")[2].partition("</main>")[0]

    assert "“xylophone”" in main
    assert address in main
    assert len(re.findall(r'href="[^"]+/(?:unsur|elements)/', main)) == 5
    assert len(re.findall(r'href="[^"]+/(?:misi|missions)/\d/', main)) == 5


def test_a_search_in_the_other_language_offers_its_hits(client, portal):
    text = client.get("/id/cari/?q=renewable").text

    assert found(client, "renewable") == ["/en/vision/2016-2021/elements/smart-city/#u3-4-3"]
    assert (
        '<a href="/en/search/?q=renewable" hreflang="en">1 hasil dalam naskah bahasa Inggris</a>'
        in text
    )
    assert re.search(r'<i class="fallback" lang="en"><mark>renewable</mark></i>', text)


def test_the_search_page_corrects_a_typing_error_and_says_so(client, portal):
    text = client.get("/id/cari/?q=pelayannan").text

    assert "“pelayannan” tidak ada dalam naskah" in text
    assert "<mark>pelayanan</mark>" in text


def test_many_hits_come_in_pages(client, portal):
    first, second = (
        client.get("/id/cari/", {"q": "kota", "page": number}).text for number in (1, 2)
    )

    assert "page=2" in first
    assert 'rel="prev"' in second
    pages = len({link.partition("#")[0] for link in found(client, "kota")})
    assert f'<ol class="hits" start="{pages}">' in second  # the last page of the first 20 goes on
    assert client.get("/id/cari/?q=kota&page=999").status_code == 200
    assert client.get("/id/cari/?q=kota&page=x").status_code == 200


def test_archived_editions_are_searched_after_the_current_one_and_marked(client, portal):
    year = datetime.now(WIB).year
    vision = make_vision(year, year + 4)
    Mission.objects.filter(vision=vision).update(
        statement_ind="Menguatkan toleransi.", statement_en="Strengthening tolerance."
    )
    publish_now(vision)

    text = client.get("/id/cari/?q=toleransi").text

    links = found(client, "toleransi")
    assert links[0] == f"/id/visi/{year}-{year + 4}/misi/1/#m1"
    assert "/id/visi/2016-2021/misi/5/#m5" in links
    hits = re.search('<ol class="hits".*?</ol>', text, re.DOTALL)[0].split("<li>")
    assert [("Arsip" in hit) for hit in hits[1:3]] == [False, True]


def test_the_language_switch_of_a_search_keeps_the_query(client, portal):
    assert 'href="/en/search/?q=smart+city" lang="en"' in client.get("/id/cari/?q=smart city").text


def test_the_search_page_names_words_that_the_text_lacks(client, portal):
    text = client.get("/id/cari/?q=kota pintar").text

    assert "“pintar” tidak ada dalam naskah" in text
    assert "hasil untuk “kota”" in text


@pytest.mark.parametrize(("language", "query"), [("id", "unsur 2"), ("en", "element 2")])
def test_an_element_is_found_by_its_number(client, portal, language, query):
    assert found(client, query, language)[0].endswith("#u2-p1")


def test_foreign_words_of_a_hit_keep_their_language(client, portal):
    text = client.get("/id/cari/?q=governance").text

    assert '<i class="fallback" lang="en"><mark>Governance</mark></i>' in text


def test_a_draft_is_never_found(client, portal):
    Mission.objects.filter(number=1).update(
        statement_ind="Rancangan rahasia.", statement_en="A secret draft."
    )

    assert found(client, "rahasia") == []


@pytest.mark.slow
@pytest.mark.parametrize("query", HOSTILE)
def test_the_search_page_answers_any_query(client, portal, query, language):
    response = client.get(PAGES[language], {"q": query})

    assert response.status_code == 200
    assert "<script>alert" not in response.text


def test_the_search_page_answers_bytes_that_are_not_text(client, portal):
    assert Client().get("/id/cari/?q=%ff%fe%00&page=%00").status_code == 200


def test_before_the_first_edition_search_says_that_nothing_was_found(client, db, language):
    assert client.get(PAGES[language], {"q": "kota"}).status_code == 200


def test_a_search_page_is_compressed_and_can_be_revalidated(client, portal):
    response = client.get("/id/cari/?q=kota", headers={"accept-encoding": "br"})

    assert response.headers["Content-Encoding"] == "br"
    headers = {"accept-encoding": "br", "if-none-match": response.headers["ETag"]}
    assert client.get("/id/cari/?q=kota", headers=headers).status_code == 304


# Everyday words


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/id/cari/?q=sekolah",
            "Kata “sekolah” tidak ada dalam naskah. Naskah menyebut <b>pendidikan</b>.",
        ),
        (
            "/en/search/?q=church",
            "“church” does not appear in the text. The text speaks of <b>places of worship</b>.",
        ),
    ],
)
def test_an_everyday_word_is_said_to_be_missing_and_leads_to_the_term(client, shipped, path, words):
    page = client.get(path).text

    assert words in " ".join(page.split())
    assert '<ol class="hits"' in page


@pytest.mark.parametrize("query", ["macet", "parkir"])
def test_a_subject_that_the_text_lacks_gets_elements_and_missions_to_read(client, shipped, query):
    page = client.get("/id/cari/", {"q": query}).text

    assert f"Tidak ada hasil untuk “{query}”" in page
    assert "Cobalah kata lain" in page
    assert "/id/visi/2016-2021/misi/5/" in page


def test_the_hits_of_a_page_stand_under_its_name_with_the_names_of_their_parts(client, shipped):
    page = client.get("/id/cari/?q=pendidikan").text
    pages = [link.partition("#")[0] for link in found(client, "pendidikan")]

    under = re.search(r">Unsur 3: Kota Cerdas</a></h2>(.*?)</li>", page, re.DOTALL)[1]
    assert "<b>Smart people</b>" in under
    assert re.search(r'#u3-6-1"[^>]*>Smart Living</a>', under)
    assert page.count("Unsur 3: Kota Cerdas") == 1
    assert len({*pages}) == len([page for page, _ in groupby(pages)])
    assert "/istilah/" in pages[-1]
