"""The four roles: their permissions, also against forged forms."""

import re

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db.models import F
from django.test import Client

from editorial.accounts.roles import ROLES
from editorial.models import Account, Revision, Version
from missions.models import Mission
from tests.support.factories import (
    first_mission,
    make_account,
    make_point,
    make_vision,
    publish_now,
)
from tests.support.people.desk import change, confirm_deletion, logged_in, typed
from vision.models import Element, Point, Term, Vision

pytestmark = pytest.mark.django_db


def fields_of(client, row):
    return client.get(change(row)).context["adminform"].form.fields.keys() - {"base"}


def test_each_role_may_do_what_the_table_says_after_every_migrate(db):
    Group.objects.get(name="Translator").permissions.set(
        Group.objects.get(name="Publisher").permissions.all()
    )
    Group.objects.get(name="Editor").delete()

    call_command("migrate", verbosity=0)

    for name, allowed in ROLES.items():
        permissions = Group.objects.get(name=name).permissions.values_list(
            "content_type__app_label", "codename"
        )
        assert {f"{app}.{codename}" for app, codename in permissions} == allowed, name


def test_no_role_may_delete_an_account_or_change_an_edition(db):
    everything = set().union(*ROLES.values())

    assert not [
        name
        for name in everything
        if name.endswith(("delete_account", "change_edition", "delete_edition"))
    ]


WRITABLE = {
    ("Editor",): {"statement_ind", "short_title_ind"},
    ("Translator",): {"statement_en", "short_title_en"},
    ("Editor", "Translator"): {
        "statement_ind",
        "short_title_ind",
        "statement_en",
        "short_title_en",
    },
    ("Publisher",): set(),
}


@pytest.mark.slow
@pytest.mark.parametrize(("roles", "fields"), WRITABLE.items())
def test_a_form_offers_the_fields_that_a_role_may_write_and_shows_the_rest(portal, roles, fields):
    client = logged_in("sri", *roles)

    assert fields_of(client, first_mission()) & {*WRITABLE["Editor", "Translator"]} == fields
    text = client.get(change(first_mission())).text
    assert first_mission().statement_en in text
    assert first_mission().statement_ind in text


def test_a_read_only_text_has_its_lang_attribute(portal):
    text = logged_in("sri", "Translator").get(change(first_mission())).text

    assert f'<div class="readonly" lang="id">{first_mission().statement_ind}' in text


def test_a_forged_form_of_a_translator_changes_the_english_only(portal):
    client, former = logged_in("tini", "Translator"), first_mission()
    forged = {
        "statement_ind": "Palsu",
        "short_title_ind": "Palsu",
        "number": 9,
        "vision": 99,
        "id": 7,
    }

    response = client.post(
        change(former), typed(client, change(former), statement_en="Right.") | forged
    )

    assert response.status_code == 302
    expected = Mission(pk=former.pk, vision_id=former.vision_id, number=1, statement_en="Right.")
    expected.statement_ind, expected.short_title_ind = former.statement_ind, former.short_title_ind
    for field in ("pk", "vision_id", "number", "statement_ind", "statement_en", "short_title_ind"):
        assert getattr(first_mission(), field) == getattr(expected, field), field


def test_a_forged_form_of_an_editor_changes_no_english(portal):
    client, former = logged_in("sri", "Editor"), first_mission().statement_en

    client.post(
        change(first_mission()),
        typed(client, change(first_mission()), statement_en="Forged.", statement_ind="Benar."),
    )

    assert (first_mission().statement_ind, first_mission().statement_en) == ("Benar.", former)


@pytest.mark.parametrize("row", [Element, Point])
def test_a_translator_adds_deletes_and_moves_nothing(portal, row):
    client, target = logged_in("tini", "Translator"), row.objects.first()
    before = row.objects.count()

    add = client.post(
        f"/admin/vision/{row.__name__.lower()}/add/", {"element": 1, "title_ind": "x"}
    )
    delete = client.post(change(target).replace("change", "delete"), {"post": "yes"})

    assert (add.status_code, delete.status_code) == (403, 403)
    assert row.objects.count() == before


# The glossary, which translators write in both languages


@pytest.mark.slow
def test_a_translator_adds_changes_and_deletes_terms_in_both_languages(portal):
    client = logged_in("tini", "Translator")
    texts = {
        "term_ind": "taman",
        "term_en": "park",
        "variants_ind": "kebun",
        "definition_ind": "Ruang hijau.",
    }

    client.post("/admin/vision/term/add/", texts | {"vision": portal.pk})
    term = Term.objects.get(term_ind="taman")
    client.post(
        change(term), typed(client, change(term), term_ind="taman kota", term_en="city park")
    )
    term.refresh_from_db()
    assert (term.variants_ind, term.definition_ind) == ("kebun", "Ruang hijau.")
    assert (term.term_ind, term.term_en) == ("taman kota", "city park")

    confirm_deletion(client, term)
    assert not Term.objects.filter(pk=term.pk).exists()


@pytest.mark.parametrize(
    ("roles", "fields"),
    [
        (["Editor"], {"term_ind", "variants_ind"}),
        (["Publisher"], set()),
        (["Editor", "Translator"], {"term_ind", "term_en", "variants_ind", "variants_en"}),
    ],
)
def test_other_roles_write_the_same_languages_of_a_term_as_elsewhere(portal, roles, fields):
    of_both = {"term_ind", "term_en", "variants_ind", "variants_en"}

    assert fields_of(logged_in("sri", *roles), Term.objects.first()) & of_both == fields


@pytest.mark.slow
def test_a_translator_cannot_restore_what_was_deleted_with_a_term(db):
    vision = make_vision()
    term = Term.objects.create(vision=vision, term_ind="taman", term_en="park")
    confirm_deletion(logged_in("sri", "Editor"), vision)
    gone = Version.objects.get(kind="term", row=term.pk, after__isnull=True)
    client = logged_in("tini", "Translator")

    response = client.post(f"/admin/vision/term/{term.pk}/history/{gone.number}/")

    assert response.status_code == 403
    assert not Vision.objects.exists()


@pytest.mark.slow
def test_a_translator_can_restore_a_term_that_a_translator_deleted(portal):
    client, term = logged_in("tini", "Translator"), Term.objects.get(term_ind="visi")
    confirm_deletion(client, term)
    gone = Version.objects.get(kind="term", row=term.pk, after__isnull=True)

    client.post(f"/admin/vision/term/{term.pk}/history/{gone.number}/")

    assert Term.objects.get(pk=term.pk).term_en == "vision"


def test_an_editor_gives_a_new_element_both_address_words(db):
    client, vision = logged_in("sri", "Editor"), make_vision()
    element = {
        "vision": vision.pk,
        "number": 3,
        "name_ind": "Kota Aman",
        "statement_words_ind": "Aman",
    }

    response = client.post(
        "/admin/vision/element/add/",
        element | {"slug_ind": "kota-aman", "slug_en": "safe-city", "body_ind": "Uraian."},
    )

    assert response.status_code == 302
    assert Element.objects.get(slug_en="safe-city").name_en == ""
    assert Revision.objects.get().action == "add"


# Address words


def add_element(client, vision, **changes):
    texts = {"name_ind": "Kota Aman", "statement_words_ind": "Aman", "body_ind": "Uraian."}
    return client.post(
        "/admin/vision/element/add/", {"vision": vision.pk, "number": 3} | texts | changes
    )


def address_words():
    return Element.objects.values_list("slug_ind", "slug_en").get(number=3)


def test_an_editor_adds_an_element_without_an_english_word(db):
    assert (
        add_element(logged_in("sri", "Editor"), make_vision(), slug_ind="aman").status_code == 302
    )

    assert address_words() == ("aman", "aman")


def test_empty_address_words_are_made_from_the_names(db):
    client, vision = logged_in("sri", "Editor", "Translator"), make_vision()
    names = {"name_en": "Safe city", "statement_words_en": "safe", "body_en": "What it is."}

    add_element(client, vision, name_ind="Kota “Aman”, É", slug_ind="", slug_en="", **names)

    assert address_words() == ("kota-aman-e", "safe-city")


def test_a_long_name_makes_an_address_word_that_fits(db):
    add_element(logged_in("sri", "Editor"), make_vision(), name_ind=f"{'kota ' * 9} amanlah sudah")

    assert address_words()[0] == "-".join(["kota"] * 9)


def test_a_name_that_gives_no_address_word_asks_for_one(db):
    response = add_element(logged_in("sri", "Editor"), make_vision(), name_ind="ꦏꦸꦛ")

    errors = response.context["adminform"].form.errors
    assert errors["slug_ind"] == [
        "No address word can be made from this name. Write one in Latin letters."
    ]
    assert "slug_en" not in errors


def test_two_equal_names_do_not_get_the_same_address_word(db):
    response = add_element(logged_in("sri", "Editor"), make_vision(), name_ind="Kota Sehat")

    assert "Another element of this vision has this address word." in response.text


def test_an_existing_element_keeps_its_address_words(db):
    element = make_vision().elements.get(number=1)
    client = logged_in("sri", "Editor")

    response = client.post(change(element), typed(client, change(element), slug_en=""))

    assert response.context["adminform"].form.errors["slug_en"] == ["This field is required."]


@pytest.mark.slow
def test_the_desk_leads_a_translator_to_an_english_address_word_that_is_still_indonesian(db):
    vision, ratna = make_vision(), logged_in("ratna", "Translator")
    element = vision.elements.get(number=1)
    Element.objects.filter(pk=element.pk).update(slug_en="kota-sehat")

    desk = ratna.get("/admin/").text
    ratna.post(change(element), typed(ratna, change(element), slug_en="healthy-city"))

    assert f'href="/admin/vision/element/{element.pk}/change/?next=%2Fadmin%2F#id_slug_en"' in desk
    assert "1 English address word of 2031–2035 is still the Indonesian one." in desk
    assert Element.objects.get(pk=element.pk).slug_en == "healthy-city"
    assert "address word" not in ratna.get("/admin/").text


def test_the_desk_leads_nobody_to_a_published_address_word(db):
    vision = make_vision()
    vision.elements.update(slug_en=F("slug_ind"))
    publish_now(vision)

    assert "address word" not in logged_in("ratna", "Translator").get("/admin/").text


SECTIONS = {
    "Editor": ["Terms", "Editions", "History"],
    "Publisher": ["Terms", "Editions", "History"],
    "Administrator": ["Accounts", "Audit log"],
}


@pytest.mark.slow
@pytest.mark.parametrize(("role", "sections"), SECTIONS.items())
def test_a_role_sees_the_sections_it_works_in(portal, role, sections):
    shown = logged_in("sri", role).get("/admin/").context["sections"]

    assert [str(model["name"]) for model in shown] == sections


REPLACED = re.compile(
    r'href="/admin/(?:vision/(?:vision|element|point)/|missions/(?:mission|goal)/)["?#]'
)


@pytest.mark.slow
def test_no_page_leads_an_editor_to_a_list_that_the_manuscript_replaces(portal):
    sri = logged_in("sri", "Editor", "Translator", "Publisher")
    point = Point.objects.get(element__number=2, marker="(a)")
    mission = portal.missions.first()
    goal = make_point(mission)
    texts = [portal, portal.elements.first(), point, mission, goal, portal.terms.first()]
    forms = [change(row) for row in texts]

    for address in [
        "/admin/",
        f"/admin/naskah/{portal.pk}/",
        f"/admin/susunan/{portal.pk}/",
        f"/admin/terjemahan/{portal.pk}/",
        f"/admin/vision/vision/{portal.pk}/terbitkan/",
        "/admin/periode-baru/",
        *forms,
        *(form.replace("change", "history") for form in forms),
        change(point).replace("change", "delete"),
        "/admin/vision/element/add/",
    ]:
        assert not REPLACED.search(sri.get(address).text), address


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["element", "mission"])
def test_after_saving_an_editor_reads_the_text_in_the_manuscript(portal, kind):
    row = getattr(portal, f"{kind}s").get(number=1)
    sri, boss = logged_in("sri", "Editor"), Client()
    boss.force_login(Account.objects.create_superuser("boss"))

    saved = sri.post(change(row), typed(sri, change(row)))
    by_superuser = boss.post(change(row), typed(boss, change(row)))

    assert saved.url == f"/admin/naskah/{portal.pk}/#{kind[0].replace('e', 'u')}1"
    assert by_superuser.url == change(row).partition(str(row.pk))[0]


def test_an_account_without_a_role_sees_no_section(portal):
    client = logged_in("rudi")

    assert client.get("/admin/").context["sections"] == []
    assert make_account("budi").get_all_permissions() == set()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["editorial/account", "editorial/event"])
@pytest.mark.parametrize(
    "page", ["", "change/", "history/", "delete/", "password/", "faktor-kedua/"]
)
def test_without_permission_the_answer_does_not_tell_whether_a_row_exists(portal, kind, page):
    client = logged_in("sri", "Editor")
    row = make_account("budi").pk if kind == "editorial/account" else 1

    answers = [
        client.get(f"/admin/{kind}/{number}/{page}", follow=True) for number in (row, 999_999)
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
