"""The open data, as programs and spreadsheets read them."""

import csv
import io
import json
import re

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator, FormatChecker

from editions.models import Edition
from missions.models import Mission
from public.formats.spreadsheet import escaped, unescaped
from tests.support.factories import make_vision, publish_now
from vision.models import Point

pytestmark = pytest.mark.django_db
FILES = ["/data/2016-2021.json", "/data/2016-2021.csv", "/data/2016-2021.jsonld"]
CHAIN = ["/data/2016-2021/chain.json", "/data/chain-schema.json"]
EDITIONS_FILES = [f"/data/2016-2021/editions/1.{name}" for name in ("json", "csv", "jsonld")]


def rows(client, path="/data/2016-2021.csv"):
    return list(
        csv.DictReader(io.StringIO(client.get(path).content.decode("utf-8-sig"), newline=""))
    )


@pytest.mark.parametrize(
    "path", [*FILES, *EDITIONS_FILES, "/data/schema.json", "/data/2016-2021/1.json", *CHAIN]
)
def test_pages_of_any_site_may_read_the_data_and_revalidate_them(client, portal, path):
    response = client.get(path)

    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "public, no-cache"
    assert client.get(path, headers={"if-none-match": response.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", [FILES[0], EDITIONS_FILES[0]])
def test_the_json_matches_its_schema(client, portal, path):
    schema = client.get("/data/schema.json").json()
    Draft202012Validator.check_schema(schema)

    data = client.get(path).json()

    Draft202012Validator(schema, format_checker=FormatChecker()).validate(data)
    assert data["$schema"] == schema["$id"] == f"{settings.SITE_URL}/data/schema.json"


def test_the_chain_matches_its_schema(client, portal):
    chain, schema = (client.get(path).json() for path in CHAIN)
    Draft202012Validator.check_schema(schema)

    Draft202012Validator(schema, format_checker=FormatChecker()).validate(chain)

    assert chain["$schema"] == schema["$id"] == f"{settings.SITE_URL}/data/chain-schema.json"
    assert f'href="{CHAIN[0]}"' in client.get("/data/").text


def test_the_schema_refuses_wrong_data(client, portal):
    schema, data = client.get("/data/schema.json").json(), client.get("/data/2016-2021.json").json()
    del data["missions"][0]["anchor"]

    assert not Draft202012Validator(schema).is_valid(data)


def test_the_json_has_both_languages_anchors_period_edition_and_hash(client, portal):
    data = client.get("/data/2016-2021.json").json()

    assert data["period"] == {
        "start": 2016,
        "end": 2021,
        "first_day": "2016-01-01",
        "last_day": "2021-12-31",
    }
    assert data["edition"] == 2
    assert data["sha256"] == Edition.objects.get(number=2).sha256
    assert [len(data[name]) for name in ("elements", "missions", "terms")] == [5, 5, 55]
    assert data["elements"][2]["points"][0]["points"][0]["anchor"] == "u3-1-1"
    assert data["elements"][2]["points"][0]["title"] == {
        "id": "Smart Governance",
        "en": "Smart governance",
    }
    assert "[[" not in json.dumps(data)
    assert data["licence"] is None


def test_the_data_name_the_licence_in_the_settings(client, portal, settings):
    settings.CITY_LICENCE, settings.CITY_LICENCE_URL = (
        "CC BY 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
    )

    assert client.get("/data/2016-2021.json").json()["licence"]["name"] == "CC BY 4.0"
    assert settings.CITY_LICENCE_URL in client.get("/data/2016-2021.jsonld").text


def test_missing_english_is_empty_in_the_data_and_never_indonesian(client, portal):
    Mission.objects.filter(number=4).update(statement_en="")
    publish_now(portal, accept_missing_english=True)

    assert client.get("/data/2016-2021.json").json()["missions"][3]["statement"]["en"] == ""
    assert next(row for row in rows(client) if row["anchor"] == "m4")["english"] == ""


def test_the_csv_has_one_row_per_text_with_the_address_of_its_passage(client, portal):
    row = next(row for row in rows(client) if row["anchor"] == "m5")

    assert row["indonesian"].startswith("Memperkuat kehidupan beragama")
    assert row["english"].startswith("To strengthen religious life")
    path, _, anchor = row["address_id"].removeprefix(settings.SITE_URL).partition("#")
    assert f'id="{anchor}"' in client.get(path).text


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "'=1"])
def test_an_apostrophe_turns_a_formula_in_the_csv_into_text(cell):
    assert escaped(cell) == f"'{cell}"
    assert unescaped(escaped(cell)) == cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_of_the_csv_is_a_formula(client, portal, start):
    attack = f'{start}HYPERLINK("https://example.com","x")'
    Mission.objects.filter(number=1).update(statement_ind=attack, statement_en=attack)
    publish_now(portal)

    for row in rows(client):
        assert not any(
            cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values()
        ), row
    assert any('HYPERLINK("https' in row["indonesian"] for row in rows(client))


def test_the_linked_data_are_one_work_in_two_languages_with_its_parts_and_terms(client, portal):
    response = client.get("/data/2016-2021.jsonld")
    graph = response.json()["@graph"]

    assert response.headers["Content-Type"] == "application/ld+json"
    assert [node["@type"] for node in graph] == [
        "GovernmentOrganization", "CreativeWork", "DefinedTermSet", "CreativeWork", "DefinedTermSet"
    ]  # fmt: skip
    indonesian, english = graph[1], graph[3]
    assert indonesian["workTranslation"]["@id"] == english["@id"]
    assert english["translationOfWork"]["@id"] == indonesian["@id"]
    assert len(indonesian["hasPart"]) == 10
    assert (
        "(1) Smart Governance yaitu:\npengembangan e-governance,"
        in indonesian["hasPart"][2]["text"]
    )


def test_the_linked_data_of_a_language_contain_no_other_language(client, portal):
    Point.objects.filter(element__number=4).update(text_en="")
    Mission.objects.filter(number=4).update(statement_en="")
    publish_now(portal, accept_missing_english=True)

    english = next(
        n
        for n in client.get("/data/2016-2021.jsonld").json()["@graph"]
        if n.get("inLanguage") == "en"
    )

    assert "Optimalisasi" not in json.dumps(english, ensure_ascii=False)
    assert [part["position"] for part in english["hasPart"][5:]] == [1, 2, 3, 5]


@pytest.mark.slow
def test_the_data_page_links_only_to_existing_files(client, portal):
    vision = make_vision(2026, 2030)
    publish_now(vision)

    text = client.get("/id/data/").text

    for link in re.findall(r'href="(/data/[^"]+)"', text):
        assert client.get(link).status_code == 200, link


def test_an_earlier_edition_keeps_its_data(client, portal):
    Mission.objects.filter(number=1).update(
        statement_ind="Kalimat baru.", statement_en="A new sentence."
    )
    before = client.get(EDITIONS_FILES[0]).content
    publish_now(portal)

    assert client.get(EDITIONS_FILES[0]).content == before
    assert client.get(FILES[0]).json()["edition"] == 3


@pytest.mark.parametrize(
    "path", ["/data/2099-2100.json", "/data/2016-2021.xml", "/data/2016-2021/editions/9.json"]
)
def test_the_address_of_missing_data_answers_404(client, portal, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/data/", "/id/data/", "/en/data/"])
def test_a_page_explains_the_data_with_two_examples(client, portal, path):
    text = client.get(path).text

    assert "curl -s" in text
    assert "=IMPORTDATA(" in text
    for file in [*FILES, "/data/schema.json", "/data/2016-2021/source.txt"]:
        assert f'href="{file}"' in text
