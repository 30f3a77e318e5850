"""The citations of pages, for readers and reference managers."""

import re

import bibtexparser
import pytest
import rispy
from django.conf import settings

from missions.models import Mission
from public.addresses import LANGUAGES, PAGES, TEXT_PAGES
from tests.support.factories import publish_now

pytestmark = pytest.mark.django_db
ELEMENT_ID, ELEMENT_EN = (
    "/id/visi/2016-2021/unsur/kota-cerdas/",
    "/en/vision/2016-2021/elements/smart-city/",
)


def cited(client, path):
    """The texts of the page's two citations."""
    details = re.search('<details class="cite">(.*?)</details>', client.get(path).text, re.DOTALL)[
        1
    ]
    lines = re.findall(r"<p><b>(\w+)</b><br>(.*?)</p>", details, re.DOTALL)
    return {style: " ".join(re.sub("<[^>]+>", "", words).split()) for style, words in lines}


def test_an_element_is_cited_in_indonesian(client, portal):
    url = f"{settings.SITE_URL}/id/visi/2016-2021/edisi/2/#u3"

    assert cited(client, ELEMENT_ID) == {
        "APA": "Pemerintah Kota Magelang. (2026, 1 Januari). Kota Cerdas (Visi Kota Magelang "
        "2016–2021, edisi 2) "
        f"[arsip]. {url}",
        "Chicago": "Pemerintah Kota Magelang. “Kota Cerdas.” Dalam Visi Kota Magelang 2016–2021, "
        "edisi 2 (arsip). "
        f"1 Januari 2026. {url}.",
    }


def test_an_element_is_cited_in_english_as_a_translation(client, portal):
    url = f"{settings.SITE_URL}/en/vision/2016-2021/editions/2/#u3"

    assert cited(client, ELEMENT_EN) == {
        "APA": "Pemerintah Kota Magelang. (2026, January 1). Smart city (Vision of the City of "
        "Magelang 2016–2021, "
        f"edition 2) [archived, unofficial translation]. {url}",
        "Chicago": "Pemerintah Kota Magelang. “Smart city.” In Vision of the City of Magelang "
        "2016–2021, edition 2 "
        f"(archived, unofficial translation). January 1, 2026. {url}.",
    }


def test_the_whole_vision_is_cited_by_its_own_name(client, portal):
    assert cited(client, "/id/visi/2016-2021/")["APA"].startswith(
        "Pemerintah Kota Magelang. (2026, 1 Januari). Visi Kota Magelang 2016–2021 (edisi 2) "
        "[arsip]."
    )


def test_the_cited_address_shows_the_cited_words_for_ever(client, portal):
    url = cited(client, "/id/visi/2016-2021/misi/1/")["APA"].rpartition(" ")[2]
    Mission.objects.filter(number=1).update(
        statement_ind="Kalimat baru.", statement_en="A new sentence."
    )
    publish_now(portal)

    path, _, anchor = url.removeprefix(settings.SITE_URL).partition("#")
    text = client.get(path).text

    assert f'id="{anchor}"' in text
    assert "Meningkatkan sumber daya manusia aparatur" in text
    assert "Kalimat baru." not in text


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXT_PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_text_offers_both_files(client, portal, name, language):
    slug = {"id": "kota-cerdas", "en": "smart-city"}[language]
    route = PAGES[name][LANGUAGES.index(language)]
    for converter, value in {
        "period:period": "2016-2021",
        "slug:slug": slug,
        "n:number": "2",
    }.items():
        route = route.replace(f"<{converter}>", value)
    text = client.get(f"/{language}/{route}").text

    bib, ris = re.findall(r'<a href="([^"]+\.(?:bib|ris))">', text)

    (entry,) = bibtexparser.parse_string(client.get(bib).text).entries
    fields = {field.key: field.value for field in entry.fields}
    assert fields["author"] == "{Pemerintah Kota Magelang}"
    assert (fields["edition"], fields["year"], fields["month"], fields["day"]) == (
        "2",
        "2026",
        "1",
        "1",
    )
    assert fields["url"].startswith(settings.SITE_URL)
    (record,) = rispy.loads(client.get(ris).text.replace("\r\n", "\n"))
    assert record["authors"] == ["Pemerintah Kota Magelang,"]
    assert record["urls"] == [fields["url"]] if "urls" in record else record["url"] == fields["url"]
    assert record["language"] == language


def test_citations_escape_commands_of_latex(client, portal):
    portal.elements.filter(number=3).update(name_ind=r"Kota \input{x} 100% & $_#^~")
    publish_now(portal)

    text = client.get("/id/visi/2016-2021/unsur/kota-cerdas/kutip.bib").text

    assert r"Kota \textbackslash{}input\textbraceleft{}x\textbraceright{} 100\% \& \$\_\#" in text
    assert r"\textasciicircum{}\textasciitilde{}" in text


def test_the_citation_of_a_renamed_element_moves_with_it(client, portal):
    portal.elements.filter(number=3).update(slug_ind="kota-pintar")
    publish_now(portal)

    response = client.get("/id/visi/2016-2021/unsur/kota-cerdas/kutip.bib")

    assert (response.status_code, response.headers["Location"]) == (
        301,
        "/id/visi/2016-2021/unsur/kota-pintar/kutip.bib",
    )


def test_no_page_is_cited_before_the_first_edition(client, db):
    assert client.get("/id/kutip.bib").status_code == 404
