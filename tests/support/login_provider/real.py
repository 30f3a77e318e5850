"""npm's oidc-provider on this machine, as the city's login provider."""

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.support.repository import ROOT
from tests.support.servers.nodes import wait_for
from tests.support.servers.ports import free_port

PACKAGE = ROOT / "tests" / "node_modules" / "oidc-provider"
MISSING = "oidc-provider needs node, and make test where npm reaches its registry"
IS_HERE = bool(shutil.which("node")) and PACKAGE.exists()
RETURN = "/admin/login/penyedia/kembali/"
CLIENT, SECRET = "portal", "rahasia"


@contextmanager
def provider(portal):
    """The issuer of a provider that knows the portal at this address, until the block ends."""
    issuer = f"http://127.0.0.1:{free_port()}"
    program = Path(__file__).with_name("real.mjs")
    command = [
        "node",
        program,
        issuer.rpartition(":")[2],
        portal + RETURN,
        portal + "/admin/login/",
    ]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(f"{issuer}/.well-known/openid-configuration", process)
            yield issuer
        finally:
            process.kill()
            process.wait()
