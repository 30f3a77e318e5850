"""Writes a static copy: each page and file, also compressed, and a manifest of what to answer.

A copy is written beside the current one, and takes its place in one step. So no reader sees
half of it or a mix of two, even if the writer is killed.
"""

import ctypes
import gzip
import hashlib
import json
import os
import shutil
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import brotli
from django.conf import settings

from editions.data_folder.files import alone_in, sync
from public import compression
from public.mirror import contents, sums
from public.mirror.reading import DERIVED, MANIFEST, SUFFIXES, SUMS, file_of

FILE_MODE, FOLDER_MODE = 0o644, 0o755  # for the web server, under any umask
PARTIAL = ".part"  # ends a folder's name until the copy is complete
ENCODERS = f"brotli {brotli.__version__}, zlib {zlib.ZLIB_RUNTIME_VERSION}"
DECODE = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


class Foreign(Exception):
    """The folder to replace holds files that no export wrote; the message names one."""


def export(release, folder):
    """Write the copy of the release as ``folder``, replacing an earlier export.

    Returns the number of addresses. Raises ``Foreign``, ``OSError``, ``NotAnswered`` or a database
    error; then the folder is unchanged.
    """
    fresh = folder.with_name(f".{folder.name}{PARTIAL}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with alone_in(folder.parent):  # otherwise a second export would delete this one's files
        before = folder if folder.exists() and any(folder.iterdir()) else None
        if before and (foreign := sums.foreign_files(before)):
            raise Foreign(
                f"{folder} holds what is not of an export, such as {foreign[0]}: "
                "name another, or empty it."
            )
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            entries = write(release, fresh, before)
            put_in_place(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return len(entries)


def write(release, folder, before=None, *, known=None, quickly=False, is_first=False):
    """Write every address of the release into a new folder, linking unchanged files of ``before``.

    ``quickly`` compresses in a thirtieth of the time, and files are a sixteenth larger.
    ``is_first`` leaves out the files that take long, so that readers get the new pages soon.
    ``known`` are entries that an earlier call returned for this release: where ``before`` has their
    bodies, they are not rendered again.
    Returns the manifest's entries. Raises ``OSError``, ``NotAnswered`` or a database error, and
    then leaves what it has written.
    """
    before, known = before if before and is_usable(before) else None, known or {}

    def write_one(address):
        file = file_of(address)
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        entry = before and known.get(address)
        if entry and carried(before / file, folder / file, entry):
            return address, entry
        headers, body = contents.answer(address, release)
        if not (before and linked(before / file, folder / file, body)):
            write_encoded(folder / file, headers, body, quickly)
        return address, entry_of(address, headers, body)

    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    documents, others = [], []
    for address in contents.addresses(release):
        (documents if contents.follows(address) else others).append(address)
    if is_first:
        documents = []
    # typst makes one document at a time, and must not delay both threads.
    with ThreadPoolExecutor(1) as typesetting, ThreadPoolExecutor(2) as rendering:
        written = chain(typesetting.map(write_one, documents), rendering.map(write_one, others))
        entries = dict(written)
    write_file(folder / MANIFEST, manifest(release, entries))
    write_file(folder / SUMS, sums.computed(folder))
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        path.chmod(FOLDER_MODE)
        sync(path)
    return entries


def is_usable(before):
    """True if the earlier copy is undamaged and compressed by the same versions as now."""
    try:
        encoders = json.loads((before / MANIFEST).read_bytes())["encoders"]
        return encoders == ENCODERS and not sums.faults_of(before)
    except (OSError, ValueError, KeyError):
        return False


def carried(old, new, entry):
    """Link the files of an address as ``linked``, if these hold the body of the entry."""
    body = old.read_bytes() if old.exists() else b""
    return hashlib.sha256(body).hexdigest() == entry["sha256"] and linked(old, new, body)


def linked(old, new, body):
    """Link the files of an address to those of an earlier copy, if these hold the same body."""
    paths = {encoding: with_suffix(old, encoding) for encoding in SUFFIXES}
    found = {encoding: path.read_bytes() for encoding, path in paths.items() if path.exists()}
    if "" not in found or any(DECODE[encoding](found[encoding]) != body for encoding in found):
        return False
    for encoding, content in found.items():
        try:
            with_suffix(new, encoding).hardlink_to(paths[encoding])
        except OSError:  # the file system knows no links, or the file has too many
            write_file(with_suffix(new, encoding), content)
    return True


def write_encoded(path, headers, body, quickly):
    write_file(path, body)
    if compression.is_text(dict(headers)) and compression.is_worth_it(body):
        compressed = compression.compressed_quickly if quickly else compression.compressed
        for encoding in ("gzip", "br"):
            write_file(with_suffix(path, encoding), compressed(body, encoding))


def entry_of(address, headers, body):
    """The manifest's entry for one address, with all its headers."""
    headers = dict(headers)
    return {
        "file": file_of(address),
        "status": 200,
        "content_type": headers["Content-Type"],
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "headers": {
            name: value for name, value in headers.items() if name not in (*DERIVED, "Content-Type")
        },
    }


def manifest(release, entries):
    """The manifest as JSON; it has the headers that all addresses share only once."""
    common = set.intersection(*(set(entry["headers"].items()) for entry in entries.values()))
    own = {
        address: entry | {"headers": dict(entry["headers"].items() - common)}
        for address, entry in entries.items()
    }
    data = origin(release) | {"encoders": ENCODERS, "headers": dict(common), "addresses": own}
    return json.dumps(data, indent=1, sort_keys=True).encode()


def origin(release):
    """What the manifest says of the whole copy."""
    return {"release": release.key, "text": release.text_key, "site": settings.SITE_URL}


def with_shared_headers(entry, shared):
    """The entry with the shared headers, which ``manifest`` moved out of it."""
    return entry | {"headers": shared | entry["headers"]}


def with_suffix(path, encoding):
    return path.with_name(path.name + SUFFIXES[encoding])


def write_file(path, content):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), FILE_MODE)
        os.fsync(file.fileno())


def put_in_place(fresh, folder):
    """Give the complete folder its name in one step, and delete the folder that had it before."""
    if folder.exists():
        exchange(fresh, folder)
        shutil.rmtree(fresh)
    else:
        fresh.rename(folder)
    sync(folder.parent)


def exchange(one, other):
    """Exchange the names of two folders in one step, for which Python has no function."""
    at_fdcwd, rename_exchange = -100, 2
    libc = ctypes.CDLL(None, use_errno=True)
    names = at_fdcwd, os.fsencode(one), at_fdcwd, os.fsencode(other)
    if libc.renameat2(*names, rename_exchange):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))
