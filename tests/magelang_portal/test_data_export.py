"""`manage.py export_data`: all data of the portal, for a successor system."""

import hashlib
import json
import stat
from io import StringIO

import jsonschema
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client

from editions.document import Text
from editions.models import Edition
from editions.publishing import withdraw
from editorial.accounts.second_factor import new_recovery_codes
from editorial.history.recording import recorded
from editorial.models import Account, Event, Seal
from editorial.spelling.words import add_word
from magelang_portal.operations import data_export
from magelang_portal.operations.data_export import LEFT_OUT, SECTIONS
from missions.models import Mission
from tests.support.factories import make_answer, make_imported_unit, make_point, publish_now
from tests.support.people.accounts import PASSWORD, make_holder


def exported(path):
    call_command("export_data", path, verbosity=0)
    return json.loads(path.read_bytes())


@pytest.fixture
def worked_on(live_portal):
    """A portal with a row of every kind."""
    account, device = make_holder("sri", "Publisher", "Editor")
    codes = new_recovery_codes(account)
    Client().force_login(account)
    with recorded(live_portal.pk, "sri"):
        mission = Mission.objects.get(vision=live_portal, number=1)
        mission.statement_ind = "Meningkatkan taman kota, “alun-alun”, dan\nsungai."
        mission.save()
        make_point(mission)
    make_imported_unit()
    add_word("Tidarsari", "sri")
    make_answer(live_portal, words="Setuju sekali.")
    publish_now(live_portal)
    withdraw(Edition.objects.get(number=3), reason=Text("Keliru", "Wrong"), withdrawn_by="sri")
    account.secrets = [
        account.password,
        device.key,
        *codes,
        *(code.replace(" ", "") for code in codes),
        PASSWORD,
    ]
    return account


@pytest.mark.slow
def test_the_export_is_complete_and_matches_its_schema(worked_on, tmp_path):
    data = exported(tmp_path / "data.json")

    schema = json.loads(call_command("export_data", "--schema", stdout=StringIO()))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(
        data
    )
    exported_later = {
        Event: {"kind": Event.Kind.EXPORTED},
        Seal: {"event__kind": Event.Kind.EXPORTED},
    }
    for name, model in SECTIONS.items():
        rows = model.objects.exclude(**exported_later.get(model, {"pk": None}))
        assert [row["id"] for row in data[name]] == list(
            rows.order_by("pk").values_list("pk", flat=True)
        ), name
        assert data[name], f"nothing is tested of {name}"


@pytest.mark.slow
def test_the_export_has_texts_in_both_languages_and_editions_with_their_files(worked_on, tmp_path):
    data = exported(tmp_path / "data.json")

    mission = Mission.objects.get(number=1, vision__period_start=2016)
    (row,) = [row for row in data["missions"] if row["id"] == mission.pk]
    assert row["statement"] == {"id": mission.statement_ind, "en": mission.statement_en}
    assert len(data["editions"]) == 3
    for edition in data["editions"]:
        assert hashlib.sha256(edition["file"].encode()).hexdigest() == edition["sha256"]
    assert data["versions"][0]["after"]["statement_ind"] == mission.statement_ind
    assert {row["state"] for row in data["translations"]} == {"done", "outdated"}


@pytest.mark.slow
def test_the_export_has_accounts_with_their_roles_and_without_secrets(worked_on, tmp_path):
    data = exported(tmp_path / "data.json")
    content = (tmp_path / "data.json").read_text()

    (account,) = data["accounts"]
    assert (account["username"], account["roles"]) == ("sri", ["Editor", "Publisher"])
    for secret in [
        *worked_on.secrets,
        *Session.objects.values_list("session_key", flat=True),
        settings.SECRET_KEY,
    ]:
        assert secret not in content
    assert Session.objects.exists()


def test_every_model_is_exported_or_left_out_for_a_reason():
    models = {model._meta.label for model in apps.get_models(include_auto_created=True)}

    assert models == {model._meta.label for model in SECTIONS.values()} | LEFT_OUT.keys()
    assert all(LEFT_OUT.values())


@pytest.mark.slow
def test_equal_data_give_equal_bytes_and_are_written_row_by_row(worked_on):
    class Written(list):
        write = list.append

    first, second = Written(), Written()
    counts = data_export.write(first)
    data_export.write(second)

    assert first[1:] == second[1:]  # the first line has the time
    assert len(first) > sum(counts.values())
    assert (
        max(len(part) for part in first)
        < max(len(edition.file) for edition in Edition.objects.all()) * 1.3
    )


@pytest.mark.slow
def test_only_its_owner_may_read_the_export_and_the_audit_log_records_it(worked_on, tmp_path):
    call_command("export_data", tmp_path, verbosity=0)

    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Event.objects.get(kind=Event.Kind.EXPORTED).object == path.name
    assert Account.objects.count() == 1


def test_an_export_that_fails_leaves_nothing(live_portal, tmp_path, monkeypatch):
    def fails(file):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr("magelang_portal.operations.data_export.write", fails)
    with pytest.raises(CommandError, match="No space left"):
        call_command("export_data", tmp_path / "data.json", verbosity=0)
    assert not list(tmp_path.iterdir())

    with pytest.raises(CommandError, match="which anyone can read"):
        call_command("export_data", settings.STATIC_ROOT, verbosity=0)
