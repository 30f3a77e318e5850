from modeltranslation.translator import TranslationOptions, register

from vision.models import Element, Point, Term, Vision

# Both columns are NOT NULL: a missing English text is "", and there is one way only to be missing.
NEVER_NULL = {"default": {"null": False}}


@register(Vision)
class VisionTranslation(TranslationOptions):
    fields = ["introduction", "statement", "elements_lead_in", "missions_lead_in", "legal_basis"]
    required_languages = ["id"]
    field_options = dict.fromkeys(fields, NEVER_NULL)


@register(Element)
class ElementTranslation(TranslationOptions):
    fields = ["name", "statement_words", "slug", "body", "points_lead_in"]
    required_languages = {"id": fields, "en": ["slug"]}
    field_options = dict.fromkeys(fields, NEVER_NULL)


@register(Point)
class PointTranslation(TranslationOptions):
    fields = ["title", "connective", "text"]
    required_languages = ["id"]
    field_options = dict.fromkeys(fields, NEVER_NULL)


@register(Term)
class TermTranslation(TranslationOptions):
    fields = ["term", "variants", "definition", "note"]
    required_languages = ["id"]
    field_options = dict.fromkeys(fields, NEVER_NULL)
