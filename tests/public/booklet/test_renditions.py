"""The links to the files that hold the whole text, and what they answer."""

import pytest

from public.addresses import LANGUAGES, RENDITIONS
from public.booklet.renditions import MAKERS

pytestmark = pytest.mark.django_db
DATA = ("/id/data/", "/en/data/")
TEXT = ("/id/visi/2016-2021/", "/en/vision/2016-2021/")
FIGURE = ("/id/visi/2016-2021/bagan/", "/en/vision/2016-2021/figure/")
EDITIONS = ("/id/visi/2016-2021/edisi/", "/en/vision/2016-2021/editions/")
EDITION = ("/id/visi/2016-2021/edisi/2/", "/en/vision/2016-2021/editions/2/")
IN_BOTH_LANGUAGES = pytest.mark.parametrize("n", [0, 1], ids=LANGUAGES)


@IN_BOTH_LANGUAGES
def test_the_data_page_leads_to_each_form_in_force(client, portal, n):
    page = client.get(DATA[n]).text

    assert all(f'href="{TEXT[n]}{file[n]}"' in page for file in RENDITIONS.values())


@IN_BOTH_LANGUAGES
@pytest.mark.parametrize("pages", [TEXT, FIGURE, EDITIONS])
def test_the_text_its_figure_and_its_editions_lead_to_each_form_of_an_edition(
    client, portal, pages, n
):
    page = client.get(pages[n]).text

    assert all(f'href="{EDITION[n]}{file[n]}"' in page for file in RENDITIONS.values())


@pytest.mark.slow
@IN_BOTH_LANGUAGES
@pytest.mark.parametrize("rendition", MAKERS)
def test_each_form_is_saved_under_its_own_name(client, portal, own_data_folder, rendition, n):
    answers = [client.get(page[n] + RENDITIONS[rendition][n]) for page in (TEXT, EDITION)]

    names = {answer.headers["Content-Disposition"].split("filename=")[1] for answer in answers}
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(names) == 1
    assert "2016-2021-2" in names.pop()


@IN_BOTH_LANGUAGES
def test_the_e_book_is_as_small_as_the_pages_say(client, shipped, n):
    assert len(client.get(TEXT[n] + RENDITIONS["e-book"][n]).content) < 50_000
