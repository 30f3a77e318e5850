"""SHA256SUMS of a static copy: which files belong to it, and whether each is as it was written."""

import hashlib

from public.mirror.reading import SUMS


def faults_of(folder):
    """The names of files that are missing, changed, or not in the sums. Raises ``OSError``."""
    sums, files = sums_of(folder), files_of(folder)
    return sorted(
        name
        for name in files | sums.keys()
        if name not in files or sums.get(name) != hash_of(folder / name)
    )


def foreign_files(folder):
    """The names of files that no copy put there."""
    sums = sums_of(folder) if (folder / SUMS).exists() else {}
    return sorted(files_of(folder) - sums.keys())


def files_of(folder):
    """The names of all files but the sums, and of links, which a web server would follow."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return {str(path.relative_to(folder)) for path in paths} - {SUMS}


def computed(folder):
    """The content of SHA256SUMS for the files as they are. Raises ``OSError``."""
    names = sorted(files_of(folder))
    return "".join(f"{hash_of(folder / name)}  {name}\n" for name in names).encode()


def sums_of(folder):
    """The recorded hash of each file, by name. Raises ``OSError`` or ``ValueError``."""
    return dict(line.split("  ", 1)[::-1] for line in (folder / SUMS).read_text().splitlines())


def hash_of(path):
    if not path.is_file():
        raise OSError(f"{path} is no file")  # reading a pipe would never end
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
