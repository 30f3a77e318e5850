"""The catalogue of all files, as the harvester of a data portal reads it."""

import json
import re
from hashlib import sha256

import pytest
from django.conf import settings
from django.test import override_settings
from pyshacl import validate
from rdflib import DCAT, DCTERMS, RDF, Graph, Literal, Namespace, URIRef

from editions.clock import WIB
from missions.models import Mission
from public import inventory
from public.booklet import typst_cache
from public.mirror import contents
from public.releases import Release
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


def distributions(graph):
    """Each distribution by the path of its file."""
    return {
        str(address).removeprefix(settings.SITE_URL): each
        for each, address in graph.subject_objects(DCAT.downloadURL)
    }


def dataset_of(graph, identifier):
    return graph.value(None, DCTERMS.identifier, Literal(identifier))


@pytest.mark.slow
def test_the_catalogue_lists_all_that_the_static_copy_holds_except_pages(client, portal):
    listed = set(distributions(catalogue(client)))

    release = Release.current()
    files = {
        path
        for name, arguments in inventory.files(release)
        for path in inventory.paths(name, arguments).values()
    }
    texts = {path for path in contents.addresses(release) if path.endswith(".md")}
    assert listed == (files | texts) - {CATALOGUE, "/sitemap.xml", "/robots.txt"}


@pytest.mark.slow
def test_each_file_in_force_has_its_size_and_checksum_and_each_its_type(client, portal):
    graph = catalogue(client)

    sized, replaced = set(), set()
    for path, file in distributions(graph).items():
        response = client.get(path)
        media_type = response.headers["Content-Type"].partition(";")[0]
        assert str(graph.value(file, DCAT.mediaType)).endswith(f"/{media_type}"), path
        size = graph.value(file, DCAT.byteSize)
        if size is None:
            replaced.add(path)
            continue
        sized.add(path)
        checksum = graph.value(graph.value(file, SPDX.checksum), SPDX.checksumValue)
        assert (path, int(size)) == (path, len(response.content))
        assert str(checksum).lower() == sha256(response.content).hexdigest()
    edition = re.compile("/data/2016-2021/editions/1[./]|/(edisi|editions)/1/")
    assert replaced == {path for path in sized | replaced if edition.search(path)}
    assert "/data/2016-2021/1.json" in sized


@pytest.mark.slow
def test_each_edition_is_a_dataset_with_all_its_forms(client, portal):
    graph = catalogue(client)

    for number in (1, 2):
        edition = dataset_of(graph, f"magelang-2016-2021-{number}")
        assert len(list(graph.objects(edition, DCAT.distribution))) == 18
    file = client.get("/data/2016-2021/1.json").content
    found = {str(value).lower() for value in graph.objects(None, SPDX.checksumValue)}
    assert sha256(file).hexdigest() in found


@pytest.mark.slow
def test_datasets_keep_their_own_identifiers_when_an_edition_follows(client, portal):
    before = sorted(map(str, catalogue(client).objects(None, DCTERMS.identifier)))
    Mission.objects.filter(number=1).update(statement_ind="Kalimat baru.")
    publish_now(portal, accept_missing_english=True)
    graph = catalogue(client)
    after = sorted(map(str, graph.objects(None, DCTERMS.identifier)))

    period = ["magelang", "magelang-2016-2021"]
    assert before == [*period, "magelang-2016-2021-1", "magelang-2016-2021-2"]
    assert after == [*before, "magelang-2016-2021-3"]
    vision = dataset_of(graph, "magelang-2016-2021")
    first, newest = (portal.editions.get(number=number).effective_at for number in (1, 3))
    assert str(graph.value(vision, DCTERMS.issued)) == f"{first.astimezone(WIB):%Y-%m-%d}"
    assert str(graph.value(vision, DCTERMS.modified)) == f"{newest.astimezone(WIB):%Y-%m-%d}"


@pytest.mark.slow
def test_no_two_files_of_a_dataset_have_one_title(client, portal):
    graph = catalogue(client)

    for dataset in graph.subjects(RDF.type, DCAT.Dataset):
        titles = [
            str(title)
            for file in graph.objects(dataset, DCAT.distribution)
            for title in graph.objects(file, DCTERMS.title)
            if title.language == "id"
        ]
        assert len(titles) == len(set(titles))
    assert "Buku untuk dicetak (PDF, A5) – Bahasa Indonesia" in titles


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "standards"),
    [
        ("/id/visi/2016-2021/buku.pdf", ["PDF/A-2a (ISO 19005-2)", "PDF/UA-1 (ISO 14289-1)"]),
        ("/data/2016-2021/stratml.id.xml", ["StratML (ISO 17469-1)"]),
        ("/en/vision/2016-2021/booklet.epub", ["EPUB 3"]),
        ("/data/2016-2021.json", ["JSON Schema data", "JSON Schema of the data"]),
        ("/data/2016-2021.csv", []),
    ],
)
def test_a_file_names_the_standards_that_it_follows(client, portal, path, standards):
    graph = catalogue(client)

    followed = graph.objects(distributions(graph)[path], DCTERMS.conformsTo)
    titles = [str(title) for each in followed for title in graph.objects(each, DCTERMS.title)]
    assert sorted(titles) == standards


def test_one_request_typesets_one_file_until_all_are_kept(
    client, portal, monkeypatch, own_data_folder
):
    made = []
    monkeypatch.setattr(typst_cache, "_compiled", lambda *of: made.append(of) or b"%PDF")

    answers = []
    with typst_cache.mode(in_process=False):
        for _attempt in range(9):
            answers.append(client.get(CATALOGUE))
            assert len(made) <= len(answers)

    assert len(made) == 8  # four kinds of PDF in two languages
    assert [answer.status_code for answer in answers] == [503] * 8 + [200]
    assert answers[0].headers["Retry-After"] == "5"
    assert answers[0].headers["Cache-Control"] == "no-store"


def test_a_request_does_not_wait_while_another_is_typeset(client, portal, own_data_folder):
    with typst_cache.mode(in_process=False), typst_cache.one_at_a_time:
        answer = client.get(CATALOGUE)

    assert answer.status_code == 503


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


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/id/data/", "Visi Kota Magelang 2016–2021: data"),
        ("/en/data/", "Vision of the City of Magelang 2016–2021: data"),
    ],
)
def test_the_page_of_data_describes_the_data_to_search_engines(client, portal, path, name):
    page = client.get(path).text

    script = re.search(r'<script type="application/ld\+json">(.+?)</script>', page)[1]
    data_set = json.loads(script)["@graph"][1]
    assert (data_set["@type"], data_set["name"]) == ("Dataset", name)
    assert data_set["@id"].endswith("/2016-2021/#dataset")
    assert data_set["includedInDataCatalog"]["url"] == settings.SITE_URL + CATALOGUE
    for file in data_set["distribution"]:
        response = client.get(file["contentUrl"].removeprefix(settings.SITE_URL))
        assert response.headers["Content-Type"].partition(";")[0] == file["encodingFormat"]
        size = file.get("contentSize", f"{round(len(response.content) / 1000)} kB")
        assert size == f"{round(len(response.content) / 1000)} kB"


def addresses_on(client, *pages):
    return {
        address
        for page in pages
        for address in re.findall(r'href="([^"]+)"', client.get(page).text)
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "editions", "vision"),
    [
        ("/id/data/", "/id/visi/2016-2021/edisi/", "/id/visi/2016-2021/"),
        ("/en/data/", "/en/vision/2016-2021/editions/", "/en/vision/2016-2021/"),
    ],
)
def test_every_file_is_linked_from_the_data_or_a_page_of_an_edition(
    client, portal, data, editions, vision
):
    language = data.split("/")[1]
    linked = addresses_on(client, data, editions, vision, f"{editions}1/", f"{editions}2/")

    files = {
        path
        for name, arguments in inventory.files(Release.current())
        for path_language, path in inventory.paths(name, arguments).items()
        if (path_language or arguments.get("language") or language) == language
    }
    assert files - linked == {"/sitemap.xml", "/robots.txt"}
