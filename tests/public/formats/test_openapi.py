"""The description of the data addresses, and the addresses as it describes them."""

import hypothesis
import pytest
import schemathesis
from django.conf import settings

from public.addresses import FILES

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


@pytest.mark.slow
def test_every_data_address_answers_as_described(client, live_portal, live_server):
    description = client.get(API).json()
    schema = schemathesis.openapi.from_dict(description)
    schema.config.update(base_url=live_server.url)

    asked = [ask(operation.ok()) for operation in schema.get_all_operations()]

    assert len(asked) == len(description["paths"])


def ask(operation):
    """Send requests that the description allows, and compare each answer with it."""

    @hypothesis.settings(max_examples=20, deadline=None)
    @hypothesis.given(case=operation.as_strategy())
    def answers_as_described(case):
        case.call_and_validate()

    answers_as_described()
