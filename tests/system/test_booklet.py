"""The words of the booklet, read by poppler and from its tags."""

import re
from dataclasses import replace

import pytest

from editions.document import Text
from tests.support.formats.booklets import SITE, languages_of_words, made, opened, with_text
from tests.support.formats.pdf import poppler, spoken, written
from tests.support.words import squeezed

pytestmark = pytest.mark.usefixtures("own_data_folder")
NOT_SET = ("slug", "statement_words", "short_title")
MARKUP = "#let x = 1 *b* _i_ $c$ \\d @e <f> \"g\" 'h' `j` = k - l -- m ~ n // o /* p */ #panic()"


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_booklet_reads_every_word_of_the_text_in_order(edition, language):
    words = spoken(made(edition, language))

    place = words.index(squeezed(edition.document.introduction.plain(language)))
    for passage in edition.document.passages():
        if passage.kind != "term" and passage.field not in NOT_SET:
            text = squeezed(passage.text.plain(language))
            place = words.find(text, place)
            assert place >= 0, passage.key
            place += len(text)


@pytest.mark.parametrize(
    ("language", "state", "foot"),
    [
        ("id", "archived", "Visi Kota Magelang 2016–2021 · edisi 2, 1 Januari 2026 (arsip)"),
        (
            "en",
            "upcoming",
            "Vision of the City of Magelang 2016–2021 · edition 2, 1 January 2026 (upcoming)",
        ),
        ("id", "", "Visi Kota Magelang 2016–2021 · edisi 2, 1 Januari 2026\n"),
    ],
)
def test_every_page_after_the_cover_names_the_edition_and_its_state(edition, language, state, foot):
    pages = poppler("pdftotext", "-", "-", pdf=made(edition, language, state)).split("\f")[1:-1]

    with_words = [page for page in pages if page.strip()]  # others only fill the sheet
    assert (len(pages), len(with_words)) == (15, 12)
    assert all(foot in page for page in with_words)
    assert all(f"{SITE}/{language}/visi/2016-2021/edisi/2/" in page for page in with_words)


def test_the_cover_says_that_the_period_is_over(edition):
    assert "Arsip" in poppler("pdftotext", "-l", "1", "-", "-", pdf=made(edition))
    assert "Arsip" not in poppler("pdftotext", "-l", "1", "-", "-", pdf=made(edition, state=""))


def test_the_last_page_tells_how_to_check_the_edition(edition):
    words = written(made(edition))

    assert squeezed(f"curl -s {SITE}/data/2016-2021/2.json \\ | sha256sum") in words
    assert edition.sha256 in words


def test_markup_in_the_official_text_stays_text(edition):
    pdf = made(with_text(edition, legal_basis=Text(MARKUP, MARKUP)))

    assert squeezed(MARKUP) in written(pdf)


def test_the_booklet_shows_indonesian_for_missing_english_and_says_so(edition):
    said = squeezed("Parts of this booklet have no English yet and are shown in Indonesian.")
    assert said not in written(made(edition, "en"))

    words = written(made(with_text(edition, legal_basis=Text("Peraturan Daerah", "")), "en"))

    assert said in words
    assert "PeraturanDaerah" in words
    assert b"id" in languages_of_words(opened(edition, "en"))


@pytest.mark.parametrize(
    ("rendition", "width", "height"),
    [("booklet", 148, 210), ("large-print", 210, 297), ("two-up", 297, 210)],
)
def test_very_long_texts_stay_on_their_pages(edition, rendition, width, height):
    long = Text("kata " * 2000 + "x" * 300, "word " * 2000 + "x" * 300)
    elements = [
        replace(element, body=long, name=Text("nama " * 30))
        for element in edition.document.elements
    ]
    with_text(edition, elements=tuple(elements), statement=Text("visi " * 60 + "x" * 80))

    boxes = poppler("pdftotext", "-bbox", "-", "-", pdf=made(edition, rendition=rendition))

    right = max(float(edge) for edge in re.findall(r'xMax="([\d.]+)"', boxes))
    bottom = max(float(edge) for edge in re.findall(r'yMax="([\d.]+)"', boxes))
    assert len(re.findall("<page ", boxes)) > 20
    assert right < width / 25.4 * 72 - 30
    assert bottom < height / 25.4 * 72 - 20


@pytest.mark.parametrize("rendition", ["booklet", "large-print"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_short_mission_is_on_one_page_with_its_plain_words(shipped, language, rendition):
    edition = shipped.editions.get(number=3)
    pdf = made(edition, language, rendition=rendition)
    pages = [squeezed(page) for page in poppler("pdftotext", "-", "-", pdf=pdf).split("\f")]

    for mission in edition.document.missions:
        texts = [
            squeezed(text.plain(language)) for text in (mission.statement, mission.explanation)
        ]
        assert any(all(text in page for text in texts) for page in pages)


def test_the_plain_words_of_a_long_mission_name_it(edition):
    first, *others = edition.document.missions
    long = replace(first, statement=Text("menata kota " * 500), explanation=Text("Kota ditata."))

    words = written(made(with_text(edition, missions=(long, *others))))

    assert squeezed("Bahasa sederhana: Misi 1") in words


def test_an_abbreviation_is_explained_without_itself(shipped):
    words = written(made(shipped.editions.get(number=3), "en"))

    assert squeezed("IT – information technology RPJMD – Regional") in words


def test_a_character_without_a_font_loses_the_pdf_standard_but_not_the_booklet(edition, caplog):
    pdf = opened(with_text(edition, legal_basis=Text("Aksara Jawa: ꦩ", "")))

    assert pdf.Root.MarkInfo.Marked
    assert "it is not PDF/UA" in caplog.text
