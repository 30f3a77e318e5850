"""The description of the data addresses, and the addresses as it describes them."""

import hypothesis
import pytest
import schemathesis
from django.conf import settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from editions.document import Text
from editions.publishing import withdraw
from public.addresses import FILES
from public.formats import open_data, openapi

API = "/data/openapi.json"


@pytest.mark.django_db
def test_every_data_address_is_described(client, portal):
    described = client.get(API).json()["paths"]

    assert len(described) == sum(route.startswith("data/") for route in FILES.values())


@pytest.mark.django_db
def test_the_description_names_the_site_and_no_licence_before_there_is_one(client, portal):
    description = client.get(API).json()

    assert description["servers"] == [{"url": settings.SITE_URL}]
    assert "license" not in description["info"]


@pytest.mark.django_db
def test_answers_in_json_have_the_shape_that_is_published(client, portal):
    described = client.get(API).json()["paths"]

    for path, schema in {
        "/data/{period}.{data_format}": "/data/schema.json",
        "/data/{period}/editions/{number}.{data_format}": "/data/schema.json",
        "/data/{period}/chain.json": "/data/chain-schema.json",
    }.items():
        answer = described[path]["get"]["responses"]["200"]["content"]["application/json"]
        assert answer["schema"] == {"$ref": settings.SITE_URL + schema}
        assert client.get(schema).status_code == 200


@pytest.fixture
def site_of_live_server(settings, live_server):
    """The portal names the address of the test's server as its own."""
    settings.SITE_URL = live_server.url
    kept = (openapi.description, open_data.schema)
    for each in kept:
        each.cache_clear()
    yield live_server.url
    for each in kept:
        each.cache_clear()


@pytest.mark.slow
def test_every_data_address_answers_as_described(client, live_portal, site_of_live_server):
    withdraw(
        live_portal.editions.get(number=1),
        reason=Text("Keliru.", "In error."),
        withdrawn_by="sri",
    )
    client.get("/data/catalog.jsonld")  # typesets all that it lists: no request below waits for it
    description = with_known_values(client.get(API).json())
    schema = schemathesis.openapi.from_dict(description)
    schema.config.update(base_url=site_of_live_server)

    statuses = [ask(operation.ok()) for operation in schema.get_all_operations()]

    assert len(statuses) == len(description["paths"])
    assert {200, 404, 410} <= set.union(*statuses)


def with_known_values(description):
    """The description with the period of the portal, and editions that it has and has not."""
    values = {"period": ["2016-2021", "2031-2035"], "number": ["1", "2", "3"]}
    for path in description["paths"].values():
        for parameter in path["get"]["parameters"]:
            if parameter["name"] in values:
                parameter["schema"] = {"type": "string", "enum": values[parameter["name"]]}
    return description


def ask(operation):
    """The statuses of requests that the description allows; each answer is compared with it."""
    statuses = set()

    @hypothesis.settings(max_examples=20, deadline=None)
    @hypothesis.given(case=operation.as_strategy())
    def answers_as_described(case):
        # It takes 410 for a refusal of the request.
        answer = case.call_and_validate(excluded_checks=[positive_data_acceptance])
        statuses.add(answer.status_code)

    answers_as_described()
    return statuses
