"""What Prometheus' node exporter reads from a file: releases, ages, counts, alarms and measures.

Without the database it has the rest, and ``portal_database_up`` is 0.
"""

from dataclasses import dataclass, field

from django.db import DatabaseError

from editions.data_folder import outcomes
from editions.data_folder.alarms import open_alarms
from editions.working_copy import read_document
from editorial.models import Account
from magelang_portal import VERSION
from magelang_portal.health import VERIFICATIONS
from magelang_portal.operations.alarms.watching import WATCHED
from magelang_portal.operations.doctor.questions import ask
from public.mirror import reading
from public.releases import Release
from vision.models import Vision

HELP = {
    "portal_info": "The version of the portal and the key of the release that readers get.",
    "portal_database_up": "1 if the database answers.",
    "portal_edition_number": "The number of the edition in force.",
    "portal_edition_effective_timestamp_seconds": "When the edition in force took effect.",
    "portal_missing_english": "Passages without English, in the edition and in the working copy.",
    "portal_accounts": "Accounts that may log in, and those that may not.",
    "portal_alarms_open": "How many alarms are open.",
    "portal_alarm_began_timestamp_seconds": "When the open alarm began.",
    "portal_run_timestamp_seconds": "When the command of a timer ran last.",
    "portal_run_good_timestamp_seconds": "When the command of a timer succeeded last.",
    "portal_copy_written_timestamp_seconds": "When the static copy was written.",
}
MEASURED = "Measured by the question “{}” of manage.py doctor."
ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


@dataclass
class Metrics:
    """Values by the metric's name, in the order in which they were added."""

    values: dict[str, list] = field(default_factory=dict)
    helps: dict[str, str] = field(default_factory=lambda: dict(HELP))

    def add(self, name, value, **labels):
        self.values.setdefault(name, []).append((labels, value))

    def add_time(self, name, moment, **labels):
        if moment:
            self.add(name, moment.timestamp(), **labels)

    def text(self):
        return "".join(line + "\n" for name in self.values for line in self.lines(name))

    def lines(self, name):
        yield f"# HELP {name} {self.helps[name]}"
        yield f"# TYPE {name} gauge"
        for labels, value in self.values[name]:
            yield f"{name}{written(labels)} {value}"


def written(labels):
    pairs = ",".join(f'{key}="{str(value).translate(ESCAPES)}"' for key, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def collected():
    metrics = Metrics()
    try:
        release = add_database(metrics)
        metrics.add("portal_database_up", 1)
    except DatabaseError:
        metrics = Metrics()
        release = ""
        metrics.add("portal_database_up", 0)
    metrics.add("portal_info", 1, version=VERSION, release=release)
    add_files(metrics)
    add_measures(metrics)
    return metrics.text()


def add_database(metrics):
    """Returns the key of the release."""
    release = Release.agreed()
    for edition in release.in_force.values():
        add_edition(metrics, edition)
    for vision in Vision.objects.all():
        document = read_document(vision)
        add_missing(metrics, document, "working_copy")
    for state, is_active in (("active", True), ("inactive", False)):
        count = Account.objects.filter(is_active=is_active).count()
        metrics.add("portal_accounts", count, state=state)
    return release.key[:12]


def add_edition(metrics, edition):
    period = edition.period
    metrics.add("portal_edition_number", edition.number, period=period)
    name = "portal_edition_effective_timestamp_seconds"
    metrics.add_time(name, edition.effective_at, period=period)
    add_missing(metrics, edition.document, "edition")


def add_missing(metrics, document, of):
    count = len(document.missing_english())
    metrics.add("portal_missing_english", count, period=document.period, of=of)


def add_files(metrics):
    alarms = open_alarms()
    metrics.add("portal_alarms_open", len(alarms))
    for alarm in alarms:
        metrics.add_time("portal_alarm_began_timestamp_seconds", alarm.first_at, alarm=alarm.name)
    for command in ("backup", *VERIFICATIONS):
        if outcome := outcomes.last(command):
            metrics.add_time("portal_run_timestamp_seconds", outcome.at, command=command)
            metrics.add_time("portal_run_good_timestamp_seconds", outcome.good_at, command=command)
    metrics.add_time("portal_copy_written_timestamp_seconds", reading.written_at())


def add_measures(metrics):
    for question in WATCHED.values():
        for number in ask(question).numbers:
            name = f"portal_{question}_{number.name}"
            metrics.helps[name] = MEASURED.format(question)
            metrics.add(name, number.value, **number.labels)
