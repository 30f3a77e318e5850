"""Reminders by mail, sent to a real mail server."""

import threading
from datetime import timedelta
from io import StringIO
from smtplib import SMTP, SMTPNotSupportedError, SMTPServerDisconnected

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from editions import clock
from editions.document import Text
from editions.publishing import withdraw
from editions.working_copy import read_document
from editorial.models import Account, Act
from editorial.reminders.due import reminders
from editorial.translation.acts import record_act
from editorial.translation.states import translations
from tests.support.factories import edit, make_account, make_vision, publish_now, wib
from tests.support.mail import SENDER, mail_server, use_mail_server
from tests.support.servers.ports import free_port
from vision.models import Vision

pytestmark = pytest.mark.django_db
MONDAY = wib(2026, 3, 2, 7)


@pytest.fixture
def inbox(settings):
    settings.SITE_URL = "https://visi.kota.test"
    with mail_server() as (inbox, port):
        use_mail_server(settings, port)
        yield inbox


@pytest.fixture
def at(monkeypatch):
    """Set the portal's clock."""

    def set_clock(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_clock(MONDAY)
    return set_clock


@pytest.fixture
def corrections(at):
    """A published vision with one unpublished correction."""
    vision = make_vision()
    publish_now(vision, effective_at=wib(2026, 1, 1, 8))
    edit()
    return vision


def person(name="sri", *roles, reminders="daily", **fields):
    fields = {"email": f"{name}@kota.test", "date_joined": wib(2026, 1, 1, 8)} | fields
    return make_account(name, *(roles or ["Publisher"]), reminders=reminders, **fields)


def send():
    output = StringIO()
    call_command("send_reminders", stdout=output)
    return output.getvalue()


# What it says


def test_a_publisher_is_told_of_corrections_with_a_link(inbox, corrections):
    person(first_name="Sri", last_name="Wahyuni")

    assert send() == "Reminders sent: 1.\n"

    (message,) = inbox.messages
    assert message["Subject"] == "1 task waits for you – Vision of Kota Magelang"
    assert message["To"] == "sri@kota.test"
    assert message["From"] == SENDER
    assert message.get_content_type() == "text/plain"
    (text,) = inbox.texts()
    assert "Dear Sri Wahyuni,\n" in text
    assert (
        "* 1 passage of 2031–2035 waits to be published.\n"
        "  Publish 2031–2035:\n"
        f"  https://visi.kota.test/admin/vision/vision/{corrections.pk}/terbitkan/\n"
    ) in text


def test_a_translator_is_told_of_outdated_english(inbox, corrections):
    person("budi", "Translator")

    send()

    (text,) = inbox.texts()
    assert "the Indonesian was changed, the English was not." in text
    assert f"https://visi.kota.test/admin/terjemahan/{corrections.pk}/?state=outdated&at=" in text
    assert "waits for a publisher" not in text  # nobody but the publisher has to do that


def judge(vision, *acts):
    """Record acts, each as (author, kind, words), on the English statement."""
    vision.refresh_from_db()
    passage = translations(read_document(vision))["v-visi.statement"].passage
    for author, kind, words in acts:
        record_act(author, kind, passage, vision, words=words)


def test_an_author_is_told_that_their_english_was_sent_back(inbox, at):
    vision = make_vision()
    publish_now(vision)
    person("budi", "Translator")
    person("wati", "Translator")
    judge(vision, ("budi", Act.Kind.REVIEWED, ""), ("wati", Act.Kind.RETURNED, "Terlalu harfiah."))

    send()

    for_budi, for_wati = inbox.texts()
    assert "1 passage of 2031–2035: your English was sent back." in for_budi
    assert "waits for a review" not in for_budi
    assert "your English was sent back" not in for_wati


def test_an_author_is_told_of_comments_without_an_answer(inbox, at):
    vision = make_vision()
    publish_now(vision)
    person("budi", "Editor")
    person("wati", "Translator")
    judge(vision, ("wati", Act.Kind.REMARKED, "Apa maksudnya?"))

    send()

    (text,) = inbox.texts()
    assert inbox.recipients() == ["budi@kota.test"]
    assert f"https://visi.kota.test/admin/terjemahan/{vision.pk}/?state=remarks" in text
    assert "Apa maksudnya?" not in text


def test_nobody_is_told_to_review_what_they_wrote(settings, inbox, at):
    settings.TRANSLATION_REVIEWER = "required"
    vision = make_vision()
    publish_now(vision)
    person("budi", "Translator")
    person("wati", "Translator")
    Vision.objects.update(statement_en="A strong and healthy Magelang")
    judge(vision, ("budi", Act.Kind.CONFIRMED, ""))

    send()

    assert inbox.recipients() == ["wati@kota.test"]
    assert "?state=review&at=" in inbox.texts()[0]


def test_a_mail_is_in_the_language_of_the_account(inbox, corrections):
    person(language="id")
    person("john", language="en")

    send()

    indonesian, english = inbox.messages
    assert indonesian["Subject"] == "1 tugas menunggu Anda – Visi Kota Magelang"
    assert "Yth. sri,\n" in inbox.texts()[0]
    assert "Terbitkan visi 2031–2035:" in inbox.texts()[0]
    assert english["Subject"] == "1 task waits for you – Vision of Kota Magelang"


def test_the_last_line_leads_to_the_page_that_ends_the_mail(inbox, corrections):
    person()

    send()

    (text,) = inbox.texts()
    last = "To get less mail, or none: https://visi.kota.test/admin/pengingat/"
    assert text.splitlines()[-1] == last


def test_no_program_answers_a_mail_and_it_does_not_name_the_machine(inbox, corrections):
    person()

    send()

    (message,) = inbox.messages
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@127.0.0.1>")


# Who gets it


@pytest.mark.parametrize(
    "fields",
    [
        {"email": ""},
        {"reminders": "none"},
        {"is_active": False},
        {"is_staff": False},
    ],
)
def test_no_mail_goes_to_a_person_without(inbox, corrections, fields):
    account = person()
    Account.objects.filter(pk=account.pk).update(**fields)

    assert send() == "Reminders sent: 0.\n"
    assert inbox.mail == []


def test_nothing_that_waits_is_no_mail(inbox, at):
    publish_now(make_vision())
    for role in ("Publisher", "Translator", "Editor", "Administrator"):
        person(role.lower(), role)

    send()

    assert inbox.mail == []


def test_an_edition_that_waits_for_its_time_is_no_task(inbox, corrections):
    publish_now(corrections, effective_at=MONDAY + timedelta(days=9))
    person()

    send()

    assert inbox.mail == []


# How often


def test_a_person_gets_one_mail_a_day(inbox, corrections, at):
    person()

    send()
    at(MONDAY.replace(hour=23, minute=59))
    send()
    assert len(inbox.mail) == 1

    at(MONDAY + timedelta(days=1))
    send()
    assert len(inbox.mail) == 2


def test_a_person_who_chose_so_gets_one_mail_a_week(inbox, corrections, at):
    person(reminders="weekly")

    at(MONDAY + timedelta(days=2))
    send()
    at(MONDAY + timedelta(days=6))
    send()
    assert len(inbox.mail) == 1

    at(MONDAY + timedelta(days=7))
    send()
    assert len(inbox.mail) == 2


# Editions


def publish_at(vision, moment):
    edit(f"Kalimat {moment}.")
    return publish_now(vision, effective_at=moment)


@pytest.mark.slow
def test_a_publisher_is_told_once_that_an_edition_took_effect(inbox, corrections, at):
    publish_at(corrections, MONDAY + timedelta(hours=1))
    person()
    send()
    assert inbox.mail == []

    at(MONDAY + timedelta(days=1))
    send()
    at(MONDAY + timedelta(days=2))
    send()

    (message,) = inbox.messages
    assert message["Subject"] == "An edition took effect – Vision of Kota Magelang"
    assert (
        "* Edition 2 of 2031–2035, on 2 March 2026, 08:00:00 WIB\n"
        "  https://visi.kota.test/en/vision/2031-2035/editions/2/\n"
    ) in inbox.texts()[0]


def test_a_weekly_mail_does_not_delay_the_word_of_an_edition(inbox, corrections, at):
    person(reminders="weekly")
    send()
    publish_at(corrections, MONDAY + timedelta(hours=1))

    at(MONDAY + timedelta(days=1))
    send()

    assert "Edition 2 of 2031–2035" in inbox.texts()[1]


def test_an_edition_that_was_withdrawn_or_is_old_is_no_news(inbox, corrections, at):
    person()
    edition = publish_at(corrections, MONDAY + timedelta(hours=1))
    at(MONDAY + timedelta(days=9))
    send()
    assert inbox.mail == []

    edition = publish_at(corrections, MONDAY + timedelta(days=9, hours=1))
    at(MONDAY + timedelta(days=9, hours=2))
    withdraw(edition, reason=Text("Keliru", "Wrong"), withdrawn_by="sri")
    send()
    assert not any("took effect" in text for text in inbox.texts())


def test_only_publishers_are_told_of_editions(inbox, corrections, at):
    publish_at(corrections, MONDAY + timedelta(hours=1))
    person("budi", "Editor")

    at(MONDAY + timedelta(days=1))
    send()

    assert inbox.mail == []


# When something goes wrong


def test_without_a_mail_server_the_command_says_so_and_ends_well(settings):
    settings.HAS_MAIL_SERVER = False

    assert send() == "PORTAL_EMAIL_URL is not set, so the portal sends no mail.\n"


def test_a_dead_mail_server_is_a_sentence_and_the_next_run_sends(settings, inbox, corrections):
    person()
    working, dead = settings.MAILERS, free_port()
    use_mail_server(settings, dead)

    sentence = rf"The mail server 127\.0\.0\.1:{dead} cannot be used .* correct PORTAL_EMAIL_URL"
    with pytest.raises(CommandError, match=sentence):
        send()

    settings.MAILERS = working
    assert send() == "Reminders sent: 1.\n"


def test_a_refused_address_stops_no_other_and_is_tried_again(inbox, corrections):
    person("ani")
    person("budi")
    inbox.refused["ani@kota.test"] = "550 no ani@kota.test here"

    with pytest.raises(CommandError) as said:
        send()

    assert "ani: The mail server refuses the address (550). Correct it on the page" in str(
        said.value
    )
    assert "@" not in str(said.value)
    assert inbox.recipients() == ["budi@kota.test"]

    inbox.refused.clear()
    send()
    assert inbox.recipients() == ["budi@kota.test", "ani@kota.test"]


@pytest.mark.parametrize(
    "address",
    [
        "ani@kota.test\r\nBcc: budi@kota.test",
        "ani@kota.test, budi@kota.test",
        "aní@kota.test",
        "ani@kota.test>\r\nRCPT TO:<budi@kota.test",
    ],
)
def test_no_address_can_add_a_header_or_a_recipient(inbox, corrections, address):
    Account.objects.filter(pk=person("ani").pk).update(email=address)
    person("citra")

    with pytest.raises(CommandError, match="ani: "):
        send()

    assert inbox.recipients() == ["citra@kota.test"]
    assert "Bcc" not in inbox.messages[0]


def test_no_name_can_add_a_header(inbox, corrections):
    account = person()
    Account.objects.filter(pk=account.pk).update(first_name="Sri\r\nBcc: budi@kota.test")

    send()

    (message,) = inbox.messages
    assert "Bcc" not in message
    assert inbox.recipients() == ["sri@kota.test"]


def test_an_address_that_is_refused_for_now_is_not_called_wrong(inbox, corrections):
    person()
    inbox.refused["sri@kota.test"] = "450 come again"

    with pytest.raises(CommandError) as said:
        send()

    fault = "sri: The mail server does not accept the address now (450). Run this again later."
    assert fault in str(said.value)
    assert "Correct" not in str(said.value)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("452 no space", r"sri: .* does not accept the mail now \(452\)\. Run this again later"),
        ("554 no such mail", r"sri: .* refuses the mail \(554\)\. The log of the mail server"),
    ],
)
def test_a_mail_that_the_server_refuses_is_tried_again(inbox, corrections, answer, sentence):
    person()
    inbox.on_mail = lambda: answer

    with pytest.raises(CommandError, match=sentence):
        send()

    inbox.on_mail = lambda: None
    assert send() == "Reminders sent: 1.\n"


def raising(error):
    def raise_it(*arguments):
        raise error

    return raise_it


def test_a_mail_that_the_server_cannot_send_is_tried_again(inbox, corrections, monkeypatch):
    person()

    with monkeypatch.context() as patch:
        patch.setattr("smtplib.SMTP.sendmail", raising(SMTPNotSupportedError("no SMTPUTF8")))
        with pytest.raises(CommandError, match=r"sri: .* lacks an extension .*\(no SMTPUTF8\)"):
            send()

    assert send() == "Reminders sent: 1.\n"


@pytest.mark.parametrize(
    ("code", "way_out"), [(550, "correct PORTAL_EMAIL_FROM"), (451, "now. Run this again later")]
)
def test_a_refused_sender_ends_the_run_and_the_next_sends(
    inbox, corrections, monkeypatch, code, way_out
):
    person("ani")
    person("budi")

    with monkeypatch.context() as patch:
        patch.setattr("smtplib.SMTP.mail", lambda *arguments: (code, b"no"))
        with pytest.raises(CommandError) as said:
            send()

    assert way_out in str(said.value)
    assert "ani" not in str(said.value)
    assert send() == "Reminders sent: 2.\n"


def test_a_server_that_is_busy_is_not_called_wrong(inbox, corrections, monkeypatch):
    person()
    monkeypatch.setattr("smtplib.SMTP.connect", lambda *arguments: (421, b"busy"))

    with pytest.raises(CommandError, match=r"cannot be used \(421 busy\)\. Run this again later"):
        send()


def test_a_mail_that_may_have_arrived_is_not_sent_again_that_day(settings, inbox, corrections, at):
    person()
    use_mail_server(settings, settings.MAILERS["default"]["OPTIONS"]["port"], timeout=0.2)
    ended = threading.Event()
    inbox.on_mail = lambda: ended.wait(20) and None

    with pytest.raises(CommandError, match="Nobody knows whether that mail arrives"):
        send()
    ended.set()

    assert send() == "Reminders sent: 0.\n"
    at(MONDAY + timedelta(days=1))
    inbox.on_mail = lambda: None
    assert send() == "Reminders sent: 1.\n"


def test_a_mail_that_breaks_its_connection_stops_no_other(inbox, corrections, monkeypatch):
    person("ani")
    person("budi")
    data = SMTP.data

    def broken_for_ani(smtp, mail):
        if b"ani@kota.test" in mail:
            smtp.close()
            raise SMTPServerDisconnected("Connection unexpectedly closed")
        return data(smtp, mail)

    monkeypatch.setattr("smtplib.SMTP.data", broken_for_ani)

    with pytest.raises(CommandError, match=r"ani: .* stopped while it got the mail"):
        send()

    assert inbox.recipients() == ["budi@kota.test"]
    assert send() == "Reminders sent: 0.\n"  # neither gets a second one


def test_a_run_that_is_stopped_while_it_sends_never_sends_twice(inbox, corrections, monkeypatch):
    person()

    with monkeypatch.context() as patch:
        patch.setattr("smtplib.SMTP.data", raising(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            send()

    assert send() == "Reminders sent: 0.\n"


@pytest.mark.django_db(transaction=True)
def test_a_second_run_while_the_first_sends_does_not_send_the_same(inbox, corrections):
    person()
    second = []

    def run_again():
        if not second:
            second.append("")
            second[0] = send()
            connection.close()  # that of this thread

    inbox.on_mail = run_again
    assert send() == "Reminders sent: 1.\n"

    assert second == ["Reminders sent: 0.\n"]
    assert inbox.recipients() == ["sri@kota.test"]


def test_a_person_who_ends_the_mail_at_that_moment_gets_none(inbox, corrections):
    account = person()
    (reminder,) = reminders()

    Account.objects.filter(pk=account.pk).update(reminders="none")

    assert not reminder.claim()
