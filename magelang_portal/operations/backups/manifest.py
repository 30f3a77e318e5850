"""The manifest of a backup, and the checks whether this portal can restore it."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from editions.data_folder import heads
from editions.publishing import faults_of_editions
from magelang_portal.operations.backups.errors import Unusable
from public.releases import code_version

FORMAT, FORMAT_VERSION = "magelang-portal-backup", 1
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
COUNTED = {
    "editions": "editions_edition",
    "revisions": "editorial_revision",
    "accounts": "editorial_account",
}


@dataclass(frozen=True)
class Manifest:
    """The JSON of ``manifest.json``."""

    format: str
    version: int
    made_at: str
    code: str
    engine: str
    engine_version: str
    migrations: tuple[str, ...]  # that the database had applied, as ``app.name``
    editions: tuple[dict, ...]  # the newest of each vision: period, number, sha256, vision (key)
    counts: dict[str, int]
    faults: tuple[str, ...]  # of the editions, as ``verify_editions`` names them; missing parts
    dump: str
    bytes: int
    sha256: str
    of_heads: tuple[str, ...] = ()  # the faults that are differences from the remembered heads

    @classmethod
    def of(cls, dump, seen):
        """Describe a dump of Django's database as it is now.

        ``seen`` are the heads (``editions.data_folder.heads``) remembered before the dump began.
        """
        missing = list(missing_parts())
        has_editions = not missing and COUNTED["editions"] in connection.introspection.table_names()
        of_heads = tuple(map(str, heads.differences(seen))) if has_editions else ()
        return cls(
            format=FORMAT,
            version=FORMAT_VERSION,
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
        """The contents, such as “2 editions (2016-2021: edition 2), 14 revisions, 3 accounts”."""
        return in_words(self.counts, self.editions)


def applied():
    """The migrations that the database has applied."""
    return tuple(
        sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())
    )


def missing_parts():
    """Sentences on missing tables and columns that a migration made.

    None if newer code migrated the database, because that may have removed them.
    """
    loader = MigrationLoader(connection)
    if set(loader.applied_migrations) - set(loader.disk_migrations):
        return
    tables = set(connection.introspection.table_names())
    known = [key for key in loader.applied_migrations if key in loader.graph.nodes]
    models = loader.project_state(known).apps.get_models(include_auto_created=True)
    for meta in (model._meta for model in models if known and not model._meta.proxy):
        if meta.db_table not in tables:
            yield f"the table {meta.db_table} is missing"
        elif gone := sorted(
            {field.column for field in meta.local_concrete_fields} - columns_of(meta.db_table)
        ):
            yield f"the table {meta.db_table} lacks {', '.join(gone)}"


def columns_of(table):
    """Asked of the table: Django reads SQLite's constraints too, and fails at a backslash."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")
        return {name for name, *_ in cursor.description}


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
    """The newest edition of each vision, as dictionaries."""
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


def refuse_unless_whole(manifest):
    """Raises ``Unusable`` if Django's database differs from the manifest, or lacks a part."""
    described = manifest.migrations, manifest.counts, manifest.editions
    names_visions = all("vision" in edition for edition in manifest.editions)
    editions = newest_editions() if names_visions else newest_of_periods()
    if (applied(), counts(), tuple(editions)) != described:
        raise Unusable(
            "The backup holds another database than its manifest says: take an older one."
        )
    if missing := list(missing_parts()):
        raise Unusable(
            f"The database in the backup is not whole ({'; '.join(missing[:3])}): take an older "
            "one."
        )


def refuse_unless_ours(manifest):
    """Raises ``Unusable`` for a backup of another kind of database, or of newer code."""
    if manifest.engine != connection.vendor:
        here, there = DATABASES[connection.vendor], DATABASES[manifest.engine]
        way_out = (
            "Restore it on SQLite, with PORTAL_DATABASE_URL unset, then run manage.py "
            "move_to_postgres."
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
            f"The backup was made by a newer portal (it knows {', '.join(newer[:3])}): update this "
            "portal first."
        )
