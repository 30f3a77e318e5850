"""What timers found is on the desk of whoever works here, with what to do about it."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from editions import outcomes
from editions.models import Edition
from editorial import alarms
from tests.factories import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def production(settings):
    settings.PRODUCTION = True


def alarms_of(language="en"):
    name = f"penyunting-{language}"
    client = Client()
    client.force_login(make_account(name, "Editor", language=language))
    text = client.get("/admin/").text
    section = re.search(r'<section class="alarms".*?</section>', text, re.DOTALL)
    return [unescape(words) for words in re.findall("<p>(.*?)</p>", section[0])] if section else []


def good(*names):
    for name in names:
        outcomes.keep(name, is_good=True)


def test_where_all_is_well_nothing_is_said(portal, production):
    good("verify_editions", "verify_site", "backup")

    assert alarms_of() == []


def test_where_no_timer_need_run_nothing_is_said_of_them(portal):
    assert alarms_of() == []


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The editions in the database are not as they were published"),
        ("id", "Edisi di basis data tidak lagi sama"),
    ],
)
def test_changed_editions_are_on_the_desk_until_they_are_as_published_again(portal, monkeypatch, language, sentence):
    with monkeypatch.context() as patch:
        patch.setattr("editions.publishing.hash_of", lambda file: "x")
        with pytest.raises(CommandError):
            call_command("verify_editions", verbosity=0)

    assert Edition.objects.exists()
    (said,) = alarms_of(language)
    assert said.startswith(sentence)
    assert "manage.py verify_editions" in said
    assert "WIB" in said

    call_command("verify_editions", verbosity=0)
    assert Client().get("/admin/").status_code == 302
    assert list(alarms.alarms()) == []


@pytest.mark.parametrize(("language", "word"), [("en", "Readers"), ("id", "Pembaca")])
def test_pages_that_differ_are_on_the_desk(live_portal, settings, language, word):
    with pytest.raises(CommandError):
        call_command("verify_site", "http://127.0.0.1:9", verbosity=0)
    assert list(alarms.alarms()) == []  # it is a mirror

    settings.SITE_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError):
        call_command("verify_site", "http://127.0.0.1:9", verbosity=0)

    (said,) = alarms_of(language)
    assert said.startswith(word)
    assert "manage.py verify_site" in said


def test_in_production_it_is_said_that_nothing_was_checked_or_saved_yet(portal, production):
    assert [sentence[:40] for sentence in alarms_of()] == [
        "Nothing has checked yet that the edition",
        "There is no backup yet. Ask the operator",
    ]


def test_in_production_it_is_said_that_a_timer_has_stopped(portal, production, monkeypatch):
    good("verify_editions", "verify_site", "backup")
    later = datetime.now(UTC) + timedelta(days=3)
    monkeypatch.setattr(alarms, "datetime", type("Later", (), {"now": lambda zone: later}))

    verified, saved = alarms_of()
    assert verified.startswith("Since ")
    assert "portal-verify" in verified
    assert saved.startswith("The last good backup was made on ")


def test_a_backup_that_failed_does_not_hide_how_old_the_last_good_one_is(portal, production, monkeypatch):
    good("verify_editions", "verify_site", "backup")
    outcomes.keep("backup", is_good=False, words="the disk is full")

    assert alarms_of() == []
