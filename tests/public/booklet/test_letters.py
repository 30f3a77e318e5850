"""The characters that the PDFs can show, and the publishers' warning about others."""

import sys
import unicodedata

import pytest

from editions.document import Text
from public.booklet.letters import lacking
from tests.support.formats.booklets import made, with_text

pytestmark = pytest.mark.usefixtures("own_data_folder")
INVISIBLE = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")


def test_every_character_without_a_warning_has_a_font(edition, capsys):
    characters = [
        sign
        for sign in map(chr, range(sys.maxunicode))
        if unicodedata.category(sign) not in INVISIBLE and not lacking(sign)
    ]
    text = Text(" ".join(characters), "")

    made(with_text(edition, introduction=text, legal_basis=text, missions_lead_in=text))

    assert len(characters) > 3000
    assert "it is not PDF/UA" not in capsys.readouterr().err


@pytest.mark.parametrize("sign", ["ꦩ", "👨", "𐤀", "市"])
def test_a_character_without_a_font_is_found(edition, sign, capsys):
    made(with_text(edition, legal_basis=Text(f"Aksara: {sign}", "")))

    assert lacking(f"Aksara: {sign}") == sign
    assert "it is not PDF/UA" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_text_as_shipped_has_no_such_character(shipped, language):
    document = shipped.editions.get(number=3).document

    assert not any(lacking(passage.text.plain(language)) for passage in document.passages())
