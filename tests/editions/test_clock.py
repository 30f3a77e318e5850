"""Wrong clocks neither keep a scheduled edition public nor hide a published one."""

from datetime import timedelta
from time import monotonic

import pytest
from django.conf import settings
from django.db import connection

from editions import clock
from editions.data_folder import alarms
from editions.document import Text
from editions.publishing import Refused, is_waiting, publish, withdraw, withdraw_before_its_time
from public.delivery import watch
from public.delivery.front import Front
from public.mirror import keeper
from public.releases import Release
from tests.support.factories import NOTE, edit, make_account
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


def schedule(vision, **later):
    edit(NEW)
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


# A clock that was ahead and is set right


def test_an_edition_shown_too_early_is_hidden_within_two_seconds_with_an_alarm(
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


def test_pages_archived_too_early_are_restored_with_an_alarm(front, shift):
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


def test_a_right_clock_raises_no_alarm(front, live_portal, shift):
    schedule(live_portal, hours=1)
    for seconds in (0, 3000, 4000, 5000):
        shift(seconds)
        read_anew(front)

    assert found() == []


# A clock behind the newest publication


@pytest.fixture
def published(live_portal):
    """An edition that has just taken effect."""
    edit(NEW)
    edition = publish(live_portal, note=NOTE, publisher="Sri")
    while clock.now() < edition.effective_at:
        pass
    return edition


@pytest.mark.slow
def test_a_server_that_starts_with_the_clock_a_day_back_shows_the_newest_edition(published, shift):
    shift(-DAY)

    assert NEW in Asked(Front(Django()), MISSION).text
    assert "/id/visi/2016-2021/" in Asked(Front(Django()), "/id/").text


@pytest.mark.slow
def test_a_withdrawn_edition_stays_hidden_with_the_clock_a_day_back(published, shift):
    withdrawal = withdraw(published, reason=REASON, withdrawn_by="Sri")
    while clock.now() < withdrawal.withdrawn_at + timedelta(seconds=1):
        pass
    shift(-DAY)

    assert NEW not in Asked(Front(Django()), MISSION).text
    assert Asked(Front(Django()), f"/id/visi/2016-2021/edisi/{published.number}/").status == 410


def test_a_scheduled_edition_stays_hidden_while_the_clock_is_not_trusted(live_portal, shift):
    schedule(live_portal, seconds=4)
    shift(-DAY)

    assert NEW not in Asked(Front(Django()), MISSION).text
    assert Release.agreed(ahead=keeper.SOON).key == Release.agreed().key


@pytest.mark.slow
def test_a_wrong_clock_raises_an_alarm_and_is_not_ready_until_it_is_right(
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


@pytest.mark.slow
def test_the_release_is_not_computed_again_while_the_clock_is_not_trusted(
    front, published, shift, monkeypatch
):
    shift(-DAY)
    read_anew(front)
    monkeypatch.setattr(Release, "agreed", lambda: pytest.fail("a release was made"))

    assert NEW in read_anew(front).text
    assert not front.watch.is_lost


@pytest.mark.slow
@pytest.mark.parametrize("act", ["publish", "withdraw"])
def test_publishing_and_withdrawing_are_refused_while_the_clock_is_not_trusted(
    live_portal, published, shift, act
):
    edit("Kata lain.")
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
def test_a_publisher_reads_about_the_wrong_clock_in_their_language(
    client, live_portal, published, shift, language, words
):
    edit("Kata lain.")
    client.force_login(make_account("sri", "Publisher", language=language))
    shift(-DAY)

    refused = send(client, publishing_page(live_portal))

    assert refused.status_code == 200
    assert words in refused.text, refused.context["form"].errors


# A clock behind an edition that took effect after the last publication


@pytest.fixture
def read_for_long(front, live_portal, shift, monkeypatch):
    """An edition scheduled for the day after tomorrow, then read for long. Now it is tomorrow."""
    edition = schedule(live_portal, days=2)
    monkeypatch.setattr(watch, "SHOWN_FOR_GOOD", 0)
    shift(3 * DAY)
    assert NEW in read_anew(front).text
    while not clock.shown():
        read_anew(front)
    shift(DAY)
    return edition


def test_a_clock_set_back_before_an_edition_that_readers_saw_hides_nothing(front, read_for_long):
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


def test_the_operator_can_delete_the_record_of_a_clock_that_was_ahead(
    front, read_for_long, settings
):
    (settings.DATA_DIR / "heads" / "shown").unlink()

    assert NEW not in read_anew(Front(Django())).text


@pytest.mark.parametrize("content", ["", "yesterday", "[]"])
def test_a_damaged_record_of_shown_editions_is_ignored(live_portal, settings, content):
    (settings.DATA_DIR / "heads").mkdir()
    (settings.DATA_DIR / "heads" / "shown").write_text(content)

    assert clock.read().is_believed


@pytest.mark.slow
def test_an_edition_that_took_effect_is_not_scheduled_by_a_clock_two_days_back(published, shift):
    shift(-2 * DAY)

    assert not is_waiting(published)


# The static copy


@pytest.mark.slow
def test_the_writer_of_the_copy_does_not_wait_for_a_clock_that_was_set_back(live_portal):
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
