"""One of many who work at random: ``python -m tests.support.savers NAME COUNT`` prints what came of each act, a line each.

Each act goes through a form, as a browser would send it. Who is told of a conflict decides for their own text; whose
act is refused because something moved leaves it at that.
"""

import json
import random
import sys

import django

ROWS, FIELDS = 5, ("statement_ind", "statement_en", "short_title_ind", "short_title_en")


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
    """[status, mission, column, text]; 302 once the text is kept."""
    from missions.models import Mission

    keys = list(Mission.objects.filter(vision__period_start=2016).order_by("pk").values_list("pk", flat=True))
    key, field = choose.choice(keys[:ROWS]), choose.choice(FIELDS)
    address = f"/admin/missions/mission/{key}/change/"
    response = client.get(address)
    for _attempt in range(20):
        if response.status_code != 200:
            break
        form = response.context["adminform"].form
        data = {name: form[name].value() for name in form.fields} | {field: text}
        if field == "short_title_en" and not data["short_title_ind"]:
            data["short_title_ind"] = "Judul"  # no English without Indonesian
        response = client.post(address, data)
    return [response.status_code, key, field, text]


def move(client, choose, text):
    """[status] of a point moved up or down; 302 if nobody else moved one since the page was shown."""
    from vision.models import Point, Vision

    address = f"/admin/susunan/{Vision.objects.get(period_start=2016).pk}/"
    seen = client.get(address).context["structure"].token
    key = choose.choice(list(Point.objects.order_by("pk").values_list("pk", flat=True)))
    return [client.post(address, {"seen": seen, choose.choice(["up", "down"]): f"point-{key}"}).status_code]


def add(client, choose, text):
    """[status] of a mission added to a vision without an edition; 200 if its number was taken meanwhile."""
    from vision.models import Vision

    vision = Vision.objects.get(period_start=2031).pk
    data = {"vision": vision, "number": choose.randint(2, 9), "statement_ind": text}
    return [client.post("/admin/missions/mission/add/", data).status_code]


def delete(client, choose, text):
    """[status] of one of these missions deleted; also 302 where it was changed meanwhile, 410 where it was gone."""
    from missions.models import Mission

    keys = list(Mission.objects.filter(vision__period_start=2031).order_by("pk").values_list("pk", flat=True))
    if not keys:
        return [404]
    address = f"/admin/missions/mission/{choose.choice(keys)}/delete/"
    page = client.get(address)
    return [client.post(address, {"post": "yes", "token": (page.context or {}).get("token", "")}).status_code]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
