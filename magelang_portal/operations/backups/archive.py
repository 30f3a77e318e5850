"""The file of a backup: a tar, compressed by gzip, of ``manifest.json`` and the database's dump.

It holds everything in the database: texts, editions, history, accounts with the hashes of their
passwords, second factors, sessions. So it is as secret as the database, and only its owner may
read it. It leaves out the settings and the secret key, which are in the environment or the data
folder, and files that the portal can make again: static files, booklets and the static copy.
"""

import gzip
import json
import os
import shutil
import sys
import tarfile
import zlib
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from django.conf import settings

from editions.data_folder import heads
from editions.data_folder.files import sync
from magelang_portal.operations.backups.errors import Unusable
from magelang_portal.operations.backups.manifest import (
    DATABASES,
    FORMAT,
    FORMAT_VERSION,
    Manifest,
    hash_of_file,
)
from magelang_portal.operations.backups.private_files import own_folder

STANDARD_INPUT, STANDARD_OUTPUT = Path("standard input"), Path("standard output")
MOST_MANIFEST = 10_000_000  # bytes


def write(target, engine, dumped):
    """Make the backup ``target``, which appears whole and checked, or not at all.

    ``dumped`` is the engine's context manager that writes a dump. Returns the manifest and the
    size in bytes.
    """
    with made(target.parent, engine, dumped) as (packed, manifest):
        os.replace(packed, target)
        sync(target.parent)
    return manifest, target.stat().st_size


def send(engine, dumped):
    """Write a backup to standard output, once it is whole and checked; returns as ``write``."""
    with (
        made(settings.DATA_DIR, engine, dumped) as (packed, manifest),
        open(packed, "rb") as file,
        open(1, "wb", closefd=False) as pipe,
    ):
        shutil.copyfileobj(file, pipe)
        return manifest, packed.stat().st_size


@contextmanager
def made(parent, engine, dumped):
    """A checked backup in a temporary folder of ``parent``, and its manifest."""
    seen = heads.remembered()  # before the dump, which misses later publications
    with own_folder(parent, ".backup-") as folder:
        dump, packed = folder / engine.DUMP, folder / "packed"
        with dumped(dump):
            manifest = Manifest.of(dump, seen)
        pack(packed, manifest, dump)
        dump.unlink()
        with unpacked(packed, folder) as (found, dump):
            engine.check(dump)
            if found != manifest:
                raise Unusable(
                    "The backup was not written as it should be. Try again, on another disk."
                )
        yield packed, manifest


def pack(path, manifest, dump):
    description = path.with_name("manifest.json")
    description.write_text(json.dumps(asdict(manifest), indent=1) + "\n")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as tar:
            for member in (description, dump):
                tar.add(member, member.name, filter=without_owner)
        file.flush()
        os.fsync(file.fileno())


def without_owner(member):
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


@contextmanager
def unpacked(path, folder):
    """The manifest and the path of the dump, which is deleted after the block.

    Raises ``Unusable``.
    """
    with own_folder(Path(folder), ".backup-") as inside:
        yield unpack(path, inside)


def unpack(path, folder):
    try:
        with gzip.open(sys.stdin.buffer if path is STANDARD_INPUT else path) as whole:
            manifest, dump = unpack_tar(whole, folder)
            while whole.read(1_000_000):  # to the end, which has the checksum
                pass
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise Unusable(
            f"{path} cannot be read ({error.strerror}): name the file of a backup."
        ) from error
    except gzip.BadGzipFile as error:
        raise (damaged(path, error) if "CRC" in str(error) else foreign(path)) from error
    except Foreign as error:
        raise foreign(path) from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise damaged(
            path, "it ends too early" if isinstance(error, EOFError) else error
        ) from error
    if (dump.stat().st_size, hash_of_file(dump)) != (manifest.bytes, manifest.sha256):
        raise damaged(path, "its database is not the one that was written")
    return manifest, dump


class Foreign(Exception):
    """The file is not a backup."""


def foreign(path):
    return Unusable(
        f"{path} is not a backup of this portal: name a file that manage.py backup made."
    )


def damaged(path, reason):
    return Unusable(f"{path} is damaged ({reason}): take another copy of it, or an older backup.")


def unpack_tar(whole, folder):
    """The manifest, and the path of the dump, which is written into the folder."""
    with opened(whole) as tar:
        manifest = manifest_in(tar)
        member = tar.next()
        if member is None:
            raise EOFError
        if not member.isfile():
            raise Foreign
        dump = folder / "dump"
        with open(dump, "xb") as file:
            shutil.copyfileobj(tar.extractfile(member), file)
    return manifest, dump


def opened(whole):
    try:
        return tarfile.open(fileobj=whole, mode="r|")
    except tarfile.TarError as error:
        raise Foreign from error


def manifest_in(tar):
    """Raises ``Foreign``, or ``Unusable`` for the manifest of a newer portal."""
    first = tar.next()
    if (
        first is None
        or not first.isfile()
        or first.name != "manifest.json"
        or first.size > MOST_MANIFEST
    ):
        raise Foreign
    try:
        manifest = json.load(tar.extractfile(first))
        if manifest["format"] != FORMAT or manifest["engine"] not in DATABASES:
            raise Foreign
        if manifest["version"] > FORMAT_VERSION:
            raise Unusable(
                f"The backup has format {manifest['version']}, which is newer: update the portal "
                "first."
            )
        return Manifest(
            **{
                name: as_tuple(manifest[name])
                for name in Manifest.__dataclass_fields__
                if name in manifest
            }
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Foreign from error


def as_tuple(value):
    return tuple(value) if isinstance(value, list) else value
