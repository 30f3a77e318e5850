"""The probes of `portal doctor`: each finds a fault that is really there."""

import os
import time
from collections import namedtuple
from datetime import timedelta

import pytest

from editions.data_folder import outcomes
from magelang_portal.operations.doctor import clock, disk, probe, questions
from magelang_portal.operations.doctor.probe import Options


def ask(name, **options):
    """The answer, in this thread, which sees what the test wrote to the database."""
    answer = probe.Answer(name, Options(**options))
    answer.findings.extend(questions.QUESTIONS[name](answer))
    return answer


def ids(answer):
    return [finding.id for finding in answer.findings]


def numbers(answer):
    return {number.name: number.value for number in answer.numbers}


# Every probe


def test_a_probe_that_crashes_is_a_finding(monkeypatch):
    def look(answer):
        yield from answer.nothing

    monkeypatch.setitem(questions.QUESTIONS, "disk", look)

    assert ids(questions.ask("disk")) == ["doctor.W003"]


def test_a_probe_that_hangs_is_a_finding(monkeypatch):
    def look(answer):
        time.sleep(1)
        yield from ()

    monkeypatch.setitem(questions.QUESTIONS, "disk", look)

    assert ids(questions.ask("disk", limit=0.01)) == ["doctor.W001"]


# The disk


Disk = namedtuple("Disk", "f_frsize f_blocks f_bavail f_files f_favail")


@pytest.mark.parametrize(
    ("free", "files", "found"),
    [
        (50_000, 10_000, "disk.E001"),
        (500_000, 10_000, "disk.W002"),
        (5_000_000, 999, "disk.W003"),
        (5_000_000, 10_000, None),
    ],
)
def test_a_disk_with_little_room_is_found(monkeypatch, free, files, found):
    room = Disk(1000, 10_000_000, free, 100_000, files)
    monkeypatch.setattr(os, "statvfs", lambda folder: room)

    answer = ask("disk")

    assert set(ids(answer)) == {found} - {None}
    assert numbers(answer)["free_bytes"] == free * 1000


def test_the_disk_of_the_last_backup_is_asked_too(own_data_folder):
    outcomes.keep("backup", is_good=True, words="/proc/backups/portal.tar.gz")

    assert "/proc/backups" in map(str, disk.written_folders())


# The clock


def test_a_clock_that_no_server_sets_is_found(db, monkeypatch):
    monkeypatch.setattr(clock, "ask_kernel", lambda answer: False)

    answer = ask("clock")

    assert ids(answer) == ["clock.W001"]
    assert numbers(answer)["synchronised"] == 0


def test_a_machine_without_timedatectl_says_what_it_could_not_ask(db, monkeypatch):
    monkeypatch.setattr(clock, "COMMAND", ["no-timedatectl"])

    answer = ask("clock")

    assert answer.unasked == ["whether the clock is synchronised: timedatectl is missing"]
    assert "synchronised" not in numbers(answer)


def test_a_clock_that_differs_from_the_databases_is_found(db, monkeypatch):
    monkeypatch.setattr(clock, "ask_kernel", lambda answer: True)
    true_now = clock.clock.now
    monkeypatch.setattr(clock.clock, "now", lambda: true_now() - timedelta(seconds=30))

    answer = ask("clock")

    assert ids(answer) == ["clock.W002"]
    assert "30 s ahead of" in answer.findings[0].msg
    assert 29 < numbers(answer)["ahead_of_database_seconds"] < 32
