"""Log lines for machines: one JSON object a line, with the request that it belongs to."""

import json
import logging
from datetime import UTC, datetime

from editorial.current_request import current_request


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
