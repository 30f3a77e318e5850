"""Eight processes save at random, on either database: history tells what happened, and nothing is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMES = [f"penyunting{number}" for number in range(8)]
SAVES = 12
PREPARE = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("load_official_text", verbosity=0)
from editorial.models import Account
for name in {NAMES}:
    Account.objects.create_superuser(name)
"""
TELL = """
import json
from editorial.models import Version
from editorial.revisions import columns_of
from missions.models import Mission
versions = Version.objects.filter(kind="mission").order_by("row", "number")
print(json.dumps({
    "versions": [[v.row, v.number, v.before, v.after, v.fields, v.revision.author] for v in versions],
    "rows": {row.pk: columns_of(row) for row in Mission.objects.all()},
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


def test_eight_processes_lose_no_save_and_history_replays_to_the_final_state(database):
    shell(database, PREPARE)

    savers = [start(database, "-m", "tests.savers", name, str(SAVES)) for name in NAMES]
    outcomes = [saver.communicate() for saver in savers]

    assert [errors for _, errors in outcomes if errors] == []  # no "database is locked", no deadlock, no 500
    saved = [json.loads(line) for output, _ in outcomes for line in output.splitlines()]
    assert [status for *_, status in saved] == [302] * len(NAMES) * SAVES

    told = json.loads(shell(database, TELL))
    rows = {}
    for key, number, before, after, fields, _author in told["versions"]:
        assert (number, before) == rows.get(key, (1, before)), "a version does not begin where the one before ended"
        assert fields == sorted(name for name in before if before[name] != after[name])
        rows[key] = number + 1, after
    assert {str(key): after for key, (_, after) in rows.items()} == told["rows"]
    kept = {
        (key, field, after[field], author) for key, _, _, after, fields, author in told["versions"] for field in fields
    }
    assert {(key, field, text, text.partition(" ")[0]) for key, field, text, _ in saved} <= kept
