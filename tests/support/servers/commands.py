"""Commands of the portal as its operator runs them."""

import os
import subprocess
import sys

from tests.support.repository import ROOT


def run(*command, **environment):
    """Run a command of the portal as a user would, without the tests' own settings."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PORTAL_COPY_DIR": "off"}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def manage(*command, **environment):
    return run(sys.executable, "manage.py", *command, **environment)
