"""The public pages in Firefox and WebKitGTK, each kind once. test_pages.py has Chromium's."""

from contextlib import ExitStack
from functools import cache
from io import BytesIO

import pytest
from PIL import Image, ImageChops

from tests.support.browser.engines import firefox, webkit
from tests.support.browser.questions import UNSEEN
from tests.support.formats.pdf import poppler

# Selenium sets a deprecated name itself, and warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")
SHEETS = {  # each kind of page, and the most sheets of paper that it may take
    "/id/": 2,
    "/en/": 2,
    "/id/visi/2016-2021/unsur/kota-cerdas/": 2,
    "/en/vision/2016-2021/elements/smart-city/": 2,
    "/id/visi/2016-2021/misi/5/": 1,
    "/en/vision/2016-2021/missions/5/": 1,
    "/id/visi/2016-2021/": 6,
    "/en/vision/2016-2021/": 6,
    "/id/visi/2016-2021/bagan/": 1,
    "/en/vision/2016-2021/figure/": 1,
    "/id/visi/2016-2021/edisi/1/2/": 3,
    "/en/vision/2016-2021/editions/1/2/": 3,
    "/id/istilah/": 8,
    "/en/glossary/": 8,
    "/id/tidak-ada/": 1,
    "/en/nowhere/": 1,
}
PAPER = {"light": (251, 250, 245), "dark": (15, 23, 19)}
# Links in running text without an underline.
BARE_LINKS = """() => [...document.querySelectorAll('main p a:not(.nail)')]
    .filter(link => getComputedStyle(link).textDecorationLine !== 'underline')
    .map(link => link.outerHTML)"""
# The width of the first link in running text, or in the sentence, moved to where it is seen.
SHOW_LINK = """() => {
    const links = document.querySelectorAll('main p a:not(.nail), h1 a');
    document.shown = [...links].find(link => link.checkVisibility());
    document.shown?.scrollIntoView({block: 'center'});
    return document.shown?.getClientRects()[0].width;
}"""
HIDE_UNDERLINE = "() => { document.shown.style.textDecorationLine = 'none' }"
# Whether the title has another width in the portal's typeface than in the next one.
HAS_FACE = """() => {
    const title = document.querySelector('h1');
    title.style.display = 'inline-block';
    title.style.whiteSpace = 'nowrap';
    const [own, next] = ['Rokkitt, monospace', 'monospace'].map(family => {
        title.style.fontFamily = family;
        return title.getBoundingClientRect().width;
    });
    return own !== next;
}"""
# Drawings, borders and underlines that do not stand out from the ground.
VANISHED = """() => {
    const style = element => getComputedStyle(element);
    const ground = style(document.documentElement).backgroundColor;
    const isSeen = {
        '.house__roof, .house__storey, .house__plinth': part => style(part).backgroundColor,
        '.house__band, .stones li': part => style(part).borderBottomColor,
        '.element-cards li, .columns > li': part => style(part).borderTopColor,
        '.site-footer': part => style(part).borderTopColor,
        '.site-header .flower, .flower__petal': part => style(part).fill,
        '.page-head .flower path, .land path': part => style(part).stroke,
        '.nail': part => style(part).color,
        ':is(.hero, .element-cards, .mission-list, .house) :is(h1, h2, h3) a, .pager b':
            part => style(part).textDecorationColor,
    };
    return Object.entries(isSeen).flatMap(([parts, colour]) =>
        [...document.querySelectorAll(parts)].filter(part => colour(part) === ground)
            .map(part => part.outerHTML.slice(0, 80)));
}"""


@pytest.fixture(scope="session")
def window_of(tmp_path_factory):
    """The window of an engine in a look. Each opens once."""
    with ExitStack() as stack:

        @cache
        def window_of(engine, look):
            folder = tmp_path_factory.mktemp(engine.__name__)
            return stack.enter_context(engine(folder, look))

        yield window_of


@pytest.fixture
def visit(window_of, live_server, live_portal):
    """Open each page in turn. The values are its address and the window that shows it."""

    def visit(engine, look="light", width=360):
        window = window_of(engine, look)
        window.resize(width, 760)
        for address in SHEETS:
            window.open(live_server.url + address)
            yield address, window

    return visit


engines = pytest.mark.parametrize("engine", [firefox, webkit])


def seen_in(window):
    return Image.open(BytesIO(window.screenshot())).convert("RGB")


@engines
@pytest.mark.parametrize("width", [320, 256])
def test_no_page_scrolls_sideways(visit, engine, width):
    widths = "() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]"

    for address, window in visit(engine, width=width):
        assert window.evaluate(widths) == [width, width], address


@engines
def test_links_in_running_text_are_underlined(visit, engine):
    drawn = []
    for address, window in visit(engine):
        assert window.evaluate(BARE_LINKS) == [], address
        if width := window.evaluate(SHOW_LINK):
            underlined = seen_in(window)
            window.evaluate(HIDE_UNDERLINE)
            line = ImageChops.difference(underlined, seen_in(window)).getbbox()
            drawn.append((address, line and line[2] - line[0] >= width / 2))

    assert [address for address, is_drawn in drawn if not is_drawn] == []
    assert len(drawn) > 8


@engines
def test_the_title_uses_the_typeface_inside_the_page(visit, engine):
    for address, window in visit(engine):
        assert window.evaluate(HAS_FACE), address


@engines
@pytest.mark.parametrize("look", PAPER)
def test_a_page_has_the_background_of_the_readers_colour_scheme(visit, engine, look):
    for address, window in visit(engine, look, width=1280):
        window.evaluate("() => document.querySelector('footer').scrollIntoView({block: 'end'})")
        seen = seen_in(window)
        colours = {colour for _, colour in seen.getcolors(seen.width * seen.height)}

        assert PAPER[look] in colours, address
        assert not colours & {PAPER[other] for other in PAPER if other != look}, address


# WebKit has no forced colours.
def test_forced_colours_keep_texts_links_borders_and_drawings_visible(visit):
    for address, window in visit(firefox, "forced colours"):
        assert window.evaluate("() => matchMedia('(forced-colors: active)').matches")
        assert window.evaluate(UNSEEN) == [], address
        assert window.evaluate(VANISHED) == [], address


@engines
def test_a_printed_page_has_words_on_every_sheet(window_of, live_server, live_portal, engine):
    window = window_of(engine, "light")
    # WebKitGTK enlarges a page to the width of the sheet, over the margins of the style.
    larger = int(engine is webkit)

    for address, most in SHEETS.items():
        pdf = window.print(live_server.url + address)
        *sheets, _ = poppler("pdftotext", "-", "-", pdf=pdf).split("\f")

        assert all(sheet.strip() for sheet in sheets), address
        assert len(sheets) <= most + larger, address
