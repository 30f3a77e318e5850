"""The files hold the phrases of a screen reader on ten pages, one on a line."""

import json
import shutil
import subprocess
from difflib import unified_diff
from pathlib import Path

import pytest

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent
READER = FOLDER.parents[1] / "node_modules" / "@guidepup" / "virtual-screen-reader"
PAGES = {
    "home.id": "/id/",
    "home.en": "/en/",
    "element.id": "/id/visi/2016-2021/unsur/kota-cerdas/",
    "element.en": "/en/vision/2016-2021/elements/smart-city/",
    "mission.id": "/id/visi/2016-2021/misi/1/",
    "mission.en": "/en/vision/2016-2021/missions/1/",
    "figure.id": "/id/visi/2016-2021/bagan/",
    "figure.en": "/en/vision/2016-2021/figure/",
    "difference.id": "/id/visi/2016-2021/edisi/1/2/",
    "difference.en": "/en/vision/2016-2021/editions/1/2/",
}
CHANGED = (
    "A screen reader says something else now. Read the change aloud. If it is good, keep it: "
    'make test ARGS="tests/system/spoken --keep-spoken"'
)


def spoken(pages):
    """The phrases of each page; one process of node reads them all."""
    command, html = ["node", FOLDER / "read.mjs"], json.dumps(pages)
    return json.loads(subprocess.check_output(command, input=html, text=True, timeout=60))


@pytest.mark.skipif(
    not (READER.exists() and shutil.which("node")),
    reason="no virtual screen reader here: apt-get install npm, then make test",
)
def test_a_screen_reader_says_what_the_files_keep(client, shipped, pytestconfig):
    said = spoken({f"{name}.txt": client.get(path).text for name, path in PAGES.items()})
    if pytestconfig.getoption("keep_spoken"):
        for name, phrases in said.items():
            (FOLDER / name).write_text("\n".join([*phrases, ""]), "utf-8")

    changes = [
        line
        for name, phrases in said.items()
        for line in unified_diff(
            (FOLDER / name).read_text("utf-8").splitlines(), phrases, name, "now", lineterm="", n=2
        )
    ]

    assert not changes, "\n".join([CHANGED, *changes])
