"""The style of the public pages: a block inside every page, allowed by its hash.

Inlined, so that a page needs one request. A page carries only the rules that its elements and
classes use. A hash, because a nonce would make every response different.
"""

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import tinycss2
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.csp import CSP, build_policy
from django.utils.safestring import mark_safe

from public.pages.old_browsers import GROUPS, LAYERS, for_old_browsers, split

STATIC = Path(settings.BASE_DIR) / "static"
INDENTATION = re.compile(r"\n\s*")
SHARED = {"bar"}  # without layers, as the admin links them beside the style of Django
FACE = re.compile(r"@font-face\s*\{[^}]*\}")
TOKEN = re.compile(r"(?<![\w-])--([\w-]+):[^;}]*;?")
NOT_NAMES = re.compile(r"::?[\w-]+(\((?:[^()]|\([^()]*\))*\))?|\[[^\]]*\]|\*|&")


def read_style():
    """The style's files in the order of their layers, with the font inside and without comments."""
    style = "".join(map(read_layer, LAYERS))
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    style = (
        re.sub(r"\s*([{};,>])\s*|(:)\s+", r"\1\2", re.sub(r"\s+", " ", style))
        .replace(";}", "}")
        .strip()
    )
    font = b64encode((STATIC / "fonts" / "rokkitt.woff2").read_bytes()).decode()
    return style.replace("url(../fonts/rokkitt.woff2)", f"url(data:font/woff2;base64,{font})")


def read_layer(name):
    css = (STATIC / "css" / f"{name}.css").read_text(encoding="utf-8")
    return f"@layer {name} {{{css}}}" if name in SHARED else css


STYLE = for_old_browsers(read_style())
RULES = tinycss2.parse_stylesheet(STYLE, skip_whitespace=True)


def page(body, context, status=200):
    """The response of a page: its head contains the style of the elements in the body.

    The head is rendered from ``context`` after the body.
    """
    return answer(body, context, style_for(body), status=status)


def frame(body, context, origins):
    """A page that only these sites may frame. It is light: the reader's faces, not its own."""
    framed_by = {"frame-ancestors": origins} if origins else {}
    return answer(body, context, FACE.sub("", style_for(body)), framed_by)


def style_for(body):
    return style_of(names_in(body) | {"html"}, settings.SITE_URL)


def answer(body, context, block, framed_by=None, status=200):
    policy = policy_of(block) | (framed_by or {})
    # The policy inside a stored copy of the page; a browser ignores frame-ancestors there.
    stored = {name: sources for name, sources in policy.items() if name != "frame-ancestors"}
    style = {"style": mark_safe(block), "policy": mark_safe(build_policy(stored))}
    head = render_to_string("public/head.html", context | style)
    headers = {str(CSP.HEADER_ENFORCE): build_policy(policy)}
    return HttpResponse(without_indentation(head) + body, status=status, headers=headers)


def without_indentation(html):
    return INDENTATION.sub("\n", html)


def policy_of(block):
    return settings.PUBLIC_CSP | {
        "style-src": [f"'sha256-{b64encode(sha256(block.encode()).digest()).decode()}'"]
    }


def names_in(html):
    """The elements and classes (with their dot) in the page."""
    classes = {
        f".{name}" for names in re.findall(r'class="([^"]*)"', html) for name in names.split()
    }
    return frozenset(classes | set(re.findall(r"<([a-z][a-z0-9]*)", html)))


@lru_cache(maxsize=256)
def style_of(names, site):
    """The rules that can apply to these elements and classes, and the tokens that they use."""
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
    """The elements and classes in a selector, without pseudo-classes."""
    return frozenset(re.findall(r"\.?[a-zA-Z][\w-]*", NOT_NAMES.sub(" ", selector)))
