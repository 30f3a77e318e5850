"""Eight processes save at random, on either database: history tells what happened, and nothing is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
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
TELL = """
import json
from editorial.models import Version
from editorial.history.recording import rows_of
from vision.models import Vision
rows = {}
for vision in Vision.objects.all():
    rows |= {f"{kind} {key}": columns for (kind, key), (anchor, columns) in rows_of(vision.pk).items()}
versions = Version.objects.order_by("kind", "row", "number").select_related("revision")
print(json.dumps({
    "versions": [[f"{v.kind} {v.row}", v.number, v.before, v.after, v.fields, v.revision.author] for v in versions],
    "rows": rows,
}))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """The address of an empty database, of either kind."""
    return (
        f"sqlite:///{tmp_path / 'portal.sqlite3'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres")
    )


def start(database, *command):
    environment = os.environ | {"PORTAL_DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


def shell(database, script):
    output, errors = start(database, "-c", f"import django; django.setup()\n{script}").communicate()
    assert errors == ""
    return output


def replayed(versions):
    """The rows as history tells them: {row: its columns, or None where it was deleted}."""
    rows = {}
    for key, number, before, after, fields, _author in versions:
        assert (number, before) == rows.get(key, (1, before)), "a version does not begin where the one before ended"
        assert fields == sorted(name for name in {**(before or {}), **(after or {})} if differs(name, before, after))
        rows[key] = number + 1, after
    return {key: columns for key, (_number, columns) in rows.items()}


def differs(name, before, after):
    return name != "last_anchor" and ((before or {}).get(name) or "") != ((after or {}).get(name) or "")


def test_eight_processes_lose_no_work_and_history_replays_to_the_final_state(database):
    shell(database, PREPARE)

    savers = [start(database, "-m", "tests.support.savers", name, str(ACTS)) for name in NAMES]
    outcomes = [saver.communicate() for saver in savers]

    assert [errors for _, errors in outcomes if "Error" in errors] == []  # no "database is locked", no deadlock
    acts = [json.loads(line) for output, _ in outcomes for line in output.splitlines()]
    assert len(acts) == len(NAMES) * ACTS
    assert {status for status, *_ in acts} <= {200, 302, 404, 410}
    saved = [edit for status, *edit in acts if edit]
    assert {status for status, *edit in acts if edit} == {302}

    told = json.loads(shell(database, TELL))
    history = replayed(told["versions"])
    assert history == {key: told["rows"].get(key) for key in history}
    assert [kind for kind in ("mission", "point") if any(key.startswith(kind) for key in history)] == [
        "mission",
        "point",
    ]
    kept = {
        (key, field, (after or {}).get(field), author)
        for key, _, _, after, fields, author in told["versions"]
        for field in fields
    }
    assert {(f"mission {key}", field, text, text.partition(" ")[0]) for key, field, text in saved} <= kept
