from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from public.booklet import typst_cache
from public.mirror import writing
from public.mirror.contents import NotAnswered
from public.releases import Release


class Command(BaseCommand):
    help = (
        "Writes every public page and file into a folder, for any web server or CDN, with a "
        "manifest of what must be answered and sums (sha256sum -c SHA256SUMS). Replaces an earlier "
        "export in one step, and nothing else."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder, **options):
        try:
            release = Release.agreed()
            with typst_cache.mode(in_process=True):
                count = writing.export(release, folder.resolve())
        except writing.Foreign as error:
            raise CommandError(str(error)) from error
        except (OSError, NotAnswered) as error:
            raise CommandError(f"The export failed, and {folder} is as it was: {error}") from error
        self.stdout.write(f"{count} addresses of release {release.key} are in {folder}")
