"""Pages of the desk and public pages open with any character in a text."""

from math import ceil

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from editions.models import Withdrawal
from editorial.models import Account, Act
from missions.models import Mission
from tests.support.addresses import admin_addresses, filled, make_rows, public_addresses
from tests.support.fields import texts_of
from tests.support.people.desk import change, logged_in, publishing_page, send, typed
from vision.models import Point, Vision
from vision.text import REFUSED

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client, portal):
    client.force_login(Account.objects.create_superuser("sri", language="en"))
    return client


def translation_desk(vision):
    return f"/admin/terjemahan/{vision.pk}/?state=all"


def write_past_every_field(row, **columns):
    """As an older portal stored it; the field would clean it."""
    names = ", ".join(f"{name} = %s" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {names} WHERE id = %s", [*columns.values(), row.pk]
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", ["pemba\u00ad ngunan", "kota \u0301 indah", "\u0301", "lıma ſatu"]
)
def test_a_word_that_normalises_to_nothing_stops_neither_publishing_nor_the_desk(
    editor, portal, words
):
    mission = portal.missions.first()
    changes = {"statement_ind": f"Taman {words} baru.", "statement_en": f"New park {words}."}
    editor.post(change(mission), typed(editor, change(mission), **changes))
    mission.refresh_from_db()

    assert mission.statement_en.startswith("New park")
    assert editor.get(publishing_page(portal)).status_code == 200
    assert editor.get(translation_desk(portal)).status_code == 200


# Uncleaned text of an older portal


@pytest.fixture
def old_row(portal):
    mission = portal.missions.get(number=1)
    write_past_every_field(
        mission,
        statement_ind="Taman\u00ad kota \u00ad baru.",
        statement_en="New \u00ad city\u00ad park.",
    )
    return mission


@pytest.mark.slow
def test_uncleaned_text_of_an_older_portal_is_reported_before_publishing(editor, portal, old_row):
    page = editor.get(publishing_page(portal))

    assert "(U+00AD)" in page.text
    assert editor.get(translation_desk(portal)).status_code == 200


def test_uncleaned_text_of_an_older_portal_is_cleaned_when_it_is_saved(editor, old_row):
    editor.post(change(old_row), typed(editor, change(old_row)))

    old_row.refresh_from_db()
    assert (old_row.statement_ind, old_row.statement_en) == ("Taman kota baru.", "New city park.")


def test_importing_a_file_of_uncleaned_text_changes_only_the_translated_passages(portal, old_row):
    ratna = logged_in("ratna", "Translator")
    file = ratna.get(f"/admin/terjemahan/{portal.pk}/berkas/csv/?state=all").content

    file = file.replace("New \u00ad city\u00ad park.".encode(), "A new pa\u00adrk.".encode())
    page = ratna.post(
        f"/admin/terjemahan/{portal.pk}/impor/", {"file": SimpleUploadedFile("x.csv", file)}
    )

    planned = [(each.unit.key, each.effect, each.text) for each in page.context["plan"]]
    assert planned == [("m1.statement", "changed", "A new park.")]


@pytest.mark.slow
def test_a_text_restored_from_history_is_cleaned(editor, old_row):
    editor.post(
        change(old_row),
        typed(editor, change(old_row), statement_ind="Lain.", statement_en="Other."),
    )
    address = f"{change(old_row).replace('change', 'history')}1/"
    base = editor.get(address).context["base"]

    editor.post(address, {"base": base, "column": ["statement_ind", "statement_en"]})

    old_row.refresh_from_db()
    assert (old_row.statement_ind, old_row.statement_en) == ("Taman kota baru.", "New city park.")


# Other ways of writing


def test_a_remark_is_stored_without_invisible_characters(portal):
    ratna = logged_in("ratna", "Translator")

    ratna.post(
        translation_desk(portal),
        {"do": "remark::m1.statement", "words:m1.statement": "\ufeffLihat\u200b pem\u00adbangunan"},
    )

    assert Act.objects.latest("pk").words == "Lihat pembangunan"


@pytest.mark.slow
def test_a_change_note_and_a_reason_are_stored_without_invisible_characters(portal):
    siti = logged_in("siti", "Publisher")
    portal.missions.filter(number=1).update(statement_en="Another wording.")
    note = {"note_ind": "\ufeffPer\u00adbaikan\u200b", "note_en": "Cor\u00adrection\u2060"}
    reason = {"reason_ind": "Ke\u00adliru", "reason_en": "\u200bMis\u00adtaken", "confirm": "on"}

    send(siti, publishing_page(portal), **note)
    first, edition = portal.editions.get(number=1), portal.editions.latest("number")
    siti.post(f"/admin/editions/edition/{first.pk}/tarik/", reason)

    withdrawal = Withdrawal.objects.get()
    assert (edition.note_ind, edition.note_en) == ("Perbaikan", "Correction")
    assert (withdrawal.reason_ind, withdrawal.reason_en) == ("Keliru", "Mistaken")


def test_a_remark_of_invisible_characters_is_refused(portal):
    ratna = logged_in("ratna", "Translator")

    page = ratna.post(
        translation_desk(portal),
        {"do": "remark::m1.statement", "words:m1.statement": "\u200b\u00ad"},
    )

    assert "Write your comment first." in page.text


def test_english_from_the_desk_is_stored_without_invisible_characters(portal):
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


# All of Unicode

GROUPS = {
    "L": "ultmo",
    "M": "nce",
    "N": "dlo",
    "P": "cdseifo",
    "S": "mcko",
    "Z": "slp",
    "C": "cfon",
}
# Without Cs, halves of characters, which no request can contain.
CATEGORIES = [group + kind for group, kinds in GROUPS.items() for kind in kinds]
NOT_HERE = "[]"  # two of them on end are a mark


def signs(*categories):
    characters = st.characters(categories=categories, exclude_characters=NOT_HERE)
    return characters.filter(lambda character: not REFUSED.match(character))


one_of_each = st.tuples(*(signs(category) for category in CATEGORIES))
some = st.text(signs(*CATEGORIES), min_size=1, max_size=5)


def in_a_text(words, language):
    """The characters at the beginning, alone, within a word, and at the end."""
    before, after = {"ind": ("Taman", "kota"), "en": ("A park", "city")}[language]
    return f"{words} {before} {words} {after}{words}{after} lıma {words}"


def words_for(row, drawn):
    """The typed text of each field of the row; statement and element words stay matching."""
    keeps = {"statement_words", "slug"} | ({"statement"} if isinstance(row, Vision) else set())
    columns = {field.name: field for field in texts_of(type(row))}
    names = {name: column.translated_field.name for name, column in columns.items()}
    words = {name: drawn.draw(some) for name in sorted(set(names.values()))}
    return {
        column: in_a_text(words[name], column.rpartition("_")[2])
        for column, name in names.items()
        if name not in keeps
    }


def rows_with_texts(portal):
    item = Point.objects.exclude(parent=None).first()
    return [
        portal,
        portal.elements.first(),
        item,
        item.parent,
        portal.terms.first(),
        portal.missions.first(),
    ]


def save_everywhere(client, portal, each, drawn):
    for row in rows_with_texts(portal):
        texts = words_for(row, drawn)
        if isinstance(row, Mission):
            all_of_them = " ".join(f"{sign} a{sign}b" for sign in each)
            texts |= {
                "statement_ind": f"Taman {all_of_them}",
                "statement_en": f"Park {all_of_them}",
            }
        response = client.post(change(row), typed(client, change(row), **texts))
        assert response.status_code == 302, response.context["adminform"].form.errors


def publish(client, portal, words):
    """Publish through the page, with the words as the change note."""
    note = {"note_ind": in_a_text(words, "ind"), "note_en": in_a_text(words, "en")}
    response = send(client, publishing_page(portal), accept_missing_english="on", **note)
    assert response.status_code == 302, response.context["form"].errors


def pages_of_the_desk(portal):
    keys = make_rows(portal)
    return [filled(route, keys) for route in admin_addresses() if "logout" not in route]


def faults(client, paths):
    """The addresses that answer with a server error, and the XML that no program can read."""
    for path in paths:
        response = client.get(path)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        if response.status_code >= 500:
            yield path, response.status_code
        elif "xml" in response.headers.get("Content-Type", ""):
            etree.fromstring(body)


# With typing errors, for which the search compares all words.
SEARCHES = ["/id/cari/?q=tamxn", "/en/search/?q=parkk"]


@pytest.mark.slow
@settings(
    max_examples=ceil(settings.default.max_examples * 0.03),
    deadline=None,
    phases=[Phase.reuse, Phase.generate],  # an example takes seconds, and shrinking it minutes
    suppress_health_check=list(HealthCheck),
)
@given(each=one_of_each, drawn=st.data())
def test_characters_of_every_category_in_every_text_stop_no_page(portal, each, drawn):
    with transaction.atomic():
        client = logged_in("semua", "Editor", "Translator", "Publisher", "Administrator")
        save_everywhere(client, portal, each, drawn)
        assert list(faults(client, [publishing_page(portal), translation_desk(portal)])) == []
        publish(client, portal, drawn.draw(some))
        assert list(faults(client, [*public_addresses(), *SEARCHES])) == []
        assert list(faults(client, pages_of_the_desk(portal))) == []
        transaction.set_rollback(True)


@pytest.mark.slow
@given(words=some | st.text())
@settings(
    max_examples=settings.default.max_examples * 3 // 10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.parametrize("address", ["/id/cari/", "/en/search/"])
def test_a_citizen_may_ask_for_any_characters(client, portal, address, words):
    assert client.get(address, {"q": words}).status_code == 200
    assert client.get(address, {"q": f"kota {words} jasa"}).status_code == 200
