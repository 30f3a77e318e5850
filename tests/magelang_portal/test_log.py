import logging

import pytest

from magelang_portal.log import OnceAMinute


@pytest.fixture
def log(caplog):
    logger = logging.getLogger("tests.log")
    limit = OnceAMinute()
    logger.addFilter(limit)
    yield logger
    logger.removeFilter(limit)


def test_a_repeated_message_is_logged_once_a_minute_with_its_count(log, caplog, monkeypatch):
    for second in (0, 1, 59, 61):
        monkeypatch.setattr(
            "time.time_ns", lambda second=second: (1_000_000 + second) * 1_000_000_000
        )
        log.warning("no connection to %s", "the database")

    assert caplog.messages == [
        "no connection to the database",
        "no connection to the database (2 more like it since the last)",
    ]


def test_another_message_is_not_held_back(log, caplog):
    log.warning("no connection")
    log.warning("no room")

    assert caplog.messages == ["no connection", "no room"]
