"""A text that is added to the table appears everywhere."""

import os
import subprocess
import sys

from tests.support.repository import ROOT

PLACES = "tests/support/scratch/places.py"


def test_a_new_text_of_the_table_appears_everywhere():
    environment = {name: value for name, value in os.environ.items() if "PORTAL_" not in name}
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]

    ran = subprocess.run(
        [sys.executable, *command, "--ds=tests.support.scratch.settings", PLACES],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
