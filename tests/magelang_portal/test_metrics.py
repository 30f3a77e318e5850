"""``manage.py metrics`` writes what Prometheus' node exporter reads."""

import re
import stat

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from prometheus_client.parser import text_string_to_metric_families

from editions.data_folder import outcomes
from editions.data_folder.alarms import raise_alarm
from magelang_portal import VERSION
from magelang_portal.operations.alarms import metrics
from magelang_portal.operations.doctor.probe import Answer
from tests.support.factories import make_account

pytestmark = pytest.mark.usefixtures("own_data_folder")
LINE = re.compile(
    r"# (HELP|TYPE) portal_\w+ .+|portal_[a-z_]+(\{(\w+=\"(\\.|[^\"\\])*\",?)+\})? \S+"
)


@pytest.fixture(autouse=True)
def _questions_of_the_machine(monkeypatch):
    """The doctor asks in other threads, which do not see what a test wrote to the database."""

    def ask(name):
        answer = Answer(name)
        if name == "disk":
            answer.measure("free_bytes", 5, folder='/a "b"\\c\nd')
        return answer

    monkeypatch.setattr(metrics, "ask", ask)


def read(text):
    """{(name, labels)}: value of each sample, as Prometheus reads it."""
    return {
        (sample.name, tuple(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_metrics_have_release_ages_counts_and_alarms(portal):
    make_account("sri", "Editor")
    raise_alarm("verify_site", "/id/ differs.")
    outcomes.keep("backup", is_good=True)

    got = read(metrics.collected())

    period = ("period", "2016-2021")
    assert got["portal_database_up", ()] == 1
    assert got["portal_edition_number", (period,)] == 2
    assert got["portal_edition_effective_timestamp_seconds", (period,)] > 1.7e9
    assert got["portal_missing_english", (period, ("of", "edition"))] == 0
    assert got["portal_missing_english", (period, ("of", "working_copy"))] == 0
    assert got["portal_accounts", (("state", "active"),)] == 1
    assert got["portal_accounts", (("state", "inactive"),)] == 0
    assert got["portal_alarms_open", ()] == 1
    assert got["portal_alarm_began_timestamp_seconds", (("alarm", "verify_site"),)] > 1.7e9
    assert got["portal_run_good_timestamp_seconds", (("command", "backup"),)] > 1.7e9
    (labels,) = [labels for name, labels in got if name == "portal_info"]
    assert labels[0] == ("version", VERSION)
    assert re.fullmatch("[0-9a-f]{12}", labels[1][1])


def test_labels_are_escaped(portal):
    got = read(metrics.collected())

    assert got["portal_disk_free_bytes", (("folder", '/a "b"\\c\nd'),)] == 5


def test_each_line_has_the_form_of_the_format_and_each_metric_stands_once(portal):
    lines = metrics.collected().split("\n")

    assert lines.pop() == ""
    for line in lines:
        assert LINE.fullmatch(line), line
    types = [line for line in lines if line.startswith("# TYPE")]
    assert len(types) == len(set(types))


def test_without_the_database_the_rest_is_measured(db, monkeypatch):
    def lost(*arguments):
        raise OperationalError("the database is lost")

    monkeypatch.setattr("public.releases.Release.agreed", lost)
    raise_alarm("clock", "The clock is ahead.")

    got = read(metrics.collected())

    assert got["portal_database_up", ()] == 0
    assert got["portal_alarms_open", ()] == 1
    assert got["portal_disk_free_bytes", (("folder", '/a "b"\\c\nd'),)] == 5
    assert not [name for name, _labels in got if name.startswith("portal_edition")]


def test_the_file_is_replaced_in_one_step_and_others_may_read_it(portal, tmp_path):
    file = tmp_path / "metrics" / "portal.prom"
    call_command("metrics", str(file))
    before = file.stat().st_ino

    call_command("metrics", str(file))

    assert file.stat().st_ino != before
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [path.name for path in file.parent.iterdir()] == ["portal.prom"]
    assert read(file.read_text())


def test_without_a_file_the_metrics_are_printed(portal, capsys):
    call_command("metrics")

    assert read(capsys.readouterr().out)["portal_database_up", ()] == 1


def test_a_file_that_the_exporter_would_not_read_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r"only files that end with \.prom"):
        call_command("metrics", str(tmp_path / "portal.txt"))
