import unicodedata

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from vision import text

UNSEEN_AND_SEEN = (
    "aÅe\u0301\u030a \n\r\t\x0b\u2028\u2029"
    "\u00ad\u034f\u061c\u115f\u1160\u180b\u200b\u200c\u200d\u200e\u200f"
    "\u2060\u3164\ufe0f\ufeff\uffff\U0001f3f4\U000e0067\U000e007f\U000e0100👩🏽♀1ابक्ᠠ葛か\u3099=\u0338"
)


def test_white_space_of_a_line_becomes_single_plain_spaces():
    assert text.one_line(" Kota\u00a0 Magelang \n") == "Kota Magelang"


def test_a_blank_line_divides_paragraphs_and_a_line_end_does_not():
    assert text.paragraphs("satu\r\ndua\r\n\r\n \n tiga ") == ["satu dua", "tiga"]


@given(st.text())
def test_normalising_twice_is_normalising_once(words):
    assert text.one_line(text.one_line(words)) == text.one_line(words)


@given(st.text() | st.text(st.sampled_from(UNSEEN_AND_SEEN)))
def test_cleaning_twice_is_cleaning_once(words):
    assert text.cleaned(text.cleaned(words)) == text.cleaned(words)
    assert text.as_prose(text.as_prose(words)) == text.as_prose(words)
    assert unicodedata.is_normalized("NFC", text.cleaned(words))


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("pem\u00adba\u200bngun\ufeffan\u2060", "pembangunan"),
        ("\ufeffKota\u00ad Magelang", "Kota Magelang"),
        ("pemba\u00ad\r\nngunan", "pembangunan"),  # a PDF's line end within a word
        ("e\u00ad\u0301", "é"),
        ("a\u200db\u200cc\u200ed\ufe0fe\U000e0041", "abcde"),  # none has an effect here
        ("Kota\ufffe\uffff\U0010ffff", "Kota"),
        ("\u3164\u1160", ""),
    ],
)
def test_needless_invisible_characters_are_removed(pasted, kept):
    assert text.as_line(pasted) == text.as_prose(pasted) == kept
    text.validate_characters(pasted)


@pytest.mark.parametrize(
    "words",
    [
        "keluarga 👨‍👩‍👧‍👦",
        "👩🏽‍🌾 🏳️‍🌈 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️‍🔥 👁️‍🗨️ ⛹🏻‍♀️",
        "1️⃣ ☎︎ ™️",
        "می‌خواهم",
        "क्‍ष ශ්‍රී",
        "ꦩꦒꦼꦭꦁ",
        "葛󠄀",
        "\u200fעברית\u200e C++",
        "Kota Magelang – “cerdas”",
    ],
)
def test_joiners_and_variants_that_a_script_or_an_emoji_needs_stay(words):
    assert text.as_line(words) == unicodedata.normalize("NFC", words)
    text.validate_characters(words)


@pytest.mark.parametrize("end", ["\x0b", "\x0c", "\x85", "\u2028", "\r", "\r\n"])
def test_a_line_break_of_word_is_a_line_end(end):
    assert text.as_prose(f"satu{end}dua") == "satu dua"
    assert text.as_prose(f"satu{end}{end}dua") == "satu\n\ndua"


def test_a_paragraph_separator_divides_paragraphs():
    assert text.as_prose("satu\u2029dua") == "satu\n\ndua"


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\x00", "U+0000 (control character)"),
        ("\x1f", "U+001F (control character)"),
        ("\u202e", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("\u2066", "U+2066 (LEFT-TO-RIGHT ISOLATE)"),
        ("\u2069", "U+2069 (POP DIRECTIONAL ISOLATE)"),
        ("\ud800", "U+D800 (half of a character)"),
    ],
)
def test_a_character_that_turns_or_hides_a_text_is_refused_by_name_and_place(character, name):
    with override("en"):
        with pytest.raises(ValidationError) as refusal:
            text.validate_characters(f"Kota{character} Magelang\nHebat")
        (message,) = refusal.value.messages

    code = f"U+{ord(character):04X}"
    assert name in message
    assert message.endswith(f"“Kota[{code}] Magelang Hebat”")


def test_all_refused_characters_are_listed_at_once():
    with pytest.raises(ValidationError) as refusal:
        text.validate_characters("satu\u202e dua\x07 tiga\u2066")

    assert len(refusal.value.messages) == 3


@pytest.mark.parametrize(
    "words", ["Kota Magelang", "ketaqwaan – “kepercayaan”", "satu\n\ndua\t", "é ñ 静"]
)
def test_ordinary_text_is_accepted(words):
    text.validate_characters(words)
    text.validate_marks(words)


@pytest.mark.parametrize("words", ["[[Smart", "Smart]]", "[[a [[b]] c]]", "[[]]"])
def test_an_incomplete_mark_is_refused(words):
    with pytest.raises(ValidationError):
        text.validate_marks(words)


def test_marks_are_not_part_of_the_words():
    assert text.plain("pengembangan [[e-governance]],") == "pengembangan e-governance,"


@pytest.mark.parametrize(
    ("sought", "statement", "places"),
    [
        ("Jasa", "Kota Jasa yang Modern", [(5, 9)]),
        ("jasa", "KOTA JASA", [(5, 9)]),
        ("Jasa", "Kota Jasawan", []),
        ("Kota", "Kota dan kota", [(0, 4), (9, 13)]),
        ("", "Kota", []),
    ],
)
def test_words_are_found_whole_and_in_any_case(sought, statement, places):
    assert text.occurrences(sought, statement) == places
