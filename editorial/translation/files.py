"""Translation files: the passages that are exported, and the plan of an import."""

from collections import Counter
from dataclasses import dataclass, replace

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editions import fields
from editions.difference import word_segments
from editions.document import Text
from editorial.history.recording import kind_of, wordings
from editorial.translation.checks import Problem, problems, with_spelling_named
from editorial.translation.exchange.units import Exchange, Unit
from editorial.translation.passages import fingerprint, name_of
from editorial.translation.saving import StoredPassage
from editorial.translation.states import State

SALT = "editorial.translation.files"


class Effect(TextChoices):
    """What an import does to a passage of the file."""

    NEW = "new", gettext_lazy("new")
    # With a capital, as the catalogue needs another entry: “changed” is translated as “mengubah”,
    # what a person did, and this as “Diubah”.
    CHANGED = "changed", gettext_lazy("Changed")
    UNCHANGED = "unchanged", gettext_lazy("unchanged")
    REFUSED = "refused", gettext_lazy("refused")

    @property
    def is_import(self):
        return self in (Effect.NEW, Effect.CHANGED)


@dataclass(frozen=True)
class PlannedUnit:
    """One passage of the file, and the effect of importing it."""

    unit: Unit
    stored: StoredPassage | None
    effect: Effect
    reason: str = ""  # for refusing it, or for leaving it unchanged
    text: str = ""  # the English as the portal would store it
    problems: tuple[Problem, ...] = ()

    @property
    def segments(self):
        """From the present English to that of the file."""
        if not self.stored:
            return []
        return word_segments(self.stored.text.en, self.text or self.unit.target)

    @property
    def source_segments(self):
        """From the Indonesian of the file to the present one; [] if they are equal."""
        if not self.stored or self.stored.is_same(self.stored.text.id, self.unit.source):
            return []
        return word_segments(self.unit.source, self.stored.text.id)


# Export


def exchange_of(desk):
    """The passages that the desk finds."""
    return Exchange(desk.copy.document.period, tuple(map(_unit, desk.found)))


def _unit(card):
    text = card.passage.text
    return Unit(
        key=card.key,
        source=text.id,
        target=text.en,
        context=name_of(card.passage),
        note="\n".join(_notes(card)),
        state=card.translation.state.value,
        source_mark=fingerprint(text.id),
        target_mark=fingerprint(text.en),
    )


def _notes(card):
    """Notes for the translator. Some tools show the old English instead of the Indonesian."""
    if card.translation.state == State.OUTDATED:
        yield _("Indonesian before: %(words)s") % {"words": card.translation.source}
        yield _("Indonesian now: %(words)s") % {"words": card.passage.text.id}
    for term in card.terms:
        yield from _notes_on(term)
    for act in card.remarks:
        yield _("%(name)s comments: %(words)s") % {"name": act.revision.author, "words": act.words}


def _notes_on(term):
    if term.term.en:
        yield _("Term: %(term)s = %(english)s") % {"term": term.term.id, "english": term.term.en}
    for name in ("variants", "everyday_words"):
        words, kind = getattr(term, name), capfirst(fields.label("term", name))
        for language, text in ((_("Indonesian"), words.id), (_("English"), words.en)):
            if text:
                yield f"{kind} ({term.term.id}, {language}): {text}"


# Import


def plan_for(exchange, stored, document):
    """The plan for each unit of the file, in order. ``stored`` are the stored passages by key."""
    units = exchange.units
    rows = [
        stored[unit.key].row
        for unit in units
        if unit.key in stored and not (unit.source_mark and unit.target_mark)
    ]
    former = wordings(rows)  # stands in for fingerprints that the file lost
    plan = [_planned(unit, stored.get(unit.key), former, document) for unit in units]
    found = with_spelling_named({planned.unit.key: planned.problems for planned in plan})
    return [replace(planned, problems=tuple(found[planned.unit.key])) for planned in plan]


def counts(plan):
    counted = Counter(planned.effect for planned in plan)
    return [(effect, counted[effect]) for effect in Effect]


def refused_keys(plan):
    return {planned.unit.key for planned in plan if planned.effect == Effect.REFUSED}


def texts_of(plan):
    """The English to import, as ``saving.save_english`` takes it."""
    return [(each.stored, each.stored.text, each.text) for each in plan if each.effect.is_import]


def _planned(unit, stored, former, document):
    planned = PlannedUnit(unit, stored, Effect.UNCHANGED)
    if stored is None:
        return _refused(planned, _("There is no passage with this key to translate."))
    if _is_untouched(unit, stored):
        return replace(planned, reason=_reason_to_leave(unit, stored))
    if not unit.target_mark and _is_former(unit.target, "en", stored, former):
        sentence = _(
            "The file has an earlier English version of this passage; the newer one here is kept. "
            "History can put an earlier one back."
        )
        return replace(planned, reason=sentence)
    if _is_of_former_indonesian(unit, stored, former):
        return _refused(
            planned,
            _("The Indonesian was changed since the file was made. Translate the new text."),
        )
    if not stored.is_same(stored.text.id, unit.source):
        return _refused(
            planned, _("The Indonesian was changed in the file. Only its English can be imported.")
        )
    return _with_english(planned, document)


def _is_untouched(unit, stored):
    """Whether the English of the file is the present one, or that of the export."""
    is_same = stored.is_same(stored.text.en, unit.target)
    return is_same or fingerprint(unit.target) == unit.target_mark


def _reason_to_leave(unit, stored):
    if unit.source_mark not in ("", fingerprint(unit.source)):
        return _(
            "Only the Indonesian was changed in the file. It is not taken: editors change it here."
        )
    if not stored.is_same(stored.text.en, unit.target):
        return _("Unchanged in the file but changed here; this version is kept.")
    return ""


def _is_of_former_indonesian(unit, stored, former):
    if unit.source_mark:
        return unit.source_mark != fingerprint(stored.text.id)
    is_same = stored.is_same(stored.text.id, unit.source)
    return not is_same and _is_former(unit.source, "ind", stored, former)


def _is_former(text, language, stored, former):
    column = f"{stored.passage.field}_{language}"
    texts = former[kind_of(stored.row), stored.row.pk, column]
    return any(stored.is_same(each, text) for each in texts)


def _with_english(planned, document):
    unit, stored = planned.unit, planned.stored
    if not unit.target.strip():
        sentence = _(
            "The file has no English here, and an import deletes none. Delete it on the desk."
        )
        return _refused(planned, sentence)
    try:
        text = stored.field.clean(unit.target, stored.row)
    except ValidationError as error:
        return _refused(planned, " ".join(error.messages))
    if stored.is_same(stored.text.id, text):
        return replace(planned, reason=_("Left untranslated in the file."))
    if unit.target_mark and unit.target_mark != fingerprint(stored.text.en):
        sentence = _(
            "The English was changed here, too, since the file was made. Decide on the desk."
        )
        return _refused(planned, sentence)
    passage = replace(stored.passage, text=Text(stored.text.id, text))
    effect = Effect.CHANGED if stored.text.en else Effect.NEW
    return replace(planned, effect=effect, text=text, problems=tuple(problems(passage, document)))


def _refused(planned, reason):
    return replace(planned, effect=Effect.REFUSED, reason=reason)


# The plan between the dry run and the import


def seal_plan(exchange, plan):
    """The changed and the refused units, signed, as the page of the dry run carries them.

    Changed units get the fingerprints of the texts that the page shows, so that the import
    overwrites no later change.
    """
    units = [_on_shown_texts(each) for each in plan if each.effect != Effect.UNCHANGED]
    short = [[u.key, u.source, u.target, u.source_mark, u.target_mark] for u in units]
    data = [exchange.period, short, sorted(refused_keys(plan))]
    return signing.dumps(data, salt=SALT, compress=True)


def unseal_plan(token):
    """The sealed units as an exchange, and the refused keys."""
    period, units, refused = signing.loads(token, salt=SALT)
    units = tuple(Unit(k, s, t, source_mark=a, target_mark=b) for k, s, t, a, b in units)
    return Exchange(period, units), set(refused)


def _on_shown_texts(planned):
    if planned.effect == Effect.REFUSED:
        return planned.unit
    text = planned.stored.text
    return replace(planned.unit, source_mark=fingerprint(text.id), target_mark=fingerprint(text.en))
