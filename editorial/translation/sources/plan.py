"""What a translation memory from another tool would add to the portal's memory."""

from dataclasses import dataclass

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Count, Sum
from django.db.models.functions import Length
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from editions import clock
from editorial.models import ImportedUnit
from editorial.translation.exchange.units import Pair
from editorial.translation.files import Effect
from editorial.translation.passages import fingerprint
from vision.fields import PROSE_LENGTH
from vision.text import as_prose, validate_characters, validate_marks

SALT = "editorial.translation.sources"
# Of all sources: each passage of the desk is compared with all of them.
MOST_PAIRS, MOST_CHARACTERS = 20_000, 4_000_000


@dataclass(frozen=True)
class PlannedPair:
    pair: Pair  # as the portal would keep it, or as the file has it
    effect: Effect
    reason: str = ""


def plan_for(source, pairs):
    """The plan for each pair of the file, in order."""
    kept = set(rows_of(source).values_list("source_mark", "target_mark"))
    return [_planned(pair, kept) for pair in pairs]


def rows_of(source):
    return ImportedUnit.objects.filter(source=source)


def _planned(pair, kept):
    """The plan for one pair. It adds the marks of a new one to those that are ``kept``."""
    try:
        cleaned = Pair(*map(_cleaned, (pair.indonesian, pair.english)))
    except ValidationError as error:
        return PlannedPair(pair, Effect.REFUSED, " ".join(error.messages))
    if cleaned.indonesian == cleaned.english:
        return PlannedPair(pair, Effect.UNCHANGED)  # tools keep what nobody translated
    marks = marks_of(cleaned)
    if marks in kept:
        return PlannedPair(cleaned, Effect.UNCHANGED)
    kept.add(marks)
    return PlannedPair(cleaned, Effect.NEW)


def _cleaned(text):
    validate_characters(text)
    validate_marks(text)
    text = as_prose(text)
    if not text:
        raise ValidationError(_("Its Indonesian (id) or its English (en) is missing."))
    if len(text) > PROSE_LENGTH:
        raise ValidationError(_("This text is too long. Shorten it or divide it."))
    return text


def marks_of(pair):
    return fingerprint(pair.indonesian), fingerprint(pair.english)


def obstacles(new):
    """Sentences: why the memory cannot keep the new pairs besides those that it has."""
    lengths = Sum(Length("indonesian") + Length("english"), default=0)
    kept = ImportedUnit.objects.aggregate(pairs=Count("pk"), characters=lengths)
    if new and kept["pairs"] + len(new) > MOST_PAIRS:
        sentence = _(
            "The memory keeps at most %(most)d imported pairs. "
            "Delete a source that nobody needs, or import a smaller file."
        )
        yield sentence % {"most": MOST_PAIRS}
    characters = sum(len(pair.indonesian) + len(pair.english) for pair in new)
    if new and kept["characters"] + characters > MOST_CHARACTERS:
        sentence = _(
            "The memory keeps at most %(most)s characters of imported texts. "
            "Delete a source that nobody needs, or import a smaller file."
        )
        yield sentence % {"most": number_format(MOST_CHARACTERS, force_grouping=True)}


def new_pairs(plan):
    return [planned.pair for planned in plan if planned.effect == Effect.NEW]


def save(source, pairs, author):
    """Save the pairs, without those that were imported meanwhile. Returns their number."""
    before = rows_of(source).count()
    at = clock.now()
    ImportedUnit.objects.bulk_create(
        (_row(source, pair, author, at) for pair in pairs), batch_size=500, ignore_conflicts=True
    )
    return rows_of(source).count() - before


def _row(source, pair, author, at):
    source_mark, target_mark = marks_of(pair)
    return ImportedUnit(
        source=source,
        indonesian=pair.indonesian,
        english=pair.english,
        source_mark=source_mark,
        target_mark=target_mark,
        at=at,
        author=author,
    )


# The plan between the dry run and the import


def seal(source, plan):
    pairs = [[pair.indonesian, pair.english] for pair in new_pairs(plan)]
    return signing.dumps([source, pairs], salt=SALT, compress=True)


def unseal(token):
    """The name of the source and its new pairs."""
    source, pairs = signing.loads(token, salt=SALT)
    return source, [Pair(*texts) for texts in pairs]
