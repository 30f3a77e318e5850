"""The one style of the public pages: a constant block inside every page, allowed by its hash.

Inlined because a page then needs one request only; constant because a nonce would make every response different.
"""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.utils.csp import CSP
from django.utils.safestring import mark_safe

STATIC = Path(settings.BASE_DIR) / "static"
LAYERS = ("tokens", "base", "layout", "components", "print")


def read_style() -> str:
    """The style's files in the order of their layers, with the font inside and without comments."""
    style = "".join((STATIC / "css" / f"{layer}.css").read_text(encoding="utf-8") for layer in LAYERS)
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    style = re.sub(r"\s*([{};,>])\s*", r"\1", re.sub(r"\s+", " ", style)).replace(";}", "}").strip()
    font = b64encode((STATIC / "fonts" / "rokkitt.woff2").read_bytes()).decode()
    return style.replace("url(../fonts/rokkitt.woff2)", f"url(data:font/woff2;base64,{font})")


STYLE = mark_safe(read_style())
STYLE_HASH = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
PUBLIC_CSP = {
    "default-src": [CSP.NONE],
    "style-src": [STYLE_HASH],
    "font-src": ["data:"],
    "img-src": [CSP.SELF, "data:"],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
# What a stored copy of a page carries in itself; a browser ignores frame-ancestors there.
META_CSP = "; ".join(
    f"{directive} {' '.join(map(str, sources))}"
    for directive, sources in PUBLIC_CSP.items()
    if directive != "frame-ancestors"
)
