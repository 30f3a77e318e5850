"""Eight processes save at random, on either database: history is complete, and no save is lost."""

import json

import pytest

from tests.support.people.savers import ACTS, NAMES, PREPARE, TELL, replayed, shell, start


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """The address of an empty database, of either kind."""
    return (
        f"sqlite:///{tmp_path / 'portal.sqlite3'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres")
    )


def test_eight_processes_lose_no_work_and_history_replays_to_the_final_state(database):
    shell(database, PREPARE)

    savers = [
        start(database, "-m", "tests.support.people.savers", name, str(ACTS)) for name in NAMES
    ]
    outcomes = [saver.communicate() for saver in savers]

    assert [
        errors for _, errors in outcomes if "Error" in errors
    ] == []  # no "database is locked", no deadlock
    acts = [json.loads(line) for output, _ in outcomes for line in output.splitlines()]
    assert len(acts) == len(NAMES) * ACTS
    assert {status for status, *_ in acts} <= {200, 302, 404, 410}
    saved = [edit for status, *edit in acts if edit]
    assert {status for status, *edit in acts if edit} == {302}

    told = json.loads(shell(database, TELL))
    history = replayed(told["versions"])
    assert history == {key: told["rows"].get(key) for key in history}
    assert [
        kind for kind in ("mission", "point") if any(key.startswith(kind) for key in history)
    ] == [
        "mission",
        "point",
    ]
    kept = {
        (key, field, (after or {}).get(field), author)
        for key, _, _, after, fields, author in told["versions"]
        for field in fields
    }
    assert {
        (f"mission {key}", field, text, text.partition(" ")[0]) for key, field, text in saved
    } <= kept
