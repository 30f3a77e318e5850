import pytest

from tests.support.people.desk import logged_in


@pytest.fixture
def editor(db):
    return logged_in("sri", "Editor")
