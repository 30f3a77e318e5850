"""The account that the first run of the portal makes."""

import pytest
from django.contrib.auth import get_user_model

from magelang_portal.management.commands.serve import create_first_administrator


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
