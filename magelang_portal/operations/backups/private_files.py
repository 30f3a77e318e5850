"""Files and folders that only the portal's user may read, because they hold the database."""

import fcntl
import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from editions.data_folder.files import alone_in, opened, sync
from magelang_portal.operations.backups.errors import Unusable

PIPE = Path("-")  # as an operator writes it, for standard input or standard output
LONGEST = 24 * 3600  # seconds that a backup or a restore may take
YOUNG = 60  # seconds within which a new folder gets its lock
LEFT_BEHIND = re.compile(r"\.(backup|part|snapshot)-[a-z0-9_]{8}")  # as ``tempfile`` names them


@contextmanager
def own_folder(parent, prefix):
    """A temporary folder that only its owner may enter.

    A killed process leaves its folder behind, as large as the database. The next one deletes it.
    """
    for folder in {parent, settings.DATA_DIR}:
        clear_interrupted(folder)
    temporary = tempfile.TemporaryDirectory(dir=parent, prefix=prefix)
    with temporary as folder, opened(folder) as descriptor:
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield Path(folder)


def clear_interrupted(parent):
    for path in parent.glob(".*"):
        if LEFT_BEHIND.fullmatch(path.name) and is_left_behind(path):
            shutil.rmtree(path, ignore_errors=True)


def is_left_behind(folder):
    try:
        age = time.time() - folder.stat().st_mtime
        if age > YOUNG:
            with alone_in(folder, fcntl.LOCK_NB):
                return True
    except (BlockingIOError, FileNotFoundError, PermissionError):
        return False  # in use, just deleted, or another user's
    except OSError:  # no locks
        return age > LONGEST
    return False


def refuse_target(target):
    """Raises ``Unusable`` if the file exists, or if the web server would serve it."""
    if target.exists():
        raise Unusable(f"{target} exists: choose another name, or name a folder.")
    if not target.parent.is_dir():
        raise no_folder(target.parent)
    for served in served_folders():
        if target.resolve().is_relative_to(served.resolve()):
            raise Unusable(
                f"{target} would stand below {served}, which anyone can read: choose another "
                "folder."
            )


def refuse_unless_mounted(file, mount_point):
    """Raises ``Unusable`` if the backup would not reach the file system at ``mount_point``.

    systemd may show the folder as a mount of its own. ``ismount`` still answers no, because the
    folder is on the same device as its parent.
    """
    if mount_point is None:
        return
    if file != PIPE and not file.resolve().is_relative_to(mount_point.resolve()):
        raise Unusable(f"{file} is not below --mount-point {mount_point}: name a folder below it.")
    try:
        os.stat(mount_point)  # a server that is gone is an error here; ``ismount`` hides it
    except OSError as error:
        raise Unusable(
            f"{mount_point} cannot be read ({error.strerror}): look why it is not mounted, and "
            "mount it again."
        ) from error
    if not os.path.ismount(mount_point):
        raise Unusable(
            f"Nothing is mounted at {mount_point}, so the backup would stay on this machine: "
            f"mount it, by mount {mount_point}."
        )


def no_folder(folder):
    return Unusable(
        f"The folder {folder} does not exist: make it, readable by nobody else (chmod 700)."
    )


def served_folders():
    """The folders that the web server serves."""
    return [
        Path(folder)
        for folder in (settings.STATIC_ROOT, *settings.STATICFILES_DIRS, settings.COPY_DIR)
        if folder
    ]


@contextmanager
def new_private_file(target):
    """A new file for its owner only. It gets its name after the block has ended without error."""
    with own_folder(target.parent, ".part-") as folder:
        path = folder / target.name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(path, target)
        sync(target.parent)
