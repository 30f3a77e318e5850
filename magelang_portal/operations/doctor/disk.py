"""Is there room on the disks that the portal writes to?"""

import os
from pathlib import Path

from django.conf import settings
from django.core.checks import Error, Warning

from editions.data_folder import outcomes
from magelang_portal.health import NEEDED_BYTES

SCARCE_BYTES = 1_000_000_000
SCARCE_FILES = 1_000
BACKUPS = Path("/var/lib/portal-backup")
WAY_OUT = (
    "Make room: journalctl --vacuum-size=200M, delete old releases in /srv and old backups, or "
    "move {} to a larger disk."
)


def look(answer):
    for folder in one_of_each_disk(written_folders()):
        disk = os.statvfs(folder)
        free = disk.f_bavail * disk.f_frsize
        answer.measure("free_bytes", free, folder=str(folder))
        answer.measure("size_bytes", disk.f_blocks * disk.f_frsize, folder=str(folder))
        answer.say(f"{free / 1e9:.1f} GB are free in {folder}")
        yield from scarcity(folder, free)
        if disk.f_files and disk.f_favail < SCARCE_FILES:
            yield Warning(
                f"The disk of {folder} has room for only {disk.f_favail} more files.",
                hint="Delete files that nobody needs there: df -i shows the disks.",
                id="disk.W003",
            )


def scarcity(folder, free):
    if free < NEEDED_BYTES:
        yield Error(
            f"Only {free} bytes are free in {folder}: the portal says that it is not ready.",
            hint=WAY_OUT.format(folder),
            id="disk.E001",
        )
    elif free < SCARCE_BYTES:
        yield Warning(
            f"Only {free // 1_000_000} MB are free in {folder}.",
            hint=WAY_OUT.format(folder),
            id="disk.W002",
        )


def written_folders():
    """The folders of the data, the SQLite database, the static copy and the backups."""
    yield settings.DATA_DIR
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield Path(settings.DATABASES["default"]["NAME"]).parent
    if settings.COPY_DIR:
        yield settings.COPY_DIR
    yield BACKUPS  # the timer's, also after a backup that went elsewhere
    if (backup := outcomes.last("backup")) and backup.is_good:
        yield Path(backup.words).parent


def one_of_each_disk(folders):
    """The first of the folders on each disk; those that do not exist are left out."""
    disks = {}
    for folder in filter(Path.is_dir, folders):
        disks.setdefault(folder.stat().st_dev, folder)
    return disks.values()
