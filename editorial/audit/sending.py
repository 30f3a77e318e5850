"""Sends the audit log to a place that nobody who can write the database can change.

A line is the hash of an event, a space, and the bytes that were hashed: so the receiver needs
nothing else to check it (``deploy/check-audit-lines``). Lines may come twice, but none is left out.
"""

import socket
from contextlib import closing, contextmanager
from datetime import UTC
from itertools import batched
from urllib.parse import urlsplit

from editorial.audit.chain import line_of, seal_events
from editorial.audit.seen import ACCEPTED, SENT, marks, remember, remembered
from editorial.audit.verification import (
    ALARM,
    add_faults,
    event_of,
    fault_of_beginning,
    fault_of_event,
    fault_of_remembered,
    named,
    seals_without_event,
)
from editorial.models import Seal

AUTHPRIV_INFO = 10 * 8 + 6  # Debian's rsyslog writes it where only administrators read
SYSLOG_PORT = 514
TIMEOUT = 20  # seconds in which the receiver must accept a line
AT_ONCE = 200  # lines between two notes of how far the sending came
SHAPE = "write it like tcp://host:514, udp://host:514 or unix:///run/name"


class Refused(Exception):
    """Nothing was sent: the sentence says why."""


def send(write, start=None):
    """Pass each line after the last sent one to ``write``; returns how many.

    ``start`` is the number of an older event to begin with. Raises ``Refused``, and what ``write``
    raises: then the next call begins with the lines that are not known to be sent.
    """
    seal_events()
    refuse_what_was_cut()
    start = after_the_last() if start is None else min(start, after_the_last())
    seals = Seal.objects.filter(pk__gte=start).order_by("pk").prefetch_related("event")
    count = 0
    for some in batched(seals.iterator(chunk_size=AT_ONCE), AT_ONCE):
        whole = [seal for seal in some if event_of(seal)]
        for seal in whole:
            write(f"{seal.sha256} {line_of(seal.pk, seal.previous, seal.event).decode()}", seal)
        remember(SENT, some[-1])
        count += len(whole)
    return count


def refuse_what_was_cut():
    """Raise ``Refused`` if events are gone, and nobody has acknowledged it."""
    accepted = marks(ACCEPTED)
    gone = [fault_of_event(seal) for seal in seals_without_event().order_by("pk")]
    first = Seal.objects.order_by("pk").first()
    found = [fault_of_remembered(SENT), first and fault_of_beginning(first), *gone]
    faults = [fault for fault in dict.fromkeys(found) if fault]
    if faults := [fault for fault in faults if fault.mark not in accepted]:
        add_faults(faults)
        raise Refused(
            f"{' '.join(named(faults))} Nothing was sent. Once you know why: "
            f"manage.py acknowledge_alarm {ALARM}; then the sending goes on."
        )


def after_the_last():
    number, _digest = remembered(SENT) or (0, "")
    return number + 1


@contextmanager
def syslog(address):
    """A function that writes a line to the receiver at the address, as RFC 5424 says."""
    parts = parts_of(address)
    with closing(connected(parts)) as receiver:
        end = b"\n" if parts.scheme == "tcp" else b""
        yield lambda line, seal: receiver.sendall(message(line, seal.event) + end)


def parts_of(address):
    try:
        parts = urlsplit(address)
        is_whole = bool(
            parts.path if parts.scheme == "unix" else parts.hostname and parts.port != 0
        )
    except ValueError:
        is_whole = False
    if not is_whole or parts.scheme not in ("tcp", "udp", "unix"):
        raise Refused(f"“{address}” is not the address of a receiver: {SHAPE}.")
    return parts


def connected(parts):
    if parts.scheme == "tcp":
        return socket.create_connection((parts.hostname, parts.port or SYSLOG_PORT), TIMEOUT)
    if parts.scheme == "unix":
        family, place = socket.AF_UNIX, parts.path
    else:
        found = socket.getaddrinfo(
            parts.hostname, parts.port or SYSLOG_PORT, type=socket.SOCK_DGRAM
        )
        family, place = found[0][0], found[0][4]
    receiver = socket.socket(family, socket.SOCK_DGRAM)
    receiver.settimeout(TIMEOUT)
    try:
        receiver.connect(place)
    except OSError:
        receiver.close()
        raise
    return receiver


def message(line, event):
    """The time is that of the event. No name of a host: the receiver knows who sends."""
    time = event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"<{AUTHPRIV_INFO}>1 {time} - portal-audit - {event.kind} - {line}".encode()
