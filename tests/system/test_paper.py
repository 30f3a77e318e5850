"""Every PDF of an edition: its standards, its size, and how it reads to a screen reader."""

import io
import re

import outloud
import pikepdf
import pytest

from public.booklet import typst_cache
from public.booklet.renditions import MAKERS, most_bytes
from tests.support.formats.booklets import made, opened
from tests.support.formats.pdf import poppler

pytestmark = pytest.mark.usefixtures("own_data_folder")
PAPER = {
    "booklet": (148, 210),
    "large-print": (210, 297),
    "two-up": (297, 210),
    "poster": (297, 420),
}
OF_EVERY_KIND = pytest.mark.parametrize("rendition", PAPER)
IN_BOTH_LANGUAGES = pytest.mark.parametrize("language", ["id", "en"])


@pytest.fixture
def newest(shipped):
    """Edition 3, which has the editors' explanations and the glossary besides."""
    return shipped.editions.get(number=3)


def test_every_pdf_is_checked_here():
    assert [name for name, (_make, _kind, type_) in MAKERS.items() if "pdf" in type_] == list(PAPER)


@pytest.mark.slow
@OF_EVERY_KIND
@IN_BOTH_LANGUAGES
def test_a_screen_reader_finds_no_error(newest, tmp_path, language, rendition):
    file = tmp_path / "checked.pdf"
    file.write_bytes(made(newest, language, rendition=rendition))

    result = outloud.check(str(file))

    assert result.error is None
    assert [found for found in result.findings if found.severity == "error"] == []


@OF_EVERY_KIND
@IN_BOTH_LANGUAGES
def test_the_file_is_for_everyone_and_for_the_archive(newest, language, rendition):
    pdf = opened(newest, language, rendition=rendition)
    metadata = pdf.open_metadata()

    assert metadata["pdfuaid:part"] == "1"
    assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
    assert pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes()
    assert not pdf.is_encrypted
    assert str(pdf.Root.Lang) == language


@OF_EVERY_KIND
def test_all_fonts_are_embedded(newest, rendition):
    pdf = opened(newest, rendition=rendition)
    fonts = [
        item
        for item in pdf.objects
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
    ]

    assert len(fonts) >= 2
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)


@OF_EVERY_KIND
@IN_BOTH_LANGUAGES
def test_the_file_is_as_small_as_the_pages_say_and_of_its_paper(newest, language, rendition):
    pdf = made(newest, language, rendition=rendition)
    sheets = {
        tuple(round(float(side) / 72 * 25.4) for side in page.MediaBox[2:])
        for page in pikepdf.open(io.BytesIO(pdf)).pages
    }

    assert len(pdf) < most_bytes(newest, language, rendition) < len(pdf) * 1.4
    assert sheets == {PAPER[rendition]}


@pytest.mark.slow
@OF_EVERY_KIND
def test_the_file_has_the_same_bytes_each_time(newest, rendition):
    with typst_cache.mode(uses_disk=False):
        assert made(newest, rendition=rendition) == made(newest, rendition=rendition)


def test_addresses_in_print_are_links(newest):
    links = {
        str(mark.A.URI)
        for page in opened(newest).pages
        for mark in page.get("/Annots", [])
        if "/A" in mark
    }

    assert "https://visi.example.go.id/id/visi/2016-2021/edisi/2/" in links
    assert "https://visi.example.go.id/data/2016-2021/3.json" in links


@IN_BOTH_LANGUAGES
def test_large_print_has_no_letter_under_eighteen_points(newest, tmp_path, language):
    file = tmp_path / "large.pdf"
    file.write_bytes(made(newest, language, rendition="large-print"))
    described = poppler("pdftohtml", "-xml", "-i", "-stdout", "-zoom", "1", file, pdf=b"")
    sizes = [int(size) for size in re.findall(r'<fontspec .*? size="(\d+)"', described)]

    assert min(sizes) >= 18


@IN_BOTH_LANGUAGES
@pytest.mark.parametrize("rendition", ["booklet", "large-print"])
def test_house_and_missions_are_a_double_page(newest, language, rendition):
    house = {"id": "Bagan visi", "en": "The vision at a glance"}[language]

    assert dict(contents(newest, language, rendition))[house] == "4"


def test_the_contents_name_the_missions_by_their_short_titles(newest):
    assert ("Misi 3: Pemerataan pembangunan", "13") in contents(newest, "id", "booklet")


def test_large_print_has_no_italics(newest):
    assert "Italic" not in str(font_names(made(newest, rendition="large-print")))
    assert "Italic" in str(font_names(made(newest)))


def font_names(pdf):
    return poppler("pdffonts", "-", pdf=pdf).splitlines()[2:]


@IN_BOTH_LANGUAGES
def test_the_two_up_form_has_the_page_numbers_of_the_booklet(newest, language):
    of_the_booklet = contents(newest, language, "booklet")

    assert len(of_the_booklet) == 16
    assert contents(newest, language, "two-up") == of_the_booklet


def contents(edition, language, rendition):
    """The table of contents: headings, and their pages."""
    words = poppler("pdftotext", "-", "-", pdf=made(edition, language, rendition=rendition))
    return re.findall(r"^(.+?) (?:\. ){3,}(\d+)$", words, re.MULTILINE)
