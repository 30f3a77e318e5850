"""The answers of every address of the admin to every role, compared with ``access.txt``.

A new address has no line there, and fails. ``WRITE_ACCESS=1 make test ARGS="-k test_access"``
rewrites the table: read its difference before you commit it.
"""

import os
import re
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.db import connection, transaction
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
WORKING_COPY = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "(vision|missions)_')
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
    """The status of one request, and the rows after it if it wrote any.

    The request is rolled back, with its login state.
    """
    client, statements = client_with(cookies), []

    def note(execute, sql, *arguments):
        statements.append(sql)
        return execute(sql, *arguments)

    with transaction.atomic():
        with connection.execute_wrapper(note):
            response = client.get(path) if method == "GET" else client.post(path, data)
        has_written = any(WORKING_COPY.match(sql) for sql in statements)
        rows = all_rows() if has_written else None
        transaction.set_rollback(True)
    return response.status_code, rows


def all_rows():
    return [rows_of(vision.pk) for vision in Vision.objects.all()]


def table_of(portal, people):
    """The lines of the table, and the (person, address) pairs that changed a text."""
    keys, writers = make_rows(portal), []
    cookies = {person: cookies_of(person) for person in people}
    before = all_rows()
    table = ["".ljust(WIDTH) + "".join(person.rjust(15) for person in people)]
    for route in admin_addresses():
        path = filled(route, keys)
        data = payload(cookies["superuser"], path) if "superuser" in people else HOSTILE
        for method in METHODS:
            line = f"{method:4} {route}".ljust(WIDTH)
            for person in people:
                status, rows = answer(cookies[person], method, path, data)
                writers += [(person, route)] if rows not in (None, before) else []
                line += str(status).rjust(15)
            table.append(line)
    return table, writers


def expected_table(people):
    """The columns of these people."""
    starts = [WIDTH + 15 * PEOPLE.index(person) for person in people]
    return [
        line[:WIDTH] + "".join(line[start : start + 15] for start in starts)
        for line in TABLE.read_text().splitlines()
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "people", [["stranger", "no role"], pytest.param(PEOPLE, marks=pytest.mark.slow)]
)
def test_every_address_of_the_admin_answers_each_role_as_the_table_says(portal, people):
    table, writers = table_of(portal, people)
    if os.environ.get("WRITE_ACCESS") and people == PEOPLE:
        TABLE.write_text("\n".join(table) + "\n")

    assert table == expected_table(people)
    assert {person for person, _route in writers} == WRITERS.intersection(people)
    if people == PEOPLE:
        assert len([route for person, route in writers if person == "superuser"]) > 10
        assert [route for person, route in writers if person == "Publisher"] == [GO_BACK]
