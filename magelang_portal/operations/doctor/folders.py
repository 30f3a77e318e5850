"""Does the portal's user own its folders, and can it write them? Does nginx reach the copy?"""

import os
import stat
from pathlib import Path
from pwd import getpwuid

from django.conf import settings
from django.core.checks import Error, Warning

OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
OTHERS_MAY_READ = stat.S_IROTH | stat.S_IXOTH
# SQLite's locks do not work there. A temporary file system is empty after a restart.
NETWORK = {"9p", "afs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"}
NETWORK |= {"fuse.sshfs", "fuse.glusterfs", "fuse.cephfs", "fuse.rclone"}
TEMPORARY = {"tmpfs", "ramfs"}
MOUNTS = Path("/proc/self/mounts")
MOST_FILES = 10_000
OF_THE_DISK = "lost+found"  # root owns it, and fsck needs it


def look(answer):
    for folder in filter(None, [settings.DATA_DIR, settings.COPY_DIR]):
        if not folder.is_dir():
            yield missing(folder)
            continue
        yield from of_another_user(folder)
        yield from unwritable(folder)
        yield from divided(folder)
        answer.say(f"{folder} belongs to {user(folder)}")
    yield from without_signer()
    yield from kind_of_disk(answer)
    if settings.COPY_DIR and settings.PRODUCTION:
        yield from hidden_from_nginx(settings.COPY_DIR)


def missing(folder):
    if folder == settings.COPY_DIR:
        return Warning(
            f"There is no folder {folder}, so readers get no copy while gunicorn is down.",
            hint=f"{made(folder, '0755')}; then manage.py write_copy.",
            id="folders.W001",
        )
    return Error(
        f"There is no folder {folder}.",
        hint=f"{made(folder, '0700')}, or correct PORTAL_DATA_DIR.",
        id="folders.E002",
    )


def without_signer():
    """A warning, because readers get every page: only the signature is missing."""
    if settings.PROOF_DIR and not settings.PROOF_DIR.is_dir():
        yield Warning(
            f"There is no folder {settings.PROOF_DIR}, so the portal publishes no signature, and "
            "the program with which readers check the editions says that the signature was lost.",
            hint="Restore the signer's folder (docs/backup.md), or correct PORTAL_PROOF_DIR.",
            id="folders.W010",
        )


def made(folder, mode):
    return f"Run install -d -o portal -g portal -m {mode} {folder}"


def of_another_user(folder):
    """Files count too: somebody may have run a command as root."""
    strange = [path for path in inside(folder) if path.lstat().st_uid != os.geteuid()]
    if strange:
        yield Error(
            f"{strange[0]} belongs to {user(strange[0])}, and the portal runs as "
            f"{name_of(os.geteuid())}. In {folder}, {len(strange)} belong to others.",
            hint=f"Run chown -R {name_of(os.geteuid())}: {folder}, and from now on use bin/portal.",
            id="folders.E003",
        )


def inside(folder):
    """The folder and its contents, two levels deep, without the ``lost+found`` of a disk."""
    yield folder
    for number, path in enumerate([*folder.glob("*"), *folder.glob("*/*")]):
        if number < MOST_FILES and not path.name.startswith("tmp") and path.name != OF_THE_DISK:
            yield path


def unwritable(folder):
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Error(
            f"{folder} cannot be written by {name_of(os.geteuid())}.",
            hint=f"Run chown -R portal: {folder}; if it belongs to portal already, the disk is "
            "read-only: dmesg says why.",
            id="folders.E004",
        )
    elif folder.stat().st_mode & OTHERS_MAY_WRITE:
        yield Warning(
            f"Other users of this machine may write to {folder}.",
            hint=f"Run chmod go-w {folder}",
            id="folders.W005",
        )


def divided(folder):
    """Files are written beside their place and then renamed, which cannot cross a mount."""
    for point in sorted(point for point, _kind in mounts()):
        if folder in point.parents and point != settings.COPY_DIR:
            yield Warning(
                f"{point} is mounted by itself inside {folder}, so files there cannot be replaced.",
                hint=f"Mount {folder} as a whole instead.",
                id="folders.W009",
            )


def kind_of_disk(answer):
    if not settings.DATA_DIR.is_dir():
        return
    kind = file_system(settings.DATA_DIR)
    answer.say(f"on {kind}")
    is_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if is_sqlite and kind in NETWORK:
        yield Error(
            f"{settings.DATA_DIR} is on a network file system ({kind}), where SQLite loses data.",
            hint="Set PORTAL_DATA_DIR to a disk of this machine, or move to PostgreSQL "
            "(docs/operate.md).",
            id="folders.E006",
        )
    if settings.PRODUCTION and kind in TEMPORARY:
        yield Error(
            f"{settings.DATA_DIR} is in memory ({kind}): everything in it is gone after a restart.",
            hint="Set PORTAL_DATA_DIR to a folder on a disk.",
            id="folders.E007",
        )


def file_system(folder):
    """The type of the file system that holds the folder; "" if it is unknown."""
    holding = [(point, kind) for point, kind in mounts() if folder.is_relative_to(point)]
    # The last one of the longest point, because a later mount hides an earlier one.
    return max(reversed(holding), key=lambda one: len(one[0].parts), default=("", ""))[1]


def mounts():
    """Pairs of mount point and type, in the order in which they were mounted."""
    for line in MOUNTS.read_text().splitlines():
        _device, point, kind, *_others = line.split()
        yield Path(point.replace(r"\040", " ")), kind


def hidden_from_nginx(folder):
    for place in [folder, *folder.parents]:
        needed = OTHERS_MAY_READ if place == folder else stat.S_IXOTH
        if place.is_dir() and place.stat().st_mode & needed != needed:
            yield Warning(
                f"nginx may not enter {place}, so it cannot serve the static copy in {folder}.",
                hint="Set PORTAL_COPY_DIR to a folder such as /var/cache/portal/copy, or run "
                f"chmod o+rx {place} if nothing secret is in it.",
                id="folders.W008",
            )


def user(path):
    return name_of(path.lstat().st_uid)


def name_of(number):
    try:
        return getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
