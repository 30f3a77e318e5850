"""Do the timers run, and did a service of the portal fail? systemd knows."""

from django.core.checks import Warning

from magelang_portal.operations.doctor.site.systemd import SYSTEMD, systemctl

TIMERS = ("portal-backup.timer", "portal-verify.timer", "portal-watch.timer")


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
