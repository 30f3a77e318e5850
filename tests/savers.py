"""One of many who save at random: ``python -m tests.savers NAME COUNT`` prints what was acknowledged, a line a save.

Each save goes through the form, as a browser would send it. Who is told of a conflict decides for their own text.
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
    from missions.models import Mission

    setup_test_environment()
    client = Client(raise_request_exception=False)
    client.force_login(Account.objects.get(username=name))
    choose = random.Random(name)
    keys = list(Mission.objects.order_by("pk").values_list("pk", flat=True)[:ROWS])
    for number in range(count):
        key, field = choose.choice(keys), choose.choice(FIELDS)
        text = f"{name} menulis kalimat {number}."
        print(json.dumps([key, field, text, save(client, key, field, text)]), flush=True)


def save(client, key, field, text):
    """The status of the last answer: 302 once the text is kept."""
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
    return response.status_code


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
