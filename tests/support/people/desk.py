"""Use the desk as a person does: log in, fill in a form, press its button."""

import re
from contextlib import contextmanager

from django.db import connection
from django.test import Client

from editorial.accounts.roles import ROLES
from editorial.history.recording import recorded
from editorial.models import Account
from missions.models import Mission
from tests.support.factories import make_account

CHANGE_NOTE = {"note_ind": "Kata diperbaiki.", "note_en": "A word was corrected."}


def logged_in(name, *roles):
    client = Client()
    client.force_login(make_account(name, *roles))
    return client


def cookies_of(person):
    """A logged-in browser of this person: "stranger", "no role", a role, or "superuser"."""
    client = Client()
    if person == "superuser":
        client.force_login(Account.objects.create_superuser("super"))
    elif person != "stranger":
        client.force_login(
            make_account(person.replace(" ", ""), *(role for role in ROLES if role == person))
        )
    return client.cookies


def is_inside(client):
    return client.get("/admin/").status_code == 200


def change(row):
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def typed(client, address, **changes):
    """The data that the form at the address sends if only these fields change."""
    form = client.get(address).context["adminform"].form
    initial = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in initial.items() if value is not None} | changes


def confirm_deletion(client, row):
    """Press the button of the page that confirms the deletion of the row."""
    address = change(row).replace("change", "delete")
    return client.post(
        address, {"post": "yes", "token": client.get(address).context["token"]}, follow=True
    )


def publishing_page(vision):
    return f"/admin/vision/vision/{vision.pk}/terbitkan/"


def errors_of(response):
    return [str(error) for errors in response.context["form"].errors.values() for error in errors]


def seen_on(response):
    return re.search(r'name="seen" value="([^"]+)"', response.text)[1]


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def in_one_line(response):
    """The page with single spaces, and none before the end of a tag."""
    return re.sub(r"\s+(>?)", lambda space: space[1] or " ", response.text)


def effects(dry_run):
    """How many texts an import would change in each way, as its dry run says."""
    return {effect.value: count for effect, count in dry_run.context["counts"] if count}


def send(client, address, **data):
    """Publish, or go back: send the form as the page shows it now."""
    page = client.get(address)
    shown = {"seen": seen_on(page), "working_copy": (page.context or {}).get("working_copy", "")}
    return client.post(address, shown | {"when": "now"} | CHANGE_NOTE | data)


def rewrite_mission(number=1, author="budi", **columns):
    """Save other words of the mission as this author. Returns it."""
    mission = Mission.objects.get(number=number)
    with recorded(mission.vision_id, author):
        for column, words in (columns or {"statement_ind": "Kalimat lain."}).items():
            setattr(mission, column, words)
        mission.save()
    return mission


@contextmanager
def somebody_is_faster(save):
    """Another person saves after a request has begun, and before it writes."""
    waiting = [save]

    def before_the_transaction(execute, sql, *arguments):
        if sql.startswith("SAVEPOINT") and waiting:
            waiting.pop()()
        return execute(sql, *arguments)

    with connection.execute_wrapper(before_the_transaction):
        yield


def follow_links(client, base, *starts):
    """Open every page of a preview: (address, response). No link may lead out of ``base``."""
    seen, ahead = set(), list(starts)
    while ahead:
        address = ahead.pop()
        seen.add(address)
        response = client.get(address)
        assert response.status_code == 200, address
        yield address, response
        if response.headers["Content-Type"].startswith("text/html"):
            links = set(re.findall(r'<a [^>]*?href="(/[^"#?]*)', response.text))
            assert all(link.startswith(f"{base}/") for link in links), (address, links)
            ahead += links - seen - set(ahead)
