from django.core.management.base import BaseCommand, CommandError

from editions import official_text
from editions.management.arguments import clock_time
from editorial.history.recording import recorded


class Command(BaseCommand):
    help = (
        "Loads the official text as editions 1 (as received), 2 (corrected) and 3 (explained in "
        "plain words). Never overwrites anything."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--at",
            help="effective time of edition 1, such as 2016-01-01T00:00:00 (WIB); default: now",
        )
        parser.add_argument(
            "--additions",
            action="store_true",
            help="where the period exists: put what edition 3 adds into the working copy, wherever "
            "that still equals edition 2; publish nothing",
        )

    def handle(self, *, at, additions, verbosity, **options):
        for path in official_text.files():
            try:
                words = added(path) if additions else loaded(path, at)
            except official_text.OfficialTextError as error:
                raise CommandError(str(error)) from error
            if verbosity:
                self.stdout.write(f"{path.name}: {words}")


def loaded(path, at):
    vision = official_text.load(path, at=clock_time(at) if at else None)
    if vision:
        return "loaded as editions 1, 2 and 3"
    return "a vision for these years exists; nothing changed"


def added(path):
    vision = official_text.vision_of(official_text.read(path).corrected)
    if not vision:
        return "there is no vision for these years; run the command without --additions"
    with recorded(vision.pk, official_text.PUBLISHER) as save:
        left_alone = official_text.add(path)
    if not save.revision:
        return "the working copy has all additions; nothing changed"
    left = f"; left as somebody changed it: {', '.join(left_alone)}" if left_alone else ""
    return f"the additions are in the working copy{left}. Read it through, and publish it"
