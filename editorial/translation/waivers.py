"""What the checks find in a translation, and which of it somebody looked at and let stand, with the reason.

A waiver holds for the two texts it was given for, wherever they stand. Where one of them changes, the check speaks
again.
"""

from dataclasses import dataclass
from urllib.parse import quote

from editorial.models import Act
from editorial.translation.checks import Problem, problems_by_passage
from editorial.translation.passages import fingerprint, translated_passages


@dataclass(frozen=True)
class Checked:
    """A problem of a passage; ``waiver`` is the act that lets it stand, or None."""

    problem: Problem
    waiver: Act | None

    @property
    def name(self):
        """Tells it from the passage's other problems, in the names of fields and buttons."""
        return quote(f"{self.problem.check}/{self.problem.detail}", safe="")


def checked(document):
    """What is found in each passage, by its key, waived or not. One query."""
    found = problems_by_passage(document)
    waivers = _waivers(passage.text.en for passage, its in found.items() if its)
    return {
        passage.key: [
            Checked(problem, waivers.get(_name(problem, passage.text))) for problem in its
        ]
        for passage, its in found.items()
    }


def open_problems(document):
    """What is found and was not waived."""
    found = checked(document)
    for passage in translated_passages(document):
        yield from ((passage, each.problem) for each in found[passage.key] if each.waiver is None)


def _name(problem, text):
    return problem.check, problem.detail, fingerprint(text.id), fingerprint(text.en)


def _waivers(targets):
    """The newest word on each problem, where that is a waiver."""
    marks = {fingerprint(target) for target in targets}
    acts = Act.objects.filter(target_mark__in=marks, act__in=[Act.Kind.WAIVED, Act.Kind.UNWAIVED])
    newest = {
        (act.check_name, act.detail, act.source_mark, act.target_mark): act
        for act in acts.select_related("revision")
    }
    return {name: act for name, act in newest.items() if act.act == Act.Kind.WAIVED}
