"""Variants of terms in pages, data and search, and editions without variants."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from editions.clock import WIB
from editions.difference import difference
from editions.document import Document, canonical_json
from editions.models import Edition, hash_of
from editions.working_copy import read_document, write_document
from public.search.index import search
from tests.support.factories import make_vision, publish_now
from tests.support.official_text import without_notes
from tests.support.people.desk import change, logged_in, typed
from vision.fields import LINE_LENGTH
from vision.models import Term

pytestmark = pytest.mark.django_db
FORMER = (Path(__file__).parent / "edition_of_schema_1.json").read_text(encoding="utf-8")


def term(name):
    return Term.objects.get(term_ind=name)


def set_variants(name, **variants):
    Term.objects.filter(term_ind=name).update(variants_ind="", variants_en="")
    Term.objects.filter(term_ind=name).update(**variants)


# Editions made before there were variants


@pytest.fixture
def former(db):
    """A portal with edition 1 of the official text as the previous release published it."""
    data = json.loads(FORMER)
    at = datetime(2026, 1, 1, tzinfo=WIB)
    return Edition.objects.create(
        vision=write_document(Document.from_dict(data["document"])),
        period_start=2016,
        period_end=2021,
        number=1,
        effective_at=at,
        published_at=at,
        note_ind=data["note"]["id"],
        note_en=data["note"]["en"],
        file=FORMER,
        sha256=hash_of(FORMER),
        publisher="a",
    )


def test_a_former_edition_keeps_its_bytes():
    """Published copies are verified by its hash, so its canonical form must never change."""
    data = json.loads(FORMER)
    document = Document.from_dict(data["document"])

    assert hash_of(FORMER).startswith("44e57e5586642e7b")
    assert canonical_json(data | {"document": document.to_dict()}).decode() == FORMER


def test_a_former_edition_is_verified_and_served_unchanged(client, former, capsys):
    call_command("verify_editions")

    assert client.get("/data/2016-2021/1.json").content.decode() == FORMER
    assert "1 editions are as they were published" in capsys.readouterr().out


def test_a_former_edition_equals_a_working_copy_without_variants(former):
    assert read_document(former.vision) == without_notes(former.document)


def test_a_variant_is_one_change_against_a_former_edition(former):
    set_variants("wali kota", variants_ind="walikota")

    before = without_notes(former.document)
    (change,) = difference(before, read_document(former.vision)).changes

    assert change.passage.key == "t-wali_kota.variants"
    assert change.segments("id") == [("insert", "walikota")]


def test_the_next_edition_continues_the_chain_of_a_former_one(former):
    set_variants("wali kota", variants_ind="walikota")

    edition = publish_now(former.vision)

    assert json.loads(edition.file)["previous"] == former.sha256
    call_command("verify_editions", verbosity=0)


# The rules of the database


def test_one_language_alone_may_have_variants(portal):
    set_variants("visi", variants_en="outlook")
    set_variants("misi", variants_ind="tugas")

    assert (term("visi").variants_ind, term("misi").variants_en) == ("", "")


@pytest.mark.parametrize("column", ["variants_ind", "variants_en"])
def test_variants_are_no_longer_than_a_line(portal, column):
    with pytest.raises(IntegrityError), transaction.atomic():
        set_variants("visi", **{column: "a" * (LINE_LENGTH + 1)})


def test_the_previous_release_can_still_add_terms(db):
    """Its statements do not name the new columns."""
    vision = make_vision()
    columns = [
        "term",
        "term_ind",
        "term_en",
        "definition",
        "definition_ind",
        "definition_en",
        "note",
        "note_ind",
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO vision_term (vision_id, {', '.join(columns)}, note_en)"
            f" VALUES (%s, {'%s, ' * 8}%s)",
            [vision.pk, "taman", "taman", "park", *[""] * 6],
        )

    assert (term("taman").variants_ind, term("taman").variants_en) == ("", "")


# Public pages


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/id/istilah/", r"<dt>wali kota <small>\(\w+: walikota\)</small></dt>"),
        ("/id/istilah/", r'<i class="fallback" lang="en">adopted\s+\(also: established\)</i>'),
        ("/en/glossary/", r"<dt>adopted <small>\(also: established\)</small></dt>"),
        ("/en/glossary/", r'<i class="fallback" lang="id">wali kota\s+\(\w+: walikota\)</i>'),
    ],
)
def test_the_glossary_shows_the_variants_of_each_language_beside_its_term(
    client, portal, path, pattern
):
    assert re.search(pattern, client.get(path).text)


def test_a_page_does_not_show_variants_of_the_other_language_as_its_own(client, portal):
    set_variants("visi", variants_ind="wawasan")
    publish_now(portal)

    assert "<dt>vision</dt>" in client.get("/en/glossary/").text


def test_variants_in_one_language_do_not_count_as_missing_english(client, portal):
    set_variants("visi", variants_ind="wawasan")
    set_variants("misi", variants_en="task")
    edition = publish_now(portal)

    assert edition.missing_english == 0
    assert "marked as such" not in client.get("/en/glossary/").text
    assert client.get("/en/glossary/").context["lacks_translation"] is False
    assert client.get("/id/istilah/").context["lacks_translation"] is False


def test_the_glossary_shows_published_variants_only(client, portal):
    set_variants("visi", variants_ind="wawasan")

    assert "wawasan" not in client.get("/id/istilah/").text
    publish_now(portal)
    assert "wawasan" in client.get("/id/istilah/").text


@pytest.mark.parametrize(
    ("language", "query"), [("id", "wawasan"), ("en", "wawasan"), ("en", "outlook")]
)
def test_a_search_for_a_variant_finds_its_term(portal, language, query):
    set_variants("visi", variants_ind="wawasan", variants_en="outlook")

    (hit,) = search(publish_now(portal), language, query).hits

    assert hit.anchor == "t-visi"


def test_open_data_list_the_variants_and_the_csv_holds_them_as_typed(client, portal):
    set_variants("visi", variants_ind="wawasan; pandangan")
    publish_now(portal)

    terms = {term["anchor"]: term for term in client.get("/data/2016-2021.json").json()["terms"]}

    assert terms["t-visi"]["variants"] == {"id": ["wawasan", "pandangan"], "en": []}
    assert (
        ",t-visi,term,variants,wawasan; pandangan,,"
        in client.get("/data/2016-2021.csv").content.decode()
    )
    assert '"alternateName": [\n' in client.get("/data/2016-2021.jsonld").content.decode()


# The desk


def test_the_form_of_a_term_takes_variants_in_both_languages(portal):
    client, address = logged_in("tini", "Translator"), change(term("visi"))

    client.post(address, typed(client, address, variants_ind="wawasan", variants_en="outlook"))

    assert (term("visi").variants_ind, term("visi").variants_en) == ("wawasan", "outlook")


def test_the_list_of_terms_does_not_report_missing_english_variants(portal):
    set_variants("visi", variants_ind="wawasan")

    assert "missing" not in logged_in("sri", "Editor").get("/admin/vision/term/").text


def test_the_history_names_changed_variants(portal):
    client, address = logged_in("tini", "Translator"), change(term("visi"))
    client.post(address, typed(client, address, variants_ind="wawasan"))

    text = client.get(address.replace("change", "history")).text

    assert "Variants" in text
    assert "wawasan" in text
