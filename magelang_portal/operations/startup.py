"""The warnings of a server that starts: the checks of its surroundings, and a second server."""

import fcntl
import os

from django.conf import settings
from django.core.checks import run_checks

from magelang_portal.checks import SURROUNDINGS

LOCK = "server.lock"


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
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        other = os.read(lock, 20).decode()
        os.close(lock)
        return other
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    return None  # the descriptor stays open, because closing it would end the lock
