import json
from pathlib import Path

from django.core.management.base import BaseCommand

from magelang_portal.operations.doctor import report
from magelang_portal.operations.doctor.probe import Options
from magelang_portal.operations.doctor.questions import QUESTIONS, ask


class Command(BaseCommand):
    help = (
        "Asks whether the portal, its machine and its surroundings are well, and says how to fix "
        "what is not. Changes nothing and sends nothing. Fails if there is an error."
    )
    requires_system_checks = []  # they are one of the questions

    def add_arguments(self, parser):
        parser.add_argument(
            "questions",
            nargs="*",
            metavar="question",
            help=f"ask only these: {', '.join(QUESTIONS)}",
            choices=[*QUESTIONS, []],
        )
        parser.add_argument(
            "--connect",
            default="",
            metavar="HOST[:PORT]",
            help="ask the site there, such as 127.0.0.1, instead of where its name leads",
        )
        parser.add_argument(
            "--vulnerabilities",
            type=Path,
            metavar="FILE",
            help="what pip-audit --format json wrote; the default is pip-audit.json in the data "
            "folder",
        )
        parser.add_argument(
            "--fail-level",
            default="ERROR",
            choices=report.LEVELS,
            help="also fail for lesser findings, such as WARNING",
        )
        parser.add_argument("--json", action="store_true", help="print the answers as JSON")

    def handle(self, *, questions, connect, vulnerabilities, fail_level, **options):
        asked = Options(connect, vulnerabilities)
        answers = report.without_repetition([ask(name, asked) for name in questions or QUESTIONS])
        if options["json"]:
            self.stdout.write(json.dumps(list(map(report.as_dict, answers)), indent=2))
        else:
            self.stdout.write("\n".join(report.lines(answers)))
        worst = max((finding.level for answer in answers for finding in answer.findings), default=0)
        if worst >= report.LEVELS[fail_level]:
            raise SystemExit(1)
