"""The style for browsers of 2020: Chrome 80, Safari on iOS 14.5 and Firefox 83 can read it.

The files of the style may use layers, logical directions and ``:focus-visible``. These browsers do
not know them, and drop the whole rule, or the whole style. The sent style means the same, and has
a substitute for each of them.
"""

import re

import tinycss2

# How many ids are added to each selector of a layer, so that it beats the layers before it. The
# first three need none: they set different things, so that their order is enough.
LAYERS = {"tokens": 0, "base": 0, "layout": 0, "bar": 1, "components": 1, "print": 2}
GROUPS = ("media", "supports")  # at-rules that hold rules
AN_ID = r":not(#\#)"  # true of every element
# A browser that knows this unit knows :focus-visible too. Others mark the focus of a mouse as well.
WITHOUT_FOCUS_VISIBLE = "@supports not (height:1dvh)"
# Both languages run from left to right and from top to bottom.
SIDES = {"block": ("top", "bottom"), "inline": ("left", "right")}
LENGTHS = {"block": "height", "inline": "width"}
SIZE = re.compile(r"((?:min|max)-)?(block|inline)-size")
SIDE = re.compile(
    r"(margin|padding|border|inset|scroll-margin|scroll-padding)-(block|inline)(-start|-end)?"
    r"(-(?:color|style|width))?"
)


def for_old_browsers(css):
    return "".join(flattened(tinycss2.parse_stylesheet(css, skip_whitespace=True)))


def flattened(rules, ids=0):
    """The rules as text, without layers."""
    for rule in rules:
        prelude = tinycss2.serialize(rule.prelude).strip()
        if rule.type == "qualified-rule":
            yield rule_without_new_words(split(rule.prelude, ","), rule.content, ids)
        elif rule.lower_at_keyword == "layer":
            yield from flattened(inner_rules(rule), LAYERS[prelude]) if rule.content else ()
        elif rule.lower_at_keyword in GROUPS:
            yield f"@{rule.at_keyword} {prelude}{{{''.join(flattened(inner_rules(rule), ids))}}}"
        else:
            yield rule.serialize()


def inner_rules(rule):
    return tinycss2.parse_rule_list(rule.content, skip_whitespace=True)


def rule_without_new_words(selectors, content, ids):
    """The rule, with ``:focus-visible`` in a separate rule: one unknown selector voids a list."""
    block = f"{{{';'.join(declarations(content))}}}"
    selectors = [raised(selector, ids) for selector in selectors]
    focused = ",".join(selector for selector in selectors if ":focus-visible" in selector)
    others = ",".join(selector for selector in selectors if ":focus-visible" not in selector)
    sent = others + block if others else ""
    if focused:
        substitute = focused.replace(":focus-visible", ":focus")
        sent += f"{focused}{block}{WITHOUT_FOCUS_VISIBLE}{{{substitute}{block}}}"
    return sent


def raised(selector, ids):
    """The selector with more specificity; a pseudo-element stays at its end."""
    element, marks, pseudo_element = selector.partition("::")
    return element + AN_ID * ids + marks + pseudo_element


def declarations(content):
    for declaration in tinycss2.parse_blocks_contents(content, skip_whitespace=True):
        for name, value in with_physical_names(declaration.name, declaration.value):
            yield f"{name}:{value}{'!important' * declaration.important}"


def with_physical_names(name, nodes):
    """The same declarations in physical directions, each as name and value."""
    value = tinycss2.serialize(nodes).strip()
    if size := SIZE.fullmatch(name):
        return [((size[1] or "") + LENGTHS[size[2]], value)]
    if not (side := SIDE.fullmatch(name)):
        return [(name, value)]
    start, end = (physical(side[1], place, side[4] or "") for place in SIDES[side[2]])
    if side[3]:
        return [(start if side[3] == "-start" else end, value)]
    values = [value] if side[1] == "border" and not side[4] else split(nodes, " ")
    return [(start, values[0]), (end, values[-1])]


def physical(kind, place, part):
    return place if kind == "inset" else f"{kind}-{place}{part}"


def split(nodes, separator):
    """The parts of a value or of a list of selectors; text in brackets stays together."""
    parts = [""]
    for node in nodes:
        text = node.serialize()
        if text == separator:
            parts.append("")
        else:
            parts[-1] += text
    return [part.strip() for part in parts if part.strip()]
