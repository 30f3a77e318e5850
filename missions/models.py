from django.core.validators import MinValueValidator
from django.db import models
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from vision import order
from vision.constraints import at_most, never_blank, no_english_alone
from vision.fields import (
    LINE_LENGTH,
    PROSE_LENGTH,
    CounterField,
    LineField,
    ProseField,
    with_marks,
)
from vision.models import Vision, explanation_field
from vision.points import PointBase, parent_field, point_constraints, point_order
from vision.text import plain


class Mission(models.Model):
    vision = models.ForeignKey(
        Vision,
        on_delete=models.CASCADE,
        related_name="missions",
        verbose_name=_("vision"),
        help_text=_("The vision that this mission serves."),
    )
    number = models.PositiveSmallIntegerField(
        _("number"),
        validators=[MinValueValidator(1)],
        help_text=_("The mission’s place: it appears in the heading and the address of its page."),
    )
    statement = ProseField(
        _("statement"),
        marks=True,
        help_text=with_marks(
            _("The mission itself, on the home page, on its own page and in the full text.")
        ),
    )
    short_title = LineField(
        _("short title"),
        blank=True,
        help_text=_(
            "A few words for the mission’s page and the figure. Editorial, not part of the "
            "official text; the page says so. May stay empty."
        ),
    )

    explanation = explanation_field()
    last_anchor = CounterField(
        default=0,
        db_default=0,  # a portal put back to its former release goes on adding missions
        editable=False,
    )

    class Meta:
        verbose_name = _("mission")
        verbose_name_plural = _("missions")
        ordering = ["vision", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["vision", "number"],
                name="mission_number_once_per_vision",
                violation_error_message=_("Another mission of this vision has this number."),
            ),
            *never_blank("mission", "statement"),
            *no_english_alone("mission", "short_title", "explanation"),
            *at_most(PROSE_LENGTH, "mission", "statement", "explanation"),
            *at_most(LINE_LENGTH, "mission", "short_title"),
        ]

    def __str__(self):
        words = plain(self.short_title_ind or self.statement_ind)
        return Truncator(f"{self.number}. {words}").chars(80)

    def move(self, steps, behind=0):
        """Move the mission up (-1) or down (1) among those of its vision, which get new numbers.

        Missions up to the number ``behind`` keep their place.
        """
        order.move_numbered(self, steps, self.vision.missions, behind)


class Goal(PointBase):
    """A point of a mission. "Goal" is how plans name what stands below a mission.

    The portal calls it a point, as below an element: a plan need not list goals there.
    """

    PART = "mission"
    OTHER_PART = _("Choose a point of the same mission.")

    mission = models.ForeignKey(
        Mission,
        on_delete=models.CASCADE,
        related_name="points",
        verbose_name=_("mission"),
        help_text=_("The mission that the point belongs to, below its statement."),
    )
    parent = parent_field(
        _("The point this is an item of; empty for a point of the mission itself.")
    )

    class Meta(PointBase.Meta):
        verbose_name = _("point of a mission")
        verbose_name_plural = _("points of missions")
        ordering = point_order("mission")
        constraints = point_constraints("goal", "mission")
