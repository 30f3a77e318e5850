"""The official text in the database, in force since the first day of 2026."""

from dataclasses import replace
from datetime import datetime

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from editions import official_text
from editions.clock import WIB
from editions.document import Text
from editorial.models import Act
from vision.models import Vision


def load_official_text(editions=3):
    """Tests of what editors do go on from edition 2, without notes: so nothing is unpublished."""
    (path,) = official_text.files()
    text = official_text.read(path)
    documents = text.documents if editions == 3 else map(without_notes, text.documents[:editions])
    text = official_text.OfficialText(tuple(documents), text.notes[:editions])
    return official_text.publish_all(text, at=datetime(2026, 1, 1, tzinfo=WIB))


def without_notes(document):
    return replace(document, terms=tuple(replace(term, note=Text()) for term in document.terms))


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
