"""The memory of heads: the editions that this machine has seen, kept outside the database.

A program that may write the database can rewrite every edition and every hash, so that the chain
is right again. Therefore a file in the data folder lists the editions seen. The log and the
manifest of each backup have the newest hash of each period.
"""

import json
import logging
from dataclasses import astuple, dataclass, replace

from django.db import DatabaseError

from editions.data_folder.alarms import raise_alarm
from editions.data_folder.files import locked, path_of, write_safely
from editions.models import Edition

logger = logging.getLogger(__name__)
ALARM = FOLDER = "heads"
UNREADABLE = (
    "What was seen of the editions cannot be read in {}, so it is not known whether they are the "
    "same: compare their hashes with the manifest of a backup, or with the lines “heads:” of the "
    "log."
)


@dataclass(frozen=True, order=True)
class Seen:
    """An edition as it was seen."""

    period: str
    number: int
    sha256: str
    vision: int = 0  # its key: two visions may have had the same years. 0 in older files

    @property
    def of_any_vision(self):
        return replace(self, vision=0)


@dataclass(frozen=True)
class Difference:
    """An edition that was seen and is missing; ``now`` is the hash of the one in its place."""

    seen: Seen
    now: str = ""

    def __str__(self):
        name = f"{self.seen.period} edition {self.seen.number}"
        if self.now:
            return f"{name} was replaced: its SHA-256 was {self.seen.sha256}, and now is {self.now}"
        return f"{name} is gone: its SHA-256 was {self.seen.sha256}"


def look(is_chain_right=True):
    """Compare the editions with those seen before. A difference is an alarm and is kept.

    If nothing differs and the chain is right, new editions are remembered. Returns the
    differences as sentences. Raises ``OSError``, or a database's error.
    """
    with alone():
        seen = remembered()
        found = list(map(str, differences(seen))) if seen is not None else [unreadable()]
        if found:
            raise_alarm(ALARM, *found)
        elif is_chain_right:
            _remember(stored())
    return found


def look_after_publication(**kwargs):
    """The edition is already published: an error here must not look like a failed publication."""
    try:
        look()
    except (OSError, DatabaseError) as error:
        logger.error("the new edition cannot be remembered outside the database: %s", error)


def look_after_restore(sentence):
    """Compare a restored database. An alarm begins with the sentence. Returns the differences."""
    try:
        if differences(remembered()):
            raise_alarm(ALARM, sentence)
        return look()
    except (OSError, DatabaseError) as error:
        logger.error("what was restored cannot be compared with what was seen before: %s", error)
        return []


def accept():
    """Inside ``alone()``: replace the remembered editions by those now in the database.

    Raises ``OSError``, or a database's error.
    """
    _remember(stored())


def differences(remembered):
    """The remembered editions that are missing or changed; none if the file cannot be read.

    Raises a database's error.
    """
    remembered, standing = remembered or set(), stored()
    hashes = {seen.sha256 for seen in remembered}
    fresh = [seen for seen in standing if seen.sha256 not in hashes]
    missing = sorted(remembered - standing - {seen.of_any_vision for seen in standing})
    return [Difference(seen, _instead_of(seen, fresh)) for seen in missing]


def _instead_of(seen, fresh):
    """The hash of the edition in its place; "" if there is none."""
    for one in fresh:
        is_same_place = (one.period, one.number) == (seen.period, seen.number)
        if is_same_place and seen.vision in (0, one.vision):
            return one.sha256
    return ""


def stored():
    rows = Edition.objects.values_list(
        "period_start", "period_end", "number", "sha256", "vision_id"
    )
    return {Seen(f"{start}-{end}", *others) for start, end, *others in rows}


def newest(seen):
    """The edition with the highest number of each vision, the earlier period first."""
    by_number = sorted(seen, key=lambda one: one.number)
    return sorted({(one.vision, one.vision or one.period): one for one in by_number}.values())


# The file


def remembered():
    """The editions in the file; None if it cannot be read."""
    try:
        return {Seen(*kept) for kept in json.loads(_path().read_text())}
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, TypeError):
        return None


def unreadable():
    return UNREADABLE.format(_path())


def _remember(seen):
    if remembered() != seen:
        write_safely(_path(), json.dumps([astuple(one) for one in sorted(seen)], indent=0))
    heads = [f"{head.period} edition {head.number} {head.sha256}" for head in newest(seen)]
    logger.info("heads: %s", ", ".join(heads) or "none")


def alone():
    return locked(FOLDER)


def _path():
    return path_of(FOLDER, "heads.json")
