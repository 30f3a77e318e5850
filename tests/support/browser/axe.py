"""Check screens of the desk with axe, in each width and colour scheme."""

from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_AND_SIZE = ["color-contrast", "color-contrast-enhanced", "target-size"]
LOOKS = [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]


def violations(page, run_only):
    result = page.evaluate(
        "only => axe.run({runOnly: only, resultTypes: ['violations']})", run_only
    )
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]
