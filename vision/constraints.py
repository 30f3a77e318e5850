"""Database constraints on texts, for the column of each language."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _


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
