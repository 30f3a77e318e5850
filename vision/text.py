"""What a text of the vision may hold: plain words in paragraphs, and one inline mark.

``[[Smart Governance]]`` says that these words are in the other language than the text around them. A page sets
them as ``<i lang="en">``, so that a screen reader changes its voice. There is no other mark, and no HTML.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MARK = re.compile(r"\[\[([^\[\]]+)\]\]")
PARAGRAPH_BREAK = re.compile(r"\n\s*\n")
# Controls (Cc) but for tab and line ends, lone surrogates (Cs), and the invisible format characters (Cf) that turn
# or hide text: Unicode Technical Report 36, "bidirectional text spoofing".
ALLOWED_CONTROLS = "\t\n\r"
REFUSED_CATEGORIES = {"Cc", "Cs", "Cf"}
ALLOWED_FORMATS = "\u00ad"  # a soft hyphen breaks a long word and hides nothing


def one_line(text):
    """The words of the text with single plain spaces between them, in Unicode form NFC."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def paragraphs(text):
    """The paragraphs of the text as a list of lines; a blank line stands between paragraphs."""
    lines = re.sub(r"\r\n?|\u2029", "\n", text)
    return [line for part in PARAGRAPH_BREAK.split(lines) if (line := one_line(part))]


def plain(text):
    """The text without its inline marks, as it is spoken, compared and put into titles."""
    return MARK.sub(r"\1", text)


def words(text):
    """The words of the text in lower case, without punctuation and marks."""
    return re.findall(r"[\w-]+", plain(text).lower())


def occurrences(words_sought, text):
    """Where the words stand in the text, as whole words and without regard to case: a list of (start, end)."""
    pattern = rf"(?<!\w){re.escape(words_sought)}(?!\w)"
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)] if words_sought else []


def validate_characters(text):
    """Refuse characters that nobody sees but that change or hide what is read.

    Raises ``ValidationError`` with the code point and place of the first one.
    """
    for place, character in enumerate(text, start=1):
        if character in ALLOWED_CONTROLS or character in ALLOWED_FORMATS:
            continue
        if unicodedata.category(character) in REFUSED_CATEGORIES:
            raise ValidationError(
                _("Character %(place)d is invisible (%(code)s) and could change how the text reads. Delete it."),
                code="invisible",
                params={"place": place, "code": f"U+{ord(character):04X}"},
            )


def validate_marks(text):
    """Refuse an opened mark that is not closed, a closed one that was not opened, and a mark within a mark."""
    rest = MARK.sub("", text)
    if "[[" in rest or "]]" in rest:
        raise ValidationError(
            _("A mark [[…]] is not complete: each “[[” needs its “]]”, and no mark stands within another."),
            code="mark",
        )


def validate_unmarked(text):
    if "[[" in text or "]]" in text:
        raise ValidationError(_("The mark [[…]] cannot be used here."), code="mark")
