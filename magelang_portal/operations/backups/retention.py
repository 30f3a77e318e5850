"""Which backups stay: the newest good ones, as many as ``backup --keep`` says.

The nightly number stands in ``deploy/systemd/portal-backup.service``.
"""

from magelang_portal.operations.backups.archive import unpacked
from magelang_portal.operations.backups.errors import Unusable

PATTERN = "portal-*T*Z.tar.gz"


def delete_older(folder, keep):
    """Delete what is older than the ``keep`` newest good backups. Damaged ones do not count.

    Yields (path, fault): of a damaged backup its fault, of a deleted one None.
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
    """Why the file is not a good backup, or None."""
    try:
        with unpacked(path, folder) as (manifest, _dump):
            if manifest.faults:
                return f"{path} holds editions that are not as they were published."
            return None if manifest.editions else f"{path} holds no edition."
    except Unusable as error:
        return str(error)
