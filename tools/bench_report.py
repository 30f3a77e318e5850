"""The figures of ``tools.bench``, as a table (docs/bench.md) and a plot (docs/bench.svg)."""

import os
import platform
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
ROW, LABELS, WIDTH = 26, 520, 940  # pixels of the plot
TABLE = """# What the portal costs

Measured by `make bench` on {day}: {cores} cores, {memory} GB, Python {python}. One machine
ran everything, the load generator too. A ratio compares two values measured in turn, so it holds on
other machines; times and rates hold for this machine only.

| figure | measured | target | |
|---|---:|---:|---|
{rows}

![Each figure with a limit, as a share of the limit](bench.svg)
"""


@dataclass(frozen=True)
class Figure:
    """A measured value and its limit; ``side`` says whether the limit is a maximum or minimum."""

    what: str
    value: float
    limit: float | None = None
    side: str = "at most"  # or "at least"
    unit: str = ""

    @property
    def is_reached(self):
        return self.limit is None or (
            self.value >= self.limit if self.side == "at least" else self.value <= self.limit
        )

    @property
    def share(self):
        """The share of the limit that is used: above 1 the limit is not kept."""
        parts = (self.limit, self.value) if self.side == "at least" else (self.value, self.limit)
        return parts[0] / parts[1] if parts[1] else float(parts[0] > 0)

    def __str__(self):
        mark = (
            ""
            if self.limit is None
            else f" ({self.aim}{'' if self.is_reached else ': NOT REACHED'})"
        )
        return f"{self.what}: {self.said}{mark}"

    @property
    def said(self):
        return f"{shortened(self.value)} {self.unit}".strip()

    @property
    def aim(self):
        return (
            "" if self.limit is None else f"{self.side} {shortened(self.limit)} {self.unit}".strip()
        )


def shortened(number):
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:.3g}"


def write_report(figures):
    """Write both files. Only the table has figures without a limit."""
    marks = {True: "", False: "**not reached**"}
    rows = "\n".join(
        f"| {each.what} | {each.said} | {each.aim} | {marks[each.is_reached]} |" for each in figures
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    words = {
        "day": date.today().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    (DOCS / "bench.md").write_text(
        TABLE.format(rows=rows, memory=round(memory), **words), encoding="utf-8"
    )
    (DOCS / "bench.svg").write_text(
        plot([each for each in figures if each.limit is not None]), encoding="utf-8"
    )


def plot(figures):
    """A bar for each figure, relative to its limit, which is a line."""
    height = ROW * (len(figures) + 1)
    room = WIDTH - LABELS - 120
    scale = room / max(1.25, min(2, max(each.share for each in figures)))
    bars = []
    for place, each in enumerate(figures):
        y, length = ROW * (place + 0.5), max(2, min(each.share, 2) * scale)
        colour = "#1f6f54" if each.is_reached else "#b3261e"
        bars += [
            f'<text x="{LABELS - 10}" y="{y + 15}" text-anchor="end">{escape(each.what)}</text>',
            f'<rect x="{LABELS}" y="{y + 3}" width="{length:.0f}" height="{ROW - 8}" '
            f'fill="{colour}"/>',
            f'<text x="{LABELS + length + 6:.0f}" y="{y + 15}">{escape(each.said)}</text>',
        ]
    line = f'<path d="M{LABELS + scale:.0f} 0V{height}" stroke="#444" stroke-dasharray="4 3"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif"'
        ' font-size="12">'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>{"".join(bars)}{line}</svg>\n'
    )
