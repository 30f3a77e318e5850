"""Keeps the static copy up to date: one writer at a time, in a process of its own, so that no reader waits for it."""

import fcntl
import logging
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from time import monotonic, sleep

from django.conf import settings

from editions import clock
from editions.data_folder.alarms import raise_alarm
from editions.data_folder.files import sync
from public.booklet import typst_cache
from public.mirror import contents
from public.mirror.reading import MANIFEST, SUFFIXES, SUMS, current
from public.mirror.verification import printable
from public.mirror.writing import FOLDER_MODE, PARTIAL, SET_BY_TYPST, faults_of, put_in_place, write
from public.releases import LEAD, Release

logger = logging.getLogger(__name__)
KEPT = 5  # releases
SOON = (
    LEAD * 2
)  # a release that begins so soon is written ahead, for "now" is a second from the publication
RETRY = 30.0  # seconds until a copy that could not be written is tried again
LOCK = "lock"
CHANGED = "the static copy, {}: it was not as it had been written, and was written again"


# A worker notices that the copy is of another release, and begins the writer

_tried = {}  # the key of the release that was tried last: when, by the monotonic clock
_writers = []  # the processes that were begun here and have not ended


def keep_up_with(key):
    """Begin the writer where the copy is not of the release with this key; costs next to nothing where it is."""
    folder = current()
    is_behind = settings.COPY_DIR and (
        not folder or folder.name != key or not (folder / MANIFEST).exists()
    )
    if is_behind and monotonic() - _tried.get(key, -RETRY) >= RETRY and begin():
        _tried.clear()
        _tried[key] = monotonic()


def begin(**signal):
    """Begin the writer as a process of its own. False where it is at work already, or there is to be no copy.

    It inherits the lock, so that whoever comes next knows of it from this moment on.
    """
    if not settings.COPY_DIR:
        return False
    try:
        with locked(fcntl.LOCK_NB) as lock:
            start_writer(lock)
    except BlockingIOError:
        return False
    except OSError as error:
        logger.warning("the static copy cannot be written: %s", error)
    return True


def start_writer(lock):
    _writers[:] = [writer for writer in _writers if writer.poll() is None]
    _writers.append(
        subprocess.Popen(
            ["nice", "-n", "10", sys.executable, "manage.py", "write_copy", f"--lock={lock}"],
            cwd=settings.BASE_DIR,
            pass_fds=[lock],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is not for it: it ends by itself
        )
    )


@contextmanager
def locked(how=0):
    """Holds the lock of writers, as a descriptor. With ``LOCK_NB``, raises ``BlockingIOError`` where it is held."""
    if not settings.COPY_DIR.exists():
        settings.COPY_DIR.mkdir(parents=True, exist_ok=True)
        settings.COPY_DIR.chmod(FOLDER_MODE)
    lock = os.open(settings.COPY_DIR / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | how)
        yield lock
    finally:
        os.close(lock)


def wait_for_writer():
    """Until nobody writes the copy, as far as it can be known."""
    with suppress(OSError), locked():
        pass


def progress(release):
    """How far the writer is, as (addresses written, all of the release); None where it is not at work."""
    fresh = next(settings.COPY_DIR.glob(f"*{PARTIAL}"), None) if settings.COPY_DIR else None
    if not fresh:
        return None
    files = [
        path for path in fresh.rglob("*") if path.is_file() and path.suffix not in SUFFIXES.values()
    ]
    count = sum(1 for _address in contents.addresses(release))
    return min(len(files), count), count


# What the writer does, under the lock


def bring_up_to_date(anew=False):
    """Write the copy of the release of this moment, or of the next one where that begins soon, unless it is there.

    ``anew`` believes nothing of the copy that is there, not even its sums, which stand beside what somebody changed.
    Returns the folders that were written. Raises ``OSError``, ``NotAnswered`` or a database's error; then the copy is
    as it was.
    """
    written = []
    while not is_whole(current(), (release := Release.agreed(ahead=SOON)).key) or anew:
        tell_of_changes(current())
        clear_up()
        fresh = settings.COPY_DIR / (release.key + PARTIAL)
        try:
            before = None if anew else current()
            write(release, fresh, before, quickly=True)  # it is of use the sooner it is there
            wait_for(release)
            if Release.agreed().key == release.key:  # else it was withdrawn before it began
                written.append(put_in_force(fresh, settings.COPY_DIR / release.key))
                anew = False
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    clear_up()
    return written


def tell_of_changes(folder):
    """Raise the alarm of the files that somebody changed, before the copy is written again."""
    try:
        changed = faults_of(folder) if folder else []
    except (OSError, ValueError):
        changed = [SUMS]  # without them, nobody knows what else was changed
    if changed:
        raise_alarm("verify_site", *(CHANGED.format(printable(name)) for name in changed))


def prune_kept():
    """Delete the booklets and pictures on disk that the release of this moment does not need.

    Returns how many. Raises ``OSError``, ``NotAnswered`` or a database's error.
    """
    release = Release.agreed()
    needed = set()
    with typst_cache.mode(named=needed):
        for address in contents.addresses(release):
            if address.endswith(SET_BY_TYPST):
                contents.answer(address, release)
    return typst_cache.prune(needed)


def wait_for(release):
    """Until the moment for which the release was made ahead, and no longer, whatever the clock is set to."""
    ends_at = monotonic() + SOON.total_seconds()
    while (
        Release.agreed().key != release.key and clock.now() < release.now and monotonic() < ends_at
    ):
        sleep(0.1)


def put_in_force(fresh, folder):
    put_in_place(fresh, folder)
    link = settings.COPY_DIR / "current.next"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)
    link.replace(settings.COPY_DIR / "current")
    sync(settings.COPY_DIR)
    return folder


def clear_up():
    """Remove what a writer that was killed left behind, and all releases but the last."""
    folders = [
        path for path in settings.COPY_DIR.iterdir() if path.is_dir() and not path.is_symlink()
    ]
    whole = [path for path in folders if not path.name.endswith(PARTIAL)]
    newest = sorted(whole, key=lambda path: path.stat().st_mtime, reverse=True)[:KEPT]
    for path in folders:
        if path not in newest and path != current():
            shutil.rmtree(path)


def is_whole(folder, key):
    """Whether the folder is the copy of the release with this key, and every file of it as it was written."""
    try:
        return folder is not None and folder.name == key and not faults_of(folder)
    except (OSError, ValueError):
        return False
