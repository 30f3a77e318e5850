"""Readers request an address again and again, and record each answer and its time."""

import http.client
import threading
import time
from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate, count
from urllib.parse import urlsplit

PATIENCE = 15  # seconds


@dataclass(frozen=True)
class Seen:
    asked_at: float  # both times are by the monotonic clock
    answered_at: float
    status: int  # 0: no answer
    body: bytes


class Crowd:
    """``size`` threads that send requests continuously until the block ends."""

    def __init__(self, size):
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._go_on, args=[number]) for number in range(size)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *failure):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, number):
        began = time.monotonic()
        for turn in count():
            if self._over.wait(self.rest(turn, time.monotonic() - began)):
                return
            self.ask(number, turn)

    def rest(self, turn, passed):
        """Seconds until request number ``turn``, ``passed`` seconds after the beginning."""
        raise NotImplementedError

    def ask(self, number, turn):
        raise NotImplementedError


class Readers(Crowd):
    """``each`` readers of every address.

    Every request opens a new connection, so that any worker may answer it.
    """

    def __init__(self, addresses, each=2, pause=0.005, headers=None):
        super().__init__(len(addresses) * each)
        self.addresses, self.headers, self.pause = addresses, headers or {}, pause
        self._seen, self._bodies = [], {}

    def rest(self, turn, passed):
        return self.pause

    def ask(self, number, turn):
        asked_at = time.monotonic()
        status, body = answer(self.addresses[number % len(self.addresses)], self.headers)
        body = self._bodies.setdefault(body, body)  # saves memory: most are equal
        self._seen.append(Seen(asked_at, time.monotonic(), status, body))

    @property
    def seen(self):
        """In the order of the answers."""
        return sorted(self._seen, key=lambda seen: seen.answered_at)

    def failed(self):
        return [seen for seen in self.seen if seen.status != 200]

    def last_without(self, words):
        """The time of the last request whose answer lacks these words, or None."""
        return max(
            (seen.asked_at for seen in self.seen if words.encode() not in seen.body), default=None
        )

    def flaps(self, words):
        """The number of requests sent after an answer had the words, and answered without them."""
        return self.steps_back(lambda body: words.encode() in body)

    def steps_back(self, newness):
        """The number of requests sent after an answer was newer than theirs.

        ``newness`` of a body grows from edition to edition.
        """
        seen = self.seen
        grades, answered = [newness(one.body) for one in seen], [one.answered_at for one in seen]
        newest = [
            grades[0],
            *accumulate(grades, max),
        ]  # the newest among the answers before each answer
        return sum(
            newest[bisect(answered, one.asked_at)] > grade
            for one, grade in zip(seen, grades, strict=True)
        )


def answer(address, headers=None):
    """The status and body of one GET; status 0 where the connection failed."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
    try:
        connection.request(
            "GET",
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            headers=headers or {},
        )
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
