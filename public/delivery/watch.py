"""The current release: a thread asks the database for it while there are readers."""

import logging
from threading import Condition, Event, Thread
from time import monotonic

from django.db import connection, connections

from editions import clock
from editions.connections import file_of_database, unpooled
from editions.data_folder.alarms import raise_alarm
from editions.models import Edition, Withdrawal
from public.formats import checkpoint
from public.mirror import keeper
from public.releases import Release

logger = logging.getLogger(__name__)
ASK_AFTER, VALID_FOR = 0.15, 0.25  # seconds
SHORTEST_VALIDITY = 0.05  # seconds
TOLERANCE = clock.TOLERANCE.total_seconds()
PATIENCE = 2.0  # seconds that readers wait for the database
RETRY = 0.5  # seconds
# An edition that was shown for so many seconds stays shown, even if the clock is set back. Before
# that, setting a fast clock right hides the edition that it showed too early.
SHOWN_FOR_GOOD = 3600.0
IDLE = 60.0  # seconds without a reader, after which the thread ends and its connection is closed
RESTORED = {  # changes when a restore puts other tables, with as many rows, in the place of these
    "postgresql": "'editions_edition'::regclass::oid::bigint",
    "sqlite": "(SELECT schema_version FROM pragma_schema_version)",
}


class Watch:
    """Knows the current release, at most ``VALID_FOR`` seconds after the database changed.

    While the database does not answer, the last release stays current and ``is_lost`` is true.
    The thread starts with the first reader, after the server has forked its workers, and ends
    after ``IDLE`` seconds without one, so that an idle portal holds no connection.
    """

    def __init__(self):
        self.is_lost = False
        self._release = self._stamp = self._file = self._thread = None
        # By the database's clock: when the release was made, and until when it lasts.
        self._seen_at = self._next_change = 0.0
        self._ask_at = self._valid_until = 0.0  # by the monotonic clock
        # The latest effective time of the editions shown, and since when, by the monotonic clock.
        self._latest, self._latest_since = None, 0.0
        self._changed, self._wanted = Condition(), Event()

    def release(self):
        """The current release; None if the database has not answered since the start."""
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
                self._ask_at = self._valid_until  # no other request asks the thread until then
            patience_ends = monotonic() + PATIENCE
            while not self._is_answered():
                self._wanted.set()
                if not self._changed.wait(patience_ends - monotonic()):
                    self._mark_lost("it does not answer")

    def _is_answered(self):
        return self.is_lost or monotonic() < self._valid_until

    def _mark_lost(self, reason):
        if not self.is_lost:
            logger.warning("the database is lost: %s", reason)
        self.is_lost, self._ask_at = True, float("inf")  # the thread goes on asking
        self._changed.notify_all()

    # Run by the thread

    def _watch(self):
        connections["default"] = unpooled()
        while self._is_wanted():
            try:
                self._learn()
            except Exception as error:  # of any kind: readers keep the last release
                connection.close()
                with self._changed:
                    self._mark_lost(error)
        connection.close()

    def _is_wanted(self):
        """Wait for a request. False if none came: the thread ends."""
        if not self._wanted.wait(RETRY if self.is_lost else IDLE) and not self.is_lost:
            with self._changed:
                if not self._wanted.is_set():
                    self._thread = None
                    return False
        self._wanted.clear()
        return True

    def _learn(self):
        self._reconnect_to_another_file()
        asked_at, (stamp, now) = monotonic(), stamp_and_time()
        stamp.append(checkpoint.changed_at())
        if stamp != self._stamp or not self._seen_at - TOLERANCE < now < self._next_change:
            self._make_release(stamp, now)
        self._keep_shown()
        with self._changed:
            self._mark_found()
            # Counted from before the query: a slow answer must not show an old text longer.
            due_at = asked_at + self._next_change - now
            # Even an answer slower than VALID_FOR is used for a moment, or there would be none.
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
            self._latest_since = monotonic()  # so that it is written again an hour later

    def _mark_found(self):
        if self.is_lost:
            logger.warning("the database answers again")
            self.is_lost = False

    def _reconnect_to_another_file(self):
        """A restored SQLite database is another file under the same name."""
        if (found := file_of_database()) != self._file:
            connection.close()
            self._file, self._stamp = found, None


def shown_too_early(before, release):
    """Sentences for the operator: the editions of ``before`` seen while the clock was ahead."""
    early = [
        edition
        for edition in before.all_due()
        if not release.edition(edition.period, edition.number)
    ]
    for edition in early:
        yield (
            f"The clock was ahead: {edition.period} edition {edition.number} was shown before its "
            f"time, {edition.effective_at:%Y-%m-%d %H:%M:%S} UTC, and is hidden again. "
            "See why the clock changed."
        )
    if not early:
        yield "The clock was ahead: pages were shown as of a later time. See why the clock changed."


def stamp_and_time():
    """The stamp, which every publication, withdrawal and restore changes, and the time in seconds.

    One query. It counts rows besides the highest ids, because the higher of two ids may be
    committed first.
    """
    tables = [model._meta.db_table for model in (Edition, Withdrawal)]
    counts = [f"(SELECT count(*) FROM {table}), (SELECT max(id) FROM {table})" for table in tables]
    with connection.cursor() as cursor:
        columns = [clock.NOW[connection.vendor], RESTORED[connection.vendor], *counts]
        cursor.execute(f"SELECT {', '.join(columns)}")
        now, *stamp = cursor.fetchone()
    return stamp, clock.as_time(now).timestamp()
