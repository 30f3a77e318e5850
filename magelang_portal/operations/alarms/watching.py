"""Measures what may go wrong by itself, and opens or ends the alarm of each measure.

The verifications and the clock of the editions raise their own alarms, which somebody acknowledges.
"""

import subprocess
from datetime import UTC, datetime, timedelta

from django.core.checks import WARNING

from editions.data_folder import outcomes
from editions.data_folder.alarms import WRITE_AGAIN, keep_measured, open_alarms
from editorial.desk.alarms import FAILED
from magelang_portal.operations.doctor.questions import ask

# The name of the alarm, and the question of ``manage.py doctor`` that it is about.
WATCHED = {
    "database": "database",
    "disk": "disk",
    "certificate": "certificate",
    "time": "clock",
    "backup": "backup",
    "verification": "verification",
    "sending": "sending",
    "copy": "copy",
}
# Findings that open no alarm.
NO_TROUBLE = {
    "clock.E003",  # it raises the alarm “clock”
    "database.W008",  # a superuser serves the portal well
    "database.W009",  # an update leaves the database older for a while
}
# A measure must be good for so long, because it may sway about its limit. An age does not.
CALM = timedelta(minutes=10)
AGES = {"backup", "verification", "sending", "copy"}
SERVICES = (
    "portal",
    "portal-audit",
    "portal-backup",
    "portal-metrics",
    "portal-reminders",
    "portal-sign",
    "portal-verify",
)
THIS = "portal-watch"
# The alarms that a run of the service raises when it fails for what it found.
RAISED_BY = {
    "portal-audit": {"audit_log"},
    "portal-backup": {"verify_editions", "heads"},
    "portal-verify": {"verify_editions", "heads", "verify_site", "audit_log"},
}
CAUSE = "{0}.service failed. journalctl -u {0} --since today names the cause."


def watch():
    for alarm, question in WATCHED.items():
        judge(alarm, ask(question))
    for service, state in states().items():
        judge_service(service, state)
    end_of_service(THIS)  # it runs again


# Questions of the doctor


def judge(name, answer):
    found = [one for one in answer.findings if one.level >= WARNING and one.id not in NO_TROUBLE]
    if name == "copy":
        remember_copy(answer)
    if found:
        keep_measured(name, " ".join(f"{one.msg} {one.hint or ''}".strip() for one in found))
    elif not answer.is_waiting and is_calm(name):
        keep_measured(name, "")


def remember_copy(answer):
    """The copy is written after a release begins, so it may be behind for a while."""
    behind = [number.value for number in answer.numbers if number.name == "is_behind"]
    if behind:
        outcomes.keep("copy", is_good=not behind[0])


def is_calm(name):
    if name in AGES:
        return True
    last_at = [alarm.last_at for alarm in open_alarms() if alarm.name == name]
    return not last_at or datetime.now(UTC) - last_at[0] >= CALM


# Services


def states():
    """The state of each service as systemd names it; nothing where there is no systemd."""
    return dict(zip(SERVICES, shown("ActiveState", *SERVICES), strict=False))


def shown(name, *services):
    """The property of each service; nothing where there is no systemd."""
    units = [f"{service}.service" for service in services]
    try:
        asked = subprocess.run(
            ["systemctl", "show", "--timestamp=unix", f"--property={name}", "--value", *units],
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return asked.stdout.split()


def judge_service(service, state):
    """While a service starts, nobody knows yet whether it fails again."""
    if state == "failed":
        fail(service)
    elif state in ("active", "inactive"):
        end_of_service(service)


def end_of_service(service):
    """A service that fails again and again runs in between, and is one problem."""
    if is_calm(FAILED + service):
        keep_measured(FAILED + service, "")


def fail(service, *causes):
    """Open the alarm of a service, unless an alarm that this run raised says more.

    An open one keeps its sentence, and lasts longer.
    """
    name = FAILED + service
    found = {alarm.name: alarm for alarm in open_alarms()}
    if name in found:
        keep_measured(name, " ".join(found[name].found))
    elif not any(is_of_last_run(service, alarm) for alarm in found.values()):
        keep_measured(name, " ".join([CAUSE.format(service), *causes]))


def is_of_last_run(service, alarm):
    """An alarm is written at most once a minute. Without systemd any open one may be of this run.

    An older one may hide another failure, such as a receiver of the audit log that is down.
    """
    if alarm.name not in RAISED_BY.get(service, ()):
        return False
    began = began_at(service)
    return not began or alarm.last_at + WRITE_AGAIN >= began


def began_at(service):
    """When the last run of the service began; None if systemd does not say."""
    for words in shown("InactiveExitTimestamp", service):
        if words.startswith("@"):
            return datetime.fromtimestamp(int(words[1:]), UTC)
    return None
