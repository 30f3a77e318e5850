"""The licence of every package that the portal installs, as a page: ``make licences`` keeps it in docs/licences.md."""

import re
from importlib.metadata import metadata
from pathlib import Path

LIST = Path(__file__).parent.parent / "requirements" / "portal.txt"
LOCKED = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", re.MULTILINE)
CLASSIFIER = "License :: OSI Approved :: "
TOP = """# Licences

What `requirements/portal.txt` installs, and the licence each package names for itself. Written by `make licences`.

| package | version | licence |
|---|---|---|"""


def licence_of(package):
    """An SPDX expression where the package names one, as all newer packages do."""
    about = metadata(package)
    named = about.get("License-Expression") or about.get("License")
    classified = [name.removeprefix(CLASSIFIER) for name in about.get_all("Classifier", []) if CLASSIFIER in name]
    return named or ", ".join(classified)


if __name__ == "__main__":
    print(TOP)
    for package, version in LOCKED.findall(LIST.read_text()):
        print(f"| {package} | {version} | {licence_of(package)} |")
