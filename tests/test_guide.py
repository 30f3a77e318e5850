"""The editors' guide: one page, the same in both languages, with pictures of the running portal."""

import re
import runpy
import struct
from pathlib import Path

import pytest

from tests.factories import make_account

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/panduan/"
ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "static" / "guide"
LANGUAGES = ["id", "en"]


@pytest.fixture
def guide(client):
    def read(language):
        client.force_login(make_account(f"sri-{language}", language=language))
        return client.get(ADDRESS).text

    return read


def pictures_in(text, language):
    return re.findall(rf'<img src="/static/guide/{language}/([a-z]+)\.png"', text)


def size_of(path):
    return struct.unpack(">II", path.read_bytes()[16:24])


@pytest.mark.parametrize(("language", "words"), [("id", "Membetulkan kata"), ("en", "Correcting a word")])
def test_whoever_is_of_the_staff_reads_the_guide_in_the_language_of_the_account(guide, language, words):
    assert f"{words}</h2>" in guide(language)


def test_strangers_are_led_to_the_login_page(client):
    assert client.get(ADDRESS).url == f"/admin/login/?next={ADDRESS}"


def test_every_page_of_the_admin_leads_to_the_guide(client):
    client.force_login(make_account("sri", password="sembilan puluh kuda"))

    for address in ("/admin/", "/admin/password_change/", ADDRESS):
        assert f'href="{ADDRESS}">Guide</a>' in client.get(address).text


def test_both_languages_have_the_same_headings_and_pictures(guide):
    indonesian, english = guide("id"), guide("en")

    assert indonesian.count("<h2 id=") == english.count("<h2 id=") > 10
    assert pictures_in(indonesian, "id") == pictures_in(english, "en")


def test_the_script_takes_every_picture_that_is_named(guide):
    script = runpy.run_path(ROOT / "docs" / "guide_pictures.py")

    assert sorted(picture.name for picture in script["PICTURES"]) == sorted(pictures_in(guide("id"), "id"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_that_is_named_exists_and_every_other_way_round(guide, language):
    named = pictures_in(guide(language), language)

    assert sorted(named) == sorted(path.stem for path in (PICTURES / language).iterdir())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_has_the_size_that_the_guide_says_and_is_small(guide, language):
    images = re.findall(r"<img src=[^>]*>", guide(language))

    for image in images:
        assert re.search(r'alt="[^"]{20,}" width="960" height="600" loading="lazy"', image)
    for path in (PICTURES / language).iterdir():
        assert size_of(path) == (960, 600)
        assert path.stat().st_size <= 60_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_of_the_contents_leads_to_its_heading(guide, language):
    text = guide(language)
    contents = re.findall(r'<li><a href="#([a-z-]+)">([^<]*)</a></li>', text)

    assert contents == re.findall(r'<h2 id="([a-z-]+)">([^<]*)</h2>', text)[1:]
