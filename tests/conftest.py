import os
import re
import shutil
import subprocess
import threading
from datetime import datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.core.management.color import no_style
from django.db import connection, transaction
from django.test import Client, TransactionTestCase
from django.utils import translation

from editions import official_text, triggers
from editions.clock import WIB
from editions.document import Text
from editions.publishing import withdraw
from editorial.models import Act
from public.delivery import watch
from tests.support.postgres import MISSING, PROGRAMS, server
from vision.models import Vision

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
FONTS = Path(__file__).parent / "fonts.conf"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # root has no sandbox, and CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_addoption(parser):
    parser.addoption("--every-page", action="store_true", help="look at every page in the browser, not at a sample")
    parser.addoption("--publish-for", type=int, default=20, metavar="SECONDS", help="under readers, every two seconds")


# Where CI is set, the machine lacks nothing: so a skipped test is a failure.


def skipped_in_ci(config):
    in_ci = os.environ.get("CI", "").lower() in ("1", "true")
    return config.pluginmanager.get_plugin("terminalreporter").stats.get("skipped", []) if in_ci else []


def pytest_sessionfinish(session):
    if skipped_in_ci(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    for report in skipped_in_ci(config):
        terminalreporter.write_line(f"FAILED {report.nodeid}: skipped, and CI skips nothing", red=True)


@pytest.fixture(autouse=True)
def _language_of_the_portal():
    """The active language belongs to the thread, and would leak into the next test."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _nothing_was_found_wrong(settings):
    """What earlier tests left in the data folder would be on the desk of the next."""
    for folder in ("alarms", "heads"):
        shutil.rmtree(settings.DATA_DIR / folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """The threads that watch the database end soon after their test, and before the database is destroyed."""
    watch.IDLE = 0.1
    yield
    for thread in threading.enumerate():
        if thread.name == "watch":
            thread.join(5)


# The official text, in force since the first day of 2026


def load_official_text():
    (path,) = official_text.files()
    return official_text.load(path, at=datetime(2026, 1, 1, tzinfo=WIB))


@pytest.fixture(scope="session")
def official_rows(django_db_setup, django_db_blocker):
    """The rows that loading leaves, by table: loading checks each of them and takes seconds, writing them does not."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_official_text()
        rows = {model._meta.db_table: read_rows(model._meta.db_table) for model in official_models()}
        transaction.set_rollback(True)
    return rows


def official_models():
    apps_in_order = ["vision", "missions", "editions"]  # a published vision takes no more elements and missions
    models = [model for app in apps_in_order for model in apps.get_app_config(app).get_models()]
    return [*models, Act]  # what was said of the translation


def read_rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        return [column[0] for column in cursor.description], cursor.fetchall()


def write_rows(tables):
    with transaction.atomic(), connection.cursor() as cursor:
        for table, (columns, rows) in tables.items():
            values = ", ".join(["%s"] * len(columns))
            for row in rows:
                cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", row)
        for statement in connection.ops.sequence_reset_sql(no_style(), official_models()):
            cursor.execute(statement)  # PostgreSQL does not count rows that bring their own key
    return Vision.objects.get()


@pytest.fixture
def portal(official_rows, db):
    """The portal as shipped. The value is the vision 2016–2021, whose edition 2 is in force."""
    return write_rows(official_rows)


@pytest.fixture
def live_portal(official_rows, transactional_db):
    """The same for ``live_server`` and for threads."""
    return write_rows(official_rows)


NOT_FOUND = ["/id/tidak-ada/", "/en/nowhere/"]
WITHDRAWN = ["/id/visi/2016-2021/edisi/1/", "/en/vision/2016-2021/editions/1/"]
SEARCH = [  # nothing asked, one hit and many, none
    f"{path}{query}" for path in ("/id/cari/", "/en/search/") for query in ("", "?q=jasa", "?q=kota", "?q=xyzzy")
]


@pytest.fixture
def every_kind_of_page(portal, monkeypatch):
    """Each page of the sitemap, and each other answer to a reader, as pairs of address and HTML."""
    client = Client(raise_request_exception=False)
    pages = []

    def keep(addresses, status):
        for address in addresses:
            response = client.get(address)
            assert response.status_code == status, address
            pages.append((address, response.text))

    keep(re.findall(r"<loc>https?://[^/]+([^<]*)</loc>", client.get("/sitemap.xml").text), 200)
    keep(NOT_FOUND, 404)
    keep(SEARCH, 200)
    withdraw(portal.editions.get(number=1), reason=Text("Keliru.", "In error."), withdrawn_by="sri")
    keep(WITHDRAWN, 410)
    monkeypatch.setattr("public.releases.Release.current", lambda: 1 / 0)
    keep(["/id/"], 500)
    return pages


def pytest_configure(config):
    config.addinivalue_line("markers", "only_on(addresses): of the pages in turn, these only")
    config.addinivalue_line("markers", "database(vendor): what this database has and another has not")
    drop_triggers_before_the_flush()


def pytest_collection_modifyitems(config, items):
    """What the other database has is not skipped here: there is nothing to be asked."""
    for item in list(items):
        marker = item.get_closest_marker("database")
        if marker and connection.vendor not in marker.args:
            items.remove(item)
            config.hook.pytest_deselected(items=[item])


def drop_triggers_before_the_flush():
    """The flush after such a test deletes editions, which the triggers refuse: so it drops them first."""
    flush = TransactionTestCase._fixture_teardown

    def drop_triggers_and_flush(test_case):
        triggers.drop_triggers()
        try:
            flush(test_case)
        except CommandError:  # on PostgreSQL a thread that still reads may have met it in a deadlock
            flush(test_case)

    TransactionTestCase._fixture_teardown = drop_triggers_and_flush


# A PostgreSQL server that is thrown away


@pytest.fixture(scope="session")
def postgres_server():
    if PROGRAMS is None:
        pytest.skip(MISSING)
    with server() as running:
        yield running


@pytest.fixture
def postgres(postgres_server):
    """The address of an empty database."""
    return postgres_server.make_database()


# A real browser


@pytest.fixture(scope="session")
def chromium():
    executable = shutil.which("chromium")
    if not executable:
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, where Django then suspects asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        patch.setenv("FONTCONFIG_FILE", str(FONTS))
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def common_faces():
    """What is measured in letters is measured in faces that readers' machines have."""
    for asked, needed, package in [
        ("Liberation Serif:bold", "Liberation Serif", "fonts-liberation"),
        ("sans-serif", "DejaVu Sans", "fonts-dejavu-core"),
    ]:
        environment = os.environ | {"FONTCONFIG_FILE": str(FONTS)}
        found = subprocess.run(["fc-match", asked], env=environment, capture_output=True, text=True, check=False)
        if needed not in found.stdout:
            pytest.skip(f"no {needed} here: apt-get install fontconfig {package}")


@pytest.fixture(scope="session")
def axe_source():
    if not AXE.exists():
        pytest.skip("no axe-core here: apt-get install npm, then make test")
    return AXE.read_text()
