"""A Chromium, its pages and its complaints."""

import os
import shutil
import subprocess

import pytest

from tests.support.browser.axe import SCRIPT
from tests.support.browser.chromium import ARGUMENTS, FONTS


@pytest.fixture(scope="session")
def chromium():
    executable = shutil.which("chromium")
    if not executable:
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, so Django suspects asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        patch.setenv("FONTCONFIG_FILE", str(FONTS))
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def common_faces():
    """Set the fonts that readers' machines have, for tests that measure in letters."""
    for asked, needed, package in [
        ("Liberation Serif:bold", "Liberation Serif", "fonts-liberation"),
        ("sans-serif", "DejaVu Sans", "fonts-dejavu-core"),
    ]:
        environment = os.environ | {"FONTCONFIG_FILE": str(FONTS)}
        found = subprocess.run(
            ["fc-match", asked], env=environment, capture_output=True, text=True, check=False
        )
        if needed not in found.stdout:
            pytest.skip(f"no {needed} here: apt-get install fontconfig {package}")


@pytest.fixture(scope="session")
def axe_source():
    if not SCRIPT.exists():
        pytest.skip("no axe-core here: apt-get install npm, then make test")
    return SCRIPT.read_text()


@pytest.fixture
def context(chromium, live_server, live_portal):
    """A new browser context without a login and with reduced motion."""
    context = chromium.new_context(base_url=live_server.url, reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def complaints():
    """Console errors of the page, violations of the content security policy included."""
    return []
