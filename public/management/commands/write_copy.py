import os
from argparse import SUPPRESS
from contextlib import contextmanager
from threading import Thread

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from editions.connections import file_of_database
from public.booklet import typst_cache
from public.mirror import hook, keeper
from public.mirror.contents import NotAnswered


class Command(BaseCommand):
    help = (
        "Brings the static copy in PORTAL_COPY_DIR up to date, and repairs it; does nothing where "
        "all is there. The portal does it by itself while it runs: this is for a timer, and to "
        "make sure. Deletes booklets and pictures in the data folder that no edition has needed "
        "for a day."
    )

    requires_system_checks = []  # the portal that starts it was checked, and readers wait

    def add_arguments(self, parser):
        parser.add_argument(
            "--anew",
            action="store_true",
            help="write all of it, whatever is there: after somebody has changed it",
        )
        # The descriptor of the lock, which this process inherits and holds.
        parser.add_argument("--lock", type=int, help=SUPPRESS)

    def handle(self, *, anew, lock, **options):
        require_database()
        if settings.COPY_DIR:
            try:
                self.write(anew, lock)
            finally:
                hook.run()
        else:
            self.stdout.write("No copy is kept, as PORTAL_COPY_DIR is “off”.")
        try:
            pruned = keeper.prune_kept()
        except (OSError, NotAnswered) as error:
            raise CommandError(
                f"Old booklets and pictures could not be deleted, and stay: {error}"
            ) from error
        if pruned:
            self.stdout.write(
                f"Deleted: {pruned} booklets and pictures that no edition needs any more"
            )

    def write(self, anew, lock):
        try:
            with (
                typst_cache.mode(in_process=True, uses_disk=not anew),
                inherited(lock) if lock else keeper.locked(),
            ):
                written = keeper.bring_up_to_date(
                    anew, tell=lambda: Thread(target=hook.run).start()
                )
        except (OSError, NotAnswered) as error:
            raise CommandError(
                f"The static copy could not be written, and stays as it was: {error}"
            ) from error
        for folder in written:
            self.stdout.write(f"Written: {folder}")


def require_database():
    """No system check has asked for it, and SQLite would make an empty file in its place."""
    try:
        file_of_database()
    except OSError as error:
        raise CommandError(
            f"The static copy stays as it was: there is no {error.filename} ({error.strerror})."
        ) from error


@contextmanager
def inherited(lock):
    """Give the lock back at the end."""
    try:
        yield
    finally:
        os.close(lock)
