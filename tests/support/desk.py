"""The desk as a person at work uses it: logged in, at a form, pressing its button."""

from contextlib import contextmanager

from django.db import connection
from django.test import Client

from tests.support.factories import make_account


def logged_in(name, *roles):
    client = Client()
    client.force_login(make_account(name, *roles))
    return client


def change(row):
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def typed(client, address, **changes):
    """What the form at the address sends when only these fields are changed."""
    form = client.get(address).context["adminform"].form
    initial = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in initial.items() if value is not None} | changes


def confirm_deletion(client, row):
    """Press the button of the page that asks whether the row is to be deleted."""
    address = change(row).replace("change", "delete")
    return client.post(address, {"post": "yes", "token": client.get(address).context["token"]}, follow=True)


@contextmanager
def somebody_is_faster(save):
    """Somebody else saves after a request has begun, and before it begins to write."""
    waiting = [save]

    def before_the_transaction(execute, sql, *arguments):
        if sql.startswith("SAVEPOINT") and waiting:
            waiting.pop()()
        return execute(sql, *arguments)

    with connection.execute_wrapper(before_the_transaction):
        yield
