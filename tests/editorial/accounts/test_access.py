"""The answers of every address of the admin to every role, compared with ``access.txt``.

A new address has no line there, and fails. ``WRITE_ACCESS=1 make test ARGS="-k test_access"``
rewrites the table: read its difference before you commit it.
"""

import os
import re
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from editorial.accounts.roles import ROLES
from editorial.history.recording import rows_of
from tests.support.addresses import admin_addresses, filled, make_rows
from tests.support.people.desk import cookies_of
from vision.models import Vision

TABLE = Path(__file__).with_name("access.txt")
PEOPLE = ["stranger", "no role", *ROLES, "superuser"]
WRITERS = {"Editor", "Translator", "Publisher", "superuser"}
# Publishers, who write no text, may reset the working copy to an edition here.
GO_BACK = "editions/edition/<int:edition_id>/kembali/"
METHODS, WIDTH = ["GET", "POST"], 62
# Fields that would change something if they were allowed; sent with all fields of the page.
HOSTILE = {
    "post": "yes",
    "statement_ind": "x",
    "statement_en": "x",
    "name_en": "x",
    "term_en": "x",
    "title_en": "x",
}
HOSTILE |= {
    "do": "all::",
    "en:v-visi.statement": "x",
    "confirm": "on",
    "reset_working_copy": "on",
    "note_ind": "a",
    "note_en": "b",
    "when": "now",
}
INPUT = re.compile(
    r'<(?:input type="(?:hidden|checkbox)"|button) name="([\w:.-]+)" value="([^"]*)"'
)


def client_with(cookies):
    client = Client(raise_request_exception=False)
    client.cookies = SimpleCookie(cookies.output(header="", sep=";"))
    return client


def payload(cookies, path):
    """What the page's forms would send for a superuser, with their tokens, and ``HOSTILE``."""
    inputs = dict(INPUT.findall(client_with(cookies).get(path).text))
    inputs = {
        name: value
        for name, value in inputs.items()
        if name not in ("language", "csrfmiddlewaretoken")
    }
    return inputs | HOSTILE


def answer(cookies, method, path, data):
    """The status of one request, which is rolled back, with its login state."""
    client = client_with(cookies)
    with transaction.atomic():
        response = client.get(path) if method == "GET" else client.post(path, data)
        state = (
            [rows_of(vision.pk) for vision in Vision.objects.all()] if method == "POST" else None
        )
        transaction.set_rollback(True)
    return response.status_code, state


def lines(portal):
    """The lines of the table, and who changed a text at which address."""
    keys, writers = make_rows(portal), []
    cookies = {person: cookies_of(person) for person in PEOPLE}
    before = [rows_of(vision.pk) for vision in Vision.objects.all()]
    table = ["".ljust(WIDTH) + "".join(person.rjust(15) for person in PEOPLE)]
    for route in admin_addresses():
        data = payload(cookies["superuser"], filled(route, keys))
        for method in METHODS:
            line = f"{method:4} {route}".ljust(WIDTH)
            for person in PEOPLE:
                status, state = answer(cookies[person], method, filled(route, keys), data)
                writers += [(person, route)] if state not in (None, before) else []
                line += str(status).rjust(15)
            table.append(line)
    return table, writers


@pytest.mark.django_db
def test_every_address_of_the_admin_answers_each_role_as_the_table_says(portal):
    table, writers = lines(portal)
    if os.environ.get("WRITE_ACCESS"):
        TABLE.write_text("\n".join(table) + "\n")

    assert table == TABLE.read_text().splitlines()
    assert {person for person, _route in writers} == WRITERS
    assert len([route for person, route in writers if person == "superuser"]) > 10
    assert [route for person, route in writers if person == "Publisher"] == [GO_BACK]
