"""The official text in the database, in force since the first day of 2026."""

from datetime import datetime

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from editions import official_text
from editions.clock import WIB
from editorial.models import Act
from vision.models import Vision


def load_official_text():
    (path,) = official_text.files()
    return official_text.load(path, at=datetime(2026, 1, 1, tzinfo=WIB))


def official_models():
    apps_in_order = [
        "vision",
        "missions",
        "editions",
    ]  # a published vision takes no more elements and missions
    models = [model for app in apps_in_order for model in apps.get_app_config(app).get_models()]
    return [*models, Act]  # states of the translation


def read_rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        return [column[0] for column in cursor.description], cursor.fetchall()


def write_rows(tables):
    with transaction.atomic(), connection.cursor() as cursor:
        for table, (columns, rows) in tables.items():
            values = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", rows
            )
        for statement in connection.ops.sequence_reset_sql(no_style(), official_models()):
            cursor.execute(statement)  # PostgreSQL's sequence skips rows inserted with a key
    return Vision.objects.get()
