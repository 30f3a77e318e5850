"""The folder of the tested repository, and copies of its files."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copy_files(folder):
    """Write the files that are tested, committed or not, into the folder."""
    names = b"\0".join(listed("--cached", "--others", "--exclude-standard") - listed("--deleted"))
    packed = subprocess.check_output(["tar", "-C", ROOT, "-c", "--null", "-T", "-"], input=names)
    subprocess.run(["tar", "-C", folder, "-x"], input=packed, check=True)


def listed(*which):
    said = subprocess.check_output(["git", "-C", ROOT, "ls-files", "-z", *which])
    return set(said.split(b"\0")[:-1])
