import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from editions.data_folder import heads
from editions.publishing import faults_of_editions
from editorial.audit.recording import record
from editorial.audit.verification import look_after_restore
from editorial.models import Event, PreviewLink
from magelang_portal import operator_errors
from magelang_portal.operations.backups import engine
from magelang_portal.operations.backups.archive import STANDARD_INPUT, unpacked, write
from magelang_portal.operations.backups.errors import Unusable
from magelang_portal.operations.backups.manifest import (
    counts,
    in_words,
    newest_editions,
    refuse_unless_ours,
    refuse_unless_whole,
)
from magelang_portal.operations.backups.private_files import PIPE

RESTORED = (
    "{}, the backup of {}, was restored. It holds other editions than were published here since."
)
ALARM = (
    "An alarm says what differs from what was published here. Once everybody knows that this is "
    "wanted: manage.py acknowledge_alarm heads"
)
AUDIT_RESTORED = (
    "{}, the backup of {}, was restored here: the audit log lacks the events that were recorded "
    "since. They are in the backup of what was replaced."
)
AUDIT_LOG = (
    "An alarm says that the audit log lacks events that were recorded here since the backup. They "
    "are in the backup of what was replaced. Then: manage.py acknowledge_alarm audit_log"
)
OTHER_HISTORY = (
    "The backup holds other editions than this portal has published, under the same numbers: "
    "somebody rewrote it, or it is from a time after another restore. Take another one or, where "
    "you know why, add --other-history."
)

NOT_EMPTY = (
    "The database is not empty: it holds {}. If an earlier run of deploy/install restored this, "
    "run that again without --restore. If it is the database of a running portal, correct "
    "PORTAL_DATABASE_URL. Only to replace it, leave out --into-empty."
)


class Command(BaseCommand):
    help = (
        "Replaces the database by a backup, while the portal serves: all of it or, if anything is "
        "wrong, nothing. The replaced database is kept as a backup in the data folder. Everyone "
        "has to log in again, and shared previews end."
    )
    requires_system_checks = []  # some open the database, which may be damaged

    def add_arguments(self, parser):
        parser.add_argument(
            "file", type=Path, help="what manage.py backup made; - reads it from standard input"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--into-empty",
            action="store_true",
            help="refuse if the database holds editions, as deploy/install does on a new machine",
        )
        parser.add_argument(
            "--other-history",
            action="store_true",
            help="restore it although its editions differ from those that this portal published",
        )

    def handle(self, *, file, yes, into_empty, other_history, **options):
        began = time.monotonic()
        file = STANDARD_INPUT if file == PIPE else file
        try:
            settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
            if into_empty:
                refuse_unless_empty()
            with unpacked(file, settings.DATA_DIR) as (manifest, dump):
                refuse_unless_ours(manifest)
                engine().check(dump)
                self.stdout.writelines(way_back(manifest))
                if not (yes or self.is_wanted(manifest)):
                    raise CommandError("Nothing was changed.")
                kept = engine().replace(dump, partial(prepare, file, manifest, other_history), keep)
        except (Unusable, OSError, DatabaseError) as error:
            raise CommandError(
                f"{operator_errors.in_words(error)}\nNothing was changed."
            ) from error
        self.stdout.write(
            f"Restored the backup of {manifest.made_at} in {time.monotonic() - began:.1f} s: "
            f"{manifest.words}. Everyone has to log in again."
        )
        if kept:
            self.stdout.write(f"What it replaced is kept: {kept}")
        backup = file.name, manifest.made_at
        if heads.look_after_restore(RESTORED.format(*backup)):
            self.stdout.write(ALARM)
        if look_after_restore(AUDIT_RESTORED.format(*backup)):
            self.stdout.write(AUDIT_LOG)

    def is_wanted(self, manifest):
        """Show the operator both contents, and ask."""
        self.stdout.write(
            f"Now:   {what_stands()}\nThen:  {manifest.words}, as of {manifest.made_at}"
        )
        try:
            return (
                input("Put the backup in the place of what stands now? Write yes: ").strip()
                == "yes"
            )
        except EOFError:
            raise CommandError(
                "Nobody answers: add --yes to restore without being asked."
            ) from None


def refuse_unless_empty():
    if engine().exists() and counts()["editions"]:
        raise Unusable(NOT_EMPTY.format(what_stands()))


def what_stands():
    try:
        return in_words(counts(), newest_editions()) if engine().exists() else "nothing"
    except DatabaseError as error:
        return f"a database that cannot be read ({error})"


def way_back(manifest):
    """A sentence for each vision that would lose published editions."""
    for seen in heads.newest(heads.remembered() or ()):
        if (number := number_in(manifest, seen)) < seen.number:
            then = f"edition {number}" if number else "none"
            yield f"It goes back: {seen.period} from edition {seen.number} to {then}."


def number_in(manifest, seen):
    """The newest edition of the same vision in the backup, or 0.

    Older backups and older remembered heads name no vision, so the years identify it.
    """
    same = [
        edition["number"]
        for edition in manifest.editions
        if edition["period"] == seen.period
        and seen.vision in (0, edition.get("vision", seen.vision))
    ]
    return max(same, default=0)


def prepare(file, manifest, other_history):
    """Migrate the restored database, which makes triggers and roles, and verify it."""
    refuse_unless_whole(manifest)
    call_command("migrate", interactive=False, verbosity=0)
    Session.objects.all().delete()
    PreviewLink.objects.all().delete()  # some may have been revoked since
    record(Event.Kind.RESTORED, object=file.name, detail=f"{manifest.made_at}: {manifest.words}")
    if faults := faults_of_editions():
        faults = "; ".join(faults)
        raise Unusable(
            f"The editions in the backup are not as they were published ({faults}): take an older "
            "one."
        )
    replaced = [
        str(difference) for difference in heads.differences(heads.remembered()) if difference.now
    ]
    if replaced and not other_history:
        raise Unusable("\n".join([OTHER_HISTORY, *replaced]))


def keep(dumped):
    """Make a backup of the database that is to be replaced; returns its path."""
    path = settings.DATA_DIR / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
    write(path, engine(), dumped)
    return path
