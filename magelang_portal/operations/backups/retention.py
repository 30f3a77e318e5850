"""Deletes all but the newest good backups, whose number ``backup --keep`` sets.

``deploy/systemd/portal-backup.service`` has the number of the nightly backup.
"""

from magelang_portal.operations.backups.archive import unpacked
from magelang_portal.operations.backups.errors import Unusable

PATTERN = "portal-*T*Z.tar.gz"


def delete_older(folder, keep):
    """Delete all backups older than the ``keep`` newest good ones. Damaged ones do not count.

    Yields (path, fault): what is wrong with a backup that stays, or None for a deleted one.
    """
    good = 0
    for path in sorted(folder.glob(PATTERN), reverse=True):
        if good == keep:
            yield path, delete(path)
        elif fault := fault_of(path, folder):
            yield path, f"{fault} It does not count."
        else:
            good += 1


def delete(path):
    """Delete the backup; returns why it could not, or None. The new backup is good all the same."""
    try:
        path.unlink()
    except OSError as error:
        return f"{path} cannot be deleted ({error.strerror}): delete it where that is allowed."
    return None


def fault_of(path, folder):
    """The fault of the backup in the file, or None."""
    try:
        with unpacked(path, folder) as (manifest, _dump):
            if manifest.faults:
                return f"{path} holds editions that are not as they were published."
            return None if manifest.editions else f"{path} holds no edition."
    except Unusable as error:
        return str(error)
