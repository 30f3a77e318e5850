"""Can the portal use its database, and has its role the rights that it needs, and no more?"""

from contextlib import closing

from django.conf import settings
from django.core.checks import ERROR, Error, Warning
from django.db.migrations.executor import MigrationExecutor

from editions.connections import unpooled
from magelang_portal.checks import database_answers
from magelang_portal.operations.doctor.site.systemd import is_kept_off_the_network
from magelang_portal.operations.owner import rights

MIGRATE = "Run manage.py migrate, as docs/owner.md says."
UNUSED_SLOTS = (
    "SELECT slot_name FROM pg_replication_slots "
    "WHERE slot_type = 'physical' AND NOT temporary AND (NOT active OR wal_status = 'lost') "
    "ORDER BY slot_name"
)
NAMED = 3  # tables or migrations in one sentence


def look(answer):
    if findings := list(database_answers(None)):
        yield from findings
        return answer.could_not_ask("anything else of the database")
    with closing(unpooled()) as connection:
        yield from version(answer, connection)
        if not connection.introspection.table_names():
            return (
                yield Error(
                    "The database has no table that the portal may see.",
                    hint="Run manage.py migrate. If the database is not new, its role lacks USAGE "
                    "on the schema: GRANT USAGE ON SCHEMA public TO its role.",
                    id="database.E002",
                )
            )
        found = list(KINDS[connection.vendor](answer, connection))
        yield from found
        if not any(one.level >= ERROR for one in found):
            yield from waiting_migrations(connection)


def version(answer, connection):
    least, found = connection.features.minimum_database_version, connection.get_database_version()
    answer.say(f"{connection.display_name} {numbered(found)}")
    if found < least:
        yield Error(
            f"{connection.display_name} is {numbered(found)}, and the portal needs "
            f"{numbered(least)} at least.",
            hint="Update it with the system: apt-get full-upgrade, or a newer Debian.",
            id="database.E003",
        )


def numbered(version):
    return ".".join(map(str, version))


def sqlite(answer, connection):
    if (said := value(connection, "PRAGMA quick_check(1)")) != "ok":
        yield Error(
            f"The database {settings.DATABASES['default']['NAME']} is damaged: {said}.",
            hint="Keep a copy of it, and restore the last backup: manage.py restore FILE.",
            id="database.E004",
        )
    else:
        answer.say("it is not damaged")
    mode = value(connection, "PRAGMA journal_mode").upper()
    if mode != settings.SQLITE_JOURNAL_MODE:
        yield Error(
            f"The database is in journal mode {mode}, and should be in "
            f"{settings.SQLITE_JOURNAL_MODE}.",
            hint="Stop every other program that opens the file, then: systemctl restart portal.",
            id="database.E005",
        )


def postgresql(answer, connection):
    encoding = value(connection, "SHOW server_encoding")
    answer.say(f"encoding {encoding}")
    if encoding != "UTF8":
        yield Error(
            f"The database has the encoding {encoding}, which lacks characters of the texts.",
            hint="Make one with createdb --encoding=UTF8 --template=template0, and restore a "
            "backup there.",
            id="database.E006",
        )
    yield from out_of_reach()
    yield from read_only(connection)
    yield from too_few_rights(answer, connection)
    yield from without_standby(answer, connection)
    if value(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        yield Warning(
            "The role of PORTAL_DATABASE_URL is a superuser of PostgreSQL: anybody who gets its "
            "password can read and change everything on that server.",
            hint="ALTER ROLE … NOSUPERUSER, or make another role, as docs/owner.md says.",
            id="database.W008",
        )


def out_of_reach():
    host = settings.DATABASES["default"]["HOST"]
    if host and not host.startswith("/") and is_kept_off_the_network():
        yield Warning(
            f"portal.service may not use the network, so it does not reach the database at {host}.",
            hint="Run /srv/portal/deploy/open-network portal portal-; systemctl restart "
            "portal.service",
            id="database.W013",
        )


def read_only(connection):
    if value(connection, "SHOW transaction_read_only") == "on":
        yield Error(
            "The database is read-only, so nobody can log in or save.",
            hint="If its server is a standby, promote it (docs/scale.md), or name the primary in "
            "PORTAL_DATABASE_URL. Otherwise: ALTER SYSTEM RESET default_transaction_read_only.",
            id="database.E010",
        )


def too_few_rights(answer, connection):
    missing = [
        f"{right} on {table}"
        for table in connection.introspection.table_names()
        for right in rights(table).split(", ")
        if not value(connection, "SELECT has_table_privilege(quote_ident(%s), %s)", table, right)
    ]
    answer.say("the role has the rights that it needs" if not missing else "rights are missing")
    if missing:
        yield Error(
            f"The role of PORTAL_DATABASE_URL lacks rights: {some(missing)}.",
            hint=f"{MIGRATE} It grants them.",
            id="database.E007",
        )


def without_standby(answer, connection):
    """A role without the right to read statistics sees how many servers copy, and no more."""
    if value(connection, "SELECT pg_is_in_recovery()"):
        return  # this is the standby
    waits = value(connection, "SHOW synchronous_standby_names") != ""
    states = column(connection, "SELECT sync_state FROM pg_stat_replication")
    if waits and None in states:
        answer.could_not_ask(
            "whether the standby has each commit: GRANT pg_read_all_stats TO the role"
        )
    elif waits and not {"sync", "quorum"} & set(states):
        yield Error(
            "No standby has the newest commits, so nobody can log in or save.",
            hint="Start the standby. If that takes long, let the primary go on alone: docs/scale.md"
            ", “Why each commit waits”, has the command.",
            id="database.E011",
        )
    elif states:
        answer.say(f"a standby copies it; commits {'wait' if waits else 'do not wait'} for it")
    yield from unused_slots(connection)


def unused_slots(connection):
    for name in column(connection, UNUSED_SLOTS):
        yield Warning(
            f"No standby uses the replication slot {name}: what is published is on one machine.",
            hint="Start the standby, or make it anew (docs/scale.md, “When the standby is lost”). "
            f"If there is to be none: SELECT pg_drop_replication_slot('{name}').",
            id="database.W012",
        )


def waiting_migrations(connection):
    """A warning, because an update asks this before it migrates."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    names = [str(migration) for migration, _is_backwards in plan]
    if plan:
        yield Warning(
            f"The database is older than this release: it lacks {some(names)}.",
            hint="During an update this is right. Otherwise run manage.py migrate.",
            id="database.W009",
        )


def value(connection, query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return cursor.fetchone()[0]


def column(connection, query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


def some(words):
    more = f" and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return ", ".join(words[:NAMED]) + more


KINDS = {"sqlite": sqlite, "postgresql": postgresql}
