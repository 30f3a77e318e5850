"""Is the clock right? It decides which edition is in force, and which codes of a phone are valid.

The kernel knows whether a time server sets the clock. The database's clock counts for editions.
"""

import subprocess
from datetime import UTC, datetime, timedelta

from django.core.checks import Error, Warning
from django.db import Error as DatabaseProblem

from editions import clock

MOST = timedelta(seconds=2)  # between this machine's clock and the database's
COMMAND = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]


def look(answer):
    yield from synchronisation(answer)
    try:
        yield from difference(answer)
    except DatabaseProblem:
        answer.could_not_ask(
            "the database's clock, because the database does not answer", for_now=True
        )


def synchronisation(answer):
    is_synchronised = ask_kernel(answer)
    if is_synchronised is None:
        return
    answer.measure("synchronised", int(is_synchronised))
    if is_synchronised:
        return answer.say("the clock is synchronised")
    yield Warning(
        "No time server sets the clock of this machine.",
        hint="Run timedatectl set-ntp true (apt-get install systemd-timesyncd), or install chrony.",
        id="clock.W001",
    )


def ask_kernel(answer):
    """Whether a time server sets the clock; None if this cannot be known."""
    try:
        asked = subprocess.run(COMMAND, capture_output=True, text=True, check=True, timeout=3)
    except FileNotFoundError:
        return answer.could_not_ask("whether the clock is synchronised: timedatectl is missing")
    except subprocess.TimeoutExpired:
        return answer.could_not_ask(
            "whether the clock is synchronised: timedatectl does not answer", for_now=True
        )
    except subprocess.SubprocessError:
        return answer.could_not_ask(
            "whether the clock is synchronised: timedatectl does not work here"
        )
    return asked.stdout.strip() == "yes"


def difference(answer):
    before = datetime.now(UTC)
    reading = clock.read()
    now = before + (datetime.now(UTC) - before) / 2
    ahead = now - reading.now
    answer.measure("ahead_of_database_seconds", round(ahead.total_seconds(), 3))
    answer.say(f"it is {abs(ahead).total_seconds():.1f} s from the database's")
    if abs(ahead) > MOST:
        direction = "ahead of" if ahead > timedelta(0) else "behind"
        yield Warning(
            f"The clock of this machine is {abs(ahead).total_seconds():.0f} s {direction} the "
            "database's: staff cannot log in with a code from their phone if it differs by a "
            "minute.",
            hint="Let a time server set the clocks of both machines: timedatectl set-ntp true.",
            id="clock.W002",
        )
    if reading.fault:
        yield Error(
            reading.fault, hint="Run timedatectl, and set the clock right.", id="clock.E003"
        )
