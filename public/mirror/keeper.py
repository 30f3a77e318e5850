"""Keeps the static copy up to date, by one writer at a time in another process: no reader waits."""

import fcntl
import logging
import shutil
import subprocess
import sys
from contextlib import suppress
from time import monotonic, sleep

from django.conf import settings

from editions import clock
from editions.clock import LEAD
from editions.data_folder.alarms import raise_alarm
from editions.data_folder.files import alone_in, sync
from public.booklet import typst_cache
from public.mirror import contents, hook
from public.mirror.contents import MADE_BY_TYPST
from public.mirror.reading import SUFFIXES, SUMS, current, is_whole, manifest_of
from public.mirror.sums import faults_of
from public.mirror.verification import printable
from public.mirror.writing import FOLDER_MODE, PARTIAL, put_in_place, write
from public.releases import Release

logger = logging.getLogger(__name__)
KEPT = 5  # releases
SOON = LEAD * 2  # a release that begins so soon is written ahead: "publish now" means in a second
RETRY = 30.0  # seconds after a failure
CHANGED = "the static copy, {}: it was not as it had been written, and was written again"


# In a worker that sees another release

_tried = {}  # {key of the release tried last: monotonic time}
_writers = []  # processes that this one started and that have not ended


def keep_up_with(key):
    """Start the writer unless the copy is of the release with this key, which is cheap to see."""
    folder = current()
    is_behind = settings.COPY_DIR and (not folder or folder.name != key or not is_whole(folder))
    if is_behind and monotonic() - _tried.get(key, -RETRY) >= RETRY and start_writing():
        _tried.clear()
        _tried[key] = monotonic()


def start_writing(**signal):
    """Start the writer as another process. False if one is running already, or no copy is kept.

    The process inherits the lock, so that it is held from this moment on.
    """
    if not settings.COPY_DIR:
        return False
    try:
        with locked(fcntl.LOCK_NB) as lock:
            spawn_writer(lock)
    except BlockingIOError:
        return False
    except OSError as error:
        logger.warning("the static copy cannot be written: %s", error)
    return True


def spawn_writer(lock):
    _writers[:] = [writer for writer in _writers if writer.poll() is None]
    _writers.append(
        subprocess.Popen(
            ["nice", "-n", "10", sys.executable, "manage.py", "write_copy", f"--lock={lock}"],
            cwd=settings.BASE_DIR,
            pass_fds=[lock],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # it ends by itself, not by Ctrl-C
        )
    )


def locked(how=0):
    """Hold the lock of writers; as ``alone_in``."""
    if not settings.COPY_DIR.exists():
        settings.COPY_DIR.mkdir(parents=True, exist_ok=True)
        settings.COPY_DIR.chmod(FOLDER_MODE)
    return alone_in(settings.COPY_DIR, how)


def wait_for_writer():
    with suppress(OSError), locked():
        pass


def progress(release):
    """The number of addresses written, and of all; None while no writer is running."""
    fresh = next(settings.COPY_DIR.glob(f"*{PARTIAL}"), None) if settings.COPY_DIR else None
    if not fresh:
        return None
    files = [
        path for path in fresh.rglob("*") if path.is_file() and path.suffix not in SUFFIXES.values()
    ]
    count = len(list(contents.addresses(release)))
    return min(len(files), count), count


# In the writer, under the lock


def bring_up_to_date(anew, tell):
    """Write the copy of the current release, or of the next if that begins soon, unless it exists.

    Pages come first; a second round adds the files that take long, after it has called ``tell``.
    One round is enough where only the proof changed: the PDFs and pictures are kept on disk.
    ``anew`` ignores the existing copy and its checksums: an intruder could have changed both.
    Returns the folders written. Raises ``OSError``, ``NotAnswered`` or a database error; then the
    copy is as it was, or has its pages only.
    """
    written, known = [], {}
    while not has_all(current(), (release := Release.agreed(ahead=SOON))) or anew:
        if written:
            tell()
        raise_alarm_of_changes(current())
        clear_up()
        fresh = settings.COPY_DIR / (release.key + PARTIAL)
        before = None if anew else current()
        is_first = not (
            has_text(before, release) and (before.name == release.key or is_whole(before))
        )
        same = known.get(release.key)
        try:
            entries = write(release, fresh, before, known=same, quickly=True, is_first=is_first)
            known = {release.key: entries}
            wait_for(release)
            wait_for_hook(release)
            if Release.agreed().key == release.key:  # otherwise it was withdrawn before its time
                written = [folder for folder in written if folder.name != release.key]
                written.append(put_in_force(fresh, settings.COPY_DIR / release.key))
                anew = False
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    clear_up()
    return written


def raise_alarm_of_changes(folder):
    """Name the files that somebody changed, before the copy is written again."""
    try:
        changed = faults_of(folder) if folder else []
    except (OSError, ValueError):
        changed = [SUMS]  # without the sums, other changes cannot be found
    if changed:
        raise_alarm("verify_site", *(CHANGED.format(printable(name)) for name in changed))


def prune_kept():
    """Delete the booklets and pictures on disk that the current release does not need.

    Returns how many. Raises ``OSError``, ``NotAnswered`` or a database error.
    """
    release = Release.agreed()
    needed = set()
    with typst_cache.mode(named=needed):
        for address in contents.addresses(release):
            if address.endswith(MADE_BY_TYPST):
                contents.answer(address, release)
    return typst_cache.prune(needed)


def wait_for(release):
    """Wait until a release that was written ahead begins, but never long if the clock is set."""
    ends_at = monotonic() + SOON.total_seconds()
    while (
        Release.agreed().key != release.key and clock.now() < release.now and monotonic() < ends_at
    ):
        sleep(0.1)


def wait_for_hook(release):
    """Let the operator's program read the folder to its end, unless another release begins."""
    while (
        (settings.COPY_DIR / release.key).exists()
        and hook.is_running()
        and Release.agreed().key == release.key
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
    """Delete the files of a killed writer, and all but the last releases."""
    folders = [
        path for path in settings.COPY_DIR.iterdir() if path.is_dir() and not path.is_symlink()
    ]
    whole = [path for path in folders if not path.name.endswith(PARTIAL)]
    newest = sorted(whole, key=lambda path: path.stat().st_mtime, reverse=True)[:KEPT]
    for path in folders:
        if path not in newest and path != current():
            shutil.rmtree(path)


def has_all(folder, release):
    """True if the folder is the undamaged copy of the release with all its files."""
    if not (has_text(folder, release) and folder.name == release.key):
        return False
    return set(manifest_of(folder)["addresses"]) == set(contents.addresses(release))


def has_text(folder, release):
    """True if the folder is an undamaged copy of the same text, perhaps with another proof.

    It may have its pages only.
    """
    try:
        is_sound = folder is not None and not faults_of(folder)
        return is_sound and manifest_of(folder).get("text") == release.text_key
    except (OSError, ValueError):
        return False
