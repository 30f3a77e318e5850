from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from editions.data_folder.files import write_safely
from magelang_portal.operations.alarms.metrics import collected

READABLE = 0o644  # the node exporter is another user


class Command(BaseCommand):
    help = (
        "Writes the state of the portal in the format of Prometheus' node exporter (textfile "
        "collector), in one step, into FILE, or prints it. It works while the database is lost."
    )
    requires_system_checks = []  # some read the database, which may be lost

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, help="such as portal.prom")

    def handle(self, *, file, **options):
        if not file:
            self.stdout.write(collected(), ending="")
        elif file.suffix != ".prom":
            raise CommandError("The node exporter reads only files that end with .prom.")
        else:
            write_safely(file, collected(), READABLE)
