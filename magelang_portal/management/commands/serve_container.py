import signal
import sys
from time import sleep

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

from magelang_portal.management.commands.serve import check_writable, run_gunicorn
from magelang_portal.operations.migrating import alone, is_new, pending


class Command(BaseCommand):
    help = (
        "Serves in a container, by gunicorn: makes and fills a new database, but waits for migrate "
        "where an existing one is older than the portal. Makes no account (createsuperuser does)."
    )

    requires_system_checks = []  # they open the database, so they run after it may be made

    def handle(self, **options):
        exit_on_sigterm()
        check_writable(settings.DATA_DIR)
        self.check()
        with alone():  # so that no other container is in the middle of it
            is_empty = is_new()
        if is_empty:
            call_command("migrate", interactive=False, verbosity=0)
        self.wait_for_migrate()
        with alone():
            call_command("load_official_text", verbosity=0)
        connections.close_all()
        run_gunicorn()

    def wait_for_migrate(self):
        if pending():
            self.stderr.write(
                "The database is older than this portal: waiting for manage.py migrate. "
                "Make a backup before."
            )
        while pending():
            sleep(2)


def exit_on_sigterm():
    """The first process of a container gets only signals that it has a handler for."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
