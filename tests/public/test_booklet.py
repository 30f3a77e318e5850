"""The booklet and the picture that is shared, read as programs and people read them."""

import io
import os
import re
import shutil
import subprocess
from dataclasses import replace

import pikepdf
import pytest
from django.core.management import call_command
from PIL import Image

from editions.document import Text
from public.booklet import typesetting
from public.booklet.typesetting import booklet, picture
from public.mirror import contents
from public.releases import Release
from tests.support.factories import make_point, make_vision, publish_now

SITE = "https://visi.example.go.id"
NOT_SET = ("slug", "statement_words", "short_title")
MARKUP = "#let x = 1 *b* _i_ $c$ \\d @e <f> \"g\" 'h' `j` = k - l -- m ~ n // o /* p */ #panic()"


@pytest.fixture(autouse=True)
def kept(settings, tmp_path):
    """The folder of what was made, a new one for each test."""
    settings.DATA_DIR = tmp_path
    return tmp_path / "kept"


@pytest.fixture
def edition(portal):
    return portal.editions.get(number=2)


def with_text(edition, **changes):
    """The edition with another text, as if it had been published so."""
    edition.document = replace(edition.document, **changes)
    return edition


def made(edition, language="id", state="archived"):
    address = f"{SITE}/{language}/visi/2016-2021/edisi/2/"
    return booklet(edition, language, state=state, permalink=address, site_url=SITE)


def opened(edition, language="id", **options):
    return pikepdf.open(io.BytesIO(made(edition, language, **options)))


def poppler(program, *options, pdf):
    if not shutil.which(program):
        pytest.skip(f"no {program} here: apt-get install poppler-utils")
    return subprocess.run([program, *options], input=pdf, capture_output=True, check=True).stdout.decode()


def spoken(pdf):
    """What a screen reader says, in its order and without white space: the text that stands in the tags."""
    tags = poppler("pdfinfo", "-struct-text", "-", pdf=pdf)
    return squeezed("".join(re.findall(r'^ +"(.*)"$', tags, re.MULTILINE)))


def written(pdf):
    """What stands on the pages, without white space."""
    return squeezed(poppler("pdftotext", "-", "-", pdf=pdf))


def squeezed(text):
    return re.sub(r"[\s\u00ad]", "", text)


def languages_of_words(pdf):
    """The language of each piece of text that is not in the booklet's own."""
    contents = b"".join(page.Contents.read_bytes() for page in pdf.pages)
    return re.findall(rb"/Lang ?\((\w+)\)", contents)


# The file


@pytest.mark.parametrize(
    ("language", "title"),
    [("id", "Visi Kota Magelang 2016–2021 (arsip)"), ("en", "Vision of the City of Magelang 2016–2021 (archived)")],
)
def test_the_booklet_says_its_standard_its_language_and_its_title(edition, language, title):
    pdf = opened(edition, language)

    assert pdf.Root.MarkInfo.Marked
    assert language == str(pdf.Root.Lang)
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert str(pdf.docinfo.Title) == title
    assert str(pdf.docinfo.Author) == "Pemerintah Kota Magelang"
    assert pdf.open_metadata()["pdfuaid:part"] == "1"


def test_its_date_is_the_time_the_edition_took_effect(edition):
    assert str(opened(edition).docinfo.CreationDate) == f"D:{edition.effective_at:%Y%m%d%H%M%S}Z"


def test_its_outline_holds_the_elements_and_the_missions(edition):
    with opened(edition, "en").open_outline() as outline:
        chapters = {chapter.title: [part.title for part in chapter.children] for chapter in outline.root}

    assert chapters["Elements"][2] == "3 Smart city"
    assert chapters["Missions"] == [f"Mission {number}" for number in range(1, 6)]


def test_all_fonts_are_embedded(edition):
    pdf = opened(edition)

    descriptors = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/FontFamily" in item]
    descriptors += [
        item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
    ]

    assert len(descriptors) >= 3
    assert all("/FontFile2" in font or "/FontFile3" in font for font in descriptors)


@pytest.mark.parametrize("language", ["id", "en"])
def test_it_is_a5_and_fills_whole_sheets(edition, language):
    pages = opened(edition, language).pages

    assert len(pages) == 12
    assert {tuple(round(float(side) / 72 * 25.4) for side in page.MediaBox[2:]) for page in pages} == {(148, 210)}


# What it says


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_word_of_the_text_is_read_in_its_order(edition, language):
    words = spoken(made(edition, language))

    place = words.index(squeezed(edition.document.introduction.plain(language)))
    for passage in edition.document.passages():
        if passage.kind != "term" and passage.field not in NOT_SET:
            text = squeezed(passage.text.plain(language))
            place = words.find(text, place)
            assert place >= 0, passage.key
            place += len(text)


def test_words_of_the_other_language_are_spoken_in_theirs(db):
    vision = make_vision()
    make_point(vision.elements.first(), title="Kota [[Smart Living]]")

    with_phrase = languages_of_words(opened(publish_now(vision)))

    assert with_phrase.count(b"en") == 2  # in the chart and in the text


def test_no_other_language_is_spoken_where_there_is_none(db):
    assert b"en" not in languages_of_words(opened(publish_now(make_vision())))


@pytest.mark.parametrize(
    ("language", "state", "foot"),
    [
        ("id", "archived", "Visi Kota Magelang 2016–2021 · edisi 2, 1 Januari 2026 (arsip)"),
        ("en", "upcoming", "Vision of the City of Magelang 2016–2021 · edition 2, 1 January 2026 (upcoming)"),
        ("id", "", "Visi Kota Magelang 2016–2021 · edisi 2, 1 Januari 2026\n"),
    ],
)
def test_every_page_but_the_cover_names_edition_and_state(edition, language, state, foot):
    pages = poppler("pdftotext", "-", "-", pdf=made(edition, language, state)).split("\f")[1:-1]

    assert len(pages) == 11
    assert all(foot in page for page in pages)
    assert all(f"{SITE}/{language}/visi/2016-2021/edisi/2/" in page for page in pages)


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


def test_missing_english_is_shown_in_indonesian_and_said(edition):
    said = squeezed("Parts of this booklet have no English yet and are shown in Indonesian.")
    assert said not in written(made(edition, "en"))

    words = written(made(with_text(edition, legal_basis=Text("Peraturan Daerah", "")), "en"))

    assert said in words
    assert "PeraturanDaerah" in words
    assert b"id" in languages_of_words(opened(edition, "en"))


def test_very_long_texts_stay_on_their_pages(edition):
    long = Text("kata " * 2000 + "x" * 300, "word " * 2000 + "x" * 300)
    elements = [replace(element, body=long, name=Text("nama " * 30)) for element in edition.document.elements]
    with_text(edition, elements=tuple(elements), statement=Text("visi " * 60 + "x" * 80))

    boxes = poppler("pdftotext", "-bbox", "-", "-", pdf=made(edition))

    assert len(re.findall("<page ", boxes)) > 20
    assert max(float(edge) for edge in re.findall(r'xMax="([\d.]+)"', boxes)) < 148 / 25.4 * 72 - 30
    assert max(float(edge) for edge in re.findall(r'yMax="([\d.]+)"', boxes)) < 210 / 25.4 * 72 - 20


def test_a_character_that_no_font_has_costs_the_standard_and_not_the_booklet(edition, caplog):
    pdf = opened(with_text(edition, legal_basis=Text("Aksara Jawa: ꦩ", "")))

    assert pdf.Root.MarkInfo.Marked
    assert "it is not PDF/UA" in caplog.text


# What is kept


def test_it_is_made_once(edition, monkeypatch):
    first = made(edition)
    monkeypatch.setattr(typesetting, "_made", lambda *arguments: pytest.fail("made again"))

    assert made(edition) == first


def test_made_again_it_has_the_same_bytes(edition, kept):
    first = made(edition), picture(edition, "id", state="")

    shutil.rmtree(kept)

    assert (made(edition), picture(edition, "id", state="")) == first


def test_each_input_has_its_own_bytes(edition, kept):
    made(edition)
    made(edition, state="")
    made(edition, "en")

    assert len(list(kept.iterdir())) == 3


def test_what_no_edition_needs_any_more_is_deleted_once_it_is_a_day_old(live_portal, kept, monkeypatch):
    addresses = ["/id/visi/2016-2021/buku.pdf", "/id/visi/2016-2021/misi/1/gambar.png"]
    monkeypatch.setattr(contents, "addresses", lambda release: addresses)
    needed = {address: contents.answer(address, Release.agreed())[1] for address in addresses}
    files = set(kept.iterdir())
    withdrawn, just_made, broken_off = kept / "0.pdf", kept / "1.pdf", kept / "2.tmp"
    for path in (withdrawn, just_made, broken_off):
        path.touch()
    for path in (*files, withdrawn, broken_off):
        os.utime(path, (0, 0))

    call_command("write_copy")

    assert set(kept.iterdir()) == files | {just_made}
    assert len(files) == 2
    monkeypatch.setattr(typesetting, "_made", None)  # it would be called where one was missing
    assert {address: contents.answer(address, Release.agreed())[1] for address in addresses} == needed


def test_what_another_worker_deletes_meanwhile_is_no_error(kept, monkeypatch):
    kept.mkdir()
    gone = kept / "0.pdf"
    monkeypatch.setattr(typesetting, "_folder", lambda: Folder([gone]))

    assert typesetting.prune(set()) == 0


class Folder(list):
    def glob(self, pattern):
        return self


def test_a_folder_that_cannot_be_written_costs_a_warning_only(edition, settings, tmp_path, caplog):
    settings.DATA_DIR = tmp_path / "a-file"
    settings.DATA_DIR.touch()

    assert made(edition).startswith(b"%PDF")
    assert "Set PORTAL_DATA_DIR to a folder" in caplog.text


def test_a_full_disk_leaves_no_half_file(edition, kept, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    assert made(edition).startswith(b"%PDF")
    assert not list(kept.iterdir())


# The picture


def subjects(edition):
    document = edition.document
    yield {}
    yield from ({"element": element} for element in document.elements)
    yield from ({"mission": mission} for mission in document.missions)


@pytest.mark.parametrize("language", ["id", "en"])
def test_pictures_have_the_size_and_weight_that_are_shared(edition, language):
    for subject in subjects(edition):
        png = picture(edition, language, state="archived", **subject)

        assert len(png) <= 300_000
        assert Image.open(io.BytesIO(png)).size == (1200, 630)


@pytest.mark.parametrize("language", ["id", "en"])
def test_all_that_matters_stands_in_the_square_in_the_middle(edition, language):
    long = replace(edition.document.missions[0], statement=Text("menata kota dan " * 1000))
    for subject in [*subjects(edition), {"mission": long}]:
        image = Image.open(io.BytesIO(picture(edition, language, state="archived", **subject))).convert("RGB")
        for left in (0, 915):
            strip = image.crop((left, 0, left + 285, 630))
            assert strip.resize((1, 630)).resize((285, 630)).tobytes() == strip.tobytes()  # each row is of one colour


def test_only_an_element_has_its_words_on_gold(edition):
    def gold(**subject):
        image = Image.open(io.BytesIO(picture(edition, "id", state="", **subject))).convert("RGB")
        return sum(count for count, colour in image.getcolors(2**24) if colour == (0xE8, 0xB9, 0x3E))

    assert gold(element=edition.document.elements[2]) > 1000
    assert gold() == gold(mission=edition.document.missions[0]) == 0
