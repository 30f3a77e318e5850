"""The probes of `portal doctor`: each finds a fault that is really there."""

import json
import os
import time
from collections import namedtuple
from datetime import timedelta
from importlib import metadata

import pytest
from django.core.checks import ERROR, Error, Warning
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from editions.data_folder import outcomes
from editions.data_folder.alarms import raise_alarm
from magelang_portal.operations.doctor import (
    clock,
    database,
    disk,
    folders,
    questions,
    server,
    timers,
    vulnerabilities,
)
from magelang_portal.operations.doctor.site import systemd
from tests.support.doctor import ask, ids, numbers
from tests.support.mail import mail_server, use_mail_server
from tests.support.servers.ports import free_port

# Every probe


def test_a_probe_that_crashes_is_a_finding(monkeypatch):
    def look(answer):
        yield from answer.nothing

    monkeypatch.setitem(questions.QUESTIONS, "disk", look)

    assert ids(questions.ask("disk")) == ["doctor.E003"]


def test_a_probe_that_hangs_is_a_finding(monkeypatch):
    def look(answer):
        time.sleep(1)
        yield from ()

    monkeypatch.setitem(questions.QUESTIONS, "disk", look)

    assert ids(questions.ask("disk", limit=0.01)) == ["doctor.E001"]


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


def test_the_disk_of_the_timers_backups_is_asked_after_a_backup_elsewhere(own_data_folder):
    outcomes.keep("backup", is_good=True, words="-")

    assert "/var/lib/portal-backup" in map(str, disk.written_folders())


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


# The folders


def test_good_folders_are_not_a_finding(own_data_folder):
    own_data_folder.chmod(0o700)

    answer = ask("folders")

    assert ids(answer) == []
    assert answer.words[0].startswith(f"{own_data_folder} belongs to ")


def test_a_missing_data_folder_is_found(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"

    assert ids(ask("folders")) == ["folders.E002"]


def test_a_missing_folder_of_the_copy_is_found(own_data_folder, settings):
    settings.COPY_DIR = own_data_folder / "copy"

    assert ids(ask("folders")) == ["folders.W001"]


def test_a_missing_folder_of_the_signer_is_a_warning(own_data_folder, settings, tmp_path):
    settings.PROOF_DIR = tmp_path / "signer"
    assert ids(ask("folders")) == ["folders.W010"]

    settings.PROOF_DIR.mkdir()
    assert ids(ask("folders")) == []


def test_a_file_of_another_user_is_found(own_data_folder, monkeypatch):
    (own_data_folder / "alarms").mkdir()
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 4000)

    answer = ask("folders")

    assert ids(answer) == ["folders.E003"]
    assert "2 belong to others" in answer.findings[0].msg
    assert f"chown -R user {own + 4000}: {own_data_folder}" in answer.findings[0].hint


def test_what_a_disk_brings_itself_may_belong_to_root(own_data_folder):
    (own_data_folder / "lost+found").mkdir()

    assert list(folders.inside(own_data_folder)) == [own_data_folder]


def test_a_folder_that_cannot_be_written_is_found(own_data_folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    assert ids(ask("folders")) == ["folders.E004"]


def test_a_folder_that_others_may_write_is_found(own_data_folder):
    own_data_folder.chmod(0o770)

    assert ids(ask("folders")) == ["folders.W005"]


@pytest.mark.parametrize(
    ("kind", "engine", "found"),
    [
        ("ext4", "sqlite3", []),
        ("nfs4", "sqlite3", ["folders.E006"]),
        ("nfs4", "postgresql", []),
        ("tmpfs", "sqlite3", ["folders.E007"]),
    ],
)
def test_data_on_a_disk_that_loses_them_are_found(
    own_data_folder, settings, monkeypatch, kind, engine, found
):
    mounts = own_data_folder / "mounts"
    mounts.write_text(
        f"/dev/vda / ext4 rw 0 0\nx {own_data_folder} ext4 rw\nx {own_data_folder} {kind} rw"
    )
    monkeypatch.setattr(folders, "MOUNTS", mounts)
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", f"django.db.backends.{engine}")
    settings.PRODUCTION = True

    assert ids(ask("folders")) == found


def test_a_mount_inside_of_the_data_is_found(own_data_folder, monkeypatch):
    mounts = own_data_folder / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/ {own_data_folder}/alarms nfs4 rw 0 0\n")
    monkeypatch.setattr(folders, "MOUNTS", mounts)

    assert ids(ask("folders")) == ["folders.W009"]


def test_a_copy_that_nginx_cannot_enter_is_found(own_data_folder, settings):
    own_data_folder.chmod(0o700)
    settings.PRODUCTION, settings.COPY_DIR = True, own_data_folder / "copy"
    settings.COPY_DIR.mkdir(mode=0o755)
    found = [finding.msg for finding in folders.hidden_from_nginx(settings.COPY_DIR)]

    assert f"nginx may not enter {own_data_folder}," in found[0]


# The server


def test_two_servers_on_one_folder_are_found(own_data_folder, monkeypatch):
    monkeypatch.setattr(server, "servers", lambda: [11, 12])

    answer = ask("server")

    assert ids(answer) == ["server.E001"]
    assert numbers(answer) == {"servers": 2}


def test_a_folder_without_a_server_is_no_fault(own_data_folder):
    answer = ask("server")

    assert (ids(answer), answer.words) == ([], ["no server uses the data folder now"])


# The mail server


def test_a_portal_without_a_mail_server_is_not_asked_for_it():
    answer = ask("mail")

    assert (ids(answer), len(answer.unasked)) == ([], 1)


def test_a_mail_server_that_answers_gets_no_mail(settings):
    with mail_server() as (inbox, port):
        use_mail_server(settings, port)
        answer = ask("mail")

    assert (ids(answer), inbox.mail) == ([], [])


def test_a_mail_server_that_is_down_is_found(settings):
    use_mail_server(settings, free_port())

    assert ids(ask("mail")) == ["mail.E001"]


def test_a_mail_server_without_starttls_is_found(settings):
    with mail_server() as (_inbox, port):
        use_mail_server(settings, port, use_tls=True)
        answer = ask("mail")

    assert ids(answer) == ["mail.E001"]
    assert "STARTTLS" in answer.findings[0].msg


# The timers


def test_a_timer_that_does_not_run_and_a_service_that_failed_are_found(monkeypatch, tmp_path):
    monkeypatch.setattr(timers, "SYSTEMD", tmp_path)
    said = {
        "portal-backup.timer": "inactive",
        "portal*": "portal-backup.service loaded failed failed Backup of the portal",
    }
    monkeypatch.setattr(timers, "systemctl", lambda *arguments: said.get(arguments[-1], "active"))

    answer = ask("timers")

    assert ids(answer) == ["timers.W001", "timers.W002"]
    assert answer.findings[0].msg == "portal-backup.timer does not run."
    assert answer.words == ["portal-verify.timer, portal-watch.timer run"]


def test_a_machine_without_systemd_is_not_asked_for_timers(monkeypatch, tmp_path):
    monkeypatch.setattr(timers, "SYSTEMD", tmp_path / "gone")

    assert len(ask("timers").unasked) == 1


# The alarms


def test_an_open_alarm_is_found(own_data_folder):
    raise_alarm("heads", "An edition is gone.")

    answer = ask("alarms")

    assert ids(answer) == ["alarms.W001"]
    assert "An edition is gone." in answer.findings[0].msg


# Known vulnerabilities

DJANGO = metadata.version("django")


def audited(*packages, **others):
    """What pip-audit writes: all locked packages, with these in the place of their namesakes."""
    named = {package["name"] for package in packages}
    rest = [
        {"name": name, "version": vulnerabilities.installed(name), "vulns": []}
        for name in sorted(vulnerabilities.locked() - named)
        if vulnerabilities.installed(name)
    ]
    skipped = {"name": "portal-of-a-city", "skip_reason": "not on the index"}
    return {"dependencies": [*packages, *rest, skipped], "fixes": []}


def django(version=DJANGO, **vulnerability):
    known = {"id": "PYSEC-2026-1", "fix_versions": ["6.1.9"], "aliases": ["CVE-2026-1"]}
    return {"name": "django", "version": version, "vulns": [known | vulnerability]}


@pytest.fixture
def ask_about(tmp_path):
    def ask_(found, days=0):
        file = tmp_path / "audit.json"
        file.write_text(found if isinstance(found, str) else json.dumps(found))
        then = time.time() - days * 86400
        os.utime(file, (then, then))
        return ask("vulnerabilities", audit=file)

    return ask_


def test_a_known_vulnerability_is_named_with_its_repair(ask_about):
    answer = ask_about(audited(django()))

    assert ids(answer) == ["vulnerabilities.W003"]
    assert answer.findings[0].msg == f"django {DJANGO} has a known vulnerability: CVE-2026-1."
    assert "repaired in 6.1.9" in answer.findings[0].hint
    assert numbers(answer)["known"] == 1


def test_a_vulnerability_without_repair_and_without_cve_is_named_too(ask_about):
    answer = ask_about(audited(django(fix_versions=[], aliases=[])))

    assert "PYSEC-2026-1" in answer.findings[0].msg
    assert "No version repairs it yet" in answer.findings[0].hint


def test_packages_without_known_vulnerabilities_are_well(ask_about):
    answer = ask_about(audited())

    assert ids(answer) == []
    assert "it names no installed package" in answer.words


def test_a_list_of_an_environment_counts_too(ask_about):
    assert ids(ask_about(audited(django())["dependencies"])) == ["vulnerabilities.W003"]


def test_a_file_about_another_version_is_found_and_blames_none(ask_about):
    answer = ask_about(audited(django(version="6.1.0")))

    assert ids(answer) == ["vulnerabilities.W004"]
    assert f"django {DJANGO}" in answer.findings[0].msg


def test_an_old_file_is_found(ask_about):
    assert ids(ask_about(audited(), days=31)) == ["vulnerabilities.W002"]
    assert ids(ask_about(audited(), days=29)) == []


BROKEN = {
    "empty": "",
    "null": "null",
    "a number": "7",
    "no list": "{}",
    "a list that is none": '{"dependencies": {"a": 1}}',
    "no version": '{"dependencies": [{"name": "django"}]}',
    "deep": "[" * 100_000,
    "a command to the terminal": json.dumps([{"name": "a\x1b[2J", "version": "1", "vulns": []}]),
    "a long word": json.dumps([{"name": "a", "version": "1" * 1000, "vulns": []}]),
    "a version that is a number": json.dumps([{"name": "a", "version": 1, "vulns": []}]),
    "two words": json.dumps([{"name": "a", "version": "1", "vulns": [{"id": "x y"}]}]),
    "not UTF-8": "\udcff",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_hostile_or_broken_file_is_refused_with_a_sentence(tmp_path, content):
    (tmp_path / "audit.json").write_text(content, errors="surrogateescape")

    answer = ask("vulnerabilities", audit=tmp_path / "audit.json")

    assert ids(answer) == ["vulnerabilities.W001"]
    assert "it is not what pip-audit --format json writes." in answer.findings[0].msg


def test_a_huge_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(vulnerabilities, "LARGEST", 10)
    (tmp_path / "audit.json").write_text("[" + " " * 10 + "]")

    assert "larger than" in ask("vulnerabilities", audit=tmp_path / "audit.json").findings[0].msg


def test_a_pipe_or_a_folder_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path, tmp_path / "pipe"):
        assert "it is not a file" in ask("vulnerabilities", audit=path).findings[0].msg


def test_without_a_file_nothing_is_known_and_nothing_found(own_data_folder):
    answer = ask("vulnerabilities")

    assert (ids(answer), len(answer.unasked)) == ([], 1)


# The database


@pytest.mark.database("sqlite")
def test_a_good_database_is_not_a_finding(portal):
    answer = ask("database")

    assert ids(answer) == []
    assert answer.words[0].startswith("SQLite 3.")
    assert "it is not damaged" in answer.words


@pytest.mark.database("sqlite")
def test_a_damaged_database_is_not_called_undamaged(portal, monkeypatch):
    monkeypatch.setattr(database, "value", lambda connection, query: "row 1 missing from index")

    answer = ask("database")

    assert "database.E004" in ids(answer)
    assert "it is not damaged" not in answer.words


def test_a_database_of_an_older_version_is_found(portal, monkeypatch):
    monkeypatch.setattr(type(connection.features), "minimum_database_version", (99,))
    monkeypatch.setattr(database, "database_answers", lambda configs: [])

    assert "database.E003" in ids(ask("database"))


def test_a_database_that_lacks_a_migration_is_a_warning_only(transactional_db):
    MigrationRecorder(connection).record_unapplied("editions", "0004_days_in_force")
    try:
        answer = ask("database")
    finally:
        MigrationRecorder(connection).record_applied("editions", "0004_days_in_force")

    assert ids(answer)[-1] == "database.W009"
    assert all(finding.level < ERROR for finding in answer.findings)


@pytest.mark.parametrize(
    ("host", "found"),
    [("", []), ("/run/postgresql", []), ("10.0.0.4,10.0.0.5", ["database.W013"])],
)
def test_a_portal_that_may_not_use_the_network_reaches_no_database_there(
    monkeypatch, settings, tmp_path, host, found
):
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", host)
    monkeypatch.setattr(systemd, "SYSTEMD", tmp_path)
    monkeypatch.setattr(systemd, "systemctl", lambda *arguments: "yes")

    assert [finding.id for finding in database.out_of_reach()] == found


def test_a_machine_whose_systemd_does_not_answer_is_not_blamed(monkeypatch, tmp_path):
    monkeypatch.setattr(systemd, "SYSTEMD", tmp_path)
    monkeypatch.setattr(systemd, "SYSTEMCTL", ["no-systemctl"])

    assert not systemd.is_kept_off_the_network()


# The report


@pytest.fixture
def ask_all(monkeypatch):
    """Run the command with only these questions."""

    def run(capsys, questions_, *arguments):
        monkeypatch.setattr(questions, "QUESTIONS", questions_)
        monkeypatch.setattr("magelang_portal.management.commands.doctor.QUESTIONS", questions_)
        try:
            call_command("doctor", *arguments)
            status = 0
        except SystemExit as error:
            status = error.code
        return status, capsys.readouterr().out

    return run


def well(answer):
    answer.say("the disk is large")
    yield from ()


def warns(answer):
    answer.could_not_ask("the moon")
    yield Warning("It is late.", hint="Go home.", id="late.W001")


def fails(answer):
    yield Error("It is\x1b broken.", hint="Mend it.", id="broken.E001")
    yield Warning("It is late.", hint="Go home.", id="late.W001")


def test_a_report_begins_with_the_worst_and_has_a_line_for_each_question(capsys, ask_all):
    status, words = ask_all(capsys, {"disk": well, "clock": warns, "site": fails})

    assert status == 1
    assert words.partition("\n\n")[2] == (
        "ERROR site (broken.E001): It is  broken.\n  → Mend it.\n"
        "\nWARNING clock (late.W001): It is late.\n  → Go home.\n"
        "\ndisk            well; the disk is large\n"
        "clock           1 warning; not asked: the moon\n"
        "site            1 error\n"
        "\n3 asked: 1 error, 1 warning; 1 could not be asked\n"
    )


def test_a_portal_without_findings_is_well(capsys, ask_all):
    status, words = ask_all(capsys, {"disk": well})

    assert (status, words.splitlines()[-1]) == (0, "1 asked: all is well")


@pytest.mark.parametrize(
    ("arguments", "status"), [([], 0), (["--fail-level=WARNING"], 1), (["--fail-level=ERROR"], 0)]
)
def test_a_warning_fails_only_if_the_operator_wants_it(capsys, ask_all, arguments, status):
    assert ask_all(capsys, {"clock": warns}, *arguments)[0] == status


def test_a_report_for_machines_has_all_that_was_found(capsys, ask_all):
    _status, words = ask_all(capsys, {"clock": warns, "disk": well}, "--json")

    clock_, disk_ = json.loads(words)
    assert clock_["findings"] == [
        {"level": "WARNING", "id": "late.W001", "sentence": "It is late.", "way_out": "Go home."}
    ]
    assert (clock_["not_asked"], disk_["words"]) == (["the moon"], ["the disk is large"])


def test_only_the_named_questions_are_asked(capsys, ask_all):
    _status, words = ask_all(capsys, {"disk": well, "site": fails}, "disk")

    assert "broken" not in words


@pytest.mark.slow
def test_a_misspelt_setting_is_found(db, monkeypatch):
    monkeypatch.setenv("PORTAL_SITE_URI", "https://visi.magelangkota.go.id")

    assert "portal.W012" in ids(ask("checks"))
