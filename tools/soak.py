"""Measures whether the memory of a long-running portal grows: ``make soak``.

It requests pages at a moderate rate, records the memory and the open files of each worker every
minute, and prints the slope of each by least squares.

``python -m tools.soak publications 12`` publishes 12 times, reads after each publication, and
prints the figures of each worker before and after.
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import linear_regression

from tests.support.people.readers import Crowd, answer
from tests.support.servers.nodes import node

REQUESTS_A_SECOND, READERS = 50, 5
PATHS = [
    "/id/",
    "/en/vision/2016-2021/",
    "/id/visi/2016-2021/unsur/kota-cerdas/",
    "/id/cari/?q=jasa",
    "/en/search/?q=services&page=2",
    "/id/tidak-ada/",
    "/data/2016-2021.json",
    "/id/visi/2016-2021/edisi/1/2/",
    "/sitemap.xml",
    "/admin/login/",
    "/readyz",
    "/id/istilah/?x={}",
]

PUBLISH = """
from editions.document import Text
from editions.publishing import publish
from missions.models import Mission
from vision.models import Vision
Mission.objects.update(statement_ind="Putaran {turn}", statement_en="Turn {turn}")
publish(Vision.objects.get(), note=Text("Uji", "Test"), publisher="Sri")
"""


class Load(Crowd):
    """Readers who together send ``REQUESTS_A_SECOND`` requests a second."""

    def __init__(self, address):
        super().__init__(READERS)
        self.address, self.statuses = address, {}

    def rest(self, turn, passed):
        return max(0, turn * READERS / REQUESTS_A_SECOND - passed)

    def ask(self, number, turn):
        status, _body = answer(self.address + PATHS[(number + turn) % len(PATHS)].format(turn))
        self.statuses[status] = self.statuses.get(status, 0) + 1


def memory_of(pid):
    """The kilobytes that only this process uses."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_"))


def files_of(pid):
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def measure(portal, minutes):
    """For each worker: the minutes, with its memory and its open files."""
    seen = {pid: [] for pid in portal.workers()}
    for minute in range(minutes + 1):
        for pid, rows in seen.items():
            rows.append((minute, memory_of(pid), files_of(pid)))
            print(
                f"minute {minute:3}  worker {pid}  {rows[-1][1]:7} kB  {rows[-1][2]} files",
                flush=True,
            )
        if minute < minutes:
            time.sleep(60)
    return seen


def publish(portal, turn):
    portal.manage("shell", "--verbosity=0", "--command", PUBLISH.format(turn=turn))
    time.sleep(2)  # until it is in force
    for path in PATHS * 4:
        answer(portal.address + path.format(turn))


def publications(count):
    with tempfile.TemporaryDirectory() as folder, node(folder) as portal:
        for turn in range(count + 1):
            publish(portal, turn)
            held = [memory_of(pid) for pid in portal.workers()]
            print(f"publication {turn:3}  {held} kB", flush=True)


def main(minutes=60):
    with tempfile.TemporaryDirectory() as folder, node(folder) as portal:
        with Load(portal.address) as load:
            time.sleep(5)
            seen = measure(portal, int(minutes))
        if seen.keys() != set(portal.workers()):
            sys.exit("A worker was replaced meanwhile: look into the log above.")
    print(f"{sum(load.statuses.values())} requests: {dict(sorted(load.statuses.items()))}")
    for pid, rows in seen.items():
        settled = rows[len(rows) // 3 :]  # without the first third, in which caches fill
        hours = [minute / 60 for minute, _, _ in settled]
        memory, files = (
            linear_regression(hours, [row[column] for row in settled]).slope for column in (1, 2)
        )
        print(
            f"worker {pid}: {memory:+.0f} kB/h, {files:+.1f} open files/h, "
            f"from minute {settled[0][0]} on"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["publications"]:
        publications(int(sys.argv[2]))
    else:
        main(*sys.argv[1:])
