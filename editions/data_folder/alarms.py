"""Alarms stay open, for the desk and the log, until somebody acknowledges them.

Alarms of what is measured again and again, such as the free disk, end themselves instead. All are
kept in the data folder, outside the database, so that they can be read when that is lost.
"""

import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from editions.data_folder.files import locked, path_of, write_safely

logger = logging.getLogger(__name__)
FOLDER, OPEN, PAST = "alarms", "open", "past.json"
MOST_SENTENCES, LONGEST_SENTENCE, MOST_PAST = 40, 500, 100
WRITE_AGAIN = timedelta(minutes=1)  # between two writes of an alarm without new findings
UNREADABLE = "What was found can no longer be read: the file of this alarm is damaged."
AND_MORE = "More was found than is kept here"


class Grown(Exception):
    """The alarm to acknowledge has other findings than the reader saw."""


@dataclass(frozen=True)
class Alarm:
    name: str
    first_at: datetime
    last_at: datetime
    found: tuple[str, ...]  # sentences for the operator, in English
    acknowledged_at: datetime | None = None  # also when it ended itself
    acknowledged_by: str = ""  # "" if it ended itself
    ends_itself: bool = False  # once the measure is good again

    @property
    def digest(self):
        """Another one after each new finding, even if that is no longer kept."""
        return sha256("\n".join(self.found).encode()).hexdigest()[:16]


def raise_alarm(name, *found):
    """Open the alarm ``name``, a slug, or add the sentences to the open one. Never raises.

    Cheap to repeat: known findings are neither logged nor written again at once.
    """
    try:
        with locked(FOLDER):
            _join(name, [_bounded(sentence) for sentence in found])
    except OSError as error:
        logger.error("alarm %s: %s (it cannot be kept: %s)", name, " ".join(found), error)


def _join(name, found):
    now, before = datetime.now(UTC), _read(_path(name))
    known = before.found if before else ()
    new = [sentence for sentence in dict.fromkeys(found) if sentence not in known]
    limited = _limited([*known, *new])
    if before and limited == before.found and now - before.last_at < WRITE_AGAIN:
        return
    if new and not any(sentence.startswith(AND_MORE) for sentence in known):
        logger.error("alarm %s: %s", name, " ".join(new))
    alarm = Alarm(name, before.first_at if before else now, now, limited)
    write_safely(_path(name), _as_json(alarm))


def keep_measured(name, sentence):
    """Open the alarm with the sentence, or replace its sentence; "" ends it. Never raises.

    The alarm has one sentence, because the figures in it change from one measure to the next.
    """
    try:
        with locked(FOLDER):
            before = _read(_path(name))
            if sentence:
                _measured(name, before, _bounded(sentence))
            elif before:
                _end(before, by="")
                logger.warning("alarm %s is over", name)
    except OSError as error:
        logger.error("alarm %s: %s (it cannot be kept: %s)", name, sentence, error)


def _measured(name, before, sentence):
    now = datetime.now(UTC)
    if not before:
        logger.error("alarm %s: %s", name, sentence)
    if not before or before.found != (sentence,) or now - before.last_at >= WRITE_AGAIN:
        first_at = before.first_at if before else now
        alarm = Alarm(name, first_at, now, (sentence,), ends_itself=True)
        write_safely(_path(name), _as_json(alarm))


def _bounded(sentence):
    return sentence if len(sentence) <= LONGEST_SENTENCE else sentence[: LONGEST_SENTENCE - 1] + "…"


def _limited(sentences):
    """The first sentences, and one about the rest that tells them from others."""
    if len(sentences) <= MOST_SENTENCES:
        return tuple(sentences)
    kept, more = sentences[: MOST_SENTENCES - 1], sentences[MOST_SENTENCES - 1 :]
    rest = [sentence for sentence in more if not sentence.startswith(AND_MORE)]
    digest = sha256("\n".join(rest).encode()).hexdigest()[:16]
    return (*kept, f"{AND_MORE} ({digest}): the log has the rest.")


def open_alarms():
    """The open alarms, the oldest first."""
    return sorted(
        filter(None, map(_read, path_of(FOLDER, OPEN).glob("*.json"))),
        key=lambda alarm: alarm.first_at,
    )


def past_alarms():
    """The alarms that ended last, the newest first."""
    try:
        return [_from_dict(kept) for kept in json.loads(path_of(FOLDER, PAST).read_text())]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def as_seen(name, seen=None):
    """The open alarm of this name; None where there is none.

    ``seen`` is the digest of the alarm that the reader saw; if it grew since, ``Grown`` is raised.
    """
    alarm = next((alarm for alarm in open_alarms() if alarm.name == name), None)
    if alarm and seen is not None and alarm.digest != seen:
        raise Grown
    return alarm


def acknowledge(name, by, seen=None, accept=None):
    """End the open alarm of this name; None where there is none.

    ``accept()`` makes its findings right before it ends; no finding joins it meanwhile. If the
    alarm grew since ``as_seen``, it stays open, and ``Grown`` is raised. After an ``OSError`` it
    stays open, too.
    """
    with locked(FOLDER):
        if alarm := as_seen(name, seen):
            if accept:
                accept()
            alarm = _end(alarm, by)
            logger.warning("alarm %s was acknowledged by %s", name, by)
    return alarm


def _end(alarm, by):
    alarm = replace(alarm, acknowledged_at=datetime.now(UTC), acknowledged_by=by)
    past = [alarm, *past_alarms()][:MOST_PAST]
    write_safely(path_of(FOLDER, PAST), json.dumps([_as_dict(one) for one in past]))
    _path(alarm.name).unlink()
    return alarm


# The files


def _path(name):
    return path_of(FOLDER, OPEN, f"{name}.json")


def _read(path):
    """The alarm in the file, or None. A damaged file is an alarm too."""
    try:
        return _from_dict(json.loads(path.read_text()) | {"name": path.stem})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        written_at = _written_at(path)
        return Alarm(path.stem, written_at, written_at, (UNREADABLE,))


def _written_at(path):
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return datetime.now(UTC)


def _as_json(alarm):
    return json.dumps(_as_dict(alarm))


def _as_dict(alarm):
    return asdict(alarm) | {
        key: moment and moment.isoformat() for key, moment in _times(vars(alarm))
    }


def _from_dict(kept):
    times = {key: words and datetime.fromisoformat(words) for key, words in _times(kept)}
    return Alarm(**kept | times | {"found": tuple(kept["found"])})


def _times(kept):
    return [(key, kept[key]) for key in ("first_at", "last_at", "acknowledged_at")]
