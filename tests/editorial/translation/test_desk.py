"""The translation desk over HTTP: its filters, permissions and buttons."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils.html import escape

from editions import clock
from editions.working_copy import read_document
from editorial.history.recording import recorded
from editorial.models import Account, Act, Revision
from editorial.translation.states import State, translations
from editorial.translation.waivers import open_problems
from missions.models import Mission
from tests.support.factories import make_point, make_vision
from tests.support.people.desk import logged_in, messages_of, somebody_is_faster
from vision.models import Point

pytestmark = pytest.mark.django_db
KEY = "m1.statement"


@pytest.fixture
def ratna(portal):
    return logged_in("ratna", "Translator")


def page_of(vision, query=""):
    return f"/admin/terjemahan/{vision.pk}/{query}"


def shown(client, vision, query=""):
    """The keys of the passages that the desk shows."""
    return re.findall(
        r'<article class="translation" id="([^"]+)"', client.get(page_of(vision, query)).text
    )


MISSIONS = "?state=all&part=m"


def bases_in(response):
    """The hidden fields with the sealed bases of the page."""
    return dict(re.findall(r'name="(base:en:[^"]+)" value="([^"]*)"', response.text))


def bases_of(client, vision, query=MISSIONS):
    return bases_in(client.get(page_of(vision, query)))


def send(client, vision, do, query=MISSIONS, bases=None, fields=(), **own_fields):
    """Press a button of the page, of now or with earlier ``bases``.

    ``fields`` are filled in; ``own_fields`` such as ``en`` belong to mission 1.
    """
    data = {f"{name}:{KEY}": words for name, words in own_fields.items()} | dict(fields)
    bases = bases_of(client, vision, query) if bases is None else bases
    return client.post(page_of(vision, query), {"do": do} | bases | data, follow=True)


def edit(vision, author="sri", **columns):
    with recorded(vision.pk, author):
        mission = vision.missions.get(number=1)
        for name, text in columns.items():
            setattr(mission, name, text)
        mission.save()


def edit_vision(vision, **columns):
    with recorded(vision.pk, "sri"):
        for name, text in columns.items():
            setattr(vision, name, text)
        vision.save()


def state(vision, key=KEY):
    return translations(read_document(vision))[key].state


# Contents


def test_the_desk_says_when_nothing_needs_work(ratna, portal):
    text = ratna.get(page_of(portal)).text

    assert shown(ratna, portal) == []
    assert "All translations are up to date: nothing needs work." in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ["u1.body", "m1.statement", "m3.statement"]),
        ("?state=missing", ["m3.statement"]),
        ("?state=outdated", ["m1.statement"]),
        ("?state=review", ["u1.body"]),
        ("?state=nonsense", ["u1.body", "m1.statement", "m3.statement"]),
        ("?part=m", ["m1.statement", "m3.statement"]),
        ("?part=u1", ["u1.body"]),
        ("?person=sri", ["m1.statement"]),
        ("?state=all&part=u1", ["u1.name", "u1.statement_words", "u1.body"]),
    ],
)
def test_the_desk_filters_by_state_part_and_person(ratna, portal, query, keys):
    edit(portal, statement_ind="Kalimat lain.")
    Mission.objects.filter(number=3).update(statement_en="")
    portal.elements.filter(number=1).update(body_en="Written past the forms.")

    assert shown(ratna, portal, query) == keys


@pytest.mark.parametrize(
    ("days", "age", "is_found"), [(8, "7", True), (8, "30", False), (31, "30", True)]
)
def test_the_desk_filters_by_the_time_since_the_last_change(
    ratna, portal, monkeypatch, days, age, is_found
):
    before = clock.now() - timedelta(days=days)
    monkeypatch.setattr("editorial.history.recording.clock.now", lambda: before)
    edit(portal, statement_ind="Kalimat lain.")
    monkeypatch.undo()

    assert shown(ratna, portal, f"?age={age}") == (["m1.statement"] if is_found else [])


def test_an_outdated_passage_shows_how_its_indonesian_changed(ratna, portal):
    first = Mission.objects.get(number=1).statement_ind
    edit(portal, statement_ind=f"Satu. {first}")
    edit(portal, statement_ind=f"Dua. {first}")

    text = ratna.get(page_of(portal)).text

    assert re.findall("<ins>.*?</span>(.*?)</ins>", text) == ["Dua. "]
    assert "<del>" not in text


def test_both_texts_are_marked_with_their_language(ratna, portal):
    text = ratna.get(page_of(portal, MISSIONS)).text

    assert f'lang="id" id="source-{KEY}"' in text
    assert f'id="en-{KEY}" name="en:{KEY}" lang="en" spellcheck="true"' in text


def test_a_passage_links_to_its_english_preview_and_its_history(ratna, portal):
    text = ratna.get(page_of(portal, MISSIONS)).text

    path = re.search(r'class="preview" href="(/admin/pratinjau/[^"#]*missions/1/#m1)"', text)[1]
    assert ratna.get(path).status_code == 200
    assert f'href="/admin/missions/mission/{portal.missions.first().pk}/history/"' in text


def test_a_passage_shows_its_terms_with_their_english(ratna, portal):
    text = ratna.get(page_of(portal, "?state=all&part=u1")).text

    assert re.search(r'<dt lang="id">sektor jasa</dt>\s*<dd lang="en">\s*service sector', text)


def test_each_part_of_the_text_has_a_progress_bar(ratna, portal):
    Mission.objects.filter(number=3).update(statement_en="")
    text = ratna.get(page_of(portal)).text

    assert (
        len(re.findall('<svg class="bar"', text)) == 9
    )  # the whole, the vision, five elements, missions, glossary
    assert "4 of 5 passages are translated and up to date" in text


@pytest.mark.slow
def test_a_link_to_a_passage_opens_the_page_that_shows_it(ratna, portal):
    assert len(shown(ratna, portal, "?state=all")) == 20
    assert "m5.statement" in shown(ratna, portal, "?state=all&at=m5.statement")
    assert shown(ratna, portal, "?state=all&page=99")
    assert re.search(r'page=2">\s*Next page', ratna.get(page_of(portal, "?state=all")).text)


@pytest.mark.slow
def test_an_editor_can_remark_but_not_translate(portal):
    client = logged_in("sri", "Editor")
    text = client.get(page_of(portal, MISSIONS)).text

    assert 'name="en:' not in text
    assert send(client, portal, f"save::{KEY}", en="Forged.").status_code == 403
    assert send(client, portal, f"confirm::{KEY}").status_code == 403
    assert send(client, portal, f"remark::{KEY}", words="Tolong periksa.").status_code == 200
    assert Act.objects.get(act=Act.Kind.REMARKED).words == "Tolong periksa."


# Saving


@pytest.mark.slow
def test_saved_english_is_in_the_history_under_its_author(ratna, portal):
    response = send(ratna, portal, f"save::{KEY}", en="  New   English. ")

    assert Mission.objects.get(number=1).statement_en == "New English."
    assert messages_of(response) == ["1 passage was saved. Readers see it when it is published."]
    assert Revision.objects.get().author == "ratna"
    assert state(portal) == State.DONE


@pytest.mark.slow
def test_save_all_makes_one_revision(ratna, portal):
    texts = {f"en:m{number}.statement": f"Mission {number}." for number in range(1, 6)}

    send(ratna, portal, "all::", fields=texts)

    assert list(Mission.objects.order_by("number").values_list("statement_en", flat=True)) == list(
        texts.values()
    )
    assert Revision.objects.get().versions.count() == 5


@pytest.mark.slow
def test_invalid_english_stays_in_its_field_and_the_rest_is_saved(ratna, portal):
    response = send(
        ratna, portal, "all::", en="An [[unclosed mark.", fields={"en:m2.statement": "Second."}
    )

    assert "each “[[” needs its “]]”" in response.text
    assert "An [[unclosed mark.</textarea>" in response.text
    assert Mission.objects.get(number=2).statement_en == "Second."
    assert Mission.objects.get(number=1).statement_en != "An [[unclosed mark."


def test_saving_unchanged_english_makes_no_revision_and_stays_at_the_passage(ratna, portal):
    response = send(ratna, portal, f"save::{KEY}", en=Mission.objects.get(number=1).statement_en)

    assert messages_of(response) == ["Nothing was saved: no text was changed."]
    assert response.redirect_chain[0][0].endswith(f"#en-{KEY}")
    assert not Revision.objects.exists()


def test_saving_leads_to_the_next_passage(ratna, portal):
    response = send(ratna, portal, f"save::{KEY}", en="New English.")

    assert response.redirect_chain[0][0].endswith("#en-m2.statement")


@pytest.mark.slow
@pytest.mark.parametrize(
    "field", ["words:m3.statement", f"words:{KEY}", "reason:length%2F:m3.statement"]
)
def test_saving_english_keeps_unsaved_remarks_and_reasons_in_their_fields(ratna, portal, field):
    edit(portal, statement_en="One.")
    Mission.objects.filter(number=3).update(statement_en="Three.")

    response = send(ratna, portal, f"save::{KEY}", en="New English.", fields={field: "Half typed."})

    assert "Half typed.</textarea>" in response.text
    assert messages_of(response)[0].endswith("Anything else you typed here is not saved yet.")
    assert [message.level_tag for message in response.context["messages"]][0] == "warning"
    assert Mission.objects.get(number=1).statement_en == "New English."


@pytest.mark.slow
@pytest.mark.parametrize("do", ["save::u2-3.title", "save::u2.name", "all::"])
def test_english_for_a_deleted_passage_is_given_back_in_a_message(ratna, portal, do):
    query = "?state=all&part=u2"
    bases = bases_of(ratna, portal, query)
    Point.objects.get(element__number=2, marker="(c)").delete()

    response = send(
        ratna,
        portal,
        do,
        query,
        bases,
        fields={"en:u2-3.title": "My words.", "en:u2.name": "Modern city"},
    )

    assert "“u2-3.title” was deleted meanwhile. You had typed: My words." in messages_of(response)


@pytest.mark.slow
def test_a_save_is_listed_once_in_the_history(ratna, portal):
    send(ratna, portal, f"save::{KEY}", en="New English.")

    revision = Revision.objects.get()
    assert "changed: Mission 1<" in ratna.get("/admin/editorial/revision/").text
    assert ratna.get(f"/admin/editorial/revision/{revision.pk}/change/").text.count("<h3>") == 1


def test_an_unsaved_passage_is_marked_and_has_the_focus(ratna, portal):
    response = send(ratna, portal, f"save::{KEY}", en="One.", fields={"en:m3.statement": "Three."})

    card = re.search(
        '<article class="translation" id="m3.statement".*?</article>', response.text, re.DOTALL
    )[0]
    assert "Not saved yet" in card
    assert re.search('<textarea id="en-m3.statement"[^>]* autofocus>', card)
    assert response.text.count(" autofocus") == 1


def test_an_error_has_the_focus_and_is_in_the_title(ratna, portal):
    response = send(
        ratna,
        portal,
        f"save::{KEY}",
        en="An [[unclosed mark.",
        fields={"en:m3.statement": "Three."},
    )

    assert re.search(f'id="error-{KEY}" role="alert" tabindex="-1" autofocus>', response.text)
    assert response.text.count(" autofocus") == 1
    assert "<title>Error:" in re.sub(r"\s+", " ", response.text).replace("<title> ", "<title>")


@pytest.mark.slow
def test_english_can_be_deleted(ratna, portal):
    send(ratna, portal, f"save::{KEY}", en="")

    assert state(portal) == State.MISSING


def test_a_colleagues_english_is_not_overwritten(ratna, portal):
    bases = bases_of(ratna, portal)
    edit(portal, "wati", statement_en="A colleague’s.")

    response = send(ratna, portal, f"save::{KEY}", bases=bases, en="Mine.")

    assert "wati changed this meanwhile" in response.text
    assert "Mine.</textarea>" in response.text
    assert Mission.objects.get(number=1).statement_en == "A colleague’s."


def test_a_field_that_was_not_edited_does_not_overwrite_a_colleagues_english(ratna, portal):
    bases, before = bases_of(ratna, portal), Mission.objects.get(number=1).statement_en
    edit(portal, "wati", statement_en="A colleague’s.")

    send(ratna, portal, "all::", bases=bases, en=before)

    assert Mission.objects.get(number=1).statement_en == "A colleague’s."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("do", "typed"),
    [
        ("save::m2.statement", "Mine."),  # m1 was not saved, so not compared
        ("save::m1.statement", "An [[unclosed mark."),  # invalid, so not compared
    ],
)
def test_a_page_shown_again_keeps_the_english_that_its_user_saw_as_base(ratna, portal, do, typed):
    bases = bases_of(ratna, portal)
    edit(portal, "wati", statement_en="A colleague’s.")

    again = send(ratna, portal, do, bases=bases, en=typed, fields={"en:m2.statement": "Second."})
    response = send(ratna, portal, f"save::{KEY}", bases=bases_in(again), en="Mine.")

    assert "wati changed this meanwhile" in response.text
    assert Mission.objects.get(number=1).statement_en == "A colleague’s."


@pytest.mark.slow
def test_a_page_shown_again_keeps_the_indonesian_that_its_user_saw_as_base(ratna, portal):
    bases = bases_of(ratna, portal)
    edit(portal, statement_ind="Kalimat lain.")

    again = send(
        ratna,
        portal,
        "save::m2.statement",
        bases=bases,
        en="Mine.",
        fields={"en:m2.statement": "Second."},
    )
    send(ratna, portal, f"save::{KEY}", bases=bases_in(again), en="Mine.")

    assert state(portal) == State.OUTDATED


@pytest.mark.slow
@pytest.mark.parametrize("do", ["confirm", "remark"])
def test_a_refused_act_shows_a_colleagues_english_in_the_field(ratna, portal, do):
    edit(portal, statement_ind="Kalimat lain.")
    bases, before = bases_of(ratna, portal), Mission.objects.get(number=1).statement_en
    edit(portal, "wati", statement_ind="Kalimat baru.", statement_en="A colleague’s.")
    edit(portal, statement_ind="Kalimat lain.")

    response = send(ratna, portal, f"{do}::{KEY}", bases=bases, en=before, words="")

    assert "errorlist" in response.text
    assert "A colleague’s.</textarea>" in response.text


@pytest.mark.slow
def test_a_translator_who_saw_a_colleagues_english_can_overwrite_it(ratna, portal):
    bases = bases_of(ratna, portal)
    edit(portal, "wati", statement_en="A colleague’s.")

    again = send(ratna, portal, f"save::{KEY}", bases=bases, en="Mine.")
    send(ratna, portal, f"save::{KEY}", bases=bases_in(again), en="Mine.")

    assert Mission.objects.get(number=1).statement_en == "Mine."


@pytest.mark.slow
def test_english_for_an_indonesian_that_changed_meanwhile_is_outdated(ratna, portal):
    bases = bases_of(ratna, portal)
    edit(portal, statement_ind="Kalimat lain.")

    response = send(ratna, portal, f"save::{KEY}", bases=bases, en="What was seen.")

    assert Mission.objects.get(number=1).statement_en == "What was seen."
    assert state(portal) == State.OUTDATED
    assert (
        "Meanwhile the Indonesian was changed: your English is kept, and the passage is outdated."
        in messages_of(response)
    )


@pytest.mark.slow
def test_a_simultaneous_save_of_an_editor_is_kept(ratna, portal):
    """In the row of the vision, which a request reads before it locks."""
    key, query = "v-unsur.elements_lead_in", "?state=all&part=v"
    bases = bases_of(ratna, portal, query)

    with somebody_is_faster(lambda: edit_vision(portal, introduction_ind="Pengantar baru.")):
        send(ratna, portal, f"save::{key}", query, bases, fields={f"en:{key}": "New:"})

    portal.refresh_from_db()
    assert (portal.introduction_ind, portal.elements_lead_in_en) == ("Pengantar baru.", "New:")


@pytest.mark.slow
@pytest.mark.parametrize("base", ["", "forged", "WyJ4Il0:1:x"])
def test_without_a_base_nothing_is_overwritten(ratna, portal, base):
    before = Mission.objects.get(number=1).statement_en

    response = send(ratna, portal, f"save::{KEY}", bases={f"base:en:{KEY}": base}, en="Mine.")

    assert "Mine.</textarea>" in response.text
    assert Mission.objects.get(number=1).statement_en == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "do", ["", "save", "save::gone.text", "_save::m1.statement", "answer::m1.statement", "all"]
)
def test_an_unknown_button_changes_nothing(ratna, portal, do):
    assert send(ratna, portal, do, en="Mine.").status_code == 200
    assert not Revision.objects.exists() or do == "all"


def test_an_obstacle_to_publishing_is_shown_at_its_passage(ratna, portal):
    edit(portal, statement_en="One paragraph.\n\nAnother.")

    assert shown(ratna, portal, "?state=checks") == [KEY]
    text = re.sub("<[^>]+>", "", ratna.get(page_of(portal, "?state=checks")).text)
    assert (
        "To be fixed first: "
        "Divide the Indonesian and the English into the same number of paragraphs." in text
    )


@pytest.mark.slow
def test_saving_warns_of_obstacles_in_the_saved_passage_only(ratna, portal):
    edit(portal, statement_en="One paragraph.\n\nAnother.")
    words = "same number of paragraphs"

    other = send(ratna, portal, "save::m2.statement", fields={"en:m2.statement": "Second."})
    its_own = send(ratna, portal, f"save::{KEY}", en="One.\n\nTwo.")

    assert not any(words in sentence for sentence in messages_of(other))
    assert any(words in sentence for sentence in messages_of(its_own))


@pytest.mark.slow
def test_saving_warns_of_words_that_no_longer_match_the_statement(ratna, portal):
    fields = {"en:u1.statement_words": "harbour"}

    response = send(ratna, portal, "save::u1.statement_words", "?state=all&part=u1", fields=fields)

    assert any("harbour" in sentence for sentence in messages_of(response))


# Acts on a translation


@pytest.mark.slow
def test_confirming_the_english_is_recorded_and_makes_it_done(ratna, portal):
    edit(portal, statement_ind="Kalimat lain.")

    response = send(ratna, portal, f"confirm::{KEY}")

    assert messages_of(response) == ["Recorded: the English is right as it is."]
    assert state(portal) == State.DONE
    assert (
        Revision.objects.first().get_action_display() == "said that the English still says the same"
    )
    assert (
        "said that the English still says the same" in ratna.get("/admin/editorial/revision/").text
    )


@pytest.mark.slow
def test_confirming_is_refused_after_the_text_changed(ratna, portal):
    edit(portal, statement_ind="Satu.")
    bases = bases_of(ratna, portal)
    edit(portal, statement_ind="Dua.")

    response = send(ratna, portal, f"confirm::{KEY}", bases=bases)

    assert "Nothing was recorded: the text was changed meanwhile." in response.text
    assert state(portal) == State.OUTDATED


@pytest.mark.slow
def test_confirming_an_edited_text_saves_it(ratna, portal):
    edit(portal, statement_ind="Kalimat lain.")

    send(ratna, portal, f"confirm::{KEY}", en="Another sentence.")

    assert Mission.objects.get(number=1).statement_en == "Another sentence."
    assert Act.objects.filter(revision__isnull=False).get().act == Act.Kind.TRANSLATED


@pytest.mark.slow
def test_an_editor_returns_a_translation_with_a_reason(ratna, portal):
    client = logged_in("sri", "Editor")

    send(client, portal, f"return::{KEY}", words="Kalimat kedua hilang.")

    assert state(portal) == State.REVIEW
    text = ratna.get(page_of(portal)).text
    assert "sri sent it back on" in text
    assert "Kalimat kedua hilang." in text


@pytest.mark.slow
@pytest.mark.parametrize("do", ["return", "remark"])
@pytest.mark.parametrize("words", ["", "  ", "x" * 2001, "a\u202eb"])
def test_a_remark_must_be_present_short_and_readable(ratna, portal, do, words):
    response = send(ratna, portal, f"{do}::{KEY}", words=words, en="Half typed.")

    assert "errorlist" in response.text
    assert "Half typed.</textarea>" in response.text
    assert not Revision.objects.exists()


@pytest.mark.slow
def test_remarks_stay_open_until_they_are_settled(ratna, portal):
    send(ratna, portal, f"remark::{KEY}", words="Apakah maksudnya semua warga?")
    assert shown(logged_in("sri", "Editor"), portal, "?state=remarks") == [KEY]
    send(ratna, portal, f"remark::{KEY}", words="Ya, <b>semua</b>.")
    assert escape("Ya, <b>semua</b>.") in ratna.get(page_of(portal, "?state=remarks")).text

    send(ratna, portal, f"settle::{KEY}", "?state=remarks")

    assert shown(ratna, portal, "?state=remarks") == []
    history = ratna.get(f"/admin/missions/mission/{portal.missions.first().pk}/history/").text
    assert "Apakah maksudnya semua warga?" in history


@pytest.mark.slow
def test_settling_keeps_the_answer(ratna, portal):
    send(ratna, portal, f"remark::{KEY}", words="Apakah maksudnya semua warga?")

    send(logged_in("sri", "Editor"), portal, f"settle::{KEY}", "?state=remarks", words="Ya, semua.")

    assert Act.objects.get(act=Act.Kind.SETTLED).words == "Ya, semua."
    assert "settled the comments: Ya, semua." in re.sub(
        r"\s+", " ", ratna.get(page_of(portal, MISSIONS)).text
    )


@pytest.mark.slow
def test_an_open_remark_is_shown_on_the_desk_the_manuscript_and_before_publishing(ratna, portal):
    sri = logged_in("sri", "Editor", "Publisher")
    places = [
        "/admin/",
        f"/admin/naskah/{portal.pk}/",
        f"/admin/vision/vision/{portal.pk}/terbitkan/",
    ]
    link = f"/admin/terjemahan/{portal.pk}/?state=remarks"
    assert not any(link in sri.get(place).text for place in places)

    send(ratna, portal, f"remark::{KEY}", words="Apakah maksudnya semua warga?")
    assert all(link in sri.get(place).text for place in places)
    assert (
        "ratna comments: Apakah maksudnya semua warga?"
        in sri.get(f"/admin/naskah/{portal.pk}/?only=remarks").text
    )
    assert "1 passage has a comment that is not settled." in sri.get(places[2]).text
    assert link not in ratna.get("/admin/").text  # the remark is no work for its author

    send(sri, portal, f"settle::{KEY}", "?state=remarks")
    assert not any(link in sri.get(place).text for place in places)


def test_after_a_remark_the_editor_returns_to_the_passage(portal):
    response = send(logged_in("sri", "Editor"), portal, f"remark::{KEY}", words="Tolong periksa.")

    assert response.redirect_chain[0][0].endswith(f"#en-{KEY}")
    assert f'id="en-{KEY}"' in response.text


@pytest.mark.slow
def test_a_problem_with_a_term_links_to_the_terms_form_and_back(ratna, portal):
    text = send(
        ratna, portal, "save::m4.statement", fields={"en:m4.statement": "Something else."}
    ).text

    term = portal.terms.get(term_ind="landasan")
    back = quote(
        f"/admin/terjemahan/{portal.pk}/?state=all&part=m&at=m4.statement#en-m4.statement", safe=""
    )
    address = re.escape(f"/admin/vision/term/{term.pk}/change/?next={back}")
    assert re.search(rf'href="{address}">\s*Change the term', text)


def test_saving_a_remark_keeps_unsaved_english_in_its_field(ratna, portal):
    response = send(ratna, portal, f"remark::{KEY}", words="Sebentar.", en="Half typed.")

    assert "Half typed.</textarea>" in response.text
    assert Mission.objects.get(number=1).statement_en != "Half typed."


@pytest.fixture
def wati(portal, settings):
    """A second translator, where review is required."""
    settings.TRANSLATION_REVIEWER = "required"
    return logged_in("wati", "Translator")


@pytest.mark.slow
def test_authors_cannot_review_their_own_english_where_review_is_required(ratna, wati, portal):
    send(ratna, portal, f"save::{KEY}", en="New English.")

    assert state(portal) == State.REVIEW
    page = ratna.get(page_of(portal, "?state=others")).text
    assert "Waiting for another translator." in page
    assert send(ratna, portal, f"confirm::{KEY}").status_code == 403
    send(wati, portal, f"confirm::{KEY}")
    assert state(portal) == State.DONE


@pytest.mark.slow
def test_authors_do_not_see_their_own_english_as_work(ratna, wati, portal):
    send(ratna, portal, f"save::{KEY}", en="New English.")

    assert [shown(ratna, portal, f"?state={name}") for name in ("", "review")] == [[], []]
    assert shown(ratna, portal, "?state=others") == [KEY]
    page = ratna.get(page_of(portal)).text
    assert "1 passage waits for another translator to read it." in page
    assert "1 waiting for another translator" in page
    assert shown(wati, portal) == shown(wati, portal, "?state=review") == [KEY]
    assert shown(wati, portal, "?state=others") == []
    assert "waiting for another translator</a>" not in wati.get(page_of(portal)).text


def test_the_filter_of_what_waits_for_others_exists_where_review_is_required(
    ratna, portal, settings
):
    option = '<option value="others">'
    assert option not in ratna.get(page_of(portal)).text

    settings.TRANSLATION_REVIEWER = "required"
    assert option in ratna.get(page_of(portal)).text


@pytest.mark.slow
def test_english_that_is_saved_twice_says_that_it_was_saved_already(ratna, portal):
    bases = bases_of(ratna, portal)

    first, second = (
        send(ratna, portal, f"save::{KEY}", bases=bases, en="New English.") for _time in range(2)
    )

    assert "This English was saved already" not in first.text
    assert messages_of(second) == [
        "This English was saved already. There was nothing more to save."
    ]
    assert second.redirect_chain == first.redirect_chain


# What changed since the passage was last done


def card_of(client, vision, key=KEY):
    desk = client.get(page_of(vision, MISSIONS)).context["desk"]
    return next(card for card in desk.page if card.key == key)


def words_of(segments):
    """The deleted and the inserted words."""
    return [
        "".join(words for kind, words in segments if kind == sought).strip()
        for sought in ("delete", "insert")
    ]


@pytest.mark.slow
def test_a_reviewer_sees_what_changed_in_both_languages_since_the_passage_was_done(
    ratna, wati, portal
):
    before = Mission.objects.get(number=1)
    edit(portal, statement_ind=f"Baru. {before.statement_ind}")
    edit(portal, statement_ind=f"Lama. {before.statement_ind}")
    send(ratna, portal, f"save::{KEY}", en=f"Newer. {before.statement_en}")
    send(ratna, portal, f"save::{KEY}", en=f"New. {before.statement_en}")

    card = card_of(wati, portal)
    assert card.translation.state == State.REVIEW
    assert words_of(card.source_segments) == ["", "Lama."]
    assert words_of(card.english_segments) == ["", "New."]
    assert card.published == before.statement_en
    page = wati.get(page_of(portal)).text
    assert "English, with what changed since edition 2, which readers see" in page
    send(wati, portal, f"confirm::{KEY}")
    card = card_of(wati, portal)
    assert (card.source_segments, card.english_segments, card.published) == ([], [], "")


@pytest.mark.slow
def test_the_english_in_force_is_shown_if_it_is_older_than_what_was_done(ratna, wati, portal):
    in_force = Mission.objects.get(number=1).statement_en
    send(ratna, portal, f"save::{KEY}", en="A second sentence.")
    send(wati, portal, f"confirm::{KEY}")
    send(ratna, portal, f"save::{KEY}", en="A third sentence.")

    card, page = card_of(wati, portal), wati.get(page_of(portal)).text
    assert words_of(card.english_segments) == ["second", "third"]
    assert card.published == in_force
    assert "English that readers see, of edition 2" in page
    assert "English, with what changed since it was last done" in page


@pytest.mark.slow
def test_an_english_that_was_sent_back_is_compared_with_itself_while_it_is_the_same(
    ratna, wati, portal
):
    send(wati, portal, f"return::{KEY}", words="Terlalu harfiah.")

    card = card_of(ratna, portal)
    assert card.translation.state == State.REVIEW
    assert (card.is_new, card.source_segments, card.english_segments) == (False, [], [])


@pytest.mark.slow
def test_a_passage_that_was_never_done_is_called_new(ratna, wati, portal):
    new = "New: the English here was never finished before."
    with recorded(portal.pk, "sri"):
        portal.missions.create(number=9, statement_ind="Kalimat baru.")
    send(ratna, portal, "save::m9.statement", fields={"en:m9.statement": "A sentence."})

    assert card_of(wati, portal, "m9.statement").is_new
    assert new in wati.get(page_of(portal)).text
    send(wati, portal, "confirm::m9.statement")
    assert new not in wati.get(page_of(portal, "?state=all")).text


def test_a_copied_passage_is_compared_with_the_text_that_was_done_in_the_other_period(
    ratna, wati, portal
):
    was = Mission.objects.get(number=1)
    copy = make_vision()
    with recorded(copy.pk, "sri"):
        row = copy.missions.get(number=1)
        row.statement_ind, row.statement_en = was.statement_ind, was.statement_en
        row.save()
    send(ratna, copy, f"save::{KEY}", en=f"New. {was.statement_en}")

    card = card_of(wati, copy)
    assert not card.is_new
    assert words_of(card.english_segments) == ["", "New."]


# Words for a quotation


def test_the_words_are_counted_by_state_and_repeats_once(ratna, portal):
    same = "Tiga kata – saja."
    with recorded(portal.pk, "sri"):
        portal.missions.create(number=8, statement_ind=same)
        portal.missions.create(number=9, statement_ind=f" {same} ")
    page = ratna.get(page_of(portal))

    words = {str(label): counts for label, *counts in page.context["desk"].words()}
    assert words["missing"] == [6, 3]
    assert words["in all"] == [sum(its[n] for its in list(words.values())[:-1]) for n in (0, 1)]
    assert "missing: 6 words, without repeats 3" in page.text


@pytest.mark.parametrize(
    ("language", "copied"),
    [
        ("en", "missing: 2,000 words, without repeats 1,000"),
        ("id", "belum ada: 2.000 kata, tanpa ulangan 1.000"),
    ],
)
def test_the_numbers_of_words_are_written_as_the_language_writes_them(
    ratna, portal, language, copied
):
    with recorded(portal.pk, "sri"):
        for number in (8, 9):
            portal.missions.create(number=number, statement_ind="kata " * 999 + "saja.")
    Account.objects.update(language=language)

    text = ratna.get(page_of(portal)).text

    assert copied in text
    assert f"<td>{copied.split()[-1]}</td>" in text


# Waivers


@pytest.fixture
def problem(ratna, portal):
    """Mission 1 says a word twice."""
    send(
        ratna,
        portal,
        f"save::{KEY}",
        en=f"{Mission.objects.get(number=1).statement_en[:-1]} of of it.",
    )
    assert KEY in problems_of(portal)
    return quote("doubled_words/of", safe="")


def waive(client, vision, problem, reason="Sengaja."):
    return send(
        client, vision, f"waive:{problem}:{KEY}", fields={f"reason:{problem}:{KEY}": reason}
    )


def problems_of(vision):
    found = open_problems(read_document(vision))
    return [passage.key for passage, problem in found if problem.check == "doubled_words"]


def test_a_problem_is_shown_on_the_desk_and_before_publishing(ratna, portal, problem):
    assert KEY in shown(ratna, portal, "?state=checks")
    publishing = (
        logged_in("tono", "Publisher").get(f"/admin/vision/vision/{portal.pk}/terbitkan/").text
    )
    assert "has “of” twice in a row" in publishing


@pytest.mark.slow
def test_a_waiver_is_recorded_with_its_reason(ratna, portal, problem):
    waive(ratna, portal, problem)

    assert KEY not in problems_of(portal)
    assert "Waived by ratna: Sengaja." in ratna.get(page_of(portal, MISSIONS)).text
    assert Revision.objects.first().action == Revision.Action.WAIVE


def test_a_waiver_needs_a_reason(ratna, portal, problem):
    assert "Write why, in a few words." in waive(ratna, portal, problem, reason=" ").text
    assert KEY in problems_of(portal)


@pytest.mark.slow
def test_a_waiver_ends_when_one_of_the_texts_changes(ratna, portal, problem):
    waive(ratna, portal, problem)

    edit(
        portal,
        statement_ind=Mission.objects.get(number=1).statement_ind.replace(
            "Meningkatkan", "Memperkuat"
        ),
    )

    assert KEY in problems_of(portal)


@pytest.mark.slow
def test_a_waiver_can_be_taken_back(ratna, portal, problem):
    waive(ratna, portal, problem)

    send(ratna, portal, f"unwaive:{problem}:{KEY}")

    assert KEY in problems_of(portal)


# Queries


@pytest.mark.slow
def test_a_longer_text_costs_no_more_queries(ratna, portal, django_assert_max_num_queries):
    for number in range(30):
        make_point(portal.elements.first(), f"Butir {number}")

    with django_assert_max_num_queries(24):
        ratna.get(page_of(portal, "?state=all"))


def test_the_desk_shows_passages_of_its_vision_only(ratna, portal):
    other = make_vision()
    Mission.objects.filter(vision=other).update(statement_en="")

    assert shown(ratna, portal) == []
    assert shown(ratna, other) == [KEY]


# Passages without history


@pytest.mark.parametrize(
    ("days", "age", "is_found"), [(8, "7", True), (6, "7", False), (89, "90", False)]
)
def test_a_passage_without_history_is_as_old_as_the_first_edition(
    ratna, portal, monkeypatch, days, age, is_found
):
    moment = portal.editions.get(number=1).effective_at + timedelta(days=days, hours=1)
    monkeypatch.setattr(clock, "now", lambda: moment)

    keys = shown(ratna, portal, f"?state=all&part=m&age={age}")

    assert (KEY in keys) == is_found


def test_a_changed_passage_is_as_old_as_its_change(ratna, portal):
    edit(portal, statement_en="New.")

    keys = shown(ratna, portal, "?state=all&part=m&age=7")

    assert KEY not in keys
    assert "m2.statement" in keys


def test_a_passage_without_history_or_edition_matches_any_age(db):
    vision = make_vision()

    assert KEY in shown(logged_in("ratna", "Translator"), vision, "?state=all&part=m&age=90")


# Errors in collapsible parts


def around(response, field):
    """The <details> around the field, and the tag of the field."""
    within = rf'<details(?:(?!<details).)*?<textarea id="{re.escape(field)}"[^>]*>'
    inside = re.search(within, response.text, re.DOTALL)[0]
    return inside, inside[inside.rindex("<textarea") :]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("act", "sentence"), [("remark", "Write your comment first."), ("return", "Write why")]
)
def test_the_error_of_an_empty_remark_is_visible_and_has_the_focus(ratna, portal, act, sentence):
    response = send(ratna, portal, f"{act}::{KEY}", words=" ")

    details, field = around(response, f"words-{KEY}")
    assert details.startswith('<details class="translation__remarks" open>')
    assert sentence in details
    assert 'aria-invalid="true"' in field
    assert "autofocus" in field
    assert f'aria-describedby="error-{KEY}"' in field
    assert response.text.count('aria-invalid="true"') == response.text.count(sentence) == 1


@pytest.mark.slow
def test_the_error_of_an_empty_reason_is_visible_and_has_the_focus(ratna, portal):
    mission = portal.missions.get(number=1)
    edit(portal, statement_en=f"{mission.statement_en} 2030")
    page = ratna.get(page_of(portal, MISSIONS))
    problem = re.search(r'value="waive:([^:"]+):m1.statement"', page.text)[1]

    response = send(ratna, portal, f"waive:{problem}:{KEY}", **{f"reason:{problem}": "  "})

    details, field = around(response, f"reason-{KEY}-1")
    assert details.startswith("<details open>")
    assert "Write why, in a few words." in details
    assert 'aria-invalid="true"' in field
    assert "autofocus" in field
    assert response.text.count('aria-invalid="true"') == 1
