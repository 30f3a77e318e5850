"""Measures what may go wrong by itself, and opens or ends the alarm of each measure.

The verifications and the clock of the editions raise their own alarms, which somebody acknowledges.
"""

import subprocess
from datetime import UTC, datetime, timedelta

from django.core.checks import WARNING

from editions.data_folder import outcomes
from editions.data_folder.alarms import keep_measured, open_alarms
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
AGES = {"backup", "verification", "copy"}
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
    units = [f"{name}.service" for name in SERVICES]
    try:
        asked = subprocess.run(
            ["systemctl", "show", "--property=ActiveState", "--value", *units],
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(zip(SERVICES, asked.stdout.split(), strict=False))


def judge_service(service, state):
    """While a service starts, nobody knows yet whether it fails again."""
    if state == "failed":
        fail(service)
    elif state in ("active", "inactive"):
        end_of_service(service)


def end_of_service(service):
    """A service that fails again and again runs in between, and is one trouble."""
    if is_calm(FAILED + service):
        keep_measured(FAILED + service, "")


def fail(service, *causes):
    """Open the alarm of a service, unless the alarms of its findings say more.

    An open one keeps its sentence, and lasts longer.
    """
    name = FAILED + service
    found = {alarm.name: alarm.found for alarm in open_alarms()}
    if name in found:
        keep_measured(name, " ".join(found[name]))
    elif not found.keys() & RAISED_BY.get(service, set()):
        keep_measured(name, " ".join([CAUSE.format(service), *causes]))
