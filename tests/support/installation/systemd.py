"""Stands in for systemd on a machine of ``machine.py``.

``systemd.py`` alone holds the portal's socket, and starts and stops gunicorn as the settled unit
says. ``systemd.py ask WORDS…`` is its ``systemctl``.
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
START = """
set -a; . /etc/portal.env
LISTEN_FDS=1 LISTEN_PID=$$ NOTIFY_SOCKET={notify}
exec {command}
"""


class Init:
    def __init__(self):
        Path(SOCKET).parent.mkdir()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(SOCKET)
        self.listener.listen(2048)
        shutil.chown(SOCKET, "portal", "www-data")
        os.chmod(SOCKET, 0o660)
        self.notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notified.bind(NOTIFY)
        os.chmod(NOTIFY, 0o666)
        self.portal = None
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
        words = [word for word in words if word not in ("--quiet", "--now")]
        match words:
            case ["restart", "portal.service"]:
                self.stop()
                return self.start()
            case ["stop", "portal.service"]:
                return self.stop()
            case ["enable", timer]:
                self.enabled.add(timer)
                self.active.add(timer)
            case ["is-enabled", timer]:
                return (0 if timer in self.enabled else 1), ""
            case ["is-active", timer]:
                return (0 if timer in self.active else 3), ""
            case ["start", timer]:
                self.active.add(timer)
            case ["stop", timer]:
                self.active.discard(timer)
            case ["reset-failed", *units]:
                self.failed.difference_update(units)
            case ["is-failed", timer]:
                return (0 if timer in self.failed else 1), ""
            case ["daemon-reload"]:
                self.fail_without_unit()
            case ["show", *_]:
                return 0, f"{SOCKET} (Stream)"
            case ["try-reload-or-restart", "nginx.service"]:
                return subprocess.call(["nginx", "-s", "reload"]), ""
        return 0, ""

    def fail_without_unit(self):
        """A timer that runs while its unit is away fails."""
        lost = {timer for timer in self.active if not (UNITS / timer).exists()}
        self.active -= lost
        self.failed |= lost

    def start(self):
        unit = (UNITS / "portal.service").read_text()
        command = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1]
        os.dup2(self.listener.fileno(), 3)
        with open("/run/journal", "ab") as journal:
            self.portal = subprocess.Popen(
                ["setpriv", "--reuid=portal", "--regid=portal", "--init-groups", "sh", "-c"]
                + [START.format(notify=NOTIFY, command=command)],
                cwd="/srv/portal",
                pass_fds=[3],
                stdout=journal,
                stderr=journal,
            )
        Path("/run/portal.pid").write_text(str(self.portal.pid))
        return (0 if self.is_ready() else 1), ""

    def is_ready(self):
        self.notified.settimeout(0.1)
        for _attempt in range(SLOWEST_START * 10):
            with suppress(TimeoutError):
                if b"READY=1" in self.notified.recv(9999):
                    return True
            if self.portal.poll() is not None:
                return False
        return False

    def stop(self):
        if self.portal:
            self.portal.send_signal(signal.SIGTERM)
            self.portal.wait()
        return 0, ""


def ask(words):
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(CONTROL)
        control.sendall(json.dumps(words).encode())
        status, said = json.loads(control.recv(9999))
    if said:
        print(said)
    return status


if __name__ == "__main__":
    sys.exit(ask(sys.argv[2:]) if sys.argv[1:] else Init().serve())
