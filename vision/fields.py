"""Fields for texts: a line, prose, a web address and a day, cleaned on every way in."""

from datetime import date

from django import forms
from django.contrib.admin.widgets import AdminURLFieldWidget
from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxLengthValidator,
    ProhibitNullCharactersValidator,
    URLValidator,
)
from django.db import models
from django.utils.formats import number_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from vision import text

FIRST_YEAR, LAST_YEAR = 1945, 2999
LINE_LENGTH = 300
PROSE_LENGTH = 20_000
MARK_HELP = _("Put words that are in the other language between [[ and ]].")


def with_marks(help_text):
    return format_lazy("{} {}", help_text, MARK_HELP)


class LongestValidator(MaxLengthValidator):
    """Separates the thousands as the language does: 20.000 in Indonesian, 20,000 in English."""

    message = _("Write at most %(most)s characters. Now there are %(count)s.")

    def __call__(self, value):
        if (count := len(value)) > self.limit_value:
            numbers = {"most": self.limit_value, "count": count}
            words = {name: number_format(it, force_grouping=True) for name, it in numbers.items()}
            raise ValidationError(self.message, self.code, words)


class WordsField(forms.CharField):
    """Words as somebody types or pastes them. They are cleaned before they are counted."""

    def __init__(self, **options):
        super().__init__(**options)
        # Two of Django's validators have better ones here: ``validate_characters`` shows where the
        # character is, and ``LongestValidator`` writes its numbers better.
        self.validators = [
            validator
            for validator in self.validators
            if not isinstance(validator, ProhibitNullCharactersValidator | MaxLengthValidator)
        ]
        self.validators.append(text.validate_characters)
        if self.max_length is not None:
            self.validators.append(LongestValidator(self.max_length))

    def to_python(self, value):
        value = super().to_python(value)
        if value in self.empty_values:
            return value
        return super().to_python(text.cleaned(value))  # strips once more


class LineField(models.TextField):
    """Text of one line, of at most ``max_length`` characters.

    ``marks`` allows the inline mark of ``vision.text``; ``is_shared`` is one column for both
    languages.
    """

    normalise = staticmethod(text.as_line)
    default_length = LINE_LENGTH

    def __init__(self, *args, marks=False, is_shared=False, **kwargs):
        self.marks = marks
        self.is_shared = is_shared
        kwargs.setdefault("max_length", self.default_length)
        super().__init__(*args, **kwargs)

    @property
    def validators(self):
        marks = text.validate_marks if self.marks else text.validate_unmarked
        return [
            *super().validators,
            text.validate_characters,
            marks,
            LongestValidator(self.max_length),
        ]

    def formfield(self, **options):
        return super().formfield(**{"form_class": WordsField} | options)

    def to_python(self, value):
        value = super().to_python(value)
        # Refused characters stay as typed: the validators show the words around them.
        return value if value is None or text.REFUSED.search(value) else self.normalise(value)

    def pre_save(self, model_instance, add):
        value = self.to_python(getattr(model_instance, self.attname))
        # Bypass modeltranslation's descriptor: it would write the Indonesian fallback of an
        # unsuffixed name into the column of the active language.
        model_instance.__dict__[self.attname] = value
        return value

    def get_db_prep_save(self, value, connection):
        """Passed by ``save()`` and by ``update()`` alike."""
        if isinstance(value, str):
            text.validate_characters(value)
            value = self.normalise(value)
        return super().get_db_prep_save(value, connection)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({"marks": True} if self.marks else {})


class ProseField(LineField):
    """Text of one or more paragraphs, a blank line between them."""

    default_length = PROSE_LENGTH

    normalise = staticmethod(text.as_prose)


class AddressField(LineField):
    """The address of a page on the web."""

    default_validators = [URLValidator(schemes=["http", "https"])]

    def formfield(self, **options):
        return super().formfield(**options | {"widget": AdminURLFieldWidget})


def day_of(value):
    """The ``date`` that a ``DayField`` holds. Raises ``ValueError``.

    ISO 8601 has other forms, but only this one sorts as its text does.
    """
    day = date.fromisoformat(value)
    if day.isoformat() != value or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{value} is no day of the years {FIRST_YEAR} to {LAST_YEAR}")
    return day


def validate_day(value):
    try:
        day_of(value)
    except ValueError as error:
        raise ValidationError(
            _("“%(value)s” is not a date. Write year, month and day, such as 2026-08-20."),
            params={"value": value},
        ) from error


class DayInput(forms.DateInput):
    input_type = "date"


class DayField(LineField):
    """A day as ISO 8601 writes it, such as "2026-08-20", so that days sort as their texts do."""

    default_length = 10
    default_validators = [validate_day]

    def formfield(self, **options):
        return super().formfield(**options | {"widget": DayInput})


class CounterField(models.PositiveSmallIntegerField):
    """Counts up by ``update()`` only: saving a row with an older count keeps the newer."""

    def pre_save(self, model_instance, add):
        return super().pre_save(model_instance, add) if add else models.F(self.attname)
