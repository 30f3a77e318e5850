"""Translation memories of other tools: sources of the portal's memory, each with a name."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError

from editorial.models import Act, Event, ImportedUnit
from editorial.translation.exchange import tmx
from editorial.translation.exchange.units import Pair
from editorial.translation.memory.matching import memory
from editorial.translation.passages import fingerprint
from editorial.translation.sources import plan
from tests.support.factories import make_imported_unit, make_vision
from tests.support.people.desk import effects, logged_in

pytestmark = pytest.mark.django_db


def test_a_pair_stands_once_in_its_source():
    make_imported_unit()
    make_imported_unit(source="other.tmx")
    make_imported_unit(english="The healthy city")

    with pytest.raises(IntegrityError, match="imported_unit_once_per_source|UNIQUE"):
        make_imported_unit()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"indonesian": " "}, "imported_unit_indonesian_not_blank"),
        ({"english": ""}, "imported_unit_english_not_blank"),
        ({"source": " "}, "imported_unit_source_not_blank"),
        ({"indonesian": "x" * 20_001}, "imported_unit_indonesian_length"),
        ({"english": "x" * 20_001}, "imported_unit_english_length"),
    ],
)
def test_the_database_refuses_texts_that_are_empty_or_too_long(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make_imported_unit(**fields)


@pytest.fixture
def ratna(portal):
    return logged_in("ratna", "Translator")


def address(vision):
    return f"/admin/terjemahan/{vision.pk}/memori/berkas/"


def bring(client, vision, *pairs, source="", name="dinas.tmx"):
    """The dry run of a file with these pairs."""
    file = SimpleUploadedFile(name, tmx.write(pairs))
    return client.post(address(vision), {"file": file, "source": source})


def confirm(client, vision, dry_run):
    sealed = re.search(r'name="plan" value="([^"]*)"', dry_run.text)[1]
    return client.post(address(vision), {"plan": sealed}, follow=True)


TOWN = Pair("Kota  kecil\n\n\nitu", "The small town")


def test_a_memory_is_shown_before_it_is_imported_and_offered_with_its_name(ratna, portal):
    dry_run = bring(ratna, portal, TOWN, TOWN, Pair("Sama", "Sama"))
    assert effects(dry_run) == {"new": 1, "unchanged": 2}
    assert "The name of the source is “dinas.tmx”." in dry_run.text
    assert not ImportedUnit.objects.exists()

    response = confirm(ratna, portal, dry_run)
    assert "1 translation was imported as “dinas.tmx”." in response.text
    (suggestion,) = memory().exact("Kota kecil\n\nitu")
    assert suggestion.unit.target == "The small town"
    assert str(suggestion.unit.origin) == "translated like this in the imported memory “dinas.tmx”"
    event = Event.objects.get(kind=Event.Kind.MEMORY_IMPORTED)
    assert (event.actor, event.object, event.detail) == ("ratna", "dinas.tmx", "1")


def test_a_source_gets_the_name_that_the_form_gives(ratna, portal):
    confirm(ratna, portal, bring(ratna, portal, TOWN, source=" Dinas  Pariwisata "))

    assert ImportedUnit.objects.get().source == "Dinas Pariwisata"


def test_importing_a_file_twice_adds_nothing(ratna, portal):
    confirm(ratna, portal, bring(ratna, portal, TOWN))
    again = bring(ratna, portal, TOWN)

    assert list(effects(again)) == ["unchanged"]
    assert "The memory has all of it already" in again.text


def test_a_plan_sent_twice_adds_each_pair_once(ratna, portal):
    dry_run = bring(ratna, portal, TOWN)
    confirm(ratna, portal, dry_run)

    assert "0 translations were imported" in confirm(ratna, portal, dry_run).text
    assert ImportedUnit.objects.count() == 1


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [
        (Pair("Kota", " "), "Its Indonesian (id) or its English (en) is missing."),
        (Pair("", "Town"), "Its Indonesian (id) or its English (en) is missing."),
        (Pair("Kota", "x" * 20_001), "This text is too long. Shorten it or divide it."),
        (Pair("Kota", "A [[town"), "A mark [[…]] is not complete"),
        (Pair("Kota\u202e", "Town"), "The invisible character U+202E"),
    ],
)
def test_a_pair_that_cannot_be_kept_is_refused_with_the_reason(ratna, portal, pair, sentence):
    dry_run = bring(ratna, portal, pair, TOWN)

    assert effects(dry_run) == {"new": 1, "refused": 1}
    assert sentence in dry_run.context["plan"][0].reason
    confirm(ratna, portal, dry_run)
    assert ImportedUnit.objects.count() == 1


FULL = [
    ("MOST_PAIRS", 1, "The memory keeps at most 1 imported pairs."),
    ("MOST_CHARACTERS", 1_030, "The memory keeps at most 1,030 characters of imported texts."),
]


@pytest.mark.parametrize(("limit", "most", "sentence"), FULL)
def test_a_full_memory_refuses_more_with_a_sentence(
    ratna, portal, monkeypatch, limit, most, sentence
):
    monkeypatch.setattr(plan, limit, most)
    make_imported_unit(indonesian="x" * 1_000)

    dry_run = bring(ratna, portal, TOWN)

    assert sentence in dry_run.text
    assert 'name="plan"' not in dry_run.text


@pytest.mark.parametrize(("limit", "most", "sentence"), FULL)
def test_a_memory_that_became_full_after_the_dry_run_takes_nothing(
    ratna, portal, monkeypatch, limit, most, sentence
):
    monkeypatch.setattr(plan, limit, most)
    dry_run = bring(ratna, portal, TOWN)
    make_imported_unit(indonesian="x" * 1_000)

    answer = confirm(ratna, portal, dry_run)

    assert sentence in answer.text
    assert ImportedUnit.objects.count() == 1
    assert not Event.objects.filter(kind=Event.Kind.MEMORY_IMPORTED).exists()


def test_a_file_that_is_no_tmx_is_refused(ratna, portal):
    file = SimpleUploadedFile("a.tmx", b"<xliff/>")

    text = ratna.post(address(portal), {"file": file}).text

    assert "This is XML, but no TMX." in text


def test_a_plan_that_is_too_long_for_one_form_is_refused(ratna, portal, monkeypatch):
    monkeypatch.setattr("editorial.translation.file_pages.LARGEST_PLAN", 100)

    dry_run = bring(ratna, portal, TOWN)

    assert "Import it in several parts." in dry_run.text
    assert 'name="plan"' not in dry_run.text


def test_a_forged_plan_imports_nothing(ratna, portal):
    response = ratna.post(address(portal), {"plan": "x"}, follow=True)

    assert "the portal was updated after this page was opened" in response.text
    assert not ImportedUnit.objects.exists()


def test_a_source_is_deleted_as_a_whole_once_it_is_confirmed(ratna, portal):
    make_imported_unit()
    make_imported_unit(english="The healthy city")
    make_imported_unit(source="other.tmx")

    question = ratna.post(address(portal), {"delete": "dinas.tmx"})
    assert "The memory loses the 2 translations of “dinas.tmx”." in question.text
    assert ImportedUnit.objects.count() == 3

    ratna.post(address(portal), {"delete": "dinas.tmx", "confirmed": "yes"})
    assert [row.source for row in ImportedUnit.objects.all()] == ["other.tmx"]
    assert Event.objects.get(kind=Event.Kind.MEMORY_DELETED).object == "dinas.tmx"
    assert len(memory().exact("Kota sehat")) == 1
    assert ratna.post(address(portal), {"delete": "dinas.tmx"}).status_code == 404


@pytest.mark.parametrize("data", [{"plan": "x"}, {"delete": "dinas.tmx"}, {}])
def test_only_translators_import_and_delete(portal, data):
    make_imported_unit()
    client = logged_in("sri", "Editor")

    assert client.post(address(portal), data).status_code == 403
    page = client.get(address(portal)).text
    assert "dinas.tmx: 1 translation" in page
    assert "Import a translation memory" not in page


def test_a_pair_that_was_sent_back_here_is_not_offered(portal):
    make_imported_unit()
    marks = {"source_mark": fingerprint("Kota sehat"), "target_mark": fingerprint("A healthy city")}
    texts = {"source": "Kota sehat", "target": "A healthy city"}
    Act.objects.create(act=Act.Kind.RETURNED, kind="", row=0, anchor="", field="", **texts, **marks)

    assert memory().exact("Kota sehat") == []


# Export


def exported(client, vision, query=""):
    return client.get(f"/admin/terjemahan/{vision.pk}/memori/tmx/{query}")


def test_the_memory_of_a_period_goes_out_as_tmx(ratna, portal):
    make_imported_unit()

    response = exported(ratna, portal)

    pairs = tmx.read(response.content)
    statement = portal.statement_ind, portal.statement_en
    assert statement in [(pair.indonesian, pair.english) for pair in pairs]
    assert "2016–2021, edition" in pairs[0].origin
    assert "dinas.tmx" not in response.text
    assert len({(pair.indonesian, pair.english) for pair in pairs}) == len(pairs)
    file_name = "visi-2016-2021-memori.tmx"
    assert response["Content-Disposition"] == f'attachment; filename="{file_name}"'
    assert Event.objects.get(kind=Event.Kind.EXPORTED).object == file_name


def test_the_whole_memory_has_every_source(ratna, portal):
    make_imported_unit()
    empty = make_vision()

    assert "dinas.tmx" in exported(ratna, empty, "?period=all").text
    assert tmx.read(exported(ratna, empty, "?period=all").content)[0].indonesian


def test_the_memory_comes_back_as_it_went_out(ratna, portal):
    pairs = tmx.read(exported(ratna, portal).content)

    plans = plan.plan_for("own.tmx", pairs)

    assert {each.effect for each in plans if each.pair.indonesian != each.pair.english} == {"new"}
    assert [(each.pair.indonesian, each.pair.english) for each in plans] == [
        (pair.indonesian, pair.english) for pair in pairs
    ]
