"""The database protects editions from every SQL statement."""

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection

from editions.models import Edition
from editions.triggers import TRIGGERS, create_statements, drop_triggers, missing_triggers
from tests.support.sql import COLUMNS, run

pytestmark = pytest.mark.django_db


CHANGES = {
    "update": "UPDATE editions_edition SET publisher = 'x' WHERE number = 1",
    "update of the file": "UPDATE editions_edition SET file = '{}', sha256 = 'x' WHERE number = 1",
    "delete": "DELETE FROM editions_edition WHERE number = 2",
    "a gap": f"INSERT INTO editions_edition ({COLUMNS}) "
    "SELECT vision_id, period_start, period_end, 9, "
    "'2030-01-01 00:00:00', 'a', 'b', '{}', 'y', 'x', published_at, 0 FROM editions_edition "
    "WHERE number = 1",
    "an earlier time": f"INSERT INTO editions_edition ({COLUMNS}) "
    "SELECT vision_id, period_start, period_end, 3, "
    "'2020-01-01 00:00:00', 'a', 'b', '{}', 'y', 'x', published_at, 0 FROM editions_edition "
    "WHERE number = 1",
}


@pytest.mark.parametrize("sql", CHANGES.values(), ids=CHANGES.keys())
def test_sql_cannot_change_an_edition(portal, sql):
    files = list(Edition.objects.values_list("file", flat=True))

    with pytest.raises(IntegrityError):
        run(sql)

    assert list(Edition.objects.values_list("file", flat=True)) == files


@pytest.mark.parametrize("number", [1, 3])
def test_insert_or_replace_cannot_replace_an_edition(portal, number):
    replace = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    first = Edition.objects.get(number=1)

    with pytest.raises(IntegrityError):
        run(
            f"{replace} INTO editions_edition (id, {COLUMNS}) SELECT id, vision_id, "
            f"period_start, period_end, "
            "%s, '2030-01-01 00:00:00', 'a', 'b', '{}', 'y', 'x', published_at, 0 FROM "
            "editions_edition WHERE id = %s",
            number,
            first.pk,
        )

    assert Edition.objects.get(pk=first.pk).sha256 == first.sha256


@pytest.mark.parametrize("row", ["editions_edition", "editorial_act", "vision_vision"])
def test_an_insert_that_would_update_an_existing_row_is_refused(portal, row):
    column = {
        "editions_edition": "publisher",
        "editorial_act": "anchor",
        "vision_vision": "period_start",
    }[row]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {row} LIMIT 0")
        names = [name for name, *_ in cursor.description]

    with pytest.raises(IntegrityError):
        run(
            f"INSERT INTO {row} ({', '.join(names)}) SELECT {', '.join(names)} FROM {row} WHERE "
            f"TRUE "
            f"ON CONFLICT (id) DO UPDATE SET {column} = '1999'"
        )


@pytest.mark.database("postgresql")  # SQLite has no TRUNCATE: its DELETE is refused above
@pytest.mark.parametrize(
    "table",
    [
        "editions_edition",
        "editions_withdrawal",
        "vision_element",
        "missions_mission",
        "editorial_version",
    ],
)
def test_a_table_cannot_be_emptied(portal, table):
    connection.check_constraints()  # otherwise a pending check would fail first

    with pytest.raises(IntegrityError, match="permanent|fixed"):
        run(f"TRUNCATE {table} CASCADE")


@pytest.mark.database(
    "sqlite"
)  # PostgreSQL has no INSERT OR REPLACE: its ON CONFLICT is refused above
def test_replacing_a_row_cannot_move_a_published_vision_to_other_years(portal):
    columns = [
        field.column
        for field in portal._meta.fields
        if field.column not in ("period_start", "period_end")
    ]

    with pytest.raises(IntegrityError, match="fixed"):
        run(
            f"INSERT OR REPLACE INTO vision_vision (period_start, period_end, "
            f"{', '.join(columns)}) "
            f"SELECT 1999, 2004, {', '.join(columns)} FROM vision_vision"
        )


@pytest.mark.parametrize(
    "sql", ["UPDATE editions_withdrawal SET reason_ind = 'x'", "DELETE FROM editions_withdrawal"]
)
def test_sql_cannot_change_a_withdrawal(portal, sql):
    from editions.document import Text
    from editions.publishing import withdraw

    withdraw(Edition.objects.get(number=2), reason=Text("Keliru", "Wrong"), withdrawn_by="a")

    with pytest.raises(IntegrityError):
        run(sql)


def test_verify_editions_finds_no_fault_in_published_editions(portal, capsys):
    call_command("verify_editions")

    assert "2 editions" in capsys.readouterr().out


FORGERIES = {
    "the file": (
        "UPDATE editions_edition SET file = replace(file, 'Cerdas', 'Pintar') WHERE number = 1",
        "edition 1",
    ),
    "the note": ("UPDATE editions_edition SET note_en = 'x' WHERE number = 2", "edition 2"),
    "the time": (
        "UPDATE editions_edition SET effective_at = '2020-01-01 00:00:00' WHERE number = 1",
        "edition 1",
    ),
    "a deletion": ("DELETE FROM editions_edition WHERE number = 1", "edition 1 is gone"),
    "not JSON": (
        "UPDATE editions_edition SET file = 'x' WHERE number = 2",
        "edition 2.*cannot be read",
    ),
}


@pytest.mark.parametrize(("sql", "named"), FORGERIES.values(), ids=FORGERIES.keys())
def test_verify_editions_names_changes_that_bypassed_the_triggers(portal, sql, named):
    drop_triggers()
    run(sql)

    with pytest.raises(CommandError, match=named):
        call_command("verify_editions")


def test_verify_editions_finds_a_forgery_whose_hash_was_forged_too(portal):
    from editions.models import hash_of

    first = Edition.objects.get(number=1)
    forged = first.file.replace("Cerdas", "Pintar")
    drop_triggers()
    run(
        "UPDATE editions_edition SET file = %s, sha256 = %s WHERE id = %s",
        forged,
        hash_of(forged),
        first.pk,
    )

    with pytest.raises(CommandError, match="edition 2: it does not follow"):
        call_command("verify_editions")


def test_the_triggers_work_on_the_oldest_sqlite_that_django_supports():
    """SQLite has the operators -> and ->> from 3.38 only."""
    statements = [line for trigger in TRIGGERS for line in create_statements("sqlite", trigger)]

    assert not [line for line in statements if "->" in line]


@pytest.mark.django_db(transaction=True)
def test_a_missing_trigger_fails_the_system_check_and_migrate_cures_it():
    drop_triggers()
    with pytest.raises(SystemCheckError, match=r"editions\.W001"):
        call_command("check", databases=["default"], fail_level="WARNING")

    call_command("migrate", verbosity=0, skip_checks=False)

    call_command("check", databases=["default"], fail_level="WARNING")
    assert missing_triggers() == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_triggers_exist_after_a_later_migration_rebuilds_their_tables(settings, live_portal):
    settings.MIGRATION_MODULES = {"editions": "tests.later_migrations"}

    call_command("migrate", "editions", verbosity=0)
    try:
        assert missing_triggers() == []
        assert Edition.objects.count() == 2
        with pytest.raises(IntegrityError):
            run(CHANGES["update"])
    finally:
        call_command("migrate", "editions", "0003", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_the_triggers_exist_after_the_flush_between_browser_tests():
    drop_triggers()

    call_command("flush", interactive=False, verbosity=0)

    assert missing_triggers() == []


def test_every_rule_has_its_trigger_in_the_database():
    names = [trigger.name for trigger in TRIGGERS]

    assert len(set(names)) == len(names)
    assert missing_triggers() == []
