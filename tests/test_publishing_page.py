"""Publishing, going back and withdrawing in the admin: what is shown before, what is asked, what comes of it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from editions import clock
from editions.models import Edition, Withdrawal
from editions.working_copy import read_document
from editorial.models import Account
from missions.models import Mission
from tests.factories import make_vision, publish_now
from vision.models import Element, Point, Vision

pytestmark = pytest.mark.django_db
NOTE = {"note_ind": "Kata diperbaiki.", "note_en": "A word was corrected."}


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


def page_of(vision):
    return f"/admin/vision/vision/{vision.pk}/terbitkan/"


def of_edition(number, action):
    return f"/admin/editions/edition/{Edition.objects.get(number=number).pk}/{action}/"


def seen_on(response):
    return re.search(r'name="seen" value="([^"]+)"', response.text)[1]


def send(client, address, **data):
    """Send the form as the page shows it at this moment."""
    return client.post(address, {"seen": seen_on(client.get(address)), "when": "now"} | NOTE | data)


def errors_of(response):
    return [str(error) for errors in response.context["form"].errors.values() for error in errors]


def numbers():
    return sorted(Edition.objects.values_list("number", flat=True))


# What is shown


def test_the_difference_is_shown_word_by_word_and_said_aloud(publisher, vision):
    text = publisher.get(page_of(vision)).text

    assert re.search(r'<del><span class="visually-hidden" lang="en">deleted: </span>Meningkatkan</del>', text)
    assert re.search(r'<ins><span class="visually-hidden" lang="en">added: </span>Memperkuat</ins>', text)
    assert "no English change" in text
    assert "Mission 1" in text


def test_a_new_order_of_points_is_shown(publisher, portal):
    Point.objects.get(element__number=2, marker="(c)").move(-2)

    text = publisher.get(page_of(Vision.objects.get())).text

    assert "New order" in text
    assert text.index("<li>(c)") < text.index("<li>(a)")


def test_without_a_change_there_is_nothing_to_publish(publisher, portal):
    response = publisher.get(page_of(Vision.objects.get()))

    assert "There is nothing to publish" in response.text
    assert 'name="note_ind"' not in response.text


def test_every_public_page_can_be_previewed_from_the_page(publisher, vision):
    text = publisher.get(page_of(vision)).text
    base = f"/admin/pratinjau/{vision.pk}"

    for address in ["/id/", "/en/", "/id/visi/2016-2021/unsur/kota-jasa/", "/en/vision/2016-2021/editions/2/3/"]:
        assert f'href="{base}{address}"' in text


def test_the_first_edition_is_shown_as_new_throughout(publisher, db):
    vision = make_vision()

    response = publisher.get(page_of(vision))

    assert "this will be the first edition" in response.text
    assert send(publisher, page_of(vision)).status_code == 302


# Publishing


def test_a_published_edition_is_announced_in_wib_and_shown(publisher, vision):
    response = send(publisher, page_of(vision))

    edition = Edition.objects.get(number=3)
    page = publisher.get(response.headers["Location"])
    assert re.search(r"Edition 3 takes effect on \d+ \w+ \d{4}, \d\d:\d\d:\d\d WIB", page.text)
    assert edition.publisher == "sri"
    assert (edition.note_ind, edition.note_en) == tuple(NOTE.values())
    assert edition.document == read_document(vision)


def test_publishing_at_a_time_is_entered_in_wib(publisher, vision):
    response = send(publisher, page_of(vision), when="later", at="2031-05-20T08:30")

    edition = Edition.objects.get(number=3)
    assert response.status_code == 302
    assert edition.effective_at.isoformat() == "2031-05-20T01:30:00+00:00"


def test_while_an_edition_waits_the_page_says_so_and_offers_its_withdrawal(publisher, vision):
    publish_now(vision, effective_at=clock.now() + timedelta(days=1))

    text = publisher.get(page_of(vision)).text

    assert "Edition 3 waits to take effect" in text
    assert of_edition(3, "tarik") in text
    assert 'name="note_ind"' not in text


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
def test_what_cannot_be_published_is_refused_with_all_that_was_typed(publisher, vision, data, sentence):
    response = send(publisher, page_of(vision), **data)

    assert response.status_code == 200
    assert sentence in " ".join(errors_of(response))
    assert (NOTE | data)["note_ind"] in response.text
    assert numbers() == [1, 2]


def test_a_time_that_is_not_meant_is_not_looked_at(publisher, vision):
    send(publisher, page_of(vision), when="now", at="2020-01-01T08:00")

    assert numbers() == [1, 2, 3]


def test_missing_english_is_listed_ticked_and_recorded(publisher, vision):
    Element.objects.filter(number=1).update(body_en="")
    element = Element.objects.get(number=1)

    page = publisher.get(page_of(vision))
    unticked = send(publisher, page_of(vision))
    ticked = send(publisher, page_of(vision), accept_missing_english="on")

    assert f'href="/admin/vision/element/{element.pk}/change/?next=' in page.text
    assert "Tick that you know" in errors_of(unticked)[0]
    assert ticked.status_code == 302
    assert Edition.objects.get(number=3).missing_english == 1


@pytest.mark.parametrize("column", ["statement_words_en", "name_en"])
def test_missing_english_never_blocks(publisher, vision, column):
    Element.objects.filter(number=1).update(**{column: ""})

    assert send(publisher, page_of(vision), accept_missing_english="on").status_code == 302


def test_words_that_left_the_statement_stop_the_publication(publisher, vision):
    Element.objects.filter(number=3).update(statement_words_ind="Pintar")

    page = publisher.get(page_of(vision))
    response = publisher.post(page_of(vision), NOTE | {"when": "now", "seen": "x"})

    assert "“Pintar” does not stand in the Indonesian statement" in page.text
    assert 'name="note_ind"' not in page.text
    assert response.status_code == 200
    assert numbers() == [1, 2]


# Two at once


def test_a_form_sent_twice_publishes_once(publisher, vision):
    data = NOTE | {"when": "now", "seen": seen_on(publisher.get(page_of(vision)))}

    first, second = publisher.post(page_of(vision), data), publisher.post(page_of(vision), data)

    assert first.status_code == 302
    assert "Edition 3 was published meanwhile by sri" in errors_of(second)[0]
    assert numbers() == [1, 2, 3]


def test_of_two_publishers_the_later_is_told_who_was_first(publisher, vision):
    other = logged_in("budi")
    seen = seen_on(other.get(page_of(vision)))
    send(publisher, page_of(vision))

    response = other.post(page_of(vision), {"note_ind": "Catatan Budi", "note_en": "x", "when": "now", "seen": seen})

    assert "Edition 3 was published meanwhile by sri" in errors_of(response)[0]
    assert "Catatan Budi" in response.text
    assert numbers() == [1, 2, 3]


@pytest.mark.parametrize("note", ["Kata diperbaiki.", ""])
def test_what_was_changed_while_the_form_was_open_is_shown_before_it_is_published(publisher, vision, note):
    seen = seen_on(publisher.get(page_of(vision)))
    Mission.objects.filter(number=2).update(statement_en="Changed meanwhile.")

    response = publisher.post(page_of(vision), NOTE | {"note_ind": note, "when": "now", "seen": seen})

    assert any("meanwhile" in error.lower() for error in errors_of(response))
    assert "Mission 2" in response.text
    assert seen_on(response) != seen
    assert numbers() == [1, 2]


@pytest.mark.parametrize("seen", [None, "", "2-forged"])
def test_without_having_seen_the_difference_nothing_is_published(publisher, vision, seen):
    data = NOTE | {"when": "now"} | ({"seen": seen} if seen is not None else {})

    assert publisher.post(page_of(vision), data).status_code == 200
    assert numbers() == [1, 2]


# Going back


def test_going_back_makes_a_new_edition_equal_to_the_old_one(publisher, vision):
    publish_now(vision)

    response = send(publisher, of_edition(2, "kembali"), confirm="on")

    assert response.status_code == 302
    assert Edition.objects.get(number=4).document == Edition.objects.get(number=2).document
    assert read_document(vision) == Edition.objects.get(number=3).document


def test_going_back_can_reset_the_working_copy_too(publisher, vision):
    publish_now(vision)

    send(publisher, of_edition(2, "kembali"), confirm="on", reset_working_copy="on")

    assert read_document(vision) == Edition.objects.get(number=2).document


def test_going_back_shows_what_will_differ_and_asks_to_be_confirmed(publisher, vision):
    page = publisher.get(of_edition(1, "kembali"))

    response = send(publisher, of_edition(1, "kembali"))

    assert "</span>karateristik</ins>" in page.text
    assert "The working copy holds changes that are not published." in page.text
    assert response.context["form"].errors.keys() == {"confirm"}
    assert numbers() == [1, 2]


def test_there_is_no_way_back_to_the_edition_in_force(publisher, portal):
    assert "There is nothing to go back to" in publisher.get(of_edition(2, "kembali")).text
    assert "/kembali/" not in publisher.get(of_edition(2, "change")).text
    assert "/kembali/" in publisher.get(of_edition(1, "change")).text


# Withdrawing

REASON = {"reason_ind": "Terbit karena keliru.", "reason_en": "Published by mistake.", "confirm": "on"}


def test_withdrawing_says_what_will_be_in_force_and_keeps_the_reason(publisher, portal):
    page = publisher.get(of_edition(2, "tarik"))

    response = publisher.post(of_edition(2, "tarik"), REASON, follow=True)

    assert "Afterwards edition 1 of" in page.text
    assert "Edition 2 is withdrawn." in response.text
    assert REASON["reason_ind"] in response.text
    assert Withdrawal.objects.get().withdrawn_by == "sri"
    assert publisher.get("/id/visi/2016-2021/edisi/2/").status_code == 410


def test_the_last_edition_can_be_withdrawn_and_the_page_says_what_that_means(publisher, portal):
    publisher.post(of_edition(2, "tarik"), REASON)

    assert "no edition of this vision is in force" in publisher.get(of_edition(1, "tarik")).text
    assert publisher.post(of_edition(1, "tarik"), REASON).status_code == 302
    assert publisher.get("/admin/editions/edition/").text.count('class="field-state">withdrawn') == 2


def test_a_scheduled_edition_is_withdrawn_before_its_time(publisher, vision):
    publish_now(vision, effective_at=clock.now() + timedelta(days=1))

    page = publisher.get(of_edition(3, "tarik"))
    publisher.post(of_edition(3, "tarik"), REASON)

    assert "Withdrawn, it never will" in page.text
    assert 'name="note_ind"' in publisher.get(page_of(vision)).text


@pytest.mark.parametrize("left_out", REASON)
def test_a_withdrawal_needs_its_reason_in_both_languages_and_a_confirmation(publisher, portal, left_out):
    data = {name: value for name, value in REASON.items() if name != left_out}

    assert publisher.post(of_edition(2, "tarik"), data).status_code == 200
    assert not Withdrawal.objects.exists()


def test_an_edition_is_withdrawn_once(publisher, portal):
    first, second = (publisher.post(of_edition(2, "tarik"), REASON) for _ in range(2))

    assert first.status_code == 302
    assert "withdrawn already" in errors_of(second)[0]
    assert 'name="reason_ind"' not in publisher.get(of_edition(2, "tarik")).text


# A second period


def texts(**words):
    """The fields of a form: each word in both of its columns."""
    return {f"{name}_{language}": f"{word}" for name, word in words.items() for language in ("ind", "en")}


def test_a_vision_of_other_years_is_entered_published_and_comes_home(publisher, client, monkeypatch):
    publisher.post(
        "/admin/vision/vision/add/",
        {"period_start": 2025, "period_end": 2029}
        | texts(introduction="Visi", statement="Magelang Maju", elements_lead_in="Unsur:", missions_lead_in="Misi:"),
    )
    vision = Vision.objects.get(period_start=2025)
    element = texts(name="Kota Maju", statement_words="Maju", slug="kota-maju", body="Uraian.")
    publisher.post("/admin/vision/element/add/", {"vision": vision.pk, "number": 1} | element)
    mission = texts(statement="Membangun bersama.")
    publisher.post("/admin/missions/mission/add/", {"vision": vision.pk, "number": 1} | mission)

    send(publisher, page_of(vision))
    moment = clock.now() + timedelta(seconds=5)
    monkeypatch.setattr(clock, "now", lambda: moment)

    home = client.get("/id/")
    assert "Magelang <a" in home.text
    assert home.context["edition"].period == "2025-2029"
    assert "arsip" not in home.text.partition("</title>")[0]
    assert "(arsip)" in client.get("/id/visi/2016-2021/").text.partition("</title>")[0]
    assert client.get("/id/visi/2025-2029/unsur/kota-maju/").status_code == 200
    assert all(period in client.get("/en/vision/").text for period in ("2016–2021", "2025–2029"))
