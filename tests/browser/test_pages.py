"""The public pages in a browser: on a cheap phone, with a screen reader, on paper."""

import io
import re
import shutil
import subprocess
import zipfile

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from public.pages.style import read_style
from tests.support.browser.axe import AXE_TAGS, violations
from tests.support.browser.chromium import ARGUMENTS
from tests.support.browser.questions import STOPS, UNSEEN
from tests.support.official_text import load_official_text

pytestmark = pytest.mark.django_db
HOST = "https://visi.example"
ADDRESS = re.compile(r"https?://\S+")
HOMES = ["/id/", "/en/"]
ELEMENTS = [
    "/id/visi/2016-2021/unsur/kota-jasa/",
    "/en/vision/2016-2021/elements/service-city/",
    "/id/visi/2016-2021/unsur/kota-modern/",
    "/en/vision/2016-2021/elements/modern-city/",
    "/id/visi/2016-2021/unsur/kota-cerdas/",
    "/en/vision/2016-2021/elements/smart-city/",
    "/id/visi/2016-2021/unsur/masyarakat-sejahtera/",
    "/en/vision/2016-2021/elements/prosperous-society/",
    "/id/visi/2016-2021/unsur/masyarakat-religius/",
    "/en/vision/2016-2021/elements/religious-society/",
]
MISSIONS = [
    address
    for number in range(1, 6)
    for address in (
        f"/id/visi/2016-2021/misi/{number}/",
        f"/en/vision/2016-2021/missions/{number}/",
    )
]
TEXTS = ["/id/visi/2016-2021/", "/en/vision/2016-2021/"]
EDITIONS = [
    "/id/visi/2016-2021/edisi/1/",
    "/en/vision/2016-2021/editions/1/",
    "/id/visi/2016-2021/edisi/2/",
    "/en/vision/2016-2021/editions/2/",
    "/id/visi/2016-2021/edisi/3/",
    "/en/vision/2016-2021/editions/3/",
]
EDITION_LISTS = ["/id/visi/2016-2021/edisi/", "/en/vision/2016-2021/editions/"]
DIFFERENCES = [
    "/id/visi/2016-2021/edisi/1/2/",
    "/en/vision/2016-2021/editions/1/2/",
    "/id/visi/2016-2021/edisi/2/3/",
    "/en/vision/2016-2021/editions/2/3/",
]
FIGURES = ["/id/visi/2016-2021/bagan/", "/en/vision/2016-2021/figure/"]
ALL_PERIODS = ["/id/visi/", "/en/vision/"]
SITEMAP = [
    *HOMES,
    *ELEMENTS,
    *MISSIONS,
    *TEXTS,
    *EDITIONS,
    *DIFFERENCES,
    *EDITION_LISTS,
    *("/id/visi/2016-2021/unsur/", "/en/vision/2016-2021/elements/"),
    *("/id/visi/2016-2021/misi/", "/en/vision/2016-2021/missions/"),
    *ALL_PERIODS,
    *("/id/visi/2016-2021/dwibahasa/", "/en/vision/2016-2021/bilingual/"),
    *FIGURES,
    *("/id/istilah/", "/en/glossary/"),
    *("/id/data/", "/en/data/"),
    *("/id/sematan/", "/en/embed/"),
    *("/id/tentang/", "/en/about/"),
    *("/id/aksesibilitas/", "/en/accessibility/"),
]
NOT_FOUND = ["/id/tidak-ada/", "/en/nowhere/"]
SEARCHES = [
    f"{page}{query}"
    for page in ("/id/cari/", "/en/search/")
    for query in ("", "?q=smart", "?q=xyzzy")
]
PAGES = SITEMAP + SEARCHES + NOT_FOUND
# The pages of ``make test``: each kind once, those that differ most in both languages.
SAMPLE = [
    *HOMES,
    "/id/visi/2016-2021/unsur/kota-cerdas/",
    "/en/vision/2016-2021/elements/smart-city/",
    "/en/vision/2016-2021/missions/5/",
    "/id/visi/2016-2021/",
    "/en/vision/2016-2021/bilingual/",
    "/id/visi/2016-2021/bagan/",
    "/id/visi/2016-2021/edisi/",
    "/en/vision/2016-2021/editions/1/2/",
    "/id/visi/",
    "/en/glossary/",
    "/id/tentang/",
    "/en/embed/",
    "/id/cari/?q=smart",
    "/en/nowhere/",
]

COLOUR_RULES = ["color-contrast", "color-contrast-enhanced", "link-in-text-block"]
PHONE, NARROW, NARROWEST, DESKTOP = (
    {"width": width, "height": height}
    for width, height in [(360, 760), (320, 568), (256, 568), (1280, 800)]
)
GOLD = {"light": "rgb(232, 185, 62)", "dark": "rgb(242, 200, 91)"}
ARSIP = "rgb(247, 231, 195)"
SPOKEN = {  # by language: skip link, link to the search, language switch, label of the search
    "id": ("Langsung ke isi", "Cari", "Read this page in English", "Cari dalam visi"),
    "en": (
        "Skip to the content",
        "Search",
        "Baca halaman ini dalam bahasa Indonesia",
        "Search the vision",
    ),
}
READERS_STYLES = {
    "wider spacing": "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; "
    "word-spacing: 0.16em !important } p { margin-block-end: 2em !important }",
    "twice the size": "html { font-size: 225% !important }",
}

IS_SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Lines of text that overlap others or leave the window.
COLLISIONS = """() => {
    const lines = [], found = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text; text = texts.nextNode();) {
        const element = text.parentElement;
        if (!text.data.trim() || element.closest('.visually-hidden, sup')) continue;
        if (!element.checkVisibility()) continue;
        if (getComputedStyle(element).clipPath !== 'none') continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        for (const box of range.getClientRects())
            if (box.width > 1) lines.push({text, left: box.left + 1, right: box.right - 1,
                top: box.top + box.height / 3, bottom: box.bottom - box.height / 3});
    }
    lines.forEach((line, place) => {
        const width = document.documentElement.clientWidth;
        if (line.left < 0 || line.right > width) found.push(line.text.data);
        for (const other of lines.slice(place + 1))
            if (other.text !== line.text && line.left < other.right && other.left < line.right
                && line.top < other.bottom && other.top < line.bottom)
                found.push([line.text.data, other.text.data]);
    });
    return found;
}"""
# The index of the focused stop, its outline, and its position in the window.
FOCUS = """() => {
    const stop = document.activeElement;
    const {outlineStyle, outlineWidth, backgroundColor} = getComputedStyle(stop);
    const {top, bottom} = stop.getBoundingClientRect();
    return [STOPS.indexOf(stop), [outlineStyle, outlineWidth, backgroundColor], top, bottom];
}""".replace("STOPS", STOPS)
# The page without style: its texts in order, and links and buttons without words.
UNSTYLED = """() => {
    const styles = document.querySelectorAll('style');
    styles.forEach(style => style.media = 'not all');
    const unstyled = {
        margin: getComputedStyle(document.body).margin,
        parts: [...document.body.children].map(part => part.localName),
        words: document.body.innerText,
        header: document.querySelector('header').innerText,
        hidden: [...document.querySelectorAll('.print-header, .passage-menu')]
            .filter(part => part.checkVisibility()).map(part => part.outerHTML),
        wordless: STOPS
            .filter(stop => ![stop, ...stop.labels ?? []].some(part => part.textContent.trim()))
            .filter(stop => !stop.ariaLabel).map(stop => stop.outerHTML),
    };
    styles.forEach(style => style.media = '');
    return unstyled;
}""".replace("STOPS", STOPS)
# The computed style of each element and of its ::before and ::after.
DRAWN = """() => [...document.querySelectorAll('body, body *')].map(element =>
    [element.className, ...['', '::before', '::after', '::marker'].map(part => {
        const style = getComputedStyle(element, part || undefined);
        return part === '' || part === '::marker' || style.content !== 'none'
            ? [...style].filter(name => !name.startsWith('--'))
                .map(name => name + style.getPropertyValue(name)).join()
            : '';
    })])"""
# Items of flex boxes that only a gap separates from the next item on their line.
WITHOUT_MARGIN = """() => [...document.querySelectorAll('body *')].filter(box => {
    const {display, columnGap} = getComputedStyle(box);
    return display === 'flex' && parseFloat(columnGap) > 0;
}).flatMap(box => [...box.children].filter(item => {
    const next = item.nextElementSibling, {left, height} = (next ?? item).getBoundingClientRect();
    const isBeside = next && height > 1 && left > item.getBoundingClientRect().left;
    return isBeside && parseFloat(getComputedStyle(item).marginRight) === 0;
})).map(item => item.outerHTML.slice(0, 80))"""
# Permanent links (nails) on another line than the last word before them.
STRAY_NAILS = """() => [...document.querySelectorAll('.nail')].filter(nail => {
    const texts = document.createTreeWalker(nail.closest('li, p'), NodeFilter.SHOW_TEXT);
    let last = null;
    const precedes = text => nail.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_PRECEDING;
    for (let text; text = texts.nextNode();)
        if (text.data.trim() && precedes(text)) last = text;
    const range = document.createRange(), end = last.data.trimEnd().length;
    range.setStart(last, end - 1);
    range.setEnd(last, end);
    const word = range.getBoundingClientRect(), box = nail.getBoundingClientRect();
    return box.left < word.right - 2 || box.top > word.bottom;
}).map(nail => nail.getAttribute('href'))"""
# Of element hits: the number of lines of the title, its first line, the line of the number.
NUMBERS_OF_HITS = """() => [...document.querySelectorAll('.hits li')].slice(0, 6).map(hit => {
    const probe = document.createElement('span'), title = document.createRange();
    probe.style.display = 'inline-block';
    hit.querySelector('a').before(probe);
    title.selectNodeContents(hit.querySelector('a'));
    const [first, ...others] = title.getClientRects();
    const baseline = probe.getBoundingClientRect().bottom;
    probe.remove();
    return [1 + others.length, first.top, first.bottom, baseline];
})"""
# The number of characters that fit into the longest line in its font.
LONGEST_LINE = """() => Math.max(...Array.from(
    document.querySelectorAll('main p, main li, main dd'), block => {
    const pen = document.createElement('canvas').getContext('2d'), range = document.createRange();
    pen.font = getComputedStyle(block).font;
    range.selectNodeContents(block);
    const isText = node => node.nodeType === Node.TEXT_NODE && node.data.trim();
    const texts = [...block.childNodes].filter(isText);
    const width = texts.length ? range.getBoundingClientRect().width : 0;
    return width / (pen.measureText('Kota Magelang membangun manusia dan jasa').width / 40);
}))"""


@pytest.fixture(scope="module")
def answers(django_db_setup, django_db_blocker):
    """Answers of a portal with the official text in force. No test changes it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_official_text()
        client = Client()
        found = {address: client.get(address) for address in [*PAGES, "/sitemap.xml"]}
        transaction.set_rollback(True)
    return found


@pytest.fixture(scope="module")
def answer(answers):
    """Answers the browser."""

    def answer(route):
        response = answers[route.request.url.removeprefix(HOST)]
        route.fulfill(
            status=response.status_code, headers=dict(response.headers), body=response.content
        )

    return answer


@pytest.fixture(scope="module")
def open_page(answer, chromium):
    """Open an address in a window without script, or in one with the options given.

    Each kind of window opens once. ``page.requests`` and ``page.complaints`` collect what the
    browser requested and complained of.
    """
    pages = {}

    def new_page(options):
        page = chromium.new_context(**{"java_script_enabled": False} | options).new_page()
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.route("**/*", answer)
        return page

    def open_page(address, **options):
        kind = repr(options)
        page = pages[kind] = pages.get(kind) or new_page(options)
        page.requests, page.complaints = [], []
        page.emulate_media(media="null")
        page.set_viewport_size(PHONE)
        page.goto(HOST + address)
        return page

    yield open_page
    for page in pages.values():
        page.context.close()


def pytest_generate_tests(metafunc):
    """Run each test for every ``address``, or those of its mark ``only_on``, page by page."""
    if "address" in metafunc.fixturenames:
        only_on = metafunc.definition.get_closest_marker("only_on")
        pages = only_on.args[0] if only_on else PAGES
        looked_at = PAGES if metafunc.config.getoption("every_page") else SAMPLE
        metafunc.parametrize(
            "address", [page for page in pages if page in looked_at], scope="module"
        )


@pytest.fixture(scope="module")
def loaded(open_page, address):
    return open_page(address)


@pytest.fixture
def page(loaded):
    """The page of the address on a phone."""
    loaded.set_viewport_size(PHONE)
    return loaded


@pytest.fixture(scope="module")
def laboratory(open_page, address):
    """The page without its content policy, so that tests can inject axe and styles."""
    return open_page(address, java_script_enabled=True, bypass_csp=True)


@pytest.fixture(scope="module")
def remembering_page(answer, chromium):
    """A page with the back/forward cache, which Playwright turns off."""
    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=ARGUMENTS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    page = browser.new_page()
    page.route("**/*", answer)
    yield page
    browser.close()


def test_the_tested_addresses_cover_the_sitemap(answers):
    stated = re.findall(r"<loc>https?://[^/]+([^<]*)</loc>", answers["/sitemap.xml"].text)

    assert sorted(stated) == sorted(SITEMAP)


# Every page


def test_a_page_needs_one_request_no_script_and_no_cookie(page, address):
    assert page.requests == [HOST + address]
    assert page.locator("script:not([type='application/ld+json'])").count() == 0
    assert page.context.cookies() == []


def test_the_browser_console_is_empty(page, address):
    expected = ["status of 404"] if address in NOT_FOUND else []

    assert [words for words in page.complaints if not any(part in words for part in expected)] == []


def test_the_heading_of_an_inner_page_stands_above_the_fold(page, address):
    heading = page.evaluate("document.querySelector('h1').getBoundingClientRect().top + scrollY")

    assert heading <= 320 or address in HOMES


def test_the_current_language_is_marked_and_not_a_link(page, address):
    current = page.locator(".language-nav [aria-current=true]")

    assert current.inner_text() == {"id": "Bahasa Indonesia", "en": "English"}[address[1:3]]
    assert current.locator("a").count() == 0


def test_no_page_scrolls_sideways_and_no_texts_overlap(page):
    for viewport in (PHONE, NARROW, NARROWEST, DESKTOP):
        page.set_viewport_size(viewport)
        assert not page.evaluate(IS_SIDEWAYS), viewport
        assert page.evaluate(COLLISIONS) == [], viewport


@pytest.mark.usefixtures("common_faces")
@pytest.mark.parametrize("style", READERS_STYLES)
def test_readers_text_spacing_hides_nothing(laboratory, style):
    laboratory.set_viewport_size(PHONE)
    tag = laboratory.add_style_tag(content=READERS_STYLES[style])

    is_sideways, collisions = laboratory.evaluate(IS_SIDEWAYS), laboratory.evaluate(COLLISIONS)
    tag.evaluate("tag => tag.remove()")

    assert not is_sideways
    assert collisions == []


def test_a_line_has_at_most_80_characters(page):
    page.set_viewport_size(DESKTOP)

    assert page.evaluate(LONGEST_LINE) <= 80


def test_paragraphs_have_readable_line_height_and_alignment(page):
    """Line height, alignment and the gap below: WCAG 1.4.8."""
    paragraphs = page.eval_on_selector_all(
        "main p:not([class]):not(td p)",
        "all => all.filter(e => e.checkVisibility()).map(e => getComputedStyle(e)).map("
        "style => [parseFloat(style.lineHeight) / parseFloat(style.fontSize), style.textAlign])",
    )

    assert all(height >= 1.5 and align == "start" for height, align in paragraphs)


@pytest.mark.usefixtures("common_faces")
def test_the_layout_is_stable_while_a_page_loads(open_page, address):
    page = open_page(address, java_script_enabled=True, bypass_csp=True, device_scale_factor=2)

    shifts = page.evaluate(
        "() => new Promise(done => { const shifts = []; new PerformanceObserver("
        "list => shifts.push(...list.getEntries().map(entry => entry.value))"
        ").observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(shifts), 100) })"
    )
    # A mission is ten lines of the web font; the fallback font may break one of them elsewhere.
    assert sum(shifts) <= (0.02 if address in MISSIONS else 0.001)


def test_links_and_buttons_are_large_enough_for_a_thumb(page):
    targets = (
        ".site-header a, .statement-nav li a, .contents a, .pager a, .edition-note li a,"
        " .site-footer li a, .nail"
    )
    boxes = page.eval_on_selector_all(
        targets, "all => all.map(e => [e.outerHTML, e.getBoundingClientRect()])"
    )

    assert [html for html, box in boxes if box["width"] < 44 or box["height"] < 44] == []


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(page):
    page.keyboard.press("Tab")
    box = page.locator(".skip-link:focus").bounding_box()
    assert min(box["width"], box["height"]) >= 44
    assert box["x"] >= 0
    assert box["y"] >= 0

    page.keyboard.press("Enter")
    assert page.locator("main:target").count() == 1
    page.keyboard.press("Tab")
    assert page.locator(":focus").count() == 1
    assert (
        page.locator("header :focus, nav.statement-nav :focus, nav.breadcrumb :focus").count() == 0
    )


def test_axe_finds_nothing(laboratory, axe_source):
    laboratory.evaluate(axe_source)

    for viewport in (PHONE, DESKTOP):
        laboratory.set_viewport_size(viewport)
        for scheme, rules in [("light", AXE_TAGS), ("dark", COLOUR_RULES)]:
            laboratory.emulate_media(color_scheme=scheme)
            found = laboratory.evaluate(
                "rules => axe.run({runOnly: rules, resultTypes: ['violations', 'incomplete']})",
                rules,
            )
            assert found["passes"]
            assert [
                f"{rule['id']}: {node['html']}: {check['message']}"
                for rule in found["violations"] + found["incomplete"]
                for node in rule["nodes"]
                for check in node["any"] + node["all"] + node["none"]
                # axe cannot tell the colours inside a drawing; the test below computes them
                if not (
                    rule["id"].startswith("color-contrast")
                    and check["data"]["messageKey"] == "imgNode"
                )
            ] == [], (viewport, scheme)


@pytest.mark.parametrize("scheme", GOLD)
def test_focus_follows_the_text_is_visible_and_never_trapped(open_page, address, scheme):
    page = open_page(address, color_scheme=scheme)

    for place in range(page.evaluate(f"{STOPS}.length")):
        page.keyboard.press("Tab")
        nth, mark, top, bottom = page.evaluate(FOCUS)
        assert nth == place
        assert mark == ["solid", "3px", GOLD[scheme]]
        assert top < page.viewport_size["height"]
        assert bottom > 0
    page.keyboard.press("Tab")
    page.locator(":is(a, button, input):focus:not(.skip-link)").wait_for(state="detached")


def test_forced_colours_keep_texts_links_and_focus_visible(open_page, address):
    page = open_page(address, forced_colors="active")

    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert page.evaluate(UNSEEN) == []


def test_without_style_a_page_reads_in_order_from_the_skip_link_to_the_footer(laboratory, address):
    skip, search, switch, label = SPOKEN[address[1:3]]

    unstyled = laboratory.evaluate(UNSTYLED)

    assert unstyled["margin"] == "8px"  # the browser's default: the style is off
    assert re.fullmatch("a header( nav)* main( nav)? footer", " ".join(unstyled["parts"]))
    assert unstyled["words"].split("\n")[0] == skip
    assert search in unstyled["header"].split()
    # A page that is not found has no counterpart: its switch names the language only.
    own_name = {"id": "English", "en": "Bahasa Indonesia"}[address[1:3]]
    assert (own_name if address in NOT_FOUND else switch) in unstyled["header"]
    assert label in unstyled["words"].split("\n")
    assert unstyled["hidden"] == []  # what is shown on paper, or once a passage is pinned
    assert unstyled["wordless"] == []


@pytest.mark.only_on([HOMES[0], ELEMENTS[4], FIGURES[0], DIFFERENCES[1], SEARCHES[1]])
def test_the_cascade_layers_of_the_style_apply(laboratory):
    for viewport, media in [(PHONE, "screen"), (DESKTOP, "screen"), (DESKTOP, "print")]:
        laboratory.set_viewport_size(viewport)
        laboratory.emulate_media(media=media)
        sent = laboratory.evaluate(DRAWN)
        layered = read_style().replace('"SITE"', f'"{settings.SITE_URL}"')
        style = laboratory.evaluate(
            "layered => { const style = document.querySelector('style'), sent = style.textContent;"
            " style.textContent = layered; return sent }",
            layered,
        )
        as_layered = laboratory.evaluate(DRAWN)
        laboratory.evaluate("sent => { document.querySelector('style').textContent = sent }", style)
        laboratory.emulate_media(media="null")
        assert [pair for pair in zip(sent, as_layered, strict=True) if pair[0] != pair[1]] == []


@pytest.mark.only_on([HOMES[0], ELEMENTS[4], EDITION_LISTS[0], SEARCHES[1]])
def test_browsers_without_flex_gaps_use_margins(laboratory):
    style = laboratory.locator("style")
    sent = style.text_content()
    put = "(style, text) => { style.textContent = text }"

    style.evaluate(put, sent.replace("@supports not (inset:0)", "@media all"))
    touching = []
    for viewport in (PHONE, DESKTOP):
        laboratory.set_viewport_size(viewport)
        touching += laboratory.evaluate(WITHOUT_MARGIN)
    style.evaluate(put, sent)

    assert touching == []


@pytest.mark.only_on([*HOMES, ELEMENTS[4], TEXTS[0]])
def test_going_back_shows_the_page_as_it_was_left(remembering_page, address):
    page = remembering_page
    page.goto(HOST + address)
    page.evaluate(
        "void (document.back = new Promise(back => addEventListener('pageshow', back))"
        ".then(show => show.persisted))"
    )

    page.goto(HOST + "/id/aksesibilitas/")
    page.evaluate("history.back()")
    page.wait_for_url(HOST + address, wait_until="commit")

    assert page.evaluate("document.back")


# Single pages


@pytest.mark.only_on([*ELEMENTS, *MISSIONS, *TEXTS, EDITIONS[0]])
def test_a_permanent_link_leads_to_its_passage(open_page, address):
    page = open_page(address)

    for nail in page.locator(".nail").all():
        nail.click()
        pinned = page.locator(":target")
        assert page.url == HOST + address + nail.get_attribute("href")
        assert "#" + pinned.get_attribute("id") == nail.get_attribute("href")
        assert pinned.evaluate("e => getComputedStyle(e).backgroundColor") == ARSIP


@pytest.mark.usefixtures("common_faces")
@pytest.mark.only_on(ELEMENTS[4:5])
@pytest.mark.parametrize("face", ["Liberation Mono", "Liberation Serif", "DejaVu Sans"])
def test_a_permanent_link_is_as_high_as_a_thumb_in_any_font(laboratory, face):
    laboratory.set_viewport_size(PHONE)
    tag = laboratory.add_style_tag(content=f"html {{ font-family: '{face}' !important }}")

    heights = laboratory.locator(".nail").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().height)"
    )
    tag.evaluate("tag => tag.remove()")

    assert len(heights) > 5
    assert min(heights) >= 44


@pytest.mark.only_on([*TEXTS, EDITIONS[0]])
def test_a_permanent_link_stays_on_the_line_of_the_last_word(open_page, address):
    page = open_page(address)

    for width in range(300, 420, 6):
        page.set_viewport_size({"width": width, "height": 760})
        assert page.evaluate(STRAY_NAILS) == [], width


@pytest.mark.only_on(SEARCHES[1:2])
def test_the_number_of_a_hit_is_on_the_first_line_of_its_title(laboratory):
    laboratory.set_viewport_size({"width": 160, "height": 800})  # each title needs two lines

    for lines, top, bottom, baseline in laboratory.evaluate(NUMBERS_OF_HITS):
        assert lines > 1
        assert top < baseline < bottom


@pytest.mark.only_on([*ELEMENTS, *MISSIONS])
def test_forced_colours_keep_the_current_word_and_permanent_links(open_page, address):
    page = open_page(address, forced_colors="active")

    outline = "e => (s => [s.outlineStyle, s.outlineWidth])(getComputedStyle(e))"
    assert page.locator(".statement-nav li [aria-current=page]").evaluate(outline) == [
        "solid",
        "2px",
    ]
    image, ink, paper = page.locator(".nail").first.evaluate(
        "e => (s => [s.backgroundImage, s.color, s.backgroundColor])(getComputedStyle(e))"
    )
    assert "gradient" in image
    assert ink != paper


def test_the_preference_for_more_contrast_removes_greys(open_page):
    tokens = open_page("/id/", contrast="more").evaluate(
        "['--ink', '--ink2', '--ctl', '--line', '--ridge'].map("
        "name => getComputedStyle(document.documentElement).getPropertyValue(name))"
    )

    assert len(set(filter(None, tokens))) == 1  # a page has the tokens that it uses


@pytest.mark.only_on(SITEMAP)
def test_a_printed_page_has_its_source_and_no_navigation(open_page, address):
    page = open_page(address, color_scheme="dark")
    page.emulate_media(media="print")

    colours = "e => (s => [s.color, s.backgroundColor])(getComputedStyle(e))"
    assert page.locator("html").evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert page.locator("h1").evaluate(colours)[0] == "rgb(0, 0, 0)"
    assert [part.is_visible() for part in page.locator("header, nav, footer").all()].count(
        True
    ) == 0
    header = page.locator(".print-header")
    assert header.is_visible()
    assert "2016–2021" in header.inner_text() or address in ALL_PERIODS
    cited = [
        ADDRESS.search(part)[0]
        for part in page.locator(".cite p:first-of-type").all_text_contents()
    ]
    assert ADDRESS.findall(header.inner_text()) == (cited or [settings.SITE_URL + address])


@pytest.mark.only_on([*ELEMENTS, *TEXTS])
def test_printed_links_show_their_addresses_and_headings_keep_their_text(
    open_page, address, tmp_path
):
    page = open_page(address)
    headings = page.locator("main h1, main h2, main h3").all_inner_texts()
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)

    printed = subprocess.run(
        ["pdftotext", tmp_path / "page.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout
    sheets = [sheet.strip().splitlines() for sheet in printed.split("\f") if sheet.strip()]
    # a line may end at a hyphen, which the program drops
    assert re.search(r"#u\d-?p1", "".join(printed.split()))
    if address.startswith("/en/"):
        twin = page.locator(".translation-notice a").get_attribute("href")
        assert f"({settings.SITE_URL}{twin.partition('-')[0]}" in "".join(printed.split())
    for sheet in sheets:
        last = next(line for line in reversed(sheet) if not re.fullmatch(r"\d+/\d+|", line.strip()))
        assert last.strip() not in headings, last


@pytest.mark.only_on(["/id/visi/2016-2021/dwibahasa/", "/en/vision/2016-2021/bilingual/"])
def test_printed_bilingual_pairs_are_side_by_side_and_unbroken(open_page, address):
    page = open_page(address)
    page.emulate_media(media="print")

    pairs = page.eval_on_selector_all(
        ".pair",
        "all => all.map(e => [getComputedStyle(e).breakInside,"
        " ...[...e.children].map(side => side.getBoundingClientRect())])",
    )
    assert len(pairs) > 40
    for break_inside, indonesian, english in pairs:
        assert break_inside == "avoid"
        assert indonesian["right"] <= english["left"]


@pytest.mark.usefixtures("common_faces")
@pytest.mark.only_on(FIGURES)
def test_the_figure_prints_on_one_sheet(open_page, address):
    assert (
        len(re.findall(rb"/Type\s*/Page\b", open_page(address).pdf(prefer_css_page_size=True))) == 1
    )


@pytest.mark.only_on([*HOMES, *ELEMENTS, *MISSIONS])
def test_a_page_prints_on_two_sheets_at_most(open_page, address):
    sheets = re.findall(rb"/Type\s*/Page\b", open_page(address).pdf(prefer_css_page_size=True))

    assert 1 <= len(sheets) <= 2


# The e-book


@pytest.mark.parametrize(
    "path", ["/id/visi/2016-2021/buku.epub", "/en/vision/2016-2021/booklet.epub"]
)
def test_every_page_of_the_e_book_is_accessible(
    chromium, client, shipped, tmp_path, axe_source, path
):
    book = zipfile.ZipFile(io.BytesIO(client.get(path).content))
    book.extractall(tmp_path)
    page, found = chromium.new_page(viewport={"width": 320, "height": 600}), []
    tags = set(AXE_TAGS) - {"best-practice"}  # which asks for a <main>, as a site has

    for name in filter(re.compile(r"\.xhtml$").search, book.namelist()):
        page.goto((tmp_path / name).as_uri())
        page.evaluate(axe_source)
        found.extend(f"{name} {it}" for it in violations(page, list(tags)))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name} is wider than the screen")
    page.close()

    assert found == []
