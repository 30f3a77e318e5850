"""The translation memory: what it holds, and what it finds for a text."""

from contextlib import suppress
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import transaction
from django.utils.translation import override
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from editions import clock
from editions.document import Text
from editions.models import DAMAGED
from editions.publishing import Refused, withdraw_before_its_time
from editions.working_copy import read_document
from editorial.history.recording import recorded
from editorial.models import Act, Revision
from editorial.translation.acts import record_act, record_translations
from editorial.translation.memory.matching import Memory, Suggestion, memory
from editorial.translation.memory.units import Unit, normal, units
from editorial.translation.saving import StoredPassage, save_english
from editorial.translation.states import translations
from missions.models import Mission
from tests.support.factories import make_imported_unit, make_vision, publish_now

PARKS = "Membangun taman kota."


def memory_of(*pairs):
    return Memory([Unit(source, target, "somewhere") for source, target in pairs])


def offered(its, indonesian, english=""):
    """(English, percent) of the suggestions."""
    found = its.suggestions(Text(indonesian, english))
    return [(each.unit.target, each.percent) for each in found]


def write(vision, author="ratna", **columns):
    """Save the columns of mission 1, as the desk does."""
    with recorded(vision.pk, author) as save:
        mission = vision.missions.get(number=1)
        for name, text in columns.items():
            setattr(mission, name, text)
        mission.save()
    record_translations(save.revision, {})


# What fits


@pytest.mark.parametrize("same", [PARKS, f" {PARKS}\n", "Membangun  taman\nkota."])
def test_texts_that_differ_by_white_space_are_the_same(same):
    assert offered(memory_of((PARKS, "Parks.")), same) == [("Parks.", 100)]


def test_texts_that_differ_by_the_form_of_their_letters_are_the_same():
    assert offered(memory_of(("Caf\u00e9 kota", "Cafe")), "Cafe\u0301 kota") == [("Cafe", 100)]


@pytest.mark.parametrize(
    "other",
    [
        "membangun taman kota.",
        "Membangun taman kota",
        "Membangun [[taman]] kota.",
        "Membangun taman\n\nkota.",
        "Membangun 2 taman kota.",
    ],
)
def test_every_other_difference_makes_a_text_near(other):
    ((english, percent),) = offered(memory_of((PARKS, "Parks.")), other)

    assert (english, percent < 100) == ("Parks.", True)


def test_less_than_70_percent_is_not_offered():
    assert offered(memory_of((PARKS, "Parks.")), "Menanam pohon di jalan.") == []


def test_at_most_three_are_offered_the_nearest_first():
    its = memory_of(*((f"{PARKS[:-1]}{'.' * n}", f"Parks {n}.") for n in range(1, 7)))

    assert [english for english, _percent in offered(its, PARKS)] == [
        "Parks 1.",
        "Parks 2.",
        "Parks 3.",
    ]


def test_english_that_the_passage_has_already_is_not_offered():
    its = memory_of((PARKS, "Parks."), (PARKS, "City parks."))

    assert offered(its, PARKS, "Parks.") == [("City parks.", 100)]


def test_english_of_several_near_texts_is_offered_once_with_the_nearest():
    its = memory_of(("Membangun taman kotaa.", "Parks."), ("Membangun taaman kotaa.", "Parks."))

    assert offered(its, PARKS) == [("Parks.", 97)]


@pytest.mark.parametrize(
    ("pair", "indonesian", "sentence", "marked"),
    [
        (
            ("Visi 2016–2021 kota.", "Vision 2016–2021 of 5."),
            "Visi 2021–2026 kota.",
            "The numbers differ: 2016 in the memory, 2026 here.",
            ["2016"],
        ),
        (
            ("Bab II tentang kota.", "Chapter II on the city."),
            "Bab III tentang kota.",
            "The numbers differ: II in the memory, III here.",
            ["II"],
        ),
        (
            ("Pada misi pertama kota.", "In the first mission."),
            "Pada misi kedua kota.",
            "The numbers differ: pertama in the memory, kedua here.",
            ["first"],
        ),
        (
            ("Sebanyak 5 dari 10 taman.", "5 of 10 parks in all."),
            "Sebanyak 10 dari 5 taman.",
            "The order of the numbers differs: 5, 10 in the memory, 10, 5 here.",
            ["5", "10"],
        ),
        (
            ("Membangun 5 taman kota.", "Building 5 parks."),
            "Membangun taman kota.",
            "The numbers differ: only the memory has 5.",
            ["5"],
        ),
        (
            ("Membangun taman kota.", "Building parks."),
            "Membangun dua puluh satu taman kota.",
            "The numbers differ: only this text has dua puluh satu.",
            [],
        ),
        (("Taman ke-2 kota.", "The second park."), "Taman kedua kota.", "", []),
    ],
)
def test_numbers_that_differ_are_named_and_marked(pair, indonesian, sentence, marked):
    found = Suggestion(Unit(*pair, "somewhere"), indonesian, 90)

    with override("en"):
        assert found.other_numbers == sentence
    assert [words for words, is_other in found.english if is_other] == marked


INDONESIAN = st.lists(
    st.sampled_from(["Kota", "kota", "cerdas", "2016", "2021", "[[smart]]", ",", "\n\n", "  "]),
    min_size=1,
    max_size=8,
).map(" ".join)


@given(st.lists(st.tuples(INDONESIAN, st.sampled_from("ABC")), max_size=8), INDONESIAN)
def test_english_of_other_indonesian_is_never_offered_without_saying_so(pairs, indonesian):
    for found in memory_of(*pairs).suggestions(Text(indonesian)):
        assert (found.unit.source, found.unit.target) in pairs
        is_same = normal(found.unit.source) == normal(indonesian)
        assert found.is_exact == (found.percent == 100) == is_same
        if not is_same:
            assert any(kind != "equal" for kind, _words in found.segments)


@given(st.lists(st.tuples(INDONESIAN, st.sampled_from("ABC")), max_size=8), INDONESIAN)
def test_every_english_of_the_same_indonesian_is_found(pairs, indonesian):
    found = {each.unit.target for each in memory_of(*pairs).exact(indonesian)}

    assert found == {target for source, target in pairs if normal(source) == normal(indonesian)}


# Search


def test_a_search_finds_parts_of_words_in_either_language():
    its = memory_of((PARKS, "Parks."), ("Jalan kota", "A road"))

    assert [unit.target for unit in its.search("TAMAN kota")] == ["Parks."]
    assert [unit.target for unit in its.search("par")] == ["Parks."]
    assert its.search("taman parks") == []


def test_a_search_shows_first_what_has_the_words_in_their_order():
    its = memory_of(("kota yang cerdas", "A"), ("kota cerdas", "B"))

    assert [unit.target for unit in its.search("kota cerdas")] == ["B", "A"]


# What it holds


def sources(indonesian):
    """English: source, of the texts with the same Indonesian."""
    with override("en"):
        return {each.unit.target: str(each.unit.origin) for each in memory().exact(indonesian)}


@pytest.mark.django_db
def test_editions_are_in_the_memory_with_their_period_and_number():
    publish_now(make_vision())

    assert sources(PARKS) == {
        "Building city parks.": "translated like this in 2031–2035, edition 1"
    }


@pytest.mark.django_db
def test_the_newest_edition_is_the_source():
    vision = make_vision()
    publish_now(vision)
    write(vision, statement_ind="Lain.", statement_en="Other.")
    publish_now(vision)
    write(vision, statement_ind=PARKS, statement_en="Building city parks.")
    publish_now(vision)

    assert "edition 3" in sources(PARKS)["Building city parks."]
    assert "edition 2" in sources("Lain.")["Other."]


@pytest.mark.django_db
def test_an_edition_that_nobody_read_is_not_in_the_memory():
    edition = publish_now(make_vision(), effective_at=clock.now() + timedelta(days=9))
    assert "edition 1" in sources(PARKS)["Building city parks."]

    withdraw_before_its_time(edition, withdrawn_by="sri")

    assert "edition" not in sources(PARKS)["Building city parks."]


@pytest.mark.django_db
def test_what_somebody_translated_is_in_the_memory_with_the_person():
    vision = make_vision()

    write(vision, statement_ind="Menanam pohon.", statement_en="Planting trees.")

    (source,) = sources("Menanam pohon.").values()
    assert source.startswith("translated like this in 2031–2035 (ratna, ")


@pytest.mark.django_db
def test_a_pair_that_was_sent_back_is_not_in_the_memory_until_it_is_approved():
    vision = make_vision()
    publish_now(vision)
    passage = translations(read_document(vision))["m1.statement"].passage
    row = Mission.objects.get(vision=vision)

    record_act("wati", Act.Kind.RETURNED, passage, row, words="Keliru.")
    assert sources(PARKS) == {}

    record_act("wati", Act.Kind.REVIEWED, passage, row)
    assert sources(PARKS)


@pytest.mark.django_db
def test_english_published_for_changed_indonesian_is_not_in_the_memory():
    vision = make_vision()
    write(vision, statement_ind="Menutup taman kota.")

    publish_now(vision)

    assert sources("Menutup taman kota.") == {}


def take(vision, english):
    """Fill mission 1 with English of the memory."""
    passage = translations(read_document(vision))["m1.statement"].passage
    stored = StoredPassage(passage, vision.missions.get(number=1))
    texts = [(stored, passage.text, english)]
    save_english("ratna", vision, texts, Revision.Action.FILL, {passage.key: "the memory"})


def approve(vision):
    passage = translations(read_document(vision))["m1.statement"].passage
    record_act("wati", Act.Kind.REVIEWED, passage, vision.missions.get(number=1))


SEVEN, FIVE_EN = "Membangun 7 taman kota.", "Building 5 parks."


@pytest.fixture
def filled(db):
    """A vision with English of the memory that translates nearly the same Indonesian."""
    make_imported_unit("Membangun 5 taman kota.", FIVE_EN)
    vision = make_vision()
    write(vision, statement_ind=SEVEN, statement_en="")
    take(vision, FIVE_EN)
    return vision


def test_filled_english_that_was_published_is_in_the_memory_once_it_is_approved(filled):
    publish_now(filled)
    assert sources(SEVEN) == {}

    approve(filled)
    assert FIVE_EN in sources(SEVEN)


def test_filled_english_that_was_published_for_changed_indonesian_is_not_in_the_memory(filled):
    write(filled, statement_ind="Membangun 8 taman kota.")

    publish_now(filled)

    assert sources("Membangun 8 taman kota.") == {}


@pytest.mark.django_db
def test_an_approved_pair_that_is_filled_again_stays_in_the_memory():
    vision = make_vision()
    publish_now(vision)
    write(vision, statement_en="")

    take(vision, "Building city parks.")

    assert "edition 1" in sources(PARKS)["Building city parks."]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(["Satu.", "Dua."])),
        st.tuples(st.just("take"), st.sampled_from(["One.", "Two."])),
        st.sampled_from([("approve", ""), ("return", ""), ("publish", "")]),
    ),
    max_size=8,
)


@pytest.mark.slow
@pytest.mark.django_db
@settings(
    max_examples=settings.default.max_examples // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS)
@example([("write", "Satu."), ("take", "Two."), ("publish", "")])
@example([("take", "One."), ("write", "Satu."), ("publish", "")])
def test_nothing_is_in_the_memory_as_the_same_that_nobody_approved(steps):
    with transaction.atomic():
        vision = make_vision()
        right = {unit.pair for unit in units()}
        for step, text in steps:
            mission = vision.missions.get(number=1)
            pair = mission.statement_ind, mission.statement_en
            if step == "write":
                write(vision, statement_ind=text)
            elif step == "take":
                take(vision, text)
            elif step == "publish":
                with suppress(Refused):  # nothing differs from the last edition
                    publish_now(vision)
            elif step == "approve":
                approve(vision)
                right.add(pair)
            else:
                passage = translations(read_document(vision))["m1.statement"].passage
                record_act("wati", Act.Kind.RETURNED, passage, mission, words="Keliru.")
                right.discard(pair)
        found = {unit.pair for unit in units()}
        transaction.set_rollback(True)

    assert found == right


@pytest.mark.django_db
def test_a_damaged_edition_leaves_the_rest_of_the_memory(monkeypatch):
    publish_now(make_vision())
    monkeypatch.setattr("editions.models.document_of", Mock(side_effect=DAMAGED[0]))

    assert sources(PARKS)


@pytest.mark.django_db
def test_the_memory_is_kept_while_nothing_is_added(django_assert_num_queries):
    memory()

    with django_assert_num_queries(4):
        memory()
