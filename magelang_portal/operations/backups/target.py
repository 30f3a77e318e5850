"""Where a file may be made that holds more than the public may read, and how."""

import os
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from editions.data_folder.files import sync
from magelang_portal.operations.backups.archive import Unusable, own_folder


def refuse_target(target):
    """Raises ``Unusable`` where the file would replace another, or stand where anyone may read it."""
    if target.exists():
        raise Unusable(f"{target} exists: choose another name, or name a folder.")
    if not target.parent.is_dir():
        raise no_folder(target.parent)
    for served in served_folders():
        if target.resolve().is_relative_to(served.resolve()):
            raise Unusable(
                f"{target} would stand below {served}, which anyone can read: choose another folder."
            )


def no_folder(folder):
    return Unusable(
        f"The folder {folder} does not exist: make it, readable by nobody else (chmod 700)."
    )


def served_folders():
    """The folders whose files the web server gives to anyone."""
    return [
        Path(folder)
        for folder in (settings.STATIC_ROOT, *settings.STATICFILES_DIRS, settings.COPY_DIR)
        if folder
    ]


@contextmanager
def new_private_file(target):
    """A new file for its owner only, which takes its name when the block has ended well."""
    with own_folder(target.parent, ".part-") as folder:
        path = folder / target.name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(path, target)
        sync(target.parent)
