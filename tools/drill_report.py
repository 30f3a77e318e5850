"""The table of a run of ``tools.drill``: docs/drill.md."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tools.bench_report import DOCS

RECOVERY = 5  # seconds
TABLE = """# What happens when things break

What `make drill` broke on {day}, while people read and saved through nginx on one node of two
workers. A request has failed if the reader got no page, or if an acknowledged save is not in the
history. The last column is the time from the fault until the desk opens and `/readyz` answers 200.

| fault | database | what happened | requests | failed | recovered after |
|---|---|---|---:|---:|---:|
{rows}
"""


@dataclass(frozen=True)
class Outcome:
    fault: str
    database: str
    words: str
    requests: int
    failed: int
    recovered: float | None = 0  # seconds; None: never

    @property
    def is_recovered(self):
        return self.recovered is not None and self.recovered <= RECOVERY

    @property
    def said(self):
        return (
            "never"
            if self.recovered is None
            else f"{self.recovered:.1f} s"
            if self.recovered
            else ""
        )

    def __str__(self):
        mark = "" if self.is_recovered and not self.failed else "  NOT AS IT SHOULD BE"
        counts = f"{self.requests} requests, {self.failed} failed, {self.said}"
        return f"{self.fault}, {self.database}: {self.words}; {counts}{mark}"


def write_report(outcomes):
    rows = [
        f"| {each.fault} | {each.database} | {each.words} | {each.requests} | {each.failed} "
        f"| {each.said} |"
        for each in outcomes
    ]
    Path(DOCS / "drill.md").write_text(
        TABLE.format(day=date.today(), rows="\n".join(rows)), encoding="utf-8"
    )
