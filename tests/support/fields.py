"""The fields of the working copy that hold words."""

from missions.models import Mission
from vision.models import Element, Point, Term, Vision

MODELS = [Vision, Element, Point, Term, Mission]


def texts_of(model):
    """The columns of the model that hold words, in both languages."""
    return [
        field
        for field in model._meta.fields
        if hasattr(field, "translated_field") and hasattr(field, "normalise")
    ]
