"""The image of the portal is built, and runs without root in a root folder that is read-only."""

import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.configuration import PRODUCTION
from tests.support.repository import ROOT
from tests.support.servers.container import UNAVAILABLE, Image, container
from tests.support.servers.ports import free_port
from tests.support.servers.tls import Authority
from tests.support.waiting import wait_until

QUADLET = Path("/usr/libexec/podman/quadlet")
LARGEST = 450_000_000  # bytes
LONGEST_STOP = 20  # seconds; then an engine kills the container
NGINX_TEST = """
set -e
mount --rbind /dev "$0/dev"
mount -t proc proc "$0/proc"
exec chroot "$0" nginx -t
"""
WAITS = "The database is older than this portal: waiting for manage.py migrate."


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    if UNAVAILABLE:
        pytest.skip(UNAVAILABLE)
    built = Image(tmp_path_factory.mktemp("image"))
    try:
        built.build()
        yield built
    finally:
        built.remove()


@pytest.fixture(scope="session")
def files(image):
    return [path.relative_to(image.root) for path in image.root.rglob("*")]


def production(tmp_path, **others):
    """The settings of a portal in production, with its key in a file."""
    port = free_port()
    (tmp_path / "run").mkdir(parents=True, exist_ok=True)
    (tmp_path / "run" / "key").write_text(PRODUCTION["PORTAL_SECRET_KEY"] + "\n")
    return {
        "PORTAL_PRODUCTION": "1",
        "PORTAL_SITE_URL": PRODUCTION["PORTAL_SITE_URL"],
        "PORTAL_SECRET_KEY_FILE": "/run/portal/key",
        "PORTAL_BIND": f"127.0.0.1:{port}",
    } | others


@pytest.fixture(scope="module")
def first(image, tmp_path_factory):
    """A container that began with empty volumes, and has ended."""
    folder = tmp_path_factory.mktemp("first")
    with container(image, folder, **production(folder)) as one:
        wait_until_healthy(one)
        status = Path(f"/proc/{one.first_process}/status").read_text()
        one.status = dict(re.findall(r"^(\w+):\s+(.*)$", status, re.MULTILINE))
        wait_until((folder / "cache" / "copy" / "current").exists, 120)
        one.said = one.log.read_text()
        one.seconds = one.stop()
        yield one


def wait_until_healthy(one):
    wait_until(lambda: one.process.poll() is not None or "Portal: " in one.log.read_text(), 120)
    wait_until(lambda: one.process.poll() is not None or one.is_healthy())
    assert one.process.poll() is None, one.log.read_text()


# The image


def test_hadolint_finds_no_fault_in_the_containerfile():
    hadolint = ROOT / ".venv" / "bin" / "hadolint"

    judged = subprocess.run([hadolint, ROOT / "Containerfile"], capture_output=True, check=False)

    assert (judged.returncode, judged.stdout) == (0, b"")


def test_the_image_is_small(image, files):
    size = sum((image.root / path).lstat().st_size for path in files)

    assert size <= LARGEST


@pytest.mark.parametrize(
    "unwanted",
    [
        r"(^|/)(tests|pytest|hypothesis)/|(^|/)conftest\.py$",
        r"bin/(gcc|cc|ld|make|pip\d*)$",
        r"/pip/|\.whl$|__pycache__/pip",
    ],
)
def test_the_image_holds_no_test_no_compiler_and_no_pip(files, unwanted):
    assert not [path for path in map(str, files) if re.search(unwanted, path)]


def test_the_image_holds_no_key_and_no_database(files):
    names = {path.name for path in files}

    assert not names & {"secret_key", "portal.sqlite3", ".git", "portal.env"}


def test_nginx_in_its_image_takes_the_site_of_the_portal(image, tmp_path):
    nginx = image.root_of_nginx / "etc/nginx"
    shutil.copy(ROOT / "deploy" / "nginx.conf", nginx / "sites-enabled" / "portal")
    (nginx / "portal-certificate").mkdir()
    certificate = Authority(tmp_path).certificate("visi.example.go.id")
    for name in ("fullchain.pem", "privkey.pem"):
        shutil.copy(certificate, nginx / "portal-certificate" / name)

    judged = subprocess.run(
        ["unshare", "--mount", "sh", "-c", NGINX_TEST, image.root_of_nginx],
        capture_output=True,
        text=True,
        check=False,
    )

    assert judged.returncode == 0, judged.stderr


# What engines read


def test_podman_compose_reads_the_services():
    if not shutil.which("podman-compose"):
        pytest.skip("no podman-compose here: apt-get install podman-compose")
    asked = ["podman-compose", "--file", ROOT / "compose.yaml", "config", "--services"]

    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout

    assert set(said.split()) == {"postgres", "migrate", "portal", "nginx"}


@pytest.fixture
def generated(tmp_path):
    """The units that podman makes of deploy/quadlet."""
    if not QUADLET.exists():
        pytest.skip("no Quadlet here: apt-get install podman")
    where = {"QUADLET_UNIT_DIRS": str(ROOT / "deploy" / "quadlet")}
    subprocess.run([QUADLET, tmp_path], env=where, check=True, capture_output=True)
    return tmp_path


def test_systemd_finds_no_fault_in_the_units_of_podman(generated):
    units = [*generated.glob("*.service")]

    judged = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )

    assert len(units) == 6
    assert (judged.returncode, judged.stderr) == (0, "")


def test_every_container_is_hardened(generated):
    for name in ("portal", "portal-nginx"):
        command = (generated / f"{name}.service").read_text()

        for option in ("--read-only", "--cap-drop all", "--security-opt no-new-privileges"):
            assert re.search(option.replace(" ", "[ =]"), command), (name, option)


# A container


def test_a_container_with_empty_volumes_publishes_the_official_text(first):
    status, said = first.ask("python", "manage.py", "verify_editions")

    assert status == 0, said


def test_the_user_of_a_container_reads_the_files_of_a_clone_that_is_hidden_from_others(image):
    hidden = [path for path in (image.root / "srv/portal").rglob("*") if not is_readable(path)]

    assert hidden == []


def is_readable(path):
    return path.is_symlink() or path.stat().st_mode & 0o004


def test_a_container_runs_as_another_user_than_root_without_capabilities(first):
    assert set(first.status["Uid"].split()) == {"10001"}
    assert first.status["CapEff"] == "0" * 16


def test_the_first_password_is_in_no_log(first):
    count = "from editorial.models import Account; print(Account.objects.count(), 'accounts')"

    assert "0 accounts" in first.ask("python", "manage.py", "shell", "-c", count)[1]
    assert "password" not in first.said.lower()


def test_an_idle_container_stops_by_itself(first, record_property):
    record_property("seconds", first.seconds)  # less than one on an idle machine

    assert first.process.returncode == 0
    assert first.seconds < LONGEST_STOP


def test_a_container_that_is_stopped_while_gunicorn_loads_ends(first):
    first.start()
    wait_until(lambda: is_gunicorn(first))

    assert first.stop() < LONGEST_STOP
    assert first.process.returncode == 0


def is_gunicorn(one):
    with suppress(ValueError, OSError):  # its first process has not begun
        return b"gunicorn" in Path(f"/proc/{one.first_process}/cmdline").read_bytes()


def test_a_container_waits_for_migrate_where_the_database_is_older(first):
    back(first)
    first.start()
    wait_until(lambda: WAITS in first.log.read_text())
    assert not first.is_healthy()
    first.stop()
    assert first.process.returncode == 0

    first.start()
    assert first.ask("python", "manage.py", "migrate", "--fake")[0] == 0
    wait_until_healthy(first)


def back(one):
    """Let the database say that the last migration of a room is not applied."""
    last = sorted((ROOT / "editorial" / "migrations").glob("0*.py"))[-2].stem
    status, said = one.ask("python", "manage.py", "migrate", "--fake", "editorial", last)
    assert status == 0, said


def test_two_containers_fill_one_new_database_together(image, tmp_path, postgres):
    settings = [
        production(tmp_path / name, PORTAL_DATABASE_URL=postgres) for name in ("one", "two")
    ]

    with (
        container(image, tmp_path / "one", **settings[0]) as one,
        container(image, tmp_path / "two", **settings[1]) as two,
    ):
        wait_until_healthy(one)
        wait_until_healthy(two)

        assert one.ask("python", "manage.py", "verify_editions")[0] == 0


def test_a_container_that_is_set_wrongly_ends_with_one_sentence(image, tmp_path):
    settings = production(tmp_path / "one", PORTAL_SECRET_KEY_FILE="/run/secrets/none")

    with container(image, tmp_path / "one", **settings) as one:
        one.process.wait(30)

    assert one.process.returncode == 1
    assert one.log.read_text() == (
        "The file /run/secrets/none of PORTAL_SECRET_KEY_FILE cannot be read (No such file or "
        "directory). Name a file that the portal's user may read.\n"
    )
