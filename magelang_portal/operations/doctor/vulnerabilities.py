"""Has an installed package a known vulnerability? A file of ``pip-audit`` says so.

The portal's machine needs no network for this: the file is made where there is one
(docs/security-updates.md).
"""

import json
import re
import stat
from datetime import UTC, datetime, timedelta
from importlib import metadata

from django.conf import settings
from django.core.checks import Warning

NAME = "pip-audit.json"
LARGEST = 5_000_000  # bytes
OLD = timedelta(days=30)
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!:-]{0,80}")  # a name, a version or an id
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
HOW = "docs/security-updates.md says how to make one."


class Unusable(Exception):
    """The file is not what pip-audit writes; with the reason."""


def look(answer):
    path = answer.options.audit or settings.DATA_DIR / NAME
    try:
        packages = read(path)
    except FileNotFoundError:
        return answer.could_not_ask(f"there is no file {path} of pip-audit. {HOW}")
    except (OSError, Unusable) as error:
        return (
            yield Warning(
                f"{path} cannot be used: {getattr(error, 'strerror', None) or error}.",
                hint=f"Make another with pip-audit --format json. {HOW}",
                id="vulnerabilities.W001",
            )
        )
    yield from age(answer, path)
    yield from known(answer, packages)
    yield from unknown(packages)


def read(path):
    """Pairs of name and version of the audited packages, with their vulnerabilities.

    Raises ``OSError`` or ``Unusable``.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise Unusable("it is not a file")
    with open(path, "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Unusable(f"it is larger than {LARGEST // 1_000_000} MB")
    try:
        found = json.loads(content)
        listed = found["dependencies"] if isinstance(found, dict) else found
        return {key: vulns for key, vulns in map(package, listed) if key}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unusable("it is not what pip-audit --format json writes") from error


def package(entry):
    """pip-audit also lists packages that it skipped; they have a reason and no version."""
    if "skip_reason" in entry:
        return None, []
    return (normal(word(entry["name"])), word(entry["version"])), [
        vulnerability(one) for one in entry["vulns"]
    ]


def vulnerability(entry):
    """Its id, the CVE if it has one, and the versions that repair it."""
    names = [word(entry["id"]), *map(word, entry.get("aliases") or [])]
    cve = next((name for name in names if name.startswith("CVE-")), names[0])
    return cve, [word(version) for version in entry.get("fix_versions") or []]


def word(value):
    """Refuses words that would command a terminal or fill the screen."""
    if not WORD.fullmatch(value):
        raise ValueError(value)
    return value


def age(answer, path):
    old = max(datetime.now(UTC) - datetime.fromtimestamp(path.stat().st_mtime, UTC), timedelta(0))
    answer.measure("age_seconds", round(old.total_seconds()))
    answer.say(f"the list of known vulnerabilities is {old.days} days old")
    if old > OLD:
        yield Warning(
            f"{path} is {old.days} days old, so newer vulnerabilities are not known here.",
            hint=f"Fetch a new one each week. {HOW}",
            id="vulnerabilities.W002",
        )


def known(answer, packages):
    found = [
        (name, version, *vulnerability)
        for (name, version), vulnerabilities in sorted(packages.items())
        if version == installed(name)
        for vulnerability in dict(vulnerabilities).items()
    ]
    answer.measure("known", len(found))
    for name, version, identity, repaired in found:
        yield Warning(
            f"{name} {version} has a known vulnerability: {identity}.",
            hint=f"It is repaired in {' or '.join(repaired)}. Update the portal when a release has "
            "that version (docs/security-updates.md)."
            if repaired
            else "No version repairs it yet. docs/security-updates.md says what to do meanwhile.",
            id="vulnerabilities.W003",
        )
    if not found:
        answer.say("it names no installed package")


def unknown(packages):
    """Locked packages whose installed version was not audited."""
    left_out = sorted(
        f"{name} {version}"
        for name in locked()
        if (version := installed(name)) and (name, version) not in packages
    )
    if left_out:
        yield Warning(
            f"The file of pip-audit lists other packages: it lacks {', '.join(left_out[:5])}"
            + (f" and {len(left_out) - 5} more." if left_out[5:] else "."),
            hint="Make it from requirements/portal.txt of this release.",
            id="vulnerabilities.W004",
        )


def locked():
    text = (settings.BASE_DIR / "requirements" / "portal.txt").read_text()
    return {normal(name) for name in LOCKED.findall(text)}


def installed(name):
    """The installed version, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()
