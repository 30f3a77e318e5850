"""Failures outside the code as one sentence, with the setting or command to change.

manage.py imports this module first, so imports that need settings are inside functions.
"""

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, Error, NotSupportedError, connection

from editions.data_folder.files import FULL_DISK
from magelang_portal.environment import env

PACKAGES = {  # of Debian, for each program that the portal calls
    "nginx": "nginx",
    "nice": "coreutils",
    "pg_dump": "postgresql-client",
    "pg_restore": "postgresql-client",
}
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
# SQLSTATE codes of PostgreSQL.
NOT_ALLOWED = "42501"
UNDEFINED = ("42P01", "42703")  # table, column


def sentence_for(error):
    """The sentence about the error, or None for a fault of the code, which needs its traceback."""
    if isinstance(error, ImproperlyConfigured):
        return str(error)
    if isinstance(error, DatabaseError):
        return database_error(error)
    return system_error(error) if isinstance(error, OSError) else None


def in_words(error):
    """The sentence about the error, or else its own message."""
    return sentence_for(error) or str(error)


# The operating system


def system_error(error):
    if error.errno in FULL_DISK:
        return full_disk(error.filename or "the disk that this command writes to")
    if isinstance(error, BrokenPipeError):
        return "The program behind the pipe ended too early: look at what it said."
    # ``subprocess`` puts the name of a missing program here.
    if isinstance(error, FileNotFoundError) and (package := PACKAGES.get(error.filename)):
        return f"The program {error.filename} is missing: install it (apt-get install {package})."
    if isinstance(error, PermissionError) and error.filename:
        return (
            f"This user may not use {error.filename}: run the command as the portal's own user "
            "(bin/portal)."
        )
    return None


def full_disk(place):
    return f"No space is left on {place}: make room there, and run this again."


# The database


def database_error(error):
    from magelang_portal.outage import Outage, outage_of

    cause, reason = error.__cause__, reason_of(error)
    if getattr(cause, "sqlstate", None) in UNDEFINED or reason.startswith(
        ("no such table", "no such column")
    ):
        return f"The database does not match this release ({reason}): run manage.py migrate first."
    if getattr(cause, "sqlstate", None) == NOT_ALLOWED:
        return (
            f"The role of PORTAL_DATABASE_URL may not do this ({reason}). "
            "Set PORTAL_OWNER_DATABASE_URL to the address of the role that owns the tables "
            "(docs/owner.md)."
        )
    if getattr(cause, "sqlite_errorname", None) in DAMAGED:
        return (
            f"The database {file()} is damaged ({reason}): restore the last backup with manage.py "
            "restore FILE."
        )
    if isinstance(error, NotSupportedError):
        return (
            f"The portal cannot use this database ({reason}): set PORTAL_DATABASE_URL to another."
        )
    sentences = {Outage.LOST: lost, Outage.BUSY: busy, Outage.FULL: full}
    outage = outage_of(error)
    return outage and sentences[outage](reason)


def reason_of(error):
    """The first line of the database's message.

    A pool says only that it waited, so this connects once more to hear the server's reason.
    """
    from psycopg_pool import PoolTimeout

    if isinstance(error.__cause__, PoolTimeout):
        error = connection_error() or error
    return str(error).partition("\n")[0].removeprefix("connection failed: ")


def connection_error():
    """The error of a new connection, or None if the server accepts it."""
    from editions.connections import unpooled

    fresh = unpooled()
    try:
        fresh.ensure_connection()
    except Error as error:
        return error
    finally:
        fresh.close()
    return None


def no_database(file):
    setting = "PORTAL_DATABASE_URL" if env("DATABASE_URL") else "PORTAL_DATA_DIR"
    return (
        f"There is no database {file}. If the portal is new, run manage.py migrate, which makes "
        f"it; otherwise correct {setting}."
    )


def lost(reason):
    if connection.vendor == "postgresql":
        return (
            f"The database cannot be reached ({reason}). Start PostgreSQL, or correct "
            "PORTAL_DATABASE_URL."
        )
    is_named = env("DATABASE_URL")
    change = "correct PORTAL_DATABASE_URL" if is_named else "set PORTAL_DATA_DIR to another"
    return (
        f"The database {file()} cannot be used ({reason}). Let this user write it and its folder, "
        f"or {change}."
    )


def busy(reason):
    return (
        f"The database is busy ({reason}): something else writes to it. Run this again in a minute."
    )


def full(reason):
    return full_disk(f"the disk of the database {file()}".rstrip())


def file():
    return connection.settings_dict["NAME"] if connection.vendor == "sqlite" else ""
