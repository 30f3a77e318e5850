"""The audit log is sent on: nothing is left out, and a receiver sees what is missing."""

import json
import re
import runpy
import socket
import sys
import threading
from contextlib import redirect_stdout
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from editions.data_folder import outcomes
from editions.data_folder.alarms import open_alarms
from editorial.audit.chain import seal_events
from editorial.audit.recording import record
from editorial.audit.seen import remembered
from editorial.desk.alarms import acknowledge_and_record
from editorial.models import Event, Seal
from tests.support.repository import ROOT
from tests.support.sql import cut_tail, deleted_without_seal, tamper

pytestmark = pytest.mark.django_db
SYSLOG = re.compile(rb"<86>1 \S+Z - portal-audit - \S+ - ([0-9a-f]{64}) (\{.*\})")


def record_some(count):
    for number in range(count):
        record(Event.Kind.LOGIN, actor=f"sri{number}")
    seal_events()


def sent(**options):
    """The lines on standard output."""
    out = StringIO()
    call_command("send_audit_log", stdout=out, stderr=StringIO(), **options)
    return out.getvalue().splitlines()


def checked(lines):
    """(exit status, what it says) of the receiver's program."""
    out = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        patch.setattr(sys, "argv", ["check-audit-lines"])
        patch.setattr(sys, "stdin", StringIO("\n".join(lines)))
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(ROOT / "deploy" / "check-audit-lines"), run_name="__main__")
    return int(bool(ended.value.code)), out.getvalue()


# Sending


def test_each_event_is_sent_once_with_its_number_and_hash():
    record_some(3)

    lines = sent()

    assert [line.split()[0] for line in lines] == list(
        Seal.objects.values_list("sha256", flat=True)
    )
    assert sent() == []
    record_some(1)
    assert [json.loads(line.partition(" ")[2])["number"] for line in sent()] == [len(lines) + 1]


def test_a_receiver_that_breaks_off_gets_the_rest_with_the_next_run(monkeypatch):
    monkeypatch.setattr("editorial.audit.sending.AT_ONCE", 2)
    record_some(5)
    received = []

    def break_off(self, line, seal):
        if len(received) == 3:
            raise BrokenPipeError("gone")
        received.append(line)

    with monkeypatch.context() as broken:
        broken.setattr("editorial.management.commands.send_audit_log.Command.print", break_off)
        with pytest.raises(CommandError, match="gone. The next run begins with what is missing"):
            sent()
    assert not outcomes.last("send_audit_log").is_good

    received += sent()

    assert checked(received)[0] == 0
    assert len(set(received)) == Seal.objects.count()


def test_events_that_the_receiver_lacks_are_sent_again():
    record_some(3)
    sent()

    assert [json.loads(line.partition(" ")[2])["number"] for line in sent(start=2)][0] == 2


def test_a_number_that_is_still_to_come_leaves_no_event_out():
    record_some(3)

    assert len(sent(start=1000)) == Seal.objects.count()


def test_a_new_machine_does_not_send_a_log_that_lost_its_beginning():
    record_some(3)
    first = Seal.objects.first()
    tamper("DELETE FROM editorial_seal WHERE id = %s", first.pk)
    tamper("DELETE FROM editorial_event WHERE id = %s", first.event_id)

    with pytest.raises(CommandError, match="no event records that .* Nothing was sent"):
        sent()

    acknowledge_and_record("audit_log", "server")
    assert len(sent()) == Seal.objects.count()


@pytest.mark.parametrize("scheme", ["udp", "unix"])
def test_a_syslog_server_gets_a_message_for_each_event(tmp_path, scheme):
    record_some(3)
    family = socket.AF_UNIX if scheme == "unix" else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as server:
        server.bind(f"{tmp_path}/log" if scheme == "unix" else ("127.0.0.1", 0))
        name = server.getsockname()
        server.settimeout(5)

        sent(to=f"unix://{name}" if scheme == "unix" else f"udp://127.0.0.1:{name[1]}")
        messages = [server.recv(65536) for _ in range(Seal.objects.count())]

    lines = [b" ".join(SYSLOG.fullmatch(message).groups()).decode() for message in messages]
    assert checked(lines)[0] == 0


def test_a_syslog_server_gets_lines_over_tcp():
    record_some(3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        received = []

        def receive():
            with server.accept()[0] as peer, peer.makefile("rb") as file:
                received.extend(file)

        receiver = threading.Thread(target=receive)
        receiver.start()
        sent(to=f"tcp://127.0.0.1:{server.getsockname()[1]}")
        receiver.join(5)

    assert len(received) == Seal.objects.count()
    assert all(SYSLOG.fullmatch(line.removesuffix(b"\n")) for line in received)
    assert checked([line.decode() for line in received])[0] == 0


def test_a_server_that_does_not_answer_is_named():
    record_some(1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(CommandError, match=f"not sent to tcp://127.0.0.1:{port}: .*refused"):
        sent(to=f"tcp://127.0.0.1:{port}")

    assert sent()


@pytest.mark.parametrize("address", ["10.0.0.9", "https://a", "tcp://", "tcp://a:x", "unix:"])
def test_a_wrong_address_is_refused_with_a_right_one(address):
    with pytest.raises(CommandError, match="write it like tcp://host:514"):
        sent(to=address)


def test_after_a_cut_nothing_is_sent_until_somebody_knows_of_it():
    record_some(3)
    sent()
    cut_tail()

    with pytest.raises(CommandError, match="which was sent before, is gone.*Nothing was sent"):
        sent()
    assert [alarm.name for alarm in open_alarms()] == ["audit_log"]

    acknowledge_and_record("audit_log", "server")
    assert len(sent()) == Seal.objects.count()


def test_sending_again_from_a_number_does_not_forget_a_cut():
    record_some(3)
    sent()
    before = remembered("sent")
    cut_tail()

    with pytest.raises(CommandError, match="which was sent before, is gone.*Nothing was sent"):
        sent(start=1)

    assert remembered("sent") == before


def test_sending_older_events_again_does_not_go_back(monkeypatch):
    monkeypatch.setattr("editorial.audit.sending.AT_ONCE", 1)
    record_some(3)
    sent()
    before = remembered("sent")

    def break_off(self, line, seal):
        if seal.pk == 2:
            raise BrokenPipeError("gone")

    with monkeypatch.context() as broken:
        broken.setattr("editorial.management.commands.send_audit_log.Command.print", break_off)
        with pytest.raises(CommandError, match="gone"):
            sent(start=1)

    assert remembered("sent") == before


def test_an_event_that_is_gone_is_not_left_out_before_somebody_knows_of_it():
    record_some(3)
    sent()
    record_some(1)
    newest = Seal.objects.last()

    with deleted_without_seal(newest.event):
        with pytest.raises(CommandError, match=f"Event {newest.pk} .* is gone, and only its hash"):
            sent()
        acknowledge_and_record("audit_log", "server")
        seal_events()
        assert [f'"number":{newest.pk + 1}' in line for line in sent()] == [True]


def test_no_line_holds_a_name_that_no_account_has(client):
    client.post("/admin/login/", {"username": "kata-sandi-saya", "password": "rahasia"})
    seal_events()

    lines = "\n".join(sent())

    assert "login-failed" in lines
    assert "kata-sandi-saya" not in lines
    assert "rahasia" not in lines


# Checking what was received


def test_a_receiver_sees_a_missing_event_a_changed_one_and_a_rewritten_log():
    record_some(5)
    lines = sent()

    assert checked([*lines, lines[0]])[0] == 0  # twice
    assert checked(lines[::-1])[0] == 0  # in another order
    assert checked([f"Nov 27 10:00:00 portal {line}" for line in lines])[0] == 0
    status, words = checked([*lines[:1], *lines[3:]])
    assert (status, words.splitlines()[0]) == (1, "Missing: 2 to 3")
    status, words = checked([lines[0], lines[1].replace("sri", "tini"), *lines[2:]])
    assert status == 1
    assert f"A line was changed; its hash is {lines[1].split()[0]}" in words
    assert "Missing: 2" in words
    assert checked(["nothing"])[0] == 1


def test_a_receiver_reads_no_empty_line_first():
    record_some(2)

    assert checked(sent())[1].startswith("Events 1 to 2; the SHA-256 of 2 is")


@pytest.mark.parametrize(
    "words", ["", "x", '"number":1', '"number":[],"previous":""', '"number":Infinity,"previous":""']
)
def test_a_forged_line_is_named_and_the_others_are_checked(words):
    record_some(3)
    lines = sent()
    forged = '{"event":{}' + (f",{words}" if words else "") + "}"
    digest = sha256(forged.encode()).hexdigest()

    status, said = checked([lines[0], f"{digest} {forged}", lines[2]])

    assert status == 1
    assert f"A line is not of the portal; its hash is {digest}\nMissing: 2\n" in said


def test_a_receiver_sees_that_the_log_went_on_from_an_older_backup():
    record_some(3)
    before = sent()
    cut_tail()
    with pytest.raises(CommandError):
        sent()
    acknowledge_and_record("audit_log", "server")

    status, words = checked([*before, *sent()])

    assert status == 1
    assert f"Event {len(before)} came with two hashes" in words


def test_the_last_line_names_the_hash_that_the_portal_must_know():
    record_some(2)

    _status, words = checked(sent())

    newest = Seal.objects.last()
    assert words.strip().endswith(f"the SHA-256 of {newest.pk} is {newest.sha256}")
