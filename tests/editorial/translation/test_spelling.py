"""Spelling: what is found in the texts, and the words of the city."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation

from editions import official_text
from editions.document import TermText, Text
from editorial.models import CityWord, Event
from editorial.publishing.review import misspelt_indonesian
from editorial.spelling import dictionaries
from editorial.spelling.words import add_word, message_of, misspelt, unknown_words
from editorial.translation import checks
from editorial.translation.waivers import findings, open_problems
from tests.support.factories import make_account, make_vision

are_installed = all(map(dictionaries.is_installed, dictionaries.NAMES))
needs_dictionaries = pytest.mark.skipif(
    not are_installed, reason="hunspell-id or hunspell-en-gb is not installed"
)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
DOCUMENTS = official_text.read(official_text.files()[0]).documents
SLIPS = {"asyarakat", "dibidang", "karateristik", "ketaqwaan", "pemerataaan"}


def document_of(indonesian, english, *terms):
    return replace(
        DOCUMENTS[0],
        elements=(),
        missions=(),
        terms=terms,
        introduction=Text(indonesian, english),
        statement=Text(),
        elements_lead_in=Text(),
        missions_lead_in=Text(),
    )


def found(language, indonesian, english="", *terms):
    return words_of(misspelt(language, document_of(indonesian, english, *terms)))


def words_of(its):
    return [word for words in its.values() for word, _message in words]


@needs_dictionaries
@pytest.mark.parametrize(("number", "slips"), [(0, SLIPS), (1, {"ketaqwaan"}), (2, {"ketaqwaan"})])
def test_the_shipped_indonesian_has_these_slips_and_no_false_alarm(number, slips):
    assert sorted(words_of(misspelt("id", DOCUMENTS[number]))) == sorted(slips)


@needs_dictionaries
@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_shipped_english_has_no_slip(document):
    assert misspelt("en", document) == {}


@needs_dictionaries
@pytest.mark.parametrize(
    "text",
    [
        "Warga Kota Magelang, RPJMD-nya, tahun 2016-an, ke-21, UMKM, sama-sama",
        "fisiknya, potensinya, Unsurnya, terbitkanlah, kotanya",
        "di dpmptsp.magelangkota.go.id. (di ppid.magelangkota.go.id)",
        "di www.magelangkota.go.id, https://contoh.id/salahtulis dan salah@ejaan.id",
        "kota [[smart city]] dan “warga”",
        "Jum’at Mas’udi",
        "a" * 60,
        "Łódź ﬁ 漢字",
    ],
)
def test_indonesian_without_slip_passes(text):
    assert found("id", text) == []


@needs_dictionaries
def test_english_is_british_and_may_name_what_the_indonesian_names():
    assert found("en", "Warga Potrosaran", "The colour of Potrosaran’s well-being") == []
    assert found("en", "Warga", "The color of Potrosaran") == ["color", "Potrosaran"]


@needs_dictionaries
def test_words_of_the_glossary_are_right_except_in_an_old_spelling():
    term = TermText(Text("ekraf", "ekraf"), variants=Text("kotaku-ku; xyzab", "xyzac"))
    terms = (term, TermText(Text("ketaqwaan", "piety")))

    assert found("id", "ekrafnya xyzab ketaqwaan", "", *terms) == ["ketaqwaan"]
    assert found("en", "kota", "xyzac ekraf", *terms) == []


@needs_dictionaries
@pytest.mark.parametrize(
    ("language", "word", "message"),
    [
        ("id", "karateristik", "“karateristik”: did you mean “karakteristik”?"),
        ("en", "goverment", "“goverment”: did you mean “government”?"),
        ("id", "xqzjkw", "“xqzjkw” is not in the dictionary. See whether it is spelt right."),
    ],
)
def test_the_message_suggests_what_one_slip_turns_into_the_word(language, word, message):
    assert message_of(language, word) == message


@needs_dictionaries
def test_a_joined_preposition_is_suggested_first():
    assert dictionaries.suggestions("id", "dibidang")[0] == "di bidang"
    with translation.override("id"):
        message = message_of("id", "dibidang")

    assert message == "“dibidang”: maksudnya “di bidang”, “dibilang” atau “dibidani”?"


def test_without_dictionaries_nothing_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(dictionaries, "FOLDER", tmp_path)

    assert misspelt("id", DOCUMENTS[0]) == {}
    assert list(misspelt_indonesian(DOCUMENTS[0], None)) == []
    passage = next(DOCUMENTS[0].passages())
    assert unknown_words("en", passage, DOCUMENTS[0]) == []


@needs_dictionaries
def test_a_misspelt_english_word_is_a_finding_until_it_is_a_word_of_the_city():
    document = document_of("Warga kota", "The citizens of Potrosarann")
    assert [problem.check for _passage, problem in open_problems(document)] == ["spelling"]

    add_word("potrosarann", "tia")

    assert [problem for _passage, problem in open_problems(document)] == []
    assert [its for its in findings(document).values() if its] == []


# Texts with many unknown words


def unknown(count, first="xq"):
    """So many words that no dictionary has."""
    letters = "bcdfghjklm"
    numbers = (f"{number:04}" for number in range(count))
    return [first + "".join(letters[int(digit)] for digit in number) for number in numbers]


@pytest.fixture
def suggested(monkeypatch):
    """The words for which suggestions are sought."""
    words = []
    monkeypatch.setattr(
        dictionaries, "suggestions", lambda language, word: words.append(word) or []
    )
    return words


@needs_dictionaries
@pytest.mark.parametrize("language", ["id", "en"])
def test_of_a_text_in_another_language_twenty_words_are_named_and_the_others_counted(
    language, suggested
):
    words = unknown(2198)
    document = document_of(*(" ".join(words) if each == language else "" for each in ("id", "en")))

    (its,) = misspelt(language, document).values()

    assert [word for word, _message in its] == [*words[:20], ""]
    assert its[-1][1] == "2178 more words are not in the dictionary."
    assert suggested == words[:20]


@needs_dictionaries
def test_a_page_suggests_words_for_forty_at_most(suggested):
    texts = [Text("kota", " ".join(unknown(30, first))) for first in ("xqa", "xqo", "xqu", "xqy")]
    names = ("introduction", "statement", "elements_lead_in", "missions_lead_in")
    document = replace(document_of("", ""), **dict(zip(names, texts, strict=True)))

    its = misspelt("en", document)

    assert [len(words) for words in its.values()] == [21] * 4
    assert len(set(suggested)) == 40


@needs_dictionaries
def test_words_that_the_city_adds_make_room_for_the_next(suggested):
    words = unknown(22)
    document = document_of("Warga kota", " ".join(words))
    add_word(words[0], "tia")

    its = [each.detail for _passage, each in open_problems(document) if each.check == "spelling"]

    assert its == [*words[1:21], ""]


@needs_dictionaries
def test_the_desk_shows_a_text_in_another_language_at_once(client, suggested):
    client.force_login(make_account("tia", "Translator"))
    english = " ".join(unknown(2198))
    vision = make_vision(introduction_ind="Warga kota", introduction_en=english)

    page = client.get(f"/admin/terjemahan/{vision.pk}/?state=all").text

    assert page.count('do" value="add_word:') == 20
    assert "2178 more words are not in the dictionary." in page
    assert len(set(suggested)) <= 40


@pytest.mark.slow
@needs_dictionaries
@pytest.mark.parametrize("path", ["/admin/naskah/{}/", "/admin/vision/vision/{}/terbitkan/"])
def test_the_manuscript_and_the_publishing_page_name_twenty_words_of_a_text(
    client, suggested, path
):
    client.force_login(make_account("edi", "Editor", "Publisher"))
    vision = make_vision(introduction_ind=" ".join(unknown(2198)))

    page = client.get(path.format(vision.pk)).text

    assert page.count("cityword/add/") == 20
    assert page.count("2178 more words are not in the dictionary.") == 1
    assert len(set(suggested)) <= 40


@needs_dictionaries
@pytest.mark.parametrize("run", ["a-", "a.", "xq-", "www", "a.-", "B.a"])
def test_a_pasted_run_of_letters_is_judged_at_once(run, suggested):
    begin = time.process_time()
    found("id", run * (20_000 // len(run)))

    assert time.process_time() - begin < 1


def test_the_spelling_is_a_check_of_translations():
    assert checks.spelling in checks.CHECKS


# The words of the city


@pytest.mark.parametrize("word", ["", "dua kata", "salah2", "a_b", "-", "x" * 41])
def test_a_word_of_the_city_is_one_word_of_letters(word):
    with pytest.raises(ValidationError):
        add_word(word, "tia")


def test_a_word_stands_once_in_the_list():
    add_word("Tidarsari", "tia")

    with pytest.raises(ValidationError) as refused:
        add_word("Tidarsari", "rudi")
    with pytest.raises(IntegrityError), transaction.atomic():
        CityWord.objects.bulk_create([CityWord(word="Tidarsari", added_at="2026-01-01T00:00Z")])

    assert refused.value.messages == ["This word is in the list already."]


def test_the_shipped_words_are_single_words_and_stand_once():
    words = Path("editorial/spelling/words.txt").read_text("utf-8").split("\n")[:-1]

    assert words == sorted(set(words))
    assert all(re.fullmatch(r"[A-Za-z']+", word) for word in words)


@needs_dictionaries
def test_one_act_at_the_desk_adds_the_word(client):
    client.force_login(make_account("tia", "Translator"))
    vision = make_vision(introduction_ind="Warga kota", introduction_en="The citizens of Tidarsari")
    path, key = f"/admin/terjemahan/{vision.pk}/?state=all", "v-intro.introduction"
    page = client.get(path).text
    act = f"add_word:spelling%2FTidarsari:{key}"
    base = re.search(rf'name="base:en:{key}" value="([^"]*)"', page)[1]

    typed = {f"base:en:{key}": base, f"en:{key}": "Not saved yet"}
    answer = client.post(path, {"do": act, **typed})

    assert f'value="{act}"' in page
    assert "Not saved yet" in answer.text
    assert act not in client.get(path).text
    assert CityWord.objects.get().added_by == "tia"
    assert Event.objects.filter(row_kind="editorial.cityword", actor="tia").count() == 1


def test_a_publisher_may_not_add_a_word_at_the_desk(client):
    client.force_login(make_account("pia", "Publisher"))
    vision = make_vision()

    answer = client.post(
        f"/admin/terjemahan/{vision.pk}/", {"do": "add_word:spelling%2Fx:v-visi.statement"}
    )

    assert answer.status_code == 403


@needs_dictionaries
def test_one_act_in_the_manuscript_adds_the_word_and_leads_back(client):
    client.force_login(make_account("eka", "Editor"))
    vision = make_vision(introduction_ind="Warga Potrosarann")
    path = f"/admin/naskah/{vision.pk}/"
    page = client.get(path).text
    action = re.search(r'action="(/admin/editorial/cityword/add/\?next=[^"]*)"', page)[1]

    answer = client.post(action, {"word": "Potrosarann"}, follow=True)

    assert answer.redirect_chain[0][0] == f"{path}#v-intro.introduction"
    assert "cityword/add" not in answer.text
    assert CityWord.objects.get().added_by == "eka"


@needs_dictionaries
def test_the_publishing_page_names_the_slip_and_offers_the_act_to_editors(client):
    vision = make_vision(introduction_ind="Warga dibidang jasa")
    path = f"/admin/vision/vision/{vision.pk}/terbitkan/"

    pages = {}
    for name, *roles in [("pia", "Publisher"), ("edi", "Publisher", "Editor")]:
        client.force_login(make_account(name, *roles))
        pages[name] = client.get(path).text

    assert all("“dibidang”: did you mean “di bidang”" in page for page in pages.values())
    assert ["cityword/add" in page for page in pages.values()] == [False, True]


def test_editors_see_the_list_and_delete_a_word(client):
    client.force_login(make_account("eka", "Editor"))
    word = add_word("Tidarsari", "tia")

    page = client.get("/admin/editorial/cityword/").text
    client.post(f"/admin/editorial/cityword/{word.pk}/delete/", {"post": "yes"})

    assert "Tidarsari" in page
    assert not CityWord.objects.exists()
    assert Event.objects.filter(row_kind="editorial.cityword").count() == 2


def test_a_shipped_word_is_not_added(client):
    client.force_login(make_account("eka", "Editor"))

    answer = client.post("/admin/editorial/cityword/add/", {"word": "Magelang"})

    assert "This word is in the list already." in answer.text
