"""The guides of editors and translators: a page each, in both languages, with pictures."""

import re
import runpy
import struct
from pathlib import Path

import pytest

from tests.support.factories import make_account

pytestmark = pytest.mark.django_db
ADDRESSES = {"guide": "/admin/panduan/", "translator_guide": "/admin/panduan/penerjemah/"}
ROOT = Path(__file__).parents[3]
LANGUAGES = ["id", "en"]
of_each_guide = pytest.mark.parametrize("guide", ADDRESSES)
in_each_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture
def read(client):
    def read(guide, language):
        client.force_login(make_account(f"sri-{guide}-{language}", language=language))
        return client.get(ADDRESSES[guide]).text

    return read


def anchors_in(text):
    return re.findall(r'<h2 id="([a-z-]+)">', text)


def pictures_in(text, guide, language):
    return re.findall(rf'<img src="/static/{guide}/{language}/([a-z]+)\.png"', text)


def pictures_of(guide, language):
    return list((ROOT / "static" / guide / language).iterdir())


def size_of(path):
    return struct.unpack(">II", path.read_bytes()[16:24])


@pytest.mark.parametrize(
    ("guide", "language", "words"),
    [
        ("guide", "id", "Membetulkan kata"),
        ("guide", "en", "Correcting a word"),
        ("translator_guide", "id", "Empat status"),
        ("translator_guide", "en", "Four states"),
    ],
)
def test_staff_read_a_guide_in_the_language_of_their_account(read, guide, language, words):
    assert f"{words}</h2>" in read(guide, language)


@of_each_guide
def test_strangers_who_open_a_guide_are_redirected_to_the_login_page(client, guide):
    assert client.get(ADDRESSES[guide]).url == f"/admin/login/?next={ADDRESSES[guide]}"


@pytest.mark.parametrize(
    ("roles", "guide"),
    [
        ([], "guide"),
        (["Editor"], "guide"),
        (["Editor", "Translator"], "guide"),
        (["Translator"], "translator_guide"),
    ],
)
def test_every_page_of_the_admin_links_to_the_readers_guide(client, roles, guide):
    client.force_login(make_account("sri", *roles, password="sembilan puluh kuda"))

    for address in ("/admin/", "/admin/password_change/", *ADDRESSES.values()):
        bar = client.get(address).text.partition("</header>")[0]
        assert re.search(rf'href="{ADDRESSES[guide]}"[^>]*>(Guide|Translators’ guide)</a>', bar)


@in_each_language
def test_each_guide_links_to_the_other_and_to_existing_headings(read, language):
    texts = {ADDRESSES[guide]: read(guide, language) for guide in ADDRESSES}

    for address, other in zip(texts, reversed(texts), strict=True):
        text = texts[address].partition('<div class="guide">')[2]
        assert f'<a href="{other}">' in text
        assert set(re.findall(rf'<a href="{other}#([^"]*)">', text)) <= set(
            anchors_in(texts[other])
        )


@of_each_guide
def test_both_languages_have_the_same_headings_and_pictures(read, guide):
    indonesian, english = read(guide, "id"), read(guide, "en")

    assert anchors_in(indonesian) == anchors_in(english)
    assert len(anchors_in(english)) > 10
    assert pictures_in(indonesian, guide, "id") == pictures_in(english, guide, "en")


@of_each_guide
def test_the_script_takes_every_named_picture(read, guide):
    pictures = runpy.run_path(ROOT / "tools" / "guide_pictures.py")["PICTURES"][guide]

    assert sorted(picture.name for picture in pictures) == sorted(
        pictures_in(read(guide, "id"), guide, "id")
    )


@of_each_guide
@in_each_language
def test_every_named_picture_exists_and_every_picture_is_named(read, guide, language):
    named = pictures_in(read(guide, language), guide, language)

    assert sorted(named) == sorted(path.stem for path in pictures_of(guide, language))


@of_each_guide
@in_each_language
def test_every_picture_has_the_size_in_the_guide_and_few_bytes(read, guide, language):
    images = re.findall(r"<img src=[^>]*>", read(guide, language))

    for image in images:
        attributes = r'alt="[^"]{20,}"\s+width="960"\s+height="600"\s+loading="lazy"'
        assert re.search(attributes, image)
    for path in pictures_of(guide, language):
        assert size_of(path) == (960, 600)
        assert path.stat().st_size <= 30_000


@of_each_guide
@in_each_language
def test_every_line_of_the_contents_leads_to_its_heading(read, guide, language):
    text = read(guide, language)
    contents = re.findall(r'<li><a href="#([a-z-]+)">([^<]*)</a></li>', text)

    assert contents == re.findall(r'<h2 id="([a-z-]+)">([^<]*)</h2>', text)[1:]
