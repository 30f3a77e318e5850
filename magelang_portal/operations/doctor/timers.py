"""Do the timers run, and did a service of the portal fail? systemd knows."""

import subprocess
from pathlib import Path

from django.core.checks import Warning

TIMERS = ("portal-backup.timer", "portal-verify.timer", "portal-watch.timer")
SYSTEMD = Path("/run/systemd/system")  # exists only if systemd started this machine
SYSTEMCTL = ["systemctl", "--no-pager", "--no-legend", "--plain"]


def look(answer):
    if not SYSTEMD.is_dir():
        return answer.could_not_ask("systemd does not run here: something else must start backups")
    running = [timer for timer in TIMERS if is_active(timer)]
    for timer in (one for one in TIMERS if one not in running):
        yield Warning(
            f"{timer} does not run.",
            hint=f"Run systemctl enable --now {timer}",
            id="timers.W001",
        )
    if running:
        answer.say(f"{', '.join(running)} run")
    for line in systemctl("list-units", "--state=failed", "portal*").splitlines():
        unit = line.split()[0]
        yield Warning(
            f"{unit} failed.",
            hint=f"journalctl -u {unit} says why. Then systemctl reset-failed {unit}, and "
            f"systemctl start {unit}.",
            id="timers.W002",
        )


def is_active(unit):
    return systemctl("show", "--property=ActiveState", "--value", unit) == "active"


def systemctl(*arguments):
    asked = subprocess.run(
        [*SYSTEMCTL, *arguments], capture_output=True, text=True, check=True, timeout=3
    )
    return asked.stdout.strip()
