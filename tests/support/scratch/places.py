"""Tests of every place that must show a text of the table.

``tests/system/test_one_table.py`` runs them with the settings beside this file, which add one.
"""

import csv
import io

import pytest
from jsonschema import Draft202012Validator

from editions import fields
from editions.difference import difference
from editions.document import Document, Text
from editions.working_copy import read_document, write_document
from editorial.translation.states import State, translations
from public.booklet.typesetting import _text as booklet_data
from public.search.index import search
from tests.support.factories import make_point, publish_now
from tests.support.people.desk import change, logged_in, typed
from tests.support.scratch.models import SCHEMA
from vision.models import Vision

pytestmark = pytest.mark.django_db
WORDS = Text("Kata percobaan.", "Words of a trial.")
KINDS = list(fields.MODELS)


@pytest.fixture(autouse=True)
def point_of_a_mission(portal):
    return make_point(portal.missions.first())


def row_of(kind):
    return fields.MODELS[kind].objects.first()


def fill(kind):
    row = row_of(kind)
    type(row).objects.filter(pk=row.pk).update(scratch_ind=WORDS.id, scratch_en=WORDS.en)
    return Vision.objects.get()


def passages(document):
    return [passage for passage in document.passages() if passage.field == "scratch"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_document_and_the_working_copy_hold_the_text(portal, kind):
    before = read_document(portal)
    document = read_document(fill(kind))

    (change,) = difference(before, document).changes
    write_document(before)
    write_document(document)

    assert (change.passage.kind, change.after.text) == (kind, WORDS)
    assert read_document(Vision.objects.get()) == Document.from_json(document.to_json()) == document
    assert before.schema < document.schema == SCHEMA


@pytest.mark.parametrize("kind", KINDS)
def test_the_form_has_a_field_for_the_text_and_history_shows_it(portal, kind):
    row, sri = row_of(kind), logged_in("sri", "Editor", "Translator")
    address = change(row)

    saved = sri.post(
        address, typed(sri, address, scratch_ind=WORDS.id, scratch_en=WORDS.en), follow=True
    )
    history = sri.get(address.replace("change", "history"))

    assert saved.redirect_chain
    assert WORDS.en in read_document(Vision.objects.get()).to_json().decode()
    assert "Words of scratch" in history.text
    assert "Kata percobaan" in history.text


@pytest.mark.parametrize("kind", KINDS)
def test_the_manuscript_and_the_desk_of_translation_show_the_text(portal, kind):
    vision, sri = fill(kind), logged_in("sri", "Editor", "Translator")
    (passage,) = [each for each in passages(read_document(vision)) if each.text]

    assert WORDS.id in sri.get(f"/admin/naskah/{vision.pk}/").text
    assert translations(read_document(vision))[passage.key].state != State.MISSING
    assert passage.key in sri.get(f"/admin/terjemahan/{vision.pk}/?state=all&at={passage.key}").text


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_publishing_names_missing_english(portal, kind):
    fill(kind)
    type(row_of(kind)).objects.update(scratch_en="")

    missing = read_document(Vision.objects.get()).missing_english()

    assert [(passage.kind, passage.field) for passage in missing] == [(kind, "scratch")]


@pytest.mark.parametrize("kind", KINDS)
def test_the_open_data_hold_the_text(client, portal, kind):
    publish_now(fill(kind))
    data, schema = client.get("/data/2016-2021.json").json(), client.get("/data/schema.json").json()
    sheet = client.get("/data/2016-2021.csv").content.decode("utf-8-sig")

    Draft202012Validator(schema).validate(data)
    found = [row for row in csv.DictReader(io.StringIO(sheet)) if row["field"] == "scratch"]

    assert WORDS.en in str(data)
    assert [row["english"] for row in found] == [WORDS.en]


def test_search_and_booklet_hold_a_text_of_the_vision(portal):
    edition = publish_now(fill("vision"))

    assert search(edition, "en", "trial").hits
    assert WORDS.en in str(booklet_data(edition.document, "en"))
