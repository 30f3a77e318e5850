"""The text fields of the working copy."""

from missions.models import Goal, Mission
from vision.models import Element, Point, Term, Vision

MODELS = [Vision, Element, Point, Term, Mission, Goal]


def texts_of(model):
    """The text columns of the model, in both languages."""
    return [
        field
        for field in model._meta.fields
        if hasattr(field, "translated_field") and hasattr(field, "normalise")
    ]
