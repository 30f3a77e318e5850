"""Suspicious characters, most of them from pasted text.

Publishers see them in ``editorial.publishing.review``, translators in
``editorial.translation.checks``.
"""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from editions.blockers import LANGUAGE_NAMES
from vision.text import code_of, unseen

AROUND = 20  # characters shown on each side of the finding


def remarkable(passage, language):
    """(Name of the kind, message) for the first finding of each kind in the text."""
    text = getattr(passage.text, language)
    for name, find, message in KINDS:
        is_marker = name == "bullet" and passage.field == "marker"
        if not is_marker and (found := find(text)):
            yield name, message % _shown(found, language)


def _shown(found, language):
    text, sign, (start, end) = found.string, found[0], found.span()
    before = text[max(0, start - AROUND) : start].split(" ")[-1]
    after = re.match(r"\s*\S*", text[end : end + AROUND])[0]
    shown = f"[{code_of(sign)}]" if unseen(sign) else sign
    return {
        "language": LANGUAGE_NAMES[language],
        "sign": sign,
        "code": code_of(sign[0]),
        "words": f"“{before}{shown}{after}”",
    }


def _unknown_to_fonts(text):
    """The first character that is for private use or unassigned."""
    for found in re.finditer("[^\0-\u024f]", text):
        if unicodedata.category(found[0]) in ("Co", "Cn"):
            return found
    return None


KINDS = [
    (
        "other-letter",
        # Greek, Cyrillic, full-width and mathematical letters
        re.compile(
            "[\u0370-\u03ff\u0400-\u052f\u1f00-\u1fff\uff01-\uff5e\U0001d400-\U0001d7ff]"
        ).search,
        _(
            "The %(language)s text holds “%(sign)s” (%(code)s), which is no Latin letter though it "
            "may look like one: %(words)s"
        ),
    ),
    (
        "misread",
        re.compile("\ufffd|ï¿½|â€|[ÂÃ](?![A-Za-z])").search,
        _(
            "The %(language)s text holds “%(sign)s”, left by a program that misread a letter: "
            "%(words)s"
        ),
    ),
    (
        "picture",
        re.compile("\ufffc").search,
        _(
            "The %(language)s text holds %(code)s, left where a picture was not copied along: "
            "%(words)s"
        ),
    ),
    (
        "no-font",
        _unknown_to_fonts,
        _(
            "The %(language)s text holds a character (%(code)s) that only some fonts can show: "
            "%(words)s"
        ),
    ),
    (
        "bullet",
        re.compile(
            r"(?:^|(?<=\s))[•◦‣⁃▪▫■◆►➢➤❖✓✔](?=\s|\w)|^[·∙○●□o–—-](?=\s)", re.MULTILINE
        ).search,
        _(
            "The %(language)s text holds the bullet “%(sign)s” (%(code)s) of a list that was "
            "pasted: %(words)s. Delete it, or make each line a point of its own."
        ),
    ),
    (
        "accent",
        re.compile(r"(?:^|(?<=\s))[\u0300-\u036f]").search,
        _("The %(language)s text holds an accent (%(code)s) without its letter: %(words)s"),
    ),
    (
        "unseen",
        unseen,
        _(
            "The %(language)s text holds an invisible character (%(code)s), which gets in the way "
            "of searches: %(words)s. Save the text again, and it is removed."
        ),
    ),
    (
        "not-html",
        re.compile(
            r"</?[A-Za-z][^<>]*>|&(?:#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]+);"
        ).search,
        _(
            "The %(language)s text holds “%(sign)s”, which readers will see as it is: this is not "
            "HTML."
        ),
    ),
]
