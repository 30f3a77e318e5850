from modeltranslation.translator import TranslationOptions, register

from missions.models import Goal, Mission
from vision.translation import NEVER_NULL, texts_of


@register(Mission)
class MissionTranslation(TranslationOptions):
    fields = texts_of(Mission)
    required_languages = ["id"]
    field_options = dict.fromkeys(fields, NEVER_NULL)


@register(Goal)
class GoalTranslation(TranslationOptions):
    fields = texts_of(Goal)
    required_languages = ["id"]
    field_options = dict.fromkeys(fields, NEVER_NULL)
