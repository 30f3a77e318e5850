"""The audit log: recorded events, readers, and protection from change."""

import json
import logging
import re

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from editions.models import Edition, Permanent
from editorial.audit.recording import record
from editorial.models import Account, Event
from magelang_portal.log import JsonFormatter
from missions.models import Mission
from tests.support.factories import make_account, publish_now
from tests.support.people.desk import change, logged_in, typed

pytestmark = pytest.mark.django_db
LOG = "/admin/editorial/event/"


def events(*kinds):
    """The events of these kinds, oldest first: (kind, actor, object, detail)."""
    found = Event.objects.filter(kind__in=kinds).order_by("pk")
    return [(event.kind, event.actor, event.object, event.detail) for event in found]


# Recorded events


def test_a_save_is_recorded_once_with_a_link_to_its_revision(portal):
    client, mission = logged_in("sri", "Editor"), Mission.objects.get(number=1)

    client.post(
        change(mission),
        typed(client, change(mission), statement_ind="Kalimat lain."),
        REMOTE_ADDR="10.1.2.3",
    )

    (event,) = Event.objects.filter(kind="saved")
    assert (event.actor, event.address, event.object, event.row_kind) == (
        "sri",
        "10.1.2.3",
        "2016–2021",
        "editorial.revision",
    )
    page = logged_in("ida", "Administrator").get(LOG).text
    assert f'href="/admin/editorial/revision/{event.row}/change/"' in page
    assert "Kalimat lain." not in page


def test_a_refused_save_is_not_recorded(portal):
    mission = Mission.objects.get(number=1)
    client = logged_in("sri", "Editor")

    client.post(change(mission), typed(client, change(mission), statement_ind=" "))

    assert events("saved") == []


def test_publishing_and_withdrawing_are_recorded_on_pages_and_in_commands(portal):
    Mission.objects.filter(number=1).update(statement_ind="Kalimat lain.")
    edition = publish_now(portal)
    client = logged_in("budi", "Publisher")

    client.post(
        f"/admin/editions/edition/{edition.pk}/tarik/",
        {"reason_ind": "a", "reason_en": "b", "confirm": "on"},
    )

    assert events("published", "withdrawn") == [
        ("published", "server", "2016–2021, 3", "penerbit"),
        ("withdrawn", "budi", "2016–2021, 3", "budi"),
    ]


def test_a_login_and_a_logout_are_recorded(db):
    Account.objects.create_superuser("sri", password="tiga kuda di alun-alun")
    client = logged_in("ida")

    client.post(
        "/admin/login/",
        {"username": "sri", "password": "tiga kuda di alun-alun"},
        REMOTE_ADDR="10.1.2.3",
    )
    client.post("/admin/logout/")

    assert [entry[:2] for entry in events("login", "logout")[1:]] == [
        ("login", "sri"),
        ("logout", "sri"),
    ]
    assert Event.objects.filter(kind="login").latest("pk").address == "10.1.2.3"


@pytest.mark.slow
def test_every_change_of_an_account_is_recorded_with_its_author(db):
    client, account = logged_in("ida", "Administrator"), make_account("budi", "Editor")
    before = Event.objects.latest("pk").pk
    roles = [Group.objects.get(name=name).pk for name in ("Translator", "Publisher")]

    form = typed(client, change(account), groups=roles)
    client.post(
        change(account), {name: value for name, value in form.items() if name != "is_active"}
    )
    client.post(change(account), typed(client, change(account), groups=roles, is_active="on"))
    words = {
        "password1": "tiga kuda di alun-alun",
        "password2": "tiga kuda di alun-alun",
        "usable_password": "true",
    }
    client.post(change(account).replace("change", "password"), words)
    client.post(
        change(account).replace("change", "password"),
        {"usable_password": "false", "unset-password": "1"},
    )

    found = Event.objects.filter(pk__gt=before).order_by("pk")
    assert {event.actor for event in found} == {"ida"}
    assert {event.object for event in found} == {"budi"}
    assert sorted((event.kind, event.detail) for event in found) == [
        ("activated", ""),
        ("deactivated", ""),
        ("password", ""),
        ("password-taken", ""),
        ("role-given", "Publisher"),
        ("role-given", "Translator"),
        ("role-taken", "Editor"),
    ]


def test_renaming_an_account_on_the_server_is_recorded_with_the_old_name(db):
    account = make_account("budi")
    account.username = "budi.s"
    account.save()

    assert events("renamed") == [("renamed", "server", "budi.s", "budi")]


def test_sharing_a_preview_is_recorded(portal):
    logged_in("tini", "Translator").post(f"/admin/pratinjau-berbagi/{portal.pk}/")

    assert events("preview-shared") == [("preview-shared", "tini", "2016–2021", "")]


def test_a_new_account_and_a_new_superuser_are_recorded(db):
    Account.objects.create_superuser("sri")

    assert events("account-added", "superuser-given") == [
        ("account-added", "server", "sri", ""),
        ("superuser-given", "server", "sri", ""),
    ]


def test_refused_requests_of_staff_are_recorded_and_allowed_ones_are_not(portal):
    client = logged_in("sri", "Editor")
    address = f"/admin/vision/vision/{portal.pk}/terbitkan/"

    client.get("/admin/vision/vision/")
    client.post(address, {"_publish": "1", "note_ind": "a", "note_en": "b", "when": "now"})

    assert events("refused") == [("refused", "sri", address, "POST")]
    assert Edition.objects.count() == 2


def test_a_download_is_recorded(portal):
    logged_in("tini", "Translator").get(f"/admin/terjemahan/{portal.pk}/berkas/csv/")

    assert events("exported") == [("exported", "tini", "visi-2016-2021-terjemahan.csv", "")]


def test_a_command_is_recorded_as_the_server(db):
    record(Event.Kind.BACKED_UP, object="portal.backup")

    assert events("backed-up") == [("backed-up", "server", "portal.backup", "")]


def test_an_event_is_rolled_back_with_its_transaction(db):
    with transaction.atomic():
        record(Event.Kind.RESTORED)
        transaction.set_rollback(True)

    assert events("restored") == []


# It is permanent


@pytest.mark.parametrize(
    "statement", ["DELETE FROM editorial_event", "UPDATE editorial_event SET actor = 'x'"]
)
def test_the_database_refuses_to_change_an_event(db, statement):
    record(Event.Kind.BACKED_UP)

    with pytest.raises(DatabaseError, match="history is permanent"), transaction.atomic():
        connection.cursor().execute(statement)


def test_no_code_changes_an_event(db):
    event = record(Event.Kind.BACKED_UP)

    for attempt in (event.save, event.delete, Event.objects.all().delete):
        with pytest.raises(Permanent):
            attempt()


# Readers


@pytest.mark.parametrize("role", ["Editor", "Translator", "Publisher"])
def test_only_administrators_read_the_log(db, role):
    assert logged_in("sri", role).get(LOG).status_code == 403
    assert logged_in("ida", "Administrator").get(LOG).status_code == 200


def test_the_log_is_filtered_by_event_person_and_time(db):
    record(Event.Kind.RESTORED, actor="budi")
    record(Event.Kind.BACKED_UP)
    client = logged_in("ida", "Administrator")

    def shown(**query):
        return {event.kind for event in client.get(LOG, query).context["cl"].result_list}

    assert shown(actor="budi") == {"restored"}
    assert shown(kind="backed-up", days="1") == {"backed-up"}
    assert {"login", "restored"} < shown(kind="nothing", actor="", days="x")
    assert shown(q="budi") == {"restored"}


def test_the_log_speaks_the_readers_language(db):
    record(Event.Kind.ROLE_GIVEN, detail="Editor")
    ida = make_account("ida", "Administrator", language="id")
    client = logged_in("sri", "Administrator")
    english = client.get(LOG, {"kind": "role-given"}).text
    client.force_login(ida)

    indonesian = client.get(LOG, {"kind": "role-given"}).text

    assert "gave a role" in english
    assert "memberi peran" in indonesian
    assert "Penyunting" in indonesian


def test_a_longer_log_takes_no_more_queries(db, django_assert_max_num_queries):
    client = logged_in("ida", "Administrator")
    for _number in range(60):
        record(Event.Kind.BACKED_UP)

    with django_assert_max_num_queries(10):
        client.get(LOG)


# On the desk of administrators


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "count", "words"),
    [
        ("login-failed", 50, "Somebody is trying to guess the password of sri: 50 wrong ones"),
        ("code-failed", 5, "5 wrong codes within a day after the right password of sri."),
    ],
)
def test_the_desk_tells_administrators_of_guessed_passwords_and_codes(db, kind, count, words):
    ida = logged_in("ida", "Administrator")
    for _number in range(count - 1):
        record(Event.Kind(kind), actor="sri")
    record(Event.Kind(kind), actor="budi")
    before = ida.get("/admin/").text
    record(Event.Kind(kind), actor="sri")

    page = ida.get("/admin/").text

    assert words not in before
    assert words in page
    address = re.search(rf'<a href="([^"]*kind={kind}[^"]*)"', page)[1].replace("&amp;", "&")
    assert len(ida.get(address).context["cl"].result_list) == count
    assert words not in logged_in("tini", "Publisher").get("/admin/").text


# Requests, and the lines of the log


def test_a_response_of_the_admin_and_its_events_have_the_same_request_id(portal):
    client = logged_in("sri", "Editor")

    first, second = (
        client.get(reverse("admin:vision_vision_publish", args=[portal.pk])) for _ in range(2)
    )

    ids = [answer.headers["X-Request-ID"] for answer in (first, second)]
    assert len(set(ids)) == 2
    assert (
        list(
            Event.objects.filter(kind="refused").order_by("pk").values_list("request_id", flat=True)
        )
        == ids
    )
    assert "X-Request-ID" not in client.get("/id/").headers


def test_an_event_is_one_line_of_json_with_its_request(
    db, caplog, django_capture_on_commit_callbacks
):
    client = logged_in("sri", "Editor")
    caplog.set_level(logging.INFO, "audit")
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(
            "/admin/periode-baru/", headers={"user-agent": 'x" }\n{"kind": "forged"'}
        )
        refused = client.get(LOG)

    (record_,) = [entry for entry in caplog.records if entry.name == "audit"]
    line = JsonFormatter().format(record_)
    told = json.loads(line)
    assert "\n" not in line
    assert answer.status_code == 200
    assert (told["kind"], told["actor"], told["object"]) == ("refused", "sri", LOG)
    assert told["request_id"] == refused.headers["X-Request-ID"]


def test_an_error_is_one_line_too(caplog):
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        logging.getLogger("portal").exception("it broke")

    line = JsonFormatter().format(caplog.records[0])

    assert "\n" not in line
    assert "ValueError: first" in json.loads(line)["traceback"]
