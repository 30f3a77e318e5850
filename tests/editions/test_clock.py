"""A clock that jumps: no scheduled edition stays public for it, and no published one is hidden."""

from datetime import timedelta
from time import monotonic

import pytest
from django.conf import settings
from django.db import connection

from editions import clock
from editions.data_folder import alarms
from editions.document import Text
from editions.publishing import Refused, is_waiting, publish, withdraw, withdraw_before_its_time
from missions.models import Mission
from public.delivery import watch
from public.delivery.front import Front
from public.mirror import keeper
from public.releases import Release
from tests.support.factories import NOTE, make_account
from tests.support.people.desk import publishing_page, send
from tests.support.servers.wsgi import MISSION, Asked, Django, read_anew

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_data_folder")]
DAY = 86_400
NEW = "Membangun kota."
REASON = Text("Keliru.", "Wrong.")
SHIFTED = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '{:+} seconds')",
    "postgresql": "clock_timestamp() + interval '{:+} seconds'",
}


@pytest.fixture
def shift(monkeypatch):
    """Sets the database's clock so many seconds ahead, or back."""
    vendor = connection.vendor
    return lambda seconds: monkeypatch.setitem(clock.NOW, vendor, SHIFTED[vendor].format(seconds))


@pytest.fixture
def front(live_portal):
    return Front(Django())


def change(words=NEW):
    Mission.objects.filter(number=1).update(statement_ind=words)


def schedule(vision, **later):
    change()
    return publish(
        vision, note=NOTE, publisher="Sri", effective_at=clock.now() + timedelta(**later)
    )


def found():
    return [
        sentence
        for alarm in alarms.open_alarms()
        for sentence in alarm.found
        if alarm.name == "clock"
    ]


# Ahead, and put right


def test_an_edition_that_a_clock_ahead_has_shown_is_hidden_within_two_seconds_with_an_alarm(
    front, live_portal, shift
):
    edition = schedule(live_portal, hours=1)
    assert NEW not in read_anew(front).text
    shift(DAY)
    assert NEW in read_anew(front).text

    shift(0)
    put_right_at = monotonic()
    while NEW in Asked(front, MISSION).text or not found():
        assert monotonic() - put_right_at < 2

    assert found() == [
        f"The clock was ahead: 2016-2021 edition 3 was shown before its time, "
        f"{edition.effective_at:%Y-%m-%d %H:%M:%S} UTC, and is hidden again. See why the clock "
        f"changed."
    ]


def test_pages_that_a_clock_ahead_has_archived_are_as_before_with_an_alarm(front, shift):
    home = read_anew(front, "/id/").text
    shift(400 * DAY)
    Asked(front, "/id/")
    read_anew(front, "/id/")

    shift(0)

    assert read_anew(front, "/id/").text == home
    assert len(found()) == 1


def test_a_clock_that_is_set_back_by_less_than_a_second_changes_nothing(front, live_portal, shift):
    edition = schedule(live_portal, hours=1)
    until = (edition.effective_at - clock.now()).total_seconds()
    shift(until + 0.2)
    assert NEW in read_anew(front).text

    shift(until - 0.5)

    assert NEW in read_anew(front).text
    assert found() == []


def test_a_clock_that_goes_on_raises_no_alarm(front, live_portal, shift):
    schedule(live_portal, hours=1)
    for seconds in (0, 3000, 4000, 5000):
        shift(seconds)
        read_anew(front)

    assert found() == []


# Behind what was published


@pytest.fixture
def published(live_portal):
    """An edition that took effect at once, and has just done so."""
    change()
    edition = publish(live_portal, note=NOTE, publisher="Sri")
    while clock.now() < edition.effective_at:
        pass
    return edition


def test_a_server_that_starts_with_the_clock_a_day_back_shows_what_was_published(published, shift):
    shift(-DAY)

    assert NEW in Asked(Front(Django()), MISSION).text
    assert "/id/visi/2016-2021/" in Asked(Front(Django()), "/id/").text


def test_what_was_withdrawn_stays_hidden_with_the_clock_a_day_back(published, shift):
    withdrawal = withdraw(published, reason=REASON, withdrawn_by="Sri")
    while clock.now() < withdrawal.withdrawn_at + timedelta(seconds=1):
        pass
    shift(-DAY)

    assert NEW not in Asked(Front(Django()), MISSION).text
    assert Asked(Front(Django()), f"/id/visi/2016-2021/edisi/{published.number}/").status == 410


def test_what_is_scheduled_stays_hidden_while_the_clock_is_not_believed(live_portal, shift):
    schedule(live_portal, seconds=4)
    shift(-DAY)

    assert NEW not in Asked(Front(Django()), MISSION).text
    assert Release.agreed(ahead=keeper.SOON).key == Release.agreed().key


def test_a_clock_that_is_not_believed_is_an_alarm_and_not_ready_until_it_is_right(
    front, published, shift, caplog
):
    shift(-DAY)
    read_anew(front)

    assert Asked(front, "/readyz").status == 503
    assert "The clock is earlier than the newest publication or withdrawal, of " in caplog.text
    assert len(found()) == 1

    shift(0)
    assert NEW in read_anew(front).text
    assert Asked(front, "/readyz").status == 200
    assert len(found()) == 1  # until somebody acknowledges it


def test_the_watch_asks_for_no_release_anew_while_the_clock_stands_still(
    front, published, shift, monkeypatch
):
    shift(-DAY)
    read_anew(front)
    monkeypatch.setattr(Release, "agreed", lambda: pytest.fail("a release was made"))

    assert NEW in read_anew(front).text
    assert not front.watch.is_lost


@pytest.mark.parametrize("act", ["publish", "withdraw"])
def test_nobody_publishes_or_withdraws_by_a_clock_that_is_not_believed(
    live_portal, published, shift, act
):
    change("Kata lain.")
    acts = {
        "publish": lambda: publish(live_portal, note=NOTE, publisher="Sri"),
        "withdraw": lambda: withdraw(published, reason=REASON, withdrawn_by="Sri"),
    }
    shift(-DAY)

    with pytest.raises(Refused, match="Jam server menunjukkan"):
        acts[act]()

    assert live_portal.editions.count() == published.number


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "words"), [("id", "Jam server menunjukkan"), ("en", "The clock of the server")]
)
def test_who_publishes_is_told_of_the_clock_in_their_language(
    client, live_portal, published, shift, language, words
):
    change("Kata lain.")
    client.force_login(make_account("sri", "Publisher", language=language))
    shift(-DAY)

    refused = send(client, publishing_page(live_portal))

    assert refused.status_code == 200
    assert words in refused.text, refused.context["form"].errors


# Behind an edition that took effect since the last publication


@pytest.fixture
def read_for_long(front, live_portal, shift, monkeypatch):
    """Published for the day after tomorrow, and read a day later for long. Then it is tomorrow."""
    edition = schedule(live_portal, days=2)
    monkeypatch.setattr(watch, "SHOWN_FOR_GOOD", 0)
    shift(3 * DAY)
    assert NEW in read_anew(front).text
    while not clock.shown():
        read_anew(front)
    shift(DAY)
    return edition


def test_a_clock_that_is_set_before_an_edition_that_readers_saw_hides_nothing(front, read_for_long):
    for reader in (front, Front(Django())):
        assert NEW in read_anew(reader).text

    assert len(found()) == 1
    assert found()[0].startswith("The clock is earlier than")
    assert Asked(front, "/readyz").status == 503


def test_an_edition_that_readers_saw_is_not_withdrawn_before_its_time(client, read_for_long):
    client.force_login(make_account("sri", "Publisher"))
    assert not is_waiting(read_for_long)
    with pytest.raises(Refused):
        withdraw_before_its_time(read_for_long, withdrawn_by="Sri")

    page = client.get(f"/admin/editions/edition/{read_for_long.pk}/change/").text

    assert f"/admin/editions/edition/{read_for_long.pk}/pindahkan/" not in page


def test_what_a_clock_ahead_has_shown_for_long_is_forgotten_by_the_operator(
    front, read_for_long, settings
):
    (settings.DATA_DIR / "heads" / "shown").unlink()

    assert NEW not in read_anew(Front(Django())).text


@pytest.mark.parametrize("content", ["", "yesterday", "[]"])
def test_a_damaged_memory_of_what_was_shown_is_ignored(live_portal, settings, content):
    (settings.DATA_DIR / "heads").mkdir()
    (settings.DATA_DIR / "heads" / "shown").write_text(content)

    assert clock.read().is_believed


def test_an_edition_in_force_does_not_wait_by_a_clock_that_is_two_days_back(published, shift):
    shift(-2 * DAY)

    assert not is_waiting(published)


# The static copy


def test_the_writer_of_the_copy_waits_for_no_clock_that_was_set_back(live_portal):
    later = Release((), clock.now() + timedelta(hours=1))

    began = monotonic()
    keeper.wait_for(later)

    assert monotonic() - began < keeper.SOON.total_seconds() + 5


def test_services_start_once_the_clock_is_synchronised():
    units = list((settings.BASE_DIR / "deploy" / "systemd").glob("portal*.service"))

    assert len(units) >= 3
    for unit in units:
        text = unit.read_text()
        assert "time-sync.target" in text.partition("After=")[2].partition("\n")[0], unit.name
        assert "time-sync.target" in text.partition("Wants=")[2].partition("\n")[0], unit.name
