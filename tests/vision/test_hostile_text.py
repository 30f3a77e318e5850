"""Text typed into any field is stored as typed and shown as plain text, never as markup."""

import pytest

from editorial.models import Account, Revision
from editorial.rows import vision_of
from missions.models import Mission
from tests.support.attacks import ATTACKS
from tests.support.factories import make_point
from tests.support.fields import MODELS, texts_of
from tests.support.people.desk import change, typed
from vision.fields import LINE_LENGTH, PROSE_LENGTH, LineField, ProseField
from vision.models import Term
from vision.points import PointBase

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
REFUSED = ["nol\x00", "balik\u202e", "sisip\u2066", "hapus\x7f", "lonceng\x07"]
PASTED = "\ufeffpem\u00adba\u00ad\nngun\u200ban\u00ad kota\x0b\u2060 \u0301 👨‍👩‍👧‍👦"
KEPT = "pembangunan kota \u0301 👨‍👩‍👧‍👦"


@pytest.fixture
def editor(client, portal):
    make_point(portal.missions.first())
    client.force_login(Account.objects.create_superuser("sri", language="en"))
    return client


def places_of(row):
    vision = vision_of(row).pk
    history = change(row).replace("change", "history")
    return [
        change(row),
        change(row).partition(f"{row.pk}/change/")[0],
        history,
        f"{history}{len(ATTACKS)}/",
        f"/admin/editorial/revision/{Revision.objects.latest('pk').pk}/change/",
        "/admin/editorial/revision/",
        "/admin/",
        f"/admin/vision/vision/{vision}/terbitkan/",
        *(
            f"/admin/pratinjau/{vision}/{page}"
            for page in ("id/visi/2016-2021/", "en/glossary/", "id/umpan.atom")
        ),
        *([change(row).replace("change", "delete")] if isinstance(row, PointBase | Term) else []),
    ]


@pytest.mark.parametrize("model", MODELS)
def test_markup_in_any_field_is_kept_as_typed_and_never_becomes_markup(editor, model):
    row = model.objects.first()
    columns = [field.name for field in texts_of(model)]
    for attack in ATTACKS:
        response = editor.post(
            change(row), typed(editor, change(row)) | dict.fromkeys(columns, attack)
        )
        assert response.status_code == 302
        row.refresh_from_db()
        assert {getattr(row, column) for column in columns} == {attack}

        for address in places_of(row)[: None if attack == ATTACKS[-1] else 1]:
            text = editor.get(address).text
            assert attack not in text, address
    assert "&lt;/script&gt;" in editor.get(change(row)).text


def errors_for(client, row, texts):
    response = client.post(change(row), typed(client, change(row)) | texts)
    return response.context["adminform"].form.errors.keys(), response.text


@pytest.mark.parametrize("model", MODELS)
def test_characters_that_turn_or_hide_a_text_are_refused_in_any_field(editor, model):
    row, columns = model.objects.first(), [field.name for field in texts_of(model)]

    for text in REFUSED:
        refused, page = errors_for(editor, row, dict.fromkeys(columns, text))
        assert refused == set(columns), text
        assert f"[U+{ord(text[-1]):04X}]”" in page


@pytest.mark.parametrize("model", MODELS)
def test_invisible_characters_are_removed_from_any_field(editor, model):
    row, columns = model.objects.first(), [field.name for field in texts_of(model)]

    response = editor.post(change(row), typed(editor, change(row)) | dict.fromkeys(columns, PASTED))

    assert response.status_code == 302
    row.refresh_from_db()
    assert {getattr(row, column) for column in columns} == {KEPT}


@pytest.mark.parametrize("model", MODELS)
def test_a_text_that_is_too_long_is_refused_in_any_field_and_kept_in_the_form(editor, model):
    row, lengths = model.objects.first(), {ProseField: PROSE_LENGTH, LineField: LINE_LENGTH}
    texts = {
        field.name: "x" * (lengths[field.translated_field.__class__] + 1)
        for field in texts_of(model)
    }

    refused, page = errors_for(editor, row, texts)

    assert refused == texts.keys()
    assert all(text in page for text in texts.values())


def test_a_body_of_millions_of_bytes_is_refused(editor):
    mission = Mission.objects.first()

    assert editor.post(change(mission), {"statement_ind": "x" * 2_600_000}).status_code == 400
