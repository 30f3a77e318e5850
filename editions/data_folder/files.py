"""Small files in the data folder, which stay readable when the database is lost."""

import errno
import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)


def path_of(*names):
    return Path(settings.DATA_DIR, *names)


def write_safely(path, content, mode=0o600):
    """Replace the file in one step, so that neither readers nor a power cut get half of it.

    ``content`` is text or bytes. Raises ``OSError``; then the file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete_on_close=False) as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
        os.replace(file.name, path)
    sync(path.parent)


def sync(folder):
    """Make the names of the folder's files survive a power cut. Raises ``OSError``."""
    with opened(folder) as descriptor:
        os.fsync(descriptor)


@contextmanager
def locked(*names):
    """Make the folder in the data folder, and hold it alone. Raises ``OSError``."""
    folder = path_of(*names)
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        yield folder


@contextmanager
def alone_in(folder, how=0):
    """Wait until no other process holds the folder, then hold it. Yields the lock's descriptor.

    Raises ``OSError``; with ``fcntl.LOCK_NB``, ``BlockingIOError`` at once where it is held.
    """
    with opened(folder) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX | how)
        yield descriptor


@contextmanager
def opened(folder):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def data_folder_unwritable(folder, error):
    """The sentence about the error, with the setting that leads to another folder."""
    if error.errno in FULL_DISK:
        return (
            f"No space is left in the folder {folder}: make room there, or set PORTAL_DATA_DIR to "
            "another disk."
        )
    return (
        f"The folder {folder} cannot be written ({error.strerror}). "
        "Set PORTAL_DATA_DIR to a folder that this user may write."
    )
