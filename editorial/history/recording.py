"""The history of the working copy: all code that writes to it does so inside ``recorded``."""

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from editions import clock
from editions.fields import MODELS
from editions.promises import broken_by
from editorial.models import Revision, Version
from editorial.rows import anchor_of
from missions.models import Goal, Mission
from vision.models import Element, Point, Term, Vision
from vision.text import one_line

COUNTERS = {"last_anchor"}  # they count rows below, and are no change of this row
ROWS_OF_VISION = {
    "vision": lambda vision: Vision.objects.filter(pk=vision),
    "element": lambda vision: Element.objects.filter(vision=vision),
    "point": lambda vision: Point.objects.of_vision(vision),
    "mission": lambda vision: Mission.objects.filter(vision=vision),
    "goal": lambda vision: Goal.objects.of_vision(vision),
    "term": lambda vision: Term.objects.filter(vision=vision),
}


@dataclass
class Save:
    """A save under way."""

    vision: int | None  # the key; set by the block that adds a vision
    source: dict  # fields of the revision: the source of a copy or a reset
    revision: Revision | None = None  # after the block, if anything changed


@contextmanager
def recorded(vision, author, action=Revision.Action.CHANGE, *, savepoint=True, **source):
    """Record what the block writes to the vision's working copy as one revision.

    ``vision`` is a key, or None where the block adds a vision and sets it on the ``Save``.
    ``author`` is the name that history shows. ``source_period`` and ``source_edition`` name the
    source of a copy or a reset. Writers of one vision wait for one another, so what the block reads
    stays true until its end. If nothing differs afterwards, there is no revision.
    ``savepoint=False`` is for a caller within a transaction that any error ends.
    """
    with transaction.atomic(savepoint=savepoint):
        lock(vision)
        before = rows_of(vision)
        save = Save(vision, source)
        yield save
        save.revision = _record(save, author, action, before, rows_of(save.vision))


def lock(vision):
    """Keep other writers from this vision until the transaction ends.

    SQLite allows only one writer anyway.
    """
    Vision.objects.select_for_update().filter(pk=vision).first()


def rows_of(vision):
    """Every row of the working copy: {(kind, key): (anchor, columns)}, in six queries."""
    return {
        (kind, row.pk): (anchor_of(row), columns_of(row))
        for kind, rows in ROWS_OF_VISION.items()
        for row in rows(vision)
    }


def columns_of(row):
    """The row's columns by name, without its key and the unsuffixed columns."""
    return {name: getattr(row, name) for name in column_names(type(row))}


def wordings(rows):
    """All texts of these rows in the history: {(kind, key, column): texts}, in one query.

    An unchanged row has no history.
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
    translated = [field for field in fields if hasattr(field, "translated_field")]
    left_out = {model._meta.pk.name, *(field.translated_field.name for field in translated)}
    return [field.attname for field in fields if field.name not in left_out]


def kind_of_model(model):
    return next(kind for kind, other in MODELS.items() if other is model)


def kind_of(row):
    return kind_of_model(type(row))


def validate(row):
    """Raise the ``ValidationError`` of a form, with the constraints' sentences."""
    written = column_names(type(row))
    row.full_clean(
        exclude={field.name for field in row._meta.fields if field.attname not in written}
    )
    if isinstance(row, Element | Mission) and (broken := broken_by(row)):
        raise ValidationError(broken)


def _record(save, author, action, before, after):
    fields_of = {key: _fields(before.get(key), after.get(key)) for key in before | after}
    changes = {key: fields for key, fields in fields_of.items() if fields}
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
    """The names of the columns that differ; None and "" do not."""
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
