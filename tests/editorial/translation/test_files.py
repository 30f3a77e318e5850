"""Translation files over HTTP: export from the desk, dry run, import."""

import csv
import io
import re
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.html import escape
from openpyxl import load_workbook

from editorial.history.recording import recorded
from editorial.models import Account, Revision
from editorial.translation.exchange.formats import FORMATS
from missions.models import Mission
from tests.support.people.desk import effects, logged_in, somebody_is_faster
from vision.models import Element, Term

pytestmark = pytest.mark.django_db
KEY = "m1.statement"


@pytest.fixture
def ratna(portal):
    return logged_in("ratna", "Translator")


@pytest.fixture(params=FORMATS)
def form(request):
    return FORMATS[request.param]


def address(vision, name):
    return f"/admin/terjemahan/{vision.pk}/{name}/"


def fetch(client, vision, query="?state=all"):
    return FORMATS["xliff"].read(client.get(address(vision, "berkas/xliff") + query).content)


def upload(client, vision, data, name="file.xlf"):
    return client.post(address(vision, "impor"), {"file": SimpleUploadedFile(name, data)})


def bring_back(client, vision, exchange, form=FORMATS["xliff"]):
    """The dry run of the file."""
    return upload(client, vision, form.write(exchange), f"file{form.extension}")


def with_unit(exchange, key=KEY, **changes):
    return replace(
        exchange, units=tuple(replace(u, **changes) if u.key == key else u for u in exchange.units)
    )


def confirm(client, vision, dry_run, **ticks):
    plan = re.search(r'name="plan" value="([^"]*)"', dry_run.text)[1]
    return client.post(address(vision, "impor"), {"plan": plan} | ticks, follow=True)


def reason(dry_run, key=KEY):
    (row,) = [row for row in dry_run.context["plan"] if row.unit.key == key]
    return row.reason


def edit(vision, number=1, **columns):
    with recorded(vision.pk, "sri"):
        mission = vision.missions.get(number=number)
        for name, text in columns.items():
            setattr(mission, name, text)
        mission.save()


def english():
    return Mission.objects.get(number=1).statement_en


# Export


def test_a_file_holds_what_the_desk_shows(ratna, portal):
    Mission.objects.filter(number=3).update(statement_en="")

    assert [unit.key for unit in fetch(ratna, portal, "").units] == ["m3.statement"]
    assert len(fetch(ratna, portal).units) > 120


def test_a_unit_has_the_place_the_state_and_the_terms_of_its_passage(ratna, portal):
    (unit,) = [
        unit for unit in fetch(ratna, portal, "?state=all&part=u1").units if unit.key == "u1.body"
    ]

    assert unit.context == "Element 1: Service city: text"
    assert "sektor jasa = service sector" in unit.note
    assert unit.source == Element.objects.get(number=1).body_ind


def test_a_unit_has_the_variants_and_the_everyday_words_of_its_terms(ratna, portal):
    Term.objects.filter(term_ind="sektor jasa").update(
        variants_ind="bidang jasa", variants_en="services", everyday_words_ind="toko; warung"
    )

    (unit,) = [
        unit for unit in fetch(ratna, portal, "?state=all&part=u1").units if unit.key == "u1.body"
    ]

    assert (
        "Term: sektor jasa = service sector\n"
        "Variants (sektor jasa, Indonesian): bidang jasa\n"
        "Variants (sektor jasa, English): services\n"
        "Everyday words (sektor jasa, Indonesian): toko; warung\n"
    ) in unit.note


@pytest.mark.slow
def test_a_note_too_long_for_a_cell_is_said_on_the_desk(ratna, portal):
    terms = [Term(vision=portal, term_ind=f"{n}", variants_ind="x" * 290) for n in range(130)]
    Term.objects.bulk_create(terms)
    sentence = " ".join(term.term_ind for term in terms)
    Mission.objects.filter(number=1).update(statement_ind=sentence)

    response = ratna.get(address(portal, "berkas/xlsx") + "?state=all&part=m", follow=True)

    assert response.redirect_chain == [(f"/admin/terjemahan/{portal.pk}/?state=all&part=m", 302)]
    (message,) = response.context["messages"]
    assert "A text is too long for a cell of a spreadsheet. Export XLIFF instead." in str(message)


def test_an_outdated_unit_has_the_earlier_and_the_current_indonesian(ratna, portal):
    first = Mission.objects.get(number=1).statement_ind
    edit(portal, statement_ind="Kalimat lain.")

    (unit,) = fetch(ratna, portal, "").units

    assert unit.state == "outdated"
    assert unit.note.startswith(f"Indonesian before: {first}\nIndonesian now: Kalimat lain.")


def test_the_file_is_named_after_its_period(ratna, portal, form):
    name = next(name for name, other in FORMATS.items() if other is form)
    response = ratna.get(address(portal, f"berkas/{name}"))

    disposition = f'attachment; filename="visi-2016-2021-terjemahan{form.extension}"'
    assert response["Content-Disposition"] == disposition
    assert response["Content-Type"] == form.content_type


def test_an_unknown_format_answers_404(ratna, portal):
    assert ratna.get(address(portal, "berkas/pdf")).status_code == 404


# Import


@pytest.mark.slow
def test_an_unedited_file_changes_nothing(ratna, portal, form):
    dry_run = bring_back(ratna, portal, fetch(ratna, portal), form)

    assert list(effects(dry_run)) == ["unchanged"]
    assert "The file changes nothing here." in dry_run.text
    assert not Revision.objects.exists()


@pytest.mark.slow
def test_new_and_changed_english_is_shown_before_it_is_imported(ratna, portal, form):
    Mission.objects.filter(number=3).update(statement_en="")
    exchange = with_unit(fetch(ratna, portal), target="Another sentence.")
    exchange = with_unit(exchange, "m3.statement", target="Third.")

    dry_run = bring_back(ratna, portal, exchange, form)
    assert effects(dry_run) == {"new": 1, "changed": 1, "unchanged": len(exchange.units) - 2}
    assert "Another sentence</ins>" in dry_run.text
    assert english() != "Another sentence."

    response = confirm(ratna, portal, dry_run)
    assert english() == "Another sentence."
    assert Mission.objects.get(number=3).statement_en == "Third."
    (message,) = response.context["messages"]
    assert str(message) == (
        "2 passages were imported. Readers see it when it is published. "
        f'<a href="/admin/terjemahan/{portal.pk}/">To the translation desk</a>'
    )
    revision = Revision.objects.get()
    assert (revision.author, revision.action) == ("ratna", Revision.Action.IMPORT)


def test_the_dry_run_names_the_effects_in_indonesian(ratna, portal):
    Account.objects.update(language="id")

    dry_run = bring_back(ratna, portal, with_unit(fetch(ratna, portal), target="Another sentence."))

    assert re.findall("<li>([^<]*): [0-9]+</li>", dry_run.text) == [
        "Baru",
        "Diubah",
        "Tidak berubah",
        "Ditolak",
    ]


@pytest.mark.slow
def test_importing_a_file_twice_changes_nothing_more(ratna, portal):
    exchange = with_unit(fetch(ratna, portal), target="Another sentence.")
    confirm(ratna, portal, bring_back(ratna, portal, exchange))

    assert list(effects(bring_back(ratna, portal, exchange))) == ["unchanged"]


@pytest.mark.slow
def test_a_dry_run_that_is_confirmed_twice_says_that_it_was_done_already(ratna, portal):
    exchange = with_unit(fetch(ratna, portal), target="Another sentence.")
    dry_run = bring_back(ratna, portal, exchange)

    first, second = (confirm(ratna, portal, dry_run) for _time in range(2))

    assert "1 passage was imported." in first.text
    assert "This was done already: the text is as the file has it." in second.text


def test_a_translation_of_an_earlier_indonesian_is_refused_with_the_difference(ratna, portal):
    exchange = with_unit(fetch(ratna, portal), target="Another sentence.")
    edit(
        portal,
        statement_ind=Mission.objects.get(number=1).statement_ind.replace(
            "Meningkatkan", "Memperkuat"
        ),
    )

    dry_run = bring_back(ratna, portal, exchange)

    assert (
        reason(dry_run)
        == "The Indonesian was changed since the file was made. Translate the new text."
    )
    assert "Memperkuat</ins>" in dry_run.text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"source": "Kalimat saya.", "target": "My sentence."},
            "The Indonesian was changed in the file. Only its English can be imported.",
        ),
        (
            {"target": ""},
            "The file has no English here, and an import deletes none. Delete it on the desk.",
        ),
        (
            {"target": "An [[unclosed mark."},
            "A mark [[…]] is not complete: each “[[” needs its “]]”, and no mark may be inside "
            "another.",
        ),
        (
            {"target": "a\u202eb"},
            "The invisible character U+202E (RIGHT-TO-LEFT OVERRIDE) "
            "can change how the text reads. "
            "Delete it, or type these words again: “a[U+202E]b”",
        ),
    ],
)
def test_a_unit_that_cannot_be_imported_is_refused_with_the_reason(
    ratna, portal, changes, sentence
):
    assert reason(bring_back(ratna, portal, with_unit(fetch(ratna, portal), **changes))) == sentence


@pytest.mark.slow
def test_a_file_with_only_another_indonesian_says_that_it_is_not_taken(ratna, portal, form):
    edited = with_unit(fetch(ratna, portal), source="Kalimat saya.")

    dry_run = bring_back(ratna, portal, edited, form)

    assert list(effects(dry_run)) == ["unchanged"]
    assert (
        reason(dry_run)
        == "Only the Indonesian was changed in the file. It is not taken: editors change it here."
    )


@pytest.mark.slow
def test_the_dry_run_shows_the_english_that_stays(ratna, portal):
    dry_run = bring_back(ratna, portal, with_unit(fetch(ratna, portal), target=""))

    assert "English, which stays" in dry_run.text
    assert f'<p class="difference__words" lang="en">{escape(english())}</p>' in dry_run.text
    assert (
        f'href="/admin/terjemahan/{portal.pk}/?state=all&amp;at=m1.statement#m1.statement"'
        in dry_run.text
    )


@pytest.mark.slow
@pytest.mark.parametrize("key", ["m9.statement", "m1.statement_ind", "u1.slug", "u3-1.marker", "x"])
def test_a_key_of_no_translated_passage_is_refused(ratna, portal, key):
    exchange = fetch(ratna, portal)
    dry_run = bring_back(
        ratna, portal, replace(exchange, units=(replace(exchange.units[0], key=key, target="x"),))
    )

    assert reason(dry_run, key) == "There is no passage with this key to translate."


@pytest.mark.slow
def test_an_import_never_changes_indonesian(ratna, portal):
    before = Mission.objects.get(number=1)
    exchange = with_unit(fetch(ratna, portal), source="Kalimat saya.", target="My sentence.")

    confirm(
        ratna,
        portal,
        bring_back(ratna, portal, with_unit(exchange, "m2.statement", target="Second.")),
    )
    dry_run = bring_back(ratna, portal, with_unit(exchange, "m3.statement", target="Third."))
    confirm(ratna, portal, dry_run, without_refused="on")

    after = Mission.objects.get(number=1)
    assert (after.statement_ind, after.statement_en) == (before.statement_ind, before.statement_en)
    assert Mission.objects.get(number=3).statement_en == "Third."


def test_a_target_equal_to_the_source_changes_nothing(ratna, portal):
    """Translators' tools write the source into untranslated targets."""
    Mission.objects.filter(number=1).update(statement_en="")
    unit = with_unit(fetch(ratna, portal), target=Mission.objects.get(number=1).statement_ind)

    dry_run = bring_back(ratna, portal, unit)

    assert reason(dry_run) == "Left untranslated in the file."
    assert list(effects(dry_run)) == ["unchanged"]


@pytest.mark.slow
def test_english_that_was_changed_on_both_sides_is_refused(ratna, portal):
    exchange = with_unit(fetch(ratna, portal), target="Mine.")
    edit(portal, statement_en="A colleague’s.")

    dry_run = bring_back(ratna, portal, exchange)

    assert (
        reason(dry_run)
        == "The English was changed here, too, since the file was made. Decide on the desk."
    )


@pytest.mark.slow
def test_english_that_was_changed_only_in_the_portal_stays(ratna, portal):
    exchange = fetch(ratna, portal)
    edit(portal, statement_en="A colleague’s.")

    assert list(effects(bring_back(ratna, portal, exchange))) == ["unchanged"]


def test_the_dry_run_shows_the_problems_of_the_new_english(ratna, portal):
    dry_run = bring_back(
        ratna, portal, with_unit(fetch(ratna, portal), target="Much much too short")
    )

    assert "has “much” twice in a row" in dry_run.text.lower()


# A file that has lost its fingerprints


def without_columns(data):
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    kept = [number for number, heading in enumerate(rows[0]) if "-mark]" not in heading]
    file = io.StringIO()
    csv.writer(file).writerows([row[number] for number in kept] for row in rows)
    return file.getvalue().encode()


def without_columns_of_sheet(data):
    book, file = load_workbook(io.BytesIO(data)), io.BytesIO()
    book.active.delete_cols(8, 2)
    book.save(file)
    return file.getvalue()


def without_context_groups(data):
    return re.sub(rb"<context-group.*?</context-group>", b"", data, flags=re.DOTALL)


TAKE_MARKS_AWAY = {
    ".csv": without_columns,
    ".xlsx": without_columns_of_sheet,
    ".xlf": without_context_groups,
}
EARLIER = (
    "The file has an earlier English version of this passage; the newer one here is kept. History "
    "can put an earlier one back."
)
NO_MARKS = "The file has lost its fingerprints"


def bring_back_without_marks(client, vision, exchange, form=FORMATS["xliff"]):
    data = TAKE_MARKS_AWAY[form.extension](form.write(exchange))
    assert not any(unit.source_mark or unit.target_mark for unit in form.read(data).units)
    return upload(client, vision, data, f"file{form.extension}")


@pytest.mark.slow
def test_a_file_without_fingerprints_does_not_overwrite_a_colleagues_english(ratna, portal, form):
    exchange = fetch(ratna, portal)
    edit(portal, number=2, statement_en="A colleague’s.")
    changed = with_unit(exchange, "m5.statement", target="Mine.")

    dry_run = bring_back_without_marks(ratna, portal, changed, form)
    confirm(ratna, portal, dry_run)

    assert effects(dry_run) == {"changed": 1, "unchanged": len(exchange.units) - 1}
    assert reason(dry_run, "m2.statement") == EARLIER
    assert Mission.objects.get(number=2).statement_en == "A colleague’s."
    assert Mission.objects.get(number=5).statement_en == "Mine."


@pytest.mark.slow
def test_english_written_after_an_empty_export_stays_without_fingerprints_too(ratna, portal):
    edit(portal, number=2, statement_en="")
    exchange = fetch(ratna, portal)
    edit(portal, number=2, statement_en="A colleague’s.")

    dry_run = bring_back_without_marks(ratna, portal, exchange, FORMATS["csv"])

    assert list(effects(dry_run)) == ["unchanged"]
    assert reason(dry_run, "m2.statement") == EARLIER


def test_an_earlier_indonesian_is_recognised_without_fingerprints_too(ratna, portal):
    exchange = with_unit(fetch(ratna, portal), target="Mine.")
    edit(portal, statement_ind="Kalimat lain.")

    dry_run = bring_back_without_marks(ratna, portal, exchange)

    assert (
        reason(dry_run)
        == "The Indonesian was changed since the file was made. Translate the new text."
    )


@pytest.mark.slow
def test_the_dry_run_warns_of_missing_fingerprints_in_both_languages(ratna, portal):
    exchange = with_unit(fetch(ratna, portal), target="Mine.")

    assert NO_MARKS in bring_back_without_marks(ratna, portal, exchange).text
    assert NO_MARKS not in bring_back(ratna, portal, exchange).text
    assert NO_MARKS not in bring_back_without_marks(ratna, portal, fetch(ratna, portal)).text
    Account.objects.update(language="id")
    assert (
        "Berkas ini kehilangan sidik jari teksnya"
        in bring_back_without_marks(ratna, portal, exchange).text
    )


def test_a_file_with_fingerprints_can_bring_back_an_earlier_english(ratna, portal):
    first = english()
    edit(portal, statement_en="A colleague’s.")

    dry_run = bring_back(ratna, portal, with_unit(fetch(ratna, portal), target=first))

    assert effects(dry_run)["changed"] == 1


# All or nothing


@pytest.fixture
def half_refused(ratna, portal):
    exchange = with_unit(fetch(ratna, portal), target="Another sentence.")
    return bring_back(ratna, portal, with_unit(exchange, "m2.statement", target=""))


@pytest.mark.slow
def test_nothing_is_imported_while_some_of_it_is_refused(ratna, portal, half_refused):
    before = english()

    response = confirm(ratna, portal, half_refused)

    assert "Tick to leave that out, or fix the file." in response.text
    assert english() == before


@pytest.mark.slow
def test_refused_passages_can_be_left_out(ratna, portal, half_refused):
    confirm(ratna, portal, half_refused, without_refused="on")

    assert english() == "Another sentence."
    assert Mission.objects.get(number=2).statement_en


@pytest.mark.slow
@pytest.mark.parametrize("column", ["statement_ind", "statement_en"])
@pytest.mark.parametrize("marks", [{}, {"source_mark": "", "target_mark": ""}])
def test_nothing_is_imported_if_the_text_changed_after_the_dry_run(ratna, portal, column, marks):
    dry_run = bring_back(
        ratna, portal, with_unit(fetch(ratna, portal), target="Another sentence.", **marks)
    )
    edit(portal, **{column: "Meanwhile."})

    response = confirm(ratna, portal, dry_run)

    assert "meanwhile the text was changed" in response.text
    assert getattr(Mission.objects.get(number=1), column) == "Meanwhile."


@pytest.mark.slow
def test_nothing_is_imported_if_another_passage_is_refused_than_in_the_dry_run(ratna, portal):
    second = Mission.objects.get(number=2)
    exchange = with_unit(fetch(ratna, portal), target="One.")
    edit(portal, number=2, statement_ind="Kalimat lain.")
    dry_run = bring_back(ratna, portal, with_unit(exchange, "m2.statement", target="Two."))
    edit(portal, number=2, statement_ind=second.statement_ind)
    edit(portal, statement_ind="Kalimat lain.")

    response = confirm(ratna, portal, dry_run, without_refused="on")

    assert "meanwhile the text was changed" in response.text
    assert Mission.objects.get(number=2).statement_en == second.statement_en


@pytest.mark.slow
def test_a_simultaneous_save_of_an_editor_is_kept(ratna, portal):
    dry_run = bring_back(
        ratna, portal, with_unit(fetch(ratna, portal), "v-unsur.elements_lead_in", target="New:")
    )

    def edit_introduction():
        with recorded(portal.pk, "sri"):
            portal.introduction_ind = "Pengantar baru."
            portal.save()

    with somebody_is_faster(edit_introduction):
        confirm(ratna, portal, dry_run)

    portal.refresh_from_db()
    assert (portal.introduction_ind, portal.elements_lead_in_en) == ("Pengantar baru.", "New:")


@pytest.mark.slow
def test_nothing_is_imported_if_one_row_cannot_be_saved(ratna, portal):
    exchange = with_unit(fetch(ratna, portal), target="Another sentence.")
    exchange = with_unit(exchange, "v-unsur.elements_lead_in", target="New:")
    Mission.objects.filter(number=1).update(short_title_ind="A [[mark]]")
    dry_run = bring_back(ratna, portal, exchange)

    response = confirm(ratna, portal, dry_run)

    assert "Mission 1: statement: The mark [[…]] cannot be used here." in response.text
    assert "New</ins>" in response.text
    assert not Revision.objects.exists()


def test_a_forged_plan_imports_nothing(ratna, portal):
    response = ratna.post(address(portal, "impor"), {"plan": "forged"}, follow=True)

    assert (
        "Nothing was imported: the portal was updated after this page was opened. Choose the file "
        "again." in response.text
    )
    assert not Revision.objects.exists()


def test_only_translators_import(portal):
    client = logged_in("sri", "Editor", "Publisher")

    assert client.get(address(portal, "impor")).status_code == 403
    assert upload(client, portal, b"x").status_code == 403
    assert client.get(address(portal, "berkas/csv")).status_code == 200


def test_a_file_too_long_for_one_form_must_be_imported_in_parts(ratna, portal, monkeypatch):
    monkeypatch.setattr("editorial.translation.file_pages.LARGEST_PLAN", 100)

    dry_run = bring_back(ratna, portal, with_unit(fetch(ratna, portal), target="Another sentence."))

    assert "Import it in several parts." in dry_run.text
    assert 'name="plan"' not in dry_run.text


# Invalid files


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("file.xlf", b"", "The submitted file is empty."),
        ("file.xlf", b"<!DOCTYPE x [<!ENTITY a 'b'>]><xliff>&a;</xliff>", ""),
        ("file.xlsx", b"PK\x03\x04nothing", ""),
        ("file.csv", b"a,b\n1,2\n", ""),
        ("file.csv", b"x" * (5 * 1024 * 1024 + 1), "and at most"),
        ("notes.txt", "Visi".encode("utf-16"), ""),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(ratna, portal, name, data, sentence):
    response = upload(ratna, portal, data, name)

    errors = response.context["form"].errors["file"]
    assert len(errors) == 1
    assert sentence in errors[0].replace("\xa0", " ")
    assert response.status_code == 200


def test_a_form_without_a_file_is_refused(ratna, portal):
    response = ratna.post(address(portal, "impor"), {})

    assert "This field is required." in response.text


def test_a_file_of_another_period_is_refused(ratna, portal):
    exchange = replace(fetch(ratna, portal), period="2021-2026")

    response = bring_back(ratna, portal, exchange)

    assert "The file is of the period 2021–2026, and this is 2016–2021." in response.text


@pytest.mark.slow
def test_markup_in_a_file_is_escaped(ratna, portal):
    payload = "<script>alert(1)</script><img src=x onerror=alert(1)>"

    dry_run = bring_back(ratna, portal, with_unit(fetch(ratna, portal), target=payload))
    assert payload not in dry_run.text
    confirm(ratna, portal, dry_run)

    assert english() == payload
