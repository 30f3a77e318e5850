"""The units of the translation memory: each pair that somebody translated, and its source.

Editions and acts hold what was translated here; only pairs from other tools have a table. A pair
is left out if its newest act sent it back, or if it was filled from the memory and nobody approved
it. A pair of an edition without an act is left out if an act has its English with other Indonesian.
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from django.db.models import Count, Max

from editions.models import DAMAGED, Edition, Withdrawal
from editorial.models import Act, ImportedUnit
from editorial.translation.memory.origins import FromAct, FromEdition, FromLoading, FromSource
from vision.text import paragraphs, years_of


@dataclass(frozen=True)
class Unit:
    """An Indonesian text, its English, and the source: its ``str`` is a sentence for people."""

    source: str
    target: str
    origin: object

    @cached_property
    def pair(self):
        return normal(self.source), normal(self.target)

    @cached_property
    def mark(self):
        """Its name in forms."""
        return sha256("\0".join(self.pair).encode()).hexdigest()[:32]


def normal(text):
    """Texts with the same result are equal: they differ by white space and NFC alone."""
    return "\n\n".join(paragraphs(text))


def units():
    """Every unit of the memory, of each pair the best source first."""
    judged = _judged()
    approved = {pair: unit for pair, (unit, kind) in judged.items() if kind in Act.APPROVING}
    targets = {target for _source, target in judged}
    for unit in _of_editions():
        has_act = unit.pair in judged
        if unit.pair in approved or (not has_act and unit.pair[1] not in targets):
            yield unit
    yield from reversed(approved.values())
    returned = {pair for pair, (_unit, kind) in judged.items() if kind == Act.Kind.RETURNED}
    yield from (unit for unit in _imported() if unit.pair not in returned)


def _imported():
    for row in ImportedUnit.objects.all():
        yield Unit(row.indonesian, row.english, FromSource(row.source))


def _judged():
    """{pair: (unit, kind of its newest act)}, the newest act last. A fill is no judgement."""
    judged = {}
    acts = Act.objects.filter(act__in=[*Act.APPROVING, Act.Kind.RETURNED, Act.Kind.FILLED])
    for act in acts.select_related("revision"):
        by = act.revision
        origin = FromAct(years_of(by.period), by.author, by.at) if by else FromLoading()
        unit = Unit(act.source, act.target, origin)
        if act.act != Act.Kind.FILLED or unit.pair not in judged:
            judged.pop(unit.pair, None)  # so that the newest act is the last
            judged[unit.pair] = unit, act.act
    return judged


def _of_editions():
    """The units of all editions that took effect, the newest first."""
    editions = [each for each in Edition.objects.summaries() if not each.never_took_effect]
    for edition in sorted(editions, key=lambda each: each.effective_at, reverse=True):
        try:
            passages = edition.document.passages()
        except DAMAGED:
            continue
        origin = FromEdition(edition.years, edition.number)
        for passage in passages:
            if passage.is_translated and passage.text.id and passage.text.en:
                yield Unit(passage.text.id, passage.text.en, origin)


def state():
    """A value that changes with the units.

    Editions, withdrawals and acts are only ever added; a source is added to, and deleted as a
    whole.
    """
    newest = {"count": Count("pk"), "newest": Max("pk")}
    return (
        *Edition.objects.aggregate(**newest, at=Max("published_at")).values(),
        *Withdrawal.objects.aggregate(**newest).values(),
        *Act.objects.aggregate(**newest, at=Max("revision__at")).values(),
        *ImportedUnit.objects.aggregate(**newest).values(),
    )
