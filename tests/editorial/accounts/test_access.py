"""Who may open and send what: every address of the admin, for every role, against a written table (``access.txt``).

A new address has no line there, and fails. ``WRITE_ACCESS=1 make test ARGS="-k test_access"`` writes the table as the
portal behaves: read what differs before you keep it.
"""

import os
import re
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver

from editions.models import Edition
from editorial.accounts.roles import ROLES
from editorial.history.recording import recorded, rows_of
from editorial.models import Account, Event, Revision
from editorial.places import vision_of
from tests.support.factories import make_account, make_vision
from vision.models import Point, Term, Vision

TABLE = Path(__file__).with_name("access.txt")
PEOPLE = ["stranger", "no role", *ROLES, "superuser"]
WRITERS = {"Editor", "Translator", "Publisher", "superuser"}
GO_BACK = "editions/edition/<int:edition_id>/kembali/"  # a publisher may make the working copy equal to an edition
METHODS, WIDTH = ["GET", "POST"], 62
# What would change something, were it allowed; beside it stands all that a superuser's page of the address would send.
HOSTILE = {"post": "yes", "statement_ind": "x", "statement_en": "x", "name_en": "x", "term_en": "x", "title_en": "x"}
HOSTILE |= {
    "do": "all::",
    "en:v-visi.statement": "x",
    "confirm": "on",
    "reset_working_copy": "on",
    "note_ind": "a",
    "note_en": "b",
    "when": "now",
}
INPUT = re.compile(r'<(?:input type="(?:hidden|checkbox)"|button) name="([\w:.-]+)" value="([^"]*)"')


def addresses(patterns=None, before=""):
    """The route of every address of the admin, such as ``missions/mission/<path:object_id>/change/``."""
    for pattern in admin.site.get_urls() if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def filled(route, keys):
    """The route with the key of a row that stands in each of its gaps."""
    model = next((name for name in keys if route.startswith(name)), "")
    values = {"object_id": keys.get(model), "id": keys.get(model), "number": 1, "rest": "id/", "app_label": "vision"}
    values |= {"vision_id": keys["vision/vision"], "edition_id": keys["editions/edition"]}
    values |= {"element_id": keys["vision/element"], "content_type_id": 1, "url": "x", "name": "csv"}
    path = re.sub(r"\(\?P<(\w+)>.*?\)", r"<\1>", route).replace(".*)", "").strip("^$")
    return "/admin/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda gap: str(values[gap[1]]), path)


def make_rows(portal):
    """A row of each kind, with a version in its history: their keys by how their routes begin.

    Element and mission are of a vision without an edition, for only there they may be added and deleted.
    """
    draft = make_vision()
    rows = {
        "vision/vision": (portal, "statement"),
        "vision/element": (draft.elements.first(), "name"),
        "vision/point": (Point.objects.get(marker="(a)"), "title"),
        "vision/term": (Term.objects.first(), "term"),
        "missions/mission": (draft.missions.first(), "statement"),
    }
    for row, field in rows.values():
        with recorded(vision_of(row).pk, "rudi"):
            setattr(row, f"{field}_en", "Changed")
            row.save()
    return {name: row.pk for name, (row, _field) in rows.items()} | {
        "editions/edition": Edition.objects.get(number=1).pk,
        "editorial/revision": Revision.objects.latest("pk").pk,
        "editorial/event": Event.objects.latest("pk").pk,
        "editorial/account": Account.objects.create_user("rudi", is_staff=True).pk,
    }


def cookies_of(person):
    client = Client()
    if person == "superuser":
        client.force_login(Account.objects.create_superuser("super"))
    elif person != "stranger":
        client.force_login(make_account(person.replace(" ", ""), *(role for role in ROLES if role == person)))
    return client.cookies


def client_with(cookies):
    client = Client(raise_request_exception=False)
    client.cookies = SimpleCookie(cookies.output(header="", sep=";"))
    return client


def payload(cookies, path):
    """What the forms of the page would send for a superuser, tokens among it, and more."""
    inputs = dict(INPUT.findall(client_with(cookies).get(path).text))
    inputs = {name: value for name, value in inputs.items() if name not in ("language", "csrfmiddlewaretoken")}
    return inputs | HOSTILE


def answer(cookies, method, path, data):
    """The status of one request, of which nothing remains: neither what it wrote nor its logging out."""
    client = client_with(cookies)
    with transaction.atomic():
        response = client.get(path) if method == "GET" else client.post(path, data)
        state = [rows_of(vision.pk) for vision in Vision.objects.all()] if method == "POST" else None
        transaction.set_rollback(True)
    return response.status_code, state


def lines(portal):
    """The table, a line for each address and method, and who changed something at which address."""
    keys, writers = make_rows(portal), []
    cookies = {person: cookies_of(person) for person in PEOPLE}
    before = [rows_of(vision.pk) for vision in Vision.objects.all()]
    table = ["".ljust(WIDTH) + "".join(person.rjust(15) for person in PEOPLE)]
    for route in addresses():
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
