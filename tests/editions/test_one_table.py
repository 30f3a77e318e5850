"""A text that is added to the table is forgotten nowhere."""

import os
import subprocess
import sys

import pytest
from modeltranslation.translator import translator

from editions import fields
from tests.support.repository import ROOT

PLACES = "tests/editions/places_of_a_text.py"


def test_a_new_text_is_forgotten_nowhere():
    environment = {name: value for name, value in os.environ.items() if "PORTAL_" not in name}
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]

    ran = subprocess.run(
        [sys.executable, *command, "--ds=tests.support.scratch.settings", PLACES],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


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
