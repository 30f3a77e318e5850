"""The desk shows the findings of the timers to all staff, with the next step."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client

from editions.data_folder import alarms as kept_alarms
from editions.data_folder import outcomes
from editions.data_folder.alarms import (
    acknowledge,
    keep_measured,
    open_alarms,
    past_alarms,
    raise_alarm,
)
from editorial.desk import alarms
from editorial.models import Account, Event
from magelang_portal.operations.alarms.watching import WATCHED
from tests.support.factories import make_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_data_folder")]


@pytest.fixture
def production(settings):
    settings.PRODUCTION = True


def desk_of(person="Editor", language="en"):
    name = f"{person}-{language}"
    account = Account.objects.filter(username=name).first() or make_account(
        name, *[person] * (person != "superuser"), language=language
    )
    account.is_superuser = person == "superuser"
    account.save()
    client = Client()
    client.force_login(account)
    return client


def alarms_of(language="en"):
    text = " ".join(desk_of(language=language).get("/admin/").text.split())
    section = re.search(r'<section class="alarms".*?</section>', text)
    return [
        unescape(words) for words in re.findall("<p> ?(.*?) ?</p>", section[0] if section else "")
    ]


def good(*names):
    for name in names:
        outcomes.keep(name, is_good=True)


def test_the_desk_shows_no_alarms_if_all_verifications_succeeded(portal, production):
    good("verify_editions", "verify_site", "backup")

    assert alarms_of() == []


def test_a_portal_without_timers_shows_nothing_about_them(portal):
    assert alarms_of() == []


@pytest.fixture
def changed_editions(portal, monkeypatch):
    """One verification found changed editions; the next one finds nothing."""
    with monkeypatch.context() as patch:
        patch.setattr("editions.publishing.hash_of", lambda file: "x")
        with pytest.raises(CommandError):
            call_command("verify_editions", verbosity=0)
    call_command("verify_editions", verbosity=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The editions in the database are not as they were published"),
        ("id", "Edisi di basis data tidak lagi sama"),
    ],
)
def test_an_alarm_stays_on_the_desk_after_a_later_run_without_findings(
    changed_editions, language, sentence
):
    said, how_it_ends = alarms_of(language)

    assert said.startswith(sentence)
    assert "manage.py verify_editions" in said
    assert "WIB" in said
    assert "manage.py acknowledge_alarm" in how_it_ends
    assert (
        "2016-2021 edition 2: the file was changed"
        in desk_of(language=language).get("/admin/").text
    )


def test_a_database_without_editions_fails_verification(db):
    with pytest.raises(
        CommandError, match="No edition is published: .* load_official_text, or restore"
    ):
        call_command("verify_editions", verbosity=0)

    assert [alarm.name for alarm in open_alarms()] == ["verify_editions"]
    assert not outcomes.last("verify_editions").is_good


@pytest.mark.slow
@pytest.mark.parametrize(("language", "word"), [("en", "Readers"), ("id", "Pembaca")])
def test_the_desk_names_pages_that_differ(live_portal, settings, language, word):
    with pytest.raises(CommandError):
        call_command("verify_site", "http://127.0.0.1:9", verbosity=0)
    assert open_alarms() == []  # a mirror raises no alarm

    settings.SITE_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError):
        call_command("verify_site", "http://127.0.0.1:9", verbosity=0)

    said, _how_it_ends = alarms_of(language)
    assert said.startswith(word)
    assert "manage.py verify_site" in said


@pytest.mark.slow
def test_only_a_superuser_may_acknowledge_an_alarm(changed_editions):
    for person in ("Editor", "Translator", "Publisher", "Administrator"):
        desk = desk_of(person)
        assert "<button" not in section_of(desk)
        assert desk.post("/admin/alarm/verify_editions/", {"seen": "9"}).status_code == 403
    assert open_alarms()

    desk = desk_of("superuser")
    address = re.search('action="(/admin/alarm/.*?)"', section_of(desk))[1]
    seen = re.search('name="seen" value="(.*?)"', section_of(desk))[1]
    assert "is acknowledged" in desk.post(address, {"seen": seen}, follow=True).text

    assert open_alarms() == []
    assert section_of(desk) == ""
    event = Event.objects.get(kind="alarm-acknowledged")
    assert (event.actor, event.object) == ("superuser-en", "verify_editions")
    assert "the file was changed" in event.detail


def section_of(desk):
    found = re.search(r'<section class="alarms".*?</section>', desk.get("/admin/").text, re.DOTALL)
    return found[0] if found else ""


def test_findings_added_after_the_desk_was_opened_are_not_acknowledged(portal):
    raise_alarm("verify_site", "One page differs.")
    desk = desk_of("superuser")
    seen = open_alarms()[0].digest
    raise_alarm("verify_site", "Another page differs.")

    said = desk.post("/admin/alarm/verify_site/", {"seen": seen}, follow=True).text

    assert "More was found meanwhile" in said
    assert len(open_alarms()[0].found) == 2
    for seen in ("", "x", "9" * 50):
        desk.post("/admin/alarm/verify_site/", {"seen": seen})
    assert open_alarms()


def test_a_finding_that_is_no_longer_kept_is_not_acknowledged_unseen():
    raise_alarm("verify_site", *(f"Page {number} differs." for number in range(99)))
    seen = open_alarms()[0].digest
    raise_alarm("verify_site", "Another page differs.")

    with pytest.raises(kept_alarms.Grown):
        acknowledge("verify_site", "sri", seen)


def test_an_alarm_that_cannot_be_acknowledged_stays_and_says_so(portal, monkeypatch):
    def refuse(path, content):
        raise OSError(28, "No space left on device")

    raise_alarm("verify_site", "One page differs.")
    monkeypatch.setattr(kept_alarms, "write_safely", refuse)

    seen = {"seen": open_alarms()[0].digest}
    said = desk_of("superuser").post("/admin/alarm/verify_site/", seen, follow=True).text

    assert "cannot be written (No space left on device)" in said
    assert open_alarms()
    assert not Event.objects.filter(kind="alarm-acknowledged").exists()


@pytest.mark.parametrize(
    ("language", "word"), [("en", "acknowledged it on"), ("id", "menandai selesai pada")]
)
def test_the_page_of_acknowledged_alarms_shows_findings_and_names(changed_editions, language, word):
    acknowledge("verify_editions", "sri")
    raise_alarm("clock", "The clock went back.")
    acknowledge("clock", "server")
    desk = desk_of("Administrator", language)

    address = re.search('href="(/admin/alarm/)"', desk.get("/admin/").text)[1]
    page = desk.get(address).text

    assert page.index("The clock went back.") < page.index("the file was changed")
    assert "sri" in page
    assert page.count(word) == 2
    assert desk_of("Editor").get(address).status_code == 403


def test_the_operator_lists_and_acknowledges_alarms_by_command(changed_editions, capsys):
    call_command("acknowledge_alarm")
    assert "verify_editions: first " in capsys.readouterr().out
    with pytest.raises(CommandError, match="No alarm “site” is open. Open are: verify_editions."):
        call_command("acknowledge_alarm", "site")

    call_command("acknowledge_alarm", "verify_editions")

    assert "the file was changed" in capsys.readouterr().out
    assert open_alarms() == []
    assert Event.objects.get(kind="alarm-acknowledged").actor == "server"
    call_command("acknowledge_alarm")
    assert capsys.readouterr().out == "No alarm is open.\n"


def test_the_operator_acknowledges_an_alarm_while_the_database_is_lost(db, monkeypatch, capsys):
    def lost(*arguments, **options):
        raise OperationalError("the database is lost")

    raise_alarm("verify_site", "One page differs.")
    monkeypatch.setattr("editorial.desk.alarms.transaction.atomic", lost)

    call_command("acknowledge_alarm", "verify_site")

    assert open_alarms() == []
    assert "the audit log does not have it" in capsys.readouterr().err


def test_production_says_that_no_verification_or_backup_has_run_yet(portal, production):
    assert [sentence[:40] for sentence in alarms_of()] == [
        "Nothing has checked yet that the edition",
        "There is no backup yet. Ask the operator",
    ]


def test_production_says_that_a_timer_has_stopped(portal, production, monkeypatch):
    good("verify_editions", "verify_site", "backup")
    later = datetime.now(UTC) + timedelta(days=3)
    monkeypatch.setattr(alarms, "datetime", type("Later", (), {"now": lambda zone: later}))

    verified, saved = alarms_of()
    assert verified.startswith("Since ")
    assert "portal-verify" in verified
    assert saved.startswith("The last good backup was made on ")


def test_a_failed_backup_does_not_hide_the_age_of_the_last_good_one(
    portal, production, monkeypatch
):
    good("verify_editions", "verify_site", "backup")
    outcomes.keep("backup", is_good=False, words="the disk is full")

    assert alarms_of() == []


# Alarms that end themselves


@pytest.mark.parametrize(
    ("language", "sentence", "end"),
    [
        ("en", "A disk of the server is nearly full", "It ends by itself when"),
        ("id", "Salah satu disk server hampir penuh", "Peringatan ini berakhir sendiri setelah"),
    ],
)
def test_an_alarm_of_a_measure_says_that_it_ends_by_itself(portal, language, sentence, end):
    keep_measured("disk", "9 MB are free.")

    said, how_it_ends = alarms_of(language)

    assert said.startswith(sentence)
    assert how_it_ends.startswith(end)
    assert "<button" not in section_of(desk_of("superuser"))


@pytest.mark.parametrize(
    ("language", "word"), [("en", "It ended by itself on"), ("id", "berakhir sendiri pada")]
)
def test_the_page_of_past_alarms_says_which_ended_by_itself(portal, language, word):
    keep_measured("failed-portal-backup", "portal-backup.service failed.")
    keep_measured("failed-portal-backup", "")

    page = desk_of("Administrator", language).get("/admin/alarm/").text

    assert "journalctl -u portal-backup" in page
    assert word in page


def test_every_alarm_of_a_measure_has_a_meaning_of_its_own():
    for name in (*WATCHED, "delivery"):
        assert name in alarms.MEANINGS


def test_the_desk_says_once_that_there_is_no_backup(portal, production):
    good("verify_editions", "verify_site")
    keep_measured("backup", "There is no backup yet.")

    assert [sentence[:22] for sentence in alarms_of()] == [
        "There is no new backup",
        "It ends by itself when",
    ]


# Stored alarms


def test_a_repeated_alarm_joins_the_open_one():
    raise_alarm("clock", "The clock went back.")
    raise_alarm("clock", "The clock went back.", "The clock went forward.")

    (alarm,) = open_alarms()
    assert alarm.name == "clock"
    assert alarm.found == ("The clock went back.", "The clock went forward.")
    assert alarm.first_at < alarm.last_at


def test_an_acknowledged_alarm_keeps_its_findings_and_the_name():
    raise_alarm("clock", "The clock went back.")

    assert acknowledge("clock", "Sri").found == ("The clock went back.",)

    assert open_alarms() == []
    (past,) = past_alarms()
    assert (past.name, past.acknowledged_by) == ("clock", "Sri")
    assert past.acknowledged_at >= past.last_at
    assert acknowledge("clock", "Sri") is None


def test_an_alarm_with_more_findings_than_are_kept_can_be_acknowledged():
    sentences = [f"Edition {number} is gone." for number in range(45)]
    raise_alarm("heads", *sentences)
    (seen,) = open_alarms()

    raise_alarm("heads", *sentences)
    assert acknowledge("heads", "Sri", seen.digest)

    raise_alarm("heads", *sentences)
    (seen,) = open_alarms()
    raise_alarm("heads", *sentences, "Edition 45 is gone.")
    with pytest.raises(kept_alarms.Grown):
        acknowledge("heads", "Sri", seen.digest)


def test_the_size_of_an_alarm_and_the_number_of_past_ones_are_limited(monkeypatch):
    monkeypatch.setattr(kept_alarms, "MOST_PAST", 3)
    for number in range(5):
        raise_alarm("clock", *(f"{number}-{each} " + "x" * 9999 for each in range(99)))
        (alarm,) = open_alarms()
        assert len(alarm.found) == 40
        assert alarm.found[-1].startswith("More was found")
        assert max(map(len, alarm.found)) == 500
        acknowledge("clock", "Sri")

    assert [past.found[0][0] for past in past_alarms()] == ["4", "3", "2"]


def test_a_repeated_alarm_is_written_and_logged_once(caplog, settings):
    raise_alarm("clock", "The clock went back.")
    (file,) = (settings.DATA_DIR / "alarms" / "open").iterdir()
    before = file.stat().st_ino

    for _ in range(20):
        raise_alarm("clock", "The clock went back.")

    assert file.stat().st_ino == before
    assert caplog.messages == ["alarm clock: The clock went back."]


def test_an_alarm_on_a_full_disk_is_in_the_log(caplog, monkeypatch):
    def refuse(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_alarms, "write_safely", refuse)

    raise_alarm("clock", "The clock went back.")

    assert "The clock went back." in caplog.text
    assert "No space left on device" in caplog.text


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"first_at": 1}', "\x00"])
def test_a_damaged_alarm_is_still_an_alarm(content, settings):
    raise_alarm("clock", "The clock went back.")
    (settings.DATA_DIR / "alarms" / "open" / "clock.json").write_text(content)

    (alarm,) = open_alarms()
    assert alarm.found[0].startswith("What was found can no longer be read")
    raise_alarm("clock", "Again.")
    assert open_alarms()[0].found[-1] == "Again."
    assert acknowledge("clock", "Sri")
    assert open_alarms() == []


def test_simultaneous_alarms_of_many_processes_are_all_kept():
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: raise_alarm("clock", f"Finding {number}."), range(30)))

    assert len(open_alarms()[0].found) == 30
