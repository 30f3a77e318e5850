"""Two people at one record: no work is overwritten, and no typed text is lost."""

import pytest
from django.core import signing

from editorial.history.merging import SALT
from editorial.models import Revision, Version
from missions.models import Mission
from tests.support.factories import first_mission, make_point, make_vision
from tests.support.people.desk import change, logged_in, typed
from vision.models import Element, Point

pytestmark = pytest.mark.django_db
EDITORS = ("Editor", "Translator")


@pytest.fixture
def sri(portal):
    return logged_in("sri", *EDITORS)


@pytest.fixture
def budi(portal):
    return logged_in("budi", *EDITORS)


def errors_of(response):
    return response.context["adminform"].form.errors


def opened(*clients):
    """The fields of each editor's form; all open it before anybody saves, and change nothing."""
    return [typed(client, change(first_mission())) for client in clients]


# Different fields


@pytest.mark.slow
@pytest.mark.parametrize("order", [("sri", "budi"), ("budi", "sri")])
def test_different_fields_of_one_record_are_both_kept_in_either_order(sri, budi, order):
    forms = dict(zip(("sri", "budi"), opened(sri, budi), strict=True))
    forms["sri"]["statement_ind"], forms["budi"]["short_title_ind"] = "Kalimat Sri.", "Judul Budi"
    clients = {"sri": sri, "budi": budi}

    answers = [clients[name].post(change(first_mission()), forms[name]) for name in order]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert (first_mission().statement_ind, first_mission().short_title_ind) == (
        "Kalimat Sri.",
        "Judul Budi",
    )
    assert {v.revision.author: v.fields for v in Version.objects.all()} == {
        "sri": ["statement_ind"],
        "budi": ["short_title_ind"],
    }


def test_editor_and_translator_save_one_record_at_once(portal):
    editor, translator = logged_in("sri", "Editor"), logged_in("tini", "Translator")
    of_editor, of_translator = opened(editor, translator)

    first = editor.post(change(first_mission()), of_editor | {"statement_ind": "Kalimat baru."})
    second = translator.post(
        change(first_mission()), of_translator | {"statement_en": "A new sentence."}
    )

    assert (first.status_code, second.status_code) == (302, 302)
    assert (first_mission().statement_ind, first_mission().statement_en) == (
        "Kalimat baru.",
        "A new sentence.",
    )


def test_a_merge_that_breaks_a_rule_shows_the_other_persons_text(sri, budi):
    """One empties the Indonesian, the other adds the English. Each change alone is valid."""
    Mission.objects.filter(number=1).update(short_title_ind="Judul")
    of_sri, of_budi = opened(sri, budi)
    sri.post(change(first_mission()), of_sri | {"short_title_ind": ""})

    response = budi.post(change(first_mission()), of_budi | {"short_title_en": "Title"})

    assert "There is English without Indonesian" in response.text
    assert response.context["adminform"].form["short_title_ind"].value() == ""
    assert response.context["adminform"].form["short_title_en"].value() == "Title"
    assert first_mission().short_title_en == ""


# The same field


@pytest.fixture
def conflict(sri, budi):
    of_sri, of_budi = opened(sri, budi)
    sri.post(
        change(first_mission()),
        of_sri | {"statement_ind": "Kalimat Sri.", "short_title_ind": "Judul Sri"},
    )
    return budi.post(
        change(first_mission()),
        of_budi | {"statement_ind": "Kalimat Budi.", "statement_en": "By Budi."},
    )


def test_the_second_to_write_a_field_sees_both_texts_and_saves_nothing(conflict):
    assert conflict.status_code == 200
    assert errors_of(conflict).keys() == {"statement_ind"}
    assert "sri changed this meanwhile" in conflict.text
    assert ">Kalimat Sri.</p>" in conflict.text
    assert "Sri</del>" in conflict.text
    assert "Budi</ins>" in conflict.text
    assert (first_mission().statement_ind, first_mission().statement_en != "By Budi.") == (
        "Kalimat Sri.",
        True,
    )


def test_the_form_of_a_conflict_keeps_the_typed_text_and_the_others_other_fields(conflict):
    form = conflict.context["adminform"].form

    assert form["statement_ind"].value() == "Kalimat Budi."
    assert form["statement_en"].value() == "By Budi."
    assert form["short_title_ind"].value() == "Judul Sri"


def test_an_editor_who_has_seen_both_texts_decides(conflict, budi):
    shown = conflict.context["adminform"].form
    data = {name: shown[name].value() for name in shown.fields}

    response = budi.post(change(first_mission()), data | {"statement_ind": "Kalimat Sri dan Budi."})

    assert response.status_code == 302
    assert first_mission().statement_ind == "Kalimat Sri dan Budi."
    assert first_mission().short_title_ind == "Judul Sri"
    assert first_mission().statement_en == "By Budi."


def test_a_third_text_meanwhile_is_a_new_conflict(conflict, sri, budi):
    shown = conflict.context["adminform"].form
    data = {name: shown[name].value() for name in shown.fields}
    sri.post(
        change(first_mission()),
        typed(sri, change(first_mission()), statement_ind="Kalimat Sri yang kedua."),
    )

    response = budi.post(change(first_mission()), data)

    assert "Kalimat Sri yang kedua." in response.text
    assert first_mission().statement_ind == "Kalimat Sri yang kedua."


@pytest.mark.slow
def test_the_same_text_twice_is_no_conflict_and_no_second_revision(sri, budi):
    of_sri, of_budi = opened(sri, budi)
    sri.post(change(first_mission()), of_sri | {"statement_ind": "Kalimat yang sama."})

    response = budi.post(
        change(first_mission()), of_budi | {"statement_ind": "Kalimat  yang sama. "}
    )

    assert response.status_code == 302
    assert Revision.objects.count() == 1


def test_a_field_emptied_in_a_conflict_is_compared_again_once_filled(sri, budi):
    of_sri, of_budi = opened(sri, budi)
    sri.post(
        change(first_mission()),
        of_sri | {"statement_ind": "Kalimat Sri.", "statement_en": "By Sri."},
    )
    response = budi.post(
        change(first_mission()), of_budi | {"statement_ind": "", "statement_en": "By Budi."}
    )
    shown = response.context["adminform"].form
    data = {name: shown[name].value() for name in shown.fields} | {"statement_ind": "Kalimat Budi."}

    again = budi.post(change(first_mission()), data)

    assert errors_of(response).keys() == {"statement_ind", "statement_en"}
    assert errors_of(again).keys() == {"statement_ind"}
    assert "Kalimat Sri." in again.text


# The token


def forged(**columns):
    row = first_mission()
    return signing.dumps(["mission", row.pk, columns], salt=SALT)


def of_another_row():
    other = Mission.objects.get(number=2)
    return signing.dumps(["mission", other.pk, {"number": 2}], salt=SALT)


TOKENS = {
    "missing": lambda: None,
    "empty": lambda: "",
    "forged": lambda: "eyJ4Ijox:1abc:forged",
    "of another record": of_another_row,
    "older than the columns": lambda: forged(statement_ind="Lama"),
    "no state at all": lambda: signing.dumps("x", salt=SALT),
}


@pytest.mark.slow
@pytest.mark.parametrize("make_token", TOKENS.values(), ids=TOKENS.keys())
def test_a_form_without_its_base_saves_nothing_and_keeps_the_text(sri, make_token):
    former = first_mission().statement_ind
    data = typed(sri, change(first_mission()), statement_ind="Kalimat Sri.") | {
        "base": make_token()
    }

    response = sri.post(
        change(first_mission()), {name: value for name, value in data.items() if value is not None}
    )

    assert response.status_code == 200
    assert "Nothing was saved" in response.text
    assert response.context["adminform"].form["statement_ind"].value() == "Kalimat Sri."
    assert former in response.text
    assert first_mission().statement_ind == former


def test_a_refused_form_can_be_saved_after_showing_both_texts(sri):
    data = typed(sri, change(first_mission()), statement_ind="Kalimat Sri.") | {"base": ""}
    shown = sri.post(change(first_mission()), data).context["adminform"].form

    sri.post(change(first_mission()), {name: shown[name].value() for name in shown.fields})

    assert first_mission().statement_ind == "Kalimat Sri."


# Deleted meanwhile


def point():
    return Point.objects.get(marker="(b)", element__number=2)


def delete(client, row):
    address = change(row).replace("change", "delete")
    return client.post(address, {"post": "yes", "token": client.get(address).context["token"]})


def test_editing_a_deleted_row_names_who_deleted_it_and_keeps_the_text(sri, budi):
    row = point()
    data = typed(sri, change(row), text_ind="Kalimat yang lama diketik.")
    assert delete(budi, row).status_code == 302

    response = sri.post(change(row), data)

    assert response.status_code == 410
    assert "budi deleted this on" in response.text
    assert "Kalimat yang lama diketik.</textarea>" in response.text
    assert f"/history/{Version.objects.get().number}/" in response.text


def test_a_deletion_is_refused_if_the_text_changed_after_the_question(sri, budi):
    row = point()
    address = change(row).replace("change", "delete")
    token = sri.get(address).context["token"]
    budi.post(change(row), typed(budi, change(row), text_ind="Teks baru."))

    response = sri.post(address, {"post": "yes", "token": token}, follow=True)

    assert "Nothing was deleted" in response.text
    assert Point.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("token", ["", "forged"])
def test_nothing_is_deleted_without_confirmation(sri, token):
    row = point()

    sri.post(change(row).replace("change", "delete"), {"post": "yes", "token": token})

    assert Point.objects.filter(pk=row.pk).exists()


def test_an_element_is_not_deleted_over_a_new_point(budi, db):
    element = make_vision().elements.get(number=2)
    address = change(element).replace("change", "delete")
    token = budi.get(address).context["token"]
    make_point(element)

    budi.post(address, {"post": "yes", "token": token})

    assert Element.objects.filter(pk=element.pk).exists()


# The link back


def test_a_saved_form_leads_back_to_the_page_that_opened_it(sri):
    address = f"{change(first_mission())}?next=%2Fadmin%2F%23m1"

    saved = sri.post(address, typed(sri, address, statement_ind="Kalimat."))
    continued = sri.post(address, typed(sri, address) | {"_continue": "1"})

    assert saved.headers["Location"] == "/admin/#m1"
    assert continued.headers["Location"] == address


@pytest.mark.slow
@pytest.mark.parametrize(
    "next_", ["https://evil.com/admin/", "//evil.com/admin/", "/id/", "javascript:alert(1)", ""]
)
def test_the_form_never_leads_out_of_the_admin(sri, next_):
    address = f"{change(first_mission())}?next={next_}"

    saved = sri.post(address, typed(sri, address))

    assert saved.headers["Location"] == f"/admin/naskah/{first_mission().vision_id}/#m1"
