"""The file of a backup: a tar, compressed by gzip, of ``manifest.json`` and the database's dump, in this order.

It holds all that the database holds: texts, editions, history, accounts with the hashes of their passwords, second
factors, sessions. So it is as secret as the database, and only its owner may read it. Not in it are the settings and
the secret key, which stand in the environment or the data folder, and what can be made anew: static files, booklets
and the copy of the pages.
"""

import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
import time
import zlib
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from editions.data_folder import heads
from editions.data_folder.files import sync
from editions.publishing import faults_of_editions
from public.releases import code_version

FORMAT, VERSION = "magelang-portal-backup", 1
MOST_MANIFEST = 10_000_000  # bytes
LONGEST = 24 * 3600  # seconds that a backup or a restore may take
SOON = 60  # seconds in which a new folder is locked
LEFT_BEHIND = re.compile(r"\.(backup|part|snapshot)-[a-z0-9_]{8}")  # as ``tempfile`` names them
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class Unusable(Exception):
    """A backup cannot be made or used; the message says why, and what to do."""


class Damaged(Unusable):
    """The database itself is."""


@dataclass(frozen=True)
class Manifest:
    """What a backup is. ``migrations`` are those the database had seen, as ``app.name``."""

    format: str
    version: int
    made_at: str
    code: str
    engine: str
    engine_version: str
    migrations: tuple[str, ...]
    editions: tuple[
        dict, ...
    ]  # of each vision the newest: period, number, sha256, vision (its key)
    counts: dict[str, int]
    faults: tuple[
        str, ...
    ]  # of the editions, as ``verify_editions`` names them, and what is missing
    dump: str
    bytes: int
    sha256: str
    of_heads: tuple[str, ...] = ()  # those of the faults that are differences from what was seen

    @classmethod
    def of(cls, dump, seen):
        """That of a dump of Django's database as it is at this moment.

        ``seen`` are the editions that were remembered before the dump began (``editions.data_folder.heads``).
        """
        missing = list(missing_parts())
        has_editions = not missing and COUNTED["editions"] in connection.introspection.table_names()
        of_heads = tuple(map(str, heads.differences(seen))) if has_editions else ()
        return cls(
            format=FORMAT,
            version=VERSION,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            code=code_version(),
            engine=connection.vendor,
            engine_version=".".join(map(str, connection.get_database_version())),
            migrations=applied(),
            editions=tuple(newest_editions()),
            counts=counts(),
            faults=(*missing, *(faults_of_editions() if has_editions else ()), *of_heads),
            of_heads=of_heads,
            dump=dump.name,
            bytes=dump.stat().st_size,
            sha256=hash_of_file(dump),
        )

    @property
    def words(self):
        """What it holds, such as “2 editions (2016-2021: edition 2), 14 revisions, 3 accounts”."""
        return in_words(self.counts, self.editions)


COUNTED = {
    "editions": "editions_edition",
    "revisions": "editorial_revision",
    "accounts": "editorial_account",
}


def applied():
    """The migrations that the database has seen."""
    return tuple(
        sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())
    )


def missing_parts():
    """The tables and columns that the migrations of this database made, and that are gone.

    Nothing where newer code migrated it: it may have removed them.
    """
    loader = MigrationLoader(connection)
    if set(loader.applied_migrations) - set(loader.disk_migrations):
        return
    standing = set(connection.introspection.table_names())
    known = [key for key in loader.applied_migrations if key in loader.graph.nodes]
    models = loader.project_state(known).apps.get_models(include_auto_created=True)
    for meta in (model._meta for model in models if known and not model._meta.proxy):
        if meta.db_table not in standing:
            yield f"the table {meta.db_table} is missing"
        elif gone := sorted(
            {field.column for field in meta.local_concrete_fields} - columns_of(meta.db_table)
        ):
            yield f"the table {meta.db_table} lacks {', '.join(gone)}"


def columns_of(table):
    with connection.cursor() as cursor:
        return {
            column.name for column in connection.introspection.get_table_description(cursor, table)
        }


def in_words(counts, editions):
    newest = ", ".join(f"{edition['period']}: edition {edition['number']}" for edition in editions)
    words = [f"{count} {noun if count != 1 else noun[:-1]}" for noun, count in counts.items()]
    return ", ".join([words[0] + (f" ({newest})" if newest else ""), *words[1:]])


def counts():
    return {noun: count(table) for noun, table in COUNTED.items()}


def count(table):
    if table not in connection.introspection.table_names():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def newest_editions():
    """The newest edition of each vision."""
    if count(COUNTED["editions"]):
        yield from map(asdict, heads.newest(heads.stored()))


def newest_of_periods():
    """The newest edition of each period, as in the manifests of older backups."""
    if count(COUNTED["editions"]):
        newest = {seen.period: seen for seen in sorted(heads.stored())}
        for period, seen in sorted(newest.items()):
            yield {"period": period, "number": seen.number, "sha256": seen.sha256}


def hash_of_file(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(target, engine, dumped):
    """Make the backup ``target``, which appears whole and checked, or not at all. ``dumped`` is the engine's."""
    seen = heads.remembered()  # before the dump: what is published meanwhile is not in it
    with own_folder(target.parent, ".backup-") as folder:
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
        os.replace(packed, target)
        sync(target.parent)
    return manifest


@contextmanager
def own_folder(parent, prefix):
    """A folder that only its owner may enter, while the block runs.

    Whoever is killed leaves one behind, which may hold as much as the database: the next of them deletes it.
    """
    for place in {parent, settings.DATA_DIR}:
        clear_interrupted(place)
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as folder:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with suppress(OSError):  # there are file systems without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield Path(folder)
        finally:
            os.close(descriptor)


def clear_interrupted(place):
    for path in place.glob(".*"):
        if LEFT_BEHIND.fullmatch(path.name) and is_left_behind(path):
            shutil.rmtree(path, ignore_errors=True)


def is_left_behind(folder):
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # whose it was has just deleted it
        return False
    age = time.time() - os.fstat(descriptor).st_mtime
    try:
        if age > SOON:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return age > SOON
    except BlockingIOError:
        return False
    except OSError:
        return age > LONGEST
    finally:
        os.close(descriptor)


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
    """(The manifest, the path of the dump) of a backup, while the block runs. Raises ``Unusable``."""
    with own_folder(Path(folder), ".backup-") as inside:
        yield unpack(path, inside)


def unpack(path, folder):
    try:
        with gzip.open(path) as whole:
            manifest, dump = unpack_tar(whole, folder)
            while whole.read(1_000_000):  # to the end, where the checksum stands
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
    """(The manifest, the path of the dump, written into the folder) of the tar."""
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
    """The manifest of the tar. Raises ``Foreign``, or ``Unusable`` for one of a newer portal."""
    first = tar.next()
    if (
        first is None
        or not first.isfile()
        or first.name != "manifest.json"
        or first.size > MOST_MANIFEST
    ):
        raise Foreign
    try:
        said = json.load(tar.extractfile(first))
        if said["format"] != FORMAT or said["engine"] not in DATABASES:
            raise Foreign
        if said["version"] > VERSION:
            raise Unusable(
                f"The backup has format {said['version']}, which is newer: update the portal first."
            )
        return Manifest(
            **{name: as_tuple(said[name]) for name in Manifest.__dataclass_fields__ if name in said}
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Foreign from error


def refuse_unless_whole(manifest):
    """Raises ``Unusable`` where Django's database is not the one that the manifest describes, or lacks a part."""
    said = manifest.migrations, manifest.counts, manifest.editions
    names_visions = all("vision" in edition for edition in manifest.editions)
    editions = newest_editions() if names_visions else newest_of_periods()
    if (applied(), counts(), tuple(editions)) != said:
        raise Unusable(
            "The backup holds another database than its manifest says: take an older one."
        )
    if missing := list(missing_parts()):
        raise Unusable(
            f"The database in the backup is not whole ({'; '.join(missing[:3])}): take an older one."
        )


def as_tuple(value):
    return tuple(value) if isinstance(value, list) else value


def refuse_unless_ours(manifest):
    """Raises ``Unusable`` where the backup is of another kind of database, or of code that is newer than this."""
    if manifest.engine != connection.vendor:
        here, there = DATABASES[connection.vendor], DATABASES[manifest.engine]
        way_out = (
            "Restore it on SQLite, with PORTAL_DATABASE_URL unset, then run manage.py move_to_postgres."
            if manifest.engine == "sqlite"
            else "Set PORTAL_DATABASE_URL to a PostgreSQL database."
        )
        raise Unusable(f"The backup is one of {there}, and this portal runs on {here}. {way_out}")
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    names = {
        ".".join(key)
        for key in [*known, *(key for migration in known.values() for key in migration.replaces)]
    }
    if newer := sorted(set(manifest.migrations) - names):
        raise Unusable(
            f"The backup was made by a newer portal (it knows {', '.join(newer[:3])}): update this portal first."
        )
