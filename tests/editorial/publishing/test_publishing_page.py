"""The pages that publish and withdraw editions, and go back to old ones."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from editions import clock
from editions.models import Edition, Withdrawal
from editions.working_copy import read_document
from editorial.history.recording import recorded
from editorial.models import Account, Revision
from missions.models import Mission
from tests.support.factories import make_account, make_point, make_vision, publish_now
from tests.support.people.desk import CHANGE_NOTE, errors_of, publishing_page, seen_on, send
from vision.models import Element, Point, Vision

pytestmark = pytest.mark.django_db
REASON = {
    "reason_ind": "Terbit karena keliru.",
    "reason_en": "Published by mistake.",
    "confirm": "on",
}


def logged_in(name):
    client = Client()
    account = Account.objects.create_user(name, is_staff=True, language="en")
    account.user_permissions.set(Permission.objects.exclude(codename__endswith="account"))
    client.force_login(account)
    return client


@pytest.fixture
def publisher(portal):
    return logged_in("sri")


@pytest.fixture
def vision(portal):
    """The vision with one Indonesian word of mission 1 changed and not published."""
    mission = Mission.objects.get(number=1)
    mission.statement_ind = mission.statement_ind.replace("Meningkatkan", "Memperkuat")
    mission.save()
    return Vision.objects.get()


def of_edition(number, action):
    return f"/admin/editions/edition/{Edition.objects.get(number=number).pk}/{action}/"


def numbers():
    return sorted(Edition.objects.values_list("number", flat=True))


# Contents


def test_the_difference_is_shown_word_by_word_and_for_screen_readers(publisher, vision):
    text = publisher.get(publishing_page(vision)).text

    assert re.search(
        r'<del><span class="visually-hidden" lang="en">deleted: </span>Meningkatkan</del>', text
    )
    assert re.search(
        r'<ins><span class="visually-hidden" lang="en">added: </span>Memperkuat</ins>', text
    )
    assert "no English change" in text
    assert "Mission 1" in text


def test_every_public_page_can_be_previewed_from_the_page(publisher, vision):
    text = publisher.get(publishing_page(vision)).text
    base = f"/admin/pratinjau/{vision.pk}"

    for address in [
        "/id/",
        "/en/",
        "/id/visi/2016-2021/unsur/kota-jasa/",
        "/en/vision/2016-2021/editions/2/3/",
    ]:
        assert f'href="{base}{address}"' in text


def test_the_first_edition_is_shown_as_new_throughout(publisher, db):
    vision = make_vision()

    response = publisher.get(publishing_page(vision))

    assert "this will be the first edition" in response.text
    assert send(publisher, publishing_page(vision)).status_code == 302


def test_differences_stand_under_their_element_or_mission_with_a_link_to_the_form(
    publisher, vision
):
    point = Point.objects.get(element__number=3, marker="(2)")
    Point.objects.filter(pk=point.pk).update(title_en="Good infrastructure")
    Element.objects.filter(number=3).update(body_en="What it is.")
    Vision.objects.update(
        legal_basis_ind="Perda", legal_basis_en="Regulation", introduction_en="A vision is"
    )

    page = publisher.get(publishing_page(vision))

    assert [part.anchor for part in page.context["difference"].parts()] == ["v-visi", "u3", "m1"]
    headings = re.findall(r"<h[34]>\s*(?:<a [^>]*>)?([^<]+)", page.text)
    assert [words.strip() for words in headings] == [
        "The vision itself",
        "Element 3: Smart city",
        "Element 3, point (2) Good infrastructure",
        "Mission 1",
    ]
    back = f"%2Fadmin%2Fvision%2Fvision%2F{vision.pk}%2Fterbitkan%2F%23u3-2"
    assert f'<a href="/admin/vision/point/{point.pk}/change/?next={back}">' in page.text
    assert 'id="u3-2"' in page.text


def test_a_new_order_of_points_is_shown_under_its_element(publisher, portal):
    Point.objects.get(element__number=2, marker="(c)").move(-2)

    page = publisher.get(publishing_page(portal))

    (part,) = page.context["difference"].parts()
    assert (part.anchor, part.changes, len(part.moves)) == ("u2", (), 1)
    assert "New order" in page.text
    assert page.text.index("<li>(c)") < page.text.index("<li>(a)")


def test_the_difference_of_a_term_links_to_its_form(publisher, portal):
    term = portal.terms.filter(term_ind__contains=" ").first()
    type(term).objects.filter(pk=term.pk).update(definition_ind="Arti.", definition_en="A meaning.")

    assert (
        f'href="/admin/vision/term/{term.pk}/change/?next='
        in publisher.get(publishing_page(portal)).text
    )


@pytest.mark.slow
def test_the_page_says_in_one_sentence_how_much_differs(publisher, vision):
    assert "1 passage differs in 1 part of the text." in publisher.get(publishing_page(vision)).text

    Mission.objects.filter(number__in=[2, 3]).update(statement_en="Another.")
    Point.objects.get(element__number=2, marker="(c)").move(-1)

    text = publisher.get(publishing_page(vision)).text
    assert "3 passages differ in 3 parts of the text. 1 list has a new order." in text


def test_without_a_change_the_page_offers_no_form_but_the_manuscript(publisher, portal):
    response = publisher.get(publishing_page(portal))

    assert "There is nothing to publish" in response.text
    assert 'name="note_ind"' not in response.text
    assert f'href="{response.context["manuscript"]}"' in response.text
    assert publisher.get(response.context["manuscript"]).status_code == 200


def test_a_finding_shows_its_severity_and_links_to_the_form_and_back(publisher, vision):
    mission = Mission.objects.get(number=2)
    Mission.objects.filter(pk=mission.pk).update(statement_en="<b>Developing</b>")

    text = publisher.get(publishing_page(vision)).text

    assert re.search(r"<strong>Please look:</strong> The English text holds “&lt;b&gt;”", text)
    back = f"%2Fadmin%2Fvision%2Fvision%2F{vision.pk}%2Fterbitkan%2F%23checks"
    form = f"/admin/missions/mission/{mission.pk}/change/?next={back}"
    assert f'<a href="{form}">Mission 2: statement</a>' in text


def test_findings_of_the_previous_edition_are_folded_away(publisher, vision):
    Mission.objects.filter(number=2).update(statement_en="<b>Developing</b>")
    publish_now(vision)

    text = publisher.get(publishing_page(vision)).text

    assert "The checks found nothing new." in text
    assert text.index("Found already in the edition before") < text.index("Mission 2: statement")


# Publishing


@pytest.mark.slow
def test_a_published_edition_is_announced_in_wib_and_shown(publisher, vision):
    response = send(publisher, publishing_page(vision))

    edition = Edition.objects.get(number=3)
    page = publisher.get(response.headers["Location"])
    assert re.search(r"Edition 3 takes effect on \d+ \w+ \d{4}, \d\d:\d\d:\d\d WIB", page.text)
    assert edition.publisher == "sri"
    assert (edition.note_ind, edition.note_en) == tuple(CHANGE_NOTE.values())
    assert edition.document == read_document(vision)


@pytest.mark.slow
def test_publishing_at_a_time_is_entered_in_wib(publisher, vision):
    at = (clock.now() + timedelta(days=30)).date()

    response = send(publisher, publishing_page(vision), when="later", at=f"{at}T08:30")

    edition = Edition.objects.get(number=3)
    assert response.status_code == 302
    assert edition.effective_at.isoformat() == f"{at}T01:30:00+00:00"


def test_while_an_edition_waits_the_page_says_so_and_offers_its_withdrawal(publisher, vision):
    publish_now(vision, effective_at=clock.now() + timedelta(days=1))

    text = publisher.get(publishing_page(vision)).text

    assert "Edition 3 waits to take effect" in text
    assert "penerbit scheduled it on" in text
    assert "Perbaikan (en)" in text
    assert of_edition(3, "tarik") in text
    assert of_edition(3, "perubahan") in text
    assert 'name="note_ind"' not in text


def test_the_changes_of_a_scheduled_edition_are_shown_before_its_time(publisher, vision):
    publish_now(vision, effective_at=clock.now() + timedelta(days=1))

    text = publisher.get(of_edition(3, "perubahan")).text

    assert "Against edition 2 of" in text
    assert "1 passage differs in 1 part of the text." in text
    assert re.search("</span>Memperkuat</ins>", text)


def test_the_changes_of_the_first_edition_say_that_all_of_it_was_new(publisher, portal):
    assert "all of it was new" in publisher.get(of_edition(1, "perubahan")).text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"when": "later", "at": "2020-01-01T08:00"}, "This time has passed."),
        ({"when": "later", "at": "0001-01-01T00:00"}, ""),
        ({"when": "later", "at": "99999-01-01T00:00"}, ""),
        ({"when": "later", "at": ""}, "Give the date and time"),
        ({"when": "never"}, ""),
        ({"note_en": " "}, "required"),
        ({"note_ind": "Kata \u202e terbalik"}, "invisible"),
        ({"note_ind": "a" * 2001}, ""),
    ],
)
def test_a_refused_form_keeps_what_was_typed(publisher, vision, data, sentence):
    response = send(publisher, publishing_page(vision), **data)

    assert response.status_code == 200
    assert sentence in " ".join(errors_of(response))
    assert (CHANGE_NOTE | data)["note_ind"] in response.text
    assert numbers() == [1, 2]


@pytest.mark.slow
def test_with_now_the_time_field_is_ignored(publisher, vision):
    send(publisher, publishing_page(vision), when="now", at="2020-01-01T08:00")

    assert numbers() == [1, 2, 3]


@pytest.mark.slow
def test_missing_english_is_listed_must_be_accepted_and_is_recorded(publisher, vision):
    Element.objects.filter(number=1).update(body_en="")
    element = Element.objects.get(number=1)

    page = publisher.get(publishing_page(vision))
    unticked = send(publisher, publishing_page(vision))
    ticked = send(publisher, publishing_page(vision), accept_missing_english="on")

    assert f'href="/admin/vision/element/{element.pk}/change/?next=' in page.text
    assert "Tick that you know" in errors_of(unticked)[0]
    assert ticked.status_code == 302
    assert Edition.objects.get(number=3).missing_english == 1


@pytest.mark.slow
@pytest.mark.parametrize("column", ["statement_words_en", "name_en"])
def test_missing_english_never_blocks_a_publication(publisher, vision, column):
    Element.objects.filter(number=1).update(**{column: ""})

    assert send(publisher, publishing_page(vision), accept_missing_english="on").status_code == 302


@pytest.mark.slow
def test_words_missing_from_the_statement_block_the_publication(publisher, vision):
    Element.objects.filter(number=3).update(statement_words_ind="Pintar")

    page = publisher.get(publishing_page(vision))
    response = publisher.post(publishing_page(vision), CHANGE_NOTE | {"when": "now", "seen": "x"})

    assert "“Pintar” must occur exactly once in the Indonesian statement" in page.text
    assert 'name="note_ind"' not in page.text
    assert response.status_code == 200
    assert numbers() == [1, 2]


# Two at once


@pytest.mark.slow
def test_a_form_sent_twice_publishes_once(publisher, vision):
    data = CHANGE_NOTE | {"when": "now", "seen": seen_on(publisher.get(publishing_page(vision)))}

    first, second = (
        publisher.post(publishing_page(vision), data),
        publisher.post(publishing_page(vision), data),
    )

    assert (first.status_code, second.status_code) == (302, 302)
    assert second.headers["Location"] == first.headers["Location"]
    assert "This was done already" in publisher.get(second.headers["Location"]).text
    assert numbers() == [1, 2, 3]


def test_a_moved_edition_moves_once(publisher, vision):
    publish_now(vision, effective_at=clock.now() + timedelta(days=1))
    page = publisher.get(of_edition(3, "pindahkan"))
    assert 'name="once"' in page.text
    data = {"when": "now", "once": "a"}

    first, second = (publisher.post(of_edition(3, "pindahkan"), data) for _time in range(2))

    assert second.headers["Location"] == first.headers["Location"]
    assert numbers() == [1, 2, 3, 4]


@pytest.mark.slow
def test_the_second_of_two_publishers_sees_who_published_first(publisher, vision):
    other = logged_in("budi")
    seen = seen_on(other.get(publishing_page(vision)))
    send(publisher, publishing_page(vision))

    response = other.post(
        publishing_page(vision),
        {"note_ind": "Catatan Budi", "note_en": "x", "when": "now", "seen": seen},
    )

    assert "Edition 3 was published meanwhile by sri" in errors_of(response)[0]
    assert "Catatan Budi" in response.text
    assert numbers() == [1, 2, 3]


@pytest.mark.slow
@pytest.mark.parametrize("note", ["Kata diperbaiki.", ""])
def test_a_change_made_while_the_form_was_open_is_shown_before_publishing(publisher, vision, note):
    seen = seen_on(publisher.get(publishing_page(vision)))
    Mission.objects.filter(number=2).update(statement_en="Changed meanwhile.")

    response = publisher.post(
        publishing_page(vision), CHANGE_NOTE | {"note_ind": note, "when": "now", "seen": seen}
    )

    assert any("meanwhile" in error.lower() for error in errors_of(response))
    assert "Mission 2" in response.text
    assert seen_on(response) != seen
    assert numbers() == [1, 2]


def hidden_on(response):
    return dict(re.findall(r'name="(seen\w*)" value="([^"]+)"', response.text))


@pytest.mark.slow
def test_revisions_made_meanwhile_are_shown_with_their_authors(publisher, vision):
    with recorded(vision.pk, "ani"):
        Mission.objects.filter(number=3).update(statement_en="Seen before.")
    data = CHANGE_NOTE | {"when": "now"} | hidden_on(publisher.get(publishing_page(vision)))
    with recorded(vision.pk, "budi"):
        Mission.objects.filter(number=2).update(statement_en="Changed meanwhile.")
        make_point(Element.objects.get(number=2), "Taman", marker="(d)")

    response = publisher.post(publishing_page(vision), data)
    resent = publisher.post(publishing_page(vision), data | hidden_on(response))

    told = response.text.partition("What was changed meanwhile")[2].partition("What differs")[0]
    assert re.search(r"budi, [^:]+:\d\d:\d\d WIB: changed", told)
    assert "Changed meanwhile" in told
    assert "Element 2, point (d) Taman (en)" in told
    assert "ani" not in told
    assert CHANGE_NOTE["note_ind"] in response.text
    assert resent.status_code == 302


@pytest.mark.slow
def test_without_revisions_meanwhile_none_are_shown(publisher, vision):
    data = (
        CHANGE_NOTE
        | {"when": "now", "note_en": ""}
        | hidden_on(publisher.get(publishing_page(vision)))
    )

    assert "What was changed meanwhile" not in publisher.post(publishing_page(vision), data).text


@pytest.mark.slow
@pytest.mark.parametrize("forged", ["", "-1", "x", "9" * 18, "9" * 400])
def test_a_forged_revision_is_no_error(publisher, vision, forged):
    data = CHANGE_NOTE | {"when": "now", "seen": "x", "seen_revision": forged}

    assert publisher.post(publishing_page(vision), data).status_code == 200


# Permissions


@pytest.mark.parametrize(
    "roles", [["Editor"], ["Translator"], ["Editor", "Translator"], ["Administrator"]]
)
@pytest.mark.parametrize("address", ["publish", "kembali", "tarik"])
def test_other_roles_are_refused_on_the_publishing_pages(vision, caplog, roles, address):
    client = Client()
    client.force_login(make_account("edi", *roles))
    path = publishing_page(vision) if address == "publish" else of_edition(1, address)

    for response in (
        client.get(path),
        client.post(path, CHANGE_NOTE | REASON | {"when": "now", "seen": "x"}),
    ):
        assert response.status_code == 403
    assert f"Forbidden (Permission denied): {path}" in caplog.text
    assert numbers() == [1, 2]
    assert not Withdrawal.objects.exists()


def test_an_editor_cannot_publish_with_a_forged_button_or_action(vision):
    client = Client()
    client.force_login(make_account("edi", "Editor"))
    edition = Edition.objects.get(number=1)

    client.post(f"/admin/vision/vision/{vision.pk}/change/", {"_publish": "1"} | CHANGE_NOTE)
    client.post(
        "/admin/editions/edition/",
        {"action": "publish", "_selected_action": [edition.pk], "index": 0},
    )
    client.post(f"/admin/editions/edition/{edition.pk}/change/", {"_publish": "1", "note_ind": "x"})

    assert numbers() == [1, 2]
    assert Edition.objects.get(number=1).note_ind == edition.note_ind


@pytest.mark.slow
def test_a_publisher_publishes_the_texts_of_others(vision):
    client = Client()
    client.force_login(make_account("sri", "Publisher"))

    assert send(client, publishing_page(vision)).status_code == 302
    assert numbers() == [1, 2, 3]


@pytest.mark.parametrize("role", ["Editor", "Translator", "Publisher"])
def test_every_role_of_the_text_may_see_the_changes_of_an_edition(portal, role):
    client = Client()
    client.force_login(make_account("ani", role))

    assert client.get(of_edition(2, "perubahan")).status_code == 200
    assert client.post(of_edition(2, "perubahan")).status_code == 405


@pytest.mark.slow
@pytest.mark.parametrize("seen", [None, "", "2-forged"])
def test_without_the_token_of_the_difference_nothing_is_published(publisher, vision, seen):
    data = CHANGE_NOTE | {"when": "now"} | ({"seen": seen} if seen is not None else {})

    assert publisher.post(publishing_page(vision), data).status_code == 200
    assert numbers() == [1, 2]


# Going back


def test_going_back_makes_a_new_edition_equal_to_the_old_one(publisher, vision):
    publish_now(vision)

    response = send(publisher, of_edition(2, "kembali"), confirm="on")

    assert response.status_code == 302
    assert Edition.objects.get(number=4).document == Edition.objects.get(number=2).document
    assert read_document(vision) == Edition.objects.get(number=3).document


@pytest.mark.slow
def test_going_back_can_reset_the_working_copy_too(publisher, vision):
    publish_now(vision)

    send(publisher, of_edition(2, "kembali"), confirm="on", reset_working_copy="on")

    assert read_document(vision) == Edition.objects.get(number=2).document
    revision = Revision.objects.get()
    assert (revision.author, revision.action) == ("sri", "reset")
    assert [version.anchor for version in revision.versions.all()] == ["m1"]


@pytest.mark.slow
def test_going_back_never_overwrites_a_text_saved_meanwhile(publisher, vision):
    publish_now(vision)
    mission = Mission.objects.get(number=5)
    page = publisher.get(of_edition(2, "kembali"))
    with recorded(vision.pk, "budi"):
        mission.statement_en = "Written while the page was open."
        mission.save()

    for state in (page.context["working_copy"], "", "forged"):
        data = {
            "seen": seen_on(page),
            "working_copy": state,
            "confirm": "on",
            "reset_working_copy": "on",
        } | CHANGE_NOTE
        response = publisher.post(of_edition(2, "kembali"), data)
        assert "The working copy was changed meanwhile" in errors_of(response)[0]

    assert Mission.objects.get(number=5).statement_en == "Written while the page was open."
    assert numbers() == [1, 2, 3]


def test_going_back_shows_the_differences_and_asks_for_confirmation(publisher, vision):
    page = publisher.get(of_edition(1, "kembali"))

    response = send(publisher, of_edition(1, "kembali"))

    assert "</span>karateristik</ins>" in page.text
    assert "The working copy holds changes that are not published." in page.text
    assert response.context["form"].errors.keys() == {"confirm"}
    assert numbers() == [1, 2]


def test_going_back_to_the_edition_in_force_is_not_offered(publisher, portal):
    assert "There is nothing to publish" in publisher.get(of_edition(2, "kembali")).text
    assert "/kembali/" not in publisher.get(of_edition(2, "change")).text
    assert "/kembali/" in publisher.get(of_edition(1, "change")).text


# Withdrawing


def test_withdrawing_names_the_next_edition_in_force_and_records_the_reason(publisher, portal):
    page = publisher.get(of_edition(2, "tarik"))

    response = publisher.post(of_edition(2, "tarik"), REASON, follow=True)

    assert "Afterwards edition 1 of" in page.text
    assert "Edition 2 is withdrawn." in response.text
    assert REASON["reason_ind"] in response.text
    assert Withdrawal.objects.get().withdrawn_by == "sri"
    assert publisher.get("/id/visi/2016-2021/edisi/2/").status_code == 410


def test_withdrawing_the_last_edition_explains_the_consequence(publisher, portal):
    publisher.post(of_edition(2, "tarik"), REASON)

    assert "no edition of this vision is in force" in publisher.get(of_edition(1, "tarik")).text
    assert publisher.post(of_edition(1, "tarik"), REASON).status_code == 302
    assert (
        publisher.get("/admin/editions/edition/").text.count('class="field-state">withdrawn') == 2
    )


def test_a_scheduled_edition_is_withdrawn_before_its_time(publisher, vision):
    publish_now(vision, effective_at=clock.now() + timedelta(days=1))

    page = publisher.get(of_edition(3, "tarik"))
    publisher.post(of_edition(3, "tarik"), {"confirm": "on"})

    assert "If you withdraw it, it never takes effect" in page.text
    assert 'name="note_ind"' in publisher.get(publishing_page(vision)).text


@pytest.mark.parametrize("left_out", REASON)
def test_a_withdrawal_needs_its_reason_in_both_languages_and_a_confirmation(
    publisher, portal, left_out
):
    data = {name: value for name, value in REASON.items() if name != left_out}

    assert publisher.post(of_edition(2, "tarik"), data).status_code == 200
    assert not Withdrawal.objects.exists()


def test_an_edition_is_withdrawn_once(publisher, portal):
    first, second = (publisher.post(of_edition(2, "tarik"), REASON) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 302)
    assert second.headers["Location"] == first.headers["Location"]
    assert "This was done already" in publisher.get(second.headers["Location"]).text
    third = publisher.post(of_edition(2, "tarik"), REASON | {"once": "another form"})
    assert "withdrawn already" in errors_of(third)[0]
    assert 'name="reason_ind"' not in publisher.get(of_edition(2, "tarik")).text


# A second period


def texts(**words):
    """The fields of a form, with the same text in both languages."""
    return {
        f"{name}_{language}": f"{word}"
        for name, word in words.items()
        for language in ("ind", "en")
    }


@pytest.mark.slow
def test_the_vision_of_another_period_is_entered_published_and_shown_on_home(
    publisher, client, monkeypatch
):
    publisher.post(
        "/admin/vision/vision/add/",
        {"period_start": 2025, "period_end": 2029}
        | texts(
            introduction="Visi",
            statement="Magelang Maju",
            elements_lead_in="Unsur:",
            missions_lead_in="Misi:",
        ),
    )
    vision = Vision.objects.get(period_start=2025)
    element = texts(name="Kota Maju", statement_words="Maju", slug="kota-maju", body="Uraian.")
    publisher.post("/admin/vision/element/add/", {"vision": vision.pk, "number": 1} | element)
    mission = texts(statement="Membangun bersama.")
    publisher.post("/admin/missions/mission/add/", {"vision": vision.pk, "number": 1} | mission)

    send(publisher, publishing_page(vision))
    moment = clock.now() + timedelta(seconds=5)
    monkeypatch.setattr(clock, "now", lambda: moment)

    home = client.get("/id/")
    assert "Magelang <a" in home.text
    assert home.context["edition"].period == "2025-2029"
    assert "arsip" not in home.text.partition("</title>")[0]
    assert "(arsip)" in client.get("/id/visi/2016-2021/").text.partition("</title>")[0]
    assert client.get("/id/visi/2025-2029/unsur/kota-maju/").status_code == 200
    assert all(period in client.get("/en/vision/").text for period in ("2016–2021", "2025–2029"))
