"""The portal's image, built from a Debian of mmdebstrap, and containers that run it.

Neither needs a registry or a container engine: buildah builds in a chroot, and a container is the
image's folder, read-only, in namespaces of its own. It has the network of this machine. Needs root.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from tests.support.installation.releases import copy_files
from tests.support.repository import ROOT

PROGRAMS = {"buildah": "buildah", "mmdebstrap": "mmdebstrap", "unshare": "util-linux"}
MISSING = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
UNAVAILABLE = (
    f"no image can be built here: apt-get install {' '.join(MISSING)}"
    if MISSING
    else "an image is built as root only"
    if os.geteuid() != 0
    else ""
)
# As in Debian's own base image: no manuals, and dpkg does not wait for the disk.
LIKE_DEBIAN = [
    "--dpkgopt=force-unsafe-io",
    *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "locale", "man")),
]
LIMITS = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096"]  # never above this machine's
PIP = "[global]\nno-index = true\nfind-links = /wheels\n"
# The program becomes process 1, in a root folder that nobody can write.
ENTER = """
set -eu
mount --bind "$ROOT" "$ROOT"
mount -o remount,bind,ro "$ROOT"
mount --rbind /dev "$ROOT/dev"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs tmpfs "$ROOT/tmp"
mount --bind "$VOLUMES/data" "$ROOT/var/lib/portal"
mount --bind "$VOLUMES/cache" "$ROOT/var/cache/portal"
mount --bind "$VOLUMES/run" "$ROOT/run/portal"
exec setpriv --no-new-privs chroot --userspec="$USER" --groups= "$ROOT" env -i -C "$FOLDER" "$@"
"""


class Image:
    def __init__(self, folder):
        self.folder = folder
        where = folder / "storage"
        self.buildah = ["buildah", f"--root={where}", f"--runroot={folder / 'state'}"]

    def build(self):
        """Takes a minute, most of it for Debian's packages."""
        self._get_wheels()
        base = self.folder / "base.tar"
        run("mmdebstrap", "--quiet", "--variant=apt", *LIKE_DEBIAN, "trixie", base)
        container = self._ask("from", "scratch")
        self._ask("add", container, base)
        self._ask("commit", "--rm", container, "localhost/base")
        base.unlink()
        pip = self.folder / "pip.conf"
        pip.write_text(PIP)
        wheels = self.folder / "wheels"
        mounts = [f"--volume={wheels}:/wheels:ro", f"--volume={pip}:/etc/pip.conf:ro"]
        options = ["--isolation=chroot", "--format=docker", "--layers=false", "--pull=never"]
        command = ["build", *options, *LIMITS, *mounts, "--build-arg=BASE=localhost/base"]
        clone = self._private_copy()
        for name, target in (("portal", "portal"), ("portal-nginx", "nginx")):
            self._ask(*command, f"--target={target}", f"--tag=localhost/{name}", clone)
        self.root, self.root_of_nginx = map(self._mounted, ("portal", "portal-nginx"))
        described = json.loads(self._ask("inspect", "--type=image", "localhost/portal"))
        self.config = described["Docker"]["config"]

    def _mounted(self, name):
        """A root folder of the image, which tests may change."""
        return Path(self._ask("mount", self._ask("from", f"localhost/{name}")))

    def _private_copy(self):
        """As a clone under umask 027 or 077: only its owner reads it."""
        copy = self.folder / "clone"
        copy.mkdir()
        copy_files(copy)
        run("chmod", "-R", "go=", copy)
        return copy

    def _get_wheels(self):
        wheels = ["--require-hashes", "--only-binary=:all:", "--no-deps", "--python-version=3.13"]
        names = f"--requirement={ROOT / 'requirements' / 'portal.txt'}"
        where = f"--dest={self.folder / 'wheels'}"
        run(sys.executable, "-m", "pip", "--quiet", "download", *wheels, where, names)

    def remove(self):
        self._ask("umount", "--all")
        self._ask("rm", "--all")
        self._ask("rmi", "--all", "--force")

    def _ask(self, *words):
        return run(*self.buildah, *words).strip()


def run(*command):
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{command[0]} {command[1:]}:\n{ended.stdout}\n{ended.stderr}")
    return ended.stdout


class Container:
    """One container of the image; its volumes are in ``folder``."""

    def __init__(self, image, folder, **environment):
        self.image, self.folder, self.log = image, folder, folder / "log"
        self.environment = environment
        for name in ("data", "cache", "run"):
            (folder / name).mkdir(parents=True, exist_ok=True)
            os.chown(folder / name, *map(int, image.config["User"].split(":")))

    def start(self):
        with self.log.open("w") as log:
            self.process = self._enter(self.image.config["Cmd"], log)

    def ask(self, *command):
        """Run a command in another container with the same volumes; returns status and output."""
        process = self._enter(command, subprocess.PIPE)
        said = process.communicate()[0]
        return process.returncode, said

    def _enter(self, command, output):
        config = self.image.config
        inside = [*config["Env"], *(f"{name}={value}" for name, value in self.environment.items())]
        namespaces = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork"]
        outside = {"ROOT": self.image.root, "VOLUMES": self.folder, "USER": config["User"]}
        return subprocess.Popen(
            [*namespaces, "sh", "-c", ENTER, "sh", *inside, *command],
            env={"PATH": os.environ["PATH"], "FOLDER": config["WorkingDir"]} | outside,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def first_process(self):
        """Its number on this machine; inside it is 1."""
        parent = self.process.pid
        return int(Path(f"/proc/{parent}/task/{parent}/children").read_text())

    def is_healthy(self):
        return self.ask(*self.image.config["Healthcheck"]["Test"][1:])[0] == 0

    def stop(self):
        """Send SIGTERM as an engine does; returns the seconds until the container has ended."""
        begun = time.monotonic()
        os.kill(self.first_process, signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - begun


@contextmanager
def container(image, folder, **environment):
    one = Container(image, folder, **environment)
    one.start()
    try:
        yield one
    finally:
        if one.process.poll() is None:
            os.kill(one.first_process, signal.SIGKILL)  # the kernel ends the others
            one.process.wait()
