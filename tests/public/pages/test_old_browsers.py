"""The oldest supported browsers can read the pages."""

import json
import re
from pathlib import Path

import pytest
import tinycss2

from public.pages.old_browsers import for_old_browsers, split
from public.pages.style import STYLE

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).parents[2] / "node_modules" / "@mdn" / "browser-compat-data" / "data.json"
OLDEST = {"chrome": (80,), "safari": (14, 1), "safari_ios": (14, 5), "firefox": (83,)}
# Features that the oldest browsers lack, and what readers miss without them.
HARMLESS = {
    "ascent-override": "a line may move while the page loads",
    "descent-override": "a line may move while the page loads",
    "size-adjust": "a line may move while the page loads",
    "@page": "the browser's own margins on paper",
    "at_bottom-right": "no number on a printed page",
    "break-after: avoid": "a printed heading may end a page",
    "orphans": "a printed paragraph may leave one line",
    "size": "the browser's own size of paper",
    "widows": "a printed paragraph may leave one line",
    "::marker": "numbers of lists have the colour of the text",
    ":focus-visible": "the rule is sent a second time with :focus",
    "cursor: pointer": "an iPad shows its own pointer",
    "column-gap in a flex box": "the items have a margin instead",
    "forced-color-adjust": "came with the forced colours of the same browser",
    "forced-colors": "came with the forced colours of the same browser",
    "gap in a flex box": "the items have a margin instead",
    "prefers-contrast": "no setting of these browsers",
    "text-decoration-skip-ink": "the line cuts through the g of the sentence",
    "text-decoration-thickness": "the line has the browser's own thickness",
    "text-size-adjust": "the browser may enlarge the text of a wide window",
    "text-underline-offset": "the line stands where the browser puts it",
    "text-wrap": "the lines of a heading differ in length",
}


@pytest.fixture(scope="session")
def table():
    """MDN's table: the first version of each browser that supports each CSS feature."""
    if not TABLE.exists():
        pytest.skip("no table of browsers here: apt-get install npm, then make test")
    return json.loads(TABLE.read_text("utf-8"))["css"]


def version(text):
    return tuple(int(part) for part in text.removeprefix("≤").split("."))


def known_since(support):
    """The first version that supports a feature without a prefix or a setting, or None."""
    special = {"prefix", "flags", "alternative_name"}
    entries = support if isinstance(support, list) else [support]
    added = [entry["version_added"] for entry in entries if not entry.keys() & special]
    return min((version(text) for text in added if text and text != "preview"), default=None)


def is_known(node):
    """Whether all the oldest browsers support the feature."""
    support = node["__compat"]["support"]
    since = {browser: known_since(support[browser]) for browser in OLDEST}
    return all(since[browser] and since[browser] <= oldest for browser, oldest in OLDEST.items())


class Reader:
    """Reads a style, and collects the features that the oldest browsers lack."""

    def __init__(self, table):
        self.table, self.unknown = table, set()

    def ask(self, entries, name, word=None):
        """Collect the feature if the table lacks it, or the oldest browsers do."""
        if name not in entries or ("__compat" in entries[name] and not is_known(entries[name])):
            self.unknown.add(word or name)

    def ask_if_listed(self, entries, name, word):
        if "__compat" in entries.get(name, {}):
            self.ask(entries, name, word)

    def read(self, rules):
        for rule in rules:
            assert rule.type in ("qualified-rule", "at-rule"), rule
            if rule.type == "qualified-rule":
                self.read_selectors(split(rule.prelude, ","))
                self.read_declarations(rule.content)
            else:
                self.read_at_rule(rule)

    def read_at_rule(self, rule):
        name, prelude = rule.lower_at_keyword, tinycss2.serialize(rule.prelude)
        self.ask(self.table["at-rules"], name, f"@{name}")
        if name == "media":
            features = self.table["at-rules"]["media"]
            for feature in re.findall(r"\((?:min-|max-)?([\w-]+)", prelude):
                self.ask(features, feature)
            if re.search("[<>=]", prelude):
                self.ask(features, "range_syntax")
        if name in ("media", "supports", "layer", "container"):
            self.read(tinycss2.parse_rule_list(rule.content, skip_whitespace=True))
        else:
            self.read_descriptors(rule.content, self.table["at-rules"][name])

    def read_descriptors(self, content, known):
        for part in tinycss2.parse_blocks_contents(content, skip_whitespace=True):
            if part.type == "at-rule":
                self.ask(known, f"at_{part.lower_at_keyword}")
            elif part.name in known:
                self.ask(known, part.name)
            else:
                self.ask(self.table["properties"], part.name)

    def read_selectors(self, selectors):
        found = [self.apart(Reader.read_selector, selector) for selector in selectors]
        self.unknown.update(*found)
        if not all(found):  # the browser drops the whole rule
            self.unknown.update(f"{word} in a list" for words in found for word in words)

    def apart(self, read, part):
        """The unknown features in one part."""
        reader = Reader(self.table)
        read(reader, part)
        return reader.unknown

    def read_selector(self, selector):
        for colons, name in re.findall(r"(::?)([\w-]+)", selector):
            self.ask(self.table["selectors"], name, colons + name)
        for inside in re.findall(r":not\(([^()]*)\)", selector):
            if "," in inside:
                self.ask(self.table["selectors"]["not"], "selector_list", ":not() with a list")

    def read_declarations(self, content):
        parts = tinycss2.parse_blocks_contents(content, skip_whitespace=True)
        assert {part.type for part in parts} <= {"declaration"}, tinycss2.serialize(content)
        known = set()
        for part in parts:
            unknown = self.apart(Reader.read_declaration, part)
            if not unknown:
                known.add(part.name)
            elif part.name not in known:  # otherwise the browser keeps the earlier value
                self.unknown |= unknown

    def read_declaration(self, part):
        properties = self.table["properties"]
        name = part.name.removeprefix("-webkit-")
        if name.startswith("--"):
            return
        self.ask(properties, name)
        if name in self.unknown:
            return
        entry = properties[name]
        values = [node for node in part.value if node.type != "whitespace"]
        if len(values) > 1:
            for includes in (key for key in entry if key.startswith("includes_")):
                self.ask(entry, includes, f"{name} {includes}")
        if name in ("gap", "column-gap"):
            self.ask(entry, "flex_context", f"{name} in a flex box")
        self.read_values(values, name, entry)

    def read_values(self, nodes, name, entry):
        for node in nodes:
            if node.type == "ident":
                word = node.lower_value
                self.ask_if_listed(entry, word, f"{name}: {word}")
                in_flex = entry.get("context_flex", {})
                self.ask_if_listed(in_flex, f"{word}_in_flex", f"{name}: {word} in a flex box")
            elif node.type == "dimension":
                self.read_unit(node.lower_unit)
            elif node.type == "function":
                self.read_function(node)
                self.read_values(node.arguments, name, entry)
        if name == "content" and any(node == "/" for node in nodes):
            self.ask(entry, "alt_text", "content: with an alternative")

    def read_unit(self, unit):
        lengths = self.table["types"]["length"]
        if re.fullmatch("[sld]v(h|w|min|max|i|b)", unit):
            self.ask(lengths, "viewport_percentage_units_dynamic", unit)
        elif unit in lengths:
            self.ask(lengths, unit)

    def read_function(self, node):
        types = self.table["types"]
        for kinds in [types, *types.values()]:
            self.ask_if_listed(kinds, node.lower_name, node.lower_name)


def unknown_words(style, table):
    reader = Reader(table)
    reader.read(tinycss2.parse_stylesheet(style, skip_whitespace=True))
    return reader.unknown


def styles_of(page):
    return re.findall(r"<style>(.*?)</style>", page, re.DOTALL)


@pytest.mark.parametrize(
    ("style", "word"),
    [
        ("@layer a{p{color:red}}", "@layer"),
        ("@media (width>=60rem){p{color:red}}", "range_syntax"),
        ("p{margin-inline:0}", "margin-inline"),
        ("p{inset:0}", "inset"),
        ("p{aspect-ratio:1}", "aspect-ratio"),
        ("p{min-height:100dvh}", "dvh"),
        ("p{color:color-mix(in srgb,red,blue)}", "color-mix"),
        ("p{display:flex;gap:1rem}", "gap in a flex box"),
        ("p{text-decoration:underline 3px}", "text-decoration includes_thickness"),
        (":is(p,li){color:red}", ":is"),
        ("p:has(a){color:red}", ":has"),
        ("p:not(a,b){color:red}", ":not() with a list"),
        ("a:hover,a:focus-visible{color:red}", ":focus-visible in a list"),
    ],
)
def test_the_table_of_css_has_features_that_the_oldest_browsers_lack(table, style, word):
    assert word in unknown_words(style, table)


@pytest.mark.slow
def test_a_page_needs_no_css_that_the_oldest_browsers_lack(every_kind_of_page, table):
    sent = {style for _, page in every_kind_of_page for style in styles_of(page)}
    assert len(sent) > 10

    for style in [STYLE, *sent]:
        assert sorted(unknown_words(style, table) - HARMLESS.keys()) == []
    assert sorted(HARMLESS.keys() - unknown_words(STYLE, table)) == []


def test_a_browser_that_passes_a_feature_query_has_the_feature(table):
    length, properties = table["types"]["length"], table["properties"]
    pairs = [
        (length["viewport_percentage_units_dynamic"], table["selectors"]["focus-visible"]),
        (properties["inset"], properties["column-gap"]["flex_context"]),
    ]

    for asked, meant in pairs:
        asked, meant = asked["__compat"]["support"], meant["__compat"]["support"]
        assert all(known_since(asked[browser]) >= known_since(meant[browser]) for browser in OLDEST)


def test_specificity_replaces_the_order_of_layers_for_old_browsers():
    css = "@layer base{p a{top:0}}@layer components{b,a::after{top:1px}}@layer print{b{top:2px}}"

    sent = for_old_browsers(css).replace(r":not(#\#)", "!")

    assert sent == "p a{top:0}b!,a!::after{top:1px}b!!{top:2px}"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("margin-block:0 1rem", "margin-top:0;margin-bottom:1rem"),
        ("padding-inline:max(1px,2px)", "padding-left:max(1px,2px);padding-right:max(1px,2px)"),
        ("border-block:1px solid", "border-top:1px solid;border-bottom:1px solid"),
        ("border-inline-start-color:red", "border-left-color:red"),
        ("inset-block-end:0", "bottom:0"),
        ("max-inline-size:9px", "max-width:9px"),
        ("color:red!important", "color:red!important"),
        ("margin-inline:0!important", "margin-left:0!important;margin-right:0!important"),
    ],
)
def test_logical_directions_become_physical_ones_for_old_browsers(written, sent):
    assert for_old_browsers(f"p{{{written}}}") == f"p{{{sent}}}"


def test_focus_visible_stands_in_its_own_rule_for_old_browsers():
    assert for_old_browsers("b,a:focus-visible{color:red}") == (
        "b{color:red}a:focus-visible{color:red}@supports not (height:1dvh){a:focus{color:red}}"
    )


def test_no_element_has_the_height_of_the_window_in_print():
    """Firefox would print an empty sheet before it."""
    rules = tinycss2.parse_stylesheet(STYLE, skip_whitespace=True)
    screen = [rule for rule in rules if tinycss2.serialize(rule.prelude).strip() == "screen"]

    assert re.findall("min-height:100vh", tinycss2.serialize(screen)) == ["min-height:100vh"]
    assert STYLE.count("100vh") == 1


@pytest.mark.slow
def test_a_drawing_without_its_style_is_not_black(every_kind_of_page):
    pages = "".join(page for _, page in every_kind_of_page)
    drawings = re.findall(r"<svg(?:(?!</svg>).)*</svg>", pages, re.DOTALL)
    assert drawings

    for drawing in drawings:
        for shape in re.findall("<(?:path|rect)[^>]*>", drawing):
            assert 'fill="none"' in drawing.partition(">")[0] + shape
