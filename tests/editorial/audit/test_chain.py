"""The chain of the audit log: sealed events, what a change or a cut looks like, shortening it."""

import json
import re
import threading
from hashlib import sha256
from io import StringIO
from unicodedata import normalize

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from editions.data_folder.alarms import Grown, open_alarms
from editorial.audit.chain import chained, seal_events, seal_from
from editorial.audit.recording import record
from editorial.audit.seen import marks, remember, remembered
from editorial.audit.verification import MOST, look_after_restore
from editorial.desk.alarms import acknowledge_and_record
from editorial.models import Event, Seal
from magelang_portal.operations import data_export
from tests.support.people.desk import logged_in
from tests.support.sql import cut_tail, deleted_without_seal, run, tamper

pytestmark = pytest.mark.django_db


def recorded(count, **fields):
    """So many new events, sealed."""
    events = [record(Event.Kind.LOGIN, actor=f"sri{number}", **fields) for number in range(count)]
    seal_events()
    return events


def verified():
    out = StringIO()
    call_command("verify_audit_log", stdout=out)
    return out.getvalue()


def fault():
    with pytest.raises(CommandError) as raised:
        call_command("verify_audit_log", stdout=StringIO())
    return str(raised.value)


def sealed_anew():
    """Rewrite the whole chain, so that it is right in itself."""
    tamper("DELETE FROM editorial_seal")
    seal_events()


# Sealing


def test_each_event_has_the_next_number_and_the_hash_of_the_event_before():
    recorded(3)

    seals = list(Seal.objects.all())

    assert [seal.pk for seal in seals] == list(range(1, len(seals) + 1))
    previous = ["0" * 64, *(seal.sha256 for seal in seals)]
    assert [seal.previous for seal in seals] == previous[:-1]


def test_a_stranger_recomputes_the_chain_from_the_export(tmp_path):
    recorded(3, object="Bapak “Soé”")
    record(Event.Kind.SAVED, object="decompose\u0301", detail='a "b" \\ c')
    seal_events()
    with (tmp_path / "data.json").open("wb") as file:
        data_export.write(file)
    export = json.loads((tmp_path / "data.json").read_text())

    events, previous = {event["id"]: event for event in export["events"]}, "0" * 64
    for seal in export["seals"]:
        whole = {"event": events[seal["event"]], "number": seal["id"], "previous": previous}
        words = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        previous = sha256(normalize("NFC", words).encode()).hexdigest()
        assert (seal["sha256"], seal["previous"]) == (previous, whole["previous"])
    assert len(export["seals"]) == len(export["events"])


@pytest.mark.django_db(transaction=True)
def test_an_event_is_sealed_when_its_transaction_ends():
    with transaction.atomic():
        first = record(Event.Kind.LOGIN)
        record(Event.Kind.LOGOUT)
        assert not Seal.objects.filter(event=first).exists()

    assert not Event.objects.filter(seal=None).exists()
    assert verified()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_leaves_no_gap():
    recorded(1)
    with transaction.atomic():
        record(Event.Kind.LOGIN)
        transaction.set_rollback(True)

    recorded(1)

    numbers = list(Seal.objects.values_list("pk", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert verified()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_savers_at_once_make_one_chain():
    def save():
        try:
            for number in range(5):
                with transaction.atomic():
                    record(Event.Kind.SAVED, object=f"{number}")
                    record(Event.Kind.SAVED, object=f"{number} more")
        finally:
            connection.close()

    savers = [threading.Thread(target=save) for _ in range(6)]
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()

    assert Event.objects.filter(kind="saved").count() == 60
    assert not Event.objects.filter(seal=None).exists()
    assert verified()


def test_events_of_an_older_release_are_sealed_with_the_next_event():
    newest = recorded(1)[0]
    old = [record(Event.Kind.LOGIN, actor="old") for _ in range(3)]  # no commit: nothing seals them

    seal_from(record(Event.Kind.LOGIN).pk)

    assert all(Seal.objects.filter(event=event).exists() for event in old)
    assert Seal.objects.get(event=old[0]).pk == Seal.objects.get(event=newest).pk + 1


def test_an_event_that_was_committed_late_is_sealed_too():
    newest = recorded(1)[0]
    early = Event.objects.create(pk=newest.pk + 1000, at=newest.at, kind=Event.Kind.LOGIN)
    seal_from(early.pk)
    late = Event.objects.create(pk=newest.pk + 500, at=newest.at, kind=Event.Kind.LOGIN)

    seal_from(late.pk)

    assert Seal.objects.get(event=late).pk > Seal.objects.get(event=early).pk
    assert verified()


def test_migrate_seals_the_events_of_an_older_release():
    old = record(Event.Kind.LOGIN)

    call_command("migrate", verbosity=0)

    assert Seal.objects.filter(event=old).exists()


@pytest.mark.django_db(transaction=True)
def test_a_failure_of_sealing_does_not_look_like_a_failure_of_saving(monkeypatch):
    def fail(*args):
        raise DatabaseError("no")

    monkeypatch.setattr("editorial.audit.chain.seal_events", fail)

    event = record(Event.Kind.LOGIN)

    assert Event.objects.filter(pk=event.pk, seal=None).exists()


@pytest.mark.parametrize("change", ["UPDATE editorial_seal SET id = id + 9", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_delete_a_seal(change):
    recorded(1)

    with pytest.raises(DatabaseError, match="history is permanent"):
        run(change.format("editorial_seal"))


# Verifying


def test_a_right_chain_is_told_with_its_newest_hash():
    recorded(2)

    words = verified()

    assert str(Seal.objects.last()) in words
    assert open_alarms() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "column", ["at", "actor", "address", "kind", "row_kind", "object", "detail", "request_id"]
)
def test_a_changed_event_is_named_and_raises_an_alarm(column):
    event = recorded(3)[1]
    value = "2026-01-01 00:00:00+00" if column == "at" else "x"

    tamper(f"UPDATE editorial_event SET {column} = %s WHERE id = %s", value, event.pk)

    number = Seal.objects.get(event=event).pk
    assert fault().startswith(
        f"Event {number} of the audit log (id {event.pk}) is not as it was recorded: its SHA-256 is"
    )
    assert [alarm.name for alarm in open_alarms()] == ["audit_log"]


def test_a_deleted_event_is_named():
    event = recorded(3)[1]
    number = Seal.objects.get(event=event).pk

    tamper("DELETE FROM editorial_seal WHERE event_id = %s", event.pk)
    tamper("DELETE FROM editorial_event WHERE id = %s", event.pk)

    assert fault() == f"Event {number} of the audit log is gone."


@pytest.mark.slow
@pytest.mark.parametrize("places", [slice(1, 2), slice(2, 3), slice(0, 3)])
def test_a_deleted_event_whose_seal_stands_is_named_and_stays_a_fault(places):
    events = recorded(3)
    verified()
    numbers = list(Seal.objects.filter(event__in=events[places]).values_list("pk", flat=True))

    with deleted_without_seal(*events[places]):
        assert [fault(), fault()] == 2 * [
            "\n".join(
                f"Event {number} of the audit log is gone, and only its hash is left."
                for number in numbers
            )
        ]
        acknowledge_and_record("audit_log", "server")
        assert verified()


def test_what_was_seen_is_never_replaced_by_an_older_event():
    recorded(3)
    verified()
    newest = Seal.objects.last()

    remember("verified", Seal.objects.get(pk=newest.pk - 1))

    assert remembered("verified") == (newest.pk, newest.sha256)


def test_a_deleted_beginning_is_named():
    recorded(3)

    tamper("DELETE FROM editorial_seal WHERE id = 1")
    tamper("DELETE FROM editorial_event WHERE id = (SELECT MIN(id) FROM editorial_event)")

    assert fault().startswith("The audit log begins with event 2, and no event records")


def test_a_cut_tail_is_seen_by_what_was_seen_before():
    recorded(3)
    verified()

    newest = cut_tail()

    assert fault() == (
        f"Event {newest.pk} of the audit log, which was seen here before, is gone, and all after "
        f"it: its SHA-256 was {newest.sha256}."
    )


def test_a_chain_that_was_computed_anew_is_seen_by_what_was_seen_before():
    event = recorded(3)[1]
    verified()

    tamper("UPDATE editorial_event SET actor = 'x' WHERE id = %s", event.pk)
    sealed_anew()

    assert "which was seen here before, was replaced: its SHA-256 was" in fault()


def rewrite_behind_a_beginning():
    """Change an event, and chain the newest events only, as if the log had been shortened."""
    event = recorded(3)[-1]
    verified()
    tamper("UPDATE editorial_event SET actor = 'x' WHERE id = %s", event.pk)
    number, digest = Seal.objects.count() + 1, "f" * 64
    tamper("DELETE FROM editorial_seal")
    tamper("DELETE FROM editorial_event WHERE id < %s", event.pk)
    record(Event.Kind.SHORTENED, object=str(number), detail=digest)
    Seal.objects.bulk_create(chained(Event.objects.order_by("pk"), Seal(id=number, sha256=digest)))


def test_a_rewritten_log_does_not_pass_as_one_that_was_shortened():
    rewrite_behind_a_beginning()

    assert fault().endswith("but shorten_audit_log did not delete those before it on this machine.")

    acknowledge_and_record("audit_log", "server")
    assert verified()


def test_a_deleted_beginning_with_a_forged_record_is_seen_before_the_log_is_sent():
    recorded(3)
    verified()
    first, second = Seal.objects.order_by("pk")[:2]
    tamper("DELETE FROM editorial_seal WHERE id = %s", first.pk)
    tamper("DELETE FROM editorial_event WHERE id = %s", first.event_id)
    record(Event.Kind.SHORTENED, object=str(first.pk), detail=first.sha256)

    with pytest.raises(CommandError, match="begins with event 2, but shorten_audit_log .* Nothing"):
        call_command("send_audit_log", stdout=StringIO(), stderr=StringIO())

    assert fault().startswith("The audit log begins with event 2, but shorten_audit_log")


def test_a_machine_that_saw_nothing_believes_a_shortened_log(settings, tmp_path):
    aged("2001-01-01", "2001-01-02", "2001-01-03")
    shortened("2001-01-02")
    settings.DATA_DIR = tmp_path / "new"

    assert verified()
    shortened("2001-01-03")
    assert verified()


def test_another_node_must_acknowledge_that_the_log_was_shortened(settings, tmp_path):
    here = settings.DATA_DIR
    aged("2001-01-01", "2001-01-02", "2001-01-03")
    settings.DATA_DIR = tmp_path / "node"
    verified()
    settings.DATA_DIR = here
    shortened("2001-01-03")
    assert verified()

    settings.DATA_DIR = tmp_path / "node"

    assert "shorten_audit_log did not delete those before it on this machine" in fault()
    acknowledge_and_record("audit_log", "server")
    assert verified()


def test_all_faults_are_found_and_ten_are_named():
    events = recorded(MOST + 5)

    tamper("UPDATE editorial_event SET actor = 'x' WHERE id >= %s", events[2].pk)

    lines = fault().splitlines()
    assert len(lines) == MOST + 1
    rest = f"Faults of the audit log that are not named: {len(events) - 2 - MOST}, as "
    assert lines[-1].startswith(rest)


def test_a_fault_that_is_not_named_is_not_acknowledged_unseen():
    events = recorded(MOST + 2)
    tamper("UPDATE editorial_event SET actor = 'x' WHERE id >= %s", events[0].pk)
    fault()
    (seen,) = open_alarms()

    tamper("UPDATE editorial_event SET actor = 'y' WHERE id = %s", events[-1].pk)
    fault()

    with pytest.raises(Grown):
        acknowledge_and_record("audit_log", "server", seen.digest)
    assert not marks("accepted")


def test_what_joins_the_alarm_at_the_last_moment_is_not_accepted(monkeypatch):
    event = recorded(3)[1]
    tamper("UPDATE editorial_event SET actor = 'x' WHERE id = %s", event.pk)
    fault()
    (seen,) = open_alarms()

    def record_late(*arguments, **fields):
        tamper("UPDATE editorial_event SET actor = 'y' WHERE id = %s", event.pk)
        fault()

    monkeypatch.setattr("editorial.desk.alarms.record", record_late)

    with pytest.raises(Grown):
        acknowledge_and_record("audit_log", "server", seen.digest)
    assert not marks("accepted")


def test_an_acknowledged_change_is_accepted_and_the_next_one_is_an_alarm():
    events = recorded(4)
    tamper("UPDATE editorial_event SET actor = 'x' WHERE id = %s", events[1].pk)
    tamper("DELETE FROM editorial_seal WHERE event_id = %s", events[2].pk)
    tamper("DELETE FROM editorial_event WHERE id = %s", events[2].pk)
    assert len(fault().splitlines()) == 2
    acknowledge_and_record("audit_log", "server")
    assert verified()
    assert open_alarms() == []

    tamper("UPDATE editorial_event SET actor = 'y' WHERE id = %s", events[1].pk)

    assert f"(id {events[1].pk}) is not as it was recorded" in fault()


def test_only_what_was_found_is_acknowledged():
    events = recorded(3)
    verified()
    tamper("UPDATE editorial_event SET actor = 'x' WHERE id = %s", events[1].pk)
    fault()
    newest = cut_tail()

    acknowledge_and_record("audit_log", "server")

    assert (
        f"Event {newest.pk} of the audit log, which was seen here before, was replaced" in fault()
    )


def test_an_acknowledged_cut_is_not_an_alarm_again():
    recorded(3)
    verified()
    cut_tail()
    fault()

    acknowledge_and_record("audit_log", "server")

    assert verified()
    assert open_alarms() == []


def test_a_cut_is_acknowledged_after_new_events_took_its_numbers():
    recorded(3)
    verified()
    cut_tail()
    fault()
    recorded(3)

    acknowledge_and_record("audit_log", "server")

    assert verified()


def test_a_deleted_beginning_is_seen_by_a_machine_that_accepted_an_older_backup():
    recorded(3)
    verified()
    cut_tail()
    look_after_restore("The backup of Monday was restored here.")
    acknowledge_and_record("audit_log", "server")
    first = Seal.objects.order_by("pk").first()
    tamper("DELETE FROM editorial_seal WHERE id = %s", first.pk)
    tamper("DELETE FROM editorial_event WHERE id = %s", first.event_id)
    record(Event.Kind.SHORTENED, object=str(first.pk), detail=first.sha256)

    with pytest.raises(CommandError, match="but shorten_audit_log did not delete"):
        call_command("send_audit_log", stdout=StringIO(), stderr=StringIO())
    assert "but shorten_audit_log did not delete" in fault()


def test_a_restore_of_an_older_backup_is_an_alarm():
    recorded(3)
    verified()
    newest = cut_tail()

    look_after_restore("The backup of Monday was restored here.")

    (alarm,) = open_alarms()
    assert alarm.found[0] == "The backup of Monday was restored here."
    assert alarm.found[1].startswith(
        f"Event {newest.pk} of the audit log, which was seen here before, is gone"
    )
    acknowledge_and_record("audit_log", "server")
    assert verified()


def test_a_damaged_memory_is_an_alarm_until_it_is_acknowledged(settings):
    recorded(1)
    verified()
    (settings.DATA_DIR / "audit" / "verified.json").write_text("{")

    assert "verified.json cannot be read" in fault()

    acknowledge_and_record("audit_log", "server")
    assert verified()


def test_the_desk_tells_all_staff_of_a_changed_event():
    recorded(1)
    tamper("UPDATE editorial_event SET actor = 'x'")
    fault()

    page = logged_in("sri", "Editor").get("/admin/").text

    assert "Events of the audit log were changed or deleted" in page


# Shortening


def aged(*days):
    """An event of each day, sealed."""
    Event.objects.bulk_create(
        Event(at=f"{day}T05:00:00Z", actor="sri", kind=Event.Kind.LOGIN) for day in days
    )
    seal_events()


def shortened(day):
    out = StringIO()
    call_command("shorten_audit_log", day, yes=True, stdout=out)
    return out.getvalue()


def test_older_events_are_deleted_and_the_rest_still_verifies():
    aged("2001-01-01", "2001-01-02", "2001-01-03")

    assert shortened("2001-01-03").startswith("2 events before 2001-01-03 were deleted")

    seal_events()
    first, last = Seal.objects.first(), Seal.objects.last()
    assert (first.pk, first.event.at.day) == (3, 3)
    assert (last.event.kind, last.event.object, last.event.detail) == (
        "log-shortened",
        "2",
        first.previous,
    )
    assert verified()


def test_a_log_can_be_shortened_twice():
    aged("2001-01-01", "2001-01-02", "2001-01-03")

    shortened("2001-01-02")
    seal_events()
    shortened("2001-01-03")

    assert verified()


def test_triggers_guard_the_log_again_after_it_was_shortened():
    aged("2001-01-01", "2001-01-02")
    shortened("2001-01-02")

    with pytest.raises(DatabaseError, match="history is permanent"):
        run("DELETE FROM editorial_event")


def test_a_log_with_a_fault_is_not_shortened():
    aged("2001-01-01", "2001-01-02")
    tamper("UPDATE editorial_event SET actor = 'x'")

    with pytest.raises(CommandError, match=r"is not as it was recorded.*\nNothing was deleted\."):
        shortened("2001-01-02")


def test_a_day_that_is_still_to_come_is_refused():
    aged("2001-01-01")

    with pytest.raises(CommandError, match="2999-01-01 is still to come. Nothing was deleted."):
        shortened("2999-01-01")


def test_the_newest_event_is_never_deleted_so_that_the_chain_goes_on():
    aged("2001-01-01", "2001-01-02")
    newest = Seal.objects.last()

    shortened("2001-01-03")

    seal_events()
    assert list(Seal.objects.values_list("pk", flat=True)) == [newest.pk, newest.pk + 1]
    assert verified()


def test_nothing_older_means_nothing_deleted():
    aged("2001-01-01")

    with pytest.raises(CommandError, match="No event is older than 2001-01-01"):
        shortened("2001-01-01")


def test_the_page_says_how_to_compute_the_hash(pytestconfig):
    """The example of docs/audit.md is right."""
    page = (pytestconfig.rootpath / "docs" / "audit.md").read_text()

    digest, words = re.search(r"^([0-9a-f]{64}) (\{.*\})$", page, re.MULTILINE).groups()

    assert sha256(words.encode()).hexdigest() == digest
