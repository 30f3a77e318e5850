"""Setting up and running: `make run`, `manage.py serve` and errors at the start."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from tests.support.configuration import PRODUCTION
from tests.support.repository import ROOT
from tests.support.servers.commands import manage, run

# manage.py serve


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


def serve(data_dir):
    """Start the portal on a free port; returns the process and its output until it answered."""
    static = data_dir / "static"
    static.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PORTAL_COPY_DIR": "off",
            "PORTAL_DATA_DIR": str(data_dir),
            "PORTAL_STATIC_ROOT": str(static),
            "PORT": "0",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Administration:"):
            return process, said
    process.communicate()
    pytest.fail(f"it ended with {process.returncode} before it served:\n{said}")


def stop(process):
    """Press Ctrl+C, which reaches the workers too; returns the later output."""
    os.killpg(process.pid, signal.SIGINT)
    return process.communicate()[0]


@pytest.fixture(scope="module")
def first_run(data_dir):
    process, said = serve(data_dir)
    yield said
    stop(process)


@pytest.fixture
def served(first_run):
    connection = http.client.HTTPConnection(re.search(r"127\.0\.0\.1:\d+", first_run)[0])
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("path", "words"),
    [("/livez", "ok"), ("/readyz", "ok"), ("/id/", "Magelang sebagai"), ("/en/", "Magelang as")],
)
def test_a_first_run_serves_the_official_text(served, path, words):
    served.request("GET", path)
    response = served.getresponse()

    assert response.status == 200
    assert words in re.sub(r"<[^>]*>", "", response.read().decode())


def test_a_first_run_prints_both_addresses_and_the_administrators_password(first_run):
    assert re.search(r"^Administrator: +admin, password \w{20,} ", first_run, re.MULTILINE)
    assert re.search(r"^Portal: +http://127\.0\.0\.1:\d+/$", first_run, re.MULTILINE)
    assert re.search(r"^Administration: +http://127\.0\.0\.1:\d+/admin/$", first_run, re.MULTILINE)


def test_a_second_run_prints_only_the_addresses(first_run, data_dir, tmp_path):
    of_its_own = shutil.copytree(
        data_dir, tmp_path / "data"
    )  # the first portal still serves the other folder
    process, said = serve(of_its_own)
    left = stop(process)

    assert re.fullmatch(r"Portal: .*\nAdministration: .*\n", said)
    assert left == ""
    assert process.returncode == 0


def test_a_busy_port_is_one_sentence_and_changes_nothing(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = manage("serve", PORTAL_DATA_DIR=str(tmp_path), PORT=port)

    assert ended.returncode == 1
    assert ended.stderr == (
        f"CommandError: Port {port} of 127.0.0.1 cannot be used (Address already in use). "
        "Stop what uses it, or choose another with PORT=, such as PORT=8001.\n"
    )
    assert not (tmp_path / "portal.sqlite3").exists()


@pytest.mark.parametrize("port", ["http", "70000", "-1"])
def test_an_invalid_port_is_one_sentence(tmp_path, port):
    ended = manage("serve", PORTAL_DATA_DIR=str(tmp_path), PORT=port)

    assert ended.returncode == 1
    assert (
        ended.stderr
        == f"CommandError: “{port}” is not a port. Choose one with PORT=, such as PORT=8001.\n"
    )


@pytest.mark.parametrize("configuration", [{}, PRODUCTION])
def test_a_data_folder_that_cannot_be_written_is_one_sentence(tmp_path, configuration):
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"

    ended = manage("serve", PORTAL_DATA_DIR=str(folder), PORT="0", **configuration)

    assert ended.returncode == 1
    assert ended.stderr.removeprefix("CommandError: ") == (
        f"The folder {folder} cannot be written (Not a directory). "
        "Set PORTAL_DATA_DIR to a folder that this user may write.\n"
    )


def test_no_database_connection_is_open_when_gunicorn_forks(tmp_path):
    ended = run(
        sys.executable,
        "-c",
        "import magelang_portal.wsgi; from django.db import connection;"
        "print(connection.connection)",
        PORTAL_DATA_DIR=str(tmp_path),
    )

    assert ended.stdout == "None\n"


# Wrong configurations


@pytest.mark.parametrize("command", ["serve", "check", "migrate"])
def test_a_refusal_reaches_the_operator_as_one_sentence(command):
    ended = manage(command, **PRODUCTION | {"PORTAL_SITE_URL": "http://visi.example.go.id"})

    assert ended.returncode == 1
    assert ended.stderr == "PORTAL_SITE_URL must begin with https:// when PORTAL_PRODUCTION=1.\n"


def read_by_gunicorn(tmp_path, **variables):
    """The settings that gunicorn reads from ``gunicorn.conf.py`` under these variables."""
    program = (
        "from gunicorn.app.wsgiapp import WSGIApplication as Application\n"
        "said = Application('%(prog)s').cfg\n"
        "print(said.bind[0], said.workers, *said.forwarded_allow_ips)"
    )
    return run(sys.executable, "-c", program, PORTAL_DATA_DIR=str(tmp_path), **variables)


def test_gunicorn_and_the_portal_read_the_same_three_settings(tmp_path):
    default = read_by_gunicorn(tmp_path)
    set_so = read_by_gunicorn(
        tmp_path,
        PORTAL_BIND="[::]:9000",
        PORTAL_WORKERS="5",
        PORTAL_TRUSTED_PROXIES="10.0.0.0/24, 2001:db8::1",
    )

    assert default.stdout == "127.0.0.1:8000 2 127.0.0.1/32 ::1/128 ::ffff:127.0.0.1/128\n"
    assert set_so.stdout == "[::]:9000 5 10.0.0.0/24 2001:db8::1/128 ::ffff:10.0.0.0/120\n"


def test_wrongly_configured_gunicorn_prints_one_sentence_and_ends_with_status_78(tmp_path):
    ended = run(sys.executable, "-m", "gunicorn", PORTAL_DATA_DIR=str(tmp_path), PORTAL_WORKERS="0")

    assert ended.stderr == "PORTAL_WORKERS is “0”: write a whole number from 1 to 256, such as 2.\n"
    assert ended.returncode == 78


# The environment: stand-ins for Python log their arguments


GOOD = '#!/bin/sh\nexec {python} "$@"\n'
FAILING_SHIM = "#!/bin/sh\necho 'python3.13: command not found' >&2; exit 127\n"
TOO_OLD = """#!/bin/sh
exec {python} -c 'import sys; sys.version_info = (3, 11, 7); exec(sys.argv[2])' "$@"
"""
RECORDING = """#!/bin/sh
echo "$*" >>"{log}"
case "$*" in
*"-m venv"*) rm -rf .venv && mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
*"-m pip"*) {pip} ;;
esac
"""


NO_SPACE = """#!/bin/sh
case "$*" in *"-m venv"*)
    echo "Error: [Errno 28] No space left on device: '.venv/bin'"
    exit 1 ;;
esac
"""


def put(folder, name, script, **values):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(script.format(python=sys.executable, **values))
    path.chmod(0o755)
    return path


def find_python(*folders):
    return run("/bin/sh", "bin/find-python", PATH=os.pathsep.join(map(str, folders)))


def test_find_python_skips_a_failing_shim_and_an_old_python(tmp_path):
    put(tmp_path / "shims", "python3.13", FAILING_SHIM)
    put(tmp_path / "shims", "python3", TOO_OLD)
    good = put(tmp_path / "bin", "python3", GOOD)

    found = find_python(tmp_path / "shims", tmp_path / "nowhere", tmp_path / "bin")

    assert found.stdout == f"{good}\n"


def test_find_python_names_the_package_to_install_if_there_is_no_python(tmp_path):
    put(tmp_path / "shims", "python3.13", FAILING_SHIM)
    put(tmp_path / "shims", "python3", TOO_OLD)

    found = find_python(tmp_path / "shims")

    assert found.returncode == 1
    assert found.stdout == ""
    assert "apt-get install python3-venv" in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.fixture
def clone(tmp_path):
    """A clone in which ``environment`` runs with a stand-in for Python."""
    return Clone(tmp_path / "a clone")


class Clone:
    def __init__(self, folder):
        self.folder = folder
        for path in [*ROOT.glob("bin/*"), *ROOT.glob("requirements/*.txt")]:
            (folder / path.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / path.parent.name)
        self.log = folder / "asked"

    def environment(self, which="portal", pip="true"):
        put(self.folder / "path", "python3.13", RECORDING, log=self.log, pip=pip)
        if (self.folder / ".venv" / "bin").exists():
            put(self.folder / ".venv" / "bin", "python", RECORDING, log=self.log, pip=pip)
        self.log.write_text("")
        return self.run(which)

    def run(self, which):
        self.ended = subprocess.run(
            ["/bin/sh", "bin/environment", which],
            cwd=self.folder,
            env={"PATH": f"{self.folder / 'path'}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        return self.ended

    @property
    def did(self):
        """The logged commands of the stand-in, without questions about its version."""
        words = re.findall(r"-m (venv)|--requirement requirements/(\w+)", self.log.read_text())
        return [venv or packages for venv, packages in words]


def test_the_second_run_installs_nothing(clone):
    assert clone.environment().returncode == 0
    assert clone.did == ["venv", "portal"]

    assert clone.environment().stdout == ""
    assert clone.did == []


def test_packages_are_installed_from_wheels_with_hashes(clone):
    clone.environment()

    assert "--require-hashes --only-binary=:all:" in clone.log.read_text()


def test_packages_for_tests_are_added_to_the_same_environment(clone):
    clone.environment()

    clone.environment("test")
    assert clone.did == ["test"]

    clone.environment()
    assert clone.did == []


def test_a_changed_lock_rebuilds_the_environment(clone):
    clone.environment()
    with (clone.folder / "requirements" / "portal.txt").open("a") as lock:
        lock.write("# changed\n")

    clone.environment()

    assert clone.did == ["venv", "portal"]


@pytest.mark.parametrize("which", ["portal", "test"])
def test_a_killed_installation_is_repeated(clone, which):
    if which == "test":
        clone.environment("portal")
    clone.environment(which, pip="kill -9 $PPID")
    assert clone.ended.returncode == -9

    clone.environment(which)

    assert clone.did == ["venv", which]


@pytest.mark.parametrize(
    ("pip_says", "sentence"),
    [
        (
            "WARNING: Retrying after connection broken by NewConnectionError\n"
            "ERROR: No matching distribution found for brotli==1.2.1",
            "The packages could not be downloaded, as the package index does not answer: "
            "connect this machine to the network, and run this again.",
        ),
        (
            "ERROR: No matching distribution found for brotli==1.2.1",
            "The package index has no ready-made wheel of brotli==1.2.1 for this machine",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES",
            "A downloaded package is not the one that",
        ),
        ("ERROR: No such option", "The packages could not be installed: ERROR: No such option"),
        (
            "OSError: [Errno 28] No space left on device",
            "The environment cannot be installed: no space is left on",
        ),
    ],
)
def test_a_failed_installation_of_packages_is_one_sentence(clone, pip_says, sentence):
    ended = clone.environment(pip=f"echo '{pip_says}'; exit 1")

    assert ended.returncode == 1
    assert ended.stderr.startswith(sentence)
    assert ended.stderr.count("\n") == 1


def test_a_full_disk_during_installation_is_one_sentence(clone):
    put(clone.folder / "path", "python3.13", NO_SPACE)

    ended = clone.run("portal")

    assert ended.returncode == 1
    assert ended.stderr == (
        f"The environment cannot be installed: no space is left on the disk of {clone.folder}, "
        "or of /tmp. "
        "Make room there (it needs 500 MB), and run this again.\n"
    )


def test_a_clone_without_write_permission_is_one_sentence(clone):
    (clone.folder / ".venv").touch()

    ended = clone.environment()

    assert ended.returncode == 1
    assert ended.stderr == (
        f"The environment .venv cannot be made in {clone.folder}: "
        "put the clone into a folder that this user may write.\n"
    )


# The Makefile


def test_make_alone_lists_every_target():
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[
        1
    ].split()
    listed = re.findall(r"^make (\S+)", run("make").stdout, re.MULTILINE)

    assert listed == [
        target for target in targets if target not in ("environment", "test-environment")
    ]
    assert {"run", "test", "lint", "bench", "dev", "help"} <= set(
        listed
    )  # the targets that users rely on


# CI


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("1", 1), ("", 0)])
def test_in_ci_a_skipped_test_is_a_failure(tmp_path, ci, code):
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\ndef test_passes():\n    pass\n\n"
        "def test_skips():\n    pytest.skip('no Chromium')\n"
    )

    ended = run(
        *(
            sys.executable,
            "-m",
            "pytest",
            "-rs",
            "--rootdir",
            tmp_path,
            "-c",
            "/dev/null",
            tmp_path,
        ),
        CI=ci,
        DJANGO_SETTINGS_MODULE="tests.settings",
    )

    assert ended.returncode == code, ended.stdout
    assert "no Chromium" in ended.stdout
    assert ("test_skips: skipped, and CI skips nothing" in ended.stdout) == bool(ci)
