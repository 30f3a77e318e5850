"""The database's clock decides at each request which edition is in force."""

import pytest

from editions import clock
from editions.document import Text
from editions.publishing import publish, withdraw
from missions.models import Mission
from public.releases import Release
from tests.support.factories import NOTE, make_vision, publish_now, wib

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(monkeypatch):
    """Sets the clock: ``at(2022, 1, 1)`` in Magelang."""
    monkeypatch.setattr(clock, "newest", lambda editions: None)  # tests publish before this time
    return lambda *parts: monkeypatch.setattr(clock, "now", lambda: wib(*parts))


def home_of(client):
    return client.get("/id/").context["edition"]


def test_home_says_that_no_edition_is_published_yet(client, db):
    response = client.get("/id/")

    assert response.status_code == 200
    assert "<h1>" in response.text
    assert client.get("/en/").status_code == 200


@pytest.mark.parametrize(
    ("moment", "is_archived"),
    [
        ((2026, 7, 1), True),
        ((2022, 1, 1, 0, 0), True),
        ((2021, 12, 31, 23, 59), False),
        ((2016, 1, 1), False),
    ],
)
def test_a_period_ends_with_its_last_year_in_magelang(client, db, at, moment, is_archived):
    vision = make_vision(2016, 2021)
    publish_now(vision, effective_at=wib(2015, 12, 1))
    at(*moment)

    text = client.get("/en/").text

    assert ("archived" in text.lower()) == is_archived


def test_every_title_of_an_archived_vision_says_that_it_is_archived(client, portal):
    for address in [
        "/id/",
        "/id/visi/2016-2021/",
        "/id/visi/2016-2021/misi/1/",
        "/id/visi/2016-2021/unsur/kota-jasa/",
    ]:
        assert "(arsip)" in client.get(address).text.partition("</title>")[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "period"),
    [
        ((2010, 1, 1), "2016-2020"),  # before the first vision: the next one
        ((2018, 1, 1), "2016-2020"),
        ((2020, 6, 1), "2020-2024"),  # plans overlap: the later start
        ((2024, 12, 31, 23, 59), "2020-2024"),
        ((2025, 1, 1), "2020-2024"),  # between two visions: the last that ended
        ((2030, 1, 1), "2030-2034"),
        ((2050, 1, 1), "2030-2034"),
    ],
)
def test_home_shows_the_vision_of_today(client, db, at, moment, period):
    for years in [(2016, 2020), (2020, 2024), (2030, 2034)]:
        publish_now(make_vision(*years), effective_at=wib(2009, 1, 1))
    at(*moment)

    assert home_of(client).period == period


def test_home_shows_a_later_vision_once_its_first_edition_is_in_force(client, db, at):
    publish_now(make_vision(2016, 2021), effective_at=wib(2016, 1, 1))
    publish_now(make_vision(2021, 2026), effective_at=wib(2021, 6, 1))

    at(2021, 5, 31, 23, 59)
    assert home_of(client).period == "2016-2021"
    at(2021, 6, 1)
    assert home_of(client).period == "2021-2026"
    assert client.get("/id/visi/2016-2021/").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "period", "state"),
    [
        ((2021, 8, 19, 23, 59), "2016-2021", ""),
        ((2021, 8, 20), "2021-2026", ""),  # both cover this day: the later first day
        ((2027, 2, 17, 23, 59), "2021-2026", ""),
        ((2027, 2, 18), "2021-2026", "archived"),
    ],
)
def test_a_vision_is_in_force_from_its_first_day_to_its_last(client, db, at, moment, period, state):
    publish_now(make_vision(2016, 2021), effective_at=wib(2016, 1, 1))
    later = make_vision(2021, 2026, first_day="2021-08-20", last_day="2027-02-17")
    publish_now(later, effective_at=wib(2021, 6, 1))
    at(*moment)

    context = client.get("/id/").context
    assert context["edition"].period == period
    assert context["release"].state(context["edition"]) == state


def test_a_period_ends_on_the_last_day_that_its_edition_in_force_says(client, db, at):
    vision = make_vision(2016, 2021, last_day="2021-08-19")
    publish_now(vision, effective_at=wib(2016, 1, 1))
    type(vision).objects.update(last_day="2021-09-30")
    publish_now(vision, effective_at=wib(2021, 9, 1))

    at(2021, 8, 31)
    assert "archived" in client.get("/en/").text.lower()
    at(2021, 9, 1)
    assert "archived" not in client.get("/en/").text.lower()


def test_the_next_release_begins_with_a_first_day_and_after_a_last_day(db, at):
    vision = make_vision(2021, 2026, first_day="2021-08-20", last_day="2021-11-30")
    publish_now(vision, effective_at=wib(2021, 6, 1))

    changes = []
    for moment in [(2021, 7, 1), (2021, 8, 20), (2021, 12, 1)]:
        at(*moment)
        changes.append(Release.current().next_change())
    assert changes == [wib(2021, 8, 20), wib(2021, 12, 1), wib(2022, 1, 1)]


def test_each_state_of_a_period_has_a_release_of_its_own(db, at):
    vision = make_vision(2021, 2026, first_day="2021-08-20", last_day="2021-11-30")
    publish_now(vision, effective_at=wib(2021, 6, 1))

    keys = set()
    for moment in [(2021, 7, 1), (2021, 8, 20), (2021, 8, 21), (2021, 12, 1)]:
        at(*moment)
        keys.add(Release.current().key)
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/id/visi/2031-2035/", "Berlaku mulai 20 Agustus 2031."),
        ("/en/vision/2031-2035/bilingual/", "In force from 20 August 2031."),
        ("/en/", "This vision takes effect on 20 August 2031."),
    ],
)
def test_pages_say_the_first_day_of_an_upcoming_vision(client, db, at, path, words):
    publish_now(make_vision(2031, 2035, first_day="2031-08-20"), effective_at=wib(2026, 1, 1))
    at(2026, 6, 1)

    assert words in client.get(path).text


def test_a_future_vision_is_marked(client, db, at):
    publish_now(make_vision(2031, 2035), effective_at=wib(2026, 1, 1))
    at(2030, 12, 31)

    assert "(upcoming)" in client.get("/en/").text.partition("</title>")[0]


def test_a_scheduled_edition_answers_404_before_its_time(client, portal, at):
    Mission.objects.filter(number=1).update(statement_ind="Kalimat yang akan datang.")
    publish(portal, note=NOTE, publisher="a", effective_at=wib(2027, 1, 1, 8))

    at(2027, 1, 1, 7, 59, 59)
    assert client.get("/id/visi/2016-2021/edisi/3/").status_code == 404
    assert client.get("/data/2016-2021/3.json").status_code == 404
    assert "akan datang" not in client.get("/id/visi/2016-2021/misi/1/").text
    assert (
        "edisi/3"
        not in client.get("/id/visi/2016-2021/edisi/").text + client.get("/sitemap.xml").text
    )

    at(2027, 1, 1, 8)
    assert client.get("/id/visi/2016-2021/edisi/3/").status_code == 200
    assert "akan datang" in client.get("/id/visi/2016-2021/misi/1/").text


def test_a_withdrawn_edition_answers_410_with_its_reason_and_the_one_before_is_in_force(
    client, portal, at
):
    Mission.objects.filter(number=1).update(statement_ind="Kalimat keliru.")
    edition = publish_now(portal)
    withdraw(edition, reason=Text("Salah naskah.", "Wrong text."), withdrawn_by="Budi")

    response = client.get("/en/vision/2016-2021/editions/3/")

    assert response.status_code == 410
    assert "Wrong text." in response.text
    assert "Wrong text." in client.get("/en/vision/2016-2021/editions/").text
    assert "Budi" not in response.text
    assert "Kalimat keliru" not in client.get("/id/visi/2016-2021/misi/1/").text
    assert client.get("/data/2016-2021/3.json").status_code == 410
    assert client.get("/id/visi/2016-2021/edisi/2/3/").status_code == 410


def test_an_address_of_a_withdrawn_edition_still_leads_to_its_element(client, portal):
    portal.elements.filter(number=3).update(slug_ind="kota-pintar")
    withdraw(publish_now(portal), reason=NOTE, withdrawn_by="a")

    response = client.get("/id/visi/2016-2021/unsur/kota-pintar/")

    assert (response.status_code, response.headers["Location"]) == (
        301,
        "/id/visi/2016-2021/unsur/kota-cerdas/",
    )


def test_a_vision_whose_only_edition_was_withdrawn_is_not_shown(client, db):
    edition = publish_now(make_vision(2016, 2021))
    withdraw(edition, reason=NOTE, withdrawn_by="a")

    assert client.get("/id/").context["edition"] is None
    assert client.get("/id/visi/2016-2021/").status_code == 404
    assert client.get("/id/visi/2016-2021/edisi/").status_code == 200
    gone = client.get("/id/visi/2016-2021/edisi/1/")
    assert gone.status_code == 410
    assert 'href="/id/visi/2016-2021/"' not in gone.text
