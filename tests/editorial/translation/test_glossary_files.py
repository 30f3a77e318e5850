"""The glossary of a period as a file, from a file, and from another period."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from editions.document import TermText, Text
from editorial.history.recording import recorded
from editorial.models import Act, Event, Revision
from editorial.translation.exchange.formats import GLOSSARY_FORMATS
from editorial.translation.glossary.plan import terms_of
from tests.support.factories import make_vision
from tests.support.people.desk import effects, logged_in
from vision.models import Term

pytestmark = pytest.mark.django_db


@pytest.fixture
def ratna(portal):
    return logged_in("ratna", "Translator")


@pytest.fixture(params=GLOSSARY_FORMATS)
def name(request):
    return request.param


def address(vision):
    return f"/admin/istilah/{vision.pk}/"


def bring(client, vision, *terms, name="csv"):
    """The dry run of a file with these terms."""
    form = GLOSSARY_FORMATS[name]
    file = SimpleUploadedFile(f"file{form.extension}", form.write(terms))
    return client.post(address(vision), {"file": file})


def confirm(client, vision, dry_run, **ticks):
    plan = re.search(r'name="plan" value="([^"]*)"', dry_run.text)[1]
    return client.post(address(vision), {"plan": plan} | ticks, follow=True)


def reasons(dry_run):
    return [planned.reason for planned in dry_run.context["plan"]]


def make_term(vision, indonesian="pak camat", english="mayor", **texts):
    return Term.objects.create(vision=vision, term_ind=indonesian, term_en=english, **texts)


MAYOR = TermText(
    term=Text("pak camat", "mayor"),
    variants=Text("walikota", "lord mayor"),
    everyday_words=Text("pak wali", "boss"),
    definition=Text("Kepala kota.", "The head of a city."),
    note=Text("Dua kata.", "One word."),
)


@pytest.mark.slow
def test_a_glossary_goes_out_and_comes_into_an_empty_period(ratna, portal, name):
    make_term(portal, note_ind="Dua kata.", variants_ind="walikota; pak wali", definition_en="")
    empty = make_vision()

    data = ratna.get(f"{address(portal)}berkas/{name}/").content
    terms = GLOSSARY_FORMATS[name].read(data)
    confirm(ratna, empty, bring(ratna, empty, *terms, name=name))

    assert terms_of(empty) == terms_of(portal)


def test_the_file_is_named_after_its_period_and_recorded(ratna, portal, name):
    response = ratna.get(f"{address(portal)}berkas/{name}/")

    file_name = f"visi-2016-2021-istilah.{name}"
    assert response["Content-Disposition"] == f'attachment; filename="{file_name}"'
    assert Event.objects.get(kind=Event.Kind.EXPORTED).object == file_name
    assert ratna.get(f"{address(portal)}berkas/pdf/").status_code == 404


def test_new_terms_are_shown_before_they_are_imported_as_one_revision(ratna, portal, name):
    dry_run = bring(ratna, portal, MAYOR, name=name)
    assert effects(dry_run) == {"new": 1}
    assert "The head of a city.</ins>" in dry_run.text
    assert not Term.objects.filter(term_ind="pak camat").exists()

    response = confirm(ratna, portal, dry_run)
    assert MAYOR in terms_of(portal)
    (message,) = response.context["messages"]
    assert str(message) == "1 term was saved. Readers see it when it is published."
    revision = Revision.objects.get()
    assert (revision.author, revision.action) == ("ratna", Revision.Action.IMPORT)
    acts = Act.objects.filter(revision=revision).order_by("field")
    assert [act.field for act in acts] == ["definition", "note", "term"]


def test_a_changed_text_is_shown_and_an_empty_one_takes_nothing_away(ratna, portal):
    make_term(portal, definition_ind="Kepala kota.", definition_en="Head.")
    changed = TermText(term=Text("pak camat", ""), definition=Text("", "The head of a city."))

    dry_run = bring(ratna, portal, changed)
    confirm(ratna, portal, dry_run)

    assert effects(dry_run) == {"changed": 1}
    term = Term.objects.get(term_ind="pak camat")
    assert (term.term_en, term.definition_en) == ("mayor", "The head of a city.")
    assert term.definition_ind == "Kepala kota."


def test_a_file_as_it_was_exported_changes_nothing(ratna, portal, name):
    make_term(portal, variants_ind="walikota;pak wali", definition_ind="Satu.\n\nDua.")

    dry_run = bring(ratna, portal, *terms_of(portal), name=name)

    assert list(effects(dry_run)) == ["unchanged"]
    assert "Nothing changes in the glossary." in dry_run.text


def test_a_term_that_differs_by_capitals_is_refused_with_the_term_that_stands_here(ratna, portal):
    make_term(portal, "Kepala Édis")

    dry_run = bring(ratna, portal, TermText(term=Text("kepala édis", "mayor")))

    assert reasons(dry_run) == [
        "The glossary has this term as “Kepala Édis”; capitals make no difference. "
        "Write it in the file as it is here."
    ]


def test_a_term_that_stands_twice_in_the_file_is_refused(ratna, portal, name):
    twin = TermText(term=Text("Pak Camat", "mayor"))

    dry_run = bring(ratna, portal, MAYOR, twin, name=name)
    assert effects(dry_run) == {"new": 1, "refused": 1}
    assert reasons(dry_run)[1] == (
        "This term is already in the file, as “pak camat”; capitals make no difference. "
        "Delete one of the two."
    )

    response = confirm(ratna, portal, dry_run)
    assert "some of it is refused" in response.text
    assert not Term.objects.filter(term_ind="pak camat").exists()

    confirm(ratna, portal, response, without_refused="on")
    assert MAYOR in terms_of(portal)


@pytest.mark.parametrize("nothing", ["\u200b", " \u2060 ", "\u00ad"])
def test_a_text_of_invisible_characters_takes_nothing_away(ratna, portal, nothing):
    make_term(portal, definition_ind="Kepala kota.", variants_ind="walikota")
    texts = {"definition": Text(nothing, ""), "variants": Text(f"{nothing};", "")}

    dry_run = bring(ratna, portal, TermText(term=Text("pak camat", ""), **texts))

    assert effects(dry_run) == {"unchanged": 1}


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        (
            TermText(term=Text("", "mayor")),
            "The Indonesian text is missing. It is the authority and must not be blank.",
        ),
        (
            TermText(term=Text("pak camat"), definition=Text("", "Head.")),
            "There is English without Indonesian. Write the Indonesian first.",
        ),
        (
            TermText(term=Text("[[pak camat]]")),
            "Term – Indonesian: The mark [[…]] cannot be used here.",
        ),
    ],
)
def test_a_term_that_breaks_a_rule_is_refused_with_its_sentence(ratna, portal, term, sentence):
    assert sentence in reasons(bring(ratna, portal, term))[0]


def test_nothing_is_imported_if_the_glossary_was_changed_meanwhile(ratna, portal):
    make_term(portal)
    dry_run = bring(ratna, portal, TermText(term=Text("pak camat", "lord mayor")))
    with recorded(portal.pk, "sri"):
        term = Term.objects.get(term_ind="pak camat")
        term.term_en = "burgomaster"
        term.save()

    response = confirm(ratna, portal, dry_run)

    assert "meanwhile the text was changed" in response.text
    assert Term.objects.get(term_ind="pak camat").term_en == "burgomaster"


def test_a_plan_that_is_too_long_for_one_form_is_refused(ratna, portal, monkeypatch):
    monkeypatch.setattr("editorial.translation.file_pages.LARGEST_PLAN", 100)

    dry_run = bring(ratna, portal, MAYOR)

    assert "Import it in several parts." in dry_run.text
    assert 'name="plan"' not in dry_run.text


def test_a_forged_plan_imports_nothing(ratna, portal):
    response = ratna.post(address(portal), {"plan": "x"}, follow=True)

    assert "the portal was updated after this page was opened" in response.text


def test_a_file_of_too_many_terms_is_refused(ratna, portal):
    many = [TermText(term=Text(str(number))) for number in range(1001)]

    assert "at most 1000 are read" in bring(ratna, portal, *many).text


# From another period


@pytest.mark.slow
@pytest.mark.parametrize("role", ["Editor", "Translator"])
def test_an_empty_period_takes_over_the_terms_of_another(portal, role):
    client, empty = logged_in("sri", role), make_vision()
    make_term(portal, note_ind="Dua kata.")
    make_term(empty, "PAK CAMAT", "city head")
    count = portal.terms.count()

    dry_run = client.post(address(empty), {"other": portal.pk})
    assert effects(dry_run) == {"new": count - 1, "unchanged": 1}
    assert empty.terms.count() == 1

    confirm(client, empty, dry_run)
    assert empty.terms.count() == count
    assert empty.terms.get(term_ind="PAK CAMAT").term_en == "city head"
    revision = Revision.objects.get()
    assert revision.what == "copied from the draft of 2016–2021"


def test_the_structure_of_a_period_without_terms_offers_those_of_others(portal):
    client, empty = logged_in("sri", "Editor"), make_vision()
    words = "Take over the terms of another period"

    assert words in client.get(f"/admin/susunan/{empty.pk}/").text
    assert words not in client.get(f"/admin/susunan/{portal.pk}/").text


def test_the_page_offers_only_periods_with_terms(ratna, portal):
    empty = make_vision()

    assert "Terms of another period" in ratna.get(address(empty)).text
    assert "Terms of another period" not in ratna.get(address(portal)).text
    assert ratna.post(address(portal), {"other": empty.pk}).status_code == 200
    assert ratna.post(address(portal), {"other": "x"}).status_code == 200


def test_an_editor_cannot_change_english_by_a_file(portal):
    client = logged_in("sri", "Editor")

    assert bring(client, portal, MAYOR).status_code == 403
    assert "Import a glossary" not in client.get(address(portal)).text
