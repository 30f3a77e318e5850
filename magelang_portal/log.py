"""Log lines for machines: one JSON object a line, with the request that it belongs to."""

import json
import logging
import re
from datetime import UTC, datetime

from editorial.current_request import current_request

# The address of a shared preview; the models, which its name needs, are not loaded yet.
SECRET = re.compile("(/pratinjau/)[^/]*")


class JsonFormatter(logging.Formatter):
    def format(self, record):
        request = current_request.get()
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "event", {}),
        }
        if request:
            line["request_id"] = request.id
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class OnceAMinute(logging.Filter):
    """Pass a message once a minute, with its count: each request logs an outage."""

    def __init__(self):
        super().__init__()
        self._passed = {}  # message: (when it passed last, number held back since)

    def filter(self, record):
        message = record.msg
        at, held_back = self._passed.get(message, (0, 0))
        if record.created - at < 60:
            self._passed[message] = at, held_back + 1
            return False
        self._passed[message] = record.created, 0
        if held_back:
            record.msg = f"{message} ({held_back} more like it since the last)"
        return True


class NoOutage(logging.Filter):
    """Drop Django's traceback of each 503: ``magelang_portal.outage`` logs one line."""

    def filter(self, record):
        return getattr(record, "status_code", None) != 503


class NoSecretAddress(logging.Filter):
    """Leave out what makes the address of a shared preview a secret; nginx's log does so, too."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(
                SECRET.sub(r"\1-", value) if isinstance(value, str) else value
                for value in record.args
            )
        return True
