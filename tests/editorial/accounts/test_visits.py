"""When a person was last here, and who reads a passage of the translation desk now."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions import clock
from editorial.accounts.visits import end_of_visit_before, note_visit
from editorial.models import Visit
from tests.support.factories import make_account
from tests.support.people.desk import logged_in

pytestmark = pytest.mark.django_db
MORNING = datetime(2030, 11, 27, 1, tzinfo=UTC)  # after the editions of the portal
KEY = "m1.statement"


@pytest.fixture
def at(monkeypatch):
    """Sets the clock to so many minutes after the morning began."""

    def set_clock(minutes):
        moment = MORNING + timedelta(minutes=minutes)
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_clock(0)
    return set_clock


def test_a_visit_ends_after_half_an_hour_without_a_request(at):
    ratna = make_account("ratna")
    for minute in (0, 20, 45):
        at(minute)
        note_visit(ratna)
    assert end_of_visit_before(ratna) is None

    at(76)
    for _tab in range(2):
        note_visit(ratna)
    assert end_of_visit_before(ratna) == MORNING + timedelta(minutes=45)
    assert Visit.objects.count() == 1


def test_a_login_begins_a_visit(at):
    logged_in("ratna")

    assert Visit.objects.get().seen_at == MORNING


def desk(vision, query=f"?state=all&at={KEY}"):
    return f"/admin/terjemahan/{vision.pk}/{query}"


def is_read(client, vision):
    return "ratna reads this now" in client.get(desk(vision, "?state=all&part=m")).text


@pytest.mark.slow
def test_a_reader_is_named_for_five_minutes(portal, at):
    ratna, wati = (logged_in(name, "Translator") for name in ("ratna", "wati"))
    assert not is_read(wati, portal)

    ratna.get(desk(portal))

    assert is_read(wati, portal)
    assert not is_read(ratna, portal)
    at(4)
    assert is_read(wati, portal)
    at(5)
    assert not is_read(wati, portal)


@pytest.mark.slow
def test_only_translators_who_opened_the_passage_are_named(portal, at):
    ratna, wati = logged_in("ratna", "Editor"), logged_in("wati", "Translator")
    ratna.get(desk(portal))
    assert not is_read(wati, portal)

    ratna = logged_in("ratna2", "Translator")
    ratna.get(desk(portal, "?state=all"))
    ratna.get(desk(portal, "?state=all&at=m99.statement"))
    assert not Visit.objects.exclude(passage="").exists()


@pytest.mark.slow
def test_a_reader_is_named_at_the_passage_that_they_opened_last(portal, at):
    ratna = logged_in("ratna", "Translator")

    ratna.get(desk(portal))
    ratna.get(desk(portal, "?state=all&at=m2.statement"))

    assert Visit.objects.get().passage == "m2.statement"


@pytest.mark.slow
def test_the_same_passage_is_written_once_a_minute(portal, at):
    ratna = logged_in("ratna", "Translator")
    ratna.get(desk(portal))

    at(0.5)
    ratna.get(desk(portal))
    assert Visit.objects.get().opened_at == MORNING

    at(1)
    with CaptureQueriesContext(connection) as queries:
        ratna.get(desk(portal))
    assert Visit.objects.get().opened_at == MORNING + timedelta(minutes=1)
    assert sum("UPDATE" in query["sql"] for query in queries) == 1
