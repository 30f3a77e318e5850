import json
from contextlib import closing
from pathlib import Path
from time import sleep, time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from editions.data_folder import outcomes
from editions.data_folder.alarms import raise_alarm
from public.booklet import typst_cache
from public.mirror import keeper, verification
from public.mirror.contents import NotAnswered
from public.releases import Release

SECOND_LOOK = 2  # seconds, in which a publication has reached every worker and node
COPY = "the static copy"
MENDS_COPY = "To write the static copy anew: manage.py write_copy --anew"


class Command(BaseCommand):
    help = (
        "Compares a live site with what this portal publishes, or with the manifest of an export, byte for byte, "
        "and of the portal's own site the files of its static copy. Fails and names what differs, such as a link that "
        "somebody put in. Old editions take turns, so that all are read within a day."
    )

    requires_system_checks = []  # some open the database, which may be damaged

    def add_arguments(self, parser):
        parser.add_argument("url", help="such as https://visi.example.go.id")
        parser.add_argument(
            "--manifest", type=Path, help="manifest.json of a copy or an export, kept elsewhere"
        )

        parser.add_argument(
            "--all",
            action="store_true",
            help="check every edition; without this, older editions are checked in turn over a day",
        )

    def handle(self, *, url, manifest, all, **options):
        hour = None if all else int(time() // 3600)
        source = read(manifest) if manifest else None
        has_copy = is_own(url) and not source and settings.COPY_DIR
        try:
            with (
                closing(verification.Site(url)) as site,
                typst_cache.mode(in_process=True, uses_disk=False),
            ):
                key, count, faults = self.look(site, source, has_copy, hour)
                if (
                    faults
                ):  # the site, or the portal, may have been changing over to another release
                    sleep(SECOND_LOOK)
                    if has_copy:
                        keeper.wait_for_writer()
                    key, _, faults = self.look(site, source, has_copy, hour, key, set(faults))
        except (verification.Unreachable, NotAnswered, DatabaseError, ValueError) as error:
            self.keep(url, [str(error)])
            if isinstance(error, DatabaseError):
                raise  # manage.py knows the way out
            raise CommandError(str(error)) from error
        sentences = [sentence for address in faults for sentence in faults[address]]
        self.keep(url, sentences)
        if faults:
            way_out = (
                [MENDS_COPY] if any(sentence.startswith(COPY) for sentence in sentences) else []
            )
            raise CommandError(
                "\n".join(
                    [f"{site.url} is not as release {key} was published:", *sentences, *way_out]
                )
            )
        also = ", and the static copy" if has_copy else ""
        self.stdout.write(
            f"{site.url} is as published: {count} addresses of release {key}, {site.answered} answers{also}"
        )

    def keep(self, url, faults):
        """For the desk and /readyz, which speak of the portal's own site, not of a mirror."""
        if is_own(url):
            outcomes.keep("verify_site", is_good=not faults, words="; ".join(faults))
        if is_own(url) and faults:
            raise_alarm("verify_site", *faults)

    def look(self, site, manifest, has_copy, hour, seen=None, only=None):
        """The key of the release, how many addresses were read, and what is wrong, by address.

        Of the release that was ``seen`` before, only some addresses are looked at, unless there is a copy of all.
        """
        release = None if manifest else Release.agreed()
        key = manifest["release"] if manifest else release.key
        only = only if key == seen and not has_copy else None
        without = (
            verification.left_out(release, hour) if release and hour is not None else frozenset()
        )
        expected = (
            verification.of_manifest(manifest, only)
            if manifest
            else verification.of_release(release, only, without)
        )
        copied = verification.Copy(release) if has_copy else None
        older = copied.fault() if copied else ""
        is_compared = copied and not older
        faults, count = {}, 0
        for count, one in enumerate(expected, 1):  # noqa: B007 (it is the count that is returned)
            faults[one.address] = [*site.faults(one), *(copied.faults(one) if is_compared else ())]
        for address in verification.absent(release):
            faults[address] = [fault for fault in [site.fault_of_absent(address)] if fault]
        faults[COPY] = [*copied.other_faults()] if is_compared else [older] if older else []
        return (
            key,
            count,
            {address: sentences for address, sentences in faults.items() if sentences},
        )


def is_own(url):
    """Whether it is the portal's own site, and no mirror."""
    return url.rstrip("/") == settings.SITE_URL


def read(path):
    """The manifest in the file. Raises ``CommandError`` where it is none."""
    try:
        manifest = json.loads(path.read_bytes())
        manifest["release"], list(verification.of_manifest(manifest))
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(
            f"{path} is not the manifest of a copy or an export: give its manifest.json."
        ) from error
    return manifest
