"""Documents that typst compiles, each kept on disk under the hash of everything it is made from.

So nothing on disk is ever out of date, and the folder may be emptied at any time. The writer of the
static copy deletes what no release needs any more.
"""

import json
import logging
import signal
import subprocess
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from time import time

from django.conf import settings

from editions.data_folder.files import data_folder_unwritable, path_of, write_safely

logger = logging.getLogger(__name__)
one_at_a_time = Lock()  # typst uses all cores by itself
LONGEST = 20  # seconds; a booklet takes a quarter of one
UNUSED_FOR = 24 * 3600  # seconds; another worker may just have made a file that seems unneeded
SOURCES = Path(__file__).parent / "typst"


@dataclass(frozen=True)
class Mode:
    """How this process makes its documents."""

    # Five times as fast, for a process that ends soon: typst keeps memory. A document that takes
    # longer than LONGEST ends the process.
    in_process: bool = False
    uses_disk: bool = True
    named: set[Path] | None = None  # where a set: make nothing, add the files that would be read


class Unfinished(Exception):
    """A document is being made, or was made: ask again for the others."""


_mode = Mode()  # of the process, as all its threads need it
_makes_one = ContextVar("makes_one", default=False)


@contextmanager
def one_new_document():
    """Make one document at most, then raise ``Unfinished``: for a request that needs many.

    A process that makes documents itself makes them all.
    """
    token = _makes_one.set(True)
    try:
        yield
    finally:
        _makes_one.reset(token)


@contextmanager
def mode(**changes):
    """Make documents in another ``Mode`` while the block runs."""
    global _mode
    before, _mode = _mode, replace(_mode, **changes)
    try:
        yield
    finally:
        _mode = before


def document(name, data, *, is_kept, **options):
    """The document that ``typst/<name>.typ`` makes of the data; ``options`` of ``typst.compile``.

    ``is_kept`` is False for drafts, which must not leave the database. Equal input gives equal
    bytes. Raises ``CalledProcessError`` or ``TimeoutExpired``, and as ``one_new_document`` says.
    """
    words = json.dumps(data, ensure_ascii=False, sort_keys=True)
    key = sha256("\0".join([_sources_hash(), name, words]).encode()).hexdigest()
    path = _folder() / f"{key}.{options['format']}"
    if _mode.named is not None:
        _mode.named.add(path)
        return b""
    if content := _on_disk(path):
        return content
    must_be_quick = _makes_one.get() and not _mode.in_process
    if must_be_quick and one_at_a_time.locked():
        raise Unfinished
    with one_at_a_time:
        if content := _on_disk(path):  # another thread made it meanwhile
            return content
        content = _compiled(SOURCES / f"{name}.typ", words, options)
        is_on_disk = is_kept and _mode.uses_disk and _keep(path, content)
        if must_be_quick and is_on_disk:  # otherwise the next try would begin again
            raise Unfinished
        return content


def prune(needed):
    """Delete the files that are not needed, once they are old. Returns how many were deleted.

    A process that has one open can still read it; later ones make it again.
    """
    latest = time() - UNUSED_FOR
    old = [path for path in _folder().glob("*") if path not in needed and _made_at(path) < latest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _folder():
    return path_of("kept")


def _on_disk(path):
    try:
        return path.read_bytes() if _mode.uses_disk else None
    except OSError:
        return None


def _keep(path, content):
    """Whether the file could be written."""
    try:
        write_safely(path, content)
    except OSError as error:
        logger.warning(data_folder_unwritable(path.parent, error))
        return False
    return True


def _made_at(path):
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process has deleted it
        return time()


def _compiled(source, words, options):
    request = {
        "source": str(source),
        "fonts": [str(SOURCES / "fonts")],
        "data": words,
        "options": options,
    }
    if _mode.in_process:
        from public.booklet.typst.__main__ import document  # no server process loads typst

        signal.alarm(LONGEST)
        try:
            return document(request)
        finally:
            signal.alarm(0)
    done = subprocess.run(
        [sys.executable, "-m", "public.booklet.typst"],
        input=json.dumps(request).encode(),
        capture_output=True,
        check=True,
        cwd=settings.BASE_DIR,
        timeout=LONGEST,
    )
    if done.stderr:
        logger.warning(done.stderr.decode().strip())
    return done.stdout


@cache
def _sources_hash():
    """The hash of what typst reads besides the data, and of its version."""
    files = sorted([*SOURCES.glob("*.typ"), *SOURCES.glob("fonts/*")])
    parts = [
        part for path in files for part in (path.name.encode(), sha256(path.read_bytes()).digest())
    ]
    return sha256(b"\0".join([version("typst").encode(), *parts])).hexdigest()
