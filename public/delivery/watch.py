"""Which release it is now: learnt by a thread that asks the database while anyone reads."""

import logging
import os
from threading import Condition, Event, Thread
from time import monotonic

from django.db import connection, connections

from editions import clock
from editions.data_folder.alarms import raise_alarm
from editions.models import Edition, Withdrawal
from public.mirror import keeper
from public.releases import Release

logger = logging.getLogger(__name__)
ASK_AFTER, VALID_FOR = 0.15, 0.25  # seconds
SHORTEST_VALIDITY = 0.05  # seconds
TOLERANCE = clock.TOLERANCE.total_seconds()
PATIENCE = 2.0  # seconds that readers wait for a database that does not answer
RETRY = 0.5  # seconds
# Seconds for which an edition is shown until no clock hides it again. A clock that was ahead is put
# right sooner as a rule, and what it showed too early is hidden then.
SHOWN_FOR_GOOD = 3600.0
IDLE = 60.0  # seconds without a reader, after which the thread ends and its connection is closed
RESTORED = {  # changes when a restore puts other tables, with as many rows, in the place of these
    "postgresql": "'editions_edition'::regclass::oid::bigint",
    "sqlite": "(SELECT schema_version FROM pragma_schema_version)",
}


class Watch:
    """Knows the release of this moment, from an answer of the database that is no older than ``VALID_FOR`` seconds.

    While the database does not answer, the last release goes on, and ``is_lost`` says so. The thread lives while there
    are readers: a server makes this object before it forks its workers, and a portal that rests holds no connection.
    """

    def __init__(self):
        self.is_lost = False
        self._release = self._stamp = self._file = self._thread = None
        self._seen_at = self._next_change = (
            0.0  # by the database's clock: when the release was made, and until when
        )
        self._ask_at = self._valid_until = 0.0  # by the monotonic clock
        self._latest, self._latest_since = (
            None,
            0.0,
        )  # of the editions shown; by the monotonic clock
        self._changed, self._wanted = Condition(), Event()

    def release(self):
        """The release of this moment; None where the database has not answered since the start."""
        if monotonic() >= self._ask_at:
            self._ask()
        return self._release

    def _ask(self):
        with self._changed:
            if not self._thread:
                self._thread = Thread(target=self._watch, name="watch", daemon=True)
                self._thread.start()
            self._wanted.set()
            if self._is_answered():
                self._ask_at = self._valid_until  # until then, nobody need ask for the same
            patience_ends = monotonic() + PATIENCE
            while not self._is_answered():
                self._wanted.set()
                if not self._changed.wait(patience_ends - monotonic()):
                    self._lose("it does not answer")

    def _is_answered(self):
        return self.is_lost or monotonic() < self._valid_until

    def _lose(self, reason):
        if not self.is_lost:
            logger.warning("the database is lost: %s", reason)
        self.is_lost, self._ask_at = True, float("inf")  # the thread goes on asking
        self._changed.notify_all()

    # What the thread does

    def _watch(self):
        connections["default"] = unpooled()
        while self._is_wanted():
            try:
                self._learn()
            except Exception as error:  # whatever it is, readers go on with what they have
                connection.close()
                with self._changed:
                    self._lose(error)
        connection.close()

    def _is_wanted(self):
        """Wait for the next question. False where there is none, and the thread has been let go."""
        if not self._wanted.wait(RETRY if self.is_lost else IDLE) and not self.is_lost:
            with self._changed:
                if not self._wanted.is_set():
                    self._thread = None
                    return False
        self._wanted.clear()
        return True

    def _learn(self):
        self._look_at_the_file()
        asked_at, (stamp, now) = monotonic(), stamp_and_time()
        if stamp != self._stamp or not self._seen_at - TOLERANCE < now < self._next_change:
            self._make_release(stamp, now)
        self._keep_shown()
        with self._changed:
            self._find()
            # Counted from before the question, so that however long the answer took, nobody reads the old text late.
            due_at = asked_at + self._next_change - now
            # A slow answer is used all the same, for a moment, or there would be none.
            self._valid_until = min(
                max(asked_at + VALID_FOR, monotonic() + SHORTEST_VALIDITY), due_at
            )
            self._ask_at = min(asked_at + ASK_AFTER, self._valid_until)
            self._changed.notify_all()
        keeper.keep_up_with(self._release.key)

    def _make_release(self, stamp, now):
        reading, release, before = clock.read(), Release.agreed(), self._release
        is_other = not before or release.key != before.key
        if is_other:
            self._release = release
        if reading.fault:
            raise_alarm("clock", reading.fault)
        elif is_other and before and now <= self._seen_at - TOLERANCE:
            raise_alarm("clock", *shown_too_early(before, release))
        self._stamp, self._seen_at = stamp, now
        self._next_change = (reading.moment if reading.fault else release.next_change()).timestamp()

        self._note_latest(release)

    def _note_latest(self, release):
        latest = max((edition.effective_at for edition in release.all_due()), default=None)
        if latest != self._latest:
            self._latest, self._latest_since = latest, monotonic()

    def _keep_shown(self):
        if self._latest and monotonic() - self._latest_since >= SHOWN_FOR_GOOD:
            try:
                clock.keep_shown(self._latest)
            except OSError as error:
                logger.warning("which editions were shown cannot be kept: %s", error)
            self._latest_since = monotonic()  # looked at again after as long

    def _find(self):
        if self.is_lost:
            logger.warning("the database answers again")
            self.is_lost = False

    def _look_at_the_file(self):
        """A database that was moved away and put back is another file under the same name."""
        if (found := file_of_database()) != self._file:
            connection.close()
            self._file, self._stamp = found, None


def shown_too_early(before, release):
    """What readers saw of ``before`` while the clock was ahead, as sentences for the operator."""
    early = [
        edition
        for edition in before.all_due()
        if not release.edition(edition.period, edition.number)
    ]
    for edition in early:
        yield (
            f"The clock was ahead: {edition.period} edition {edition.number} was shown before its time, "
            f"{edition.effective_at:%Y-%m-%d %H:%M:%S} UTC, and is hidden again. See why the clock changed."
        )
    if not early:
        yield "The clock was ahead: pages were shown as of a later time. See why the clock changed."


def file_of_database(of=connection):
    """What tells the file of an SQLite database from another of its name. Raises ``OSError`` where there is none.

    To be asked first: SQLite would make an empty one.
    """
    if of.vendor != "sqlite":
        return None
    found = os.stat(of.settings_dict["NAME"])
    return found.st_dev, found.st_ino


def unpooled():
    """A connection of the watch's own: it must see that the database is back before anyone else asks."""
    fresh = connections.create_connection("default")
    options = {
        name: value
        for name, value in fresh.settings_dict.get("OPTIONS", {}).items()
        if name != "pool"
    }
    fresh.settings_dict = fresh.settings_dict | {"OPTIONS": options}
    return fresh


def stamp_and_time():
    """What changes with every publication, withdrawal and restore, and the database's time in seconds: one query.

    Counts, and not only the highest ids, as the higher of two ids may be committed first.
    """
    tables = [model._meta.db_table for model in (Edition, Withdrawal)]
    counts = [f"(SELECT count(*) FROM {table}), (SELECT max(id) FROM {table})" for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join([clock.NOW[connection.vendor], RESTORED[connection.vendor], *counts])}"
        )
        now, *stamp = cursor.fetchone()
    return stamp, clock.as_time(now).timestamp()
