"""The changes of a revision as word differences."""

import pytest

from editorial.history.changes import changes_of, place_of, with_changed_places
from editorial.history.recording import recorded
from editorial.models import Revision, Version
from missions.models import Mission
from public.templatetags.portal import place
from tests.support.factories import make_point, make_vision
from vision.models import Element, Point

pytestmark = pytest.mark.django_db


def save(row, vision, **values):
    with recorded(vision.pk, "sri"):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def test_a_changed_text_is_shown_word_by_word_in_its_language(db):
    vision = make_vision()
    save(vision.missions.get(), vision, statement_en="Building many parks.")

    (change,) = changes_of(Version.objects.get())

    assert (change.passage.kind, change.passage.key) == ("mission", "m1.statement")
    assert change.segments("en")[1:3] == [("delete", "city"), ("insert", "many")]
    assert not change.touches("id")


def test_a_text_of_the_vision_has_the_anchor_of_its_place_on_the_page(portal):
    save(portal, portal, legal_basis_ind="Peraturan Daerah", legal_basis_en="Regional Regulation")

    (change,) = changes_of(Version.objects.get())

    assert change.passage.key == "v-dasar.legal_basis"


def test_the_years_of_a_vision_are_shown_once_for_both_languages(db):
    vision = make_vision(2031, 2035)
    save(vision, vision, period_end=2036)

    (change,) = changes_of(Version.objects.get())

    assert change.is_of_both_languages
    assert change.segments("id") == [("delete", "2035"), ("insert", "2036")]


def test_an_added_point_is_shown_as_new_with_its_name(portal):
    element = Element.objects.get(number=2)
    with recorded(portal.pk, "sri", "add"):
        make_point(element, "Taman", marker="(d)")

    version = Version.objects.get()

    assert place(place_of(version)) == "Unsur 2, butir (d) Taman"
    assert [change.passage.field for change in changes_of(version)] == [
        "position",
        "marker",
        "title",
    ]
    assert all(change.before is None for change in changes_of(version))


def test_a_move_is_shown_as_a_change_of_positions(portal):
    with recorded(portal.pk, "sri", "move"):
        Point.objects.get(element__number=2, marker="(c)").move(-1)

    ((revision, places),) = with_changed_places(Revision.objects.all())

    assert revision.author == "sri"
    told_positions = {
        passage.heading.id[:3]: changes[0].segments("id") for passage, changes in places
    }
    assert told_positions["(c)"] == [("delete", "3"), ("insert", "2")]
    assert told_positions["(b)"] == [("delete", "2"), ("insert", "3")]


def test_the_changes_of_many_revisions_take_two_queries(portal, django_assert_num_queries):
    for mission in Mission.objects.all():
        save(mission, portal, statement_en="Changed.")

    with django_assert_num_queries(2):
        assert len(with_changed_places(Revision.objects.all())) == 5
