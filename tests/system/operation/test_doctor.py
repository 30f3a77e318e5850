"""`portal doctor` on an installation in which something is really wrong."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.support.configuration import PRODUCTION
from tests.support.postgres import MISSING as MISSING_POSTGRES
from tests.support.postgres import PROGRAMS, server
from tests.support.servers.commands import manage
from tests.support.servers.nginx import IS_HERE, MISSING, Proxy, without
from tests.support.servers.nodes import Node, node
from tests.support.servers.tls import Authority
from tests.support.waiting import wait_until

HOST = "visi.example.go.id"  # in deploy/nginx.conf, too


def doctor(*arguments, **environment):
    """The status, and the ids of the findings by question."""
    ended = manage("doctor", "--json", *arguments, **environment)
    assert not ended.stderr, ended.stderr
    answers = json.loads(ended.stdout)
    return ended.returncode, {
        answer["question"]: [finding["id"] for finding in answer["findings"]] for answer in answers
    }


def test_a_doctor_without_a_database_says_so_and_makes_none(tmp_path):
    ended = manage("doctor", PORTAL_DATA_DIR=str(tmp_path))

    assert ended.returncode == 1
    assert "ERROR checks (portal.E011): There is no database" in ended.stdout
    assert ended.stdout.count("portal.E011") == 1
    assert "Traceback" not in ended.stdout + ended.stderr
    assert not list(tmp_path.glob("*.sqlite3*"))


def test_a_doctor_asks_every_question_of_a_fresh_portal(tmp_path):
    with node(tmp_path / "node") as one:
        Path(one.folder).chmod(0o700)
        _status, found = doctor(PORTAL_DATA_DIR=str(one.folder), PORTAL_SITE_URL=one.address)

    nothing = ["database", "folders", "server", "dns", "certificate", "proxy", "mail", "alarms"]
    assert {name: found[name] for name in nothing} == dict.fromkeys(nothing, [])


def test_a_doctor_finds_a_second_portal_on_the_folder(tmp_path):
    with node(tmp_path / "node") as first:
        data = {"PORTAL_DATA_DIR": str(first.folder)}
        assert doctor("server", **data) == (0, {"server": []})

        second = Node(tmp_path / "node", {})
        second.start()
        assert doctor("server", **data) == (1, {"server": ["server.E001"]})

        second.stop()
        assert doctor("server", **data) == (0, {"server": []})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file away")
def test_a_doctor_finds_a_file_of_another_user(tmp_path):
    tmp_path.chmod(0o700)
    (tmp_path / "outcomes").mkdir()
    shutil.chown(tmp_path / "outcomes", "nobody")

    assert doctor("folders", PORTAL_DATA_DIR=str(tmp_path)) == (1, {"folders": ["folders.E003"]})


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own, with 2 MB."""
    folder = tmp_path / "small"
    folder.mkdir(mode=0o700)
    command = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
        pytest.skip("only root mounts a disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_doctor_finds_a_full_disk(small_disk):
    (small_disk / "filling").write_bytes(b"x" * 1_900_000)

    status, found = doctor("disk", PORTAL_DATA_DIR=str(small_disk))

    assert (status, found) == (1, {"disk": ["disk.E001"]})


# PostgreSQL


def run_as_owner(address, *statements):
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_doctor_finds_a_role_without_rights(tmp_path, postgres):
    tmp_path.chmod(0o700)
    own, role = {"PORTAL_DATA_DIR": str(tmp_path)}, f"reader_{os.getpid()}"
    reader = own | {"PORTAL_DATABASE_URL": postgres.replace("//portal@", f"//{role}@")}
    manage("migrate", PORTAL_DATABASE_URL=postgres, **own)
    run_as_owner(postgres, f"CREATE ROLE {role} LOGIN")

    assert doctor("database", **reader) == (1, {"database": ["database.E007"]})

    run_as_owner(postgres, "REVOKE USAGE ON SCHEMA public FROM PUBLIC")
    assert doctor("database", **reader) == (1, {"database": ["database.E002"]})

    status, found = doctor("database", PORTAL_DATABASE_URL=postgres, **own)
    assert (status, found) == (0, {"database": ["database.W008"]})  # the tests' own superuser


def test_a_doctor_finds_a_database_that_is_read_only(tmp_path, postgres):
    own = {"PORTAL_DATA_DIR": str(tmp_path), "PORTAL_DATABASE_URL": postgres}
    manage("migrate", **own)
    name = postgres.rpartition("/")[2]
    run_as_owner(postgres, f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    status, found = doctor("database", **own)

    assert (status, found) == (1, {"database": ["database.E010", "database.W008"]})


@pytest.fixture
def primary():
    """A server of its own, whose commits wait for a standby from the test's wish on."""
    if PROGRAMS is None:
        pytest.skip(MISSING_POSTGRES)
    with server() as running:
        yield running


def seen(own):
    """The findings, and how many questions were not answered."""
    answer = json.loads(manage("doctor", "--json", "database", **own).stdout)[0]
    return answer["findings"], len(answer["not_asked"])


def test_a_doctor_finds_a_standby_that_is_lost(tmp_path, primary):
    owner = primary.make_database()
    own = {"PORTAL_DATA_DIR": str(tmp_path)}
    manage("migrate", PORTAL_DATABASE_URL=owner, **own)
    run_as_owner(owner, "CREATE ROLE reader LOGIN IN ROLE pg_write_all_data, pg_read_all_data")
    own["PORTAL_DATABASE_URL"] = owner.replace("//portal@", "//reader@")

    with server(primary=primary):
        primary.wait_for_standby()
        wait_until(lambda: seen(own) == ([], 1))  # it may not ask who copies
        run_as_owner(owner, "GRANT pg_read_all_stats TO reader")
        wait_until(lambda: doctor("database", **own) == (0, {"database": []}))
    assert doctor("database", **own) == (1, {"database": ["database.E011", "database.W012"]})

    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        connection.execute("SELECT pg_reload_conf()")
    wait_until(lambda: doctor("database", **own) == (0, {"database": ["database.W012"]}))


def test_a_doctor_finds_a_server_that_hangs_within_its_time(tmp_path, postgres_server):
    address = postgres_server.make_database()
    postgres_server.pause()
    try:
        ended = manage(
            "doctor", "database", PORTAL_DATA_DIR=str(tmp_path), PORTAL_DATABASE_URL=address
        )
    finally:
        postgres_server.resume()

    assert ended.returncode == 1
    assert re.search(
        r"ERROR database \((portal.E011|doctor.E001)\)", ended.stdout
    )  # both: no answer
    assert "Traceback" not in ended.stderr


# nginx


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A portal in production behind nginx with TLS; the value is what the doctor's user sets."""
    if not IS_HERE:
        pytest.skip(MISSING)
    authority, folder = Authority(tmp_path), tmp_path / "certificate"
    folder.mkdir()
    both = authority.certificate(HOST)
    for name in ("fullchain.pem", "privkey.pem"):
        shutil.copy(both, folder / name)
    with node(tmp_path / "node", PRODUCTION) as one:
        proxy = Proxy(tmp_path / "nginx", [one.port], tmp_path / "no-copy", certificate=str(folder))
        yield (
            proxy,
            PRODUCTION
            | {
                "PORTAL_DATA_DIR": str(one.folder),
                "SSL_CERT_FILE": str(authority.file),
            },
        )
        proxy.stop()


def test_a_doctor_finds_nothing_wrong_with_the_shipped_nginx(site):
    proxy, settings = site
    proxy.start()

    status, found = doctor("certificate", "proxy", f"--connect=127.0.0.1:{proxy.port}", **settings)

    assert (status, found) == (0, {"certificate": [], "proxy": []})


def test_a_doctor_finds_an_nginx_that_forgets_what_the_portal_needs(site):
    proxy, settings = site
    without(proxy.folder / "nginx-portal.conf", "proxy_set_header X-Forwarded-(For|Proto)")
    proxy.start()

    status, found = doctor("proxy", f"--connect=127.0.0.1:{proxy.port}", **settings)

    assert status == 1, found
    assert {"proxy.E005", "proxy.E006", "proxy.E011"} <= set(found["proxy"])
