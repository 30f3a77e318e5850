"""The style of the public pages: a block inside every page, allowed by its hash.

Inlined because a page then needs one request only. A page carries the rules of what stands on it and no others; pages
made of the same parts have the same block, as a nonce would make every response different.
"""

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import tinycss2
from django.conf import settings
from django.http import HttpResponse
from django.utils.csp import CSP, build_policy

from public.pages.old_browsers import GROUPS, LAYERS, for_old_browsers, split

STATIC = Path(settings.BASE_DIR) / "static"
# Where the templates leave room for the block and the policy that allows it.
STYLE_PLACE, POLICY_PLACE = "<style></style>", 'http-equiv="Content-Security-Policy" content=""'
TOKEN = re.compile(r"(?<![\w-])--([\w-]+):[^;}]*;?")
NOT_NAMES = re.compile(r"::?[\w-]+(\((?:[^()]|\([^()]*\))*\))?|\[[^\]]*\]|\*|&")


def read_style():
    """The style's files in the order of their layers, with the font inside and without comments."""
    style = "".join(
        (STATIC / "css" / f"{layer}.css").read_text(encoding="utf-8") for layer in LAYERS
    )
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    style = (
        re.sub(r"\s*([{};,>])\s*|(:)\s+", r"\1\2", re.sub(r"\s+", " ", style))
        .replace(";}", "}")
        .strip()
    )
    font = b64encode((STATIC / "fonts" / "rokkitt.woff2").read_bytes()).decode()
    return style.replace("url(../fonts/rokkitt.woff2)", f"url(data:font/woff2;base64,{font})")


STYLE = for_old_browsers(read_style())
RULES = tinycss2.parse_stylesheet(STYLE, skip_whitespace=True)


def dressed(html, status=200):
    """The page as a response, with its style in its place and the policy that allows this style and no other."""
    block = style_of(names_in(html), settings.SITE_URL)
    policy = policy_of(block)
    # What a stored copy of a page carries in itself; a browser ignores frame-ancestors there.
    stored = "; ".join(
        f"{directive} {' '.join(map(str, sources))}"
        for directive, sources in policy.items()
        if directive != "frame-ancestors"
    )
    html = html.replace(STYLE_PLACE, f"<style>{block}</style>", 1)
    html = html.replace(POLICY_PLACE, POLICY_PLACE[:-1] + stored + '"', 1)
    headers = {str(CSP.HEADER_ENFORCE): build_policy(policy)}
    return HttpResponse(html, status=status, headers=headers)


def policy_of(block):
    return settings.PUBLIC_CSP | {
        "style-src": [f"'sha256-{b64encode(sha256(block.encode()).digest()).decode()}'"]
    }


def names_in(html):
    """The elements and classes (with their dot) that stand in the page."""
    classes = {
        f".{name}" for names in re.findall(r'class="([^"]*)"', html) for name in names.split()
    }
    return frozenset(classes | set(re.findall(r"<([a-z][a-z0-9]*)", html)))


@lru_cache(maxsize=256)
def style_of(names, site):
    """The rules that can apply where only these elements and classes stand, and the tokens that they use."""
    block = "".join(pruned(rule, names) for rule in RULES).replace('"SITE"', f'"{site}"')
    used = set(re.findall(r"var\(--([\w-]+)", block))
    return TOKEN.sub(lambda token: token[0] if token[1] in used else "", block)


def pruned(rule, names):
    if rule.type == "qualified-rule":
        kept = [selector for selector in split(rule.prelude, ",") if names_of(selector) <= names]
        return f"{','.join(kept)}{{{tinycss2.serialize(rule.content)}}}" if kept else ""
    if rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword in GROUPS:
        rules = "".join(
            pruned(inner, names)
            for inner in tinycss2.parse_rule_list(rule.content, skip_whitespace=True)
        )
        return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{rules}}}" if rules else ""
    return rule.serialize()


@lru_cache(maxsize=1024)
def names_of(selector):
    """The elements and classes that a selector asks for, whatever their state."""
    return frozenset(re.findall(r"\.?[a-zA-Z][\w-]*", NOT_NAMES.sub(" ", selector)))
