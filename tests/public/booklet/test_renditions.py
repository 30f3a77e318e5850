"""The links to the files that hold the whole text, and what they answer."""

import re
from dataclasses import replace
from random import Random

import pytest

from editions.document import Text
from public.addresses import LANGUAGES, RENDITIONS
from public.booklet.renditions import MAKERS, most_bytes, most_kilobytes
from public.titles import FORM_WORDS
from tests.support.formats.booklets import made

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
@pytest.mark.parametrize("pages", [TEXT, FIGURE, EDITIONS, EDITION])
def test_the_text_its_figure_and_its_editions_lead_to_each_form_of_an_edition(
    client, portal, pages, n
):
    page = client.get(pages[n]).text

    assert all(f'href="{EDITION[n]}{file[n]}"' in page for file in RENDITIONS.values())


@IN_BOTH_LANGUAGES
@pytest.mark.parametrize("pages", [TEXT, EDITIONS, EDITION, DATA])
def test_each_form_is_named_with_a_size_that_its_text_does_not_exceed(client, portal, pages, n):
    page = " ".join(client.get(pages[n]).text.split())

    edition = portal.editions.get(number=2)
    under = ("di bawah", "under")[n]
    for rendition, words in FORM_WORDS.items():
        size = most_kilobytes(edition, LANGUAGES[n], rendition)
        assert f"({words.format}, {under} {size} kB)" in page


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
    edition, address = shipped.editions.get(number=3), TEXT[n] + RENDITIONS["e-book"][n]

    size, most = len(client.get(address).content), most_bytes(edition, LANGUAGES[n], "e-book")
    assert size < most < size * 1.4


def words(length, random):
    """Words of letters at random: nothing that a file could hold in fewer bytes."""
    letters = "".join(random.choices("abcdefghijklmnopqrstuvwxyzABCDEFGH,;.", k=length))
    return re.sub(".{7}", r"\g<0> ", letters).strip()


def text(length, random):
    return Text(words(length, random), words(length, random))


def with_many_points(document, random):
    point = document.elements[2].points[0]
    points = tuple(
        replace(
            point,
            anchor=f"u1-{number}",
            marker=f"({number})",
            title=text(9, random),
            text=text(25, random),
            points=(),
        )
        for number in range(1, 200)
    )
    return replace(document, elements=(replace(document.elements[0], points=points),))


def with_many_missions(document, random):
    missions = tuple(
        replace(
            document.missions[0],
            number=number,
            statement=text(400, random),
            short_title=text(30, random),
            explanation=text(80, random),
        )
        for number in range(1, 31)
    )
    return replace(document, missions=missions)


def with_many_elements(document, random):
    elements = tuple(
        replace(document.elements[0], number=number, name=text(12, random), body=text(90, random))
        for number in range(1, 13)
    )
    return replace(document, elements=elements)


def with_long_text(document, random):
    paragraphs = [f"{words(200, random)} *{words(20, random)}* x" for _ in range(150)]
    body = Text("\n\n".join(paragraphs), "\n\n".join(reversed(paragraphs)))
    return replace(document, elements=(replace(document.elements[0], body=body),))


def with_many_letters(document, random):
    letters = "".join(filter(str.isalpha, map(chr, range(0xC0, 0x250))))
    body = Text(re.sub(".{8}", r"\g<0> ", letters), "x")
    return replace(document, elements=(replace(document.elements[0], body=body),), terms=())


def with_many_terms(document, random):
    term = document.terms[0]
    terms = tuple(
        replace(term, term=text(15, random), definition=text(50, random)) for _ in range(150)
    )
    return replace(document, terms=terms)


@pytest.mark.slow
@pytest.mark.parametrize("rendition", MAKERS)
@pytest.mark.parametrize(
    "change",
    [
        with_many_points,
        with_many_missions,
        with_many_elements,
        with_long_text,
        with_many_letters,
        with_many_terms,
    ],
)
def test_no_text_makes_a_file_larger_than_the_pages_say(shipped, change, rendition):
    edition = shipped.editions.get(number=3)
    edition.document = change(edition.document, Random(1))

    for language in LANGUAGES:
        size = len(made(edition, language, rendition=rendition))
        assert size < most_bytes(edition, language, rendition), language
