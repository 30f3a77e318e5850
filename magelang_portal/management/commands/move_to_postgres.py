from itertools import batched, zip_longest

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.color import no_style
from django.db import DatabaseError, connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import QuerySet

from editions.publishing import faults_of_editions
from editions.triggers import (
    count_past_deleted_visions,
    create_triggers,
    drop_triggers,
    missing_triggers,
)
from magelang_portal import operator_errors
from magelang_portal.database_address import database, refuse_other_database
from magelang_portal.operations.migrating import pending
from magelang_portal.operations.owner import grant, role_that_serves

HERE, THERE, SERVING = "default", "there", "serving"
MADE_BY_MIGRATE = (Group.permissions.through, Group, Permission, ContentType)
AT_ONCE = 200  # rows
NEXT = """Every row is there, and equal. Set PORTAL_DATABASE_URL to that address and restart the
portal now: until then, it saves in SQLite only. Then everyone logs in again. Nothing was changed in
{here}: keep it until there is a backup of the new database."""


class Command(BaseCommand):
    help = (
        "Moves a portal from SQLite to an empty PostgreSQL database: all rows with their ids, "
        "without sessions. All or nothing, and compared row by row. Readers go on meanwhile; "
        "saving waits."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "url", help="postgres://user@host/name; the password may stand in ~/.pgpass"
        )

    def handle(self, *, url, **options):
        open_there(url)
        try:
            with transaction.atomic(), connection.cursor() as cursor:  # nobody else saves
                cursor.execute("PRAGMA query_only = ON")  # nor does this command
                check_here()
                check_there()
                call_command("migrate", database=THERE, interactive=False, verbosity=0)
                if settings.OWNER_DATABASE:
                    grant(connections[THERE], role_that_serves(connections[SERVING]))
                counts = move()
        except DatabaseError as error:
            raise CommandError(f"Nothing was moved: {operator_errors.in_words(error)}") from error
        finally:
            connections[THERE].close()
        self.stdout.write("\n".join(f"{count:>8} {table}" for table, count in counts.items()))
        self.stdout.write(NEXT.format(here=connection.settings_dict["NAME"]))


def open_there(url):
    """Add connections to the address, without the time limits of pages: large tables take long."""
    if connection.vendor != "sqlite":
        raise CommandError(
            "The portal is not on SQLite: unset PORTAL_DATABASE_URL to move the database of the "
            "data folder."
        )
    if not url.startswith(("postgres://", "postgresql://")):
        raise CommandError(
            "The address is not that of a PostgreSQL database: write it like "
            "postgres://user@host/name."
        )
    serving = database(url, "The address")
    refuse_other_database(serving, settings.OWNER_DATABASE, "the address", CommandError)
    all_of_them = {HERE: {}, THERE: settings.OWNER_DATABASE or serving, SERVING: serving}
    connections.settings |= connections.configure_settings(all_of_them) | {
        HERE: connections.settings[HERE]
    }


def check_here():
    if pending(HERE):
        raise CommandError(
            "The SQLite database is older than this portal: run manage.py migrate first."
        )
    if missing := missing_triggers():
        raise CommandError(
            f"The SQLite database lacks {', '.join(missing)}: run manage.py migrate first."
        )
    if faults := faults_of_editions(HERE):
        raise CommandError("\n".join(["The editions are not as they were published:", *faults]))


def check_there():
    loader = MigrationLoader(connections[THERE])
    if newer := loader.applied_migrations.keys() - loader.disk_migrations.keys():
        raise CommandError(
            f"The database is of another portal or a newer one: {min(newer)} is unknown here."
        )
    tables = connections[THERE].introspection.table_names()
    standing = [
        model
        for model in models()
        if model._meta.db_table in tables and model not in MADE_BY_MIGRATE
    ]
    if used := [model._meta.db_table for model in standing if rows(model, THERE).exists()]:
        raise CommandError(
            f"The database is not empty ({', '.join(used)}): make a new one with createdb."
        )


def models():
    """The models whose rows are moved."""
    return [model for model in apps.get_models(include_auto_created=True) if model is not Session]


def rows(model, alias):
    """Tuples of all columns. A plain ``QuerySet``: modeltranslation's would change the columns."""
    columns = [field.attname for field in model._meta.concrete_fields]
    return QuerySet(model, using=alias).order_by("pk").values_list(*columns, named=True)


def move():
    """Returns the number of rows of each table."""
    there = connections[THERE]
    with transaction.atomic(using=THERE), there.cursor() as cursor:
        drop_triggers(THERE)  # they require the order in which rows were written
        for model in MADE_BY_MIGRATE:
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
        counts = {model._meta.db_table: copy(model) for model in models()}
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in there.ops.sequence_reset_sql(no_style(), models()):
            cursor.execute(statement)
        count_past_deleted_visions(THERE)
        create_triggers(THERE)
        if faults := faults_of_editions(THERE):
            raise CommandError("\n".join(["Nothing was moved:", *faults]))
    return counts


def copy(model):
    there, fields = connections[THERE], model._meta.concrete_fields
    columns = ", ".join(there.ops.quote_name(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({places})"
    count = 0
    for some in batched(rows(model, HERE).iterator(), AT_ONCE):
        with there.cursor() as cursor:
            cursor.executemany(statement, [adapted(row, fields, there) for row in some])
        count += len(some)
    for here, there in zip_longest(rows(model, HERE).iterator(), rows(model, THERE).iterator()):
        if here != there:
            raise CommandError(
                f"Nothing was moved: {model._meta.db_table} would differ in row "
                f"{(here or there)[0]}."
            )
    return count


def adapted(row, fields, there):
    """The values of the row as the other database accepts them."""
    return [field.get_db_prep_save(value, there) for field, value in zip(fields, row, strict=True)]
