"""Deletes all but the newest good backups, whose number ``backup --keep`` sets.

``deploy/systemd/portal-backup.service`` has the number of the nightly backup.
"""

from magelang_portal.operations.backups.archive import unpacked
from magelang_portal.operations.backups.errors import Unusable

PATTERN = "portal-*T*Z.tar.gz"


def delete_older(folder, keep):
    """Delete all backups older than the ``keep`` newest good ones. Damaged ones do not count.

    Yields (path, fault): the fault of a damaged backup, or None for a deleted one.
    """
    good = 0
    for path in sorted(folder.glob(PATTERN), reverse=True):
        if good == keep:
            path.unlink()
            yield path, None
        elif fault := fault_of(path, folder):
            yield path, fault
        else:
            good += 1


def fault_of(path, folder):
    """The fault of the backup in the file, or None."""
    try:
        with unpacked(path, folder) as (manifest, _dump):
            if manifest.faults:
                return f"{path} holds editions that are not as they were published."
            return None if manifest.editions else f"{path} holds no edition."
    except Unusable as error:
        return str(error)
