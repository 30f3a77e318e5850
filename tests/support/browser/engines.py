"""Start Firefox ESR and WebKitGTK for tests. Selenium drives both.

Debian has no geckodriver, so the tests use the socket for WebDriver BiDi that Firefox opens.
WebKitGTK has a driver, and needs a screen.
"""

import base64
import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.browser.chromium import FONTS
from tests.support.waiting import wait_until

PREFERENCES = {  # of Firefox: scroll bars as on a phone, and no call home
    "ui.useOverlayScrollbars": 1,
    "network.proxy.type": 1,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
}
LOOKS = {
    "light": {"layout.css.prefers-color-scheme.content-override": 1},
    "dark": {"layout.css.prefers-color-scheme.content-override": 0},
    "forced colours": {
        "browser.display.document_color_use": 2,
        "browser.display.use_system_colors": False,
        "browser.display.background_color": "#000000",
        "browser.display.foreground_color": "#ffffff",
        "browser.anchor_color": "#ffff00",
        "browser.visited_color": "#ffff00",
    },
}
SHEET = {"width": 21, "height": 29.7}  # A4, in centimetres
BINDINGS = Path("/usr/lib/python3/dist-packages/gi")
MINIBROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), None)
NARROW = "* { min-width: 0; padding: 0 }"  # GTK's style: its buttons would keep a window wide
SWITCHES = {"light": [], "dark": ["--dark-mode"]}  # of MiniBrowser, by look
# Waits until changes are drawn.
DRAWN = "() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(() => go(1))))"
PRINT = Path(__file__).with_name("webkit_print.py")


def environment(**more):
    return os.environ | {"FONTCONFIG_FILE": str(FONTS), "NO_AT_BRIDGE": "1"} | more


@contextmanager
def running(command, **options):
    """A program, until the block ends."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, **options) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def firefox(folder, look):
    """A window of Firefox with the preferences of ``look``."""
    if not shutil.which("firefox-esr"):
        pytest.skip("no Firefox here: apt-get install firefox-esr")
    lines = [
        f'user_pref("{name}", {json.dumps(value)});'
        for name, value in (PREFERENCES | LOOKS[look]).items()
    ]
    (folder / "user.js").write_text("\n".join(lines))
    command = ["firefox-esr", "--headless", "--profile", str(folder), "--remote-debugging-port=0"]
    with running(command, env=environment(HOME=str(folder)), stdout=subprocess.DEVNULL):
        yield Firefox(socket_of(folder))


def socket_of(profile):
    """The address that Firefox writes down once it listens."""
    path = profile / "WebDriverBiDiServer.json"
    wait_until(lambda: path.exists() and path.read_text())
    server = json.loads(path.read_text())
    return f"ws://{server['ws_host']}:{server['ws_port']}/session"


class Firefox:
    def __init__(self, socket):
        from selenium.webdriver.common.bidi.browsing_context import BrowsingContext
        from selenium.webdriver.common.bidi.script import Script
        from selenium.webdriver.common.bidi.session import Session
        from selenium.webdriver.remote.websocket_connection import WebSocketConnection

        connection = WebSocketConnection(socket, timeout=60, interval=0.01)
        Session(connection).new(capabilities={})
        self.browsing, self.script = BrowsingContext(connection), Script(connection)
        self.context = self.browsing.create(type="tab")  # the first one never has the focus

    def resize(self, width, height):
        self.browsing.set_viewport(self.context, {"width": width, "height": height})

    def open(self, address):
        self.browsing.navigate(self.context, address, wait="complete")

    def evaluate(self, function):
        answer = self.script.evaluate(
            f"JSON.stringify(({function})() ?? null)", {"context": self.context}, await_promise=True
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def screenshot(self):
        self.evaluate(DRAWN)
        return base64.b64decode(self.browsing.capture_screenshot(self.context))

    def print(self, address):
        """The page as a PDF. The style decides on its margins."""
        self.open(address)
        return base64.b64decode(self.browsing.print(self.context, page=SHEET))


@contextmanager
def webkit(folder, look):
    """A window of WebKitGTK in ``look``, on a virtual screen."""
    if not MINIBROWSER or not shutil.which("WebKitWebDriver") or not shutil.which("Xvfb"):
        pytest.skip("no WebKitGTK here: apt-get install webkitgtk-webdriver xvfb")
    from selenium.webdriver import WebKitGTK, WebKitGTKOptions
    from selenium.webdriver.webkitgtk.service import Service

    (folder / "gtk-3.0").mkdir()
    (folder / "gtk-3.0" / "gtk.css").write_text(NARROW)
    options = WebKitGTKOptions()
    options.binary_location = str(MINIBROWSER)
    for switch in ["--automation", "--full-screen", *SWITCHES[look]]:
        options.add_argument(switch)
    screen = ["Xvfb", "-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
    with running(screen, stdout=subprocess.PIPE, text=True) as server:
        display = f":{server.stdout.readline().strip()}"
        env = environment(XDG_CONFIG_HOME=str(folder), DISPLAY=display)
        service = Service(shutil.which("WebKitWebDriver"), env=env)
        with WebKitGTK(options, service) as driver:
            yield WebKit(driver, env, folder / "page.pdf")


class WebKit:
    def __init__(self, driver, env, pdf):
        self.driver, self.env, self.pdf = driver, env, pdf
        self.resize = driver.set_window_size
        self.open = driver.get

    def evaluate(self, function):
        return self.driver.execute_script(f"return ({function})() ?? null")

    def screenshot(self):
        self.evaluate(DRAWN)
        return self.driver.get_screenshot_as_png()

    def print(self, address):
        """The page as a PDF. The driver cannot print, so another window does."""
        if not BINDINGS.exists() or not any(Path("/usr/lib").glob("*/girepository-1.0/WebKit2*")):
            pytest.skip("no bindings here: apt-get install python3-gi gir1.2-webkit2-4.1")
        command = ["/usr/bin/python3", str(PRINT), address, str(self.pdf)]
        subprocess.run(command, env=self.env, check=True, timeout=60)
        return self.pdf.read_bytes()
