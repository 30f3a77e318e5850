from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from vision import order
from vision.constraints import at_most, days_in_force, never_blank, no_english_alone
from vision.fields import (
    FIRST_YEAR,
    LAST_YEAR,
    LINE_LENGTH,
    PROSE_LENGTH,
    AddressField,
    CounterField,
    DayField,
    LineField,
    ProseField,
    with_marks,
)
from vision.points import PointBase, parent_field, point_constraints, point_order
from vision.text import Years

YEARS = [MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)]
TERM_TAKEN = _(
    "This term stands in the glossary already; capitals make no difference. Change the entry "
    "that is there."
)


def explanation_field():
    return ProseField(
        _("in plain words"),
        marks=True,
        blank=True,
        default="",
        db_default="",  # a portal put back to its former release goes on adding rows
        help_text=with_marks(
            _(
                "What the official words say, in at most three short sentences of everyday words: "
                "no example, figure or promise that they do not hold. Pages mark it as an "
                "explanation, not official text. May stay empty."
            )
        ),
    )


def day_field(name, help_text):
    """``db_default``: a portal put back to its former release goes on adding visions."""
    options = {"is_shared": True, "blank": True, "default": "", "db_default": ""}
    return DayField(name, help_text=help_text, **options)


class Vision(Years, models.Model):
    period_start = models.PositiveSmallIntegerField(
        _("first year"),
        validators=YEARS,
        help_text=_(
            "Appears in the title and the address of every page. The first edition fixes both "
            "years."
        ),
    )
    period_end = models.PositiveSmallIntegerField(
        _("last year"),
        validators=YEARS,
        help_text=_("After it, every page says that this vision is archived."),
    )
    introduction = ProseField(
        _("introduction"),
        marks=True,
        help_text=_(
            "The words before the statement, on the home page and in the full text. The page "
            "sets the statement in quotation marks after them."
        ),
    )
    statement = LineField(
        _("statement"),
        help_text=_(
            "The vision itself, in large letters on the home page. Write it without quotation "
            "marks."
        ),
    )
    elements_lead_in = LineField(
        _("lead-in to the elements"),
        marks=True,
        help_text=_(
            "The sentence that leads to the elements: the heading above them in the full text."
        ),
    )
    missions_lead_in = LineField(
        _("lead-in to the missions"),
        marks=True,
        help_text=_(
            "The sentence that leads to the missions: the heading above them in the full text."
        ),
    )
    legal_basis = ProseField(
        _("legal basis"),
        marks=True,
        blank=True,
        help_text=_(
            "The regulation that contains this vision, at the end of the full text. Not shown "
            "while it is empty."
        ),
    )
    legal_basis_address = AddressField(
        _("address of the regulation"),
        is_shared=True,
        blank=True,
        default="",
        db_default="",  # a portal put back to its former release goes on adding visions
        help_text=_(
            "The regulation’s page at the legal documentation site (JDIH), which the full text "
            "links below the legal basis."
        ),
    )
    first_day = day_field(
        _("first day in force"),
        _(
            "Only if it is not 1 January of the first year. From this day on the home page shows "
            "this vision. Takes effect when it is published."
        ),
    )
    last_day = day_field(
        _("last day in force"),
        _(
            "Only if it is not 31 December of the last year. After this day the pages say that "
            "this vision is archived. Takes effect when it is published."
        ),
    )

    class Meta:
        verbose_name = _("vision")
        verbose_name_plural = _("visions")
        ordering = ["-period_start", "-period_end"]
        permissions = [
            ("write_indonesian", _("Can write the Indonesian text and the structure")),
            ("write_english", _("Can write the English text")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")),
                name="vision_period_runs_forward",
                violation_error_message=_("The last year must not come before the first."),
            ),
            models.CheckConstraint(
                condition=Q(period_start__gte=FIRST_YEAR) & Q(period_end__lte=LAST_YEAR),
                name="vision_years_are_of_the_republic",
                violation_error_message=_("Write each year with four digits, from 1945 on."),
            ),
            models.UniqueConstraint(
                fields=["period_start", "period_end"],
                name="vision_one_per_period",
                violation_error_message=_(
                    "There is a vision for these years already. Edit that one."
                ),
            ),
            *never_blank(
                "vision", "introduction", "statement", "elements_lead_in", "missions_lead_in"
            ),
            *no_english_alone("vision", "legal_basis"),
            *at_most(LINE_LENGTH, "vision", "statement", "elements_lead_in", "missions_lead_in"),
            *at_most(PROSE_LENGTH, "vision", "introduction", "legal_basis"),
            models.CheckConstraint(
                condition=Q(legal_basis_address="")
                | Q(legal_basis_address__startswith="https://")
                | Q(legal_basis_address__startswith="http://"),
                name="vision_legal_basis_address_on_the_web",
                violation_error_message=_("Begin the address with https:// or http://."),
            ),
            *days_in_force(),
        ]

    def __str__(self):
        return _("Vision %(period)s") % {"period": self.years}


class Element(models.Model):
    vision = models.ForeignKey(
        Vision,
        on_delete=models.CASCADE,
        related_name="elements",
        verbose_name=_("vision"),
        help_text=_("The vision that this element is a part of."),
    )
    number = models.PositiveSmallIntegerField(
        _("number"),
        validators=[MinValueValidator(1)],
        help_text=_(
            "The element’s place: it appears before its name, and beside its words in the "
            "statement."
        ),
    )
    name = LineField(
        _("name"),
        help_text=_(
            "The heading of the element’s page and its name in lists, such as “Kota Cerdas”."
        ),
    )
    statement_words = LineField(
        _("words of the statement"),
        help_text=_(
            "The words of the statement that name this element, such as “Cerdas”; they must "
            "occur in it exactly once. On the home page they lead to the element."
        ),
    )
    slug = models.SlugField(
        _("address word"),
        help_text=_(
            "The last part of the page’s address. An address that was published keeps working."
        ),
    )
    body = ProseField(
        _("text"),
        marks=True,
        help_text=with_marks(
            _(
                "What the element means, on its page and in the full text. A blank line begins a "
                "new paragraph."
            )
        ),
    )
    points_lead_in = LineField(
        _("lead-in to the points"),
        marks=True,
        blank=True,
        help_text=_(
            "The heading above the points, only where the text sets it apart: “Unsur-unsur Kota "
            "Cerdas:”."
        ),
    )
    explanation = explanation_field()
    last_anchor = CounterField(default=0, editable=False)

    class Meta:
        verbose_name = _("element")
        verbose_name_plural = _("elements")
        ordering = ["vision", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["vision", "number"],
                name="element_number_once_per_vision",
                violation_error_message=_("Another element of this vision has this number."),
            ),
            *(
                models.UniqueConstraint(
                    fields=["vision", f"slug_{language}"],
                    name=f"element_slug_{language}_once_per_vision",
                    violation_error_message=_(
                        "Another element of this vision has this address word."
                    ),
                )
                for language in ("ind", "en")
            ),
            *never_blank("element", "name", "statement_words", "body"),
            *never_blank("element", "slug", languages=("ind", "en")),
            *no_english_alone("element", "points_lead_in", "explanation"),
            *at_most(LINE_LENGTH, "element", "name", "statement_words", "points_lead_in"),
            *at_most(50, "element", "slug"),
            *at_most(PROSE_LENGTH, "element", "body", "explanation"),
        ]

    def __str__(self):
        return f"{self.number}. {self.name_ind} ({self.vision.years})"

    def move(self, steps, behind=0):
        """Move the element up (-1) or down (1) among those of its vision, which get new numbers.

        Elements up to the number ``behind`` keep their place.
        """
        order.move_numbered(self, steps, self.vision.elements, behind)


class Point(PointBase):
    PART = "element"
    OTHER_PART = _("Choose a point of the same element.")

    element = models.ForeignKey(
        Element,
        on_delete=models.CASCADE,
        related_name="points",
        verbose_name=_("element"),
        help_text=_("The element that the point belongs to, below its text."),
    )
    parent = parent_field(
        _("The point this is an item of; empty for a point of the element itself.")
    )

    class Meta(PointBase.Meta):
        verbose_name = _("point")
        verbose_name_plural = _("points")
        ordering = point_order("element")
        constraints = point_constraints("point", "element")


class Term(models.Model):
    vision = models.ForeignKey(
        Vision,
        on_delete=models.CASCADE,
        related_name="terms",
        verbose_name=_("vision"),
        help_text=_("The vision that uses this term."),
    )
    term = LineField(
        _("term"),
        help_text=_(
            "The term as it is written in the text. The glossary shows it beside its English "
            "equivalent."
        ),
    )
    variants = LineField(
        _("variants"),
        blank=True,
        default="",
        db_default="",  # a portal put back to its former release goes on adding terms
        help_text=_(
            "Other forms of the term, separated by “;”: in Indonesian what counts as the same "
            "term, in English what translators may write instead. They need not correspond to one "
            "another."
        ),
    )
    everyday_words = LineField(
        _("everyday words"),
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "Words that the text does not use, by which readers look for this term, separated by "
            "“;”: “sekolah; guru” for “pendidikan”. Search leads them to the term; the glossary "
            "does not show them. The two languages need not correspond."
        ),
    )
    definition = ProseField(
        _("definition"),
        marks=True,
        blank=True,
        help_text=_("What the term means, below it in the glossary."),
    )
    note = ProseField(
        _("note"),
        marks=True,
        blank=True,
        help_text=_("What translators should know about the term. Readers do not see it."),
    )

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        ordering = ["vision", "term_ind"]
        constraints = [
            models.UniqueConstraint(
                "vision",
                Lower("term_ind"),  # texts match a term regardless of capitals
                name="term_once_per_vision_in_any_capitals",
                violation_error_message=TERM_TAKEN,
            ),
            *never_blank("term", "term"),
            *no_english_alone("term", "definition", "note"),
            *at_most(LINE_LENGTH, "term", "term", "variants", "everyday_words"),
            *at_most(PROSE_LENGTH, "term", "definition", "note"),
        ]

    def __str__(self):
        return f"{self.term_ind} – {self.term_en}" if self.term_en else self.term_ind

    def clean(self):
        """SQLite's constraint compares only the capitals from A to Z."""
        others = Term.objects.filter(vision=self.vision_id).exclude(pk=self.pk)
        words = others.values_list("term_ind", flat=True)
        if self.term_ind and self.term_ind.casefold() in map(str.casefold, words):
            raise ValidationError({"term_ind": TERM_TAKEN})
