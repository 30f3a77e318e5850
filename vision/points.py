"""Points: what stands below an element or a mission, its part, in a list of two levels.

Each kind of part has a table of points. Here is what the tables share.
"""

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from vision import order
from vision.constraints import at_most, either_not_blank, no_english_alone
from vision.fields import (
    LINE_LENGTH,
    PROSE_LENGTH,
    CounterField,
    LineField,
    ProseField,
    with_marks,
)
from vision.text import plain

TWO_LEVELS = _("Points have two levels: an item has no items of its own.")


def parent_field(help_text):
    return models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        related_name="items",
        verbose_name=_("item of"),
        null=True,
        blank=True,
        help_text=help_text,
    )


def point_order(part):
    return [part, F("parent__position").asc(nulls_first=True), "position"]


def point_constraints(model, part):
    return [
        *(
            models.UniqueConstraint(
                fields=[*owner, field],
                condition=Q(parent__isnull=owner == [part]),
                name=f"{model}_{field}_once_per_{owner[-1]}",
                violation_error_message=_("Another point of this list stands there already."),
            )
            for owner in ([part], [part, "parent"])
            for field in ("position", "anchor")
        ),
        either_not_blank(model, "title", "text"),
        models.CheckConstraint(
            condition=LessThanOrEqual(Length("marker"), 10),
            name=f"{model}_marker_length",
            violation_error_message=_("A marker has at most 10 characters."),
        ),
        *no_english_alone(model, "title", "connective", "text"),
        *at_most(LINE_LENGTH, model, "title", "connective"),
        *at_most(PROSE_LENGTH, model, "text"),
    ]


class PointQuerySet(models.QuerySet):
    def of_vision(self, vision):
        """The points of all parts of the vision, each with what is above it."""
        key = f"{self.model.PART}__vision"
        return self.filter(**{key: vision}).select_related(key, "parent")


class PointBase(models.Model):
    """A point. ``PART`` names the key to its part; ``parent`` is the point that it is an item of.

    ``OTHER_PART`` is the sentence about a parent in another part.
    """

    position = models.PositiveSmallIntegerField(_("position"), editable=False)
    anchor = models.PositiveSmallIntegerField(_("anchor"), editable=False)
    marker = LineField(
        _("marker"),
        is_shared=True,
        max_length=10,
        blank=True,
        help_text=_("What comes before the point, as written, such as (a) or (1); empty for none."),
    )
    title = LineField(
        _("title"),
        marks=True,
        blank=True,
        help_text=with_marks(
            _("What the point says first, in bold; the heading of its items, if it has any.")
        ),
    )
    connective = LineField(
        _("connecting words"),
        marks=True,
        blank=True,
        help_text=_("What comes between the title and the items, such as “yaitu:”."),
    )
    text = ProseField(
        _("text"),
        marks=True,
        blank=True,
        help_text=with_marks(
            _("What the point says after its title, or all of it where it has none.")
        ),
    )
    last_anchor = CounterField(default=0, editable=False)

    objects = PointQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self):
        words = " ".join(part for part in (self.marker, self.title_ind, self.text_ind) if part)
        return Truncator(plain(words)).chars(80)

    def save(self, **kwargs):
        if self.anchor is not None:
            return super().save(**kwargs)
        with transaction.atomic(savepoint=False):
            self.anchor = self._next_anchor()
            self.position = (self._last_position() or 0) + 1
            return super().save(**kwargs)

    def clean(self):
        try:
            if self.parent is None:
                return
        except ObjectDoesNotExist:  # which the field itself has refused
            return
        if self.parent.part_id != self.part_id:
            raise ValidationError({"parent": self.OTHER_PART})
        if self.parent.parent_id or (self.pk and self.items.exists()):
            raise ValidationError({"parent": TWO_LEVELS})

    @property
    def part(self):
        return getattr(self, self.PART)

    @property
    def part_id(self):
        return getattr(self, f"{self.PART}_id")

    @property
    def owner(self):
        """The point above it, or its part, which numbers its anchor."""
        return self.parent or self.part

    @property
    def siblings(self):
        """The points of the list that holds it, in their order."""
        same_list = {self.PART: self.part_id, "parent": self.parent_id}
        return type(self).objects.filter(**same_list).order_by("position")

    def _next_anchor(self):
        """The owner's next anchor. It counts all ever given, so none returns after a deletion."""
        owners = type(self.owner).objects.filter(pk=self.owner.pk)
        owners.update(last_anchor=F("last_anchor") + 1)
        return owners.values_list("last_anchor", flat=True).get()

    def _last_position(self):
        return self.siblings.aggregate(last=Max("position"))["last"]

    def move(self, steps):
        """Move the point up (-1) or down (1) in its list, unless it is at the end."""
        with transaction.atomic(savepoint=False):
            # One move at a time, and none while a point is added: both lock the owner.
            type(self.owner).objects.select_for_update().get(pk=self.owner.pk)
            order.move(self, steps, self.siblings, "position")

    def nest(self):
        """Make it the last item of the point above. Returns the new row: see ``place``."""
        siblings = list(self.siblings)
        place = siblings.index(self) if self in siblings else 0
        if place == 0:
            raise ValidationError(_("There is no point above it."))
        above = siblings[place - 1]
        return self.place(self.part, above, above.items.order_by("position").last())

    def unnest(self):
        """Make the item a point, right behind the one it belonged to. Returns the new row."""
        if self.parent is None:
            raise ValidationError(_("It is a point of its own already."))
        return self.place(self.part, None, self.parent)

    def place(self, part, parent, behind):
        """Put it behind a point of another list, or of its own; at the start if that is None.

        Returns the row: a new one in another list, because a row keeps its anchor.
        """
        if parent and (parent.parent_id or self.items.exists()):
            raise ValidationError(TWO_LEVELS)
        with transaction.atomic(savepoint=False):
            point = self if self.owner == (parent or part) else self._made_anew(part, parent)
            rows = list(point.siblings)
            row = rows.pop(rows.index(point))
            rows.insert(rows.index(behind) + 1 if behind else 0, row)
            order.number(rows, "position")
        return point

    def _made_anew(self, part, parent):
        """A new row with the same words and items at the end of another list."""
        model = part.points.model
        words = {name: getattr(self, name) for name in text_columns(type(self))}
        point = model.objects.create(**{model.PART: part}, parent=parent, **words)
        for item in self.items.order_by("position"):
            item._made_anew(part, point)
        self.delete()
        return point


def text_columns(model):
    """The columns of the model's texts, without those whose name has no language."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if getattr(field, "is_shared", False) or hasattr(field, "translated_field")
    ]
