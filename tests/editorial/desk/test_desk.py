"""The home of the desk: a card for each period, and this person's next steps."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from editions import clock
from editions.document import Text
from editions.publishing import withdraw
from editions.working_copy import read_document
from editorial.history.recording import recorded
from editorial.models import Account, Act, Revision
from editorial.translation.acts import record_act
from missions.models import Mission
from tests.support.factories import make_account, make_point, make_vision, publish_now, wib
from tests.support.people.desk import rewrite_mission
from vision.models import Element, Point

pytestmark = pytest.mark.django_db


def desk_of(name, *roles):
    client = Client()
    client.force_login(make_account(name, *roles))
    return client.get("/admin/").text


STEPS = re.compile(
    r'<section class="(?:next-steps|whole-portal)".*?</section>'
    r'|<div class="period__step">.*?</div>',
    re.DOTALL,
)


def next_steps(text):
    """The next steps for the whole portal and on each card, without markup."""
    return in_words(" ".join(STEPS.findall(text)))


def in_words(markup):
    words = re.sub(r'<span class="visually-hidden">.*?</span>|<[^>]+>', " ", markup)
    return re.sub(r"\s+", " ", words).strip()


def card_of(text, years):
    """The card of a period as markup."""
    cards = re.split(r'<(?:section|details) class="period"', text)[1:]
    return next(card for card in cards if re.search(rf'<h2 id="period-\d+">{years}</h2>', card))


def waiting(text, years="2016–2021"):
    """The open work on the card of a period: (words, address) of each link."""
    listed = card_of(text, years).partition("What waits</h3>")[2].partition("</ul>")[0]
    links = re.findall(r'<a href="([^"]*)">(.*?)</a>', listed, re.DOTALL)
    return [(in_words(words), address) for address, words in links]


# Next steps


def test_a_publisher_sees_whether_the_static_copy_is_up_to_date(portal, settings, tmp_path):
    settings.COPY_DIR = tmp_path
    page = tmp_path / "release.part" / "id" / "index.html"
    page.parent.mkdir(parents=True)
    for path in (page, page.with_name("index.html.br"), page.with_name("index.html.gz")):
        path.touch()

    assert re.search(
        r"is being written: 1 of \d+ addresses", next_steps(desk_of("sri", "Publisher"))
    )
    assert "is being written" not in next_steps(desk_of("budi", "Editor"))
    page.parent.parent.rename(tmp_path / "release")
    assert "is being written" not in next_steps(desk_of("tuti", "Publisher"))


def test_a_card_lists_no_open_work_if_everything_is_published(portal):
    for role in ["Translator", "Publisher"]:
        text = desk_of(role.lower(), role)
        assert "Nothing" not in card_of(text, "2016–2021")
        assert "What waits" not in text
        assert "What differs" not in text


@pytest.mark.parametrize(
    ("role", "work", "address"),
    [
        ("Editor", "Edit in the manuscript", "/admin/naskah/{}/"),
        ("Translator", "Open the translation", "/admin/terjemahan/{}/?state=all"),
        ("Publisher", "Read the manuscript", "/admin/naskah/{}/"),
    ],
)
def test_the_button_leads_to_the_usual_work_if_none_is_open(portal, role, work, address):
    text = desk_of("sri", role)

    assert work in next_steps(text)
    assert f'<a class="button" href="{address.format(portal.pk)}">' in text


def test_after_the_last_period_an_editor_is_led_to_a_new_one(portal):
    words = "The period 2016–2021 is over. Begin the next vision"

    assert words in next_steps(desk_of("sri", "Editor"))
    make_vision()
    assert words not in next_steps(desk_of("budi", "Editor"))


def test_a_publisher_sees_the_unpublished_changes(portal):
    rewrite_mission(statement_ind="Kalimat lain.")

    text = desk_of("sri", "Publisher")

    assert "1 passage of 2016–2021 waits to be published." in next_steps(text)
    assert "Publish 2016–2021" in next_steps(text)
    assert f'<a class="button" href="/admin/vision/vision/{portal.pk}/terbitkan/">' in text
    assert waiting(text)[0] == ("1 correction, ready", f"/admin/naskah/{portal.pk}/?only=changed")


def test_a_publisher_sees_the_scheduled_edition(portal):
    rewrite_mission(statement_ind="Kalimat lain.")
    edition = publish_now(portal, effective_at=clock.now() + timedelta(days=1))

    text = desk_of("sri", "Publisher")

    assert "Edition 3 of 2016–2021 waits for its time." in next_steps(text)
    assert f'href="/admin/editions/edition/{edition.pk}/change/"' in text
    assert waiting(text)[0][0] == "Edition 3, for its time"


def test_a_publisher_sees_a_new_order(portal):
    Point.objects.get(element__number=2, marker="(c)").move(-2)

    assert "A new order of points of 2016–2021 waits" in next_steps(desk_of("sri", "Publisher"))


def test_a_publisher_sees_a_period_without_an_edition(db):
    make_vision()

    assert "2031–2035 has never been published. See whether its text is ready." in next_steps(
        desk_of("sri", "Publisher")
    )


def test_a_translator_is_led_to_the_first_passage_without_english(portal):
    rewrite_mission(number=3, statement_en="")

    text = desk_of("ratna", "Translator")

    assert "1 passage of 2016–2021 lacks English." in next_steps(text)
    assert (
        f'href="/admin/terjemahan/{portal.pk}/?state=missing&amp;at=m3.statement#m3.statement"'
        in text
    )


def test_a_translator_is_led_to_the_first_passage_with_outdated_english(portal):
    rewrite_mission(statement_ind="Kalimat lain.")

    text = desk_of("ratna", "Translator")

    assert "1 passage of 2016–2021: the Indonesian was changed, the English was not." in next_steps(
        text
    )
    assert (
        f'href="/admin/terjemahan/{portal.pk}/?state=outdated&amp;at=m1.statement#m1.statement"'
        in text
    )


@pytest.mark.parametrize("role", ["Editor", "Publisher"])
def test_people_who_can_fix_it_see_what_blocks_the_publication(portal, role):
    Element.objects.filter(number=3).update(statement_words_ind="Pintar")

    steps = next_steps(desk_of("budi", role))

    assert "2016–2021 cannot be published as it is." in steps
    assert "“Pintar” must occur exactly once in the Indonesian statement" in steps


def test_no_next_step_needs_a_missing_permission(portal):
    rewrite_mission(statement_ind="Kalimat lain.", short_title_ind="")

    for name, role in [("budi", "Editor"), ("ratna", "Translator")]:
        text = desk_of(name, role)
        assert "to be published" not in next_steps(text)
        assert waiting(text)[0][0] == "1 correction, ready"


def test_an_editor_sees_the_work_for_a_publisher(portal):
    rewrite_mission(short_title_ind="Aparatur yang berkualitas")

    steps = next_steps(desk_of("budi", "Editor"))

    assert "1 changed passage of 2016–2021 waits for a publisher. See what changed" in steps


def test_each_card_has_one_button_and_lists_the_other_open_work(portal):
    rewrite_mission(statement_ind="Kalimat lain.")
    rewrite_mission(number=3, statement_en="")
    make_vision(statement_en="")

    text = desk_of("sri", "Editor", "Translator", "Publisher")

    for years in ("2031–2035", "2016–2021"):
        assert card_of(text, years).count('class="button"') == 1
    assert [words for words, _address in waiting(text)] == [
        "2 corrections, ready",
        "1 passage without English",
        "1 outdated translation",
    ]


def test_each_kind_of_open_work_links_to_its_page(portal):
    rewrite_mission(statement_ind="Kalimat lain.")
    Element.objects.filter(number=3).update(statement_words_ind="Pintar")
    passage = next(p for p in read_document(portal).passages() if p.key == "m2.statement")
    record_act("ratna", Act.Kind.REMARKED, passage, Mission.objects.get(number=2), words="Mengapa?")

    assert waiting(desk_of("budi", "Editor")) == [
        ("Something that stops the publication", f"/admin/naskah/{portal.pk}/"),
        ("2 outdated translations", f"/admin/terjemahan/{portal.pk}/?state=outdated"),
        ("1 passage with comments", f"/admin/terjemahan/{portal.pk}/?state=remarks"),
    ]


def test_an_administrator_of_accounts_is_led_to_them_and_sees_no_text(portal):
    text = desk_of("wahyu", "Administrator")

    assert "You look after the accounts and their roles." in next_steps(text)
    assert 'href="/admin/editorial/account/"' in text
    assert "2016–2021" not in text


def test_an_account_without_a_role_sees_whom_to_ask(portal):
    text = desk_of("joko")

    assert "Your account has no role yet. Ask an administrator for one." in next_steps(text)
    assert "2016–2021" not in text
    assert "All lists" not in text


def test_an_editor_of_an_empty_portal_sees_how_to_begin(db):
    text = desk_of("budi", "Editor")

    assert next_steps(text).startswith("What to do next There is no vision yet")
    assert '<a class="button" href="/admin/periode-baru/">Begin a period</a>' in text
    assert "load_official_text" in desk_of("sri", "Publisher")


# Each period


def states(text):
    """The tags and the sentences of all cards, each tag before its sentence."""
    tags = re.findall(r'<span class="tag">([^<]+)</span>', text)
    sentences = re.findall(r'<p class="period__state">([^<]+)</p>', text)
    return [": ".join(pair) for pair in zip(tags, sentences, strict=True)]


def test_the_newest_period_comes_first_each_with_its_state(portal):
    make_vision()

    text = desk_of("sri", "Publisher")

    assert re.findall(r'<h2 id="period-\d+">([^<]+)</h2>', text) == ["2031–2035", "2016–2021"]
    assert states(text)[0] == "Not published: No edition has been public yet."
    assert states(text)[1].startswith("Archived: The period is over. Edition 2 of ")


@pytest.mark.slow
def test_archived_periods_are_collapsed_below_the_others(portal):
    publish_now(make_vision(2001, 2005))
    archive = re.findall(r'<details class="period"( open)?>', desk_of("sri", "Publisher"))
    publish_now(make_vision())

    text = desk_of("budi", "Editor")

    assert archive == [" open", ""]  # without a current period the first one is open
    assert re.findall(r'<details class="period"( open)?>', text) == ["", ""]
    assert text.index('<section class="period"') < text.index('<details class="period"')


def test_a_collapsed_period_says_how_much_work_is_open(portal):
    rewrite_mission(statement_ind="Kalimat lain.")
    make_vision()

    card = card_of(desk_of("budi", "Editor"), "2016–2021")

    assert "2 kinds of work wait" in in_words(card.partition("</summary>")[0])


@pytest.mark.parametrize(
    ("years", "state"),
    [((2020, 2999), "In force: Edition 1 since 1 February 2026."), ((2998, 2999), "Upcoming: ")],
)
def test_the_desk_marks_a_current_and_a_future_period(db, years, state):
    publish_now(make_vision(*years))

    assert states(desk_of("sri", "Publisher"))[0].startswith(state)


def test_only_the_later_of_two_overlapping_periods_is_in_force(db):
    publish_now(make_vision(2020, 2999))
    earlier = states(desk_of("sri", "Publisher"))
    publish_now(make_vision(2021, 2999))

    sri = Client()
    sri.force_login(Account.objects.get(username="sri"))
    text, editions = sri.get("/admin/").text, sri.get("/admin/editions/edition/").text

    assert earlier == ["In force: Edition 1 since 1 February 2026."]
    assert states(text) == [
        "In force: Edition 1 since 1 February 2026.",
        "Replaced: Vision 2021–2999 is in force now. "
        "Edition 1 of 1 February 2026 can still be read.",
    ]
    assert re.findall(r'<td class="field-state[^"]*">([^<]+)</td>', editions) == [
        "in force",
        "replaced by a later period",
    ]


def test_a_later_period_that_is_only_scheduled_replaces_nothing_yet(db):
    publish_now(make_vision(2020, 2999))
    publish_now(make_vision(2021, 2999), effective_at=clock.now() + timedelta(days=30))

    assert states(desk_of("sri", "Publisher"))[1] == "In force: Edition 1 since 1 February 2026."


def test_the_desk_names_a_scheduled_edition_beside_the_one_in_force(portal):
    rewrite_mission(statement_ind="Kalimat lain.")
    publish_now(portal, effective_at=wib(2999, 1, 31, 8))

    assert states(desk_of("budi", "Editor"))[1] == (
        "Scheduled: Edition 3 takes effect on 31 January 2999, 08:00:00 WIB."
    )


def test_the_desk_says_that_nothing_is_public_if_every_edition_was_withdrawn(db):
    edition = publish_now(make_vision())
    withdraw(edition, reason=Text("Keliru.", "Wrong."), withdrawn_by="sri")

    assert states(desk_of("sri", "Publisher")) == [
        "Withdrawn: Nothing is public: every edition was withdrawn."
    ]


def test_five_places_that_differ_are_named_and_the_rest_counted(portal):
    for number in range(1, 6):
        Element.objects.filter(number=number).update(body_ind=f"Uraian {number}.")
    rewrite_mission(statement_ind="Kalimat lain.")
    Point.objects.filter(element__number=3, parent__marker="(1)", position=1).delete()

    text = desk_of("budi", "Editor")

    assert f'<a href="/admin/naskah/{portal.pk}/?only=changed">7 passages differ from' in text
    assert f'<a href="/admin/naskah/{portal.pk}/#u1">Element 1: Service city</a>' in text
    assert f'<a href="/admin/naskah/{portal.pk}/#taken-out">' in text
    assert "and 2 more places" in text


def test_the_bar_of_the_translation_has_a_text(portal):
    rewrite_mission(statement_ind="Kalimat lain.")
    rewrite_mission(number=3, statement_en="")

    text = desk_of("ratna", "Translator")
    total = int(re.search(r'class="bar" viewBox="0 0 (\d+) 1"', text)[1])

    assert f"{total - 2} of {total} passages are translated" in text
    assert f'<rect class="bar__missing" x="{total - 1}" width="1"' in text
    assert "style=" not in text


def test_the_latest_work_shows_who_changed_what_where_and_when(portal):
    mission = rewrite_mission(statement_ind="Kalimat lain.")
    with recorded(portal.pk, "ratna", Revision.Action.DELETE):
        point = Point.objects.get(element__number=3, marker="(1)")
        point.delete()

    text = re.sub(r"\s+", " ", desk_of("budi", "Editor"))

    assert (
        f'budi changed: <a href="/admin/missions/mission/{mission.pk}/change/">Mission 1</a>'
        in text
    )
    assert "ratna deleted: Element 3, point (1) Smart governance and 2 more" in text
    assert text.index("ratna deleted") < text.index("budi changed")
    assert re.search(r'<time datetime="[^"]+">\d+ \w+ \d{4}, \d\d:\d\d:\d\d WIB</time>', text)


def test_the_latest_work_includes_comments_on_translations(portal):
    passage = next(p for p in read_document(portal).passages() if p.key == "m1.statement")
    record_act(
        "ratna", Act.Kind.REMARKED, passage, Mission.objects.get(number=1), words="Apa maksudnya?"
    )

    text = re.sub(r"\s+", " ", desk_of("budi", "Editor"))

    address = f"/admin/terjemahan/{portal.pk}/?state=all&amp;at=m1.statement#m1.statement"
    assert f'ratna commented: <a href="{address}">Mission 1</a>' in text


def test_a_comment_on_a_deleted_row_is_shown_without_a_link(portal):
    point = Point.objects.get(element__number=2, marker="(c)")
    passage = next(p for p in read_document(portal).passages() if p.key == "u2-3.title")
    record_act("ratna", Act.Kind.REMARKED, passage, point, words="Apa maksudnya?")
    point.delete()

    text = re.sub(r"\s+", " ", desk_of("budi", "Editor"))

    assert re.search("ratna commented: Element 2, point [^<]+ <time", text)


def test_the_desk_shows_the_last_five_revisions(portal):
    for number in range(7):
        rewrite_mission(statement_ind=f"Kalimat {number}.")

    assert desk_of("budi", "Editor").count("<time ") == 5


WAYS = {
    "Editor": ["Manuscript", "Translation", "Structure", "Glossary", "History", "Preview"],
    "Translator": ["Manuscript", "Translation", "Structure", "Glossary", "History", "Preview"],
    "Publisher": ["Manuscript", "Translation", "Structure", "Publish", "History", "Preview"],
}


@pytest.mark.parametrize("role", WAYS)
def test_each_role_is_offered_the_pages_it_may_open(portal, role):
    text = desk_of("sri", role)

    links = re.search(r'<ul class="object-tools">(.*?)</ul>', text, re.DOTALL)[1]
    assert re.findall(r'">\s*([^<]+?)<span', links) == WAYS[role]
    assert f'href="/admin/pratinjau-berbagi/{portal.pk}/"' in text


@pytest.mark.slow
def test_only_a_superuser_is_led_to_the_lists_that_manuscript_and_structure_replace(portal):
    editor, superuser = Client(), Client()
    editor.force_login(make_account("budi", "Editor", "Translator", "Publisher"))
    superuser.force_login(Account.objects.create_superuser("sri", language="en"))
    replaced = [f"/admin/{kind}/" for kind in ("vision/vision", "vision/element", "vision/point")]

    for address in [*replaced, "/admin/missions/mission/"]:
        assert f'href="{address}"' not in editor.get("/admin/").text
        assert f'href="{address}"' in superuser.get("/admin/").text.split("All lists")[1]


# Queries


def queries_of(client):
    with CaptureQueriesContext(connection) as queries:
        client.get("/admin/")
    return len(queries)


@pytest.mark.slow
def test_the_desk_takes_the_same_number_of_queries_for_any_text(db):
    client = Client()
    client.force_login(make_account("sri", "Editor", "Translator", "Publisher"))
    vision = make_vision()
    publish_now(vision)
    rewrite_mission(statement_ind="Kalimat lain.")
    client.get("/admin/")  # loads the edition's document into memory
    before = queries_of(client)

    for number in range(30):
        make_point(vision.elements.first(), f"Butir {number}")
    rewrite_mission(statement_ind="Kalimat lain lagi.")

    assert queries_of(client) == before
    assert before <= 21


@pytest.mark.slow
def test_a_card_says_how_many_saves_it_does_not_list(portal):
    for number in range(7):
        rewrite_mission(statement_ind=f"Kalimat {number}.")

    card = in_words(card_of(desk_of("sri", "Editor"), "2016–2021"))

    assert "and 2 more saves" in card


def test_a_text_that_cannot_be_published_says_how_many_reasons_there_are(portal):
    elements = Element.objects.filter(vision=portal)[:2]
    with recorded(portal.pk, "budi"):
        for element in elements:
            element.statement_words_ind = "bukan kata dari visi"
            element.save()

    assert "And 1 more reason." in next_steps(desk_of("sri", "Editor"))
