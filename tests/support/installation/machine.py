"""A Debian machine on which the portal is installed, without a container.

A mount namespace of its own holds /etc, /run, /srv and /var. Programs, processes and the network
are those of this machine. ``systemd.py`` stands in for systemd. Needs root.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.people.readers import answer
from tests.support.servers.ports import free_port
from tests.support.waiting import wait_until

USER = 47110  # the number of the user portal there
ENVIRONMENT = Path(sys.prefix)
MOUNT = """
mount --bind -o ro {environment} {folder}/srv/environment
for name in etc run srv var; do mount --rbind {folder}/$name /$name; done
exec /srv/environment/bin/python /run/systemd.py
"""
# A program of the update: it dies with the update where DIE_AT says, with SECOND
# when that happens again, or does its work.
PROGRAM = """#!/bin/sh
said="$(basename "$0") $*"
case "$said" in ${DIE_AT:-nowhere}) [ "${SECOND-}" ] && mkdir /run/first 2>&- || kill -9 0 ;; esac
case "$said" in ${FAIL_AT:-nowhere}) echo "${FAIL_SAYS:-}" >&2; exit 1 ;; esac
case "$said" in
"make "*) ln -sfn /srv/environment "$3/.venv" ;; # installing the packages would take a minute
"systemctl "*) exec /srv/environment/bin/python /run/systemd.py ask "$@" ;;
esac
PATH=${PATH#*:} exec "$(basename "$0")" "$@"
"""
PROGRAMS = ("cp", "curl", "df", "git", "make", "mv", "nginx", "setpriv", "sync", "systemctl")
SETTINGS = """
PORTAL_PRODUCTION='1'
PORTAL_SITE_URL='https://visi.magelangkota.go.id'
PORTAL_SECRET_KEY='qYx8-3fLr0Wm_Zt7Kc5Vb1Ns9Hd2Jg4Pa6Ee-Uo_Ii8Tt3Rr5Ww'
PORTAL_DATA_DIR='/var/lib/portal'
PORTAL_COPY_DIR='/var/cache/portal/copy'
PORTAL_CONTACT='kontak@magelangkota.go.id'
PORTAL_LICENCE='CC BY 4.0'
PORTAL_LICENCE_URL='https://creativecommons.org/licenses/by/4.0/deed.id'
"""


class Machine:
    """``settings`` are lines of /etc/portal.env, besides those that every portal needs."""

    def __init__(self, folder, settings=""):
        self.folder, self.port = Path(folder), free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.processes = []
        shutil.copytree("/etc", self.folder / "etc", symlinks=True)
        for name in ("run/bin", "srv/environment", "var/lib/nginx", "var/log/nginx", "var/tmp"):
            (self.folder / name).mkdir(parents=True)
        self.add_user()
        self.add_programs()
        self.settings = SETTINGS + settings
        self.write("etc/portal.env", self.settings)
        for name in ("lib/portal", "lib/portal-backup", "cache/portal"):
            path = self.folder / "var" / name
            path.mkdir(parents=True)
            path.chmod(0o755 if "cache" in name else 0o700)
            os.chown(path, USER, USER)

    def add_user(self):
        for name, line in [
            ("passwd", f"portal:x:{USER}:{USER}::/var/lib/portal:/usr/sbin/nologin"),
            ("group", f"portal:x:{USER}:"),
        ]:
            path = self.folder / "etc" / name
            path.write_text(f"{path.read_text()}{line}\n")

    def add_programs(self):
        shutil.copy(Path(__file__).with_name("systemd.py"), self.folder / "run")
        for name in PROGRAMS:
            self.write(f"run/bin/{name}", PROGRAM).chmod(0o755)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def boot(self):
        mount = MOUNT.format(environment=ENVIRONMENT, folder=self.folder)
        command = ["unshare", "--mount", "--propagation=private", "sh", "-ec", mount]
        init = subprocess.Popen(command, env={"PATH": os.environ["PATH"]})
        self.processes.append(init)
        # With its root, because the tests themselves may run in another one.
        self.inside = ["nsenter", f"--target={init.pid}", "--mount", "--root", "--wdns=/"]
        wait_until((self.folder / "run/systemd-control").exists)

    def run(self, *command, **environment):
        """The ended command. Its output and its errors are one text."""
        started = self.start(*command, output=subprocess.PIPE, **environment)
        said, _errors = started.communicate()
        return subprocess.CompletedProcess(command, started.returncode, said)

    def start(self, *command, output, **environment):
        given = {"PATH": f"/run/bin:{os.environ['PATH']}", "HOME": "/root", "LANG": "C.UTF-8"}
        return subprocess.Popen(
            [*self.inside, *command],
            env=given | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output == subprocess.PIPE else output,
            text=True,
            start_new_session=True,
        )

    def do(self, *command, **environment):
        """The output of a command that must succeed."""
        ended = self.run(*command, **environment)
        assert ended.returncode == 0, ended.stdout
        return ended.stdout

    def serve(self, site):
        """Start the portal, and nginx with this site, at ``address`` and without TLS."""
        site = site.partition("server {\n    listen 80;")[0]
        for shipped, here in [
            (r"listen 443 ssl;", f"listen 127.0.0.1:{self.port};"),
            (r"listen \[::\].*;", ""),
            (r"ssl_.*;", ""),
            (r"server_name visi.example.go.id", "server_name 127.0.0.1"),
            (r"Host \$host", "Host visi.magelangkota.go.id"),
            (r"X-Forwarded-Proto \$scheme", "X-Forwarded-Proto https"),
        ]:
            site = re.sub(shipped, here, site)
        self.write("etc/nginx/sites-available/default", site)
        self.do("systemctl", "restart", "portal.service")
        self.processes.append(subprocess.Popen([*self.inside, "nginx", "-g", "daemon off;"]))
        wait_until(lambda: answer(f"{self.address}/id/")[0] == 200)

    def shut_down(self):
        self.run("systemctl", "stop", "portal.service")
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
