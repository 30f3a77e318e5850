"""All questions of ``portal doctor``, in the order in which they are asked."""

from magelang_portal.operations.doctor import ages, certificate, clock, disk
from magelang_portal.operations.doctor.probe import LIMIT, Answer, ask_within

# The names are stable: alarms and metrics have them, too.
QUESTIONS = {
    "disk": disk.look,
    "clock": clock.look,
    "certificate": certificate.look,
    "backup": ages.backup,
    "verification": ages.verification,
    "copy": ages.copy,
}


def ask(name, options=None, limit=LIMIT):
    """The answer to one question. Never raises, except for an unknown name."""
    return ask_within(limit, QUESTIONS[name], Answer(name, options))
