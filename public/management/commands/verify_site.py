import json
from contextlib import closing
from functools import partial
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
from public.mirror.copy_verification import NAME, Copy
from public.releases import Release

SECOND_LOOK = 2  # seconds, in which a publication reaches every worker and node
REPAIR = "To write the static copy anew: manage.py write_copy --anew"


class Command(BaseCommand):
    help = (
        "Compares a live site with what this portal publishes, or with the manifest of an export, "
        "byte for byte, and of the portal's own site the files of its static copy. Fails and names "
        "what differs, such as a link that somebody put in. Old editions take turns, so that all "
        "are read within a day."
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
        source = read(manifest) if manifest else None
        look = partial(self.look, source=source, hour=None if all else int(time() // 3600))
        has_copy = is_own(url) and not source and settings.COPY_DIR
        try:
            with (
                closing(verification.Site(url)) as site,
                typst_cache.mode(in_process=True, uses_disk=False),
            ):
                key, count, faults = look(site, has_copy)
                if faults:  # the site or the portal may have been changing to another release
                    sleep(SECOND_LOOK)
                    if has_copy:
                        keeper.keep_up_with(Release.agreed().key)
                        keeper.wait_for_writer()
                    key, _, faults = look(site, has_copy, first_key=key, only=set(faults))
        except (verification.Unreachable, NotAnswered, DatabaseError, ValueError) as error:
            self.keep(url, [str(error)])
            if isinstance(error, DatabaseError):
                raise  # manage.py says what to do
            raise CommandError(str(error)) from error
        sentences = [sentence for address in faults for sentence in faults[address]]
        self.keep(url, sentences)
        if faults:
            first = f"{site.url} is not as release {key} was published:"
            is_copy_wrong = any(sentence.startswith(NAME) for sentence in sentences)
            raise CommandError("\n".join([first, *sentences, *[REPAIR] * is_copy_wrong]))
        also = f", and {NAME}" if has_copy else ""
        self.stdout.write(
            f"{site.url} is as published: {count} addresses of release {key}, "
            f"{site.answered} answers{also}"
        )

    def keep(self, url, faults):
        """Keep the outcome for the desk and /readyz, which report only on the portal's site."""
        if is_own(url):
            outcomes.keep("verify_site", is_good=not faults, words="; ".join(faults))
            if faults:
                raise_alarm("verify_site", *faults)

    def look(self, site, has_copy, *, source, hour, first_key=None, only=None):
        """The key of the release, the number of addresses read, and the faults by address.

        The second look reads only the addresses with faults, unless the release is another by now
        or there is a static copy, which is compared as a whole.
        """
        release = None if source else Release.agreed()
        key = source["release"] if source else release.key
        if has_copy or key != first_key:
            only = None
        copy = Copy(release) if has_copy else None
        expected = (
            verification.of_manifest(source, only)
            if source
            else verification.of_release(release, only, hour)
        )
        faults = {
            one.address: [*site.faults(one), *(copy.faults(one) if copy else ())]
            for one in expected
        }
        count = len(faults)
        for address in verification.absent(release):
            faults[address] = [*site.faults_of_absent(address)]
        if copy:
            faults[NAME] = [*copy.other_faults()]
        return key, count, {address: found for address, found in faults.items() if found}


def is_own(url):
    return url.rstrip("/") == settings.SITE_URL


def read(path):
    """The manifest in the file. Raises ``CommandError`` if it is not one."""
    try:
        manifest = json.loads(path.read_bytes())
        if not manifest["release"] or not all(
            entry["content_type"] and entry["sha256"] for entry in manifest["addresses"].values()
        ):
            raise ValueError(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(
            f"{path} is not the manifest of a copy or an export: give its manifest.json."
        ) from error
    return manifest
