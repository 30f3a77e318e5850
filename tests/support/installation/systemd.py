"""Stands in for systemd on a machine of ``machine.py`` or ``pasted.py``.

``systemd.py`` alone holds the portal's socket, starts and stops gunicorn as the settled unit says,
and knows which timers run. ``systemd.py ask WORDS…`` is its ``systemctl``, which runs the other
services itself.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

CONTROL = "/run/systemd-control"
NOTIFY = "/run/systemd-notify"
SOCKET = "/run/portal/gunicorn.sock"
UNITS = Path("/etc/systemd/system")
SLOWEST_START = 60  # seconds
AS_PORTAL = "setpriv --reuid=portal --regid=portal --init-groups"
START = """
set -a; . /etc/portal.env
LISTEN_FDS=1 LISTEN_PID=$$ NOTIFY_SOCKET={notify}
exec {command}
"""
RUN = "set -a; {settings}cd /srv/portal; umask 022; exec {user} {command}"


class Init:
    def __init__(self):
        self.listener = socket.socket(socket.AF_UNIX)  # the first, since it must become 3
        self.portal = None
        self.notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notified.bind(NOTIFY)
        os.chmod(NOTIFY, 0o666)
        self.enabled, self.active, self.failed = set(), set(), set()  # timers

    def serve(self):
        with socket.socket(socket.AF_UNIX) as control:
            control.bind(CONTROL)
            control.listen()
            while True:
                asking, _address = control.accept()
                with asking:
                    asking.sendall(json.dumps(self.answer(json.loads(asking.recv(9999)))).encode())

    def answer(self, words):
        """The status and the words that ``systemctl`` ends with."""
        match [word for word in words if not word.startswith("--")]:
            case ["enable", *units]:
                self.enabled.update(units)
                return max([self.start(unit) for unit in units if "--now" in words], default=0), ""
            case ["start", *units]:
                return max(map(self.start, units)), ""
            case ["stop", *units]:
                return max(map(self.stop, units)), ""
            case ["restart", unit]:
                return self.stop(unit) or self.start(unit), ""
            case ["reload" | "try-reload-or-restart", "nginx" | "nginx.service"]:
                return self.reload_nginx(), ""
            case ["reset-failed", *units]:
                self.failed.difference_update(units)
            case ["is-enabled", unit]:
                return int(unit not in self.enabled), ""
            case ["is-active", unit]:
                return (0 if self.is_active(unit) else 3), ""
            case ["is-failed", unit]:
                return int(unit not in self.failed), ""
            case ["daemon-reload"]:
                self.fail_without_unit()
            case ["show", *units]:
                return 0, self.shown(words, units)
        return 0, ""

    def shown(self, words, units):
        if "--property=Listen" in words:
            return f"{SOCKET} (Stream)"
        return "\n".join("active" if self.is_active(unit) else "inactive" for unit in units)

    def is_active(self, unit):
        if unit == "portal.service":
            return self.portal is not None and self.portal.poll() is None
        return unit in self.active

    def fail_without_unit(self):
        """A timer that runs while its unit is away fails."""
        lost = {unit for unit in self.active if unit.endswith("r") and not (UNITS / unit).exists()}
        self.active -= lost
        self.failed |= lost

    def start(self, unit):
        if unit in ("portal", "portal.service") and not self.is_active("portal.service"):
            return self.start_portal()
        if unit == "nginx.service" and not self.is_active(unit):
            subprocess.run(["nginx"], check=True)
        self.active.add(unit)
        return 0

    def stop(self, unit):
        if unit in ("portal", "portal.service") and self.portal:
            self.portal.send_signal(signal.SIGTERM)
            self.portal.wait()
        self.active.discard(unit)
        return 0

    def reload_nginx(self):
        """0 where it does not run: ``try-reload-or-restart`` is content then."""
        number = Path("/run/nginx.pid")  # nginx -t makes it, and leaves it empty
        is_running = number.exists() and number.read_text()
        return subprocess.call(["nginx", "-s", "reload"]) if is_running else 0

    def listen(self):
        Path(SOCKET).parent.mkdir()
        self.listener.bind(SOCKET)
        self.listener.listen(2048)
        shutil.chown(SOCKET, "portal", "www-data")
        os.chmod(SOCKET, 0o660)

    def start_portal(self):
        if not Path(SOCKET).exists():
            self.listen()
        unit = (UNITS / "portal.service").read_text()
        command = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1]
        os.dup2(self.listener.fileno(), 3)
        with open("/run/journal", "ab") as journal:
            self.portal = subprocess.Popen(
                [*AS_PORTAL.split(), "sh", "-c", START.format(notify=NOTIFY, command=command)],
                cwd="/srv/portal",
                pass_fds=[3],
                stdout=journal,
                stderr=journal,
            )
        Path("/run/portal.pid").write_text(str(self.portal.pid))
        return int(not self.is_ready())

    def is_ready(self):
        self.notified.settimeout(0.1)
        for _attempt in range(SLOWEST_START * 10):
            with suppress(TimeoutError):
                if b"READY=1" in self.notified.recv(9999):
                    return True
            if self.portal.poll() is not None:
                return False
        return False


# systemctl


def ask(words):
    if words[0] == "start" and is_oneshot(words[1]):
        return max(map(run, words[1:]))
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(CONTROL)
        control.sendall(json.dumps(words).encode())
        status, said = json.loads(control.recv(9999))
    if said:
        print(said)
    return status


def is_oneshot(unit):
    return unit.endswith(".service") and "Type=oneshot" in text_of(unit)


def text_of(unit):
    files = [UNITS / unit, *sorted((UNITS / f"{unit}.d").glob("*"))]
    text = "".join(file.read_text() for file in files if file.exists())
    return text.replace("\\\n", "")


def run(unit):
    """Run the commands of a service, one after the other, until one fails."""
    text = text_of(unit)
    settings = ["/etc/portal.env", *re.findall("^EnvironmentFile=(.*env)$", text, re.MULTILINE)]
    read = "".join(f". {file}; " for file in dict.fromkeys(settings))
    for command in re.findall("^ExecStart=(.*)$", text, re.MULTILINE):
        command = command.replace("$$", "$").replace("%%", "%")
        script = RUN.format(settings=read, user=AS_PORTAL, command=command)
        if subprocess.call(["sh", "-c", script]):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(ask(sys.argv[2:]) if sys.argv[1:] else Init().serve())
