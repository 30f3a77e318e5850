"""Releases of the portal in a scratch repository, and 1.0.0 with the data of a busy year."""

import os
import re
import subprocess

import pytest

from tests.support.repository import ROOT

FIRST = "8297b8164f83fc295517451c67c3f50e7a5eed47"  # the commit of 1.0.0
PERSON = {
    "GIT_AUTHOR_NAME": "Penerbit",
    "GIT_AUTHOR_EMAIL": "penerbit@example.go.id",
    "GIT_COMMITTER_NAME": "Penerbit",
    "GIT_COMMITTER_EMAIL": "penerbit@example.go.id",
}


def call(*command, **options):
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | PERSON, **options
    ).stdout.strip()


def copy_files(folder):
    """Write the files that are tested, committed or not, into the folder."""
    names = b"\0".join(listed("--cached", "--others", "--exclude-standard") - listed("--deleted"))
    packed = subprocess.check_output(["tar", "-C", ROOT, "-c", "--null", "-T", "-"], input=names)
    subprocess.run(["tar", "-C", folder, "-x"], input=packed, check=True)


def listed(*which):
    said = subprocess.check_output(["git", "-C", ROOT, "ls-files", "-z", *which])
    return set(said.split(b"\0")[:-1])


class Repository:
    """A clone whose last commit has the files that are tested."""

    def __init__(self, folder):
        self.folder = folder
        call("git", "clone", "--quiet", "--no-tags", ROOT, self.folder)
        copy_files(self.folder)
        self.git("checkout", "--quiet", "--detach")
        self.commit("The files that are tested")

    def git(self, *words):
        return call("git", "-C", self.folder, *words)

    def commit(self, words):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", words)


class Origin(Repository):
    """It has the tag v1.0.0, too."""

    def __init__(self, folder):
        require_first()
        super().__init__(folder / "origin")
        self.keys = folder
        self.git("tag", "v1.0.0", FIRST)
        self.tested = self.git("rev-parse", "HEAD")
        for name in ("publisher", "stranger"):
            call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.keys / name)

    @property
    def signers(self):
        """The line of /etc/portal-signers."""
        key = (self.keys / "publisher.pub").read_text()
        return f'penerbit@example.go.id namespaces="git" {key.strip()}'

    def release(self, version, key="publisher", says=None, files=None):
        """Tag a commit with these files, by text, whose pyproject.toml says this version."""
        self.git("checkout", "--quiet", "--detach", self.tested)
        pyproject = self.folder / "pyproject.toml"
        new = f'version = "{says or version}"'
        pyproject.write_text(re.sub('^version = ".*"$', new, pyproject.read_text(), flags=re.M))
        for name, text in (files or {}).items():
            (self.folder / name).write_text(text)
        self.commit(version)
        signed = ["-c", "gpg.format=ssh", "-c", f"user.signingkey={self.keys / str(key)}"]
        how = ["--sign"] if key else ["--annotate"]
        self.git(*signed, "tag", "--force", *how, "--message", version, f"v{version}")


def require_first():
    try:
        call("git", "-C", ROOT, "cat-file", "-e", f"{FIRST}^{{commit}}")
    except subprocess.CalledProcessError:
        pytest.fail("This clone lacks the commit of 1.0.0: git fetch --unshallow", pytrace=False)


# What the tests of 1.0.0 do with a portal: editions, a history, accounts.
LIVE = "from tests.support.servers.scripts import LIVED_IN; exec(LIVED_IN)"
FIRST_FOLDER = "/srv/portal-2026-11-27"


def install_first(machine, origin):
    """Install 1.0.0 as its own page for operators said, and use it."""
    portal = f"{FIRST_FOLDER}/bin/portal"
    machine.do("git", "clone", "--quiet", "--branch=v1.0.0", str(origin.folder), FIRST_FOLDER)
    machine.do("ln", "-s", "/srv/environment", f"{FIRST_FOLDER}/.venv")
    machine.do("ln", "-s", FIRST_FOLDER, "/srv/portal")
    machine.do(
        *(f"{FIRST_FOLDER}/.venv/bin/python", f"{FIRST_FOLDER}/manage.py"),
        *("collectstatic", "--noinput", "--verbosity=0"),
        PORTAL_STATIC_ROOT=f"{FIRST_FOLDER}/staticfiles",
    )
    machine.do(portal, "migrate", "--verbosity=0")
    machine.do(portal, "load_official_text", "--verbosity=0", "--at=2026-01-01T00:00")
    # Its users log in without a second factor here.
    machine.write("etc/young.env", machine.settings.replace("PORTAL_PRODUCTION", "#"))
    machine.do(portal, "shell", "--verbosity=0", "--command", LIVE, PORTAL_ENV="/etc/young.env")
    machine.do("cp", "-a", f"{FIRST_FOLDER}/deploy/systemd/.", "/etc/systemd/system/")
    machine.do("sh", "-c", f"cp {FIRST_FOLDER}/deploy/nginx-*.conf /etc/nginx/")
    machine.serve(site_of_first())


def site_of_first():
    """nginx's site of 1.0.0, without TLS."""
    return call("git", "-C", ROOT, "show", f"{FIRST}:deploy/nginx.conf")
