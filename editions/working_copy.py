"""The working copy as a document, and back: the only code that knows both shapes."""

from dataclasses import replace
from itertools import count

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from editions import fields
from editions.document import (
    Document,
    ElementText,
    GoalText,
    MissionText,
    PointText,
    TermText,
    Text,
)
from missions.models import Goal, Mission
from vision.fields import LINE_LENGTH
from vision.models import Element, Point, Term, Vision


class InvalidRow(Exception):
    """A row that no form would accept; the message names its anchor and its fault."""


class PeriodTaken(Exception):
    """A vision for these years exists already."""


def read_document(vision):
    """The working copy of the vision, frozen as it is now. Five queries."""
    points, goals = Lists(PointText, Point, vision), Lists(GoalText, Goal, vision)
    return Document(
        period_start=vision.period_start,
        period_end=vision.period_end,
        **_texts(vision, "vision"),
        elements=tuple(
            ElementText(
                number=element.number,
                **_texts(element, "element"),
                points=points.below(element.pk, None, f"u{element.number}"),
            )
            for element in vision.elements.order_by("number")
        ),
        missions=tuple(
            MissionText(
                number=mission.number,
                **_texts(mission, "mission"),
                points=goals.below(mission.pk, None, f"m{mission.number}"),
            )
            for mission in vision.missions.order_by("number")
        ),
        terms=tuple(
            TermText(**_texts(term, "term"))
            # Sorted here, because databases differ in how they compare letters.
            for term in sorted(
                vision.terms.all(), key=lambda term: (term.term_ind.casefold(), term.term_ind)
            )
        ),
    )


def _texts(row, kind):
    """The texts of the row by their names in the document."""
    return {
        field.name: _text(row, field) if field.is_published else Text() for field in fields.of(kind)
    }


def _text(row, field):
    values = [getattr(row, column) for column in field.columns]
    return values[0] if field.is_shared else Text(*values)


class Lists:
    """The lists of the points of one table. ``shape`` is what they are in the document."""

    def __init__(self, shape, model, vision):
        self.shape, self.lists = shape, {}
        for point in model.objects.of_vision(vision).order_by("position"):
            self.lists.setdefault((point.part_id, point.parent_id), []).append(point)

    def below(self, part, parent, anchor):
        return tuple(
            self.shape(
                anchor=f"{anchor}-{point.anchor}",
                **_texts(point, self.shape.kind),
                points=self.below(part, point.pk, f"{anchor}-{point.anchor}"),
            )
            for point in self.lists.get((part, parent), ())
        )


@transaction.atomic
def write_document(document):
    """Make the working copy of the document's period equal to the document, and return its vision.

    Rows that the document lacks are deleted; all others keep their keys, and what is not published
    of them. Raises ``InvalidRow``.
    """
    vision = _write(vision_of(document) or _new_vision(document), document)
    _never_give_again(vision)
    return vision


@transaction.atomic
def add_document(document):
    """Make a new vision. Raises ``PeriodTaken`` if its years have one, and ``InvalidRow``."""
    if vision_of(document):
        raise PeriodTaken
    return _write(_new_vision(document), document)


def vision_of(document):
    """The vision whose years are those of the document."""
    return Vision.objects.filter(
        period_start=document.period_start, period_end=document.period_end
    ).first()


def _new_vision(document):
    return Vision(period_start=document.period_start, period_end=document.period_end)


def _write(vision, document):
    _save(vision, document)
    _make_room_for_slugs(vision, document.elements)
    _write_numbered(vision, Element, document.elements)
    _write_numbered(vision, Mission, document.missions)
    for rows, texts in (vision.elements, document.elements), (vision.missions, document.missions):
        for text in texts:
            _write_points(rows.get(number=text.number), None, text.points)
    _write_terms(vision, document.terms)
    return vision


def _save(row, source, **others):
    """Write the texts of ``source`` and the other values into the row, if any of them differs."""
    values = others | _columns(source, is_new=not row.pk)
    if row.pk and all(getattr(row, name) == value for name, value in values.items()):
        return
    for name, value in values.items():
        setattr(row, name, value)
    try:
        # The database checks the constraints; here, each would cost a query.
        row.clean_fields(exclude=[field.name for field in row._meta.fields if not field.editable])
        row.clean()
        row.save()
    except (ValidationError, IntegrityError) as error:
        raise InvalidRow(f"{getattr(source, 'anchor', 'vision')}: {reason_of(error)}") from error


def _columns(source, is_new):
    """The texts of a part of the document by the columns of its row."""
    values = {}
    for field in fields.of(source.kind):
        if not (field.is_published or is_new):
            continue
        text = getattr(source, field.name)
        texts = [text] if field.is_shared else [text.id, text.en]
        values |= zip(field.columns, texts, strict=True)
    return values


def reason_of(error):
    """The sentences of the error, each behind the name of the column that it is about."""
    if not hasattr(error, "error_dict"):
        return " ".join(getattr(error, "messages", [str(error)]))
    said = {name: " ".join(dict.fromkeys(words)) for name, words in error.message_dict.items()}
    of_row = said.pop(NON_FIELD_ERRORS, "")
    return " ".join([*(f"{name}: {words}" for name, words in said.items()), of_row]).strip()


def _write_numbered(vision, model, texts):
    model.objects.filter(vision=vision).exclude(number__in=[text.number for text in texts]).delete()
    for text in texts:
        row = model.objects.filter(vision=vision, number=text.number).first()
        _save(row or model(vision=vision, number=text.number), text)


def _make_room_for_slugs(vision, texts):
    """Slugs are unique at every moment: give those that change a placeholder first."""
    slugs = {text.number: (text.slug.id, text.slug.en) for text in texts}
    for element in vision.elements.all():
        if slugs.get(element.number) != (element.slug_ind, element.slug_en):
            aside = f"aside-{element.pk}"
            Element.objects.filter(pk=element.pk).update(slug_ind=aside, slug_en=aside)


def _write_points(part, parent, texts):
    points = part.points.filter(parent=parent)
    rows = {row.anchor: row for row in points.order_by("position")}
    anchors = [int(text.anchor.rpartition("-")[2]) for text in texts]
    if list(rows) != anchors:
        points.exclude(anchor__in=anchors).delete()
        # Positions are unique at every moment, so existing rows first get others.
        behind = 1 + len(texts) + max((row.position for row in rows.values()), default=0)
        points.update(position=F("position") + behind)
        rows = {row.anchor: row for row in points}
    for position, (anchor, text) in enumerate(zip(anchors, texts, strict=True), start=1):
        own = {part.points.field.name: part, "parent": parent, "anchor": anchor}
        row = rows.get(anchor) or part.points.model(**own)
        _save(row, text, position=position)
        _write_points(part, row, text.points)
    if anchors:
        owner = parent or part
        type(owner).objects.filter(pk=owner.pk, last_anchor__lt=max(anchors)).update(
            last_anchor=max(anchors)
        )


def _never_give_again(vision):
    """Let recreated rows count on from the highest anchor that any edition shows below them."""
    highest = {}
    for edition in vision.editions.all():
        for part in edition.document.parts():
            for point in part.all_points():
                owner, _, number = point.anchor.rpartition("-")
                highest[owner] = max(int(number), highest.get(owner, 0))
    for anchor, owner in _owners_by_anchor(vision):
        given = highest.get(anchor, 0)
        type(owner).objects.filter(pk=owner.pk, last_anchor__lt=given).update(last_anchor=given)


def _owners_by_anchor(vision):
    """(Anchor, row) of all that counts anchors: elements, missions, and points with no parent."""
    for letter, parts in (("u", vision.elements), ("m", vision.missions)):
        for part in parts.prefetch_related("points"):
            yield f"{letter}{part.number}", part
            for point in part.points.all():
                if point.parent_id is None:
                    yield f"{letter}{part.number}-{point.anchor}", point


def _write_terms(vision, texts):
    texts = list(_one_of_each_name(texts))
    vision.terms.exclude(term_ind__in=[text.term.id for text in texts]).delete()
    for text in texts:
        row = vision.terms.filter(term_ind=text.term.id).first()
        _save(row or Term(vision=vision), text)


def _one_of_each_name(texts):
    """The terms; a later one gets a number where it differs from an earlier one by capitals only.

    Editions of earlier releases may hold such twins.
    """
    taken, seen = {text.term.id.casefold() for text in texts}, set()
    for text in texts:
        if text.term.id.casefold() in seen:
            text = replace(text, term=Text(_free_name(text.term.id, taken), text.term.en))
            taken.add(text.term.id.casefold())
        seen.add(text.term.id.casefold())
        yield text


def _free_name(name, taken):
    longer = (f"{name[: LINE_LENGTH - 6]} ({number})" for number in count(2))
    return next(name for name in longer if name.casefold() not in taken)
