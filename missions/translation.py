from modeltranslation.translator import TranslationOptions, register

from missions.models import Mission
from vision.translation import NEVER_NULL


@register(Mission)
class MissionTranslation(TranslationOptions):
    fields = ["statement", "short_title"]
    required_languages = ["id"]
    field_options = dict.fromkeys(fields, NEVER_NULL)
