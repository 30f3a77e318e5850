"""``manage.py send_reminders`` as the timer runs it: with PORTAL_EMAIL_URL, TLS, and killed."""

import shutil
import ssl
import subprocess
import sys
import threading

import pytest

from tests.support.mail import SENDER, login_of, mail_server
from tests.support.repository import ROOT
from tests.support.servers.commands import manage
from tests.support.servers.ports import free_port

MAKE_WORK = """
from editorial.models import Account
from missions.models import Mission
Account.objects.create_superuser("sri", "sri@kota.test", "-", language="en", reminders="daily")
Mission.objects.filter(number=1).update(statement_ind="Kalimat baru.")
"""
PASSWORD, WRITTEN = "p@s/s%:", "p%40s%2Fs%25%3A"


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory):
    """The data of a portal in which work waits for one person."""
    folder = tmp_path_factory.mktemp("data")
    for command in (["migrate"], ["load_official_text"], ["shell", "-c", MAKE_WORK]):
        ended = manage(*command, PORTAL_DATA_DIR=str(folder))
        assert ended.returncode == 0, ended.stderr
    return folder


@pytest.fixture
def portal(data_folder, tmp_path):
    """The variables of a portal with a copy of these data."""
    shutil.copytree(data_folder, tmp_path, dirs_exist_ok=True)
    return {"PORTAL_DATA_DIR": str(tmp_path), "PORTAL_EMAIL_FROM": SENDER}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out cert.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def strict_server(certificate):
    """A server that accepts mail only after STARTTLS and a login."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")

    with mail_server(
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=login_of("sri", PASSWORD),
    ) as (inbox, port):
        yield inbox, port


def test_mail_goes_out_encrypted_after_a_login(portal, strict_server, certificate):
    inbox, port = strict_server
    address = f"smtp://sri:{WRITTEN}@localhost:{port}/?tls=1"

    ended = manage(
        "send_reminders",
        **portal,
        PORTAL_EMAIL_URL=address,
        SSL_CERT_FILE=str(certificate / "cert.pem"),
    )

    assert (ended.returncode, ended.stdout) == (0, "Reminders sent: 1.\n"), ended.stderr
    assert inbox.recipients() == ["sri@kota.test"]


@pytest.mark.parametrize(
    ("password", "trusted", "reason"),
    [("wrong", "cert.pem", "535"), (WRITTEN, "none.pem", "certificate verify failed")],
)
def test_a_server_that_cannot_be_used_is_one_sentence(
    portal, strict_server, certificate, password, trusted, reason
):
    inbox, port = strict_server

    ended = manage(
        "send_reminders",
        **portal,
        PORTAL_EMAIL_URL=f"smtp://sri:{password}@localhost:{port}/?tls=1",
        SSL_CERT_FILE=str(certificate / trusted),
    )

    assert ended.returncode == 1
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith(f"CommandError: The mail server localhost:{port} cannot be used (")
    assert reason in sentence
    assert "correct PORTAL_EMAIL_URL" in sentence
    assert inbox.mail == []


def test_a_server_that_does_not_answer_is_one_sentence(portal):
    port = free_port()

    ended = manage("send_reminders", **portal, PORTAL_EMAIL_URL=f"smtp://127.0.0.1:{port}")

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"CommandError: The mail server 127.0.0.1:{port} cannot be used")
    assert len(ended.stderr.splitlines()) == 1


def test_a_command_that_is_killed_while_it_sends_never_sends_twice(portal):
    arrived, killed = threading.Event(), threading.Event()

    def hold():
        arrived.set()
        killed.wait(60)

    with mail_server() as (inbox, port):
        inbox.on_mail = hold
        variables = portal | {"PORTAL_EMAIL_URL": f"smtp://127.0.0.1:{port}"}
        first = subprocess.Popen(
            [sys.executable, "manage.py", "send_reminders"],
            cwd=ROOT,
            env=variables,
            stderr=subprocess.DEVNULL,
        )
        assert arrived.wait(60)
        first.kill()
        first.wait()
        killed.set()

        ended = manage("send_reminders", **variables)

    assert (ended.returncode, ended.stdout) == (0, "Reminders sent: 0.\n"), ended.stderr
    assert inbox.recipients() in ([], ["sri@kota.test"])
