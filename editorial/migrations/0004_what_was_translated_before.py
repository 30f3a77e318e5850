"""Older portals took published or written English as approved: both become acts."""

import json
from hashlib import sha256

from django.db import migrations


def fingerprint(text):
    return sha256(text.encode()).hexdigest()


def keep_acts_of_the_past(apps, schema_editor):
    database = schema_editor.connection.alias
    acts = apps.get_model("editorial", "Act").objects.using(database)
    editions = apps.get_model("editions", "Edition").objects.using(database)
    versions = apps.get_model("editorial", "Version").objects.using(database)
    nowhere = {"kind": "", "row": 0, "anchor": "", "field": ""}
    known = set()

    def keep(source, target, revision=None, place=nowhere):
        if source and target and (source, target) not in known:
            known.add((source, target))
            marks = {"source_mark": fingerprint(source), "target_mark": fingerprint(target)}
            acts.create(revision=revision, act="translated", source=source, target=target, **marks, **place)

    for file in editions.order_by("pk").values_list("file", flat=True):
        for source, target in pairs_of(json.loads(file)["document"]):
            keep(source, target)
    for version in versions.order_by("pk").select_related("revision"):
        for column in version.fields:
            name, _, language = column.rpartition("_")
            if language == "en" and name != "slug" and version.after:
                place = {"kind": version.kind, "row": version.row, "anchor": version.anchor, "field": name}
                keep(version.after[f"{name}_ind"], version.after[column], version.revision, place)


def pairs_of(data):
    """Every text of the document in both languages."""
    if isinstance(data, dict) and data.keys() == {"id", "en"}:
        yield data["id"], data["en"]
    else:
        for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
            yield from pairs_of(value)


class Migration(migrations.Migration):

    dependencies = [
        ('editions', '0002_second_reader'),
        ('editorial', '0003_translation'),
    ]

    operations = [migrations.RunPython(keep_acts_of_the_past, migrations.RunPython.noop)]
