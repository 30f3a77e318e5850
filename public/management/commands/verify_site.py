import json
from contextlib import closing
from pathlib import Path
from time import sleep

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from editions import outcomes
from public import verification
from public.inventory import NotAnswered
from public.releases import Release

SECOND_LOOK = 2  # seconds, in which a publication has reached every worker and node


class Command(BaseCommand):
    help = (
        "Compares a live site with what this portal publishes, or with the manifest of an export: every address, byte "
        "for byte. Fails and names what differs, such as a link that somebody put in."
    )

    def add_arguments(self, parser):
        parser.add_argument("url", help="such as https://visi.example.go.id")
        parser.add_argument("--manifest", type=Path, help="manifest.json of a copy or an export, kept elsewhere")

    def handle(self, *, url, manifest, **options):
        source = read(manifest) if manifest else None
        try:
            with closing(verification.Site(url)) as site:
                key, count, faults = self.look(site, source)
                if faults:  # the site, or the portal, may have been changing over to another release
                    sleep(SECOND_LOOK)
                    key, _, faults = self.look(site, source, key, set(faults))
        except (verification.Unreachable, NotAnswered, DatabaseError, ValueError) as error:
            self.keep(url, is_good=False, words=str(error))
            raise CommandError(str(error)) from error
        sentences = [sentence for address in faults for sentence in faults[address]]
        self.keep(url, is_good=not faults, words="; ".join(sentences))
        if faults:
            raise CommandError("\n".join([f"{site.url} is not as release {key} was published:", *sentences]))
        self.stdout.write(f"{site.url} is as published: {count} addresses of release {key}, {site.answered} answers")

    def keep(self, url, **outcome):
        """For the desk and /readyz, which speak of the portal's own site, not of a mirror."""
        if url.rstrip("/") == settings.SITE_URL:
            outcomes.keep("verify_site", **outcome)

    def look(self, site, manifest, seen=None, only=None):
        """The key of the release, how many addresses it has, and what is wrong, by address.

        Of the release that was ``seen`` before, only some addresses are looked at.
        """
        release = None if manifest else Release.agreed()
        key = manifest["release"] if manifest else release.key
        only = only if key == seen else None
        expected = verification.of_manifest(manifest, only) if manifest else verification.of_release(release, only)
        faults, count = {}, 0
        for count, one in enumerate(expected, 1):  # noqa: B007 (it is the count that is returned)
            faults[one.address] = list(site.faults(one))
        for address in verification.absent(release):
            faults[address] = [fault for fault in [site.fault_of_absent(address)] if fault]
        return key, count, {address: sentences for address, sentences in faults.items() if sentences}


def read(path):
    """The manifest in the file. Raises ``CommandError`` where it is none."""
    try:
        manifest = json.loads(path.read_bytes())
        manifest["release"], list(verification.of_manifest(manifest))
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is not the manifest of a copy or an export: give its manifest.json.") from error
    return manifest
