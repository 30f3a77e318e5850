"""Moving, replacing and withdrawing a scheduled edition, which no reader then sees."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from editions import clock
from editions.models import Edition, Withdrawal
from editions.publishing import (
    Refused,
    faults_of_editions,
    move,
    publish,
    withdraw,
    withdraw_before_its_time,
)
from editions.triggers import create_triggers, drop_triggers
from editorial.models import Account, Event
from missions.models import Mission
from tests.support.factories import NOTE, edit, make_vision, publish_now, wib
from tests.support.people.desk import change, errors_of, logged_in, typed
from tests.support.sql import COLUMNS, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def in_days(days):
    return (clock.now() + timedelta(days=days)).replace(second=0, microsecond=0)


def typed_as(moment):
    return moment.astimezone(clock.WIB).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def waiting(portal):
    """Edition 3, scheduled for tomorrow."""
    edit("Dijadwalkan.")
    return publish(portal, note=NOTE, publisher="budi", effective_at=in_days(1))


@pytest.fixture
def sri(portal):
    return logged_in("sri", "Publisher")


def page_of(edition, action):
    return f"/admin/editions/edition/{edition.pk}/{action}/"


def it_takes_effect(monkeypatch, edition):
    moment = edition.effective_at + timedelta(seconds=5)
    monkeypatch.setattr(clock, "now", lambda: moment)


# Moving


def test_moving_an_edition_withdraws_it_and_publishes_its_text_with_the_next_number(waiting):
    moved = move(waiting, effective_at=in_days(3), publisher="sri")

    waiting = Edition.objects.get(number=3)
    assert waiting.never_took_effect
    assert (moved.number, moved.document, moved.note) == (4, waiting.document, waiting.note)
    assert (moved.effective_at, moved.publisher) == (in_days(3), "sri")
    assert faults_of_editions() == []


def test_moving_an_edition_keeps_its_record_of_the_second_reader(portal):
    edit("Dijadwalkan.")
    alone = publish(
        portal, note=NOTE, publisher="a", effective_at=in_days(1), without_second_reader=True
    )

    assert move(alone, effective_at=in_days(2), publisher="b").without_second_reader


def test_a_move_to_the_same_time_is_refused(waiting):
    with pytest.raises(Refused, match="already"):
        move(waiting, effective_at=waiting.effective_at, publisher="sri")


def test_a_refused_move_leaves_the_schedule(waiting):
    with pytest.raises(Refused, match="has passed"):
        move(waiting, effective_at=in_days(-1), publisher="sri")

    assert not Withdrawal.objects.exists()
    assert Edition.objects.count() == 3


def test_the_page_moves_a_scheduled_edition(sri, waiting):
    page = sri.get(page_of(waiting, "pindahkan"))
    assert f'value="{typed_as(waiting.effective_at)}"' in page.text

    response = sri.post(
        page_of(waiting, "pindahkan"), {"when": "later", "at": typed_as(in_days(9))}, follow=True
    )

    assert "Edition 4 takes effect on" in response.text
    assert Edition.objects.get(number=4).effective_at == in_days(9)


def test_the_page_moves_a_scheduled_edition_to_now(sri, waiting):
    sri.post(page_of(waiting, "pindahkan"), {"when": "now"})

    assert Edition.objects.get(number=4).effective_at < clock.now() + timedelta(seconds=3)


def test_an_edition_that_took_effect_while_the_form_was_open_is_not_moved(
    sri, waiting, monkeypatch
):
    it_takes_effect(monkeypatch, waiting)

    response = sri.post(page_of(waiting, "pindahkan"), {"when": "now"})

    assert "Edition 3 has taken effect meanwhile" in errors_of(response)[0]
    assert "Publish what differs from it as the next edition" in errors_of(response)[0]
    assert Edition.objects.count() == 3


@pytest.mark.slow
@pytest.mark.parametrize("action", ["pindahkan", "ganti"])
def test_the_page_of_an_edition_no_longer_scheduled_leads_to_publishing(sri, waiting, action):
    withdraw_before_its_time(waiting, withdrawn_by="budi")

    response = sri.get(page_of(waiting, action), follow=True)

    assert response.redirect_chain[0][0] == f"/admin/vision/vision/{waiting.vision_id}/terbitkan/"
    assert "Edition 3 was withdrawn meanwhile by budi." in response.text


# Replacing


def replace_form(client, edition, **data):
    address = page_of(edition, "ganti")
    page = client.get(address)
    seen = page.context["review"].token
    note = {"note_ind": "Diganti.", "note_en": "Replaced."}
    return client.post(address, {"seen": seen, "when": "now"} | note | data)


@pytest.mark.slow
def test_the_working_copy_replaces_the_scheduled_edition(sri, waiting):
    edit("Naskah kerja.")

    assert replace_form(sri, waiting).status_code == 302

    fresh = Edition.objects.get(number=4)
    assert Edition.objects.get(number=3).never_took_effect
    assert fresh.document.missions[0].statement.id == "Naskah kerja."
    assert fresh.effective_at < clock.now() + timedelta(seconds=3)


@pytest.mark.slow
def test_the_form_has_the_note_and_the_time_of_the_scheduled_edition(sri, waiting):
    edit("Naskah kerja.")

    form = sri.get(page_of(waiting, "ganti")).context["form"]

    assert form["note_en"].value() == "Correction"
    assert form["when"].value() == "later"


@pytest.mark.slow
def test_a_replacement_is_compared_with_the_edition_in_force(sri, waiting):
    """Not with the replaced edition, which readers never saw."""
    page = sri.get(page_of(waiting, "ganti"))

    assert page.context["current"].number == 2
    assert page.context["difference"]


@pytest.mark.slow
def test_an_edition_that_took_effect_while_the_form_was_open_is_not_replaced(
    sri, waiting, monkeypatch
):
    edit("Naskah kerja.")
    address = page_of(waiting, "ganti")
    seen = sri.get(address).context["review"].token
    it_takes_effect(monkeypatch, waiting)

    response = sri.post(
        address, {"seen": seen, "when": "now", "note_ind": "Ketikan", "note_en": "Typed"}
    )

    assert "Edition 3 has taken effect meanwhile" in errors_of(response)[0]
    assert "Ketikan" in response.text
    assert (
        f'href="/admin/vision/vision/{waiting.vision_id}/terbitkan/">Publish without replacing it'
        in response.text
    )
    assert Edition.objects.count() == 3


@pytest.mark.slow
def test_the_rule_of_the_second_reader_covers_all_changes_of_a_replacement(sri, waiting, settings):
    settings.SECOND_READER = "required"
    edit("Dijadwalkan.")
    editor = logged_in("ayu", "Editor", "Publisher")
    mission = Mission.objects.get(number=2)
    editor.post(change(mission), typed(editor, change(mission), statement_ind="Dari Ayu."))

    page = editor.get(page_of(waiting, "ganti"))

    assert "another publisher must publish it" in page.text
    assert page.context["form"] is None


@pytest.mark.parametrize("action", ["pindahkan", "ganti", "tarik"])
def test_only_publishers_change_the_schedule(waiting, action):
    assert (
        logged_in("ayu", "Editor").post(page_of(waiting, action), {"confirm": "on"}).status_code
        == 403
    )
    assert not Withdrawal.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize("place", ["publish", "edition"])
def test_each_page_with_a_scheduled_edition_links_to_move_replace_and_withdraw(sri, waiting, place):
    pages = {
        "publish": f"/admin/vision/vision/{waiting.vision_id}/terbitkan/",
        "edition": f"/admin/editions/edition/{waiting.pk}/change/",
    }

    text = sri.get(pages[place]).text

    for action in ("pindahkan", "ganti", "tarik"):
        assert f'href="{page_of(waiting, action)}"' in text


# Withdrawing


def test_a_scheduled_edition_is_withdrawn_without_a_reason(sri, waiting):
    page = sri.get(page_of(waiting, "tarik"))
    assert "reason_ind" not in page.context["form"].fields

    sri.post(page_of(waiting, "tarik"), {"confirm": "on", "waits": "1"})

    withdrawal = Withdrawal.objects.get()
    assert (withdrawal.before_its_time, withdrawal.reason_ind, withdrawal.reason_en) == (
        True,
        "",
        "",
    )
    assert Event.objects.filter(kind=Event.Kind.WITHDRAWN, object="2016–2021, 3").exists()
    state = sri.get(f"/admin/editions/edition/{waiting.pk}/change/").text
    assert "withdrawn before it took effect" in state
    assert "reason" not in state


def test_withdrawing_an_edition_that_took_effect_meanwhile_asks_for_the_reason(
    sri, waiting, monkeypatch
):
    it_takes_effect(monkeypatch, waiting)

    response = sri.post(page_of(waiting, "tarik"), {"confirm": "on", "waits": "1"})

    assert (
        "Edition 3 has taken effect meanwhile: readers see it. Give the reason, then withdraw it."
        in errors_of(response)
    )
    assert 'name="reason_ind"' in response.text
    assert not Withdrawal.objects.exists()


def test_a_reason_for_an_edition_that_no_reader_saw_is_refused(waiting):
    with pytest.raises(Refused, match="without one"):
        withdraw(waiting, reason=NOTE, withdrawn_by="a")


def test_an_edition_that_took_effect_is_not_withdrawn_without_a_reason(portal):
    with pytest.raises(Refused, match="Give the reason"):
        withdraw_before_its_time(Edition.objects.get(number=2), withdrawn_by="a")


def test_in_its_last_second_an_edition_counts_as_in_force(waiting, monkeypatch):
    """A worker may show it before it knows of the withdrawal."""
    moment = waiting.effective_at - timedelta(seconds=0.5)
    monkeypatch.setattr(clock, "now", lambda: moment)

    with pytest.raises(Refused):
        withdraw_before_its_time(waiting, withdrawn_by="a")


# Refusals of the database


def insert_withdrawal(edition, *, early, reason):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO editions_withdrawal "
            "(edition_id, withdrawn_at, withdrawn_by, before_its_time, reason_ind, reason_en) "
            "VALUES (%s, %s, 'x', %s, %s, %s)",
            [edition.pk, clock.now().replace(tzinfo=None), early, reason, reason],
        )


@pytest.mark.parametrize(("early", "reason"), [(True, "a"), (False, "a"), (False, "")])
def test_sql_withdraws_a_scheduled_edition_only_without_a_reason(waiting, early, reason):
    with pytest.raises(IntegrityError):
        insert_withdrawal(waiting, early=early, reason=reason)


@pytest.mark.parametrize(("early", "reason"), [(True, ""), (True, "a"), (False, "")])
def test_sql_withdraws_an_edition_that_took_effect_only_with_a_reason(portal, early, reason):
    with pytest.raises(IntegrityError):
        insert_withdrawal(Edition.objects.get(number=2), early=early, reason=reason)


def test_sql_publishes_nothing_else_while_an_edition_is_scheduled(waiting):
    with pytest.raises(IntegrityError):
        run(
            f"INSERT INTO editions_edition ({COLUMNS}) SELECT vision_id, period_start, "
            f"period_end, 4, "
            "'2999-01-01 00:00:00', 'a', 'b', file, 'y', 'x', published_at, 0 FROM "
            "editions_edition WHERE number = 3"
        )


def test_sql_publishes_nothing_of_a_missing_vision(portal):
    with pytest.raises(IntegrityError):
        run(
            f"INSERT INTO editions_edition ({COLUMNS}) SELECT 999, period_start, period_end, 1, "
            "'2026-01-01 00:00:00', 'a', 'b', file, 'y', 'x', published_at, 0 FROM "
            "editions_edition WHERE number = 1"
        )


def test_an_early_withdrawal_by_an_older_portal_is_recognised_and_keeps_its_reason(waiting):
    drop_triggers()
    late = Withdrawal.objects.create(
        edition=Edition.objects.get(number=1),
        withdrawn_at=clock.now(),
        reason_ind="a",
        reason_en="b",
    )
    early = Withdrawal.objects.create(
        edition=waiting, withdrawn_at=clock.now(), reason_ind="a", reason_en="b"
    )

    name = "0003_withdrawn_before_its_time"
    migrated = MigrationLoader(connection).project_state(("editions", name)).apps
    import_module(f"editions.migrations.{name}").mark(migrated, connection.schema_editor())
    create_triggers()

    early, late = Withdrawal.objects.get(pk=early.pk), Withdrawal.objects.get(pk=late.pk)
    assert (early.before_its_time, early.reason_en, late.before_its_time) == (True, "b", False)


# Public pages


@pytest.fixture
def followed(waiting):
    """Edition 3 was withdrawn before its time; edition 4 is in force."""
    withdraw_before_its_time(waiting, withdrawn_by="a")
    return publish_now(Edition.objects.get(number=2).vision)


GONE = [
    "/id/visi/2016-2021/edisi/3/",
    "/en/vision/2016-2021/editions/3/",
    "/data/2016-2021/3.json",
    "/data/2016-2021/editions/3.csv",
    "/id/visi/2016-2021/edisi/3/buku.pdf",
    "/id/visi/2016-2021/edisi/2/3/",
]


@pytest.mark.slow
@pytest.mark.parametrize("path", GONE)
def test_a_scheduled_edition_withdrawn_early_answers_404_before_and_after_its_time(
    client, followed, monkeypatch, path
):
    assert client.get(path).status_code == 404
    monkeypatch.setattr(clock, "now", lambda: wib(2030, 1, 1))
    assert client.get(path).status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/id/umpan.atom",
        "/sitemap.xml",
        "/id/visi/2016-2021/edisi/",
        "/en/data/",
        "/en/vision/2016-2021/",
    ],
)
def test_no_public_page_names_a_scheduled_edition_withdrawn_early(
    client, followed, monkeypatch, path
):
    monkeypatch.setattr(clock, "now", lambda: wib(2030, 1, 1))

    text = client.get(path).text

    assert not any(address in text for address in [*GONE, "edisi/3/", "editions/3/"])
    assert "Dijadwalkan" not in text


def test_the_chain_names_an_early_withdrawn_edition_once_a_later_one_is_in_force(client, followed):
    chain = client.get("/data/2016-2021/chain.json").json()["editions"]

    editions = list(Edition.objects.order_by("number"))
    assert [link["number"] for link in chain] == [1, 2, 3, 4]
    assert [link["sha256"] for link in chain] == [edition.sha256 for edition in editions]
    assert [link["previous"] for link in chain] == [
        "0" * 64,
        *(link["sha256"] for link in chain[:-1]),
    ]


def test_the_chain_does_not_name_a_scheduled_or_last_withdrawn_edition(client, waiting):
    assert len(client.get("/data/2016-2021/chain.json").json()["editions"]) == 2

    withdraw_before_its_time(waiting, withdrawn_by="a")

    assert len(client.get("/data/2016-2021/chain.json").json()["editions"]) == 2


def test_a_period_without_an_effective_edition_has_no_chain(client, db):
    publish(make_vision(), note=NOTE, publisher="a", effective_at=in_days(1))

    assert client.get("/data/2031-2035/chain.json").status_code == 404


# Far times


FAR = "9999-01-01T08:00"


def test_a_time_more_than_a_year_ahead_needs_a_confirmation(portal):
    edit()

    with pytest.raises(Refused, match="more than a year ahead"):
        publish(portal, note=NOTE, publisher="a", effective_at=in_days(400))

    assert publish(portal, note=NOTE, publisher="a", effective_at=in_days(300))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "question"), [("en", "more than a year ahead"), ("id", "lebih dari setahun")]
)
def test_the_page_asks_about_a_far_time_and_keeps_the_typed_text(portal, language, question):
    edit()
    client = logged_in("sri", "Publisher")
    Account.objects.update(language=language)
    address = f"/admin/vision/vision/{portal.pk}/terbitkan/"
    seen = client.get(address).context["review"].token
    form = {"seen": seen, "when": "later", "at": FAR, "note_ind": "Catatan", "note_en": "Note"}

    asked = client.post(address, form)

    assert question in errors_of(asked)[0]
    assert Edition.objects.count() == 2
    meant = asked.context["form"].fields["far"].widget.attrs["value"]
    assert f'value="{meant}"' in asked.text
    assert client.post(address, form | {"far": meant}).status_code == 302
    assert Edition.objects.get(number=3).effective_at == wib(9999, 1, 1, 8)


def test_the_confirmation_of_one_far_time_does_not_confirm_another(sri, waiting):
    address = page_of(waiting, "pindahkan")
    meant = (
        sri.post(address, {"when": "later", "at": "2999-01-01T08:00"}).context["form"].fields["far"]
    )

    response = sri.post(address, {"when": "later", "at": FAR, "far": meant.widget.attrs["value"]})

    assert "more than a year ahead" in errors_of(response)[0]
    assert not Withdrawal.objects.exists()


# From the shell


def command(**options):
    call_command("publish", "2016-2021", publisher="sri", **options)


def test_the_command_moves_replaces_and_withdraws(waiting, capsys):
    command(move=True, at=in_days(5).isoformat())
    edit("Dari baris perintah.")
    command(replace=True, at=in_days(6).isoformat(), note_id="a", note_en="b")
    command(withdraw=True)

    assert [edition.never_took_effect for edition in Edition.objects.order_by("number")[2:]] == [
        True
    ] * 3
    assert "Edition 5 of 2016–2021 is withdrawn before its time" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["move", "replace", "withdraw"])
def test_the_command_says_that_no_edition_is_scheduled(portal, option):
    with pytest.raises(CommandError, match="No edition of this period waits"):
        command(**{option: True})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"at": FAR, "note_id": "a", "note_en": "b"}, "more than a year ahead"),
        ({}, "--note-id and --note-en"),
    ],
)
def test_the_command_asks_about_a_far_time_as_the_page_does(portal, options, message):
    edit()

    with pytest.raises(CommandError, match=message):
        command(**options)


def test_an_option_of_the_command_confirms_a_far_time(portal):
    edit()

    command(at=FAR, far=True, note_id="a", note_en="b")

    assert Edition.objects.get(number=3)
