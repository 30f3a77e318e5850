"""The history of the working copy. Whoever writes to it, in whatever way, does so inside ``recorded``."""

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from editions import clock
from editions.fields import MODELS
from editions.promises import broken_by
from editorial.models import Revision, Version
from editorial.rows import anchor_of
from missions.models import Mission
from vision.models import Element, Point, Term, Vision
from vision.text import one_line

COUNTERS = {
    "last_anchor"
}  # of what was ever given: they rise with a row added below, which is no work on this row
ROWS_OF_VISION = {
    "vision": lambda vision: Vision.objects.filter(pk=vision),
    "element": lambda vision: Element.objects.filter(vision=vision),
    "point": lambda vision: Point.objects.filter(element__vision=vision).select_related(
        "element", "parent"
    ),
    "mission": lambda vision: Mission.objects.filter(vision=vision),
    "term": lambda vision: Term.objects.filter(vision=vision),
}


@dataclass
class Save:
    """A save under way: the key of its vision, which who adds a vision sets, and the revision it became, if any."""

    vision: int | None
    revision: Revision | None = None
    source: dict = field(default_factory=dict)  # columns that say what was copied or gone back to


@contextmanager
def recorded(vision, author, action=Revision.Action.CHANGE, *, savepoint=True, **source):
    """What the block writes to the vision's working copy becomes one revision, in the same transaction.

    ``vision`` is a key, or None where the block adds a vision and sets ``vision`` of the ``Save`` it is given;
    ``author`` is the name that history shows; ``source_period`` and ``source_edition`` say what was
    copied or gone back to. Writers of one vision wait for one another, so what is read inside the
    block stays true until its end. Where nothing differs afterwards, there is no revision.
    ``savepoint=False`` is for a caller within a transaction that any error ends.
    """
    with transaction.atomic(savepoint=savepoint):
        lock(vision)
        before = rows_of(vision)
        save = Save(vision, source=source)
        yield save
        save.revision = _record(save, author, action, before, rows_of(save.vision))


def lock(vision):
    """Until the transaction ends nobody else writes to this vision. SQLite's transactions have one writer anyway."""
    Vision.objects.select_for_update().filter(pk=vision).first()


def rows_of(vision):
    """Every row of the vision's working copy: {(kind, key): (anchor, columns)}. Five queries."""
    return {
        (kind, row.pk): (anchor_of(row), columns_of(row))
        for kind, rows in ROWS_OF_VISION.items()
        for row in rows(vision)
    }


def columns_of(row):
    """The row's columns by name, without its key and the unsuffixed columns, which are never read."""
    return {name: getattr(row, name) for name in column_names(type(row))}


def wordings(rows):
    """What ever stood in the columns of these rows, as far as history knows: {(kind, key, column): texts}.

    A row that nobody changed has no history, and its texts are those of now. One query, or none without rows.
    """
    found, keys = defaultdict(set), {(kind_of(row), row.pk) for row in rows}
    kinds, numbers = {kind for kind, _number in keys}, {number for _kind, number in keys}
    versions = Version.objects.filter(kind__in=kinds, row__in=numbers)
    for kind, number, *states in versions.values_list("kind", "row", "before", "after"):
        for column, text in (pair for state in states if state for pair in state.items()):
            found[kind, number, column].add(text or "")
    return found


def column_names(model):
    fields = model._meta.concrete_fields
    unsuffixed = {
        field.translated_field.name for field in fields if hasattr(field, "translated_field")
    }
    return [
        field.attname for field in fields if not field.primary_key and field.name not in unsuffixed
    ]


def kind_of_model(model):
    return next(kind for kind, other in MODELS.items() if other is model)


def kind_of(row):
    return kind_of_model(type(row))


def check(row):
    """Raise ``ValidationError`` where a form would, with the sentences of the constraints."""
    written = column_names(type(row))
    row.full_clean(
        exclude={field.name for field in row._meta.fields if field.attname not in written}
    )
    if isinstance(row, Element | Mission) and (broken := broken_by(row)):
        raise ValidationError(broken)


def _record(save, author, action, before, after):
    changes = {
        key: fields
        for key in before | after
        if (fields := _fields(before.get(key), after.get(key)))
    }
    if not changes:
        return None
    revision = Revision.objects.create(
        vision_id=save.vision,
        period=_period(save.vision, before | after),
        at=clock.now(),
        author=one_line(author)[:150],
        action=action,
        **save.source,
    )
    numbers = _last_numbers(changes)
    for key, fields in changes.items():
        (old_anchor, old), (anchor, new) = before.get(key, ("", None)), after.get(key, ("", None))
        Version.objects.create(
            revision=revision,
            kind=key[0],
            row=key[1],
            number=numbers.get(key, 0) + 1,
            anchor=anchor or old_anchor,
            before=old,
            after=new,
            fields=fields,
            touches_id=any(not name.endswith("_en") for name in fields),
            touches_en=any(name.endswith("_en") for name in fields),
        )
    return revision


def _fields(before, after):
    """The names of the columns in which two states of a row differ, where a text that is empty in both does not."""
    (_, old), (_, new) = before or ("", {}), after or ("", {})
    names = (old.keys() | new.keys()) - COUNTERS
    return sorted(name for name in names if (old.get(name) or "") != (new.get(name) or ""))


def _period(vision, rows):
    _, columns = rows["vision", vision]
    return f"{columns['period_start']}-{columns['period_end']}"


def _last_numbers(keys):
    kinds, rows = ({key[part] for key in keys} for part in (0, 1))
    versions = Version.objects.filter(kind__in=kinds, row__in=rows).values_list("kind", "row")
    return {
        (kind, row): number
        for kind, row, number in versions.annotate(last=Max("number")).order_by()
    }
