from django.db.models import SlugField
from modeltranslation.translator import TranslationOptions, register

from vision.fields import LineField
from vision.models import Element, Point, Term, Vision

# Both columns are NOT NULL: a missing English text is "", and a missing text has only this form.
NEVER_NULL = {"default": {"null": False}}


def texts_of(model):
    """The names of the texts that have both languages."""
    words = (field for field in model._meta.fields if isinstance(field, LineField | SlugField))
    return [field.name for field in words if not getattr(field, "is_shared", False)]


@register(Vision)
class VisionTranslation(TranslationOptions):
    fields = texts_of(Vision)
    required_languages = ["id"]
    field_options = dict.fromkeys(fields, NEVER_NULL)


@register(Element)
class ElementTranslation(TranslationOptions):
    fields = texts_of(Element)
    required_languages = {"id": fields, "en": ["slug"]}
    field_options = dict.fromkeys(fields, NEVER_NULL)


@register(Point)
class PointTranslation(TranslationOptions):
    fields = texts_of(Point)
    required_languages = ["id"]
    field_options = dict.fromkeys(fields, NEVER_NULL)


@register(Term)
class TermTranslation(TranslationOptions):
    fields = texts_of(Term)
    required_languages = ["id"]
    field_options = dict.fromkeys(fields, NEVER_NULL)
