"""After a failure outside the code, a command prints one sentence and no traceback."""

import os
import subprocess
import sys

import pytest

from tests.support.repository import ROOT
from tests.support.servers.commands import manage

ABSENT = "postgres://portal@127.0.0.1:9/portal"  # nothing listens at port 9
COMMANDS = [
    ["migrate"],
    ["backup", "new.tar.gz"],
    ["clearsessions"],
    ["verify_editions"],
    ["verify_site", "http://127.0.0.1:9"],
    ["write_copy"],
    ["export_site", "site"],
    ["load_official_text"],
    ["serve"],
]


def sentence_of(ended):
    """The last line of the command; a failed verification logs its alarm first."""
    *before, sentence = ended.stderr.splitlines(keepends=True)
    assert all(" editions.data_folder.alarms alarm verify_" in line for line in before), (
        ended.stderr
    )
    return sentence


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_without_postgresql_each_command_says_so_in_one_sentence(tmp_path, command):
    files = [str(tmp_path / part) if part in ("new.tar.gz", "site") else part for part in command]

    ended = manage(
        *files,
        PORTAL_DATA_DIR=str(tmp_path),
        PORTAL_COPY_DIR=str(tmp_path / "copy"),
        PORTAL_DATABASE_URL=ABSENT,
        PORT="0",
    )

    assert ended.returncode == 1
    assert sentence_of(ended).removeprefix("CommandError: ") == (
        'The database cannot be reached (connection to server at "127.0.0.1", port 9 failed: '
        "Connection refused). "
        "Start PostgreSQL, or correct PORTAL_DATABASE_URL.\n"
    )


def test_the_option_traceback_shows_the_traceback(tmp_path):
    ended = manage(
        "migrate", "--traceback", PORTAL_DATA_DIR=str(tmp_path), PORTAL_DATABASE_URL=ABSENT
    )

    assert "Traceback (most recent call last)" in ended.stderr


def test_migrate_makes_a_missing_database(tmp_path):
    ended = manage("verify_editions", PORTAL_DATA_DIR=str(tmp_path))

    assert sentence_of(ended) == (
        "The database does not match this release (no such table: editions_edition): "
        "run manage.py migrate first.\n"
    )


def test_the_error_of_a_damaged_database_names_the_command_to_restore(tmp_path):
    (tmp_path / "portal.sqlite3").write_text("this is no database")

    ended = manage("verify_editions", PORTAL_DATA_DIR=str(tmp_path))

    assert sentence_of(ended) == (
        f"The database {tmp_path}/portal.sqlite3 is damaged (file is not a database): "
        "restore the last backup with manage.py restore FILE.\n"
    )


def test_an_sqlite_database_that_cannot_be_written_names_its_setting(tmp_path):
    (tmp_path / "file").touch()
    address = f"sqlite:///{tmp_path}/file/portal.sqlite3"

    ended = manage("migrate", PORTAL_DATA_DIR=str(tmp_path), PORTAL_DATABASE_URL=address)

    assert ended.returncode == 1
    assert (
        "Let this user write it and its folder, or correct PORTAL_DATABASE_URL.\n" in ended.stderr
    )


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a separate, full disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be made here: run this as root")
    with pytest.raises(OSError, match="No space left"):
        (folder / "all").write_bytes(b"x" * 100_000)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_full_disk_is_not_reported_as_a_missing_permission(small_disk, command):
    ended = manage(command, PORTAL_DATA_DIR=str(small_disk), PORT="0")

    assert ended.returncode == 1
    assert "No space is left" in ended.stderr
    assert "make room there" in ended.stderr
    assert "may write" not in ended.stderr


@pytest.mark.parametrize("tool", ["tools.cluster", "tools.drill"])
def test_a_command_that_lacks_a_program_names_its_package(tmp_path, tool):
    (tmp_path / "setpriv").symlink_to("/usr/bin/setpriv")

    ended = subprocess.run(
        [sys.executable, "-m", tool],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert "apt-get install nginx libnginx-mod-http-brotli-static" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unknown_kind_of_database_is_refused_with_the_known_kinds(tmp_path):
    ended = manage(
        "check",
        PORTAL_DATA_DIR=str(tmp_path),
        PORTAL_DATABASE_URL="mysql://portal@127.0.0.1/portal",
    )

    assert ended.returncode == 1
    assert ended.stderr == (
        "PORTAL_DATABASE_URL begins with mysql://, and the portal works with SQLite and "
        "PostgreSQL only: write it "
        "like postgres://user:password@host/name, or unset it to use SQLite in PORTAL_DATA_DIR.\n"
    )
