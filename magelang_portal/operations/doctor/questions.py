"""All questions of ``portal doctor``, in the order in which they are asked."""

from magelang_portal.operations.doctor import (
    ages,
    alarms,
    clock,
    database,
    disk,
    folders,
    mail,
    server,
    system_checks,
    timers,
    vulnerabilities,
)
from magelang_portal.operations.doctor.probe import LIMIT, Answer, ask_within
from magelang_portal.operations.doctor.site import certificate, dns, login_provider, proxy

# The names are stable: alarms and metrics have them, too.
QUESTIONS = {
    "checks": system_checks.look,
    "database": database.look,
    "folders": folders.look,
    "disk": disk.look,
    "server": server.look,
    "clock": clock.look,
    "dns": dns.look,
    "certificate": certificate.look,
    "proxy": proxy.look,
    "mail": mail.look,
    "login-provider": login_provider.look,
    "timers": timers.look,
    "backup": ages.backup,
    "verification": ages.verification,
    "sending": ages.sending,
    "copy": ages.copy,
    "alarms": alarms.look,
    "vulnerabilities": vulnerabilities.look,
}
LONGER = {"checks": 30, "proxy": 10, "login-provider": 12}  # seconds: these load code, or ask twice


def ask(name, options=None, limit=None):
    """The answer to one question. Never raises, except for an unknown name."""
    limit = limit or LONGER.get(name, LIMIT)
    return ask_within(limit, QUESTIONS[name], Answer(name, options))
