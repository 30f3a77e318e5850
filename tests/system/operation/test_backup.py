"""`manage.py backup` and `manage.py restore`, on either database, as an operator runs them."""

import errno
import gzip
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from magelang_portal.operations.backups.errors import Unusable
from magelang_portal.operations.backups.private_files import refuse_unless_mounted
from tests.support.repository import ROOT
from tests.support.servers.nodes import Node
from tests.support.servers.scripts import CHANGE_AND_PUBLISH
from tests.support.waiting import wait_until

SESSIONS, EVENTS, SEALS = "django_session", "editorial_event", "editorial_seal"
TELL = """
import json
from django.db import connection
tables = sorted(connection.introspection.table_names())
rows = {}
for table in tables:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        rows[table] = sorted(map(str, cursor.fetchall()))
print(json.dumps(rows))
"""
WRITE_PAIRS = """
from django.db import transaction
from django.utils import timezone
from editorial.models import Revision, Version
for number in range(1, 100000):
    with transaction.atomic():
        about = dict(vision_id=1, period="2016-2021", at=timezone.now())
        revision = Revision.objects.create(author="a", action="add", **about)
        Version.objects.create(
            revision=revision, kind="term", row=1, number=number, anchor="",
            before=None, after={}, fields=[],
            touches_id=True, touches_en=True,
        )
    print(number, flush=True)
"""
PAIRS = """
from editorial.models import Revision, Version
versions = Version.objects.filter(kind="term", row=1).order_by("number")
numbers = list(versions.values_list("number", flat=True))
assert numbers == list(range(1, len(numbers) + 1)), "a transaction is missing"
assert len(numbers) == Revision.objects.filter(author="a").count(), "half a transaction"
print(len(numbers))
"""
RESTORE_ALL = """
import json
from django.core.management import CommandError, call_command
said = {{}}
for name, path in {paths!r}.items():
    try:
        call_command("restore", path, yes=True, stdout=open("/dev/null", "w"))
        said[name] = "it was restored"
    except CommandError as error:
        said[name] = str(error)
print(json.dumps(said))
"""


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def prepared(request, tmp_path_factory):
    """A portal with the official text, an account and a session; tests work on copies of it."""
    address = (
        request.getfixturevalue("postgres_server").make_database()
        if request.param == "postgresql"
        else ""
    )
    return prepare(Installation(tmp_path_factory.mktemp("prepared"), address))


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory):
    return prepare(Installation(tmp_path_factory.mktemp("prepared")))


def prepare(installation):
    installation.prepare()
    installation.shell(
        "from editorial.models import Account;"
        "from django.contrib.sessions.backends.db import SessionStore;"
        "Account.objects.create_user('sari', password='kata sandi yang panjang');"
        "SessionStore().save()"
    )
    return installation


@pytest.fixture
def installation(prepared, tmp_path, request):
    if not prepared.database:
        return copied(prepared, tmp_path)
    server = request.getfixturevalue("postgres_server")
    return Installation(
        tmp_path, server.make_database(template=prepared.database.rpartition("/")[2])
    )


@pytest.fixture
def small(prepared_sqlite, tmp_path):
    return copied(prepared_sqlite, tmp_path)


def copied(prepared, folder):
    shutil.copytree(prepared.folder, folder / "data")
    return Installation(folder)


class Installation(Node):
    """A portal on SQLite or on the PostgreSQL ``database``, with a folder for backups."""

    def __init__(self, folder, database=""):
        self.database = database
        self.kind = "postgresql" if database else "sqlite"
        self.backups = folder / "backups"
        self.backups.mkdir(exist_ok=True)
        super().__init__(folder / "data", {"PORTAL_DATABASE_URL": database} if database else {})

    def shell(self, script):
        return self.manage("shell", "--verbosity=0", "-c", script)

    def rows(self):
        return json.loads(self.shell(TELL))

    def backup(self, *arguments):
        """The path of a new backup."""
        said = self.manage("backup", *map(str, arguments or [self.backups]))
        return Path(said.partition(": ")[0])

    def refused(self, *command, **environment):
        """The error of a command that must fail, in a sentence or two."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setitem(self.environment, name, value)
            ended = subprocess.run(
                [sys.executable, "manage.py", *map(str, command)],
                cwd=ROOT,
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
            )
        assert ended.returncode == 1, ended.stdout
        assert "Traceback" not in ended.stderr
        return ended.stderr.removeprefix("CommandError: ")

    def start_writer(self):
        """A process that writes pairs of rows, and prints each committed transaction's number."""
        return self.start_shell(WRITE_PAIRS)

    def start_shell(self, script):
        return subprocess.Popen(
            [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", script],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def get(self, path):
        with urllib.request.urlopen(self.address + path) as response:
            return response.read()

    def pages(self):
        """The bytes of all addresses of the sitemap, and of their downloads."""
        sitemap = self.get("/sitemap.xml").decode()
        paths = [
            address.removeprefix(self.address)
            for address in re.findall(r"<loc>(.*?)</loc>", sitemap)
        ]
        files = [
            "/sitemap.xml",
            "/id/umpan.atom",
            "/en/feed.atom",
            "/data/2016-2021.json",
            "/data/2016-2021/1.json",
        ]
        return {path: self.get(path) for path in paths + files}


@pytest.fixture
def served(installation):
    installation.start()
    yield installation
    installation.stop()


SHARE = """
from datetime import timedelta
from django.utils import timezone
from vision.models import Vision
now = timezone.now()
times = dict(made_at=now, until=now + timedelta(hours=24))
Vision.objects.get().preview_links.create(newest=2, made_by="sari", **times)
"""


REVOKE = "from editorial.models import PreviewLink; PreviewLink.objects.all().delete()"


def test_a_restore_revokes_all_shared_previews(installation):
    installation.shell(SHARE)
    path = installation.backup()
    installation.shell(REVOKE)

    installation.manage("restore", "--yes", str(path))

    assert installation.rows()["editorial_previewlink"] == []


def without_sessions(rows):
    """The rows without sessions, and without the audit log, which records the restore."""
    left_out = (SESSIONS, EVENTS, SEALS)
    return {table: found for table, found in rows.items() if table not in left_out}


def manifest_of(path):
    with tarfile.open(path) as tar:
        return json.load(tar.extractfile("manifest.json"))


def remade(path, changed=None, dump=None, whole=None):
    """A copy of the backup with another manifest or another dump."""
    other = path.with_name("remade.tar.gz")
    folder = path.parent / "inside"
    with tarfile.open(path) as tar:
        tar.extractall(folder, filter="data")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(whole or manifest | (changed or {})))
    with tarfile.open(other, "w:gz") as tar:
        for name in ("manifest.json", manifest["dump"]):
            tar.add(dump if dump and name != "manifest.json" else folder / name, name)
    return other


# Backups


def test_a_backup_describes_itself_and_only_its_owner_may_read_it(installation):
    path = installation.backup()
    manifest = manifest_of(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(installation.backups.iterdir()) == [path]
    assert (manifest["format"], manifest["version"], manifest["engine"]) == (
        "magelang-portal-backup",
        1,
        installation.kind,
    )
    assert [edition["number"] for edition in manifest["editions"]] == [3]
    assert manifest["counts"] == {"editions": 3, "revisions": 0, "accounts": 1}
    assert "editorial.0001_initial" in manifest["migrations"]


def test_a_backup_during_writes_has_whole_transactions_and_all_acknowledged_ones(
    installation,
):
    writer = installation.start_writer()
    try:
        acknowledged = [int(writer.stdout.readline()) for _ in range(50)][-1]
        path = installation.backup()
    finally:
        writer.kill()
        written = [int(line) for line in writer.communicate()[0].split()]
    assert written, "nothing was written while the backup was made"

    installation.manage("restore", "--yes", str(path))

    assert acknowledged <= int(installation.shell(PAIRS)) <= acknowledged + len(written) + 1


def test_a_backup_that_cannot_be_made_ends_with_one_sentence(small, tmp_path):
    for folder in ("static", "copy"):
        (small.folder / folder).mkdir(exist_ok=True)
    existing = small.backup(tmp_path / "first.tar.gz")

    assert (
        small.refused("backup", existing)
        == f"{existing} exists: choose another name, or name a folder.\n"
    )
    assert "does not exist: make it" in small.refused("backup", tmp_path / "nowhere" / "b.tar.gz")
    assert "does not exist: make it" in small.refused("backup", tmp_path / "nowhere")
    assert "which anyone can read" in small.refused(
        "backup", small.folder / "static", PORTAL_STATIC_ROOT=str(small.folder / "static")
    )
    assert "which anyone can read" in small.refused(
        "backup", small.folder / "copy" / "b.tar.gz", PORTAL_COPY_DIR=str(small.folder / "copy")
    )
    assert "--keep takes a number from 1" in small.refused(
        "backup", tmp_path / "b.tar.gz", "--keep=2"
    )
    assert "--keep takes a number from 1" in small.refused("backup", small.backups, "--keep=0")
    assert "There is no database" in small.refused(
        "backup", small.backups, PORTAL_DATA_DIR=str(tmp_path / "empty")
    )
    assert not list(small.backups.iterdir())


def test_all_but_the_newest_good_backups_are_deleted(small):
    first = small.backup()
    names = [f"portal-2026010{day}T000000Z.tar.gz" for day in range(1, 5)]
    for name in names:
        (small.backups / name).write_bytes(first.read_bytes())
    other = small.backups / "notes.txt"
    other.touch()
    newest_is_damaged = small.backups / "portal-29990101T000000Z.tar.gz"
    newest_is_damaged.write_bytes(first.read_bytes()[:5000])
    time.sleep(1)  # the name of a backup has the time in seconds

    last = small.backup(small.backups, "--keep", "3")

    left = {path.name for path in small.backups.iterdir()}
    assert left == {last.name, first.name, names[3], other.name, newest_is_damaged.name}


def test_a_backup_succeeds_even_if_an_old_one_cannot_be_deleted(small):
    old = small.backups / "portal-20200101T000000Z.tar.gz"
    old.mkdir()  # root may delete all files, and unlink no folder

    made = small.backup(small.backups, "--keep", "1")

    old.rmdir()
    assert made.exists()


def test_a_backup_deletes_files_of_a_killed_one_but_not_files_in_use(small):
    """A restore uses its folder while it asks for confirmation."""
    path = small.backup()
    asking = subprocess.Popen(
        [sys.executable, "manage.py", "restore", path],
        cwd=ROOT,
        env=small.environment | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    while not asking.stdout.readline().startswith(b"Then:"):
        assert asking.poll() is None
    left = [path.parent / ".part-0an_xprt", small.folder / ".snapshot-0f_anthr"]
    young, foreign = small.folder / ".backup-th4t_beg", path.parent / ".backup-of-my-letters"
    for folder in [*left, young, foreign]:
        folder.mkdir()
        (folder / "dump").touch()
    (in_use,) = {*small.folder.glob(".backup-*")} - {young}

    grow_old(in_use, foreign, *left)
    small.backup(small.backups / "second.tar.gz")
    assert (in_use.exists(), young.exists(), [folder for folder in left if folder.exists()]) == (
        True,
        True,
        [],
    )

    asking.kill()
    asking.communicate()
    grow_old(in_use)
    small.backup(small.backups / "third.tar.gz")
    assert (in_use.exists(), young.exists(), foreign.exists()) == (False, True, True)


def grow_old(*folders):
    an_hour_ago = time.time() - 3600
    for folder in folders:
        os.utime(folder, (an_hour_ago, an_hour_ago))


def test_a_backup_succeeds_even_if_its_outcome_cannot_be_recorded(small):
    (small.folder / "outcomes").touch()  # blocks the folder, as a full disk would

    ended = subprocess.run(
        [sys.executable, "manage.py", "backup", small.backups],
        cwd=ROOT,
        env=small.environment,
        capture_output=True,
        text=True,
        check=True,
    )

    (made,) = small.backups.iterdir()
    assert ended.stdout.startswith(f"{made}: ")
    assert (
        "what came of backup cannot be kept, so the desk tells of an earlier run: " in ended.stderr
    )


def test_a_backup_of_changed_editions_is_made_but_fails_and_deletes_no_older_one(small):
    first = small.backup(small.backups / "portal-20260101T000000Z.tar.gz")
    tamper(small)

    said = small.refused("backup", small.backups, "--keep", "1")

    assert "edition 2: the file was changed" in said
    assert first.exists()
    assert len(list(small.backups.iterdir())) == 2


def tamper(installation):
    with closing(sqlite3.connect(installation.folder / "portal.sqlite3")) as connection, connection:
        connection.execute("DROP TRIGGER editions_edition_update_guard")
        connection.execute(
            "UPDATE editions_edition SET file = replace(file, 'Magelang', 'Judi') WHERE number = 2"
        )


# Off this machine


def needs(*programs):
    """Debian's package has the name of the program; of gpg it is gnupg."""
    for program in programs:
        if not shutil.which(program):
            pytest.skip(f"no {program} here: apt-get install {program}")


class Pipe:
    """Runs ``manage.py`` with other programs in a shell that has the page's pipefail."""

    def __init__(self, installation, folder):
        self.folder, self.environment = folder, installation.environment | {"HOME": str(folder)}

    def run(self, script):
        portal = f'portal() {{ {sys.executable} {ROOT}/manage.py "$@"; }}\n'
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", portal + script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def works(self, script):
        ended = self.run(script)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def fails(self, script):
        ended = self.run(script)
        assert ended.returncode != 0, ended.stdout
        assert "Traceback" not in ended.stderr
        return ended.stderr


@pytest.fixture
def pipe(small, tmp_path):
    return Pipe(small, tmp_path)


THERE_AND_BACK = {
    "age": """
        age-keygen -o key 2>/dev/null
        age-keygen -y key >public
        portal backup - | age --encrypt --recipients-file public >elsewhere
        {spoil}
        age --decrypt --identity key elsewhere | portal restore --yes -
    """,
    "gpg": """
        gpg --batch --quiet --passphrase '' --quick-generate-key kota default default never
        portal backup - | gpg --batch --encrypt --trust-model always --recipient kota >elsewhere
        {spoil}
        gpg --batch --quiet --decrypt elsewhere | portal restore --yes -
    """,
    "restic": """
        export RESTIC_REPOSITORY=there RESTIC_PASSWORD=kata-sandi
        restic init --quiet
        restic backup --quiet --stdin-filename portal.tar.gz \\
            --stdin-from-command -- {portal} backup -
        {spoil}
        restic dump --quiet latest portal.tar.gz | portal restore --yes -
    """,
}


@pytest.mark.parametrize("program", THERE_AND_BACK)
def test_a_backup_goes_to_another_program_and_comes_back(pipe, small, program):
    needs(program)
    rows = small.rows()
    spoil = "portal shell -c 'from editorial.models import Account; Account.objects.all().delete()'"

    portal = f"{sys.executable} {ROOT}/manage.py"
    pipe.works(THERE_AND_BACK[program].format(spoil=spoil, portal=portal))

    assert without_sessions(small.rows()) == without_sessions(rows)


def test_standard_output_holds_the_backup_and_nothing_else(pipe, small):
    said = pipe.run("portal backup - >b.tar.gz")

    assert re.fullmatch(r"standard output: \d+ bytes in .* s, checked; .*\n", said.stderr)
    assert manifest_of(pipe.folder / "b.tar.gz")["faults"] == []
    assert not list(small.folder.glob(".backup-*"))


def test_a_program_that_ends_too_early_makes_the_backup_fail(pipe, small):
    said = pipe.fails("portal backup - | false")
    assert pipe.fails("portal backup - | (cat >/dev/null; exit 3)")  # by pipefail

    assert said.startswith("CommandError: The program behind the pipe ended too early")
    assert not list(small.folder.glob(".backup-*"))


def test_a_backup_is_not_written_to_a_terminal(small):
    parent, terminal = os.openpty()
    ended = subprocess.run(
        [sys.executable, "manage.py", "backup", "-"],
        cwd=ROOT,
        env=small.environment,
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(terminal)
    os.close(parent)

    assert ended.returncode == 1
    assert "Standard output is a terminal: name a file" in ended.stderr


def test_a_restore_from_a_pipe_refuses_as_from_a_file_and_asks_first(pipe, small):
    path, rows = small.backup(), small.rows()

    for broken, sentence in [
        (f"head -c 9000 {path} | portal restore --yes -", "standard input is damaged (it ends too"),
        ("echo halo | portal restore --yes -", "standard input is not a backup of this portal"),
        ("portal restore --yes - </dev/null", "standard input is not a backup of this portal"),
        (f"cat {path} | portal restore -", "Nobody answers: add --yes"),
    ]:
        assert sentence in pipe.fails(broken)

    assert small.rows() == rows


@pytest.fixture
def mount_point(tmp_path):
    """A folder that stands for another machine's disk, and the command that mounts it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "portal-test", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount here: run the tests as root")
    subprocess.run(["umount", folder], check=True)
    yield folder, mount
    subprocess.run(["umount", "--lazy", folder], capture_output=True, check=False)


def test_nothing_is_written_below_a_mount_point_without_its_mount(small, mount_point):
    folder, mount = mount_point
    command = ("backup", folder, "--mount-point", folder)

    said = small.refused(*command)

    assert said == (
        f"Nothing is mounted at {folder}, so the backup would stay on this machine: mount it, by "
        f"mount {folder}.\n"
    )
    assert not list(folder.iterdir())
    assert small.refused("backup", small.backups, "--mount-point", folder) == (
        f"{small.backups} is not below --mount-point {folder}: name a folder below it.\n"
    )
    subprocess.run(mount, check=True)
    made = small.backup(*command[1:])
    assert made.parent == folder
    subprocess.run(["umount", folder], check=True)
    assert not list(folder.iterdir())


def test_a_server_that_is_gone_is_named_as_such(monkeypatch):
    def gone(path):
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    monkeypatch.setattr("os.stat", gone)
    with pytest.raises(Unusable, match="/mnt/nas cannot be read .Stale file handle.: look why"):
        refuse_unless_mounted(Path("/mnt/nas"), Path("/mnt/nas"))


# Restoring


def test_after_a_restore_all_pages_and_rows_are_identical(served):
    pages, rows = served.pages(), served.rows()
    path = served.backup()
    served.shell(CHANGE_AND_PUBLISH.format(words="Perda Nomor 9"))
    served.shell("from editorial.models import Account; Account.objects.all().delete()")
    wait_until(lambda: b"Perda Nomor 9" in served.get("/id/visi/2016-2021/"))
    changed = served.rows()

    said = served.manage("restore", "--yes", str(path))
    wait_until(lambda: b"Perda Nomor 9" not in served.get("/id/visi/2016-2021/"))

    assert len(pages) > 50
    assert served.pages() == pages
    assert without_sessions(served.rows()) == without_sessions(rows)
    assert rows[SESSIONS] != []
    restored = served.rows()
    assert restored[SESSIONS] == []
    assert any("'restored'" in event and path.name in event for event in restored[EVENTS])

    kept = Path(re.search(r"What it replaced is kept: (\S+)", said)[1])
    assert kept.parent == served.folder
    served.manage("restore", "--yes", str(kept))
    assert without_sessions(served.rows()) == without_sessions(changed)


def test_every_worker_notices_a_restore_that_keeps_the_number_of_rows(served):
    def say_all(words):
        return lambda: all(words.encode() in served.get("/id/visi/2016-2021/") for _ in range(20))

    first = served.backup()
    served.shell(CHANGE_AND_PUBLISH.format(words="Perda Nomor 1"))
    second = served.backup(served.backups / "second.tar.gz")
    served.manage("restore", "--yes", str(first))
    served.shell(CHANGE_AND_PUBLISH.format(words="Perda Nomor 2"))
    wait_until(say_all("Perda Nomor 2"))

    served.manage("restore", "--yes", str(second))

    wait_until(say_all("Perda Nomor 1"))


def test_a_restore_keeps_a_backup_with_every_save_before_it(installation):
    save_until_a_restore(installation)


def test_a_restore_keeps_every_save_in_sqlites_other_journal_mode_too(small):
    small.environment["DJANGO_SETTINGS_MODULE"] = "tests.support.servers.wal"
    save_until_a_restore(small)


def save_until_a_restore(installation):
    path = installation.backup()
    writer = installation.start_writer()
    try:
        writer.stdout.readline()
        said = installation.manage("restore", "--yes", str(path))
    finally:
        writer.kill()
        written = writer.communicate()[0].split()
    kept = Path(re.search(r"What it replaced is kept: (\S+)", said)[1])

    after = int(
        installation.shell("from editorial.models import Version; print(Version.objects.count())")
    )
    installation.manage("restore", "--yes", str(kept))
    before = int(installation.shell(PAIRS))

    assert before + after >= len(written), "an acknowledged save is in neither of the two"
    assert before > 1


def test_one_command_restores_into_an_empty_folder(installation, tmp_path, request):
    path, rows = installation.backup(), installation.rows()
    (tmp_path / "empty").mkdir()
    empty = Installation(
        tmp_path / "empty", installation.database and request.getfixturevalue("postgres")
    )

    said = empty.manage("restore", "--yes", "--into-empty", str(path))

    assert "kept" not in said
    assert without_sessions(empty.rows()) == without_sessions(rows)


def test_a_restore_on_a_new_machine_refuses_a_database_with_editions(installation):
    path, rows = installation.backup(), installation.rows()

    said = installation.refused("restore", "--yes", "--into-empty", str(path))

    assert "The database is not empty: it holds 3 editions" in said
    assert "correct PORTAL_DATABASE_URL" in said
    assert installation.rows() == rows


def test_an_older_backup_is_brought_up_to_this_code(installation):
    installation.manage("migrate", "editorial", "0003", "--verbosity=0")
    installation.shell("from django.contrib.auth.models import Group; Group.objects.all().delete()")
    path = installation.backup()
    assert "editorial.0004_what_was_translated_before" not in manifest_of(path)["migrations"]
    installation.manage("migrate", "--verbosity=0")

    installation.manage("restore", "--yes", str(path))

    assert "No planned migration" in installation.manage("migrate", "--plan")
    assert installation.manage("check", "--database=default", "--fail-level=WARNING")
    assert (
        installation.shell(
            "from django.contrib.auth.models import Group; print(Group.objects.count())"
        )
        == "4\n"
    )


def test_a_restore_asks_before_it_replaces_data(small):
    path, rows = small.backup(), small.rows()

    ended = subprocess.run(
        [sys.executable, "manage.py", "restore", path],
        cwd=ROOT,
        env=small.environment,
        input="y\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert (
        "Now:   3 editions (2016-2021: edition 3), 0 revisions, 1 account\nThen:  3 editions"
        in ended.stdout
    )
    assert "Nothing was changed." in ended.stderr
    assert small.rows() == rows
    assert "add --yes" in small.refused("restore", path)


SPOILT = {
    "nowhere": (
        lambda path: path.with_name("nowhere"),
        "cannot be read (No such file or directory)",
    ),
    "a folder": (lambda path: path.parent, "cannot be read (Is a directory)"),
    "words": (lambda path: other_file(path, b"halo"), "is not a backup of this portal"),
    "empty": (lambda path: other_file(path, b""), "is not a backup of this portal"),
    "no tar": (
        lambda path: other_file(path, gzip.compress(b"halo" * 1000)),
        "is not a backup of this portal",
    ),
    "the end is missing": (lambda path: other_file(path, path.read_bytes()[:-9]), "is damaged"),
    "half is missing": (lambda path: other_file(path, path.read_bytes()[:20_000]), "is damaged"),
    "one bit": (lambda path: other_file(path, flipped(path.read_bytes(), 40_000)), "is damaged"),
    "one bit of the checksum": (
        lambda path: other_file(path, flipped(path.read_bytes(), -6)),
        "is damaged",
    ),
    "another database": (
        lambda path: remade(path, dump=ROOT / "manage.py"),
        "is damaged (its database is not the",
    ),
    "newer format": (
        lambda path: remade(path, {"version": 2}),
        "format 2, which is newer: update the portal first",
    ),
    "foreign": (lambda path: remade(path, {"format": "another"}), "is not a backup of this portal"),
    "newer code": (
        lambda path: remade(path, {"migrations": ["editorial.0999_x"]}),
        "knows editorial.0999_x): update",
    ),
    "PostgreSQL": (
        lambda path: remade(path, {"engine": "postgresql"}),
        "is one of PostgreSQL, and this portal runs",
    ),
    "unknown engine": (
        lambda path: remade(path, {"engine": "oracle"}),
        "is not a backup of this portal",
    ),
}


def test_a_damaged_or_foreign_backup_is_refused_without_any_change(small):
    database, good = small.folder / "portal.sqlite3", small.backup()
    paths = {}
    for name, (spoil, _sentence) in SPOILT.items():
        folder = small.backups / name
        folder.mkdir()
        paths[name] = str(spoil(Path(shutil.copy(good, folder))))
    before = database.read_bytes()

    said = json.loads(small.shell(RESTORE_ALL.format(paths=paths)))

    for name, (_spoil, sentence) in SPOILT.items():
        assert sentence in said[name], name
        assert said[name].endswith("Nothing was changed."), name
    assert database.read_bytes() == before
    assert not list(small.folder.glob("replaced-*"))
    assert not list(small.folder.glob(".backup-*"))


def other_file(path, content):
    other = path.with_name("other.tar.gz")
    other.write_bytes(content)
    return other


def flipped(content, place):
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


def test_a_backup_with_changed_editions_is_refused_without_any_change(installation):
    path = installation.backup()
    if installation.kind == "sqlite":
        tamper(installation)
    else:
        with psycopg.connect(installation.database) as connection:
            connection.execute("DROP TRIGGER editions_edition_update_guard ON editions_edition")
            connection.execute(
                "UPDATE editions_edition SET file = replace(file, 'Magelang', 'Judi')"
            )
    installation.refused("backup", installation.backups / "changed.tar.gz")
    installation.manage("restore", "--yes", str(path))
    rows = installation.rows()

    said = installation.refused("restore", "--yes", installation.backups / "changed.tar.gz")

    assert "edition 2: the file was changed" in said
    assert installation.rows() == rows


REWRITE = """
from django.db import connection
from editions.models import Edition, hash_of
from editions.triggers import create_triggers, drop_triggers
drop_triggers()
before = "0" * 64
for edition in Edition.objects.order_by("number"):
    file = edition.file.replace("Magelang", "Gacor").replace(edition_before(edition), before)
    before = hash_of(file)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE editions_edition SET file = %s, sha256 = %s WHERE id = %s",
            [file, before, edition.pk],
        )
create_triggers()
"""
REWRITE = "import json\ndef edition_before(e): return json.loads(e.file)['previous']\n" + REWRITE
IMPORT_ALARMS = "from editions.data_folder.alarms import open_alarms;"
NAMES_OF_ALARMS = f"{IMPORT_ALARMS} print([alarm.name for alarm in open_alarms()])"
ALARMS = f"{IMPORT_ALARMS} print([alarm.found for alarm in open_alarms()])"


def test_a_backup_whose_whole_history_was_rewritten_is_refused(installation):
    """The chain, the hashes, the triggers and the manifest are all consistent again."""
    installation.manage("verify_editions")
    good, memory = installation.backup(), installation.folder / "heads"
    installation.shell(REWRITE)
    aside = memory.rename(memory.with_name("aside"))  # hides the change from the manifest
    rewritten = installation.backup(installation.backups / "rewritten.tar.gz")
    assert manifest_of(rewritten)["faults"] == []
    aside.rename(memory)
    installation.manage("restore", "--yes", str(good))
    rows = installation.rows()

    said = installation.refused("restore", "--yes", rewritten)

    assert "holds other editions than this portal has published" in said
    assert "2016-2021 edition 2 was replaced: its SHA-256 was " in said
    assert "--other-history" in said
    assert installation.rows() == rows
    assert installation.shell(ALARMS) == "[]\n"

    said = installation.manage("restore", "--yes", "--other-history", str(rewritten))
    assert "acknowledge_alarm heads" in said
    assert "rewritten.tar.gz, the backup of " in installation.shell(ALARMS)


def test_a_backup_of_a_rewritten_history_says_so_and_deletes_no_older_one(small):
    small.manage("verify_editions")
    first = small.backup(small.backups / "portal-20260101T000000Z.tar.gz")
    small.shell(REWRITE)

    said = small.refused("backup", small.backups, "--keep", "1")

    assert "2016-2021 edition 2 was replaced: its SHA-256 was " in said
    assert first.exists()


BACKUP_WITH_A_PUBLICATION_AFTER_THE_DUMP = """
import subprocess, sys
from contextlib import contextmanager
from django.core.management import call_command
from magelang_portal.operations.backups import engine
write = engine().dumped
@contextmanager
def dumped(path):
    with write(path):
        publish = [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", {publish!r}]
        subprocess.run(publish, check=True)
        yield
engine().dumped = dumped
call_command("backup", {path!r})
"""


def test_a_publication_after_the_dump_is_no_fault_of_the_backup(installation):
    path, publish = (
        str(installation.backups / "meanwhile.tar.gz"),
        CHANGE_AND_PUBLISH.format(words="Perda Nomor 9"),
    )

    installation.shell(BACKUP_WITH_A_PUBLICATION_AFTER_THE_DUMP.format(path=path, publish=publish))

    assert manifest_of(path)["faults"] == []
    assert (
        installation.shell("from editions.models import Edition; print(Edition.objects.count())")
        == "4\n"
    )
    assert installation.shell(ALARMS) == "[]\n"


def test_a_backup_after_an_intended_restore_raises_no_further_alarm(small):
    path = small.backup(small.backups / "wanted.tar.gz")
    small.shell(CHANGE_AND_PUBLISH.format(words="Perda Nomor 9"))
    small.manage("restore", "--yes", str(path))

    assert "2016-2021 edition 4 is gone" in small.refused("backup", small.backups / "next.tar.gz")

    assert small.shell(NAMES_OF_ALARMS) == "['heads']\n"
    small.manage("acknowledge_alarm", "heads")
    small.backup(small.backups / "later.tar.gz")
    assert small.shell(ALARMS) == "[]\n"


def test_a_backup_of_an_older_format_is_restored(small):
    path = small.backup()
    with tarfile.open(path) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    del manifest["of_heads"]

    small.manage("restore", "--yes", str(remade(path, whole=manifest)))


def test_a_restore_of_older_editions_says_so_and_raises_an_alarm(installation):
    path = installation.backup()
    installation.shell(CHANGE_AND_PUBLISH.format(words="Perda Nomor 9"))

    said = installation.manage("restore", "--yes", str(path))

    assert "It goes back: 2016-2021 from edition 4 to edition 3." in said
    assert "manage.py acknowledge_alarm heads" in said
    assert "2016-2021 edition 4 is gone" in installation.shell(ALARMS)
    assert "2016-2021 edition 4 is gone" in installation.refused("verify_editions")

    said = installation.manage("acknowledge_alarm", "heads")
    assert said.splitlines()[1].startswith(f"{path.name}, the backup of 20")
    assert "3 editions are as they were published" in installation.manage("verify_editions")
    assert installation.shell(ALARMS) == "[]\n"


def test_a_restore_says_that_it_is_the_cause_of_the_alarm_of_the_audit_log(small):
    path = small.backup()
    small.shell(CHANGE_AND_PUBLISH.format(words="Perda Nomor 9"))
    small.manage("verify_audit_log")

    said = small.manage("restore", "--yes", str(path))

    assert "manage.py acknowledge_alarm audit_log" in said
    made_at = manifest_of(path)["made_at"]
    assert f"{path.name}, the backup of {made_at}, was restored here: " in small.shell(ALARMS)
    small.manage("acknowledge_alarm", "audit_log")
    small.manage("verify_audit_log")


def test_a_restore_of_the_present_editions_raises_no_alarm(small):
    small.manage("verify_editions")

    said = small.manage("restore", "--yes", str(small.backup()))

    assert "alarm" not in said
    assert small.shell(ALARMS) == "[]\n"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("DROP TABLE editorial_version", "the table editorial_version is missing"),
        ("DROP TABLE otp_static_statictoken", "the table otp_static_statictoken is missing"),
        (
            "ALTER TABLE editorial_account DROP COLUMN last_name",
            "the table editorial_account lacks last_name",
        ),
    ],
)
def test_an_incomplete_backup_reports_a_fault_and_restore_refuses_it(installation, change, fault):
    good, rows = installation.backup(), installation.rows()
    installation.shell(f"from django.db import connection; connection.cursor().execute('{change}')")

    said = installation.refused("backup", installation.backups / "less.tar.gz")
    assert fault in said

    installation.manage("restore", "--yes", str(good))
    said = installation.refused("restore", "--yes", installation.backups / "less.tar.gz")
    assert f"The database in the backup is not whole ({fault}" in said
    assert without_sessions(installation.rows()) == without_sessions(rows)


@pytest.mark.parametrize(
    "changed",
    [
        {"editions": [{"period": "2016-2021", "number": 3, "sha256": "0" * 64}]},
        {"counts": {"editions": 4, "revisions": 0, "accounts": 1}},
        {"migrations": ["editorial.0001_initial"]},
    ],
)
def test_a_backup_that_differs_from_its_manifest_is_refused(small, changed):
    path = remade(small.backup(), changed)

    assert "holds another database than its manifest says" in small.refused(
        "restore", "--yes", path
    )


def test_restoring_a_backup_of_sqlite_on_postgresql_names_the_command_to_move(small, postgres):
    said = small.refused("restore", "--yes", small.backup(), PORTAL_DATABASE_URL=postgres)

    assert "is one of SQLite, and this portal runs on PostgreSQL" in said
    assert "manage.py move_to_postgres" in said


@pytest.mark.parametrize("content", [b"this is no database" * 1000, None])
def test_a_restore_replaces_a_damaged_database_and_keeps_its_file(small, content):
    path, rows = small.backup(), small.rows()
    database = small.folder / "portal.sqlite3"
    spoilt = (
        content or database.read_bytes()[:4096] + os.urandom(8192) + database.read_bytes()[12_288:]
    )
    database.write_bytes(spoilt)
    (small.folder / "portal.sqlite3-wal").write_bytes(b"what is left of another database")

    said = small.manage("restore", "--yes", str(path))

    assert without_sessions(small.rows()) == without_sessions(rows)
    kept = Path(re.search(r"What it replaced is kept: (\S+)", said)[1])
    assert kept.read_bytes() == spoilt


# pg_dump


@pytest.fixture
def programs(tmp_path):
    """A folder that is the whole PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


def put_pg_dump(folder, script):
    program = folder / "pg_dump"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.fixture
def on_postgresql(tmp_path, postgres):
    installation = Installation(tmp_path, postgres.replace("portal@", "portal:rahasia@"))
    installation.manage("migrate", "--verbosity=0")
    return installation


def test_without_pg_dump_a_backup_says_what_to_install(on_postgresql, programs):
    said = on_postgresql.refused("backup", on_postgresql.backups, PATH=str(programs))

    assert said == "pg_dump is missing: apt-get install postgresql-client.\n"


def test_a_pg_dump_older_than_the_server_is_a_sentence(on_postgresql, programs):
    put_pg_dump(
        programs, "echo 'pg_dump: error: aborting because of server version mismatch' >&2; exit 1"
    )

    said = on_postgresql.refused("backup", on_postgresql.backups, PATH=str(programs))

    assert said.startswith("pg_dump is older than the server: apt-get install postgresql-client")
    assert not list(on_postgresql.backups.iterdir())


def test_the_password_is_in_no_command_line(on_postgresql, programs):
    put_pg_dump(
        programs,
        f'echo "$@" >{programs}/arguments; echo "$PGPASSWORD" >{programs}/password; exit 1',
    )

    on_postgresql.refused("backup", on_postgresql.backups, PATH=f"{programs}:{os.environ['PATH']}")

    assert "rahasia" not in (programs / "arguments").read_text()
    assert (programs / "password").read_text() == "rahasia\n"


def test_a_restore_keeps_tables_of_other_programs(on_postgresql):
    path = on_postgresql.backup()
    with psycopg.connect(on_postgresql.database) as connection:
        connection.execute("CREATE TABLE weather (day date)")

    assert "tables that are not the portal's (weather)" in on_postgresql.refused(
        "restore", "--yes", path
    )
