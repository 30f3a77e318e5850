"""Alarms reach somebody outside, once when a problem begins and once when it is over."""

import errno
import os
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.db import OperationalError

from editions.data_folder import alarms, outcomes
from editions.data_folder.alarms import (
    acknowledge,
    keep_measured,
    open_alarms,
    past_alarms,
    raise_alarm,
)
from magelang_portal.operations.alarms import delivery, messages, watching
from magelang_portal.operations.alarms.delivery import deliver
from magelang_portal.operations.alarms.watching import watch
from magelang_portal.operations.doctor import ages
from magelang_portal.operations.doctor.probe import Answer
from public.mirror.reading import LAST
from public.releases import Release
from tests.support.mail import mail_server, use_mail_server
from tests.support.servers.ports import free_port
from tests.support.servers.webhook import receiver

pytestmark = pytest.mark.usefixtures("own_data_folder")
SECRET = "s" * 32


@pytest.fixture
def webhook(settings):
    with receiver() as (got, port):
        settings.ALARM_URL, settings.ALARM_SECRET = f"http://127.0.0.1:{port}/token", SECRET
        yield got


@pytest.fixture
def inbox(settings):
    with mail_server() as (inbox, port):
        use_mail_server(settings, port)
        settings.ALARM_EMAIL = "ti@kota.test"
        yield inbox


@pytest.mark.slow
def test_a_problem_is_told_once_when_it_begins_and_once_when_it_is_over(webhook, inbox):
    raise_alarm("verify_site", "/id/ differs.")
    assert [deliver(), deliver()] == [[], []]
    raise_alarm("verify_site", "/en/ differs.")
    deliver()
    assert webhook.events() == [("verify_site", "begun")]

    acknowledge("verify_site", "sri")
    deliver()
    deliver()

    assert webhook.events() == [("verify_site", "begun"), ("verify_site", "over")]
    began, over = webhook.messages
    assert (began["found"], began["over_at"]) == (["/id/ differs."], None)
    assert (over["acknowledged_by"], over["began_at"]) == ("sri", began["began_at"])
    assert inbox.recipients() == ["ti@kota.test"] * 2


def test_the_mail_says_in_both_languages_what_is_wrong_and_who_ended_it(inbox):
    raise_alarm("verify_site", "/id/ differs.")
    deliver()
    acknowledge("verify_site", "sri")
    deliver()

    began, over = inbox.messages
    assert began["Subject"].startswith("verify_site: ada masalah / a problem began – ")
    assert over["Subject"].startswith("verify_site: masalah selesai / the problem is over – ")
    first, second = inbox.texts()
    assert first.index("Pembaca") < first.index("Readers may see") < first.index("* /id/ differs.")
    assert "sri menandai selesai pada" in second
    assert "sri acknowledged it on" in second
    assert began["Message-ID"] != over["Message-ID"]


@pytest.fixture
def receiver_of_the_page(monkeypatch):
    """Give the example of docs/alarms.md a message; returns its answer."""
    page = (Path(__file__).parents[2] / "docs" / "alarms.md").read_text()
    names = {}
    exec(page.partition("```python\n")[2].partition("```")[0], names)
    monkeypatch.setenv("PORTAL_ALARM_SECRET", SECRET)

    def receive(body, signature):
        environ = {
            "wsgi.input": BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_HUB_SIGNATURE_256": signature,
        }
        said = []
        names["receiver"](environ, lambda status, headers: said.append(status))
        return said[0]

    return receive


def test_the_receiver_of_the_page_takes_what_the_portal_signed(
    webhook, receiver_of_the_page, monkeypatch, capsys
):
    raise_alarm("clock", "The clock is ahead.")
    deliver()
    ((headers, body),) = webhook.got
    signature = headers["X-Hub-Signature-256"]

    assert receiver_of_the_page(body, signature) == "204 No Content"
    assert "The clock is ahead." in capsys.readouterr().out
    assert receiver_of_the_page(body + b" ", signature) == "403 Forbidden"
    monkeypatch.setenv("PORTAL_ALARM_SECRET", "x" * 32)
    assert receiver_of_the_page(body, signature) == "403 Forbidden"


def test_the_receiver_of_the_page_refuses_an_old_message(
    webhook, receiver_of_the_page, monkeypatch
):
    monkeypatch.setattr(messages, "stamp", lambda moment: "2026-01-01T00:00:00Z")
    raise_alarm("clock", "The clock is ahead.")
    deliver()

    ((headers, body),) = webhook.got
    assert receiver_of_the_page(body, headers["X-Hub-Signature-256"]) == "403 Forbidden"


def test_a_failed_delivery_is_tried_again_and_never_lost(webhook, caplog):
    webhook.status = 503
    raise_alarm("clock", "The clock is ahead.")
    (fault,) = deliver()
    acknowledge("clock", "sri")
    deliver()
    assert fault.endswith("refuses the alarm (503): its log says why.")

    webhook.status = 204
    assert deliver() == []

    assert webhook.events() == [("clock", "begun"), ("clock", "over")]
    assert "token" not in caplog.text
    assert SECRET not in caplog.text


def test_one_way_that_fails_does_not_keep_the_other_from_telling(webhook, inbox, settings):
    settings.ALARM_URL = f"http://127.0.0.1:{free_port()}/token"
    raise_alarm("clock", "The clock is ahead.")

    (fault,) = deliver()
    deliver()

    assert fault.startswith("The receiver of PORTAL_ALARM_URL, 127.0.0.1, does not answer (")
    assert len(inbox.mail) == 1


@pytest.mark.slow
def test_a_way_that_fails_for_long_is_an_alarm_that_the_other_tells(
    webhook, inbox, settings, monkeypatch
):
    webhook.status = 500
    raise_alarm("clock", "The clock is ahead.")
    deliver()
    assert [alarm.name for alarm in open_alarms()] == ["clock"]

    monkeypatch.setattr(delivery, "PATIENCE", timedelta(0))
    deliver()
    deliver()
    assert [message["Subject"].partition(":")[0] for message in inbox.messages] == [
        "clock",
        "delivery",
    ]

    webhook.status = 204
    deliver()
    assert [alarm.name for alarm in open_alarms()] == ["clock"]


def test_an_address_that_no_network_knows_is_a_failed_delivery(settings):
    settings.ALARM_URL, settings.ALARM_SECRET = "https://alarm..go.id/token", SECRET
    raise_alarm("clock", "The clock is ahead.")

    (fault,) = deliver()

    assert fault.startswith("The receiver of PORTAL_ALARM_URL, alarm..go.id, does not answer (")


@pytest.mark.slow
def test_a_redirect_is_refused(webhook, settings):
    with receiver() as (other, port):
        webhook.status, webhook.location = 307, f"http://127.0.0.1:{port}/"
        raise_alarm("clock", "The clock is ahead.")
        (fault,) = deliver()

    assert "redirects (307), which the portal does not follow" in fault
    assert other.got == []


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("550 no such user", "The mail server refuses the alarm for PORTAL_ALARM_EMAIL"),
        ("450 later", "The mail server refuses the alarm for PORTAL_ALARM_EMAIL"),
    ],
)
def test_a_refused_mail_is_sent_again(inbox, answer, sentence):
    inbox.refused["ti@kota.test"] = answer
    raise_alarm("clock", "The clock is ahead.")
    (fault,) = deliver()
    assert fault.startswith(sentence)

    inbox.refused.clear()
    deliver()

    assert len(inbox.mail) == 1


@pytest.mark.slow
def test_a_new_receiver_hears_of_open_alarms_only(settings):
    raise_alarm("verify_site", "/id/ differs.")
    acknowledge("verify_site", "sri")
    raise_alarm("clock", "The clock is ahead.")
    deliver()

    with receiver() as (got, port):
        settings.ALARM_URL, settings.ALARM_SECRET = f"http://127.0.0.1:{port}/", SECRET
        deliver()

    assert got.events() == [("clock", "begun")]


def test_nothing_is_sent_twice_because_the_disk_is_full(webhook, monkeypatch):
    raise_alarm("clock", "The clock is ahead.")

    def refuse(path, content):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "write_safely", refuse)
        with pytest.raises(OSError, match="No space left"):
            deliver()
    assert webhook.got == []
    deliver()

    assert webhook.events() == [("clock", "begun")]


@pytest.fixture
def memory(monkeypatch, tmp_path_factory):
    """The folder that systemd makes."""
    folder = tmp_path_factory.mktemp("run")
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder))
    return folder


def deliver_in_vain(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "locked", cannot_be_written)
        with pytest.raises(OSError, match="Read-only"):
            deliver()


def test_a_data_folder_that_cannot_be_written_is_told_once(webhook, monkeypatch, memory):
    deliver_in_vain(monkeypatch)
    deliver_in_vain(monkeypatch)

    assert webhook.events() == [("data-folder", "begun")]
    assert "cannot be written (Read-only file system)" in webhook.messages[0]["found"][0]


def test_a_data_folder_that_can_be_written_again_is_told_too_and_its_next_fault(
    webhook, monkeypatch, memory
):
    deliver_in_vain(monkeypatch)
    deliver()
    assert webhook.events() == [("data-folder", "begun")]

    monkeypatch.setattr(delivery, "CALM", timedelta(0))
    deliver()
    deliver()
    deliver_in_vain(monkeypatch)

    assert [event for _name, event in webhook.events()] == ["begun", "over", "begun"]
    began, over, _again = webhook.messages
    assert (over["began_at"], over["found"]) == (began["began_at"], began["found"])


def test_a_container_remembers_in_the_folder_of_its_socket(webhook, monkeypatch, tmp_path_factory):
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.setattr(delivery, "IN_A_CONTAINER", str(tmp_path_factory.mktemp("run")))

    deliver_in_vain(monkeypatch)
    deliver_in_vain(monkeypatch)

    assert webhook.events() == [("data-folder", "begun")]


@pytest.mark.slow
def test_that_the_data_folder_cannot_be_written_is_told_when_the_receiver_answers_again(
    settings, monkeypatch, memory
):
    monkeypatch.setattr(delivery, "locked", cannot_be_written)
    settings.ALARM_URL, settings.ALARM_SECRET = f"http://127.0.0.1:{free_port()}/token", SECRET
    with pytest.raises(OSError, match="Read-only"):
        deliver()

    with receiver() as (got, port):
        settings.ALARM_URL = f"http://127.0.0.1:{port}/token"
        with pytest.raises(OSError, match="Read-only"):
            deliver()

    assert got.events() == [("data-folder", "begun")]


def cannot_be_written(*names):
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


@pytest.mark.slow
def test_two_runs_at_once_tell_a_problem_once(webhook):
    raise_alarm("clock", "The clock is ahead.")

    with ThreadPoolExecutor(4) as pool:
        faults = list(pool.map(lambda _run: deliver(), range(4)))

    assert faults == [[]] * 4
    assert webhook.events() == [("clock", "begun")]


def test_an_alarm_that_ends_while_messages_are_sent_is_told_once(webhook, monkeypatch):
    raise_alarm("clock", "The clock is ahead.")
    deliver()

    def end_in_between():
        past = past_alarms()
        acknowledge("clock", "sri")
        return past

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "past_alarms", end_in_between)
        deliver()
    deliver()

    assert webhook.events() == [("clock", "begun"), ("clock", "over")]


@pytest.mark.slow
def test_a_channel_that_a_wrong_setting_leaves_out_is_told_nothing_twice(webhook, inbox, settings):
    raise_alarm("clock", "The clock is ahead.")
    raise_alarm("heads", "An edition is gone.")
    deliver()
    address, settings.ALARM_URL = settings.ALARM_URL, ""
    acknowledge("heads", "sri")
    deliver(leaves_out=True)

    settings.ALARM_URL = address
    deliver()

    events = [("clock", "begun"), ("heads", "begun"), ("heads", "over")]
    assert webhook.events() == events
    assert len(inbox.mail) == 3


@pytest.mark.parametrize("damage", ["{", "0"])
def test_a_damaged_memory_of_what_was_told_ends_no_delivery(webhook, settings, damage):
    raise_alarm("clock", "The clock is ahead.")
    deliver()
    (settings.DATA_DIR / "alarms" / "told" / "ways.json").write_text(damage)

    assert deliver() == []

    assert len({message["id"] for message in webhook.messages}) == 1


# Measures


def names():
    return [alarm.name for alarm in open_alarms()]


def test_an_alarm_of_a_measure_has_one_sentence_and_ends_itself(webhook):
    keep_measured("disk", "9 MB are free.")
    keep_measured("disk", "8 MB are free.")
    deliver()
    (alarm,) = open_alarms()
    assert alarm.found == ("8 MB are free.",)

    keep_measured("disk", "")
    deliver()

    (past,) = past_alarms()
    assert (past.name, past.acknowledged_by, past.ends_itself) == ("disk", "", True)
    assert webhook.messages[-1]["acknowledged_by"] is None
    assert webhook.events() == [("disk", "begun"), ("disk", "over")]


@pytest.fixture
def quiet(monkeypatch, settings):
    """The answers of the watched questions, which a test changes; all are good at first."""
    answers = {}
    monkeypatch.setattr(watching, "ask", lambda name: answers.get(name) or Answer(name))
    monkeypatch.setattr(watching, "states", dict)
    return answers


def finding(words, hint="Do this.", level=30, id="disk.W002"):
    answer = Answer("disk")
    answer.findings.append(namedtuple("Finding", "msg hint level id")(words, hint, level, id))
    return answer


def test_a_finding_of_the_doctor_is_an_alarm_until_the_measure_is_good_for_a_while(
    quiet, monkeypatch
):
    quiet["disk"] = finding("Only 93 MB are free.")
    watch()
    (alarm,) = open_alarms()
    assert alarm.found == ("Only 93 MB are free. Do this.",)

    quiet.clear()
    watch()
    assert names() == ["disk"]

    monkeypatch.setattr(watching, "CALM", timedelta(0))
    watch()
    assert names() == []


def test_an_alarm_about_an_age_ends_at_once(quiet):
    quiet["backup"] = finding("There is no backup yet.", id="backup.W001")
    watch()
    assert names() == ["backup"]

    quiet.clear()
    watch()
    assert names() == []


def test_a_database_older_than_the_release_is_no_alarm_and_a_lost_one_is(quiet):
    quiet["database"] = finding("The database is older.", id="database.W009")
    watch()
    assert names() == []

    quiet["database"] = finding("It cannot be reached.", level=40, id="portal.E011")
    watch()
    assert names() == ["database"]


@pytest.mark.parametrize(("level", "id"), [(40, "doctor.E001"), (30, "database.W012")])
def test_a_database_that_hangs_or_lacks_its_standby_is_an_alarm_that_stays(
    quiet, monkeypatch, level, id
):
    monkeypatch.setattr(watching, "CALM", timedelta(0))
    quiet["database"] = finding("It cannot be reached.", level=40, id="portal.E011")
    watch()

    quiet["database"] = finding("It is not well.", level=level, id=id)
    watch()

    (alarm,) = open_alarms()
    assert alarm.found == ("It is not well. Do this.",)


def test_a_portal_whose_role_is_a_superuser_has_no_alarm(quiet):
    quiet["database"] = finding("The role is a superuser.", id="database.W008")
    watch()

    assert names() == []


def test_a_question_without_an_answer_ends_no_alarm(quiet, monkeypatch):
    monkeypatch.setattr(watching, "CALM", timedelta(0))
    quiet["clock"] = finding("The clock is ahead.", id="clock.W002")
    watch()
    quiet["clock"] = Answer("clock")
    quiet["clock"].could_not_ask("the database does not answer", for_now=True)
    watch()

    assert names() == ["time"]


def test_an_alarm_ends_though_the_machine_can_never_answer_another_part(quiet, monkeypatch):
    monkeypatch.setattr(watching, "CALM", timedelta(0))
    quiet["clock"] = finding("The clock is ahead.", id="clock.W002")
    watch()
    quiet["clock"] = Answer("clock")
    quiet["clock"].could_not_ask("timedatectl is missing")
    watch()

    assert names() == []


def test_the_clock_that_raises_its_own_alarm_is_not_told_twice(quiet):
    quiet["clock"] = finding("The clock is earlier.", level=40, id="clock.E003")
    watch()

    assert names() == []


def test_a_failed_service_is_an_alarm_until_it_runs_again(quiet, monkeypatch):
    state = {"portal-backup": "failed"}
    monkeypatch.setattr(watching, "states", lambda: state)
    watch()
    (alarm,) = open_alarms()
    assert alarm.name == "failed-portal-backup"
    assert "journalctl -u portal-backup" in alarm.found[0]

    state["portal-backup"] = "activating"
    watch()
    assert names() == ["failed-portal-backup"]

    state["portal-backup"] = "inactive"
    monkeypatch.setattr(watching, "CALM", timedelta(0))
    watch()
    assert names() == []


@pytest.mark.slow
def test_a_service_that_fails_again_and_again_is_one_problem(webhook, quiet, monkeypatch):
    """Between two attempts it looks as if it ran."""
    monkeypatch.setattr(watching, "states", lambda: {"portal": "active"})
    for _attempt in range(3):
        watching.fail("portal", "PORTAL_WORKERS is wrong.")
        deliver()
        watch()
        deliver()

    assert webhook.events() == [("failed-portal", "begun")]
    assert "PORTAL_WORKERS is wrong." in open_alarms()[0].found[0]


def test_each_failure_makes_the_problem_of_a_service_last_longer(quiet, monkeypatch):
    keep_measured("failed-portal", "portal.service failed.")
    monkeypatch.setattr(alarms, "WRITE_AGAIN", timedelta(0))
    began = open_alarms()[0]

    watching.fail("portal")

    (alarm,) = open_alarms()
    assert (alarm.first_at, alarm.found) == (began.first_at, began.found)
    assert alarm.last_at > began.last_at


def test_a_verification_that_fails_for_its_findings_is_one_problem(quiet, monkeypatch):
    raise_alarm("verify_site", "/id/ differs.")
    monkeypatch.setattr(watching, "states", lambda: {"portal-verify": "failed"})

    watch()

    assert names() == ["verify_site"]


def test_an_alarm_of_an_earlier_run_hides_no_other_failure(quiet, monkeypatch):
    raise_alarm("audit_log", "Event 7 is gone.")
    began = datetime.now(UTC) + timedelta(minutes=5)
    monkeypatch.setattr(watching, "shown", lambda *names: [f"@{began.timestamp():.0f}"])

    watching.fail("portal-audit")

    assert names() == ["audit_log", "failed-portal-audit"]


def test_without_systemd_no_state_of_a_service_is_known(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    assert watching.states() == {}


# Ages


def found(look):
    return [one.id for one in look(Answer("age"))]


def later(monkeypatch, **age):
    moment = datetime.now(UTC) + timedelta(**age)
    monkeypatch.setattr(ages, "datetime", namedtuple("Later", "now")(lambda zone: moment))


def test_the_last_good_backup_grows_old_in_two_days(monkeypatch):
    assert found(ages.backup) == ["backup.W001"]
    outcomes.keep("backup", is_good=True)
    outcomes.keep("backup", is_good=False, words="The disk is full.")
    later(monkeypatch, hours=47)
    assert found(ages.backup) == []

    later(monkeypatch, hours=49)
    (finding,) = ages.backup(Answer("backup"))

    assert finding.id == "backup.E002"
    assert finding.hint.startswith("The last attempt failed: The disk is full. Then run systemctl")


def test_the_last_verification_grows_old_in_a_day(monkeypatch):
    outcomes.keep("verify_editions", is_good=True)
    outcomes.keep("verify_site", is_good=False)
    (finding,) = ages.verification(Answer("verification"))
    assert finding.msg == "Nothing has run verify_audit_log yet."
    outcomes.keep("verify_audit_log", is_good=True)
    assert found(ages.verification) == []

    later(monkeypatch, hours=25)
    assert found(ages.verification) == ["verification.W002"]


def test_an_audit_log_that_was_sent_once_goes_on_being_sent(monkeypatch):
    assert found(ages.sending) == []
    outcomes.keep("send_audit_log", is_good=True)
    outcomes.keep("send_audit_log", is_good=False)
    later(monkeypatch, minutes=59)
    assert found(ages.sending) == []

    later(monkeypatch, minutes=61)
    assert found(ages.sending) == ["sending.W001"]


def test_a_static_copy_may_be_behind_for_an_hour(portal, settings, monkeypatch):
    settings.COPY_DIR = settings.DATA_DIR / "copy"
    assert found(ages.copy) == ["copy.E001"]
    (settings.COPY_DIR / "abc").mkdir(parents=True)
    (settings.COPY_DIR / "abc" / "manifest.json").touch()
    (settings.COPY_DIR / "current").symlink_to("abc")
    assert found(ages.copy) == ["copy.W002"]

    outcomes.keep("copy", is_good=True)
    assert found(ages.copy) == []
    later(monkeypatch, minutes=61)
    assert found(ages.copy) == ["copy.W002"]


def test_an_alarm_says_that_the_booklets_are_missing_for_an_hour(portal, settings, monkeypatch):
    settings.COPY_DIR = settings.DATA_DIR / "copy"
    folder = settings.COPY_DIR / Release.agreed().key
    (folder / "data").mkdir(parents=True)
    (folder / "manifest.json").touch()
    (settings.COPY_DIR / "current").symlink_to(folder.name)

    assert [finding.msg.partition("UTC, ")[2] for finding in ages.copy(Answer("copy"))] == [
        "lacks booklets."
    ]
    (folder / LAST).touch()
    assert found(ages.copy) == []


def test_a_portal_without_a_copy_or_a_database_is_not_asked_for_its_age(db, settings, monkeypatch):
    settings.COPY_DIR = None
    assert found(ages.copy) == []

    def lost(*arguments):
        raise OperationalError("the database is lost")

    settings.COPY_DIR = settings.DATA_DIR
    monkeypatch.setattr("public.releases.Release.agreed", lost)
    answer = Answer("copy")
    assert list(ages.copy(answer)) == []
    assert answer.unasked
