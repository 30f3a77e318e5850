"""The characters that the fonts of the PDFs have: typst's own, and those in ``typst/fonts``."""

import re

# Latin, Greek and Cyrillic letters, Arabic ones, punctuation, figures, arrows and signs.
_LACKING = re.compile(
    "[^\0-\u04ff\u0621-\u063a\u0640-\u0655\u1d00-\u2027\u202f-\u2040\u2044-\u2052\u2054-\u2064"
    "\u2070-\u211e\u2122\u2126-\u2151\u2153-\u2184\u2190-\u2328\u232b-\u23ff\u2460-\u2606"
    "\u2609-\u262f\u2713\u2714\u27b1-\u2bff\ufb00-\ufb06]"
)


def lacking(text):
    """The first character of the text that may have no font, or "".

    A PDF that holds one is neither PDF/UA nor PDF/A.
    """
    found = _LACKING.search(text)
    return found[0] if found else ""
