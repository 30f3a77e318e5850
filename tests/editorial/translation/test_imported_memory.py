"""Translation memories of other tools: sources of the portal's memory, each with a name."""

import pytest
from django.db import IntegrityError

from tests.support.factories import make_imported_unit

pytestmark = pytest.mark.django_db


def test_a_pair_stands_once_in_its_source():
    make_imported_unit()
    make_imported_unit(source="other.tmx")
    make_imported_unit(english="The healthy city")

    with pytest.raises(IntegrityError, match="imported_unit_once_per_source|UNIQUE"):
        make_imported_unit()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"indonesian": " "}, "imported_unit_indonesian_not_blank"),
        ({"english": ""}, "imported_unit_english_not_blank"),
        ({"source": " "}, "imported_unit_source_not_blank"),
        ({"indonesian": "x" * 20_001}, "imported_unit_indonesian_length"),
        ({"english": "x" * 20_001}, "imported_unit_english_length"),
    ],
)
def test_the_database_refuses_texts_that_are_empty_or_too_long(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make_imported_unit(**fields)
