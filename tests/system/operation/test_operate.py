"""The steps of docs/postgresql.md stop in time; systemd accepts the units of deploy/."""

import re
import shutil
import subprocess

import pytest

from tests.support.repository import ROOT

UNITS = ROOT / "deploy" / "systemd"
LONGEST_RUN = 20  # minutes in which the reminders are sent, even by a slow mail server
STEP = """#!/bin/sh
echo "$(basename "$0") $*" >>"{log}"
[ "$1" != "{failing}" ]
"""
PROGRAMS = ("apt-get", "grep", "portal", "runuser", "sed", "systemctl")


@pytest.fixture
def walk(tmp_path):
    """Run a page's first block with stand-ins that print their arguments; ``failing`` fails."""

    def walk(page, failing):
        for name in PROGRAMS:
            (tmp_path / name).write_text(STEP.format(log=tmp_path / "log", failing=failing))
            (tmp_path / name).chmod(0o755)
        (tmp_path / "basename").symlink_to(shutil.which("basename"))  # no other program runs
        text = (ROOT / "docs" / page).read_text()
        block = text.partition("```sh\n")[2].partition("```")[0]
        steps = ["/bin/sh", "-c", re.sub(r"\S+/bin/portal ", "portal ", block)]
        subprocess.run(steps, env={"PATH": str(tmp_path)}, check=False)
        return (tmp_path / "log").read_text()

    return walk


def test_a_move_to_postgresql_without_a_backup_stops_and_moves_nothing(walk):
    did = walk("postgresql.md", "backup")

    assert "portal backup" in did
    assert "systemctl stop" not in did
    assert "move_to_postgres" not in did
    assert "sed" not in did


def test_a_move_to_postgresql_without_the_setting_does_not_start_on_sqlite_again(walk):
    did = walk("postgresql.md", failing="-q")  # of grep

    assert "portal move_to_postgres" in did
    assert "systemctl start" not in did


def test_bin_portal_does_not_pass_on_the_variables_of_its_script(tmp_path):
    """Otherwise ``check`` warns of an unknown setting."""
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    stand_ins = {
        python: "#!/bin/sh\nenv\n",
        tmp_path / "id": "#!/bin/sh\necho portal\n",
        tmp_path / "getent": "#!/bin/sh\necho portal:x:1:1::/home:/bin/sh\n",
    }
    for path, words in stand_ins.items():
        path.write_text(words)
        path.chmod(0o755)
    own = {name: tmp_path / name.lower() for name in ("PORTAL_ENV", "PORTAL_OWNER_ENV")}
    for path in own.values():
        path.write_text(f"PORTAL_OF_{path.name.upper()}=1\n")
    given = {"PATH": f"{tmp_path}:/usr/bin:/bin"} | {name: str(path) for name, path in own.items()}

    said = subprocess.check_output([tmp_path / "bin/portal", "check"], env=given, text=True)

    names = set(re.findall(r"^PORTAL_\w+", said, re.MULTILINE))
    assert names == {"PORTAL_OF_PORTAL_ENV", "PORTAL_OF_PORTAL_OWNER_ENV"}


@pytest.fixture
def installed(tmp_path):
    """A root folder with the units in it, which systemd checks."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here: apt-get install systemd")
    shutil.copytree("/usr/lib/systemd", tmp_path / "usr/lib/systemd", symlinks=True)
    shutil.copytree(UNITS, tmp_path / "etc/systemd/system", symlinks=True)
    python = tmp_path / "srv/portal/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.touch(0o755)
    return tmp_path


def analyze(root, *command):
    return subprocess.run(
        ["systemd-analyze", *command, f"--root={root}"], capture_output=True, text=True, check=False
    )


def test_systemd_finds_no_fault_in_the_units(installed):
    names = [path.name for path in UNITS.glob("portal*.*") if path.is_file()]

    judged = analyze(
        installed, "verify", *(str(installed / "etc/systemd/system" / name) for name in names)
    )

    assert (judged.returncode, judged.stderr) == (0, "")


def test_the_reminders_stop_trying_before_the_next_morning(installed):
    """systemd forgets attempts after the interval, so the last must begin within it."""
    unit = (UNITS / "portal-reminders.service").read_text()
    value = dict(re.findall(r"^(\w+)=(.+)$", unit, re.MULTILINE))
    interval, pause = map(minutes, (value["StartLimitIntervalSec"], value["RestartSec"]))

    assert value["Restart"] == "on-failure"
    assert int(value["StartLimitBurst"]) * (pause + LONGEST_RUN) <= interval < 24 * 60


def minutes(words):
    judged = subprocess.check_output(["systemd-analyze", "timespan", words], text=True)
    return int(re.search(r"s: (\d+)", judged)[1]) / 60_000_000


@pytest.mark.parametrize(
    ("unit", "most"),
    [
        ("portal", 0.3),
        ("portal-audit", 0.3),
        ("portal-backup", 0.3),
        ("portal-verify", 1.2),
        ("portal-reminders", 1.2),
        ("portal-watch", 1.2),
        ("portal-alarm@portal", 1.2),
        ("portal-metrics", 1.2),
        ("portal-sign", 1.2),
    ],
)
def test_the_services_keep_their_low_exposure_level(installed, unit, most):
    judged = analyze(installed, "security", "--offline=yes", f"{unit}.service")

    assert float(re.search(r"exposure level for \S+: ([\d.]+)", judged.stdout)[1]) <= most
