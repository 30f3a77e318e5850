"""Every word of the interface is in the catalogue, except the city's own text and names."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.utils import translation

from editions.models import Edition

pytestmark = pytest.mark.django_db
SPOKEN_ATTRIBUTES = ("aria-label", "title", "alt", "placeholder")
# Names, and words that stay in one language: the language switch and the notice.
ALLOWED = [
    *(
        "Bahasa Indonesia",
        "English",
        "Read this page in",
        "Baca halaman ini dalam bahasa Indonesia",
        "Bahasa",
        "Indonesia",
    ),
    *("This passage in English", "Bagian ini dalam bahasa Indonesia"),
    *("Unofficial translation", "the Indonesian text prevails", "Pemerintah Kota Magelang"),
    *("APA", "Chicago", "BibTeX", "RIS", "SHA", "JSON", "JSON-LD", "CSV", "lapor.go.id"),
    *(
        "Visi",
        "Vision",
        "Misi",
        "Mission",
        "Daftar istilah",
        "Glossary",
    ),  # search, which reads both languages
]


class Words(HTMLParser):
    """The words of a page: its texts without code, and the attributes that are read aloud."""

    def __init__(self, html):
        super().__init__()
        self.found, self.inside = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.inside.append(tag)
        self.found += [value for name, value in attributes if name in SPOKEN_ATTRIBUTES]
        if tag in ("meta", "link", "input", "br", "path", "rect", "circle"):
            self.inside.pop()

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if self.inside and self.inside[-1] not in ("style", "script", "code"):
            self.found.append(data)


@pytest.fixture
def bracketed(monkeypatch):
    """A catalogue that puts ⟦brackets⟧ around every translation."""
    for name in ("gettext", "ngettext", "pgettext", "npgettext"):
        plain = getattr(translation._trans, name)
        monkeypatch.setattr(
            translation._trans, name, lambda *words, plain=plain: f"⟦{plain(*words)}⟧"
        )


def unbracketed(words):
    while "⟦" in words and (shorter := re.sub("⟦[^⟦⟧]*⟧", "", words)) != words:
        words = shorter
    return " ".join(words.split())


@pytest.fixture
def official_words(portal):
    texts = [settings.SITE_URL]
    for edition in Edition.objects.all():
        texts += [getattr(edition.note, language) for language in ("id", "en")]
        texts += [
            passage.text.own(language)
            for passage in edition.document.passages()
            for language in ("id", "en")
        ]
        points = [point for element in edition.document.elements for point in element.all_points()]
        texts += [
            f"{point.marker} {point.whole.plain(language)}"
            for point in points
            for language in ("id", "en")
        ]
    return " ".join(" ".join(texts).split())


def test_this_test_finds_a_word_that_is_not_in_the_catalogue(bracketed):
    with translation.override("id"):
        assert unbracketed(translation.gettext("Home")) == ""
    assert unbracketed("⟦Beranda⟧ Home ⟦⟦a⟧ b⟧") == "Home"


@pytest.mark.slow
def test_every_word_of_the_interface_is_in_the_catalogue(client, portal, official_words, bracketed):
    paths = re.findall(
        rf"<loc>{re.escape(settings.SITE_URL)}([^<]*)</loc>", client.get("/sitemap.xml").text
    )
    paths += [
        "/id/cari/?q=fisiknya",
        "/en/search/?q=xylophone",
        "/id/cari/?q=renewable",
        "/id/tidak-ada/",
        "/en/visi/2016-2021/",
    ]

    strays = {}
    for path in paths:
        for said in Words(client.get(path).text).found:
            left = re.sub(r"https?://\S+", "", unbracketed(said)).strip(
                " …·–“”()[].,:;0123456789-/"
            )
            for part in (
                [left] if left in ALLOWED else left.split(", ")
            ):  # citations join their parts with commas
                if re.search(r"\w\w", part) and part not in official_words and part not in ALLOWED:
                    strays.setdefault(part, path)

    assert strays == {}, strays
