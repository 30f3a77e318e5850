"""The schemas that machine formats are validated against. They are not part of the project."""

from pathlib import Path

import pytest
from django.conf import settings

FOLDER = Path(settings.BASE_DIR).parent / "shared" / "schemas"
PUBLISHED = {
    "StrategicPlanISOVersion20140401.xsd": "OwenAmbur/StratML on GitHub",
    "dcat-ap-3.0.1-shapes.ttl": "SEMICeu/DCAT-AP on GitHub",
}


def schema_file(name):
    """The path of the schema; without it the test is skipped, and says what is wanted."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path} is missing: {PUBLISHED[name]} publishes it")
    return str(path)
