"""A failure outside the code becomes a sentence; a fault of the code keeps its traceback."""

import errno

import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

from magelang_portal import operator_errors


def caused(error, **attributes):
    """Django's error, caused by a database error with these attributes."""
    error.__cause__ = type("Cause", (Exception,), attributes)()
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            caused(OperationalError("locked"), sqlite_errorname="SQLITE_BUSY"),
            "Run this again in a minute.",
        ),
        (caused(OperationalError("full"), sqlite_errorname="SQLITE_FULL"), "make room there"),
        (caused(OperationalError("full"), sqlstate="53100"), "make room there"),
        (caused(ProgrammingError("relation"), sqlstate="42P01"), "run manage.py migrate first"),
        (caused(NotSupportedError("PostgreSQL 15 or later")), "set PORTAL_DATABASE_URL to another"),
        (
            OSError(errno.ENOSPC, "No space left on device", "/srv/file"),
            "No space is left on /srv/file: make room",
        ),
        (FileNotFoundError(errno.ENOENT, "No such file", "nice"), "(apt-get install coreutils)"),
        (PermissionError(errno.EACCES, "Permission denied", "/srv/file"), "(bin/portal)"),
    ],
)
def test_each_fault_outside_the_code_names_its_remedy(error, words):
    assert words in operator_errors.sentence_for(error)


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError("x"),
        DatabaseError("x"),
        KeyError("x"),
        FileNotFoundError(2, "No such file", "/a/b"),
        FileNotFoundError(2, "No such file", "manifest.json"),
    ],
)
def test_a_fault_of_the_code_keeps_its_traceback(error):
    assert operator_errors.sentence_for(error) is None
