"""The next vision begins empty or as a copy; it is a draft that public pages do not show."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from editions import working_copy
from editions.models import Edition
from editions.working_copy import InvalidRow, PeriodTaken, add_document, read_document
from editorial.models import Act, Revision
from editorial.translation.acts import record_act
from editorial.translation.saving import StoredPassage, save_english
from editorial.translation.states import State, translations
from tests.support.factories import (
    make_account,
    make_element,
    make_vision,
    publish_now,
    with_twin_terms,
)
from tests.support.people.desk import errors_of
from vision.models import Term, Vision

pytestmark = pytest.mark.django_db
PAGE = "/admin/periode-baru/"
PUBLIC = [
    "/id/",
    "/id/visi/",
    "/id/visi/2016-2021/",
    "/id/visi/2016-2021/edisi/",
    "/id/istilah/",
    "/id/cari/?q=berpihak",
    "/en/search/?q=2021",
    "/sitemap.xml",
    "/id/umpan.atom",
    "/data/",
    "/data/2016-2021.json",
]


def begin(client, start="2021", end="2026", source="empty", **options):
    return client.post(
        PAGE, {"period_start": start, "period_end": end, "source": source}, **options
    )


def test_the_form_for_a_new_period_proposes_the_next_years(editor, portal):
    form = editor.get(PAGE).context["form"]

    assert (form["period_start"].value(), form["period_end"].value()) == (2021, 2026)


def test_an_empty_portal_proposes_this_year(editor):
    form = editor.get(PAGE).context["form"]

    assert form["period_end"].value() == form["period_start"].value() + 5


def test_beginning_empty_opens_the_form_with_the_years_filled_in(editor, portal):
    response = begin(editor)

    assert (
        response.headers["Location"]
        == "/admin/vision/vision/add/?period_start=2021&period_end=2026"
    )
    form = editor.get(response.headers["Location"]).context["adminform"].form
    assert (form["period_start"].value(), form["period_end"].value()) == ("2021", "2026")
    assert Vision.objects.count() == 1


def test_a_new_vision_leads_on_to_its_elements_and_missions(editor):
    texts = dict.fromkeys(
        ["introduction_ind", "statement_ind", "elements_lead_in_ind", "missions_lead_in_ind"],
        "Visi",
    )

    response = editor.post(
        "/admin/vision/vision/add/", texts | {"period_start": 2021, "period_end": 2026}, follow=True
    )

    assert "This vision has no elements yet." in response.text


def test_the_page_says_which_text_each_copy_takes(editor, portal):
    make_vision()

    text = editor.get(PAGE).text

    assert "A copy of 2016–2021, as published in edition 2" in text
    assert "A copy of 2031–2035, as its draft is now" in text


@pytest.mark.slow
def test_a_copy_of_a_published_vision_has_the_published_text(editor, portal):
    portal.statement_ind = "Belum terbit"
    portal.save()

    response = begin(editor, source=portal.pk, follow=True)

    vision = Vision.objects.get(period_start=2021)
    published = Edition.objects.get(number=2).document
    assert read_document(vision) == replace(published, period_start=2021, period_end=2026)
    assert response.redirect_chain == [(f"/admin/susunan/{vision.pk}/", 302)]
    assert "“Vision 2021–2026” is now a draft that no citizen sees." in response.text


@pytest.mark.slow
@pytest.mark.parametrize("is_published", [False, True])
def test_english_that_was_filled_from_the_memory_stays_in_review_in_a_copy(editor, is_published):
    source = make_vision()
    mission = source.missions.create(number=2, statement_ind="Membangun taman kota.")
    passage = translations(read_document(source))["m2.statement"].passage
    texts = [(StoredPassage(passage, mission), passage.text, "Building city parks.")]
    fills = {passage.key: "the memory"}
    save_english("ratna", source, texts, Revision.Action.FILL, fills)
    if is_published:
        publish_now(source)

    begin(editor, source=source.pk)

    vision = Vision.objects.get(period_start=2021)
    copied = translations(read_document(vision))
    assert (copied["m2.statement"].state, copied["m1.statement"].state) == (
        State.REVIEW,
        State.DONE,
    )
    assert copied["m2.statement"].filled.words == "the memory"
    row, passage = vision.missions.get(number=2), copied["m2.statement"].passage
    record_act("ratna", Act.Kind.REVIEWED, passage, row)
    assert translations(read_document(vision))["m2.statement"].state == State.DONE


@pytest.mark.slow
def test_a_copy_has_the_notes_on_terms_which_no_edition_holds(editor, portal):
    Term.objects.filter(term_ind="sektor jasa").update(note_ind="Bukan industri.", note_en="")

    begin(editor, source=portal.pk)

    copied = Vision.objects.get(period_start=2021).terms.get(term_ind="sektor jasa")
    assert copied.note_ind == "Bukan industri."


@pytest.mark.slow
def test_the_first_edition_of_a_copy_is_compared_with_its_source(editor, portal):
    begin(editor, source=portal.pk)
    vision = Vision.objects.get(period_start=2021)
    vision.missions.filter(number=1).update(statement_ind="Misi baru.")

    editor.force_login(make_account("putri", "Editor", "Publisher"))

    page = editor.get(f"/admin/vision/vision/{vision.pk}/terbitkan/")
    assert [change.passage.key for change in page.context["difference"].changes] == ["m1.statement"]
    assert "compared with edition 2 of 2016–2021" in " ".join(page.text.split())
    manuscript = editor.get(f"/admin/naskah/{vision.pk}/?only=changed").text
    assert "Misi baru." in manuscript
    assert "1 passage differs from edition 2 of 2016–2021" in editor.get("/admin/").text


def test_a_copy_of_an_unpublished_vision_has_its_draft(editor):
    source = make_vision()

    begin(editor, "2035", "2040", source.pk)

    copied = read_document(Vision.objects.get(period_start=2035))
    assert copied == replace(read_document(source), period_start=2035, period_end=2040)


def test_a_copy_numbers_the_later_of_two_terms_that_differ_by_capitals(editor):
    source = make_vision()
    publish_now(source, document=with_twin_terms(read_document(source)))

    begin(editor, source=source.pk)

    copied = read_document(Vision.objects.get(period_start=2021))
    assert [term.term.id for term in copied.terms] == ["Kota Pintar", "kota pintar (2)"]


def test_a_copy_is_one_revision_of_the_new_vision(editor):
    begin(editor, source=make_vision().pk)

    (revision,) = Revision.objects.all()
    assert (revision.period, revision.author, revision.action) == ("2021-2026", "sri", "copy")
    assert revision.versions.count() == 1 + 2 + 1
    assert revision.vision_id == Vision.objects.get(period_start=2021).pk


@pytest.mark.slow
def test_elements_and_missions_of_a_copy_can_be_moved(editor, portal):
    begin(editor, source=portal.pk)

    text = editor.get(f"/admin/susunan/{Vision.objects.get(period_start=2021).pk}/").text

    assert "are fixed" not in text
    assert "Add mission" in text


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        ("2026", "2021", "The last year must not come before the first."),
        ("26", "31", "Write each year with four digits, from 1945 on."),
        ("20266", "20311", "Write each year with four digits, from 1945 on."),
        ("dua ribu", "2031", "Write each year with four digits, from 1945 on."),
        ("9" * 5000, "2031", "Write each year with four digits, from 1945 on."),
        ("", "2031", "This field is required."),
    ],
)
def test_impossible_years_get_a_sentence_and_stay_in_the_form(editor, portal, start, end, sentence):
    response = begin(editor, start, end, portal.pk)

    assert sentence in errors_of(response)
    form = response.context["form"]
    assert (form["period_start"].value(), form["period_end"].value()) == (start, end)
    assert form["source"].value() == str(portal.pk)
    assert Vision.objects.count() == 1


def test_years_of_an_existing_vision_lead_to_it(editor, portal):
    for source in ("empty", portal.pk):
        response = begin(editor, "2016", "2021", source)

        (sentence,) = errors_of(response)
        assert sentence.startswith("There is a vision for these years already: ")
        assert f'<a href="/admin/susunan/{portal.pk}/">Vision 2016–2021</a>' in response.text


@pytest.mark.parametrize("source", ["", "999", "x", "9" * 30])
def test_a_forged_source_is_a_form_error(editor, portal, source):
    assert errors_of(begin(editor, source=source))


def test_a_refused_copy_names_the_text_and_saves_nothing(editor, portal):
    vision = make_vision()
    document = read_document(vision)
    broken = replace(document.elements[0], name=document.elements[0].name.__class__("", ""))
    publish_now(vision, document=replace(document, elements=(broken, *document.elements[1:])))

    response = begin(editor, source=vision.pk)

    assert errors_of(response)[0].startswith("It cannot be copied: u1: ")
    assert not Vision.objects.filter(period_start=2021).exists()


def test_a_vision_added_at_the_same_moment_is_not_overwritten(editor, portal, monkeypatch):
    """As on PostgreSQL: both requests find the years free, and the database refuses the second."""
    other = make_vision(2021, 2026)
    make_element(other, number=3, words=("Ramah", "kind"))
    before = read_document(other)
    answers = iter([None, None])
    monkeypatch.setattr(working_copy, "vision_of", lambda document: next(answers))
    monkeypatch.setattr(
        "editorial.writing.new_period.NewPeriodForm.clean", lambda form: form.cleaned_data
    )
    monkeypatch.setattr(
        "editorial.writing.new_period.NewPeriodForm.validate_unique", lambda form: None
    )
    monkeypatch.setattr(
        "editorial.writing.new_period.NewPeriodForm.validate_constraints", lambda form: None
    )

    response = begin(editor, source=portal.pk)

    assert errors_of(response)[0].startswith("There is a vision for these years already: ")
    assert read_document(other) == before


@pytest.mark.django_db(transaction=True)
def test_only_one_of_two_people_begins_a_period_and_the_other_gets_a_message():
    document = read_document(make_vision())
    document = replace(document, period_start=2036, period_end=2040)
    barrier = threading.Barrier(2)

    def run(_):
        try:
            barrier.wait()
            add_document(document)
            return "begun"
        except (PeriodTaken, InvalidRow):
            return "told"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(run, range(2)))

    assert outcomes == ["begun", "told"]
    assert Vision.objects.filter(period_start=2036).count() == 1


@pytest.mark.slow
def test_public_pages_show_nothing_of_a_new_period(editor, portal):
    before = {address: editor.get(address).content for address in PUBLIC}
    begin(editor, source=portal.pk)
    Vision.objects.filter(period_start=2021).update(
        statement_ind="Magelang berpihak", statement_en="Rahasia"
    )

    after = {address: editor.get(address).content for address in PUBLIC}

    assert after == before
    for address in ["/id/visi/2021-2026/", "/en/vision/2021-2026/", "/data/2021-2026.json"]:
        assert editor.get(address).status_code == 404


# Permissions


def test_the_list_of_visions_links_to_the_page_for_a_new_period(editor, portal):
    text = " ".join(editor.get("/admin/vision/vision/").text.split())

    assert f'<a href="{PAGE}" class="addlink"> Begin the next vision </a>' in text
    assert "Add vision" not in text


@pytest.mark.parametrize("role", ["Translator", "Publisher", "Administrator"])
def test_a_new_period_needs_permission_to_change_the_structure(client, portal, role):
    client.force_login(make_account("ayu", role))

    assert client.get(PAGE).status_code == begin(client, source=portal.pk).status_code == 403
    assert PAGE not in client.get("/admin/vision/vision/").text
    assert Vision.objects.count() == 1
