"""A temporary PostgreSQL server."""

import pytest

from tests.support.postgres import MISSING, PROGRAMS, server


@pytest.fixture(scope="session")
def postgres_server():
    if PROGRAMS is None:
        pytest.skip(MISSING)
    with server() as running:
        yield running


@pytest.fixture
def postgres(postgres_server):
    """The address of an empty database."""
    return postgres_server.make_database()
