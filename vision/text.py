"""The content of a text of the vision: plain words in paragraphs, and one inline mark.

``[[Smart Governance]]`` marks words that are in the other language than the text around them. A
page sets them as ``<i lang="en">``, so that a screen reader changes its voice. There is no other
mark, and no HTML.

Texts come from Word, from PDFs and from phones, with invisible characters. ``as_line`` and
``as_prose`` give a text its stored form, and everything that writes uses one of them.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MARK = re.compile(r"\[\[([^\[\]]+)\]\]")
PARAGRAPH_BREAK = re.compile(r"\n\s*\n")
LINE_END = re.compile(
    "\r\n?|[\x0b\x0c\x85\u2028]"
)  # U+000B is the line break within a paragraph of Word
BROKEN_WORD = re.compile(
    r"\u00ad[^\S\n]*\n(?!\s*\n)\s*"
)  # a word that a PDF divides at the end of a line

# Refused: control characters, which replace a lost letter; halves of a character; marks that turn
# the direction of reading, so that people see another text (Unicode Technical Report 36);
# annotations.
REFUSED = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]"
)
MOST_REFUSALS, WORDS_AROUND = (
    5,
    20,
)  # the most findings in a message, and the characters shown on either side

# Invisible characters that mean something in their place, and where that is.
JOINED = (  # after letters of scripts whose letters change their shape, from Hebrew to Adlam
    "\u0590-\u061b\u061d-\u109f\u1780-\u17b3\u17b6-\u180a\u1810-\u1c4f\u1cd0-\u1cff\ua800-\uabff"
    "\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f"
)
EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
VARIED = (  # characters with several forms: digits, signs, symbols, letters of East Asia
    f"0-9#*\u2010-\u2027\u2030-\u205e\u2200-\u22ff\u3001-\u3163\u3165-\u9fff\uf900-\ufaff"
    f"\uff01-\uff60\U00020000-\U0003fffd{EMOJI}{JOINED}"
)
NO_CHARACTERS = "".join(
    chr(plane + end) for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF)
)
UNSEEN = re.compile(
    "(?P<needed>\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"  # the flag of a region, spelt in tags
    f"|(?<=[{JOINED}])[\u034f\u180b-\u180f\u200c\u200d]"
    f"|(?<=[{EMOJI}\ufe0f\U000e007f])\u200d(?=[{EMOJI}])"
    f"|(?<=[{VARIED}])[\ufe00-\ufe0f\U000e0100-\U000e01ef])"
    # Soft hyphens, joiners, spaces without width, marks of byte order, fillers, tags, and what is
    # no character.
    "|[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164"
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    f"\U000e0000-\U000e0fff{NO_CHARACTERS}]"
)
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]"
)
MARKS_OF_DIRECTION = re.compile("[\u061c\u200e\u200f]")  # without such letters they do nothing


def as_line(typed):
    """The stored form of a text in one line. It must have passed ``validate_characters``."""
    return one_line(cleaned(typed))


def as_prose(typed):
    """The stored form of a text in paragraphs. It must have passed ``validate_characters``."""
    return "\n\n".join(paragraphs(cleaned(typed)))


def cleaned(typed):
    """The text in form NFC, without needless invisible characters, and with plain line ends.

    Characters that ``validate_characters`` refuses stay in it.
    """
    text, before = LINE_END.sub("\n", typed).replace("\u2029", "\n\n"), None
    text = BROKEN_WORD.sub("", text)
    while text != before:  # removing a character may join others
        before, text = text, _without_the_unseen(unicodedata.normalize("NFC", text))
    return text


def _without_the_unseen(text):
    if not RIGHT_TO_LEFT.search(text):
        text = MARKS_OF_DIRECTION.sub("", text)
    return UNSEEN.sub(lambda found: found["needed"] or "", text)


def unseen(text):
    """The first match that ``cleaned`` would remove, or None: older texts may contain one."""
    return next((found for found in UNSEEN.finditer(text) if not found["needed"]), None)


def one_line(text):
    """The words of the text with single plain spaces between them, in Unicode form NFC."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def paragraphs(text):
    """The paragraphs of the text as a list of lines; blank lines separate paragraphs."""
    lines = re.sub(r"\r\n?|\u2029", "\n", text)
    return [line for part in PARAGRAPH_BREAK.split(lines) if (line := one_line(part))]


def plain(text):
    """The text without its inline marks, for titles, comparison and screen readers."""
    return MARK.sub(r"\1", text)


def words(text):
    """The words of the text in lower case, without punctuation and marks."""
    return re.findall(r"[\w-]+", plain(text).lower())


def occurrences(words_sought, text):
    """The places of the words in the text, as (start, end): whole words, any case."""
    pattern = rf"(?<!\w){re.escape(words_sought)}(?!\w)"
    return (
        [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
        if words_sought
        else []
    )


def validate_characters(text):
    """Refuse invisible characters that change or hide the text.

    Raises ``ValidationError`` that names each of the first ones and shows the words around it.
    """
    refused = list(REFUSED.finditer(text))[:MOST_REFUSALS]
    if refused:
        raise ValidationError([_refusal(found) for found in refused])


def _refusal(found):
    return ValidationError(
        _(
            "The invisible character %(code)s (%(name)s) can change how the text reads. Delete "
            "it, or type these words again: “%(words)s”"
        ),
        code="invisible",
        params={"name": name_of(found[0]), "code": code_of(found[0]), "words": words_around(found)},
    )


def name_of(character):
    """The character's name in Unicode, which names no control characters and halves."""
    is_half = unicodedata.category(character) == "Cs"
    return unicodedata.name(
        character, _("half of a character") if is_half else _("control character")
    )


def years_of(period):
    """“2016–2021” for "2016-2021": sentences have a dash where addresses have a hyphen."""
    return period.replace("-", "–")


class Years:
    """The years of a row or a document with ``period_start`` and ``period_end``."""

    @property
    def period(self):
        """The years as addresses write them, such as ``2016-2021``."""
        return f"{self.period_start}-{self.period_end}"

    @property
    def years(self):
        return years_of(self.period)


def code_of(character):
    return f"U+{ord(character):04X}"


def words_around(found):
    """The words around a match, with refused characters written as their codes."""
    start, end = found.span()
    before = found.string[max(0, start - WORDS_AROUND) : start]
    after = found.string[end : end + WORDS_AROUND]
    around = f"{before}{found[0]}{after}".replace("\n", " ")
    return REFUSED.sub(lambda refused: f"[{code_of(refused[0])}]", around).strip()


def validate_marks(text):
    """Refuse marks that are not paired, and a mark within a mark."""
    rest = MARK.sub("", text)
    if "[[" in rest or "]]" in rest:
        raise ValidationError(
            _(
                "A mark [[…]] is not complete: each “[[” needs its “]]”, and no mark may be "
                "inside another."
            ),
            code="mark",
        )


def validate_unmarked(text):
    if "[[" in text or "]]" in text:
        raise ValidationError(_("The mark [[…]] cannot be used here."), code="mark")
