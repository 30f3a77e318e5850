"""Asks a question of `portal doctor` in this thread, which sees what the test changed."""

from magelang_portal.operations.doctor import probe, questions
from magelang_portal.operations.doctor.probe import Options


def ask(name, **options):
    answer = probe.Answer(name, Options(**options))
    answer.findings.extend(questions.QUESTIONS[name](answer))
    return answer


def ids(answer):
    return [finding.id for finding in answer.findings]


def numbers(answer):
    return {number.name: number.value for number in answer.numbers}
