import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from editions.data_folder import heads, outcomes
from editions.data_folder.alarms import raise_alarm
from editorial.audit.recording import record
from editorial.models import Event
from magelang_portal import operator_errors
from magelang_portal.operations.backups import engine
from magelang_portal.operations.backups.archive import STANDARD_OUTPUT, send, write
from magelang_portal.operations.backups.errors import Unusable
from magelang_portal.operations.backups.private_files import (
    PIPE,
    no_folder,
    refuse_target,
    refuse_unless_mounted,
)
from magelang_portal.operations.backups.retention import delete_older

NAME = "portal-{:%Y%m%dT%H%M%SZ}.tar.gz"


class Command(BaseCommand):
    help = (
        "Writes the whole database into one file, and checks it, while the portal serves. It is as "
        "secret as the database: it holds accounts, hashes of passwords and second factors."
    )
    requires_system_checks = []  # some open the database, which may be damaged

    def add_arguments(self, parser):
        parser.add_argument(
            "file",
            type=Path,
            help="the file to be made, or a folder: then it is named by the time; - writes the "
            "backup to standard output, for another program",
        )
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="in a folder: afterwards delete all but the N newest good backups",
        )
        parser.add_argument(
            "--mount-point",
            type=Path,
            metavar="FOLDER",
            help="write only below FOLDER, and only while a file system is mounted there",
        )

    def handle(self, *, file, keep, mount_point, **options):
        began = time.monotonic()
        if file == PIPE:
            self.stdout = self.stderr  # standard output holds the backup and nothing else
        try:
            refuse_unless_mounted(file, mount_point)
            target = target_of(file, keep)
            write_there = send if target is STANDARD_OUTPUT else partial(write, target)
            manifest, size = write_there(engine(), engine().dumped)
        except (Unusable, OSError, DatabaseError) as error:
            words = operator_errors.in_words(error)
            outcomes.keep("backup", is_good=False, words=words)
            raise CommandError(words) from error
        seconds = time.monotonic() - began
        self.stdout.write(f"{target}: {size} bytes in {seconds:.1f} s, checked; {manifest.words}")
        if manifest.faults:
            heading = "The backup was made, but what it holds is not as it was published:"
            words = "\n".join([heading, *manifest.faults])
            outcomes.keep("backup", is_good=False, words=words)
            raise_alarms(manifest)
            raise CommandError(
                f"{words}\nNo older backup was deleted: restore one from before the change."
            )
        outcomes.keep("backup", is_good=True, words=str(target))
        with suppress(DatabaseError):  # a database that is not migrated yet keeps no events
            record(Event.Kind.BACKED_UP, object=target.name, detail=manifest.words)
        for path, fault in delete_older(target.parent, keep) if keep else ():
            if fault:
                self.stderr.write(fault)
            else:
                self.stdout.write(f"{path.name}: deleted")


def raise_alarms(manifest):
    """Differences from the remembered heads raise another alarm, as in ``verify_editions``."""
    if of_database := [fault for fault in manifest.faults if fault not in manifest.of_heads]:
        raise_alarm("verify_editions", *of_database)
    if manifest.of_heads:
        raise_alarm(heads.ALARM, *manifest.of_heads)


def refuse_terminal():
    if sys.stdout.isatty():
        raise Unusable(
            "Standard output is a terminal: name a file, or a program behind it, such as "
            "manage.py backup - | gpg --encrypt."
        )


def target_of(file, keep):
    """The path of the backup. Raises ``Unusable`` if none may be made there."""
    if keep is not None and (keep < 1 or not file.is_dir()):
        raise Unusable(
            "--keep takes a number from 1, and a folder in the place of FILE: name one that exists."
        )
    if file == PIPE:
        refuse_terminal()
        return STANDARD_OUTPUT
    if not file.suffix and not file.exists():
        raise no_folder(file.absolute())  # the operator intended a folder
    target = (file / NAME.format(datetime.now(UTC)) if file.is_dir() else file).absolute()
    refuse_target(target)
    return target
