"""The booklet and the shared picture as files; tests/system reads their words."""

import io
import os
import shutil
from dataclasses import replace

import pytest
from django.core.management import call_command
from PIL import Image

from editions.document import Text
from public.booklet import typst_cache
from public.booklet.typesetting import picture
from public.mirror import contents
from public.releases import Release
from tests.support.factories import make_point, make_vision, publish_now
from tests.support.formats.booklets import languages_of_words, made, opened


@pytest.fixture(autouse=True)
def kept(own_data_folder):
    """A new folder for finished booklets in each test."""
    return own_data_folder / "kept"


# The file


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("id", "Visi Kota Magelang 2016–2021 (arsip)"),
        ("en", "Vision of the City of Magelang 2016–2021 (archived)"),
    ],
)
def test_the_booklet_names_its_standard_its_language_and_its_title(edition, language, title):
    pdf = opened(edition, language)

    assert pdf.Root.MarkInfo.Marked
    assert language == str(pdf.Root.Lang)
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert str(pdf.docinfo.Title) == title
    assert str(pdf.docinfo.Author) == "Pemerintah Kota Magelang"
    assert pdf.open_metadata()["pdfuaid:part"] == "1"


def test_the_date_of_the_booklet_is_the_time_the_edition_took_effect(edition):
    assert str(opened(edition).docinfo.CreationDate) == f"D:{edition.effective_at:%Y%m%d%H%M%S}Z"


@pytest.mark.slow
def test_the_outline_of_the_booklet_has_the_elements_and_the_missions(edition):
    with opened(edition, "en").open_outline() as outline:
        chapters = {
            chapter.title: [part.title for part in chapter.children] for chapter in outline.root
        }

    assert chapters["Elements"][2] == "3 Smart city"
    assert chapters["Missions"] == [f"Mission {number}" for number in range(1, 6)]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["id", "en"])
def test_the_booklet_has_four_sheets(shipped, language):
    assert len(opened(shipped.editions.get(number=3), language).pages) == 16


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_booklet_is_a5_and_fills_whole_sheets(edition, language):
    pages = opened(edition, language).pages

    assert len(pages) == 16
    assert {
        tuple(round(float(side) / 72 * 25.4) for side in page.MediaBox[2:]) for page in pages
    } == {(148, 210)}


# Its tags


def test_words_of_the_other_language_are_tagged_with_that_language(db):
    vision = make_vision()
    make_point(vision.elements.first(), title="Kota [[Smart Living]]")

    with_phrase = languages_of_words(opened(publish_now(vision)))

    assert with_phrase.count(b"en") == 2  # in the chart and in the text


def test_a_booklet_without_foreign_words_has_no_other_language(db):
    assert b"en" not in languages_of_words(opened(publish_now(make_vision())))


# Finished files


def test_a_booklet_is_made_once(edition, monkeypatch):
    first = made(edition)
    monkeypatch.setattr(typst_cache, "_compiled", lambda *arguments: pytest.fail("made again"))

    assert made(edition) == first


@pytest.mark.slow
def test_a_booklet_made_again_has_the_same_bytes(edition, kept):
    first = made(edition), picture(edition, "id", state="")

    shutil.rmtree(kept)

    assert (made(edition), picture(edition, "id", state="")) == first


@pytest.mark.slow
def test_different_input_gives_different_bytes(edition, kept):
    made(edition)
    made(edition, state="")
    made(edition, "en")

    assert len(list(kept.iterdir())) == 3


@pytest.mark.slow
def test_files_that_no_edition_needs_are_deleted_after_a_day(live_portal, kept, monkeypatch):
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
    monkeypatch.setattr(typst_cache, "_compiled", None)  # would run if a file were missing
    assert {
        address: contents.answer(address, Release.agreed())[1] for address in addresses
    } == needed


def test_a_file_deleted_by_another_worker_causes_no_error(kept, monkeypatch):
    kept.mkdir()
    gone = kept / "0.pdf"
    monkeypatch.setattr(typst_cache, "_folder", lambda: Folder([gone]))

    assert typst_cache.prune(set()) == 0


class Folder(list):
    def glob(self, pattern):
        return self


def test_a_folder_without_write_permission_causes_only_a_warning(
    edition, settings, tmp_path, caplog
):
    settings.DATA_DIR = tmp_path / "a-file"
    settings.DATA_DIR.touch()

    assert made(edition).startswith(b"%PDF")
    assert "Set PORTAL_DATA_DIR to a folder" in caplog.text


def test_a_full_disk_leaves_no_unfinished_file(edition, kept, monkeypatch):
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


@pytest.mark.slow
@pytest.mark.parametrize("language", ["id", "en"])
def test_pictures_have_the_size_in_pixels_and_bytes_that_sharing_needs(edition, language):
    for subject in subjects(edition):
        png = picture(edition, language, state="archived", **subject)

        assert len(png) <= 300_000
        assert Image.open(io.BytesIO(png)).size == (1200, 630)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["id", "en"])
def test_the_square_in_the_middle_of_a_picture_contains_all_its_words(edition, language):
    long = replace(edition.document.missions[0], statement=Text("menata kota dan " * 1000))
    for left in (0, 915):
        sides = {
            shared(edition, language, **subject).crop((left, 0, left + 285, 630)).tobytes()
            for subject in [*subjects(edition), {"mission": long}]
        }
        assert len(sides) == 1  # the landscape is the same for every page


@pytest.mark.slow
def test_only_an_element_has_its_words_on_gold(edition):
    def gold(**subject):
        sky = shared(edition, "id", **subject).crop((0, 0, 1200, 340))
        return sum(count for count, colour in sky.getcolors(2**24) if colour == (0xE8, 0xB9, 0x3E))

    assert gold(element=edition.document.elements[2]) > 1000
    assert gold() == gold(mission=edition.document.missions[0]) == 0


def shared(edition, language, **subject):
    png = picture(edition, language, state="archived", **subject)
    return Image.open(io.BytesIO(png)).convert("RGB")
