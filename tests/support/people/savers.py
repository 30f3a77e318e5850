"""Many people save random changes at once; history must contain every change.

``python -m tests.support.people.savers NAME COUNT`` runs one of them, and prints each act.
Each act goes through a form, as a browser would send it. At a conflict a saver keeps their
own text. A saver gives up if another change makes the act impossible.
"""

import json
import os
import random
import subprocess
import sys

import django

from tests.support.repository import ROOT

NAMES = [f"penyunting{number}" for number in range(8)]
ACTS = 50
PREPARE = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("load_official_text", verbosity=0)
from editorial.models import Account
from tests.support.factories import make_vision
make_vision()
for name in {NAMES}:
    Account.objects.create_superuser(name)
"""
# The present rows, and the versions of each.
TELL = """
import json
from editorial.models import Version
from editorial.history.recording import rows_of
from vision.models import Vision
rows = {}
for vision in Vision.objects.all():
    of_vision = rows_of(vision.pk).items()
    rows |= {f"{kind} {key}": columns for (kind, key), (anchor, columns) in of_vision}
versions = Version.objects.order_by("kind", "row", "number").select_related("revision")
print(json.dumps({
    "versions": [
        [f"{v.kind} {v.row}", v.number, v.before, v.after, v.fields, v.revision.author]
        for v in versions
    ],
    "rows": rows,
}))
"""

ROWS, FIELDS = 5, ("statement_ind", "statement_en", "short_title_ind", "short_title_en")


def start(database, *command):
    """A process of Python with the settings of the tests, on this database."""
    environment = os.environ | {
        "PORTAL_DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True
    )


def shell(database, script):
    """Run the script there; returns its output."""
    output, errors = start(database, "-c", f"import django; django.setup()\n{script}").communicate()
    assert errors == ""
    return output


def replayed(versions):
    """The rows rebuilt from history: {row: its columns, or None if it was deleted}."""
    rows = {}
    for key, number, before, after, fields, _author in versions:
        assert (number, before) == rows.get(key, (1, before)), (
            "a version does not begin where the one before ended"
        )
        assert fields == sorted(
            name for name in {**(before or {}), **(after or {})} if differs(name, before, after)
        )
        rows[key] = number + 1, after
    return {key: columns for key, (_number, columns) in rows.items()}


def differs(name, before, after):
    return name != "last_anchor" and ((before or {}).get(name) or "") != (
        (after or {}).get(name) or ""
    )


def main(name, count):
    django.setup()
    from django.test import Client
    from django.test.utils import setup_test_environment

    from editorial.models import Account

    setup_test_environment()
    client = Client(raise_request_exception=False)
    client.force_login(Account.objects.get(username=name))
    choose = random.Random(name)
    for number in range(count):
        act = choose.choices([edit, move, add, delete], weights=[6, 2, 1, 1])[0]
        print(json.dumps(act(client, choose, f"{name} menulis kalimat {number}.")), flush=True)


def edit(client, choose, text):
    """[status, mission, column, text]; 302 once the text is saved."""
    from missions.models import Mission

    keys = list(
        Mission.objects.filter(vision__period_start=2016)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    key, field = choose.choice(keys[:ROWS]), choose.choice(FIELDS)
    address = f"/admin/missions/mission/{key}/change/"
    response = client.get(address)
    for _attempt in range(20):
        if response.status_code != 200:
            break
        form = response.context["adminform"].form
        data = {name: form[name].value() for name in form.fields} | {field: text}
        if field == "short_title_en" and not data["short_title_ind"]:
            data["short_title_ind"] = "Judul"  # English is refused without Indonesian
        response = client.post(address, data)
    return [response.status_code, key, field, text]


def move(client, choose, text):
    """[status] of moving a point; 302 if nobody else moved one since the page was shown."""
    from vision.models import Point, Vision

    address = f"/admin/susunan/{Vision.objects.get(period_start=2016).pk}/"
    seen = client.get(address).context["structure"].token
    key = choose.choice(list(Point.objects.order_by("pk").values_list("pk", flat=True)))
    return [
        client.post(
            address, {"seen": seen, choose.choice(["up", "down"]): f"point-{key}"}
        ).status_code
    ]


def add(client, choose, text):
    """[status] of adding a mission to a draft; 200 if its number was taken meanwhile."""
    from vision.models import Vision

    vision = Vision.objects.get(period_start=2031).pk
    data = {"vision": vision, "number": choose.randint(2, 9), "statement_ind": text}
    return [client.post("/admin/missions/mission/add/", data).status_code]


def delete(client, choose, text):
    """[status] of deleting a mission; 302 even if it was changed meanwhile, 410 if it is gone."""
    from missions.models import Mission

    keys = list(
        Mission.objects.filter(vision__period_start=2031)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not keys:
        return [404]
    address = f"/admin/missions/mission/{choose.choice(keys)}/delete/"
    page = client.get(address)
    return [
        client.post(
            address, {"post": "yes", "token": (page.context or {}).get("token", "")}
        ).status_code
    ]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
