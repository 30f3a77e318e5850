"""What this machine saw of the audit log: files in the data folder, outside the database.

``verified`` and ``sent`` hold the newest event that was verified here and sent from here. ``found``
and ``accepted`` hold marks: tuples that each describe one fault. ``found`` has those of the open
alarm, ``accepted`` those that somebody acknowledged.
"""

import json

from editions.data_folder.files import path_of, write_safely
from editorial.models import Seal

FOLDER = "audit"
VERIFIED, SENT = "verified", "sent"
REMEMBERED = {VERIFIED: "was seen here before", SENT: "was sent before"}
ACCEPTED, FOUND = "accepted", "found"
BEGINS = "begins"


def path_to(name):
    return path_of(FOLDER, f"{name}.json")


# The newest event


def remembered(name):
    """(number, hash), or None. Raises ``ValueError`` if the file is damaged."""
    try:
        kept = json.loads(path_to(name).read_text())
        return int(kept["number"]), str(kept["sha256"])
    except FileNotFoundError:
        return None
    except (KeyError, TypeError) as error:
        raise ValueError from error


def remember(name, seal):
    """Remember that all events up to this one are good. A lower number changes nothing.

    A machine that saw nothing yet believes the log about where it begins.
    """
    number, _digest = remembered(name) or (0, "")
    if not has_seen():
        accept_beginning(Seal.objects.order_by("pk").first())
    if seal.pk > number:
        write_safely(path_to(name), json.dumps({"number": seal.pk, "sha256": seal.sha256}))


def has_seen():
    return any(path_to(name).exists() for name in REMEMBERED)


def forget(name):
    """Begin again with the first event. The file stays, so that this machine is no new one."""
    write_safely(path_to(name), json.dumps({"number": 0, "sha256": ""}))


# The marks


def marks(name):
    """A damaged file holds none: then the faults are found again."""
    try:
        return {tuple(mark) for mark in json.loads(path_to(name).read_text())}
    except (FileNotFoundError, ValueError, TypeError):
        return set()


def keep(name, kept):
    write_safely(path_to(name), json.dumps(sorted(kept, key=str)))


def mark_of_beginning(first):
    """The number and hash of the last deleted event."""
    return BEGINS, first.pk - 1, first.previous


def accept_beginning(first):
    if first.pk > 1:
        keep(ACCEPTED, marks(ACCEPTED) | {mark_of_beginning(first)})
