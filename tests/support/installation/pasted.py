"""A machine made of this one's files, on which the commands of docs/ are run as an operator pastes
them. What they write is thrown away. Its network and processes are its own.

``systemd.py`` stands in for systemd, and a list of what it is told for apt-get. Everything else is
real. Needs root.
"""

import re
import shutil
import subprocess
from pathlib import Path
from textwrap import dedent

from tests.support.repository import ROOT

NAME = "visi.magelangkota.go.id"  # no test reaches the real one: the machine has its own network
ADDRESS = "/media/portal.git"
VERSION = (ROOT / "docs" / "operate.md").read_text().split("VERSION=")[1].split()[0]
ENVIRONMENT = "env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MAKE = """
set -e
cd "$1"
mount -t tmpfs -o mode=0755 portal-test .
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
cd root
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p run/systemd/system mnt/backup
rm -rf srv/portal* etc/portal* etc/letsencrypt var/lib/portal* var/cache/portal*
rm -rf etc/systemd/system/portal* etc/nginx/sites-*/portal etc/nginx/*portal* etc/nginx/nginx-*
mkdir -p media srv && mount --bind "$2" media
sed -i /^portal:/d etc/passwd etc/group etc/shadow etc/gshadow
rm -f etc/hosts && echo "127.0.0.1 localhost visi.magelangkota.go.id" >etc/hosts
cp media/bin/* usr/local/sbin/
ip link set lo up
exec chroot . env -i PATH=/usr/sbin:/usr/bin sh -c '/usr/bin/python3 /media/systemd.py &
until [ -S /run/systemd-control ]; do sleep 0.1; done
echo ready; wait'
"""
SYSTEMCTL = """#!/bin/sh
exec /usr/bin/python3 /media/systemd.py ask "$@"
"""
APT_GET = """#!/bin/sh
echo "$*" >>/run/apt-get
"""
PEBBLE = """
mkdir /run/pebble && cd /run/pebble
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem 2>/dev/null
cat >config.json <<END
{"pebble": {"listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000",
 "certificate": "cert.pem", "privateKey": "key.pem", "httpPort": 80, "tlsPort": 443,
 "retryAfter": {"authz": 1, "order": 1}, "certificateValidityPeriod": 7776000}}
END
PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 pebble -config config.json >log 2>&1 &
curl --silent --fail --retry 30 --retry-all-errors --retry-delay 1 --cacert cert.pem \
    https://localhost:15000/roots/0 >root.pem
cat root.pem cert.pem >>/etc/ssl/certs/ca-certificates.crt
mkdir -p /etc/letsencrypt && echo 'server = https://localhost:14000/dir' >/etc/letsencrypt/cli.ini
"""


def blocks_of(page, section):
    """The pasted blocks of a section."""
    text = (ROOT / "docs" / page).read_text().partition(f"\n## {section}\n")[2]
    found = re.findall(
        r"^ *```sh\n(.*?)^ *```", text.partition("\n## ")[0], re.DOTALL | re.MULTILINE
    )
    return [dedent(block) for block in found]


class Installed:
    """A new machine. Whatever ``paste`` gets, it runs in one shell, which stops at a failure."""

    def __init__(self, folder, origin):
        self.origin = origin
        self.folder, self.media = Path(folder) / "machine", Path(folder) / "media"
        self.folder.mkdir()
        (self.media / "bin").mkdir(parents=True)
        self.media.chmod(0o755)
        origin.git("clone", "--quiet", "--bare", ".", self.media / "portal.git")
        shutil.copy(Path(__file__).with_name("systemd.py"), self.media)
        stand_ins = {"systemctl": SYSTEMCTL, "apt-get": APT_GET}
        for name, script in stand_ins.items():
            (self.media / "bin" / name).write_text(script)
            (self.media / "bin" / name).chmod(0o755)
        apart = [
            "unshare",
            "--mount",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "--propagation",
            "private",
        ]
        make = ["bash", "-c", MAKE, "bash", str(self.folder), str(self.media)]
        self.process = subprocess.Popen([*apart, *make], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.init = children.read_text().split()[0]
        self.paste(PEBBLE)

    def run(self, script):
        enter = (
            f"nsenter --target {self.init} --mount --net --pid --root --wd=/root env -i HOME=/root"
        )
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return subprocess.run(
            [*enter.split(), path, "bash", "-e", "-c", f"cd /root; {script}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def paste(self, script):
        ended = self.run(script)
        assert ended.returncode == 0, f"{script}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def refused(self, script):
        ended = self.run(script)
        assert ended.returncode != 0, ended.stdout
        return ended.stderr

    def follow(self, *blocks):
        """Paste blocks of a page with the values of this machine, and the packages of the tests."""
        script = "".join(blocks).replace("visi.example.go.id", NAME)
        script = script.replace("https://git.example.go.id/portal.git", ADDRESS)
        script = re.sub("^echo 'penerbit@.*'", f"echo '{self.origin.signers}'", script, flags=re.M)
        packages = f"/srv/portal-{VERSION}/.venv"
        mount = f"mkdir {packages} && mount --bind {ROOT}/.venv {packages}\n"
        return self.paste("exec 2>&1\n" + re.sub("(?m)^(git clone .*\n)", rf"\1{mount}", script))

    def stop(self):
        self.process.kill()
        self.process.communicate()
