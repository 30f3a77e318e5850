"""The states of translations: missing, outdated, in review and done."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editions.document import Text
from editions.working_copy import read_document
from editorial.history.recording import recorded
from editorial.models import Act, Revision
from editorial.rows import rows_by_anchor
from editorial.translation.acts import record_act, record_translations
from editorial.translation.saving import StoredPassage, save_english
from editorial.translation.states import State, last_done, translations
from missions.models import Mission
from tests.support.factories import make_point, make_vision, publish_now
from tests.support.people.desk import change, logged_in, typed
from vision.models import Vision

pytestmark = pytest.mark.django_db
KEY = "m1.statement"
MISSION_2 = {"vision__period_start": 2031, "number": 2}


def now(vision, key=KEY):
    """The present translation of the passage."""
    return translations(read_document(vision))[key]


def write(vision, author="ratna", **columns):
    """Save the columns of mission 1, as a form that was just opened does."""
    with recorded(vision.pk, author) as save:
        mission = vision.missions.get(number=1)
        for name, text in columns.items():
            setattr(mission, name, text)
        mission.save()
    record_translations(save.revision, {})


def tell(vision, kind, author="wati", key=KEY, **details):
    passage = now(vision, key).passage
    return record_act(
        author, kind, passage, Mission.objects.get(vision=vision, number=1), **details
    )


# States of a passage


def test_the_official_text_is_done_as_shipped(portal):
    assert {each.state for each in translations(read_document(portal)).values()} == {State.DONE}


def test_a_passage_without_english_is_missing(portal):
    write(portal, statement_en="")

    assert now(portal).state == State.MISSING


def test_changed_indonesian_makes_the_english_outdated_and_its_source_is_known(portal):
    first = now(portal).passage.text.id
    write(portal, statement_ind="Satu.")
    write(portal, statement_ind="Dua.")

    assert (now(portal).state, now(portal).source) == (State.OUTDATED, first)


def test_indonesian_changed_back_makes_the_english_done_again(portal):
    first = now(portal).passage.text.id
    write(portal, statement_ind="Satu.")
    write(portal, statement_ind=first)

    assert now(portal).state == State.DONE


def test_new_english_is_done_when_it_is_saved(portal):
    write(portal, statement_ind="Satu.")
    write(portal, statement_en="One.")

    assert (now(portal).state, now(portal).authors) == (State.DONE, ("ratna",))


def test_a_confirmation_is_stored_with_its_author_and_both_texts(portal):
    write(portal, statement_ind="Satu.")
    act = tell(portal, Act.Kind.CONFIRMED)

    assert now(portal).state == State.DONE
    assert (act.revision.author, act.revision.action, act.source) == (
        "wati",
        Revision.Action.CONFIRM,
        "Satu.",
    )
    write(portal, statement_ind="Dua.")
    assert (now(portal).state, now(portal).source) == (State.OUTDATED, "Satu.")


def test_a_returned_passage_is_in_review_until_it_is_reviewed(portal):
    tell(portal, Act.Kind.RETURNED, words="Terlalu harfiah.")

    assert (now(portal).state, now(portal).returned.words) == (State.REVIEW, "Terlalu harfiah.")
    tell(portal, Act.Kind.REVIEWED)
    assert now(portal).state == State.DONE


def fill(vision, english, key=KEY):
    """Save English of the memory for a passage, as the desk does."""
    passage = now(vision, key).passage
    row = rows_by_anchor(vision)[passage.anchor]
    text = StoredPassage(passage, row), passage.text, english
    save_english("wati", vision, [text], Revision.Action.FILL, {key: "2016–2021"})


def twins(english=""):
    """A vision of 2031–2035 with two missions alike; the second has this English."""
    vision = make_vision()
    texts = {"statement_ind": "Membangun taman kota.", "statement_en": english}
    Mission.objects.create(vision=vision, number=2, **texts)
    return vision


def test_english_filled_from_the_memory_is_in_review_until_somebody_approves_it(portal):
    vision = twins()

    fill(vision, "Building city parks.", "m2.statement")

    filled = now(vision, "m2.statement")
    assert (filled.state, filled.authors, filled.source) == (
        State.REVIEW,
        (),
        "Membangun taman kota.",
    )
    assert (filled.filled.words, filled.filled.revision.author) == ("2016–2021", "wati")
    record_act("wati", Act.Kind.REVIEWED, filled.passage, Mission.objects.get(**MISSION_2))
    assert now(vision, "m2.statement").state == State.DONE


def test_a_required_reviewer_makes_two_people_approve_a_fill(portal, settings):
    settings.TRANSLATION_REVIEWER = "required"
    vision = twins()
    fill(vision, "Building city parks.", "m2.statement")

    for author, state in [("wati", State.REVIEW), ("ratna", State.DONE)]:
        passage = now(vision, "m2.statement").passage
        record_act(author, Act.Kind.REVIEWED, passage, Mission.objects.get(**MISSION_2))
        assert now(vision, "m2.statement").state == state


def test_a_fill_leaves_the_same_texts_done_elsewhere(portal):
    vision, other = twins(), make_vision(2036, 2040)

    fill(vision, "Building city parks.", "m2.statement")

    assert (now(vision).state, now(other).state) == (State.DONE, State.DONE)


def test_a_filled_passage_stays_in_review_when_it_is_moved(portal):
    vision = twins()
    fill(vision, "Building city parks.", "m2.statement")

    Mission.objects.filter(**MISSION_2).update(number=3)

    assert now(vision, "m3.statement").state == State.REVIEW


def approve(vision, number):
    passage = now(vision, f"m{number}.statement").passage
    record_act("wati", Act.Kind.REVIEWED, passage, vision.missions.get(number=number))


def test_a_filled_passage_stays_in_review_when_the_same_texts_are_approved_elsewhere(portal):
    vision = twins()
    fill(vision, "Building city parks.", "m2.statement")

    approve(vision, 1)

    assert now(vision, "m2.statement").filled
    assert [now(vision, key).state for key in (KEY, "m2.statement")] == [State.DONE, State.REVIEW]


def test_a_filled_passage_stays_in_review_after_the_same_texts_were_sent_back_elsewhere(portal):
    vision = twins()
    fill(vision, "Building city parks.", "m2.statement")
    tell(vision, Act.Kind.RETURNED, words="Keliru.")

    approve(vision, 1)
    assert now(vision, "m2.statement").state == State.REVIEW

    approve(vision, 2)
    assert now(vision, "m2.statement").state == State.DONE


def test_a_filled_passage_stays_in_review_when_it_changes_places_with_the_same_texts(portal):
    vision = twins()
    fill(vision, "Building city parks.", "m2.statement")
    for before, after in [(1, 3), (2, 1), (3, 2)]:
        vision.missions.filter(number=before).update(number=after)

    assert [now(vision, key).state for key in (KEY, "m2.statement")] == [State.REVIEW, State.DONE]

    approve(vision, 1)
    assert now(vision).state == State.DONE


def test_the_same_texts_stay_done_when_a_filled_passage_is_changed_or_deleted(portal):
    vision = twins()
    fill(vision, "Building city parks.", "m2.statement")

    vision.missions.filter(number=2).update(statement_ind="Lain.")
    assert now(vision).state == State.DONE

    vision.missions.filter(number=2).delete()
    assert now(vision).state == State.DONE


def test_a_filled_passage_is_outdated_with_its_source_when_its_indonesian_is_changed(portal):
    vision = twins()
    vision.missions.filter(number=2).update(statement_ind="Membangun 7 taman kota.")
    fill(vision, "Building city parks.", "m2.statement")

    vision.missions.filter(number=2).update(statement_ind="Membangun 8 taman kota.")

    filled = now(vision, "m2.statement")
    assert (filled.state, filled.source) == (State.OUTDATED, "Membangun 7 taman kota.")
    assert filled.filled.words == "2016–2021"


def test_the_last_texts_that_were_done_are_found_among_the_versions_of_these_rows(
    portal, django_assert_num_queries
):
    vision = make_vision()
    write(vision, statement_en="Parks.")
    mission = vision.missions.get(number=1)
    write(vision, statement_ind="Lain.")
    document = read_document(vision)
    pairs = [(StoredPassage(now(vision).passage, mission), now(vision))]

    with django_assert_num_queries(2) as queries:
        found = last_done(document, pairs)

    assert found[KEY] == Text("Membangun taman kota.", "Parks.")
    (of_versions,) = [each["sql"] for each in queries if "editorial_version" in each["sql"]]
    assert '"editorial_version"."kind" = ' in of_versions


def test_a_filled_passage_stays_in_review_when_its_period_is_corrected(portal):
    vision = twins()
    fill(vision, "Building city parks.", "m2.statement")

    Vision.objects.filter(pk=vision.pk).update(period_end=2034)

    assert now(Vision.objects.get(pk=vision.pk), "m2.statement").state == State.REVIEW


def test_english_filled_for_other_indonesian_is_in_review(portal):
    vision = twins()
    Mission.objects.filter(**MISSION_2).update(statement_ind="Membangun dua taman kota.")

    fill(vision, "Building city parks.", "m2.statement")

    assert now(vision, "m2.statement").state == State.REVIEW
    assert now(vision).state == State.DONE


def test_english_without_an_act_is_in_review(portal):
    Mission.objects.filter(vision=portal, number=1).update(statement_en="Written past every form.")

    assert now(portal).state == State.REVIEW


def test_address_words_and_markers_are_no_translations(portal):
    fields = {key.rpartition(".")[2] for key in translations(read_document(portal))}

    assert "body" in fields
    assert not fields & {"slug", "marker"}


def test_english_belongs_to_the_indonesian_that_its_translator_saw(
    portal,
):
    client = logged_in("ratna", "Translator")
    address = change(portal.missions.get(number=1))
    form = typed(client, address, statement_en="What was seen.")
    seen = now(portal).passage.text.id
    write(portal, author="sri", statement_ind="Kalimat baru.")

    client.post(address, form)

    assert (now(portal).state, now(portal).source) == (State.OUTDATED, seen)


def test_saving_both_languages_at_once_makes_the_passage_done(portal):
    client = logged_in("sri", "Editor", "Translator")
    address = change(portal.missions.get(number=1))

    client.post(address, typed(client, address, statement_ind="Baru.", statement_en="New."))

    assert now(portal).state == State.DONE


def test_a_new_row_with_both_languages_is_done(db):
    vision = make_vision()
    client = logged_in("sri", "Editor", "Translator")
    client.post(
        "/admin/vision/term/add/",
        {"vision": vision.pk, "term_ind": "taman", "term_en": "park"},
    )

    assert now(vision, "t-taman.term").state == State.DONE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("acts", "state"),
    [
        ([], State.REVIEW),
        ([(Act.Kind.REVIEWED, "ratna")], State.REVIEW),
        ([(Act.Kind.REVIEWED, "wati")], State.DONE),
        ([(Act.Kind.REVIEWED, "wati"), (Act.Kind.RETURNED, "sri")], State.REVIEW),
        ([(Act.Kind.RETURNED, "sri"), (Act.Kind.REVIEWED, "wati")], State.REVIEW),
    ],
)
def test_a_required_review_needs_a_second_translator(portal, settings, acts, state):
    settings.TRANSLATION_REVIEWER = "required"
    write(portal, author="ratna", statement_en="New.")
    for kind, author in acts:
        tell(portal, kind, author, words="alasan")

    assert now(portal).state == state


def test_a_required_review_does_not_apply_to_the_loaded_text(portal, settings):
    settings.TRANSLATION_REVIEWER = "required"

    assert now(portal).state == State.DONE


# Moved and copied rows


def test_a_nested_point_stays_done(db):
    vision = make_vision()
    element = vision.elements.first()
    make_point(element, "Satu")
    point = make_point(element, "Dua")
    assert now(vision, "u1-2.title").state == State.DONE

    with recorded(vision.pk, "sri", Revision.Action.MOVE):
        point.nest()

    assert now(vision, "u1-1-1.title").state == State.DONE


@pytest.mark.slow
def test_an_outdated_passage_is_outdated_in_the_copy_for_the_next_period_too(portal):
    first = now(portal).passage.text.id
    write(portal, statement_ind="Satu.")
    publish_now(portal)
    client = logged_in("sri", "Editor")
    answer = client.post(
        "/admin/periode-baru/",
        {"period_start": 2031, "period_end": 2035, "source": str(portal.pk)},
    )
    assert answer.status_code == 302, answer.context["form"].errors

    copy = Vision.objects.get(period_start=2031)

    assert (now(copy).state, now(copy).source) == (State.OUTDATED, first)
    assert now(copy, "u1.body").state == State.DONE


def test_passages_with_the_same_english_are_judged_by_their_own_indonesian(db):
    vision = make_vision()
    element = vision.elements.first()
    make_point(element, "Pembangunan", title_en="Development")
    other = make_point(element, "Pengembangan", title_en="Development")

    with recorded(vision.pk, "sri"):
        other.title_ind = "Perluasan"
        other.save()

    assert now(vision, "u1-1.title").state == State.DONE
    assert (now(vision, "u1-2.title").state, now(vision, "u1-2.title").source) == (
        State.OUTDATED,
        "Pengembangan",
    )


# Portals older than acts


def migrate_what_was_before():
    migration = import_module("editorial.migrations.0004_what_was_translated_before")
    migration.keep_acts_of_the_past(apps, SimpleNamespace(connection=connection))


def test_english_published_before_acts_were_recorded_is_done(db):
    vision = make_vision()
    vision.missions.update(statement_ind="Lama.", statement_en="Old.")
    publish_now(vision)
    assert now(vision).state == State.REVIEW

    migrate_what_was_before()

    assert now(vision).state == State.DONE


def test_english_written_before_acts_were_recorded_is_done_and_then_outdated(db):
    vision = make_vision()
    mission = vision.missions.get()
    for columns in ({"statement_ind": "Satu.", "statement_en": "One."}, {"statement_ind": "Dua."}):
        with recorded(vision.pk, "ratna"):
            for name, text in columns.items():
                setattr(mission, name, text)
            mission.save()

    migrate_what_was_before()

    assert (now(vision).state, now(vision).source) == (State.OUTDATED, "Satu.")


# Any sequence of edits


INDONESIAN = st.sampled_from(["Satu.", "Dua.", "Tiga."])
ENGLISH = st.sampled_from(["", "One.", "Two."])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("indonesian"), INDONESIAN),
        st.tuples(st.just("english"), ENGLISH),
        st.just(("confirm", "")),
        st.just(("return", "")),
    ),
    max_size=12,
)


def expected(steps):
    """The state by the rules, computed over the steps."""
    source, target, right, spoken_of = "Nol.", "Zero.", [("Nol.", "Zero.")], {("Nol.", "Zero.")}
    for step, text in steps:
        if step == "indonesian":
            source = text
        elif step == "english":
            if text and text != target:
                right.append((source, text))
                spoken_of.add((source, text))
            target = text
        elif target and step == "confirm":
            right.append((source, target))
            spoken_of.add((source, target))
        elif target and step == "return" and (source, target) in spoken_of:
            right = [pair for pair in right if pair != (source, target)]
    if not target:
        return State.MISSING, ""
    if (source, target) in right:
        return State.DONE, source
    if (source, target) in spoken_of:
        return State.REVIEW, source
    return State.OUTDATED, None


@pytest.mark.slow
@settings(
    max_examples=settings.default.max_examples * 3 // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS)
def test_after_any_edits_the_state_follows_from_the_texts_and_the_acts(steps):
    from django.db import transaction

    with transaction.atomic():
        vision = make_vision()
        write(vision, statement_ind="Nol.", statement_en="Zero.")
        for step, text in steps:
            passage_has_english = bool(vision.missions.get(number=1).statement_en)
            if step == "indonesian":
                write(vision, statement_ind=text)
            elif step == "english":
                write(vision, statement_en=text)
            elif passage_has_english and step == "confirm":
                tell(vision, Act.Kind.CONFIRMED)
            elif passage_has_english and now(vision).source == now(vision).passage.text.id:
                tell(vision, Act.Kind.RETURNED, words="alasan")
        found = now(vision)
        state, source = expected(steps)
        transaction.set_rollback(True)

    assert found.state == state
    if source is not None:
        assert found.source == source
