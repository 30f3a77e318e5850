"""What systemd says, above all whether it lets the portal use the network."""

import subprocess
from contextlib import suppress
from pathlib import Path

SYSTEMD = Path("/run/systemd/system")  # exists only if systemd started this machine
SYSTEMCTL = ["systemctl", "--no-pager", "--no-legend", "--plain"]


def is_kept_off_the_network():
    """Whether the portal is, though the doctor is not; deploy/open-network ends that."""
    with suppress(OSError, subprocess.SubprocessError):
        asked = "show", "--property=PrivateNetwork", "--value", "portal.service"
        return SYSTEMD.is_dir() and systemctl(*asked) == "yes"
    return False


def systemctl(*arguments):
    asked = subprocess.run(
        [*SYSTEMCTL, *arguments], capture_output=True, text=True, check=True, timeout=3
    )
    return asked.stdout.strip()
