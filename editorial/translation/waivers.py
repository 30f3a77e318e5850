"""The problems that the checks find in translations, and the waivers that accept them.

A waiver is valid for its two texts in any place. When one of them changes, the problem is open
again.
"""

from dataclasses import dataclass
from urllib.parse import quote

from editorial.models import Act
from editorial.translation.checks import (
    Problem,
    problems_by_passage,
    spelling,
    with_spelling_named,
)
from editorial.translation.passages import fingerprint, translated_passages


@dataclass(frozen=True)
class Finding:
    """A problem of a passage; ``waiver`` is the act that accepts it, or None."""

    problem: Problem
    waiver: Act | None

    @property
    def name(self):
        """Its name among the findings of the passage, in names of fields and values of buttons."""
        return quote(f"{self.problem.check}/{self.problem.detail}", safe="")

    @property
    def misspelt_word(self):
        return self.problem.detail if self.problem.check == spelling.__name__ else ""


def findings(document):
    """The findings of each passage, by its key. One query; two if a word is misspelt."""
    found = with_spelling_named(problems_by_passage(document))
    waivers = _waivers(passage.text.en for passage, its in found.items() if its)
    return {
        passage.key: [Finding(each, waivers.get(_name(each, passage.text))) for each in its]
        for passage, its in found.items()
    }


def open_problems(document):
    """Yield (passage, problem) for each problem that is not waived."""
    found = findings(document)
    for passage in translated_passages(document):
        yield from ((passage, each.problem) for each in found[passage.key] if each.waiver is None)


def _name(problem, text):
    return problem.check, problem.detail, fingerprint(text.id), fingerprint(text.en)


def _waivers(targets):
    """The waivers by the names of their problems, without withdrawn ones."""
    marks = {fingerprint(target) for target in targets}
    acts = Act.objects.filter(target_mark__in=marks, act__in=[Act.Kind.WAIVED, Act.Kind.UNWAIVED])
    newest = {
        (act.check_name, act.detail, act.source_mark, act.target_mark): act
        for act in acts.select_related("revision")
    }
    return {name: act for name, act in newest.items() if act.act == Act.Kind.WAIVED}
