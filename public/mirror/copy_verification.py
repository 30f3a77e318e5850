"""Compares the static copy on this machine with a release: readers get it while gunicorn is down.

It finds a changed file even if the checksums were changed too, because it renders the expected
content from the editions in the database.
"""

import json

from public.mirror import contents, sums, writing
from public.mirror.reading import MANIFEST, SUFFIXES, SUMS, current, file_of
from public.mirror.verification import UNDECODABLE, decoded, printable, where_it_differs

NAME = "the static copy"  # begins each sentence


class Copy:
    """First ask ``faults`` for each address to compare, then ``other_faults`` once.

    Of the other addresses, only the names and sums of their files are compared.
    """

    def __init__(self, release):
        self.release, self.folder, self.entries = release, current(), {}
        self.addresses = set(contents.addresses(release))
        self.lacks_release = self._lacks_release()

    def _lacks_release(self):
        if not self.folder:
            return f"{NAME}: there is none"
        if self.folder.name != self.release.key:
            return f"{NAME} is of release {self.folder.name}"
        return ""

    def faults(self, expected):
        """The faults of the files of an address (``verification.Expected``), in sentences."""
        if self.lacks_release:
            return
        self.entries[expected.address] = expected.entry
        for encoding, suffix in SUFFIXES.items():
            name = expected.entry["file"] + suffix
            if fault := self._fault(name, encoding, expected.body):
                yield f"{NAME}, {name}: {fault}"

    def _fault(self, name, encoding, body):
        try:
            path = self.folder / name
            if not path.is_file():
                return "" if encoding and not path.exists() else "it is missing"
            found = decoded(path.read_bytes(), encoding)
        except UNDECODABLE:
            return "it cannot be read"
        return "" if found == body else f"other bytes: {where_it_differs(found, body)}"

    def other_faults(self):
        """The other faults of the copy, in sentences."""
        if self.lacks_release:
            yield self.lacks_release
            return
        files = map(file_of, self.addresses)
        known = {file + suffix for file in files for suffix in SUFFIXES.values()}
        for name in sorted(sums.files_of(self.folder) - known - {MANIFEST}):
            yield f"{NAME}, {printable(name)}: nobody published it"
        if not self._is_manifest_right():
            yield f"{NAME}, {MANIFEST}: it says something else than was published"
        if not self._are_sums_right():
            yield f"{NAME}, {SUMS}: they are not those of its files"

    def _is_manifest_right(self):
        """Compare all but the compressors' versions: other versions compress as well."""
        site = writing.origin(self.release)
        try:
            found = json.loads((self.folder / MANIFEST).read_bytes())
            has_all = found["addresses"].keys() == self.addresses
            entries = {
                address: writing.with_shared_headers(found["addresses"][address], found["headers"])
                for address in self.entries
            }
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return False
        ignored = {"encoders": "", "headers": {}}
        expected = site | ignored | {"addresses": self.entries}
        return has_all and found | ignored | {"addresses": entries} == expected

    def _are_sums_right(self):
        try:
            return (self.folder / SUMS).read_bytes() == sums.computed(self.folder)
        except OSError:
            return False
