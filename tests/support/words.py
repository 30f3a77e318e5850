"""Normalise text for comparison."""

import re


def squeezed(text):
    """The text without white space and soft hyphens, which line breaks may add."""
    return re.sub(r"[\s\u00ad]", "", text)
