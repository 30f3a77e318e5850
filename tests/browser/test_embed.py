"""Frames of the portal on pages of other sites, in Chromium, Firefox and WebKitGTK."""

import re
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread

import pytest
from django.test import Client
from PIL import Image

from tests.support.browser.axe import AXE_TAGS
from tests.support.browser.engines import firefox, webkit
from tests.support.browser.questions import UNSEEN
from tests.support.formats.pdf import poppler

# Selenium sets a deprecated name itself, and warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")
PAGES = ["/id/sematan/", "/en/embed/"]
FRAMES = [
    *("/id/sematan/kalimat/", "/id/sematan/bagan/", "/id/sematan/misi/"),
    *("/en/embed/sentence/", "/en/embed/figure/", "/en/embed/missions/"),
]
OTHERS = ["/id/", "/id/sematan/", "/en/vision/2016-2021/figure/", "/admin/login/"]
GOLD = (232, 185, 62)  # of the line above each frame
MARGINS = '<!doctype html><html lang="id"><title>Kota</title><style>* {margin: 0}</style>'
OVERFLOW = """() => {
    const {scrollWidth, clientWidth, scrollHeight, clientHeight} = document.documentElement;
    return [scrollWidth - clientWidth, scrollHeight - clientHeight];
}"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll('main *')]
    .map(element => parseFloat(getComputedStyle(element).fontSize)))"""


class OtherSite(BaseHTTPRequestHandler):
    """A site of which every page is ``body``."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.body.encode())

    def log_message(self, *arguments):
        pass


@contextmanager
def other_site():
    with ThreadingHTTPServer(("127.0.0.1", 0), OtherSite) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        server.address = f"http://127.0.0.1:{server.server_port}"
        yield server
        server.shutdown()


@pytest.fixture
def city():
    """The city's main site, on another origin."""
    with other_site() as server:
        yield server


@pytest.fixture
def codes(live_server, live_portal, settings):
    """The codes of both pages, frames and quotations in turn, with the live server's address."""
    settings.SITE_URL = live_server.url
    found = []
    for page in PAGES:
        areas = re.findall(r"<textarea[^>]*>(.*?)</textarea>", Client().get(page).text, re.DOTALL)
        found += map(unescape, areas)
    return found


@pytest.fixture(scope="session")
def window_of(tmp_path_factory):
    with ExitStack() as stack:

        @cache
        def window_of(engine):
            folder = tmp_path_factory.mktemp(engine.__name__)
            return stack.enter_context(engine(folder, "light"))

        yield window_of


@pytest.fixture
def chromium_window(context):
    return partial(ChromiumWindow, context.new_page())


class ChromiumWindow:
    """A page of Chromium with the words of the windows of the other engines."""

    def __init__(self, page):
        self.page, self.open, self.screenshot = page, page.goto, page.screenshot

    def resize(self, width, height):
        self.page.set_viewport_size({"width": width, "height": height})


@pytest.fixture(params=["chromium", "firefox", "webkit"])
def window(request):
    if request.param == "chromium":
        return request.getfixturevalue("chromium_window")()
    engine = {"firefox": firefox, "webkit": webkit}[request.param]
    return request.getfixturevalue("window_of")(engine)


def shown_in(window, city, address):
    """Whether the window shows this address in a frame of the city's site."""
    city.body = f'{MARGINS}<iframe src="{address}" width="400" height="300" style="border:0">'
    window.resize(420, 320)
    window.open(f"{city.address}/{address.rpartition('://')[2].replace('/', '-')}")
    picture = Image.open(BytesIO(window.screenshot())).convert("RGB")
    return picture.getpixel((200, 2)) == GOLD


def test_the_city_may_show_the_frames_and_no_other_page(
    window, city, live_server, live_portal, settings
):
    settings.EMBED_ORIGINS = [city.address]

    for path in FRAMES:
        assert shown_in(window, city, live_server.url + path), path
    for path in OTHERS:
        assert not shown_in(window, city, live_server.url + path), path


def test_another_site_may_show_no_frame(window, city, live_server, live_portal, settings):
    for origins in ([], ["https://kota.example"]):
        settings.EMBED_ORIGINS = origins
        for path in FRAMES[::2]:
            assert not shown_in(window, city, live_server.url + path), path


def test_a_browser_that_kept_a_frame_obeys_a_changed_setting(
    window, city, live_server, live_portal, settings
):
    shown = []
    for origins in ([], [city.address], []):
        settings.EMBED_ORIGINS = origins
        shown.append(shown_in(window, city, live_server.url + FRAMES[0]))

    assert shown == [False, True, False]


def height_of(code):
    return int(re.search(r'height="(\d+)"', code)[1])


def narrowest_of(path):
    return 320 if re.search("misi|missions", path) else 256


@pytest.mark.usefixtures("common_faces")
def test_a_frame_of_the_codes_height_needs_no_scroll_bar(context, live_server, codes):
    page = context.new_page()
    for code in codes[::2]:
        path = re.search(f'src="{live_server.url}([^"]+)"', code)[1]
        for width in (narrowest_of(path), 360, 600):
            page.set_viewport_size({"width": width, "height": height_of(code)})
            page.goto(path)
            assert page.evaluate(OVERFLOW) == [0, 0], (path, width)
        page.set_viewport_size({"width": narrowest_of(path), "height": height_of(code) * 3 // 4})
        assert page.evaluate(OVERFLOW)[1] > 0, f"{path}: the height is too large"


@pytest.fixture
def laboratory(chromium, live_server, live_portal):
    """A page without its content policy, so that tests can inject axe and styles."""
    context = chromium.new_context(base_url=live_server.url, bypass_csp=True)
    yield context.new_page()
    context.close()


def test_a_frame_is_legible_from_256_pixels_on_and_at_twice_the_size(laboratory):
    for path in FRAMES:
        for width, zoom in ((256, 1), (320, 2), (600, 2)):
            laboratory.set_viewport_size({"width": width, "height": 300})
            laboratory.goto(path)
            laboratory.add_style_tag(content=f"html {{ font-size: {112.5 * zoom}% !important }}")
            assert laboratory.evaluate(OVERFLOW)[0] == 0, (path, width, zoom)
            assert laboratory.evaluate(SMALLEST) >= 16 * zoom, path


def test_axe_finds_nothing_in_a_frame_and_around_it(laboratory, codes, axe_source, city):
    quotations = "".join(codes[1:6:2])
    city.body = f"{MARGINS}<body><main><h1>Kota</h1>{quotations}</main>"
    for address in [*FRAMES, *PAGES, city.address]:
        for scheme in ("light", "dark"):
            laboratory.emulate_media(color_scheme=scheme)
            laboratory.goto(address)
            laboratory.evaluate(axe_source)
            found = laboratory.evaluate("tags => axe.run({runOnly: tags})", AXE_TAGS)
            broken = [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]]
            assert broken == [], (address, scheme)


def test_axe_finds_nothing_on_a_page_that_shows_the_frames(
    laboratory, codes, axe_source, city, settings
):
    settings.EMBED_ORIGINS = [city.address]
    city.body = f"{MARGINS}<body><main><h1>Kota</h1>{codes[0]}{codes[2]}{codes[4]}</main>"
    laboratory.goto(city.address)
    for frame in laboratory.frames:
        frame.wait_for_load_state()
        frame.evaluate(axe_source)
    found = laboratory.evaluate("tags => axe.run({runOnly: tags})", AXE_TAGS)

    assert len(laboratory.frames) > 1
    assert [rule["id"] for rule in found["violations"]] == []


def test_a_link_in_a_frame_opens_in_the_whole_window(
    context, city, live_server, live_portal, settings
):
    settings.EMBED_ORIGINS = [city.address]
    city.body = f'{MARGINS}<iframe src="{live_server.url}/id/sematan/bagan/" height="900">'
    page = context.new_page()
    page.goto(city.address)

    page.frame_locator("iframe").get_by_role("link").first.click()
    page.wait_for_url(f"{live_server.url}/id/visi/2016-2021/bagan/")


def test_a_frame_costs_one_request_and_sets_no_cookie(context, live_server):
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    for path in FRAMES:
        page.goto(path)

    assert asked == [live_server.url + path for path in FRAMES]
    assert context.cookies() == []


def test_forced_colours_keep_the_words_of_a_frame_visible(chromium, live_server, live_portal):
    context = chromium.new_context(base_url=live_server.url, forced_colors="active")
    page = context.new_page()
    for path in FRAMES:
        page.goto(path)
        assert page.evaluate(UNSEEN) == [], path
    context.close()


def test_a_code_is_chosen_whole_with_the_keyboard(context, live_server, live_portal):
    page = context.new_page()
    page.goto("/id/sematan/")
    page.get_by_label("Salin kode ini: bingkai").first.focus()
    page.keyboard.press("Control+A")

    chosen = page.evaluate("getSelection().toString()")
    assert re.fullmatch(r"<iframe .+></iframe>", chosen, re.DOTALL)


def test_a_frame_prints_its_words_and_its_address_on_one_sheet(context, live_server, live_portal):
    page = context.new_page()
    for path in FRAMES:
        page.goto(path)
        *sheets, _ = poppler("pdftotext", "-", "-", pdf=page.pdf(format="A4")).split("\f")
        assert len(sheets) == 1, path
        assert "Magelang 2016–2021" in sheets[0]
        assert "2016-2021/" in sheets[0]
