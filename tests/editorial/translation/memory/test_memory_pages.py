"""The memory over HTTP: suggestions on the desk, filling from it, and searching it."""

import re

import pytest
from django.utils.translation import override

from editions.working_copy import read_document
from editorial.models import Account, Act, Revision
from editorial.receipts import SENT_TWICE
from editorial.translation.memory.origins import (
    FromAct,
    FromEdition,
    FromLoading,
    FromSource,
    record_of,
    words_of,
)
from editorial.translation.states import State, translations
from missions.models import Mission
from tests.support.factories import make_vision, publish_now, wib
from tests.support.people.desk import logged_in, messages_of, publishing_page
from vision.models import Vision

pytestmark = pytest.mark.django_db
PARKS, PARKS_EN = "Membangun taman kota.", "Building city parks."
KEY = "m2.statement"
INPUT = r'<input type="(\w+)"[^>]*?name="([\w:.-]+)"\s+value="([^"]*)"([^>]*)'


@pytest.fixture
def ratna():
    return logged_in("ratna", "Translator")


@pytest.fixture
def vision():
    """A period that begins, with one mission that repeats and one that nearly repeats."""
    publish_now(make_vision(2026, 2030))
    vision = make_vision(2031, 2035, statement_ind="Magelang Sehat dan Kuat 2031")
    Mission.objects.filter(vision=vision).delete()
    add(vision, 2, PARKS)
    add(vision, 3, "Membangun 5 taman kota.")
    return vision


def add(vision, number, indonesian, english=""):
    texts = {"statement_ind": indonesian, "statement_en": english}
    return Mission.objects.create(vision=vision, number=number, **texts)


def address(vision, page=""):
    return f"/admin/terjemahan/{vision.pk}/{page}"


def form_of(client, address):
    """The hidden fields, ticked boxes and chosen radios of the page."""
    text = client.get(address).text
    inputs = re.findall(INPUT, text)
    return {
        name: value
        for kind, name, value, rest in inputs
        if name != "csrfmiddlewaretoken" and (kind == "hidden" or "checked" in rest)
    }


def card(client, vision, key):
    text = client.get(address(vision, "?state=all&part=m")).text
    return text.partition(f'<article class="translation" id="{key}"')[2].partition("</article>")[0]


def take(client, vision, key, form=None, **typed):
    """Press the first button that takes a suggestion for the passage."""
    form = form or form_of(client, address(vision, "?part=m"))
    button = re.search(f'value="(take:[0-9a-f]+:{key})"', card(client, vision, key))
    do = button[1] if button else form.pop("do")
    return client.post(
        address(vision, "?part=m"), form | {"do": do} | dict(typed), follow=True
    ), form | {"do": do}


def state(vision, key=KEY):
    return translations(read_document(vision))[key]


# On the desk


def test_a_missing_passage_shows_the_same_and_near_ones_with_their_source(ratna, vision):
    same, near = card(ratna, vision, KEY), card(ratna, vision, "m3.statement")

    assert "<strong>The same Indonesian</strong>" in same
    assert "translated like this in 2026–2030, edition 1" in same
    assert PARKS_EN in same
    assert re.search(r"<strong>\d\d% similar</strong>", near)
    assert re.findall(r"<ins>.*?</span>(.*?)</ins>", near)[0].strip() == "5"
    assert "The numbers differ: only this text has 5." in near


def test_a_passage_that_is_done_shows_no_suggestion(ratna, vision):
    text = ratna.get(address(vision, "?state=done")).text

    assert "take:" not in text


@pytest.mark.slow
def test_an_editor_sees_no_suggestion_and_cannot_take_one(ratna, vision):
    editor = logged_in("sri", "Editor")

    assert "take:" not in editor.get(address(vision)).text
    assert "Fill from the memory" not in editor.get(address(vision)).text
    response, _form = take(ratna, vision, KEY)
    assert response.status_code == 200
    do = {"do": f"take:x:{KEY}"}
    assert editor.post(address(vision), do).status_code == 403


@pytest.mark.slow
@pytest.mark.parametrize("key", [KEY, "m3.statement"])
def test_taken_english_is_in_review_with_its_source_until_somebody_approves_it(ratna, vision, key):
    response, _form = take(ratna, vision, key)

    assert messages_of(response) == ["Taken from the memory: the passage is in review."]
    assert (state(vision, key).passage.text.en, state(vision, key).state) == (
        PARKS_EN,
        State.REVIEW,
    )
    act = Act.objects.get(act=Act.Kind.FILLED)
    assert act.shown_words.startswith("translated like this in 2026–2030, edition 1 – ")
    assert "ratna filled it from the memory" in response.text
    assert Revision.objects.first().action == Revision.Action.FILL
    form = form_of(ratna, address(vision, "?part=m")) | {"do": f"confirm::{key}"}
    ratna.post(address(vision, "?part=m"), form)
    assert state(vision, key).state == State.DONE


ORIGINS = [
    (FromEdition("2026–2030", 2), "diterjemahkan demikian pada 2026–2030, edisi 2"),
    (FromAct("2026–2030", "ratna", wib(2026, 3, 4)), "(ratna, 4 Maret 2026)"),
    (FromLoading(), "ketika naskah dimuat"),
    (FromSource("dinas.tmx"), "“dinas.tmx”"),
]


@pytest.mark.parametrize(("origin", "words"), ORIGINS)
def test_the_source_of_a_fill_is_kept_without_a_language(origin, words):
    with override("en"):
        record = record_of(origin, 87)

    with override("id"):
        assert words in words_of(record)
        assert words_of(record).endswith("– mirip 87%")


@pytest.mark.slow
def test_the_source_of_a_fill_is_shown_in_the_language_of_its_reader(ratna, vision):
    take(ratna, vision, KEY)

    Account.objects.update(language="id")

    assert "edisi 1 – teks Indonesia sama" in card(ratna, vision, KEY)
    for page in (
        f"/admin/editorial/revision/{Revision.objects.first().pk}/change/",
        f"/admin/missions/mission/{vision.missions.get(number=2).pk}/history/",
    ):
        assert "edisi 1 – teks Indonesia sama" in ratna.get(page).text


@pytest.mark.slow
def test_a_copy_says_who_copied_english_that_was_filled_from_the_memory(ratna, vision):
    take(ratna, vision, KEY)
    years = {"period_start": 2036, "period_end": 2040, "source": vision.pk}
    logged_in("sri", "Editor").post("/admin/periode-baru/", years)

    text = card(ratna, Vision.objects.get(period_start=2036), KEY)

    assert "sri copied it on" in text
    assert "It had been filled from the memory: translated like this in 2026–2030" in text


def test_an_error_of_a_fill_names_the_place_and_the_field(ratna, vision):
    page = address(vision, "memori/isi/")
    form = form_of(ratna, page)
    Mission.objects.filter(vision=vision, number=2).update(short_title_ind="A [[mark]]")

    response = ratna.post(page, form, follow=True)

    (error,) = [sentence for sentence in messages_of(response) if "[[…]]" in sentence]
    assert error.startswith("Mission 2: statement: ")


@pytest.mark.slow
def test_a_suggestion_taken_twice_is_taken_once(ratna, vision):
    _response, form = take(ratna, vision, KEY)

    response = ratna.post(address(vision, "?part=m"), form, follow=True)

    assert messages_of(response) == [SENT_TWICE]
    assert Act.objects.filter(act=Act.Kind.FILLED).count() == 1


def test_typed_english_is_not_overwritten_by_the_memory(ratna, vision):
    response, _form = take(ratna, vision, KEY, **{f"en:{KEY}": "My own words."})

    assert "Nothing was taken from the memory: you typed something in the field." in response.text
    assert "My own words.</textarea>" in response.text
    assert state(vision).state == State.MISSING


def test_nothing_is_taken_if_the_indonesian_was_changed_meanwhile(ratna, vision):
    form = form_of(ratna, address(vision, "?part=m"))
    do = re.search(f'value="(take:[0-9a-f]+:{KEY})"', card(ratna, vision, KEY))[1]
    Mission.objects.filter(vision=vision, number=2).update(statement_ind=f"{PARKS} Lagi.")

    response = ratna.post(address(vision, "?part=m"), form | {"do": do}, follow=True)

    assert "Nothing was recorded: the text was changed meanwhile." in response.text
    assert state(vision).state == State.MISSING


def test_an_outdated_passage_is_offered_other_english(ratna, vision):
    Mission.objects.filter(vision=vision, number=2).update(statement_en="Strong city")

    assert state(vision).state == State.OUTDATED
    assert PARKS_EN in card(ratna, vision, KEY)


# Filling


def test_the_same_indonesian_is_filled_as_one_revision_and_is_in_review(ratna, vision):
    add(vision, 4, "Uraian unsur.")
    page = address(vision, "memori/isi/")

    response = ratna.post(page, form_of(ratna, page), follow=True)

    assert messages_of(response) == ["2 passages were filled from the memory and are in review."]
    assert (state(vision).state, state(vision, "m4.statement").state) == (
        State.REVIEW,
        State.REVIEW,
    )
    assert state(vision, "m3.statement").state == State.MISSING
    assert Revision.objects.get().versions.count() == 2
    assert Act.objects.filter(act=Act.Kind.FILLED).count() == 2


def test_only_what_is_ticked_is_filled(ratna, vision):
    page = address(vision, "memori/isi/")

    response = ratna.post(page, {"once": "1"}, follow=True)

    assert messages_of(response) == ["Nothing was filled: no passage was ticked."]
    assert state(vision).state == State.MISSING


def test_of_several_translations_none_is_chosen_at_first(ratna, vision):
    other = make_vision(2036, 2040)
    add(other, 2, PARKS, "Making parks for the city.")
    publish_now(other)
    page = address(vision, "memori/isi/")
    text, form = ratna.get(page).text, form_of(ratna, page)

    assert "It was translated in 2 ways: choose one, or leave it missing." in text
    assert form[f"fill:{KEY}"] == ""
    mark = re.search(r'value="(\w+)"[^<]*<label[^>]*>Making parks', text)[1]
    ratna.post(page, form | {f"fill:{KEY}": mark})
    assert state(vision).passage.text.en == "Making parks for the city."


def test_a_fill_that_is_sent_twice_is_done_once(ratna, vision):
    page = address(vision, "memori/isi/")
    form = form_of(ratna, page)
    ratna.post(page, form)

    response = ratna.post(page, form, follow=True)

    assert messages_of(response)[-1] == SENT_TWICE
    assert Revision.objects.count() == 1


def test_a_passage_that_was_changed_meanwhile_is_not_filled(ratna, vision):
    page = address(vision, "memori/isi/")
    form = form_of(ratna, page)
    Mission.objects.filter(vision=vision, number=2).update(statement_ind="Menutup taman kota.")

    response = ratna.post(page, form, follow=True)

    assert messages_of(response) == ["1 passage was not filled: it was changed meanwhile."]
    assert state(vision).state == State.MISSING


def test_the_page_says_when_the_memory_has_nothing_to_fill(ratna, vision):
    Mission.objects.filter(vision=vision).delete()

    text = ratna.get(address(vision, "memori/isi/")).text

    assert "No missing passage has the same Indonesian" in text


def test_the_publisher_reads_what_nobody_approved_after_a_fill(ratna, vision):
    page = address(vision, "memori/isi/")
    ratna.post(page, form_of(ratna, page))

    text = logged_in("penerbit", "Publisher").get(publishing_page(vision)).text

    assert "The English was filled from the memory, and nobody has approved it here." in text


# Searching


def test_a_reader_of_the_desk_searches_the_memory_in_both_languages(vision):
    editor = logged_in("sri", "Editor")

    for words, hit in [("taman", "<mark>taman</mark>"), ("PARKS", "<mark>parks</mark>")]:
        text = editor.get(address(vision, f"memori/?q={words}")).text
        assert hit in text
        assert "translated like this in 2026–2030, edition 1" in text


def test_a_search_without_a_hit_says_so(ratna, vision):
    text = ratna.get(address(vision, "memori/?q=xyzzy")).text

    assert "The memory has no translation with “xyzzy”." in text


def test_a_search_shows_the_first_hits_and_counts_the_rest(ratna, vision, monkeypatch):
    monkeypatch.setattr("editorial.translation.memory_pages.MOST_SHOWN", 2)
    text = ratna.get(address(vision, "memori/?q=a")).text

    assert text.count("difference__place") == 2
    assert re.search(r"and \d+ more: search for more words", text)
