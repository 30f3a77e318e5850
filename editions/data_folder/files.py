"""Small files in the data folder, which stay readable when the database is lost."""

import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


def path_of(*names):
    return Path(settings.DATA_DIR, *names)


def write_safely(path, content):
    """Replace the file in one step: a reader, or a power cut, never meets half of it. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete_on_close=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        os.replace(file.name, path)
    sync(path.parent)


def sync(folder):
    """So that a power cut cannot take the names of its files. Raises ``OSError``."""
    with opened(folder) as descriptor:
        os.fsync(descriptor)


@contextmanager
def locked(*names):
    """Hold the folder of this name alone, so that nobody writes what we have read. Raises ``OSError``."""
    folder = path_of(*names)
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        yield folder


@contextmanager
def alone_in(folder):
    """Wait until no other process holds the folder, then hold it. Raises ``OSError``."""
    with opened(folder) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextmanager
def opened(folder):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
