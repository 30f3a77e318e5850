"""What the portal does before it serves: the first account, and migrations by one process."""

from multiprocessing import get_context

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from magelang_portal.management.commands.serve import create_first_administrator
from magelang_portal.operations import migrating


@pytest.mark.django_db
def test_an_administrator_whose_password_could_not_be_printed_is_not_kept():
    class Closed:
        def write(self, words):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        create_first_administrator(Closed())

    assert not get_user_model().objects.exists()


@pytest.mark.django_db
def test_no_administrator_is_made_if_an_account_exists():
    get_user_model().objects.create_user("sari")

    create_first_administrator(None)

    assert get_user_model().objects.get().username == "sari"


@pytest.mark.django_db
def test_a_migrated_database_is_not_new_and_lacks_nothing():
    assert not migrating.is_new()
    assert migrating.pending() == []


@pytest.mark.database("postgresql")
@pytest.mark.django_db
def test_on_postgresql_another_connection_waits_for_the_lock():
    with migrating.alone(), connection.cursor() as cursor:
        assert not migrating.is_locked(cursor)
    with migrating.alone():
        pass


@pytest.mark.slow
@pytest.mark.database("sqlite")
@pytest.mark.django_db
def test_on_sqlite_another_process_waits_for_the_lock(own_data_folder):
    with migrating.alone():
        assert not is_free_elsewhere(own_data_folder / migrating.LOCK)
    assert is_free_elsewhere(own_data_folder / migrating.LOCK)


def is_free_elsewhere(path):
    with get_context("fork").Pool(1) as pool:
        return pool.apply(is_free, [path])


def is_free(path):
    with path.open("w") as file:
        return migrating.is_file_locked(file)
