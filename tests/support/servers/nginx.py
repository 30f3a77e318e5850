"""nginx on this machine with a configuration of deploy/, on free ports and without TLS."""

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.repository import ROOT
from tests.support.servers.nodes import on
from tests.support.servers.ports import free_port

DEPLOY = ROOT / "deploy"
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
IS_HERE = shutil.which("nginx") is not None and BROTLI.exists()
MISSING = "no nginx here that sends brotli: apt-get install nginx libnginx-mod-http-brotli-static"
AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
load_module {module};
worker_processes 1;
{limits}
http {{
    access_log off;
    gzip on; # as in Debian's own configuration, and so are the next two
    sendfile on;
    tcp_nopush on;
    default_type application/octet-stream;
    include {folder}/site.conf;
}}
"""


def limits():
    """The limits of nginx's connections that deploy/install sets."""
    script = (DEPLOY / "install").read_text()
    files = re.search(r"worker_rlimit_nofile \d+;", script)[0]
    connections = re.search(r"/(worker_connections \d+;)/", script)[1]
    return f"{files}\nevents {{ {connections} }}"


class Nginx:
    """The configuration ``name`` with ``places``, pairs of a shipped text and its replacement."""

    machine = None  # runs nginx, if not this one: tests/support/servers/machines.py

    def __init__(self, folder, name, places):
        self.folder, self.process = Path(folder), None
        self.folder.mkdir(parents=True, exist_ok=True)
        texts = {"site.conf": (DEPLOY / name).read_text()}
        texts |= {path.name: path.read_text() for path in DEPLOY.glob("nginx-*.conf")}
        places = [
            *places,
            ("/etc/nginx/nginx-", f"{self.folder}/nginx-"),
            ("/var/log/nginx/", f"{self.folder}/"),
        ]
        for shipped, here in places:
            assert any(shipped in text for text in texts.values()), f"{name} lacks {shipped}"
            texts = {file: text.replace(shipped, str(here)) for file, text in texts.items()}
        for file, text in texts.items():
            (self.folder / file).write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""  # tests own their files
        (self.folder / "nginx.conf").write_text(
            AROUND.format(user=user, folder=folder, module=BROTLI, limits=limits())
        )
        self.command = [
            "nginx",
            "-c",
            str(self.folder / "nginx.conf"),
            "-p",
            str(folder),
            "-e",
            "stderr",
        ]

    def checked(self):
        """The output of ``nginx -t``."""
        return subprocess.run(
            [*self.command, "-t"], capture_output=True, text=True, check=False
        ).stderr

    def start(self):
        self.process = subprocess.Popen([*on(self.machine), *self.command])
        self.machine.do(self.wait) if self.machine else self.wait()

    def wait(self):
        place = urlsplit(self.address)
        while self.process.poll() is None:
            with suppress(OSError):
                return socket.create_connection((place.hostname, place.port)).close()
            time.sleep(0.02)
        raise RuntimeError(f"{self.process.args} ended")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


class Proxy(Nginx):
    """nginx.conf in front of these nodes, at ``address``; ``copy`` is a node's folder of copies.

    A node is the port of a gunicorn here, or a host and a port. With the folder of a
    ``certificate`` it speaks TLS under the shipped name. With a ``machine`` it runs there.
    """

    def __init__(self, folder, nodes, copy, port=None, certificate=None, machine=None):
        self.port, self.plain_port, self.machine = port or free_port(), free_port(), machine
        host = machine.address if machine else "127.0.0.1"
        self.address = f"http://{host}:{self.port}"
        line = "server unix:/run/portal/gunicorn.sock max_fails=0;"
        places = [f"127.0.0.1:{node}" if isinstance(node, int) else node for node in nodes]
        # On other machines, as docs/scale.md says.
        fails = "max_fails=1 fail_timeout=10s" if machine else "max_fails=0"
        servers = " ".join(f"server {place} {fails};" for place in places)
        places = [
            (f"{line}\n    {line}", servers if len(nodes) > 1 else servers * 2),
            ("/var/cache/portal/copy/", f"{copy}/"),
            ("listen 443 ssl", f"listen {host}:{self.port}{' ssl' if certificate else ''}"),
            ("listen 80", f"listen {host}:{self.plain_port}"),
            ("/etc/nginx/portal-certificate", certificate),
        ]
        if not certificate:
            places += [
                ("visi.example.go.id", host),
                ("Host $host", "Host $http_host"),
            ]  # with its port
        super().__init__(folder, "nginx.conf", places)
        without(
            self.folder / "site.conf", r"listen \[::\]" if certificate else r"listen \[::\]|ssl_"
        )

    def say_https(self):
        """Tell the nodes that each request came over HTTPS."""
        path = self.folder / "nginx-portal.conf"
        shipped, said = "X-Forwarded-Proto $scheme", "X-Forwarded-Proto https"
        text = path.read_text()
        assert shipped in text
        path.write_text(text.replace(shipped, said))


class Mirror(Nginx):
    """nginx-static.conf with an export in ``site``, at ``address``.

    ``framed_by`` are the sites that the operator lets show its frames.
    """

    def __init__(self, folder, site, framed_by=""):
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        places = [
            ("/srv/www/visi", site),
            ("listen 80", f"listen 127.0.0.1:{self.port}"),
            ("/etc/nginx/portal-embe[d].conf", f"{folder}/portal-embe[d].conf"),
        ]
        super().__init__(folder, "nginx-static.conf", places)
        if framed_by:
            (self.folder / "portal-embed.conf").write_text(f'default "{framed_by}";\n')
        without(self.folder / "site.conf", r"listen \[::\]")


def without(path, directive):
    """Remove the lines that begin with one of these directives from a file."""
    path.write_text(re.sub(rf"(?m)^\s*(?:{directive}).*\n", "", path.read_text()))
