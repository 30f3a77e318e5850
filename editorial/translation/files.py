"""Translation files: which passages go out, and what would become of those that come back."""

from collections import Counter
from dataclasses import dataclass, replace

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editions.difference import word_segments
from editions.document import Text
from editorial.history.recording import kind_of, wordings
from editorial.translation.checks import Problem, problems
from editorial.translation.exchange.units import Exchange, Unit
from editorial.translation.passages import fingerprint
from editorial.translation.saving import Base, Slot
from editorial.translation.states import State
from public.templatetags.portal import field_name, place

SALT = "editorial.translation.files"


class Fate(TextChoices):
    """What an import would make of a passage of the file."""

    NEW = "new", gettext_lazy("new")
    CHANGED = (
        "changed",
        gettext_lazy("Changed"),
    )  # “changed” is what a person did, another word in Indonesian
    UNCHANGED = "unchanged", gettext_lazy("unchanged")
    REFUSED = "refused", gettext_lazy("refused")


@dataclass(frozen=True)
class Row:
    """One passage of the file. ``reason`` says why it is refused, or why it is left as it is; ``text`` is the English
    as the portal would hold it."""

    unit: Unit
    slot: Slot | None
    fate: Fate
    reason: str = ""
    text: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def segments(self):
        """From the English of now to that of the file."""
        return word_segments(self.slot.base.en, self.text or self.unit.target) if self.slot else []

    @property
    def source_segments(self):
        """From the Indonesian of the file to that of now; nothing where they are the same."""
        if not self.slot or self.slot.holds(self.slot.base.id, self.unit.source):
            return []
        return word_segments(self.unit.source, self.slot.base.id)


# Out


def exchange_of(desk, cards):
    """The passages of these cards of a desk as they stand."""
    return Exchange(desk.copy.document.period, tuple(_unit(card) for card in cards))


def _unit(card):
    base = card.slot.base
    return Unit(
        key=card.key,
        source=base.id,
        target=base.en,
        context=f"{place(card.passage)}: {field_name(card.passage)}",
        note="\n".join(_notes(card)),
        state=card.translation.state.value,
        source_mark=fingerprint(base.id),
        target_mark=fingerprint(base.en),
    )


def _notes(card):
    """What some tools show instead of the Indonesian is the old English, so what it is to say stands here too."""
    if card.translation.state == State.OUTDATED:
        yield _("Indonesian before: %(words)s") % {"words": card.translation.source}
        yield _("Indonesian now: %(words)s") % {"words": card.slot.base.id}
    for term in card.terms:
        if term.term.en:
            yield _("Term: %(term)s = %(english)s") % {
                "term": term.term.id,
                "english": term.term.en,
            }
    for act in card.remarks:
        yield _("%(name)s remarks: %(words)s") % {"name": act.revision.author, "words": act.words}


# And back


def plan_for(exchange, slots, document):
    """What would become of each unit of the file, in its order; nothing is written."""
    earlier = _earlier(exchange, slots)
    return [_row(unit, slots.get(unit.key), earlier, document) for unit in exchange.units]


def _earlier(exchange, slots):
    """The texts that once stood in the rows of the units without fingerprints: see ``wordings``."""
    rows = [
        slots[unit.key].row for unit in exchange.units if unit.key in slots and not has_marks(unit)
    ]
    return wordings(rows)


def has_marks(unit):
    return bool(unit.source_mark and unit.target_mark)


def counts(rows):
    counted = Counter(row.fate for row in rows)
    return [(fate, counted[fate]) for fate in Fate]


def _row(unit, slot, earlier, document):
    if slot is None:
        return Row(unit, None, Fate.REFUSED, _("There is no passage with this key to translate."))
    row = Row(unit, slot, Fate.UNCHANGED)
    if is_untouched(unit, slot):
        is_other = not slot.holds(slot.base.en, unit.target)
        return replace(
            row, reason=_("Not changed in the file, but here: that stays.") if is_other else ""
        )
    if not unit.target_mark and once_stood(unit.target, "en", slot, earlier):
        sentence = _(
            "The file holds an earlier English of this passage: the newer one here stays. The history puts an earlier "
            "one back."
        )
        return replace(row, reason=sentence)
    if is_of_earlier_indonesian(unit, slot, earlier):
        return _refused(
            row, _("The Indonesian was changed since the file was made. Translate the new one.")
        )
    if not slot.holds(slot.base.id, unit.source):
        return _refused(
            row, _("The Indonesian was changed in the file. Only its English can be imported.")
        )
    return _row_of_english(row, document)


def is_untouched(unit, slot):
    """Whether the English of the file is the one of now, or the one that was exported."""
    return slot.holds(slot.base.en, unit.target) or fingerprint(unit.target) == unit.target_mark


def is_of_earlier_indonesian(unit, slot, earlier):
    if unit.source_mark:
        return unit.source_mark != fingerprint(slot.base.id)
    is_other = not slot.holds(slot.base.id, unit.source)
    return is_other and once_stood(unit.source, "ind", slot, earlier)


def once_stood(text, language, slot, earlier):
    column = f"{slot.passage.field}_{language}"
    kept = earlier[kind_of(slot.row), slot.row.pk, column]
    return any(slot.holds(standing, text) for standing in kept)


def _row_of_english(row, document):
    unit, slot = row.unit, row.slot
    if not unit.target.strip():
        return _refused(
            row,
            _(
                "The file has no English here, and an import takes none away. Delete it on the desk."
            ),
        )
    try:
        text = slot.row._meta.get_field(slot.column).clean(unit.target, slot.row)
    except ValidationError as error:
        return _refused(row, " ".join(error.messages))
    if slot.holds(slot.base.id, text):
        return replace(row, reason=_("Left untranslated in the file."))
    if unit.target_mark and unit.target_mark != fingerprint(slot.base.en):
        return _refused(
            row,
            _("The English was changed here, too, since the file was made. Decide on the desk."),
        )
    passage = replace(slot.passage, text=Text(slot.base.id, text))
    fate = Fate.CHANGED if slot.base.en else Fate.NEW
    return replace(row, fate=fate, text=text, problems=tuple(problems(passage, document)))


def _refused(row, reason):
    return replace(row, fate=Fate.REFUSED, reason=reason)


def seal_plan(exchange, rows):
    """What would be changed and what is refused, signed, as the page of the dry run carries it.

    It stands on the texts that the page shows, so that what is changed meanwhile is not overwritten.
    """
    units = [_on_what_is_shown(row) for row in rows if row.fate != Fate.UNCHANGED]
    short = [
        [unit.key, unit.source, unit.target, unit.source_mark, unit.target_mark] for unit in units
    ]
    return signing.dumps(
        [exchange.period, short, sorted(refused_keys(rows))], salt=SALT, compress=True
    )


def refused_keys(rows):
    return {row.unit.key for row in rows if row.fate == Fate.REFUSED}


def _on_what_is_shown(row):
    if row.fate == Fate.REFUSED:
        return row.unit
    base = row.slot.base
    return replace(row.unit, source_mark=fingerprint(base.id), target_mark=fingerprint(base.en))


def unseal_plan(token):
    """The file again, without what it does not change, and the keys that were refused; None for a token not ours."""
    try:
        period, units, refused = signing.loads(token, salt=SALT)
        units = tuple(Unit(k, s, t, source_mark=a, target_mark=b) for k, s, t, a, b in units)
        return Exchange(period, units), set(refused)
    except (signing.BadSignature, TypeError, ValueError):
        return None


def texts_of(rows):
    """What ``saving.save_english`` takes of the rows."""
    fates = (Fate.NEW, Fate.CHANGED)
    return [
        (row.slot, Base(row.slot.base.id, row.slot.base.en), row.text)
        for row in rows
        if row.fate in fates
    ]
