"""The admin: two columns, and no server error from rules of editions or hostile addresses."""

import django
import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from editorial.models import Account, Revision
from editorial.writing import forms
from missions.models import Mission
from tests.support.factories import make_account, make_vision, publish_now
from tests.support.people.desk import change, confirm_deletion, logged_in, messages_of, typed
from vision.models import Element, Point, Term, Vision

pytestmark = pytest.mark.django_db


def account_with(*permissions, language="en", **fields):
    account = Account.objects.create_user("sri", is_staff=True, language=language, **fields)
    account.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return account


@pytest.fixture
def editor(client, portal):
    """A client of a superuser who reads English."""
    client.force_login(account_with(is_superuser=True))
    return client


# Language


def test_the_admin_is_indonesian_until_the_account_says_english(client, portal):
    client.force_login(account_with(is_superuser=True, language="id"))
    before = client.get("/admin/")

    response = client.post("/admin/bahasa/", {"language": "en", "next": "/admin/vision/vision/"})

    assert '<html lang="id"' in before.text
    assert response.headers["Location"] == "/admin/vision/vision/"
    assert '<html lang="en"' in client.get("/admin/").text
    assert Account.objects.get().language == "en"


def test_the_login_page_is_indonesian(client, db):
    assert '<html lang="id"' in client.get("/admin/login/", headers={"accept-language": "en"}).text


def test_the_scripts_of_the_admin_speak_indonesian(client, portal):
    client.force_login(account_with(is_superuser=True, language="id"))

    assert '"Today (%(date)s)": "Hari ini (%(date)s)"' in client.get("/admin/jsi18n/").text


def test_the_language_button_never_leads_to_another_site(editor):
    for back in ["https://evil.com/", "//evil.com/", "javascript:alert(1)", ""]:
        assert (
            editor.post("/admin/bahasa/", {"language": "id", "next": back}).headers["Location"]
            == "/admin/"
        )


def test_an_unknown_language_is_not_saved(editor):
    editor.post("/admin/bahasa/", {"language": "fr"})

    assert Account.objects.get().language == "en"
    assert editor.get("/admin/bahasa/").status_code == 405


# No response is cached


ADDRESSES = [
    "/admin/",
    "/admin/login/",
    "/admin/jsi18n/",
    "/admin/password_change/",
    "/admin/vision/vision/999/change/",
    "/admin/nothing-here/",
    "/admin/vision/element/?name_ind__regex=x",
]


def test_no_response_of_the_admin_is_ever_stored(editor):
    answers = [editor.get(address) for address in ADDRESSES]
    editor.logout()
    answers += [editor.get(address) for address in ADDRESSES]

    for response in answers:
        assert response.headers["Cache-Control"] == "no-store, private", response.request[
            "PATH_INFO"
        ]
        assert response.headers["X-Robots-Tag"] == "noindex"


def test_a_form_with_an_expired_token_gets_an_explanation(client, portal):
    client.handler.enforce_csrf_checks = True

    response = client.post("/admin/login/", {"username": "sri"})

    assert response.status_code == 403
    assert "<h1>" in response.text
    assert response.headers["Cache-Control"] == "no-store, private"


# Two columns


def test_both_languages_of_a_text_are_in_one_row_of_the_form(editor):
    text = " ".join(editor.get(change(Vision.objects.get())).text.split())

    assert "form-multiline field-statement_ind field-statement_en" in text
    assert "Statement – Indonesian" in text
    assert "Statement – English" in text


def test_every_input_of_a_text_says_its_language(editor):
    for model in [Vision, Element, Point, Mission]:
        form = editor.get(change(model.objects.first())).context["adminform"].form
        for name, field in form.fields.items():
            language = {"_ind": "id", "_en": "en"}.get(name[name.rfind("_") :])
            assert field.widget.attrs.get("lang") == language, name
            assert language is None or "maxlength" not in field.widget.attrs


@pytest.mark.parametrize("model", [Vision, Element, Point, Term, Mission])
def test_every_field_has_a_help_text(editor, model):
    make_vision()  # an unpublished vision: elements and missions can be added
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/add/"
    fields = editor.get(address).context["adminform"].form.fields

    assert [
        name for name, field in fields.items() if not field.help_text and not name.endswith("_en")
    ] == []


def test_a_list_marks_texts_without_english(editor):
    Mission.objects.filter(number=3).update(statement_en="")

    text = editor.get("/admin/missions/mission/").text

    assert "missing: statement" in text
    assert text.count(">done<") == 4


@pytest.mark.parametrize("words", ["pemerataan", "equitable"])
def test_a_list_is_searched_in_both_languages(editor, words):
    response = editor.get("/admin/missions/mission/", {"q": words})

    assert [mission.number for mission in response.context["cl"].result_list] == [3]


def test_points_are_listed_in_reading_order(editor):
    response = editor.get(
        "/admin/vision/point/", {"element__id__exact": Element.objects.get(number=3).pk}
    )

    markers = [point.marker for point in response.context["cl"].result_list]
    assert [marker for marker in markers if marker] == ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"]
    assert markers[:4] == ["(1)", "", "", "(2)"]


# Hostile addresses


QUERIES = [
    "name_ind__regex=((((",
    "name_ind__iregex=^(a%2B)%2B$",
    "vision__period_start=2016",
    "element=u%00&author=%00&period=((((",
    "element=9999999999999999999999&language=",
    "vision__id__exact=abc",
    "vision__id__exact=%00",
    "vision__id__exact=99999999999999999999999",
    "when__year=99999999",
    "id__exact=%00",
    "p=x",
    "p=999999",
    "o=x.9.-7",
    "q=%00",
    "q=" + "a " * 1500,
    "q=%22((((",
    "_facets=1&all=1&_popup=1",
]


LISTS = [
    "vision/vision",
    "vision/element",
    "vision/point",
    "vision/term",
    "missions/mission",
    "editions/edition",
    "editorial/revision",
    "editorial/account",
    "editorial/event",
]


@pytest.mark.slow
@pytest.mark.parametrize("model", LISTS)
def test_no_query_string_of_a_list_causes_an_error(editor, model):
    for query in QUERIES:
        assert editor.get(f"/admin/{model}/?{query}").status_code in (200, 302), query


@pytest.mark.slow
@pytest.mark.parametrize("field", ["", "id", "password", "nothing", "%00"])
def test_a_row_is_found_by_its_key_or_not_at_all(editor, field):
    for model, pk in [
        ("missions/mission", Mission.objects.first().pk),
        ("editorial/account", Account.objects.get().pk),
    ]:
        for page in ("change", "delete"):
            path = f"/admin/{model}/{pk}/{page}/?_to_field={field}"
            assert {editor.get(path).status_code, editor.post(path).status_code} <= {
                200,
                302,
                400,
                403,
            }, path


def test_the_list_of_accounts_ignores_filters_that_it_does_not_offer(editor):
    for query in ["password__startswith=a", "password__regex=((((", "groups__name__regex=(("]:
        response = editor.get(f"/admin/editorial/account/?{query}")
        assert response.headers["Location"] == "/admin/editorial/account/?e=1", query


@pytest.mark.parametrize("key", ["abc", "%00", "9" * 30])
def test_no_key_in_an_address_causes_an_error(editor, key):
    pages = ["change", "delete", "history", "terbitkan", "kembali", "tarik"]
    addresses = [
        f"{model}/{key}/{page}/"
        for model in ["vision/vision", "vision/element", "editions/edition"]
        for page in pages
    ]

    for address in [
        *addresses,
        f"vision/point/add/?element={key}&parent={key}",
        f"pratinjau/{key}/id/",
        f"susunan/{key}/",
    ]:
        assert editor.get(f"/admin/{address}").status_code < 500, address


def test_a_missing_row_leads_to_the_desk_with_a_sentence(editor, monkeypatch):
    """If Django renames _get_obj_does_not_exist_redirect, remove the override."""
    assert django.VERSION[:2] == (6, 1)

    for address in ["vision/element/999999/change/", "vision/element/999999/delete/"]:
        response = editor.get(f"/admin/{address}", follow=True)
        assert response.redirect_chain == [("/admin/", 302)]
        assert "element with ID “999999” doesn’t exist" in messages_of(response)[0]

    monkeypatch.setattr(forms, "deleted_page", lambda *_: HttpResponse("deleted"))
    monkeypatch.setattr(forms, "deletion_of", lambda *_: "a version")
    assert editor.get("/admin/vision/element/999999/change/").text == "deleted"


# Published rows


def test_years_and_numbers_of_a_published_vision_are_read_only(editor):
    for row, fixed in [
        (Vision.objects.get(), {"period_start", "period_end"}),
        (Element.objects.get(number=1), {"vision", "number"}),
        (Mission.objects.get(number=1), {"vision", "number"}),
    ]:
        assert not fixed & editor.get(change(row)).context["adminform"].form.fields.keys()


def test_the_days_in_force_of_a_published_vision_change_with_its_next_edition(editor):
    vision = Vision.objects.get()

    saved = editor.post(change(vision), typed(editor, change(vision), last_day="2021-08-19"))
    assert saved.status_code == 302
    assert Edition.objects.latest("number").last_day is None

    vision.refresh_from_db()
    publish_now(vision)
    assert str(Edition.objects.latest("number").last_day) == "2021-08-19"
    difference = editor.get("/en/vision/2016-2021/editions/2/3/").text
    assert "In force until 19 August 2021." in difference


def test_a_day_that_is_not_in_the_calendar_is_shown_again_with_a_sentence(editor):
    address = change(Vision.objects.get())

    response = editor.post(address, typed(editor, address, first_day="20-8-2021"))

    assert "Write year, month and day, such as 2026-08-20." in response.text
    assert 'value="20-8-2021"' in response.text


def test_a_forged_number_is_not_kept(editor):
    mission = Mission.objects.get(number=1)

    response = editor.post(
        change(mission), typed(editor, change(mission), number=9, vision="abc"), follow=True
    )

    assert "Not changed, because it is fixed: vision, number." in messages_of(response)
    assert Mission.objects.get(pk=mission.pk).number == 1


def test_new_rows_of_a_published_vision_come_after_the_published_ones(editor):
    Mission.objects.create(
        vision=Vision.objects.get(), number=7, statement_ind="Tujuh.", statement_en="Seven."
    )
    publish_now(Vision.objects.get())
    typed_in = {"vision": Vision.objects.get().pk, "number": 6, "statement_ind": "Misi lain."}

    before = editor.post("/admin/missions/mission/add/", typed_in)
    behind = editor.post("/admin/missions/mission/add/", typed_in | {"number": 8})

    assert (
        "Numbers up to 7 were published and stay as they are. Give a number from 8 on."
        in before.text
    )
    assert behind.status_code == 302
    assert list(Mission.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 7, 8]


@pytest.mark.parametrize("model", [Element, Mission])
def test_rows_of_a_published_vision_cannot_be_deleted(editor, model):
    row = model.objects.get(number=1)

    response = editor.post(change(row).replace("change", "delete"), {"post": "yes"})

    assert response.status_code == 403
    assert "was published stays" in response.text
    assert "/delete/" not in editor.get(change(row)).text


def test_a_published_vision_cannot_be_deleted(editor):
    vision = Vision.objects.get()

    assert (
        editor.post(change(vision).replace("change", "delete"), {"post": "yes"}).status_code == 403
    )


def test_a_change_refused_by_the_database_is_explained_in_a_sentence(editor, monkeypatch):
    """For example, somebody publishes the vision while the form is open."""
    monkeypatch.setattr(forms, "is_promised", lambda row: False)
    monkeypatch.setattr(forms, "broken_by", lambda row: {})
    mission = Mission.objects.get(number=1)

    renumbered = editor.post(change(mission), typed(editor, change(mission), number=9), follow=True)
    deleted = confirm_deletion(editor, mission)

    for response in (renumbered, deleted):
        assert ["Nothing was saved" in words for words in messages_of(response)] == [True]
    assert Mission.objects.get(pk=mission.pk).number == 1
    assert not Revision.objects.exists()


def test_saving_one_text_takes_41_statements_two_of_them_savepoints(portal):
    """The savepoints are the test's transaction, and Django's around the check constraints."""
    sri, mission = logged_in("sri", "Editor"), Mission.objects.get(number=1)
    form = typed(sri, change(mission), statement_ind="Kalimat baru.")

    with CaptureQueriesContext(connection) as queries:
        response = sri.post(change(mission), form)

    assert response.status_code == 302
    assert len(queries) == 41
    assert sum(query["sql"].startswith("SAVEPOINT") for query in queries) == 2


def test_every_broken_constraint_is_named_at_once(editor):
    element = Element.objects.get(number=1)
    wrong = {"slug_en": "smart-city", "points_lead_in_ind": "", "points_lead_in_en": "Points:"}

    response = editor.post(change(element), typed(editor, change(element), **wrong))

    assert "Another element of this vision has this address word." in response.text
    assert len(response.context["adminform"].form.non_field_errors()) == 2


def test_numbers_of_an_unpublished_vision_are_edited_in_their_forms(editor):
    first = make_vision().elements.get(number=1)

    taken = editor.post(change(first), typed(editor, change(first), number=2))
    free = editor.post(change(first), typed(editor, change(first), number=3))

    assert "Another element of this vision has this number." in taken.text
    assert free.status_code == 302
    assert Element.objects.get(pk=first.pk).number == 3


@pytest.mark.slow
def test_a_number_that_no_address_could_hold_is_refused(editor):
    element = make_vision().elements.get(number=1)

    for number in ["0", "-1", "100", "9" * 30, "abc", "1.5"]:
        response = editor.post(change(element), typed(editor, change(element), number=number))
        assert "number" in response.context["adminform"].form.errors, number


def test_two_elements_never_share_an_address_word(editor):
    element = Element.objects.get(number=1)

    response = editor.post(change(element), typed(editor, change(element), slug_en="smart-city"))

    assert "Another element of this vision has this address word." in response.text


@pytest.mark.slow
def test_a_text_that_cannot_be_read_is_refused_in_its_field(editor):
    mission = Mission.objects.get(number=1)

    for text in ["kanan\u202eke kiri", "lonceng\x07", "nol\x00", "\u200b", " ", ""]:
        response = editor.post(change(mission), typed(editor, change(mission), statement_ind=text))
        assert "statement_ind" in response.context["adminform"].form.errors, repr(text)


@pytest.mark.slow
def test_a_text_is_shown_as_typed_and_not_as_markup(editor):
    payload = "<script>alert(1)</script>"
    mission = Mission.objects.get(number=1)

    editor.post(change(mission), typed(editor, change(mission), statement_ind=payload))

    assert Mission.objects.get(pk=mission.pk).statement_ind == payload
    vision = mission.vision_id
    for address in [
        change(mission),
        "/admin/missions/mission/",
        change(mission).replace("change", "history"),
        f"/admin/vision/vision/{vision}/terbitkan/",
        f"/admin/pratinjau/{vision}/id/visi/2016-2021/misi/1/",
    ]:
        text = editor.get(address).text
        assert payload not in text
        assert "&lt;script&gt;" in text


def test_words_that_leave_the_statement_are_saved_with_a_warning(editor):
    element = Element.objects.get(number=3)

    response = editor.post(
        change(element), typed(editor, change(element), statement_words_ind="Pintar"), follow=True
    )

    assert any(
        "“Pintar” must occur exactly once in the Indonesian statement" in words
        for words in messages_of(response)
    )
    assert Element.objects.get(number=3).statement_words_ind == "Pintar"


# Points


def test_a_point_is_added_behind_the_others_of_its_list(editor):
    element = Element.objects.get(number=2)

    response = editor.post(
        f"/admin/vision/point/add/?element={element.pk}",
        {"element": element.pk, "parent": "", "marker": "(d)", "title_ind": "Kota tanggap"},
    )

    point = Point.objects.get(marker="(d)")
    assert response.status_code == 302
    assert (point.position, point.anchor) == (4, 4)


def test_a_forged_place_of_a_point_is_a_form_error(editor):
    for element, parent in [("abc", ""), ("9" * 30, ""), ("1", "abc"), ("", "")]:
        data = {"element": element, "parent": parent, "title_ind": "Kota tanggap"}
        assert editor.post("/admin/vision/point/add/", data).status_code == 200


def test_an_item_belongs_to_a_point_of_its_own_element(editor):
    other = Point.objects.filter(element__number=3, parent=None).first()
    data = {
        "element": Element.objects.get(number=2).pk,
        "parent": other.pk,
        "title_ind": "Kota tanggap",
    }

    assert (
        "Choose a point of the same element." in editor.post("/admin/vision/point/add/", data).text
    )


def test_a_form_cannot_move_a_point_to_another_list(editor):
    point = Point.objects.filter(element__number=2).first()
    other = Element.objects.get(number=3)

    editor.post(change(point), typed(editor, change(point), element=other.pk))

    assert Point.objects.get(pk=point.pk).element.number == 2


# Permissions


def test_the_admin_refuses_acts_without_permission(client, portal):
    vision, edition = (model.objects.first().pk for model in (Vision, Edition))
    client.force_login(account_with("change_mission"))

    for address in [
        f"vision/vision/{vision}/terbitkan/",
        f"susunan/{vision}/",
        "periode-baru/",
        f"editions/edition/{edition}/kembali/",
        f"editions/edition/{edition}/tarik/",
        f"pratinjau/{vision}/id/",
        "editorial/account/",
        "editorial/revision/",
    ]:
        for response in (client.get(f"/admin/{address}"), client.post(f"/admin/{address}")):
            assert response.status_code == 403, address
            assert "Not allowed" in response.text


def test_strangers_are_redirected_to_the_login_page(client, portal):
    for address in [
        "vision/vision/1/terbitkan/",
        "pratinjau/1/id/",
        "bahasa/",
        "editions/edition/1/tarik/",
    ]:
        assert client.get(f"/admin/{address}").headers["Location"].startswith("/admin/login/")


def test_an_account_that_may_only_view_sees_texts_with_their_language(client, portal):
    client.force_login(account_with("view_mission"))
    mission = Mission.objects.get(number=1)

    assert mission.statement_en in client.get(change(mission)).text
    assert client.post(change(mission), {"statement_ind": "x"}).status_code == 403


NEW_ACCOUNT = {
    "username": "budi",
    "usable_password": "true",
    "password1": "tiga kuda di alun-alun",
    "password2": "tiga kuda di alun-alun",
    "language": "en",
}


def test_an_account_is_made_with_its_language_and_roles(client, db):
    client.force_login(make_account("ida", "Administrator"))
    roles = Group.objects.filter(name__in=["Editor", "Publisher"])

    client.post(
        "/admin/editorial/account/add/", NEW_ACCOUNT | {"groups": [role.pk for role in roles]}
    )

    account = Account.objects.get(username="budi")
    assert (account.language, account.is_staff, account.is_superuser) == ("en", True, False)
    assert account.has_perms(["editions.publish_edition", "vision.write_indonesian"])
    assert not account.has_perm("vision.write_english")


def test_an_administrator_of_accounts_can_neither_make_nor_change_a_superuser(client, db):
    client.force_login(make_account("ida", "Administrator"))
    above, own = Account.objects.create_superuser("admin"), Account.objects.get(username="ida")

    client.post(
        change(own), typed(client, change(own)) | {"is_superuser": "on", "user_permissions": ["1"]}
    )

    own.refresh_from_db()
    assert (own.is_superuser, own.user_permissions.count()) == (False, 0)
    for address in (change(above), change(above).replace("change", "password")):
        assert client.post(address, {"username": "taken", "is_active": ""}).status_code == 403
    assert Account.objects.filter(username="admin", is_active=True).exists()


@pytest.mark.django_db(transaction=True)
def test_no_data_sent_to_the_page_of_an_account_causes_an_error(client):
    client.force_login(Account.objects.create_superuser("admin"))
    account = make_account("budi")

    pages = ["change", "password", "history", "delete", "faktor-kedua"]
    answers = {
        page: client.post(change(account).replace("change", page), {}).status_code for page in pages
    }

    assert answers == {
        "change": 200,
        "password": 200,
        "history": 200,
        "delete": 403,
        "faktor-kedua": 200,
    }


def test_an_account_is_deactivated_and_never_deleted(editor, db):
    account = make_account("budi", "Editor")

    assert (
        editor.post(change(account).replace("change", "delete"), {"post": "yes"}).status_code == 403
    )
    form = typed(editor, change(account), groups=[])
    editor.post(
        change(account), {name: value for name, value in form.items() if name != "is_active"}
    )

    account.refresh_from_db()
    assert not account.is_active


def test_an_old_form_does_not_undo_a_later_change_of_an_account(db):
    ida, wira = (logged_in(name, "Administrator") for name in ("ida", "wira"))
    account = make_account("budi", "Editor")
    role = Group.objects.get(name="Editor").pk
    open_form = typed(ida, change(account), groups=[role], first_name="Budi")
    decided = typed(wira, change(account), groups=[])
    del decided["is_active"]
    wira.post(change(account), decided)

    response = ida.post(change(account), open_form)
    again = ida.post(change(account), open_form)

    for answer in (response, again):
        assert "this account has changed since you opened the form" in answer.text
        assert f'<a href="{change(account)}" target="_blank">' in answer.text
        assert 'name="first_name" value="Budi"' in answer.text
    account.refresh_from_db()
    assert (account.is_active, account.groups.count(), account.first_name) == (False, 0, "")


def test_a_change_just_before_a_form_locks_its_account_is_kept(db):
    ida, account = logged_in("ida", "Administrator"), make_account("budi", "Editor")
    form = typed(
        ida, change(account), groups=[Group.objects.get(name="Editor").pk], first_name="Budi"
    )
    decisions = [account.groups.clear]

    def before_the_lock(execute, sql, values, *arguments):
        is_lock = (
            sql.startswith("SELECT")
            and "EXISTS" not in sql
            and '."id" = %s' in sql
            and account.pk in values
        )
        if is_lock and "editorial_account" in sql and decisions:
            decisions.pop()()
        return execute(sql, values, *arguments)

    with connection.execute_wrapper(before_the_lock):
        response = ida.post(change(account), form)

    assert decisions == []
    assert "this account has changed" in response.text
    assert account.groups.count() == 0


def test_a_form_of_an_account_without_its_state_changes_nothing(db):
    ida, account = logged_in("ida", "Administrator"), make_account("budi")
    form = typed(ida, change(account), first_name="Budi")
    del form["base"]

    response = ida.post(change(account), form)

    assert "this account has changed" in response.text
    assert Account.objects.get(pk=account.pk).first_name == ""


def test_the_name_of_an_account_cannot_be_changed(db):
    ida, account = logged_in("ida", "Administrator"), make_account("budi")

    response = ida.post(
        change(account), typed(ida, change(account)) | {"username": "budi.s", "first_name": "Budi"}
    )

    assert response.status_code == 302
    account.refresh_from_db()
    assert (account.username, account.first_name) == ("budi", "Budi")
    assert "it is never changed" in ida.get(change(account)).text


@pytest.mark.parametrize("name", ["server", "Server", "ＳＥＲＶＥＲ"])
def test_no_account_has_the_name_of_the_server(db, name):
    response = logged_in("ida", "Administrator").post(
        "/admin/editorial/account/add/", NEW_ACCOUNT | {"username": name}
    )

    assert "An account cannot be called “server”" in response.text
    assert not Account.objects.filter(username__iexact="server").exists()


@pytest.mark.parametrize("name", ["budi", "Budi", "BUDI"])
def test_a_user_name_that_is_taken_is_refused_beside_a_good_password(db, name):
    make_account("budi")

    response = logged_in("ida", "Administrator").post(
        "/admin/editorial/account/add/", NEW_ACCOUNT | {"username": name}
    )

    assert "A user with that username already exists." in response.text
    assert Account.objects.filter(username__iexact="budi").count() == 1


def test_a_user_name_has_no_invisible_characters(db):
    response = logged_in("ida", "Administrator").post(
        "/admin/editorial/account/add/", NEW_ACCOUNT | {"username": "budi\u3164"}
    )

    assert "This user name holds a character that nobody sees." in response.text
    assert not Account.objects.filter(username__startswith="budi").exists()


@pytest.mark.parametrize("name", ["first_name", "last_name"])
def test_the_names_of_a_person_obey_the_rule_for_characters(db, name):
    ida, account = logged_in("ida", "Administrator"), make_account("budi")

    refused = ida.post(change(account), typed(ida, change(account)) | {name: "Bu\u202edi"})
    kept = ida.post(change(account), typed(ida, change(account)) | {name: "\ufeffBu\u00addi "})

    assert "U+202E (RIGHT-TO-LEFT OVERRIDE)" in refused.text
    assert "“Bu[U+202E]di”" in refused.text
    assert kept.status_code == 302
    account.refresh_from_db()
    assert getattr(account, name) == "Budi"


# Editions


def test_editions_are_listed_with_their_state_and_never_edited(editor):
    edition = Edition.objects.get(number=1)

    text = editor.get("/admin/editions/edition/").text
    page = editor.get(change(edition)).text

    assert text.count("replaced") == text.count("in force") == 1
    assert "WIB" in text
    assert edition.sha256 in page
    assert edition.note_ind in page
    for address in [
        change(edition),
        "/admin/editions/edition/add/",
        change(edition).replace("change", "delete"),
    ]:
        assert editor.post(address, {"note_ind": "x", "post": "yes"}).status_code == 403


def test_a_list_of_editions_reads_their_states_in_one_query(editor, django_assert_max_num_queries):
    mission = Mission.objects.get(number=1)
    for number in range(3):
        mission.statement_en = f"Wording {number}"
        mission.save()
        publish_now(mission.vision)

    with django_assert_max_num_queries(10):
        editor.get("/admin/editions/edition/")


# Empty lists


def test_an_empty_list_says_what_to_do(client, db):
    client.force_login(account_with(is_superuser=True))

    empty = client.get("/admin/vision/vision/").text
    no_match = client.get("/admin/vision/vision/?q=nothing").text

    assert "This list is empty." in empty
    assert '<a href="/admin/vision/vision/add/">Add the first entry</a>' in empty
    assert "Nothing in this list matches." in no_match


def test_an_empty_list_has_no_add_button_without_permission(client, portal):
    client.force_login(account_with("view_revision"))

    text = client.get("/admin/editorial/revision/").text

    assert "This list is empty." in text
    assert "Add the first entry" not in text


# Less on the screen


def test_an_editor_reads_the_english_or_that_it_is_missing_and_the_help_once(client, portal):
    mission = Mission.objects.get(number=1)
    mission.short_title_en = ""
    mission.save()
    client = logged_in("budi", "Editor")

    text = client.get(f"/admin/missions/mission/{mission.pk}/change/").text

    assert f'<div class="readonly" lang="en">{mission.statement_en}</div>' in text
    assert "No English yet." in text
    assert ">-</div>" not in text
    assert text.count("A few words for the mission’s ") == 1


@pytest.mark.parametrize(
    ("address", "words"), [("element", "vision"), ("point", "element"), ("term", "vision")]
)
def test_the_text_comes_first_on_a_new_row_whose_place_the_address_says(editor, address, words):
    owner = {"vision": Vision, "element": Element}[words].objects.first()
    path = f"/admin/vision/{address}/add/"

    def first_fields(query):
        text = editor.get(f"{path}{query}").text
        return text.index('lang="id" spellcheck') < text.index(f'id="id_{words}"')

    assert first_fields(f"?{words}={owner.pk}")
    assert not first_fields("")
