"""The answers in words: the worst findings first, then a line for each question."""

import os
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from textwrap import fill

from django.core.checks import CRITICAL, DEBUG, ERROR, INFO, WARNING

from magelang_portal import VERSION
from magelang_portal.operations.doctor.folders import name_of
from public.mirror.verification import printable

LEVELS = {
    "CRITICAL": CRITICAL,
    "ERROR": ERROR,
    "WARNING": WARNING,
    "INFO": INFO,
    "DEBUG": DEBUG,
}
WIDTH = 100


def without_repetition(answers):
    """Two questions may find the same; the first keeps it."""
    seen = []
    for answer in answers:
        answer.findings = [one for one in answer.findings if one not in seen]
        seen += answer.findings
    return answers


def lines(answers):
    at, user = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", name_of(os.geteuid())
    yield f"portal {VERSION} at {at}, asked as {user}"
    found = [(finding, answer) for answer in answers for finding in answer.findings]
    for finding, answer in sorted(found, key=lambda pair: -pair[0].level):
        yield ""
        yield from in_words(finding, answer)
    yield ""
    for answer in answers:
        yield line(answer)
    yield ""
    yield summary(answers)


def in_words(finding, answer):
    heading = f"{level(finding)} {answer.name} ({finding.id}): "
    yield wrapped(f"{heading}{finding.msg}", "  ")
    if finding.hint:
        yield wrapped(f"  → {finding.hint}", "    ")


def line(answer):
    findings, unasked = answer.findings, [f"not asked: {reason}" for reason in answer.unasked]
    is_well = not findings and bool(answer.words or not unasked)
    heading = [counted(findings)] if findings else ["well"] * is_well
    return wrapped(f"{answer.name:16}{'; '.join([*heading, *answer.words, *unasked])}", " " * 16)


def summary(answers):
    findings = [finding for answer in answers for finding in answer.findings]
    words = counted(findings) if findings else "all is well"
    unasked = sum(len(answer.unasked) for answer in answers)
    more = f"; {unasked} could not be asked" if unasked else ""
    return f"{len(answers)} asked: {words}{more}"


def counted(findings):
    counts = Counter(level(finding).lower() for finding in sorted(findings, key=lambda f: -f.level))
    return ", ".join(f"{count} {name}{'s' * (count > 1)}" for name, count in counts.items())


def level(finding):
    """The name of the highest level that the finding reaches."""
    return next(name for name, least in LEVELS.items() if finding.level >= least or not least)


def wrapped(words, indent):
    return fill(
        printable(str(words)),
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_dict(answer):
    return {
        "question": answer.name,
        "findings": [
            {
                "level": level(finding),
                "id": finding.id,
                "sentence": str(finding.msg),
                "way_out": str(finding.hint or ""),
            }
            for finding in answer.findings
        ],
        "numbers": [asdict(number) for number in answer.numbers],
        "words": answer.words,
        "not_asked": answer.unasked,
    }
