"""The constraints of the database on the working copy."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import override

from missions.models import Mission
from tests.support.factories import make_element, make_point, make_vision, publish_now
from vision.models import Element, Point, Term, Vision

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [Vision, Element, Mission, Term])
@pytest.mark.parametrize("blank", ["", "  "])
def test_indonesian_is_never_blank_in_the_database(portal, model, blank):
    field = {
        "Vision": "statement_ind",
        "Element": "body_ind",
        "Mission": "statement_ind",
        "Term": "term_ind",
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(pk=model.objects.first().pk).update(**{field[model.__name__]: blank})


def test_english_may_be_missing_but_is_never_null(portal):
    mission = Mission.objects.first()
    mission.statement_en = ""
    mission.save()

    with pytest.raises(IntegrityError), transaction.atomic():
        Mission.objects.filter(pk=mission.pk).update(statement_en=None)


def test_a_point_needs_a_title_or_a_text():
    element = make_vision().elements.first()

    with pytest.raises(IntegrityError), transaction.atomic():
        make_point(element, title="")


def test_a_period_runs_forward():
    with pytest.raises(IntegrityError), transaction.atomic():
        make_vision(2035, 2031)


def test_years_may_overlap_but_belong_to_one_vision():
    make_vision(2031, 2035)
    make_vision(2035, 2039)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_vision(2031, 2035)


def test_a_broken_rule_is_explained_in_the_language_of_the_staff():
    vision = make_vision(2031, 2035)
    vision.period_end = 2030

    with pytest.raises(ValidationError, match="tahun|last year"):
        vision.full_clean()


def test_a_number_belongs_to_one_mission():
    vision = make_vision()

    with pytest.raises(IntegrityError), transaction.atomic():
        Mission.objects.create(vision=vision, number=1, statement_ind="Lagi.")


@pytest.mark.parametrize("length", [301, 5000])
def test_a_line_is_not_longer_than_the_database_allows(length):
    vision = make_vision()

    with pytest.raises(IntegrityError), transaction.atomic():
        Vision.objects.filter(pk=vision.pk).update(statement_en="x" * length)


def test_text_is_normalised_on_its_way_into_the_database():
    vision = make_vision(introduction_ind="Satu \u00a0 dua\n\n\n\ntiga ")

    vision.refresh_from_db()
    assert vision.introduction_ind == "Satu dua\n\ntiga"


def test_an_invisible_character_does_not_reach_the_database_by_any_way():
    vision = make_vision()

    with pytest.raises(ValidationError):
        make_vision(2041, 2045, statement_ind="Kota \u202egnalegaM")
    with pytest.raises(ValidationError):
        Vision.objects.filter(pk=vision.pk).update(statement_ind="Kota \u202egnalegaM")


@pytest.fixture(params=["elements", "missions"])
def part(request, db):
    """An element or a mission."""
    return getattr(make_vision(), request.param).first()


def another(part):
    return getattr(make_vision(2041, 2045), f"{part._meta.model_name}s").first()


def new_point(part, **fields):
    """A point that is not saved."""
    own = {part.points.field.name: part}
    return part.points.model(**own, title_ind="Taman", **fields)


def test_an_anchor_is_used_once(part):
    first, second = make_point(part), make_point(part)

    second.delete()
    third = make_point(part)
    item = make_point(part, parent=first)

    assert [first.anchor, third.anchor, item.anchor] == [1, 3, 1]


def test_a_form_opened_before_a_point_was_added_does_not_reuse_its_anchor(part):
    make_point(part).delete()

    part.save()

    assert make_point(part).anchor == 2


@pytest.mark.parametrize("field", ["anchor", "part", "parent"])
def test_a_point_keeps_its_place_in_the_tree(part, field):
    point, other = make_point(part), make_point(part)
    changed = {"anchor": 9, point.PART: another(part), "parent": other}
    name = point.PART if field == "part" else field

    with pytest.raises(IntegrityError, match="keeps"), transaction.atomic():
        type(point).objects.filter(pk=point.pk).update(**{name: changed[name]})


def test_english_without_indonesian_is_refused():
    vision = make_vision()

    with pytest.raises(IntegrityError), transaction.atomic():
        Vision.objects.filter(pk=vision.pk).update(legal_basis_en="Regional Regulation")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://jdih.example", "jdih.example"])
def test_the_address_of_the_regulation_must_be_a_web_address(address):
    vision = make_vision(legal_basis_address="https://jdih.example/1")

    with pytest.raises(IntegrityError), transaction.atomic():
        Vision.objects.filter(pk=vision.pk).update(legal_basis_address=address)
    with pytest.raises(ValidationError, match="legal_basis_address"):
        Vision(legal_basis_address=address).full_clean()


def test_the_last_day_in_force_does_not_come_before_the_first():
    vision = make_vision(first_day="2021-08-20")

    with pytest.raises(IntegrityError), transaction.atomic():
        Vision.objects.filter(pk=vision.pk).update(last_day="2021-08-19")


@pytest.mark.parametrize(
    "days",
    [
        {"first_day": "9999-12-31"},
        {"first_day": "2021"},
        {"first_day": "2036-01-01"},  # after the years
        {"last_day": "2030-12-31"},  # before them
    ],
)
def test_the_days_in_force_touch_the_years(days):
    vision = make_vision(2031, 2035)

    with pytest.raises(IntegrityError), transaction.atomic():
        Vision.objects.filter(pk=vision.pk).update(**days)


@pytest.mark.parametrize(
    "day", ["20 Agustus 2021", "2021-02-30", "20210820", "2021-W34-5", "9999-12-31"]
)
def test_a_day_in_force_is_a_day_of_the_calendar(day):
    with pytest.raises(ValidationError, match="2026-08-20"):
        Vision(last_day=day).full_clean()


def test_an_anchor_is_unique_in_its_list(part):
    first, second = make_point(part), make_point(part)

    with pytest.raises(IntegrityError), transaction.atomic():
        type(second).objects.filter(pk=second.pk).update(anchor=first.anchor)


def test_points_have_two_levels(part):
    too_deep = new_point(part, parent=make_point(part, parent=make_point(part)))

    with pytest.raises(ValidationError, match="parent"):
        too_deep.full_clean(exclude=["position", "anchor"])


def test_an_item_belongs_to_the_part_of_its_point(part):
    item = new_point(another(part), parent=make_point(part))

    with pytest.raises(ValidationError, match="parent"):
        item.full_clean(exclude=["position", "anchor"])


@pytest.mark.parametrize(
    ("moved", "steps", "order"),
    [("b", -1, "bac"), ("b", 1, "acb"), ("a", -1, "abc"), ("c", 1, "abc")],
)
def test_a_point_moves_up_and_down_and_stops_at_the_ends(part, moved, steps, order):
    points = {title: make_point(part, title) for title in "abc"}

    points[moved].move(steps)

    assert "".join(points["a"].siblings.values_list("title_ind", flat=True)) == order


def test_moving_a_point_keeps_its_anchor(part):
    make_point(part)
    second = make_point(part)

    second.move(-1)

    second.refresh_from_db()
    assert (second.position, second.anchor) == (1, 2)


FORBIDDEN = {
    "the years": lambda vision: Vision.objects.filter(pk=vision.pk).update(period_end=2040),
    "an element's number": lambda vision: vision.elements.filter(number=1).update(number=9),
    "a mission's number": lambda vision: vision.missions.filter(number=1).update(number=9),
    "an element of another vision": lambda vision: make_vision(2041, 2045).elements.update(
        vision=vision
    ),
    "an element's end": lambda vision: vision.elements.filter(number=1).delete(),
    "a mission's end": lambda vision: vision.missions.filter(number=1).delete(),
}


@pytest.mark.parametrize("change", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_numbers_and_years_shown_by_an_edition_stay_fixed(change):
    vision = make_vision()
    publish_now(vision)

    with pytest.raises(IntegrityError, match="fixed"), transaction.atomic():
        change(vision)


def test_no_row_gets_a_number_between_published_ones():
    vision = make_vision()
    make_element(vision, number=4, words=("Ramah", "kind"))
    Vision.objects.update(
        statement_ind="Magelang Sehat, Kuat dan Ramah", statement_en="A healthy, strong, kind city"
    )
    vision.refresh_from_db()
    publish_now(vision)

    with pytest.raises(IntegrityError, match="fixed"), transaction.atomic():
        make_element(vision, number=3, words=("Baru", "new"))
    assert make_element(vision, number=5, words=("Baru", "new"))


def test_points_of_a_published_vision_may_be_added_and_deleted():
    vision = make_vision()
    publish_now(vision)

    point = make_point(vision.elements.first())
    point.delete()

    assert not Point.objects.exists()


@pytest.mark.parametrize("language", ["id", "en"])
def test_missing_english_stays_missing_in_any_active_language(db, language):
    mission = make_vision(legal_basis_ind="Peraturan").missions.get()
    with override(language):
        mission.short_title_ind = "Taman"
        mission.save()
        mission.vision.save()

    mission = Mission.objects.get()
    assert (mission.short_title_ind, mission.short_title_en, mission.vision.legal_basis_en) == (
        "Taman",
        "",
        "",
    )
