"""The warnings of a server that starts: the checks of its surroundings, and a second server."""

import fcntl
import os
import struct
from contextlib import suppress

from django.conf import settings
from django.core.checks import run_checks

from magelang_portal.checks import SURROUNDINGS

LOCK = "server.lock"
MOST_SERVERS = 8  # on one folder, of which one is right
FLOCK = "hhqqi4x"  # Linux's struct flock, on 64-bit machines


def warnings():
    for message in run_checks(tags=[SURROUNDINGS]):
        yield f"{message.msg} {message.hint or ''}".strip()
    if other := other_server():
        yield (
            f"Another portal serves from the folder {settings.DATA_DIR} already (process {other}), "
            "and each would write over the other's static copy. Stop one, or set PORTAL_DATA_DIR "
            "to a folder of its own."
        )


def other_server():
    """The process that serves from the data folder already, as text.

    Returns None if there is none, and registers this process. Its lock is not inherited by forked
    workers, and ends when the process ends.
    """
    if os.environ.get("GUNICORN_PID") == str(os.getppid()):
        return None  # the server that this one replaces
    try:
        lock = os.open(settings.DATA_DIR / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None  # /readyz says that the folder cannot be written
    place = first_free(lock)
    if place > 0:
        return os.read(lock, 20).decode()
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    return None  # the descriptor stays open, because closing it would end the lock


def first_free(lock):
    """Take the first byte of the file that no other server has locked, and return its number."""
    for place in range(MOST_SERVERS):
        with suppress(OSError):
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
            return place
    return MOST_SERVERS


def servers():
    """The process ids of the servers that use the data folder; 0 for one in another container.

    Raises ``OSError`` if the lock's file cannot be read.
    """
    try:
        lock = os.open(settings.DATA_DIR / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return []
    try:
        held = {holder(lock, place) for place in range(MOST_SERVERS)} - {None}
    finally:
        os.close(lock)  # ends no lock: this process holds none, unless it is a server itself
    return [pid for _start, pid in sorted(held)]


def holder(lock, place):
    """The first byte and the process of the lock on this byte, or None if nobody locks it."""
    asked = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)
    kind, _whence, start, _length, pid = struct.unpack(
        FLOCK, fcntl.fcntl(lock, fcntl.F_GETLK, asked)
    )
    return None if kind == fcntl.F_UNLCK else (start, max(pid, 0))
