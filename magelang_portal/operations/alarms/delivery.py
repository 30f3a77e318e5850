"""Sends one message when a problem begins and one when it is over, through each channel.

The alarms and the list of sent messages are files, so that this works while the database is lost. A
message that does not arrive stays due until it does. The list is written after each message. If
this process is killed in between, the message is sent again with the same id.
"""

import json
import logging
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from editions.data_folder.alarms import FOLDER, Alarm, keep_measured, open_alarms, past_alarms
from editions.data_folder.files import locked, write_safely
from magelang_portal.operations.alarms.channels import Refused, Undelivered, channels
from magelang_portal.operations.alarms.messages import Message, messages_of
from magelang_portal.operations.alarms.watching import CALM

logger = logging.getLogger(__name__)
TOLD = "told"
IN_A_CONTAINER = "/run/portal"
PATIENCE = timedelta(minutes=15)  # many mail servers take a stranger's mail at the second attempt


def deliver(leaves_out=False):
    """Send what is due. Returns what went wrong, as sentences. Raises ``OSError``.

    With ``leaves_out`` a channel may be missing because its setting is wrong. The list keeps what
    it sent, so that nothing is sent again once the setting is right.

    If the list of sent messages cannot be saved, only the alarm about that is sent: the others
    would be sent again each minute.
    """
    try:
        faults = deliver_due(leaves_out)
    except OSError as error:
        alarm_without_folder(error)
        raise
    end_alarm_without_folder()
    return faults


def deliver_due(leaves_out):
    """Only one process does this at a time."""
    with locked(FOLDER, TOLD) as folder:
        path = folder / "ways.json"
        before, faults = read(path), []
        kept = before if leaves_out else {}
        kept |= {name: known(before.get(name, {})) for name in channels()}
        write(path, kept)
        for name, send in channels().items():
            state = kept[name]
            fault = send_due(state, send, lambda: write(path, kept))
            state["failing_since"] = fault and (state["failing_since"] or now().isoformat())
            faults += [fault] if fault else []
        write(path, kept)
    judge([kept[name] for name in channels()], faults)
    return faults


def send_due(state, send, keep):
    """Send what is due through this channel. Returns what went wrong, or ""."""
    fault, untold = "", set()
    for message in due(state):
        if message.alarm in untold:
            continue  # nobody hears of an end before the beginning
        try:
            send(message)
        except Undelivered as error:
            fault = str(error)
            logger.error("the alarm %s was not delivered: %s", message.id, error)
            untold.add(message.alarm)
            if not isinstance(error, Refused):
                break
        else:
            state["told"].append(message.id)
            keep()
    return fault


def due(state):
    """The messages to send, the oldest first.

    Alarms that ended before this channel was set are left out.
    """
    since = datetime.fromisoformat(state["since"])
    found = open_alarms()  # before the past ones, because an alarm may end in between
    found += [alarm for alarm in past_alarms() if alarm.acknowledged_at >= since]
    messages = {one.id: one for alarm in found for one in messages_of(alarm)}
    state["told"] = [told for told in state["told"] if told in messages]
    untold = [one for one in messages.values() if one.id not in state["told"]]
    return sorted(untold, key=lambda one: one.at)


def judge(states, faults):
    """Raise an alarm while a channel fails for long: the desk and the other channels show it."""
    since = [state["failing_since"] for state in states if state["failing_since"]]
    if any(now() - datetime.fromisoformat(one) >= PATIENCE for one in since):
        keep_measured("delivery", " ".join(faults))
    elif not since:
        keep_measured("delivery", "")


# Without the data folder


def alarm_without_folder(error):
    """Send the alarm that the data folder cannot be written, once through each channel."""
    for mark, send in marks():
        if mark.exists():
            mark.touch()  # the problem lasts
            continue
        write_safely(mark, f"{now().isoformat()}\n{sentence_about_folder(error)}")
        if not arrives(send, Message(alarm_of(mark), is_over=False)):
            mark.unlink()


def end_alarm_without_folder():
    """Send the end of that alarm, once the folder has been well for a while.

    A disk that is nearly full may fail and work in turn.
    """
    for mark, send in marks():
        if mark.exists() and now().timestamp() - mark.stat().st_mtime >= CALM.total_seconds():
            over = replace(alarm_of(mark), acknowledged_at=now())
            if arrives(send, Message(over, is_over=True)):
                mark.unlink()


def marks():
    """Pairs of a file and the function that sends: the file is there while the channel knows.

    systemd makes the folder RUNTIME_DIRECTORY. A container has the folder of the socket.
    """
    memory = Path(os.environ.get("RUNTIME_DIRECTORY", IN_A_CONTAINER))
    if os.access(memory, os.W_OK):
        for name, send in channels().items():
            yield memory / f"data-folder-{name}", send


def alarm_of(mark):
    """The same alarm each time, so that its end has the time of its beginning."""
    began, sentence = mark.read_text().split("\n", 1)
    first_at = datetime.fromisoformat(began)
    return Alarm("data-folder", first_at, first_at, (sentence,), ends_itself=True)


def sentence_about_folder(error):
    return (
        f"The data folder {settings.DATA_DIR} cannot be written ({error.strerror or error}). Until "
        "it can, no other alarm is told. The commands df -h and dmesg say why."
    )


def arrives(send, message):
    try:
        send(message)
    except Undelivered as error:
        logger.error("the alarm %s was not delivered: %s", message.id, error)
        return False
    return True


# The file


def known(state):
    return {"since": now().isoformat(), "told": [], "failing_since": ""} | state


def read(path):
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def write(path, kept):
    write_safely(path, json.dumps(kept))


def now():
    return datetime.now(UTC)
