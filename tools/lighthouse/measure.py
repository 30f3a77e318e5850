"""Measures pages with Lighthouse's defaults: a middling phone on a simulated slow 4G line.

Starts the portal as ``make run`` does, with the official text in a temporary data folder. The
figures of a page come from three runs. The exit status is 1 if a figure is worse than its limit.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.robotparser import RobotFileParser

ROOT = Path(__file__).parents[2]
LIGHTHOUSE = Path(__file__).parent / "node_modules" / ".bin" / "lighthouse"
RUNS = 3
TRIALS = 5
PAGES = [
    "/id/",
    "/en/",
    "/id/visi/2016-2021/unsur/kota-cerdas/",
    "/en/vision/2016-2021/missions/5/",
    "/id/visi/2016-2021/",
    "/en/vision/2016-2021/",
    "/id/visi/2016-2021/dwibahasa/",
    "/id/visi/2016-2021/edisi/",
    "/en/glossary/",
]
CATEGORIES = {
    "performance": "speed",
    "accessibility": "access",
    "best-practices": "practice",
    "seo": "SEO",
}
AUDITS = {
    "first-contentful-paint": "FCP",
    "largest-contentful-paint": "LCP",
    "cumulative-layout-shift": "CLS",
    "total-blocking-time": "TBT",
}
OPTIONS = [
    "--quiet",
    "--output=json",
    "--chrome-flags=--headless=new --no-sandbox --disable-gpu",  # root has no sandbox
    # Lighthouse would fetch robots.txt from the page, whose policy forbids it. So it is read here.
    "--skip-audits=robots-txt",
]


def main():
    chromium = shutil.which("chromium")
    if not chromium or not LIGHTHOUSE.exists():
        sys.exit(
            "Lighthouse needs Chromium and npm: apt-get install chromium npm, then make lighthouse."
        )
    failures = []
    with portal() as site:
        robots = RobotFileParser(f"{site}/robots.txt")
        robots.read()
        print(row("", [*CATEGORIES.values(), "FCP", "LCP", "CLS", "wait", "TBT"]))
        for page in PAGES:
            reports = [measure(site + page, chromium) for _ in range(RUNS)]
            figures = figures_of(reports)
            print(row(page, figures.values()), flush=True)
            promises = promises_of(figures) | {
                "robots.txt lets it be found": robots.can_fetch("*", site + page),
                "the browser keeps it for going back": all(
                    r["audits"]["bf-cache"]["score"] == 1 for r in reports
                ),
            }
            failures += [
                f"{page}: not so: {promise}" for promise, is_kept in promises.items() if not is_kept
            ]
            failures += [f"{page}: {finding}" for finding in findings(reports)]
    sys.exit("\n".join(failures) or 0)


@contextmanager
def portal():
    """The address of a portal that serves as ``make run`` does."""
    with tempfile.TemporaryDirectory(prefix="portal-lighthouse-") as folder:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")
        }
        environment |= {
            "PORTAL_DATA_DIR": folder,
            "PORTAL_STATIC_ROOT": str(ROOT / "staticfiles"),
            "PORT": "0",
        }
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            said = iter(process.stdout.readline, "")
            yield next(
                re.search(r"http://\S+[^/\s]", line)[0]
                for line in said
                if line.startswith("Portal:")
            )
        finally:
            process.terminate()
            process.communicate()


def measure(url, chromium):
    """Lighthouse's report. It sometimes misses the start of the page in Chromium's trace."""
    command, environment = [LIGHTHOUSE, url, *OPTIONS], os.environ | {"CHROME_PATH": chromium}
    for _ in range(TRIALS):
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        if ended.returncode == 0:
            return json.loads(ended.stdout)
    sys.exit(f"Lighthouse could not measure {url}: {ended.stderr.strip()}")


def figures_of(reports):
    """The medians of the runs: points of 100, milliseconds, and the layout shift.

    For the blocking time, and for the time from the first paint to the largest, the least value
    counts: a page without script does no work then, so other programs cause any higher value.
    """
    figures = {
        title: median(round(report["categories"][name]["score"] * 100) for report in reports)
        for name, title in CATEGORIES.items()
    }
    runs = [
        {title: report["audits"][name]["numericValue"] for name, title in AUDITS.items()}
        for report in reports
    ]
    figures |= {title: median(run[title] for run in runs) for title in ("FCP", "LCP", "CLS")}
    figures["wait"] = min(abs(run["LCP"] - run["FCP"]) for run in runs)
    figures["TBT"] = min(run["TBT"] for run in runs)
    return figures


def promises_of(figures):
    return {
        **{f"{title} is 100": figures[title] == 100 for title in CATEGORIES.values()},
        "FCP is at most 900 ms": figures["FCP"] <= 900,
        "LCP is at most 900 ms": figures["LCP"] <= 900,
        "LCP is FCP: the first paint is the whole page": figures["wait"] <= 1,
        "CLS is at most 0.001": figures["CLS"] <= 0.001,
        "TBT is 0": figures["TBT"] == 0,
    }


def findings(reports):
    """The audits that took points from a category in one of the runs."""
    return {
        f"{audit['title']} ({audit['id']})"
        for report in reports
        for category in report["categories"].values()
        for audit in (
            report["audits"][reference["id"]]
            for reference in category["auditRefs"]
            if reference["weight"]
        )
        if audit["score"] is not None and audit["score"] < 1
    }


def row(page, figures):
    return f"{page:<40}" + "".join(
        f"{f if isinstance(f, str) else f'{f:.4g}':>10}" for f in figures
    )


if __name__ == "__main__":
    main()
