"""A glossary has each term once, regardless of capitals."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from editorial.history.recording import columns_of
from editorial.models import Revision, Version
from editorial.rows import anchor_of
from tests.support.factories import make_vision
from tests.support.people.desk import change, logged_in, typed
from vision.models import Term

TAKEN = (
    "This term stands in the glossary already; capitals make no difference. Change the entry that "
    "is there."
)


@pytest.fixture
def vision(db):
    vision = make_vision()
    Term.objects.create(vision=vision, term_ind="Smart City", term_en="smart city")
    return vision


def test_the_database_refuses_a_term_that_differs_by_capitals_only(vision):
    with pytest.raises(IntegrityError), transaction.atomic():
        Term.objects.create(vision=vision, term_ind="smart CITY")

    Term.objects.create(
        vision=make_vision(2041, 2045), term_ind="smart CITY"
    )  # another vision has another glossary


@pytest.mark.parametrize("other", ["smart city", "ÉKONOMI"])
def test_the_form_reports_a_duplicate_term_beside_its_field(vision, other):
    Term.objects.create(vision=vision, term_ind="ékonomi")

    response = logged_in("sri", "Editor").post(
        "/admin/vision/term/add/", {"vision": vision.pk, "term_ind": other}
    )

    assert response.context["adminform"].form.errors == {"term_ind": [TAKEN]}


def test_the_capitals_of_a_term_can_be_changed(vision):
    sri, term = logged_in("sri", "Editor"), Term.objects.get()

    sri.post(change(term), typed(sri, change(term), term_ind="smart city"))

    assert Term.objects.get().term_ind == "smart city"


def test_a_term_is_checked_wherever_it_is_made(vision):
    with pytest.raises(ValidationError, match="huruf besar dan kecil tidak dibedakan"):
        Term(vision=vision, term_ind="SMART CITY").full_clean(
            exclude=["term", "variants", "definition", "note"]
        )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_update_numbers_the_later_of_two_terms_and_loses_no_text(capsys):
    vision = make_vision()
    call_command("migrate", "editorial", "0012", verbosity=0)
    try:
        names = ["SDM", "sdm", "taman", "sdm (2)", "Sdm"]
        state = MigrationExecutor(connection).loader.project_state([("editorial", "0012_receipts")])
        terms = state.apps.get_model("vision", "Term").objects
        rows = [
            terms.create(vision_id=vision.pk, term_ind=name, definition_ind=f"Arti {number}.")
            for number, name in enumerate(names)
        ]
    finally:
        call_command("migrate", verbosity=0)

    kept = [Term.objects.get(pk=row.pk) for row in rows]
    assert [term.term_ind for term in kept] == ["SDM", "sdm (3)", "taman", "sdm (2)", "Sdm (4)"]
    assert [term.definition_ind for term in kept] == [f"Arti {number}." for number in range(5)]
    assert (
        "“sdm” stood there twice, differing by capitals. The later one is now “sdm (3)”"
        in capsys.readouterr().out
    )
    assert Revision.objects.get().author == "server"
    version = Version.objects.get(row=kept[1].pk)
    assert version.before["term_ind"] == "sdm"
    assert version.after.items() <= columns_of(kept[1]).items()
    assert version.anchor == anchor_of(kept[1])
