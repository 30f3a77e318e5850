"""Readers who never rest: each asks for its address again and again, and remembers what it saw and when."""

import http.client
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE = 15  # seconds


@dataclass(frozen=True)
class Seen:
    asked_at: float  # by the monotonic clock, as is the other
    answered_at: float
    status: int  # 0 where there was no answer
    body: bytes


class Readers:
    """``each`` readers of every address, from the beginning of the block to its end.

    Every request opens a connection of its own, so that it meets any worker of the address.
    """

    def __init__(self, addresses, each=2, pause=0.005, headers=None):
        self.headers, self.pause = headers or {}, pause
        self._seen, self._over = [], threading.Event()
        self._threads = [threading.Thread(target=self._read, args=[address]) for address in addresses * each]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *failure):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self, address):
        while not self._over.wait(self.pause):
            asked_at = time.monotonic()
            status, body = answer(address, self.headers)
            self._seen.append(Seen(asked_at, time.monotonic(), status, body))

    @property
    def seen(self):
        """In the order of the answers."""
        return sorted(self._seen, key=lambda seen: seen.answered_at)

    def failed(self):
        return [seen for seen in self.seen if seen.status != 200]

    def last_without(self, words):
        """When the last question was asked that was answered without the words; None where none was."""
        return max((seen.asked_at for seen in self.seen if words.encode() not in seen.body), default=None)

    def flaps(self, words):
        """How many asked after somebody had read the words, and were answered without them."""
        with_them = [seen.answered_at for seen in self.seen if words.encode() in seen.body]
        first = min(with_them, default=float("inf"))
        return sum(seen.asked_at > first and words.encode() not in seen.body for seen in self.seen)


def answer(address, headers=None):
    """The status and body of one GET; status 0 where the connection failed."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
