"""Sends one message when a trouble begins and one when it is over, through each channel.

The alarms and the list of sent messages are files, so that this works while the database is lost. A
message that does not arrive stays due until it does. The list is written after each message. If
this process is killed in between, the message is sent again with the same id.
"""

import json
import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from editions.data_folder.alarms import FOLDER, Alarm, keep_measured, open_alarms, past_alarms
from editions.data_folder.files import locked, write_safely
from magelang_portal.operations.alarms.channels import Refused, Undelivered, channels
from magelang_portal.operations.alarms.messages import Message, messages_of

logger = logging.getLogger(__name__)
TOLD = "told"
PATIENCE = timedelta(minutes=15)  # many mail servers take a stranger's mail at the second attempt


def deliver():
    """Send what is due. Returns what went wrong, as sentences. Raises ``OSError``.

    If the list of sent messages cannot be saved, only the alarm about that is sent: the others
    would be sent again each minute.
    """
    try:
        return deliver_due()
    except OSError as error:
        tell_of_folder(error)
        raise


def deliver_due():
    """Only one process does this at a time."""
    with locked(FOLDER, TOLD) as folder:
        path = folder / "ways.json"
        before, faults = read(path), []
        kept = {name: known(before.get(name, {})) for name in channels()}
        write(path, kept)
        for name, send in channels().items():
            state = kept[name]
            fault = sent(state, send, lambda: write(path, kept))
            state["failing_since"] = fault and (state["failing_since"] or now().isoformat())
            faults += [fault] if fault else []
        write(path, kept)
    judge(kept, faults)
    return faults


def sent(state, send, keep):
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
    ended = [alarm for alarm in past_alarms() if alarm.acknowledged_at >= since]
    messages = {one.id: one for alarm in [*open_alarms(), *ended] for one in messages_of(alarm)}
    state["told"] = [told for told in state["told"] if told in messages]
    untold = [one for one in messages.values() if one.id not in state["told"]]
    return sorted(untold, key=lambda one: one.at)


def judge(kept, faults):
    """Raise an alarm while a channel fails for long: the desk and the other channels show it."""
    since = [state["failing_since"] for state in kept.values() if state["failing_since"]]
    if any(now() - datetime.fromisoformat(one) >= PATIENCE for one in since):
        keep_measured("delivery", " ".join(faults))
    elif not since:
        keep_measured("delivery", "")


# Without the data folder


def tell_of_folder(error):
    """Send the alarm that the data folder cannot be written, once until the next boot.

    The folder RUNTIME_DIRECTORY, which systemd makes, remembers it.
    """
    memory = os.environ.get("RUNTIME_DIRECTORY")
    for name, send in channels().items() if memory else ():
        told = Path(memory) / name
        if not told.exists():
            told.touch()
            try:
                send(Message(alarm_of_folder(error), is_over=False))
            except Undelivered as undelivered:
                logger.error("the alarm about the data folder was not delivered: %s", undelivered)
                told.unlink()


def alarm_of_folder(error):
    sentence = (
        f"The data folder {settings.DATA_DIR} cannot be written ({error.strerror or error}). Until "
        "it can, no other alarm is told. The commands df -h and dmesg say why."
    )
    return Alarm("data-folder", now(), now(), (sentence,), ends_itself=True)


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
