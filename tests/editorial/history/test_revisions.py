"""Every save of the working copy becomes one revision, which nobody can change."""

import pytest
from django.db import IntegrityError, connection, transaction

from editions.models import Permanent
from editorial.history.recording import recorded
from editorial.models import Revision, Version
from missions.models import Mission
from tests.support.factories import make_point, make_vision
from vision.models import Element, Vision

pytestmark = pytest.mark.django_db


def save(row, author="sri", **values):
    with recorded(row.vision_id, author):
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def test_a_save_becomes_one_revision_with_both_states_of_the_row(portal):
    mission = Mission.objects.get(number=1)
    former = mission.statement_en

    save(mission, statement_en="Improving services.")

    (version,) = Version.objects.select_related("revision")
    assert (version.revision.author, version.revision.period) == ("sri", "2016-2021")
    assert (version.kind, version.row, version.number, version.anchor) == (
        "mission",
        mission.pk,
        1,
        "m1",
    )
    assert (version.before["statement_en"], version.after["statement_en"]) == (
        former,
        "Improving services.",
    )
    assert version.fields == ["statement_en"]
    assert (version.touches_id, version.touches_en) == (False, True)


def test_saving_without_a_change_leaves_no_revision(portal):
    mission = Mission.objects.get(number=1)

    save(mission, statement_en=mission.statement_en)

    assert not Revision.objects.exists()


def test_a_rolled_back_save_leaves_no_revision(portal):
    mission = Mission.objects.get(number=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        save(mission, statement_ind="")

    assert not Revision.objects.exists()


def test_versions_are_numbered_and_each_begins_as_the_previous_one_ended(portal):
    mission = Mission.objects.get(number=1)

    for words in ("one", "two", "three"):
        save(mission, statement_en=words)

    versions = Version.objects.order_by("number")
    assert [version.number for version in versions] == [1, 2, 3]
    assert [version.before for version in versions][1:] == [version.after for version in versions][
        :-1
    ]


def test_adding_a_point_makes_no_version_of_its_element(portal):
    element = Element.objects.get(number=2)

    with recorded(element.vision_id, "sri", "add"):
        point = make_point(element)

    (version,) = Version.objects.all()
    assert (version.kind, version.row, version.before) == ("point", point.pk, None)
    assert version.anchor == "u2-4"


def test_deleting_an_element_records_the_texts_of_its_points(db):
    vision = make_vision()
    element = vision.elements.get(number=2)
    point = make_point(element)
    make_point(element, parent=point)

    with recorded(vision.pk, "sri", "delete"):
        element.delete()

    (revision,) = Revision.objects.all()
    assert sorted(version.kind for version in revision.versions.all()) == [
        "element",
        "point",
        "point",
    ]
    assert all(version.after is None for version in revision.versions.all())
    assert revision.versions.get(kind="element").before["last_anchor"] == 1


@pytest.mark.parametrize("author", ["sri", "budi\n dua"])
def test_a_new_vision_is_recorded_under_its_key(db, author):
    with recorded(None, author, "add") as scope:
        vision = make_vision()
        scope.vision = vision.pk

    assert scope.revision.vision_id == vision.pk
    assert scope.revision.author == " ".join(author.split())
    assert scope.revision.versions.count() == 1 + 2 + 1


@pytest.mark.parametrize("table", ["editorial_revision", "editorial_version"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_sql_cannot_change_history(portal, table, sql):
    save(Mission.objects.get(number=1), statement_en="x")

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format(table))


def test_code_cannot_change_history(portal):
    save(Mission.objects.get(number=1), statement_en="x")

    for model in (Revision, Version):
        for change in (
            model.objects.first().save,
            model.objects.first().delete,
            model.objects.all().delete,
        ):
            with pytest.raises(Permanent):
                change()
    assert Vision.objects.get().pk == Revision.objects.get().vision_id
