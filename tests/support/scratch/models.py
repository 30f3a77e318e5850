"""A new text as a developer adds it: its column, and its row in the table."""

from editions import fields
from vision.fields import ProseField

SCHEMA = fields.newest_schema() + 1

for kind, model in fields.MODELS.items():
    ProseField("words of scratch", blank=True, default="").contribute_to_class(model, "scratch")
    place = {"section": "legal-basis", "anchor": "v-scratch"} if kind == "vision" else {}
    fields.FIELDS.append(fields.Field(kind=kind, name="scratch", schema=SCHEMA, **place))
