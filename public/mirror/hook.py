"""Runs the operator's program when the static copy has changed: first its pages, then the rest.

``write_copy`` calls it without the lock of the copy, so neither readers nor publications wait for
it. The files that follow wait, because they take the place of the folder that it reads. The program
finds the changed addresses on its standard input, one a line, and SITE_URL, RELEASE and COPY, the
folder of the copy, in its environment.
"""

import fcntl
import hashlib
import json
import os
import signal
import stat
import subprocess
from tempfile import TemporaryFile

from django.conf import settings

from editions.data_folder.alarms import raise_alarm
from editions.data_folder.files import alone_in, locked, path_of, write_safely
from public.mirror import contents, reading, writing

ALARM = FOLDER = "publication-hook"
LIMIT = 600  # seconds
KEPT = ("PATH", "HOME", "LANG")  # of the environment: the rest holds secrets
WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def run():
    """Run the program, unless it has succeeded for the current copy. Never raises.

    After a failure the next ``write_copy`` runs it again: after a publication, or by the timer.
    """
    program = settings.PUBLICATION_HOOK
    if not program:
        return
    try:
        with locked(FOLDER) as folder:
            fault = fault_of(program) or run_once(program, folder / "told.json")
    except (OSError, ValueError) as error:
        fault = str(error)
    if fault:
        raise_alarm(ALARM, f"{program}: {fault}. The portal runs it again within an hour.")


def is_running():
    try:
        with alone_in(path_of(FOLDER), fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True
    except OSError:
        return False  # it has never run


def fault_of(program):
    """Why the portal refuses to run the program, or None."""
    try:
        place = program.resolve(strict=True)
        for path in (place, *place.parents, *program.parents):
            if belongs_to_others(path.stat()):
                return f"a user other than root may change {path}"
    except OSError as error:
        return error.strerror
    return None if os.access(place, os.X_OK) else "it is not executable"


def belongs_to_others(known):
    is_shared = stat.S_ISDIR(known.st_mode) and known.st_mode & stat.S_ISVTX  # such as /tmp
    return known.st_uid != 0 or (known.st_mode & WRITABLE_BY_OTHERS and not is_shared)


def run_once(program, record):
    """What went wrong, or None. ``record`` holds the addresses of the last success."""
    if not (copy := reading.current()):
        return None
    before, now = told(record), hashes(copy)
    if not any(map(contents.follows, now)):  # the copy has its pages only, and the rest follows
        now |= {address: known for address, known in before.items() if contents.follows(address)}
    if not (changed := sorted(dict(before.items() ^ now.items()))):
        return None
    if fault := failure(program, copy, changed):
        return fault
    write_safely(record, json.dumps({"addresses": now}))
    return None


def told(record):
    """The addresses of the last success; none if the file is damaged, so all are told again."""
    try:
        return dict(json.loads(record.read_bytes())["addresses"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def hashes(copy):
    """A hash of the headers and the body of each address."""
    manifest = json.loads((copy / reading.MANIFEST).read_bytes())
    entries = {
        address: json.dumps(writing.with_shared_headers(entry, manifest["headers"]), sort_keys=True)
        for address, entry in manifest["addresses"].items()
    }
    return {
        address: hashlib.sha256(entry.encode()).hexdigest() for address, entry in entries.items()
    }


def failure(program, copy, changed):
    """Run the program to its end; returns what went wrong, or None."""
    known = {name: os.environ[name] for name in KEPT if name in os.environ}
    with TemporaryFile() as given, TemporaryFile() as said:  # a program left behind may hold a pipe
        given.write("".join(f"{one}\n" for one in changed).encode())
        given.seek(0)
        process = subprocess.Popen(
            [program],
            env=known | {"SITE_URL": settings.SITE_URL, "RELEASE": copy.name, "COPY": str(copy)},
            cwd="/",
            stdin=given,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that the programs it started can be ended with it
        )
        try:
            status = process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"it took longer than {LIMIT} seconds"
        said.seek(0)
        last = said.read().decode(errors="replace").strip().rpartition("\n")[2]
    return status and f"it ended with status {status} ({last})"
