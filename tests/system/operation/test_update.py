"""deploy/update and deploy/rollback on a machine that runs 1.0.0 with data."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.installation import releases
from tests.support.installation.machine import Machine
from tests.support.installation.releases import FIRST, FIRST_FOLDER, Origin, install_first
from tests.support.people.readers import Readers, answer

MAPS = "nginx-copy-maps.conf"
NEXT, BESIDE = "9.1.0", "/srv/portal-9.1.0"
PAUSE = 0.05  # seconds between the requests of a reader: the update needs the processor
EDITION = "/data/2016-2021/1.json"
CHANGES = f"""
# Changes

## {NEXT} – 2030-01-01

* A new page.

### Operators

* Copy the dictionary to /etc/portal.

## 1.0.0 – 2026-11-27

### Operators

* Nothing of this is new.
"""
FAILING_MIGRATION = """
from django.db import migrations

def fail(apps, editor):
    raise RuntimeError("The migration fails.")

class Migration(migrations.Migration):
    dependencies = [("editions", "{leaf}")]
    operations = [migrations.RunPython(fail)]
"""
COUNT = """
from django.apps import apps
for name in "editorial.Account", "editorial.Version", "editions.Edition", "missions.Mission":
    print(apps.get_model(name).objects.count(), name)
"""
PUBLISH_A_LATER_SCHEMA = """
from editions.document import Text
from editions.publishing import publish
from missions.models import Mission
from vision.models import Vision
Mission.objects.filter(number=1).update(explanation_ind="Kota.", explanation_en="A city.")
publish(Vision.objects.earliest("pk"), note=Text("Baru", "New"), publisher="Sri")
"""
# Before these commands the update is killed. The last five are those of the switch.
STEPS = [
    "git *verify-tag*",
    "git *clone*",
    "mv -T /srv/.portal.part*",
    "make *",
    "cp -rl*",
    "setpriv *check --deploy*",
    "setpriv * backup *",
    "setpriv * migrate*",
    "mv -fT /srv/portal.new *",
    "systemctl daemon-reload",
    "nginx -t",
    "systemctl restart *",
    "curl * --retry *",
]
STEPS_OF_SWITCH = STEPS[-5:]


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    made = Origin(tmp_path_factory.mktemp("origin"))
    leaf = max((made.folder / "editions/migrations").glob("0*.py")).stem
    failing = FAILING_MIGRATION.format(leaf=leaf)
    made.release(NEXT, files={"CHANGELOG.md": CHANGES})
    made.release("9.2.0", key=None)
    made.release("9.3.0", key="stranger")
    made.release("9.4.0", says="9.0.0")  # somebody gave a signed tag another name
    made.release("9.5.0", files={"gunicorn.conf.py": "raise SystemExit('It cannot start.')\n"})
    files = {"editions/migrations/9999_fails.py": failing, "CHANGELOG.md": CHANGES}
    made.release("9.6.0", files=files)
    return made


@contextmanager
def installed(origin, settings=""):
    if os.geteuid() != 0 or not shutil.which("nsenter"):
        pytest.skip("mounting needs root, and apt-get install util-linux")
    # On a disk: Debian keeps /tmp in memory, and the doctor refuses to keep data there.
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="portal-machine-") as folder:
        Path(folder).chmod(0o755)
        yield from running(Machine(folder, settings), origin)


def running(machine, origin):
    machine.write("etc/portal-signers", origin.signers)
    machine.boot()
    try:
        install_first(machine, origin)
        # 1.0.0 has no deploy/update. CHANGELOG.md takes it from the next release.
        take = f"git -C /srv/portal archive v{NEXT} deploy | tar -xC /run"
        machine.do("sh", "-ec", f"git -C /srv/portal fetch --quiet --tags origin; {take}")
        yield machine
    finally:
        machine.shut_down()


@pytest.fixture(scope="module")
def machine(origin):
    """1.0.0 on SQLite."""
    with installed(origin) as machine:
        yield machine


@pytest.fixture(scope="module")
def on_postgres(origin, postgres_server):
    """1.0.0 on PostgreSQL."""
    settings = f"PORTAL_DATABASE_URL='{postgres_server.make_database()}'\n"
    with installed(origin, settings) as machine:
        yield machine


def update(machine, *words, **environment):
    return machine.run("/run/deploy/update", *words, **environment)


def rollback(machine, *words, **environment):
    return machine.run("/run/deploy/rollback", *words, **environment)


def serving(machine):
    """The folder of the release that answers readers."""
    status, _body = answer(f"{machine.address}/id/")
    assert status == 200
    return machine.do("sh", "-c", "readlink /proc/$(cat /run/portal.pid)/cwd").strip()


def bring(machine, version):
    """Let the machine run this version."""
    ended = update(machine, version)
    assert ended.returncode == 0, ended.stdout


def data_of(machine):
    counts = machine.do("/srv/portal/bin/portal", "shell", "--verbosity=0", "--command", COUNT)
    return counts, answer(machine.address + EDITION)


def test_a_shallow_clone_says_how_to_get_the_commit_of_the_first_release(monkeypatch, tmp_path):
    clone = ("git", "clone", "--quiet", "--depth=1", f"file://{releases.ROOT}", tmp_path / "clone")
    subprocess.run(clone, check=True)
    monkeypatch.setattr(releases, "ROOT", tmp_path / "clone")

    with pytest.raises(pytest.fail.Exception, match="git fetch --unshallow"):
        Origin(tmp_path)


def test_a_portal_that_is_no_link_is_not_updated(machine):
    machine.do("sh", "-ec", f"rm /srv/portal && cp -r {FIRST_FOLDER} /srv/portal")

    ended = update(machine, NEXT)

    machine.do("sh", "-ec", f"rm -r /srv/portal && ln -s {FIRST_FOLDER} /srv/portal")
    assert ended.stdout.startswith("/srv/portal is a folder, and must be a link to one")
    assert "mv /srv/portal /srv/portal-1.0.0 && ln -s /srv/portal-1.0.0 /srv/portal" in ended.stdout


def test_update_alone_lists_newer_signed_releases_and_what_operators_must_do(machine):
    said = update(machine).stdout

    assert said.startswith(f"{NEXT}\n9.5.0\n9.6.0\n")
    assert f"{NEXT}:\n* Copy the dictionary to /etc/portal.\n" in said
    assert "Nothing of this is new" not in said
    assert said.endswith("1.0.0 runs. To update it: /run/deploy/update 9.6.0\n")


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("9.2.0", "v9.2.0 is not signed by a key in /etc/portal-signers, so it is not installed."),
        ("9.3.0", "v9.3.0 is not signed by a key in /etc/portal-signers, so it is not installed."),
        ("9.4.0", "v9.4.0 holds the version 9.0.0, so it is not installed."),
        ("9.9.9", "Nothing could be fetched from "),
        ("0.9.0", "0.9.0 is older than 1.0.0, which runs. To go back: /run/deploy/rollback 0.9.0"),
    ],
)
def test_a_release_that_proves_nothing_is_refused_in_one_sentence(machine, version, sentence):
    ended = update(machine, version)

    assert ended.returncode == 1
    assert ended.stdout.startswith(sentence)
    assert not (machine.folder / f"srv/portal-{version}").exists()


@pytest.mark.parametrize(
    ("failing", "says", "sentence"),
    [
        ("git * fetch *", "Could not resolve host", "See that this machine reaches it"),
        ("make *", "no space is left", "“Making its environment” failed; the reason stands above"),
        ("setpriv * backup *", "No space left on device", "“Making a backup” failed"),
    ],
)
def test_a_step_that_fails_leaves_the_old_release_serving(machine, failing, says, sentence):
    ended = update(machine, NEXT, FAIL_AT=failing, FAIL_SAYS=says)

    assert ended.returncode == 1
    assert says in ended.stdout
    assert sentence in ended.stdout
    assert serving(machine) == FIRST_FOLDER


def test_two_updates_do_not_run_at_once(machine):
    ended = machine.run("flock", "/run/portal-update.lock", "/run/deploy/update", NEXT)

    assert ended.stdout == "Another update or rollback is running: wait until it ends.\n"


def test_signers_that_others_may_change_are_refused(machine):
    signers = machine.folder / "etc/portal-signers"
    signers.chmod(0o666)

    ended = update(machine, NEXT)

    signers.chmod(0o644)
    assert ended.stdout.startswith("Others than root may change /etc/portal-signers")


def test_a_migration_that_fails_leaves_the_old_release_serving(machine):
    before = data_of(machine)

    ended = update(machine, "9.6.0")

    assert "RuntimeError: The migration fails." in ended.stdout
    assert "“Migrating the database” failed; the reason stands above. 1.0.0 serves" in ended.stdout
    assert serving(machine) == FIRST_FOLDER
    assert data_of(machine) == before


def test_an_update_goes_back_by_itself_if_the_release_does_not_become_ready(machine):
    with Readers([f"{machine.address}/id/"], pause=PAUSE) as readers:
        ended = update(machine, "9.5.0", READY_SECONDS="12")

    assert ended.returncode == 1
    assert f"{FIRST_FOLDER} runs again, and nothing is lost. Look for the reason:" in ended.stdout
    assert rollback(machine).stdout.startswith("There is no such release.")
    assert serving(machine) == FIRST_FOLDER
    assert readers.failed() == []


@pytest.fixture
def closing_terminal():
    """A terminal that is closed when it shows these words."""
    ours, theirs = os.openpty()

    def close_at(words):
        os.close(theirs)
        shown = b""
        while words.encode() not in shown:
            shown += os.read(ours, 9999)
        os.close(ours)

    return theirs, close_at


def test_an_update_whose_terminal_is_gone_goes_back_too(machine, closing_terminal):
    terminal, close_at = closing_terminal
    started = machine.start("/run/deploy/update", "9.5.0", output=terminal, READY_SECONDS="12")

    close_at("Switching to 9.5.0")
    started.wait()

    assert machine.do("readlink", "/srv/portal").strip() == FIRST_FOLDER
    assert serving(machine) == FIRST_FOLDER
    assert not (machine.folder / "srv/portal.update").is_symlink()


@pytest.mark.slow
@pytest.mark.parametrize("step", ["mv -fT /srv/portal.new *", "systemctl restart *"])
def test_a_return_killed_at_a_step_is_finished_by_the_same_command(machine, step):
    """A release is switched to at the first such step, and back at the second one."""
    killed = update(machine, "9.5.0", DIE_AT=step, SECOND="yes", READY_SECONDS="12")
    machine.do("rmdir", "/run/first")

    ended = update(machine, "9.5.0", READY_SECONDS="12")

    assert killed.returncode == -9
    assert f"{FIRST_FOLDER} runs again, and nothing is lost." in ended.stdout
    assert serving(machine) == FIRST_FOLDER


@pytest.mark.slow
@pytest.mark.parametrize("database", ["machine", "on_postgres"])
def test_an_update_killed_at_each_step_serves_on_and_is_finished_by_the_same_command(
    request, database
):
    machine = request.getfixturevalue(database)
    machine.do("rm", "-rf", BESIDE)
    before = data_of(machine)

    with Readers(
        [f"{machine.address}/id/", f"{machine.address}/en/vision/"], pause=PAUSE
    ) as readers:
        for step in STEPS:
            assert update(machine, NEXT, DIE_AT=step).returncode == -9, step
            serving(machine)
        ended = update(machine, NEXT)

    assert ended.stdout.endswith(f"{NEXT} runs. To go back: /srv/portal/deploy/rollback\n")
    assert serving(machine) == BESIDE
    assert data_of(machine) == before
    assert readers.failed() == []


def test_pages_of_the_old_release_still_find_their_static_files(machine):
    bring(machine, NEXT)

    old, new = (machine.folder / f"{each[1:]}/staticfiles" for each in (FIRST_FOLDER, BESIDE))
    names = {path.relative_to(old) for path in old.rglob("*")}

    assert names
    assert names <= {path.relative_to(new) for path in new.rglob("*")}


@pytest.mark.slow
@pytest.mark.parametrize("database", ["machine", "on_postgres"])
def test_a_rollback_killed_at_each_step_is_finished_by_the_same_command(request, database):
    machine = request.getfixturevalue(database)
    bring(machine, NEXT)
    new, old = (machine.folder / f"{each[1:]}/staticfiles" for each in (BESIDE, FIRST_FOLDER))
    (new / "of-an-open-page.0123456789ab.css").write_text("p {}")

    with Readers([f"{machine.address}/id/"], pause=PAUSE) as readers:
        for step in STEPS_OF_SWITCH:
            assert rollback(machine, DIE_AT=step).returncode == -9, step
            serving(machine)
        ended = rollback(machine)

    assert f"To go forward again: {BESIDE}/deploy/update {NEXT}\n" in ended.stdout
    assert serving(machine) == FIRST_FOLDER
    assert readers.failed() == []
    assert not (machine.folder / "etc/systemd/system/portal-reminders.timer").exists()
    assert (old / "of-an-open-page.0123456789ab.css").exists()


def test_a_second_rollback_changes_nothing(machine):
    bring(machine, NEXT)
    rollback(machine)

    again, forward = rollback(machine), rollback(machine, NEXT)

    assert again.returncode == 0
    assert again.stdout.startswith("1.0.0 runs already.")
    assert f"To go forward again: {BESIDE}/deploy/update {NEXT}\n" in again.stdout
    assert forward.returncode == 1
    assert forward.stdout == (
        f"{NEXT} is newer than 1.0.0, which runs. To go forward: /run/deploy/update {NEXT}\n"
    )
    assert serving(machine) == FIRST_FOLDER


def test_a_timer_of_the_newer_release_stops_for_a_rollback_and_runs_after_the_next_update(machine):
    timer = "portal-watch.timer"
    bring(machine, NEXT)
    machine.do("systemctl", "enable", "--now", timer)

    assert rollback(machine).returncode == 0
    assert machine.run("systemctl", "is-active", timer).returncode != 0
    assert machine.run("systemctl", "is-failed", timer).returncode != 0

    bring(machine, NEXT)
    machine.do("systemctl", "is-active", timer)


def settle(machine, **environment):
    return machine.run(f"{BESIDE}/deploy/settle", BESIDE, **environment)


@pytest.mark.parametrize("value", ["max-age=63072000; includeSubDomains", "max-age=63072000"])
def test_the_longer_value_for_https_that_an_operator_wrote_stays(machine, value):
    bring(machine, NEXT)
    kept = machine.folder / "etc/nginx/portal-hsts.conf"
    maps = releases.call("git", "-C", releases.ROOT, "show", f"{FIRST}:deploy/{MAPS}")
    machine.write(f"etc/nginx/{MAPS}", maps.replace("max-age=63072000", value))

    ended = settle(machine)

    assert ended.returncode == 0, ended.stdout
    written = kept.read_text() if kept.exists() else ""
    kept.unlink(missing_ok=True)
    assert written == ('https "max-age=63072000; includeSubDomains";\n' if ";" in value else "")


def test_files_that_nginx_refuses_are_taken_back_even_after_a_kill(machine):
    bring(machine, NEXT)
    before = {path: path.read_text() for path in nginx_files(machine)}
    next(iter(before)).write_text(f"# of before\n{next(iter(before.values()))}")
    before = {path: path.read_text() for path in nginx_files(machine)}

    assert settle(machine, DIE_AT="nginx -t").returncode == -9
    ended = settle(machine, FAIL_AT="nginx -t", FAIL_SAYS="unknown directive")

    assert ended.returncode == 1
    assert ended.stdout.endswith("nginx says: unknown directive\n")
    assert {path: path.read_text() for path in nginx_files(machine)} == before
    assert not (machine.folder / "etc/nginx/before-portal").exists()


def nginx_files(machine):
    return sorted((machine.folder / "etc/nginx").glob("nginx-*"))


def test_a_release_that_was_not_ready_before_is_not_blamed_on_the_update(machine):
    bring(machine, NEXT)

    ended = rollback(machine, FAIL_AT="curl *")

    machine.do("systemctl", "restart", "portal.service")
    assert ended.returncode == 1
    assert f"{BESIDE} is put back. It is not ready, but it was not before this" in ended.stdout
    assert serving(machine) == BESIDE


def test_a_rollback_is_refused_if_the_older_release_cannot_read_an_edition(machine):
    bring(machine, NEXT)
    publish = ("shell", "--verbosity=0", "--command", PUBLISH_A_LATER_SCHEMA)
    machine.do("/srv/portal/bin/portal", *publish)

    ended = rollback(machine)

    assert ended.returncode == 1
    assert ended.stdout.startswith(f"1.0.0 cannot read what is published, so {NEXT} runs on.")
    assert serving(machine) == BESIDE


def test_on_postgresql_readers_notice_neither_the_update_nor_the_rollback(on_postgres):
    before = data_of(on_postgres)

    with Readers([f"{on_postgres.address}/id/"], pause=PAUSE) as readers:
        bring(on_postgres, NEXT)
        after = serving(on_postgres), data_of(on_postgres)
        ended = rollback(on_postgres)

    assert after == (BESIDE, before)
    assert ended.returncode == 0, ended.stdout
    assert (serving(on_postgres), data_of(on_postgres)) == (FIRST_FOLDER, before)
    assert readers.failed() == []
