import os
import re
import shutil
import sqlite3
import threading
from pathlib import Path

import hypothesis
import pytest
from django.core.management import CommandError
from django.db import connection, transaction
from django.test import Client, TransactionTestCase
from django.utils import translation

from editions import triggers
from editions.document import Text
from editions.publishing import withdraw
from public.booklet import typst_cache
from public.delivery import watch
from tests.support.official_text import load_official_text, official_models, read_rows, write_rows

TESTS = Path(__file__).parent
MIGRATED = sqlite3.connect(":memory:", check_same_thread=False)  # the database before the tests
FLUSH = TransactionTestCase._fixture_teardown
# In make quick: a tenth of the examples, and no time limit, because all cores are busy.
hypothesis.settings.register_profile(
    "quick",
    max_examples=10,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)


def pytest_addoption(parser):
    parser.addoption(
        "--every-page",
        action="store_true",
        help="look at every page in the browser, not at a sample",
    )
    parser.addoption(
        "--keep-spoken",
        action="store_true",
        help="write what a screen reader says now to tests/system/spoken",
    )
    parser.addoption(
        "--publish-for",
        type=int,
        default=20,
        metavar="SECONDS",
        help="under readers, every two seconds",
    )


# With CI set, the machine has every program, so a skipped test is a failure.


def skipped_in_ci(config):
    in_ci = os.environ.get("CI", "").lower() in ("1", "true")
    reporter = config.pluginmanager.get_plugin(
        "terminalreporter"
    )  # a worker of pytest-xdist has no reporter
    return reporter.stats.get("skipped", []) if in_ci and reporter else []


def pytest_sessionfinish(session):
    if skipped_in_ci(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    for report in skipped_in_ci(config):
        terminalreporter.write_line(
            f"FAILED {report.nodeid}: skipped, and CI skips nothing", red=True
        )


@pytest.fixture(autouse=True)
def _language_of_the_portal():
    """Reset the language, which stays active in the thread after a test."""
    yield
    translation.deactivate()


@pytest.fixture
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _nothing_was_found_wrong(settings):
    """Delete the alarms, the remembered editions and the remembered events of earlier tests."""
    for folder in ("alarms", "heads", "audit"):
        shutil.rmtree(settings.DATA_DIR / folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _documents_are_set_here(request):
    """Typeset in this process: five times as fast. tests/system starts a process for each."""
    with typst_cache.mode(in_process=not request.node.get_closest_marker("system")):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """End the threads that watch the database before the database is destroyed."""
    watch.IDLE = 0.1
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            connection.ensure_connection()
            connection.connection.backup(MIGRATED)
    yield
    for thread in threading.enumerate():
        if thread.name == "watch":
            thread.join(5)


def rows_of_official_text(django_db_blocker, editions):
    """The rows of the loaded text, by table. Writing them is quick; loading checks each."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_official_text(editions)
        rows = {
            model._meta.db_table: read_rows(model._meta.db_table) for model in official_models()
        }
        transaction.set_rollback(True)
    return rows


@pytest.fixture(scope="session")
def official_rows(django_db_setup, django_db_blocker):
    return rows_of_official_text(django_db_blocker, editions=2)


@pytest.fixture(scope="session")
def shipped_rows(django_db_setup, django_db_blocker):
    return rows_of_official_text(django_db_blocker, editions=3)


@pytest.fixture
def shipped(shipped_rows, db):
    """The portal as shipped, with edition 3 in force. The value is the vision 2016–2021."""
    return write_rows(shipped_rows)


@pytest.fixture
def portal(official_rows, db):
    """The portal before edition 3, which tests publish. The value is the vision 2016–2021."""
    return write_rows(official_rows)


@pytest.fixture
def live_portal(official_rows, transactional_db):
    """The same for ``live_server`` and for threads."""
    return write_rows(official_rows)


@pytest.fixture
def edition(portal):
    """Edition 2, which is in force."""
    return portal.editions.get(number=2)


@pytest.fixture
def own_data_folder(settings, tmp_path):
    """An empty data folder for this test alone."""
    settings.DATA_DIR = tmp_path
    return tmp_path


NOT_FOUND = ["/id/tidak-ada/", "/en/nowhere/"]
FRAMES = [
    *("/id/sematan/kalimat/", "/en/embed/sentence/"),
    *("/id/sematan/bagan/", "/en/embed/figure/"),
    *("/id/sematan/misi/", "/en/embed/missions/"),
]
WITHDRAWN = ["/id/visi/2016-2021/edisi/1/", "/en/vision/2016-2021/editions/1/"]
SEARCH = [  # no query, one hit, many hits, no hit
    f"{path}{query}"
    for path in ("/id/cari/", "/en/search/")
    for query in ("", "?q=jasa", "?q=kota", "?q=xyzzy")
]


@pytest.fixture
def every_kind_of_page(shipped, monkeypatch):
    """Each page of the sitemap, and each other answer to a reader, as pairs of address and HTML."""
    client = Client(raise_request_exception=False)
    pages = []

    def keep(addresses, status):
        for address in addresses:
            response = client.get(address)
            assert response.status_code == status, address
            pages.append((address, response.text))

    keep(re.findall(r"<loc>https?://[^/]+([^<]*)</loc>", client.get("/sitemap.xml").text), 200)
    keep(FRAMES, 200)
    keep(NOT_FOUND, 404)
    keep(SEARCH, 200)
    withdraw(
        shipped.editions.get(number=1), reason=Text("Keliru.", "In error."), withdrawn_by="sri"
    )
    keep(WITHDRAWN, 410)
    monkeypatch.setattr("public.releases.Release.current", lambda: 1 / 0)
    keep(["/id/"], 500)
    return pages


def pytest_configure(config):
    empty_the_database_after_a_test_with_commits()


def pytest_collection_modifyitems(config, items):
    mark_by_folder(items)
    leave_out_other_databases(config, items)


def mark_by_folder(items):
    for item in items:
        for name in ("browser", "system"):
            if TESTS / name in item.path.parents:
                item.add_marker(name)


def leave_out_other_databases(config, items):
    """Deselect the tests for the other database instead of reporting them as skipped."""
    for item in list(items):
        marker = item.get_closest_marker("database")
        if marker and connection.vendor not in marker.args:
            items.remove(item)
            config.hook.pytest_deselected(items=[item])


def empty_the_database_after_a_test_with_commits():
    """On SQLite, restore the database: ten times as fast as the flush that PostgreSQL needs."""
    TransactionTestCase._fixture_teardown = lambda test_case: (
        restore() if connection.vendor == "sqlite" else drop_triggers_and_flush(test_case)
    )


def restore():
    connection.ensure_connection()
    MIGRATED.backup(connection.connection, sleep=0.01)


def drop_triggers_and_flush(test_case):
    """Drop the triggers first: the flush deletes editions, which they refuse."""
    triggers.drop_triggers()
    try:
        FLUSH(test_case)
    except CommandError:  # a deadlock with a thread that was still reading
        FLUSH(test_case)
