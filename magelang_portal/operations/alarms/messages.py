"""The two messages about an alarm: that a problem began, and that it is over."""

import socket
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from editions.clock import in_wib
from editions.data_folder.alarms import Alarm
from editorial.desk.alarms import meaning, words_of_end

LANGUAGES = ("id", "en")


@dataclass(frozen=True)
class Message:
    alarm: Alarm
    is_over: bool

    @property
    def event(self):
        return "over" if self.is_over else "begun"

    @property
    def at(self):
        return self.alarm.acknowledged_at if self.is_over else self.alarm.first_at

    @property
    def id(self):
        """The same each time that the message is sent, so that a receiver can drop a second one."""
        return f"{self.alarm.first_at:%Y%m%dT%H%M%S.%fZ}-{self.alarm.name}-{self.event}"


def messages_of(alarm):
    yield Message(alarm, is_over=False)
    if alarm.acknowledged_at:
        yield Message(alarm, is_over=True)


def as_dict(message):
    """What the webhook gets, as docs/alarms.md describes it."""
    alarm = message.alarm
    return {
        "id": message.id,
        "event": message.event,
        "alarm": alarm.name,
        "began_at": stamp(alarm.first_at),
        "over_at": message.is_over and stamp(alarm.acknowledged_at) or None,
        "acknowledged_by": message.is_over and alarm.acknowledged_by or None,
        "found": list(alarm.found),
        "text": "\n".join([subject(message), *alarm.found]),  # many chat servers show this
        "site": settings.SITE_URL,
        "node": socket.gethostname(),
        "sent_at": stamp(datetime.now(UTC)),
    }


def stamp(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def letter(message):
    return EmailMessage(
        subject=subject(message),
        body=body(message),
        to=[settings.ALARM_EMAIL],
        headers={
            "Auto-Submitted": "auto-generated",
            "Message-ID": f"<{message.id}.{socket.gethostname()}@{settings.SITE_HOST}>",
        },
    )


def subject(message):
    words = " / ".join(in_language(language, short, message) for language in LANGUAGES)
    return f"{message.alarm.name}: {words} – {settings.SITE_HOST}"


def body(message):
    found = "\n".join(f"* {sentence}" for sentence in message.alarm.found)
    paragraphs = [in_language(language, told, message) for language in LANGUAGES]
    desk = settings.SITE_URL + reverse("admin:index")
    return "\n\n".join([*paragraphs, found, f"{desk}\n{socket.gethostname()}"]) + "\n"


def in_language(language, words, message):
    with override(language):
        return words(message)


def short(message):
    return _("the problem is over") if message.is_over else _("a problem began")


def told(message):
    """What the problem is, or how it ended."""
    if not message.is_over:
        return meaning(message.alarm)
    began = _("The problem began on %(time)s.") % {"time": in_wib(message.alarm.first_at)}
    return f"{words_of_end(message.alarm)} {began}"
