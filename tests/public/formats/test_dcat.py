"""The catalogue of all files, as the harvester of a data portal reads it."""

from hashlib import sha256

import pytest
from django.conf import settings
from django.test import override_settings
from pyshacl import validate
from rdflib import DCAT, DCTERMS, RDF, Graph, Namespace, URIRef

from tests.support.factories import publish_now
from tests.support.formats.schemas import schema_file
from vision.models import Vision

pytestmark = [
    pytest.mark.django_db,
    # rdflib's reader of JSON-LD uses a class of its own that rdflib has deprecated.
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]
SPDX = Namespace("http://spdx.org/rdf/terms#")
CATALOGUE = "/data/catalog.jsonld"


def catalogue(client):
    return Graph().parse(data=client.get(CATALOGUE).content, format="json-ld")


@pytest.mark.slow
def test_the_catalogue_conforms_to_dcat_ap(client, portal):
    shapes = Graph().parse(schema_file("dcat-ap-3.0.1-shapes.ttl"))

    conforms, _graph, words = validate(catalogue(client), shacl_graph=shapes, advanced=True)

    assert conforms, words


@pytest.mark.slow
def test_the_catalogue_names_each_file_with_its_size_and_checksum(client, portal):
    graph = catalogue(client)

    sized = list(graph.subject_objects(DCAT.byteSize))
    assert len(sized) >= 9
    for file, size in sized:
        path = str(graph.value(file, DCAT.downloadURL)).removeprefix(settings.SITE_URL)
        content = client.get(path).content
        checksum = graph.value(graph.value(file, SPDX.checksum), SPDX.checksumValue)
        assert (path, int(size)) == (path, len(content))
        assert str(checksum).lower() == sha256(content).hexdigest()


@pytest.mark.slow
def test_each_edition_is_a_dataset_whose_file_has_the_published_hash(client, portal):
    graph = catalogue(client)

    file = client.get("/data/2016-2021/1.json").content
    found = {str(value).lower() for value in graph.objects(None, SPDX.checksumValue)}
    assert sha256(file).hexdigest() in found
    assert len(list(graph.subjects(RDF.type, DCAT.Dataset))) == 3  # the period and two editions


@pytest.mark.slow
def test_a_statement_without_english_is_not_called_english(client, portal):
    Vision.objects.update(statement_en="")
    publish_now(portal, accept_missing_english=True)

    graph = catalogue(client)
    said = list(
        graph.objects(URIRef(f"{settings.SITE_URL}/id/visi/2016-2021/"), DCTERMS.description)
    )

    assert [words.language for words in said] == ["id"]


@override_settings(CITY_LICENCE_URL="https://creativecommons.org/licenses/by/4.0/")
def test_the_catalogue_names_the_licence_that_the_city_chose(client, portal):
    licences = {str(each) for each in catalogue(client).objects(None, DCTERMS.license)}

    assert licences == {"https://creativecommons.org/licenses/by/4.0/"}


def test_the_page_of_data_describes_the_data_to_search_engines(client, portal):
    page = client.get("/en/data/").text

    assert '"@type":"Dataset"' in page
    assert f'"{settings.SITE_URL}{CATALOGUE}"' in page
