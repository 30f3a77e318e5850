"""Database constraints on texts, for the column of each language."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Length, Trim
from django.db.models.lookups import Exact, GreaterThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from vision.fields import FIRST_YEAR, LAST_YEAR


def never_blank(model, *fields, languages=("ind",)):
    """The text of each field has more than white space, in each language."""
    sentences = {
        "ind": _("The Indonesian text is missing. It is the authority and must not be blank."),
        "en": _("The English text is missing here. Both languages need it."),
    }
    return [
        models.CheckConstraint(
            condition=GreaterThan(Length(Trim(f"{field}_{language}")), 0),
            name=f"{model}_{field}_{language}_not_blank",
            violation_error_message=sentences[language],
        )
        for field in fields
        for language in languages
    ]


def at_most(length, model, *fields):
    """At most ``length`` characters, which SQLite does not enforce by itself."""
    return [
        models.CheckConstraint(
            condition=LessThanOrEqual(Length(f"{field}_{language}"), length),
            name=f"{model}_{field}_{language}_length",
            violation_error_message=_("This text is too long. Shorten it or divide it."),
        )
        for field in fields
        for language in ("ind", "en")
    ]


def no_english_alone(model, *fields):
    """No English without Indonesian: the Indonesian page would have nothing to show."""
    return [
        models.CheckConstraint(
            condition=Q(**{f"{field}_en": ""}) | Q(**{f"{field}_ind__gt": ""}),
            name=f"{model}_{field}_en_has_its_ind",
            violation_error_message=_(
                "There is English without Indonesian. Write the Indonesian first."
            ),
        )
        for field in fields
    ]


def either_not_blank(model, first, second):
    """One of two texts has Indonesian words."""
    return models.CheckConstraint(
        condition=Q(**{f"{first}_ind__gt": ""}) | Q(**{f"{second}_ind__gt": ""}),
        name=f"{model}_{first}_or_{second}",
        violation_error_message=_(
            "Write a title or a text in Indonesian: a point without words says nothing."
        ),
    )


def days_in_force():
    """Days are of ``DayField``, run forward, and touch the years of their vision."""
    bounds = (f"{FIRST_YEAR}-01-01", f"{LAST_YEAR}-12-31")
    is_day = {
        name: Q(**{name: ""}) | Q(**{f"{name}__range": bounds}) & Q(Exact(Length(name), 10))
        for name in ("first_day", "last_day")
    }
    # As texts: "2035-12-31" comes before "2036", and "2031-01-01" after "2031".
    year_after = Cast(F("period_end") + 1, models.TextField())
    first_year = Cast("period_start", models.TextField())
    return [
        models.CheckConstraint(
            condition=is_day["first_day"] & is_day["last_day"],
            name="vision_days_are_days",
            violation_error_message=_("Write year, month and day, such as 2026-08-20."),
        ),
        models.CheckConstraint(
            condition=(Q(first_day="") | Q(last_day="") | Q(last_day__gte=F("first_day")))
            & (Q(first_day="") | Q(first_day__lt=year_after))
            & (Q(last_day="") | Q(last_day__gte=first_year)),
            name="vision_days_run_forward",
            violation_error_message=_(
                "The last day must not come before the first, nor the first day after the years "
                "of the vision, nor the last day before them."
            ),
        ),
    ]
