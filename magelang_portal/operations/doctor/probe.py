"""The shape of a probe: a question to the machine and its surroundings.

A probe is a generator function with a stable name (questions.py). It yields its findings as
Django's check messages, and writes into the ``Answer`` what it measured and what it could not ask.
"""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from django.core.checks import Error
from django.db import connections

from magelang_portal import operator_errors
from magelang_portal.operations.default_connection import no_new_database

LIMIT = 5  # seconds for each probe


@dataclass(frozen=True)
class Options:
    """What the operator may give to all probes."""

    connect: str = ""  # “host” or “host:port”: asked instead of the address of PORTAL_SITE_URL
    audit: Path | None = None  # the file of pip-audit, if it is not in the data folder


@dataclass(frozen=True)
class Number:
    """A measured number, such as ``free_bytes`` of a folder, which its labels name."""

    name: str
    value: float
    labels: dict = field(default_factory=dict)


class Answer:
    """The answer of the probe ``name``: ``findings`` are check messages, ``words`` and ``unasked``
    are sentences or parts of one for the operator."""

    def __init__(self, name, options=None):
        self.name, self.options = name, options or Options()
        self.findings, self.numbers, self.words, self.unasked = [], [], [], []
        self.is_waiting = False  # for something that may be asked later

    def measure(self, name, value, **labels):
        self.numbers.append(Number(name, value, labels))

    def say(self, words):
        """For the line that is printed if nothing is wrong."""
        self.words.append(words)

    def could_not_ask(self, reason, *, for_now=False):
        """``for_now`` keeps an alarm open; what this machine can never answer does not."""
        self.unasked.append(reason)
        self.is_waiting |= for_now


def ask_within(limit, look, answer):
    """The answer after ``limit`` seconds at the latest. A probe that crashes or hangs is a finding.

    A hanging thread is left behind, because nothing can end a thread that waits for the system.
    """
    thread = Thread(target=write_down, args=(look, answer), daemon=True)
    thread.start()
    thread.join(limit)
    if thread.is_alive():
        answer.findings.append(
            Error(
                f"The question “{answer.name}” has no answer after {limit} seconds.",
                hint="Ask again. If it stays so, something that it asks for hangs: a disk, the "
                "network or the database.",
                id="doctor.E001",
            )
        )
    return answer


def write_down(look, answer):
    try:
        with no_new_database():
            answer.findings.extend(look(answer))
    except Exception as error:
        answer.findings.append(crash(answer, error))
    finally:
        connections.close_all()  # those of this thread


def crash(answer, error):
    if sentence := operator_errors.sentence_for(error):
        return Error(sentence, id="doctor.E002")
    return Error(
        f"The question “{answer.name}” failed: {type(error).__name__}: {error}",
        hint="This is a fault of the portal: report it (SECURITY.md names the address).",
        id="doctor.E003",
    )
