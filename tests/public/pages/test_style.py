"""The style of the public pages: its colours, its layers and its weight. The admin's colours."""

import re
from html.parser import HTMLParser

import brotli
import pytest
from django.conf import settings
from django.test import Client

from public.formats import figure
from public.pages.style import LAYERS, STYLE, read_layer
from tests.support.browser.contrast import contrast

STYLES = {layer: read_layer(layer) for layer in LAYERS}
TEMPLATES = settings.BASE_DIR / "templates"
THEMES = ("light", "dark")
# A colour, its ground, and the contrast needed: WCAG 1.4.6 for text, 1.4.11 for borders and focus.
PAIRS = [
    ("ink", "paper", 7),
    ("ink", "surface", 7),
    ("ink", "arsip", 7),
    ("ink2", "paper", 7),
    ("ink2", "surface", 7),
    ("ink2", "arsip", 7),
    ("link", "paper", 7),
    ("link", "surface", 7),
    ("link", "arsip", 7),
    ("visited", "paper", 7),
    ("visited", "surface", 7),
    ("visited", "arsip", 7),
    ("merah", "paper", 7),
    ("merah", "surface", 7),
    ("merah", "arsip", 7),
    ("menara", "paper", 7),
    ("paper", "menara", 7),
    ("on-tidar", "ground", 7),
    ("ink", "stone", 7),
    ("numeral", "stone", 4.5),
    ("numeral", "sky", 4.5),
    ("ink", "sky", 7),
    ("on-gold", "gold", 7),
    ("on-tidar", "tidar", 7),
    ("rule", "paper", 4.5),  # large figures
    ("rule", "arsip", 4.5),
    ("ctl", "paper", 3),
    ("ctl", "surface", 3),
    ("focus", "paper", 3),
    ("focus", "arsip", 3),
]


def tokens(theme):
    """The colours of the theme by their role; the dark theme holds only its differences."""
    blocks = re.findall(r":root \{(.*?)\}", STYLES["tokens"], re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks[:2])
    return light if theme == "light" else light | dark


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.count = 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.count += 1


def test_contrast_is_computed_as_the_guidelines_say():
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground", "needed"), PAIRS)
def test_each_colour_has_enough_contrast_with_its_background(theme, ink, ground, needed):
    colours = tokens(theme)

    assert contrast(colours[ink], colours[ground]) >= needed


def test_both_themes_define_the_same_colours():
    light, dark = (
        re.findall(r"--([\w-]+): #", block) for block in STYLES["tokens"].split(":root {")[1:3]
    )

    assert set(light) - set(dark) == {"on-gold"}  # gold is equally light in the dark theme
    assert set(dark) <= set(light)


@pytest.mark.parametrize("layer", LAYERS)
def test_each_file_is_one_layer_and_only_tokens_holds_colours(layer):
    css = re.sub(r"/\*.*?\*/", "", STYLES[layer], flags=re.DOTALL)

    assert re.findall(r"@layer (\w+) \{", css) == [layer]
    if layer != "tokens":
        assert not re.findall(
            r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|lab|lch)a?\(|: (?:white|black)\b", css
        )


def test_the_order_of_the_layers_is_stated_once():
    stated = re.findall(r"@layer ([\w, ]+);", "".join(STYLES.values()))

    assert stated == [", ".join(LAYERS)]


def test_the_style_and_the_templates_know_the_same_classes():
    styled = set(
        re.findall(
            r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/|url\([^)]*\)", "", "".join(STYLES.values()))
        )
    )
    templates = [
        *TEMPLATES.glob("public/**/*.html"),
        *TEMPLATES.glob("components/*.html"),
        *TEMPLATES.glob("50?.html"),
    ]
    written = re.findall(
        r'class="([^"]*)"', "".join(template.read_text("utf-8") for template in templates)
    )
    written += ["term"]  # by public.pages.terms
    written += ["difference__new"]  # by public.templatetags.portal
    written += [f"house__storey--{columns}" for columns in range(2, figure.WIDEST + 1)]
    written += [f"house__cell--{columns}" for columns in range(2, figure.WIDEST)]

    names = {name for names in written for name in re.sub(r"{%.*?%}", " ", names).split()}
    computed = {"house__storey--{{", "house.columns", "house__cell--{{", "cell.width", "}}"}
    assert styled == names - computed


def test_the_style_has_no_animation():
    assert not re.search(r"animation|transition|@keyframes|scroll-behavior", STYLE)


def test_the_style_loads_nothing_over_the_network():
    assert re.findall(r"url\((?!data:)", STYLE) == []
    assert STYLE.count("url(data:font/woff2;base64,") == 1


@pytest.mark.slow
def test_every_page_is_light(shipped):
    client = Client()
    pages = re.findall(
        rf"<loc>{re.escape(settings.SITE_URL)}([^<]*)</loc>", client.get("/sitemap.xml").text
    )

    for path in [*pages, "/id/tidak-ada/", "/en/nowhere/"]:
        response = client.get(path)
        size, count = budget(path)
        assert len(brotli.compress(response.content)) <= size, path
        assert Elements(response.text).count <= count, path


WHOLE_TEXT = re.compile(
    "/(visi|vision)/2016-2021/(|(dwibahasa|bilingual|(edisi|editions)/[0-9](/[0-9])?)/)$"
    "|/(istilah|glossary)/$"
)
HOME_OR_FIGURE = re.compile("^/(id|en)/$|/(bagan|figure)/$")


def budget(path):
    """The most bytes, compressed, and elements that a page may have."""
    if WHOLE_TEXT.search(path):
        return 14_000, 600
    return (13_500 if HOME_OR_FIGURE.search(path) else 13_000), 400


def test_both_dark_themes_of_the_admin_have_the_same_colours():
    style = (settings.BASE_DIR / "static" / "css" / "admin.css").read_text("utf-8")
    system, reader = (
        re.search(rf"{re.escape(rule)} \{{([^}}]+)", style)[1].split()
        for rule in ("(prefers-color-scheme: dark) {\n  :root", 'html[data-theme="dark"]')
    )

    assert system == reader
