"""Verification finds a rewritten history even if its chain is right."""

import json
import logging
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from editions import clock
from editions.data_folder import heads
from editions.data_folder.alarms import open_alarms
from editions.models import Edition, hash_of
from editions.publishing import (
    NO_EDITION_BEFORE,
    edition_file,
    faults_of_editions,
    publish,
    withdraw_before_its_time,
)
from editions.triggers import create_triggers, drop_triggers, missing_triggers
from editorial.desk.alarms import acknowledge_and_record
from editorial.models import Event
from magelang_portal.operations.backups.manifest import newest_editions
from missions.models import Mission
from tests.support.factories import NOTE, make_vision, publish_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_data_folder")]


def rewrite(word="Magelang", other="Gacor"):
    """Rewrite everything with the portal's database role, and leave no trace there."""
    drop_triggers()
    before = NO_EDITION_BEFORE
    for edition in Edition.objects.order_by("number"):
        document = type(edition.document).from_dict(
            json.loads(edition.file.replace(word, other))["document"]
        )
        file = edition_file(document, edition.number, edition.effective_at, edition.note, before)
        before = hash_of(file)
        execute(
            "UPDATE editions_edition SET file = %s, sha256 = %s WHERE id = %s",
            file,
            before,
            edition.pk,
        )
    create_triggers()


def delete_newest():
    drop_triggers()
    execute("DELETE FROM editions_edition WHERE number = 2")
    create_triggers()


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def verify():
    with pytest.raises(CommandError) as failed:
        call_command("verify_editions")
    return str(failed.value).splitlines()


def test_verification_finds_a_history_rewritten_with_all_its_hashes(portal):
    call_command("verify_editions")
    seen = dict(Edition.objects.values_list("number", "sha256"))

    rewrite()

    assert faults_of_editions() == missing_triggers() == []
    now = dict(Edition.objects.values_list("number", "sha256"))
    assert verify() == [
        f"2016-2021 edition {number} was replaced: its SHA-256 was {seen[number]}, and now is "
        f"{now[number]}"
        for number in (1, 2)
    ]
    assert [alarm.name for alarm in open_alarms()] == ["heads"]


def test_verification_finds_that_the_newest_edition_was_deleted(portal):
    call_command("verify_editions")

    delete_newest()

    (fault,) = verify()
    assert fault.startswith("2016-2021 edition 2 is gone: its SHA-256 was ")


def test_a_rewritten_history_is_an_alarm_until_an_acknowledgement_accepts_it(portal):
    call_command("verify_editions")
    rewrite()
    verify()
    assert verify() != []

    acknowledge_and_record("heads", "sri")

    call_command("verify_editions")
    assert open_alarms() == []
    rewrite("Gacor", "Magelang")
    assert verify() != []


def test_the_alarm_stays_open_if_the_present_editions_cannot_be_remembered(portal, monkeypatch):
    def refuse(path, content):
        raise OSError(28, "No space left on device")

    call_command("verify_editions")
    rewrite()
    verify()
    monkeypatch.setattr(heads, "write_safely", refuse)

    with pytest.raises(OSError, match="No space left"):
        acknowledge_and_record("heads", "sri")

    assert [alarm.name for alarm in open_alarms()] == ["heads"]
    assert not Event.objects.filter(kind="alarm-acknowledged").exists()


def test_changes_after_the_alarm_was_read_are_not_acknowledged(portal):
    call_command("verify_editions")
    rewrite()
    verify()
    seen = len(open_alarms()[0].found)
    rewrite("Gacor", "Zeus")

    with pytest.raises(CommandError, match="More was found by now"):
        call_command("acknowledge_alarm", "heads")

    assert len(open_alarms()[0].found) > seen
    call_command("acknowledge_alarm", "heads")
    call_command("verify_editions")


def test_a_publication_is_remembered_at_once(portal, django_capture_on_commit_callbacks, settings):
    call_command("verify_editions")
    Mission.objects.filter(number=1).update(statement_ind="Membangun kota.")

    with django_capture_on_commit_callbacks(execute=True):
        edition = publish_now(portal)

    assert heads.newest(heads.remembered()) == [
        heads.Seen("2016-2021", 3, edition.sha256, portal.pk)
    ]


def test_a_publication_on_a_rewritten_history_raises_an_alarm(
    portal, django_capture_on_commit_callbacks
):
    call_command("verify_editions")
    rewrite()
    Mission.objects.filter(number=1).update(statement_ind="Membangun kota.")

    with django_capture_on_commit_callbacks(execute=True):
        publish_now(portal)

    assert [alarm.name for alarm in open_alarms()] == ["heads"]
    assert [seen.number for seen in heads.newest(heads.remembered())] == [2]


def test_a_publication_succeeds_even_if_it_cannot_be_remembered(
    portal, django_capture_on_commit_callbacks, monkeypatch, caplog
):
    def refuse(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(heads, "write_safely", refuse)
    Mission.objects.filter(number=1).update(statement_ind="Membangun kota.")

    with django_capture_on_commit_callbacks(execute=True):
        publish_now(portal)

    assert Edition.objects.count() == 3
    assert "cannot be remembered" in caplog.text
    assert verify()[0].startswith("What was seen of the editions cannot be kept in the data folder")


def test_the_log_has_the_newest_hash_of_each_period(portal, caplog):
    with caplog.at_level(logging.INFO, logger="editions.data_folder.heads"):
        call_command("verify_editions")

    newest = Edition.objects.get(number=2)
    assert caplog.messages == [f"heads: 2016-2021 edition 2 {newest.sha256}"]


def test_a_wrong_chain_is_not_remembered(portal):
    drop_triggers()
    execute("UPDATE editions_edition SET sha256 = %s WHERE number = 2", "0" * 64)
    verify()

    assert heads.remembered() == set()


@pytest.mark.parametrize("content", ["", "{", "[1]", '[["2016-2021", 2]]'])
def test_an_unreadable_memory_is_an_alarm_until_it_is_acknowledged(portal, settings, content):
    call_command("verify_editions")
    (settings.DATA_DIR / "heads" / "heads.json").write_text(content)

    (fault,) = verify()
    assert "compare their hashes with the manifest of a backup" in fault

    acknowledge_and_record("heads", "sri")
    call_command("verify_editions")


# Two visions of the same years; the first was deleted


@pytest.fixture
def two_visions(db):
    """The editions of both: one of the deleted vision, and one of the other."""
    first = make_vision()
    waiting = publish(first, note=NOTE, publisher="a", effective_at=clock.now() + timedelta(days=1))
    withdraw_before_its_time(waiting, withdrawn_by="a")
    first.delete()
    return waiting, publish_now(make_vision())


@pytest.mark.parametrize("is_older_file", [False, True])
def test_an_edition_of_a_deleted_vision_is_not_replaced_by_another_of_its_years(
    two_visions, settings, is_older_file
):
    waiting, _standing = two_visions
    call_command("verify_editions")
    if is_older_file:
        path = settings.DATA_DIR / "heads" / "heads.json"
        path.write_text(json.dumps([row[:3] for row in json.loads(path.read_text())]))
    assert heads.differences(heads.remembered()) == []
    drop_triggers()
    execute("DELETE FROM editions_withdrawal")
    execute("DELETE FROM editions_edition WHERE id = %s", waiting.pk)
    create_triggers()

    (difference,) = heads.differences(heads.remembered())

    assert difference.seen.sha256 == waiting.sha256
    assert difference.now == ""


def test_the_log_and_a_backup_name_the_newest_edition_of_each_vision(two_visions, caplog):
    with caplog.at_level(logging.INFO, logger="editions.data_folder.heads"):
        call_command("verify_editions")

    hashes = {edition.sha256 for edition in two_visions}
    assert {seen["sha256"] for seen in newest_editions()} == hashes
    assert all(sha256 in caplog.text for sha256 in hashes)
