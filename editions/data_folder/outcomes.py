"""The outcomes of commands that timers run, in the data folder: for the desk and ``/readyz``."""

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from editions.data_folder import files

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """The last run, at ``at``; ``good_at`` is the time of the last success, or None."""

    at: datetime
    is_good: bool
    words: str  # for the operator, in English
    good_at: datetime | None


def keep(name, *, is_good, words=""):
    """Keep the outcome of a run of the command that ends now, if the folder can be written."""
    at, before = datetime.now(UTC), last(name)
    good_at = at if is_good else before and before.good_at
    kept = {
        "at": at.isoformat(),
        "is_good": is_good,
        "words": words,
        "good_at": good_at and good_at.isoformat(),
    }
    try:
        files.write_safely(path_of(name), json.dumps(kept))
    except OSError as error:
        logger.warning(
            "what came of %s cannot be kept, so the desk tells of an earlier run: %s", name, error
        )


def last(name):
    """The outcome of the command's last run; None if none can be read."""
    try:
        kept = json.loads(path_of(name).read_text())
        times = {key: kept[key] and datetime.fromisoformat(kept[key]) for key in ("at", "good_at")}
        return Outcome(is_good=kept["is_good"], words=kept["words"], **times)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def path_of(name):
    return files.path_of("outcomes", f"{name}.json")
