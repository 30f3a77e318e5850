"""The poster: one page, whatever the text, with all of it inside the margins."""

import re
from dataclasses import replace

import pytest

from editions.document import Text
from tests.support.factories import make_point, make_vision, publish_now
from tests.support.formats.booklets import SITE, made, with_text
from tests.support.formats.pdf import poppler, spoken, written
from tests.support.words import squeezed

pytestmark = pytest.mark.usefixtures("own_data_folder")
MILLIMETRE = 72 / 25.4
WORDS = "menata kota dan melayani warga dengan cepat, murah dan ramah lingkungan "


def poster(edition, language="id", state="archived"):
    return made(edition, language, state, rendition="poster")


def boxes(pdf):
    """The (left, top, right, bottom) of each word in millimetres, by page."""
    pages = poppler("pdftotext", "-bbox", "-", "-", pdf=pdf).split("<page ")[1:]
    edges = r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)"'
    return [
        [tuple(float(edge) / MILLIMETRE for edge in box) for box in re.findall(edges, page)]
        for page in pages
    ]


def assert_fits(pdf):
    (words,) = boxes(pdf)
    assert min(left for left, _top, _right, _bottom in words) > 15
    assert min(top for _left, top, _right, _bottom in words) > 14
    assert max(right for _left, _top, right, _bottom in words) < 297 - 15
    assert max(bottom for _left, _top, _right, bottom in words) < 420 - 12


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("state", ["archived", "upcoming", ""])
def test_the_poster_is_one_page_inside_its_margins(shipped, language, state):
    assert_fits(poster(shipped.editions.get(number=3), language, state))


@pytest.mark.parametrize(
    ("language", "state"), [("id", "Arsip"), ("id", "Akan berlaku"), ("en", "Archived")]
)
def test_the_poster_reads_as_the_sentence_the_house_the_missions_and_the_address(
    shipped, language, state
):
    edition = shipped.editions.get(number=3)
    words = spoken(poster(edition, language, "upcoming" if state == "Akan berlaku" else "archived"))
    document = edition.document

    place = words.index(squeezed(state))
    for said in (
        document.statement.plain(language),
        *(mission.short_title.plain(language) for mission in document.missions),
        f"{SITE}/{language}/visi/2016-2021/edisi/2/",
    ):
        place = words.index(squeezed(said), place)


def test_the_english_poster_says_that_it_is_no_official_text(shipped):
    edition = shipped.editions.get(number=3)
    said = squeezed("The English is an unofficial translation")

    assert said in spoken(poster(edition, "en"))
    assert squeezed("tidak resmi") not in spoken(poster(edition))


@pytest.mark.parametrize(
    ("language", "caption"),
    [("id", "Alamat tetap edisi ini"), ("en", "Permanent address of this edition")],
)
def test_a_caption_says_where_the_code_leads(shipped, language, caption):
    assert squeezed(caption) in written(poster(shipped.editions.get(number=3), language))


def test_missions_without_short_titles_show_their_statements(edition):
    words = spoken(poster(edition))

    assert squeezed("Meningkatkan pemerataan pembangunan infrastruktur") in words


def test_what_has_no_english_is_shown_in_indonesian_and_the_poster_says_so(edition):
    first, *others = edition.document.missions
    missions = (replace(first, statement=Text("Menata taman kota")), *others)

    words = spoken(poster(with_text(edition, missions=missions), "en"))

    assert "Menatatamankota" in words
    assert squeezed("What has no English yet is shown in Indonesian.") in words


def test_another_vision_with_eight_missions_and_points_fits(db):
    vision = make_vision()
    for number in range(2, 9):
        mission = vision.missions.create(
            number=number, statement_ind=WORDS * number, statement_en=f"{WORDS * number} (en)"
        )
        make_point(mission)
    make_point(vision.elements.first())
    edition = publish_now(vision, accept_missing_english=True)

    assert_fits(poster(edition))
    assert_fits(poster(edition, "en"))


def test_very_long_texts_fit(edition):
    elements = tuple(
        replace(element, name=Text("Keberlangsungan dan kesejahteraan " * 2))
        for element in edition.document.elements
    )
    missions = tuple(
        replace(mission, statement=Text(WORDS * 100)) for mission in edition.document.missions
    )
    statement = Text("visi " * 60 + "x" * 80)

    assert_fits(
        poster(with_text(edition, elements=elements, missions=missions, statement=statement))
    )


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_poster_on_a4_has_no_letter_under_eight_points(shipped, tmp_path, language):
    file = tmp_path / "poster.pdf"
    file.write_bytes(poster(shipped.editions.get(number=3), language))
    described = poppler("pdftohtml", "-xml", "-i", "-stdout", "-zoom", "1", file, pdf=b"")

    assert (
        min(int(size) for size in re.findall(r'<fontspec .*? size="(\d+)"', described)) >= 11
    )  # eight on A4
