"""The strategic plan as StratML, valid against the schema of ISO 17469-1."""

import pytest
from django.conf import settings
from lxml import etree

from editions.clock import WIB
from public.formats.stratml import NAMESPACE
from tests.support.formats.schemas import schema_file

pytestmark = pytest.mark.django_db
IN_FORCE = "/data/2016-2021/stratml.{}.xml"
OF_EDITION = "/data/2016-2021/editions/1/stratml.{}.xml"


def plan(client, path):
    return etree.fromstring(client.get(path).content)


def texts(plan, path):
    steps = "/".join(f"s:{step}" for step in path.split("/"))
    return [found.text for found in plan.iterfind(f".//{steps}", {"s": NAMESPACE})]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("path", [IN_FORCE, OF_EDITION])
def test_the_plan_is_valid(client, portal, path, language):
    schema = etree.XMLSchema(file=schema_file("StrategicPlanISOVersion20140401.xsd"))

    schema.assertValid(plan(client, path.format(language)))


def test_elements_are_values_and_missions_are_goals(client, portal):
    found = plan(client, IN_FORCE.format("en"))

    assert texts(found, "Value/Name")[:2] == ["Service city", "Modern city"]
    assert texts(found, "Goal/SequenceIndicator") == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_plan_describes_itself_by_the_whole_sentence(client, portal, language):
    found = plan(client, IN_FORCE.format(language))

    document = portal.editions.get(number=2).document
    parts = (document.introduction, document.statement)
    assert found.findtext(f"{{{NAMESPACE}}}Description") == " ".join(
        part.plain(language) for part in parts
    )


def test_the_plan_names_its_days_and_the_address_of_its_edition(client, portal):
    found = plan(client, OF_EDITION.format("id"))

    assert texts(found, "StartDate") == ["2016-01-01"]
    assert texts(found, "EndDate") == ["2021-12-31"]
    published = portal.editions.get(number=1).effective_at.astimezone(WIB)
    assert texts(found, "PublicationDate") == [f"{published:%Y-%m-%d}"]
    assert texts(found, "Source") == [f"{settings.SITE_URL}/id/visi/2016-2021/edisi/1/"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("id", ["Bahasa Indonesia.", "adalah naskah yang berlaku", "bukan naskah resmi"]),
        ("en", ["English.", "The Indonesian text is the authority", "not official text"]),
    ],
)
def test_the_plan_says_its_language_and_what_is_official(client, shipped, language, words):
    about = texts(plan(client, IN_FORCE.format(language)), "OtherInformation")[0]

    assert [each for each in words if each not in about] == []


def test_identifiers_are_the_same_in_both_languages_and_all_editions(client, portal):
    paths = (IN_FORCE.format("id"), IN_FORCE.format("en"), OF_EDITION.format("id"))
    found = [texts(plan(client, path), "Goal/Identifier") for path in paths]

    assert found[0] == found[1] == found[2]
    assert found[0][0] == "magelang-2016-2021-m1"


def test_the_english_plan_says_that_it_is_a_translation(client, portal):
    response = client.get(IN_FORCE.format("en"))

    about = texts(etree.fromstring(response.content), "OtherInformation")[0]
    assert "unofficial translation" in about
    assert response.headers["Content-Language"] == "en"
