"""Every word of the interface is in the catalogue, and is a word that its readers know."""

import re
from html.parser import HTMLParser
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation

from editions.models import Edition
from tests.support.repository import ROOT
from vision.fields import LongestValidator

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
    "Unofficial translation; the Indonesian text prevails",  # in frames, without a link
    *("APA", "Chicago", "BibTeX", "RIS", "SHA", "JSON", "JSON-LD", "CSV"),
    *("StratML", "Markdown"),
    *("SP4N-LAPOR!", "lapor.go.id"),
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
        if self.inside and self.inside[-1] not in ("style", "script", "code", "textarea"):
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
        for said in Words(client.get(path).text.replace("<wbr>", "")).found:
            left = re.sub(r"https?://\S+", "", unbracketed(said)).strip(
                " …·–“”()[].,:;0123456789-/"
            )
            for part in (
                [left] if left in ALLOWED else left.split(", ")
            ):  # citations join their parts with commas
                if re.search(r"\w\w", part) and part not in official_words and part not in ALLOWED:
                    strays.setdefault(part, path)

    assert strays == {}, strays


# What a professional translator refused, by the file of the words. “Bagian” of a text is “segmen”
# to translators and “bab” in their filters; public pages say “bagian”, and have no filters.
REFUSED = {
    "id": [
        r"\busang\b",
        r"\bKeadaan\b",
        r"(?i)\bbahasa (Inggris|Indonesia)nya\b",
        r"(?i)\bbahasa bahasa\b",
        r"(?i)\bbutir turunan\b",
        r"(?i)\bpeladen\b",
        r"(?i)\bpapan tombol\b",
        r"(?i)\bremah roti\b",
        r"(?i)\bditahan\b",
        r"(?i)\bdikeluarkan\b",
        r"(?i)\b(me)?ngecualikan\b",
        r"(?i)\bsidik teks\b",
        r"(?i)\b(?<!kata )sandi\b",
        r"(?i)\byang dikatakan\b",
        r"(?i)\btinggalkan\b",
        r"(?i)\b(dulu|punya)\b",
        r"\banda\b",
        r"(?i)\b(sebuah|semua|tiap|setiap) bagian\b",
    ],
    "en": [
        r"(?i)\bremark(s|ed)?\b",
        r"(?i)\bmend(ed)?\b",
        r"(?i)\banew\b",
        r"(?i)\bon end\b",
        r"(?i)\btaken out\b",
        r"(?i)\bdesk of the translation\b",
        r"(?i)\bwithout a sign\b",
        r"(?i)\bwas said of\b",
    ],
}
FOLDERS = ["locale", "locale/django"]


def messages(path, kind):
    """The texts of one kind in a catalogue: msgid or msgstr."""
    joined = path.read_text(encoding="utf-8").replace('"\n"', "")
    return re.findall(rf'^{kind}(?:_plural|\[0\])? "(.+)"$', joined, re.MULTILINE)


def guides(language):
    folder = ROOT / "templates/admin/editorial/desk"
    return [path.read_text(encoding="utf-8") for path in folder.glob(f"*guide_{language}.html")]


def words_of_staff(language):
    ours, of_django = (ROOT / f"{folder}/id/LC_MESSAGES/django.po" for folder in FOLDERS)
    if language == "en":
        return [*messages(ours, "msgid"), *guides("en")]
    return [*messages(ours, "msgstr"), *messages(of_django, "msgstr"), *guides("id")]


@pytest.mark.parametrize(
    ("language", "refused"),
    [(language, words) for language, refused in REFUSED.items() for words in refused],
)
def test_a_word_that_a_professional_refused_does_not_return(language, refused):
    assert [words for words in words_of_staff(language) if re.search(refused, words)] == []


@pytest.mark.parametrize("app", ["admin", "auth"])
def test_djangos_own_words_call_the_password_as_the_portal_does(app):
    catalogue = messages(
        Path(django.__file__).parent / f"contrib/{app}/locale/id/LC_MESSAGES/django.po", "msgid"
    )
    with translation.override("id"):
        names = [words for words in catalogue if "%" not in words and "\\" not in words]
        shown = [translation.gettext(words) for words in names]

    assert [words for words in shown if re.search(r"(?i)\b(?<!kata )sandi\b", words)] == []


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("id", "Tulis paling banyak 20.000 karakter. Sekarang ada 20.001."),
        ("en", "Write at most 20,000 characters. Now there are 20,001."),
    ],
)
def test_a_length_has_the_separators_of_its_language(language, sentence):
    with translation.override(language):
        with pytest.raises(ValidationError) as refused:
            LongestValidator(20_000)("x" * 20_001)

        assert refused.value.messages == [sentence]
