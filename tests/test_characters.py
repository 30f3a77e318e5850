"""Whatever character stands in a text, the pages of the desk and of the public open."""

import pytest
from django.db import connection

from editorial.models import Account, Act
from tests.desk import change, logged_in, typed
from vision.models import Vision

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client, portal):
    client.force_login(Account.objects.create_superuser("sri", language="en"))
    return client


def publish_page(vision):
    return f"/admin/vision/vision/{vision.pk}/terbitkan/"


def translation_desk(vision):
    return f"/admin/terjemahan/{vision.pk}/?state=all"


def write_past_every_field(row, **columns):
    """As an older portal kept it: the field itself would clean it."""
    names = ", ".join(f"{name} = %s" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET {names} WHERE id = %s", [*columns.values(), row.pk])


@pytest.mark.parametrize("words", ["pemba\u00ad ngunan", "kota \u0301 indah", "\u0301", "lıma ſatu"])
def test_a_word_of_which_nothing_is_left_stops_neither_publishing_nor_the_desk(editor, portal, words):
    mission = portal.missions.first()
    changes = {"statement_ind": f"Taman {words} baru.", "statement_en": f"New park {words}."}
    editor.post(change(mission), typed(editor, change(mission), **changes))
    mission.refresh_from_db()

    assert mission.statement_en.startswith("New park")
    assert editor.get(publish_page(portal)).status_code == 200
    assert editor.get(translation_desk(portal)).status_code == 200


# What an older portal kept


@pytest.fixture
def old_row(portal):
    mission = portal.missions.get(number=1)
    write_past_every_field(
        mission, statement_ind="Taman\u00ad kota \u00ad baru.", statement_en="New \u00ad city\u00ad park."
    )
    return mission


def test_what_an_older_portal_kept_is_named_to_the_publisher_and_hinders_nobody(editor, portal, old_row):
    page = editor.get(publish_page(portal))

    assert "(U+00AD)" in page.text
    assert editor.get(translation_desk(portal)).status_code == 200


def test_what_an_older_portal_kept_is_cleaned_when_it_is_saved(editor, old_row):
    editor.post(change(old_row), typed(editor, change(old_row)))

    old_row.refresh_from_db()
    assert (old_row.statement_ind, old_row.statement_en) == ("Taman kota baru.", "New city park.")


def test_a_file_of_what_an_older_portal_kept_changes_only_what_was_translated(portal, old_row):
    ratna = logged_in("ratna", "Translator")
    file = ratna.get(f"/admin/terjemahan/{portal.pk}/berkas/csv/?state=all").content

    from django.core.files.uploadedfile import SimpleUploadedFile

    file = file.replace("New \u00ad city\u00ad park.".encode(), b"A new park of the city.")
    page = ratna.post(f"/admin/terjemahan/{portal.pk}/impor/", {"file": SimpleUploadedFile("x.csv", file)})

    assert [(row.unit.key, row.fate) for row in page.context["rows"]] == [("m1.statement", "changed")]


# Every other way of writing


def test_a_remark_is_kept_without_what_nobody_sees(portal):
    ratna = logged_in("ratna", "Translator")

    ratna.post(
        translation_desk(portal),
        {"do": "remark::m1.statement", "words:m1.statement": "\ufeffLihat\u200b pem\u00adbangunan"},
    )

    assert Act.objects.latest("pk").words == "Lihat pembangunan"


def test_a_remark_of_nothing_that_anybody_sees_is_asked_for_again(portal):
    ratna = logged_in("ratna", "Translator")

    page = ratna.post(translation_desk(portal), {"do": "remark::m1.statement", "words:m1.statement": "\u200b\u00ad"})

    assert "Write your remark first." in page.text


def test_english_from_the_desk_and_from_a_file_is_kept_without_what_nobody_sees(portal):
    ratna = logged_in("ratna", "Translator")
    page = ratna.get(translation_desk(portal))
    card = next(card for card in page.context["desk"].cards if card.key == "m1.statement")

    ratna.post(
        translation_desk(portal),
        {
            "do": "save::m1.statement",
            "en:m1.statement": "New\u2060 pa\u00adrk.",
            "base:en:m1.statement": card.base,
        },
    )

    assert Vision.objects.get().missions.get(number=1).statement_en == "New park."
