"""An alarm from the defaced page to the message that it is over, as the timers run it."""

import json
import sys

import pytest

from tests.support.mail import SENDER, mail_server
from tests.support.servers.commands import manage, run
from tests.support.servers.nodes import node
from tests.support.servers.ports import free_port
from tests.support.servers.tls import Authority
from tests.support.servers.webhook import receiver

SECRET = "an-arbitrary-secret-of-the-receiver"
FAILED = [sys.executable, "-m", "magelang_portal.operations.alarms", "portal.service"]


@pytest.fixture
def told(tmp_path):
    """(Receiver over HTTPS, inbox, the variables of a portal that tells both)."""
    authority = Authority(tmp_path)
    with (
        receiver(authority.certificate("localhost")) as (webhook, port),
        mail_server() as (inbox, mail_port),
    ):
        variables = {
            "PORTAL_ALARM_URL": f"https://localhost:{port}/token",
            "PORTAL_ALARM_SECRET": SECRET,
            "PORTAL_ALARM_EMAIL": "ti@kota.test",
            "PORTAL_EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "PORTAL_EMAIL_FROM": SENDER,
            "SSL_CERT_FILE": str(authority.file),
        }
        yield webhook, inbox, variables


def test_a_defaced_page_is_told_once_and_its_end_once(told, tmp_path):
    webhook, inbox, variables = told
    copy = tmp_path / "copy"
    with node(tmp_path / "data", variables | {"PORTAL_COPY_DIR": str(copy)}) as portal:

        def do(*command, ends=0):
            ended = manage(*command, **portal.environment)
            assert ended.returncode == ends, ended.stderr

        for command in (["write_copy"], ["backup", str(tmp_path)], ["verify_editions"]):
            do(*command)
        do("verify_audit_log")
        page = copy / "current" / entry(copy, "/id/visi/2016-2021/")["file"]
        page.write_bytes(page.read_bytes().replace(b"Magelang", b"Magelung"))
        do("verify_site", portal.address, ends=1)
        do("watch")
        do("watch")
        assert webhook.events() == [("verify_site", "begun")]
        assert inbox.recipients() == ["ti@kota.test"]

        do("write_copy", "--anew")
        do("verify_site", portal.address)
        do("watch")
        assert len(webhook.got) == len(inbox.mail) == 1

        do("acknowledge_alarm", "verify_site")
        do("watch")
        do("watch")

    assert webhook.events() == [("verify_site", "begun"), ("verify_site", "over")]
    assert "id/visi/2016-2021/index.html: other bytes" in webhook.messages[0]["text"]
    assert webhook.messages[1]["acknowledged_by"] == "server"
    assert len(inbox.mail) == 2


def entry(copy, address):
    return json.loads((copy / "current" / "manifest.json").read_text())["addresses"][address]


@pytest.fixture
def own(tmp_path):
    """The variables of a portal that has nothing but its folder."""
    return {"PORTAL_DATA_DIR": str(tmp_path / "data")}


@pytest.mark.parametrize(
    "wrong",
    [
        {"PORTAL_WORKERS": "many"},
        {"PORTAL_PRODUCTION": "1"},
        {"PORTAL_WORKERS": "many", "PORTAL_SITE_URL": "visi"},
    ],
)
def test_a_service_that_a_wrong_setting_stops_is_told_with_the_cause(told, own, wrong):
    webhook, inbox, variables = told

    for _attempt in range(2):
        ended = run(*FAILED, **own, **variables, **wrong)
        assert ended.returncode == 0, ended.stderr

    (message,) = webhook.messages
    assert message["alarm"] == "failed-portal"
    for name in wrong.keys() - {"PORTAL_PRODUCTION"}:
        assert f"{name} is “{wrong[name]}”" in message["text"]
    if "PORTAL_PRODUCTION" in wrong:
        assert "PORTAL_PRODUCTION=1 needs PORTAL_SECRET_KEY" in message["text"]
    assert len(inbox.mail) == 1


@pytest.mark.parametrize("name", ["PORTAL_EMAIL_URL", "PORTAL_EMAIL_URL_FILE"])
def test_a_wrong_way_does_not_keep_the_other_from_telling(told, own, tmp_path, name):
    webhook, inbox, variables = told
    (tmp_path / "address").write_text("mail.go.id")
    del variables["PORTAL_EMAIL_URL"]
    wrong = variables | {name: str(tmp_path / "address") if "FILE" in name else "mail.go.id"}

    ended = run(*FAILED, **own, **wrong)

    assert ended.returncode == 0, ended.stderr
    assert webhook.events() == [("failed-portal", "begun")]
    assert "PORTAL_EMAIL_URL is not the address of a mail server" in webhook.messages[0]["text"]
    assert inbox.mail == []


def test_alarms_are_told_while_the_database_is_lost(told, own):
    webhook, inbox, variables = told
    lost = {"PORTAL_DATABASE_URL": f"postgres://sri@127.0.0.1:{free_port()}/portal"}
    verified = manage("verify_editions", **own, **lost)
    assert verified.returncode == 1

    watched = manage("watch", **own, **variables, **lost)

    assert watched.returncode == 0, watched.stderr
    assert ("verify_editions", "begun") in webhook.events()
    assert len(webhook.got) == len(inbox.mail)


def test_an_unknown_receiver_gets_nothing(told, own):
    webhook, _inbox, variables = told
    run(*FAILED, **own)
    stranger = {name: value for name, value in variables.items() if name != "SSL_CERT_FILE"}

    ended = manage("watch", **own, **stranger)

    assert webhook.got == []
    assert "The receiver of PORTAL_ALARM_URL, localhost, does not answer (" in ended.stderr
    assert "certificate verify failed" in ended.stderr
    for secret in ("token", SECRET):
        assert secret not in ended.stderr + ended.stdout
