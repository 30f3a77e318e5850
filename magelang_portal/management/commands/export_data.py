import json
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from editorial.audit.recording import record
from editorial.models import Event
from magelang_portal.operations import data_export
from magelang_portal.operations.backups import engine
from magelang_portal.operations.backups.errors import Unusable
from magelang_portal.operations.backups.private_files import new_private_file, refuse_target

NAME = "portal-data-{:%Y%m%dT%H%M%SZ}.json"


class Command(BaseCommand):
    help = (
        "Writes all texts, editions, history and accounts as JSON that another system can read, "
        "without passwords, second factors and keys. It is for the city, not for the public: it "
        "names people, and holds what is not published."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "file",
            nargs="?",
            type=Path,
            help="the file to be made, or a folder: then it is named by the time",
        )
        parser.add_argument(
            "--schema", action="store_true", help="print the JSON schema of the file, and stop"
        )

    def handle(self, *, file, schema, **options):
        if schema:
            return json.dumps(data_export.schema(), indent=1, ensure_ascii=False)
        if file is None:
            raise CommandError("Name the file to be made, or a folder.")
        target = file / NAME.format(datetime.now(UTC)) if file.is_dir() else file.absolute()
        try:
            refuse_target(target)
            with engine().snapshot(), new_private_file(target) as whole:
                counts = data_export.write(whole)
        except (Unusable, OSError, DatabaseError) as error:
            raise CommandError(str(error)) from error
        words = ", ".join(f"{count} {name}" for name, count in counts.items())
        record(Event.Kind.EXPORTED, object=target.name, detail=words)
        return f"{target}: {target.stat().st_size} bytes; {words}"
