"""Writes a static copy: the bytes that are answered, compressed beside it, and a manifest of what they must be.

A copy is written beside the one that is read and takes its place in one step, so nobody sees half of it or a mix of
two, whenever its writer ends.
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
from public.mirror import contents
from public.mirror.reading import DERIVED, MANIFEST, SUFFIXES, SUMS, file_of

FILE_MODE, FOLDER_MODE = 0o644, 0o755  # the web server reads it, as everybody may
SET_BY_TYPST = (".pdf", ".png")
PARTIAL = ".part"  # the end of a folder's name until it is whole
ENCODERS = f"brotli {brotli.__version__}, zlib {zlib.ZLIB_RUNTIME_VERSION}"
DECODE = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


class Foreign(Exception):
    """A folder that is to be replaced holds what is not of a copy; the message says what."""


def export(release, folder):
    """Write the copy of the release as ``folder``, in the place of an earlier one. Returns how many addresses it has.

    Raises ``Foreign``, ``OSError``, ``NotAnswered`` or a database's error; then the folder is as it was.
    """
    fresh = folder.with_name(f".{folder.name}{PARTIAL}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with alone_in(folder.parent):  # else a second export would clear away what this one writes
        before = folder if folder.exists() and any(folder.iterdir()) else None
        if before and (foreign := foreign_files(before)):
            raise Foreign(
                f"{folder} holds what is not of an export, such as {foreign[0]}: name another, or empty it."
            )
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            count = write(release, fresh, before)
            put_in_place(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return count


def write(release, folder, before=None, quickly=False):
    """Write every address of the release into the folder, which is not there yet; ``before`` is an earlier copy.

    ``quickly`` compresses in a thirtieth of the time, to a sixteenth more. Returns how many addresses there are.
    Raises ``OSError``, ``NotAnswered`` or a database's error, and leaves what it has written.
    """
    before = before if before and is_usable(before) else None

    def write_one(address):
        headers, body = contents.answer(address, release)
        headers, file = dict(headers), file_of(address)
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        if not (before and linked(before / file, folder / file, body)):
            write_encoded(folder / file, headers, body, quickly)
        return address, entry_of(file, headers, body)

    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    documents, others = [], []
    for address in contents.addresses(release):
        (documents if address.endswith(SET_BY_TYPST) else others).append(address)
    with (
        ThreadPoolExecutor(1) as setting,
        ThreadPoolExecutor(2) as rendering,
    ):  # as typst sets one at a time
        entries = dict(chain(setting.map(write_one, documents), rendering.map(write_one, others)))
    write_file(folder / MANIFEST, manifest(release, entries))
    write_file(folder / SUMS, sums_for(folder))
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        path.chmod(FOLDER_MODE)
        sync(path)
    return len(entries)


def is_usable(before):
    """Whether unchanged files of an earlier copy are what would be written now."""
    try:
        return json.loads((before / MANIFEST).read_bytes())[
            "encoders"
        ] == ENCODERS and not faults_of(before)
    except (OSError, ValueError, KeyError):
        return False


def linked(old, new, body):
    """Link the files of an address to those of an earlier copy. False, and nothing, where they hold something else."""
    paths = {encoding: with_suffix(old, encoding) for encoding in SUFFIXES}
    contents = {encoding: path.read_bytes() for encoding, path in paths.items() if path.exists()}
    if "" not in contents or any(
        DECODE[encoding](content) != body for encoding, content in contents.items()
    ):
        return False
    for encoding, content in contents.items():
        try:
            with_suffix(new, encoding).hardlink_to(paths[encoding])
        except OSError:  # a file system without links, or no more of them
            write_file(with_suffix(new, encoding), content)
    return True


def write_encoded(path, headers, body, quickly):
    write_file(path, body)
    if compression.is_text(headers) and compression.is_worth_it(body):
        compressed = compression.compressed_quickly if quickly else compression.compressed
        for encoding in ("gzip", "br"):
            write_file(with_suffix(path, encoding), compressed(body, encoding))


def entry_of(file, headers, body):
    return {
        "file": file,
        "status": 200,
        "content_type": headers["Content-Type"],
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "headers": {
            name: value for name, value in headers.items() if name not in (*DERIVED, "Content-Type")
        },
    }


def manifest(release, entries):
    """What must be answered at each address; ``headers`` are those that all have, and no entry names them again."""
    common = dict(set.intersection(*(set(entry["headers"].items()) for entry in entries.values())))
    for entry in entries.values():
        entry["headers"] = {
            name: value for name, value in entry["headers"].items() if name not in common
        }
    said = {
        "release": release.key,
        "site": settings.SITE_URL,
        "encoders": ENCODERS,
        "headers": common,
    }
    return json.dumps(said | {"addresses": entries}, indent=1, sort_keys=True).encode()


# What a copy holds


def faults_of(folder):
    """The files of a copy that are not as its sums say, and those that are not of it. Raises ``OSError``."""
    sums, files = sums_of(folder), files_of(folder)
    return sorted(
        name
        for name in files | sums.keys()
        if name not in files or sums.get(name) != hash_of(folder / name)
    )


def foreign_files(folder):
    """The files in the folder that no copy put there."""
    return sorted(
        files_of(folder) - (sums_of(folder).keys() if (folder / SUMS).exists() else set())
    )


def files_of(folder):
    """The names of its files, and of links to anywhere, which a web server would follow."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return {str(path.relative_to(folder)) for path in paths} - {SUMS}


def sums_for(folder):
    """What stands in the file of its sums. Raises ``OSError``."""
    return "".join(
        f"{hash_of(folder / name)}  {name}\n" for name in sorted(files_of(folder))
    ).encode()


def sums_of(folder):
    """The hash of each file of a copy, by its name in the folder. Raises ``OSError``."""
    return dict(line.split("  ", 1)[::-1] for line in (folder / SUMS).read_text().splitlines())


def hash_of(path):
    if not path.is_file():
        raise OSError(f"{path} is no file")  # what is read from a pipe has no end
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Files


def with_suffix(path, encoding):
    return path.with_name(path.name + SUFFIXES[encoding])


def write_file(path, content):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), FILE_MODE)  # whatever the umask
        os.fsync(file.fileno())


def put_in_place(fresh, folder):
    """Give a whole folder its name in one step; what had the name before is removed. Raises ``OSError``."""
    if folder.exists():
        exchange(fresh, folder)
        shutil.rmtree(fresh)
    else:
        fresh.rename(folder)
    sync(folder.parent)


def exchange(one, other):
    """Exchange the names of two folders in one step, which Python has no function for."""
    here, both = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(here, os.fsencode(one), here, os.fsencode(other), both):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))
