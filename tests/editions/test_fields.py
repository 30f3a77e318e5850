import pytest
from modeltranslation.translator import translator

from editions import fields


@pytest.mark.parametrize("kind", fields.MODELS)
def test_the_table_names_every_text_of_the_models(kind):
    model = fields.MODELS[kind]
    both = translator.get_options_for_model(model).all_fields
    shared = {
        field.name for field in model._meta.fields if getattr(field, "is_shared", False) is True
    }

    rows = [field for field in fields.FIELDS if field.kind == kind]

    assert {field.name for field in rows if not field.is_shared} == set(both)
    assert {field.name for field in rows if field.is_shared} == shared
