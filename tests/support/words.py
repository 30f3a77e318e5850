"""Words as they are compared."""

import re


def squeezed(text):
    """Without white space and soft hyphens, where lines are broken at will."""
    return re.sub(r"[\s\u00ad]", "", text)
