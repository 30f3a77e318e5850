"""Measures speed, size and memory: `make bench` writes docs/bench.md and docs/bench.svg.

Ratios compare the portal with the best that this machine can do; times hold for this machine only.
Run it on an idle machine.
"""

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.people.readers import Readers, answer
from tests.support.servers.cluster import cluster, refuse_without_programs
from tests.support.servers.nginx import Mirror, Nginx
from tests.support.servers.nodes import node
from tests.support.servers.ports import free_port
from tools.bench_report import Figure, write_report

# Many short rounds, because in one round all readers may reach the same worker, at a third of
# the rate.
ROUNDS, SECONDS, CONNECTIONS = 31, 1, 16
FIXED = 10_000  # bytes
READER = {"Accept-Encoding": "br"}
REPORT = """
done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.timeout
  io.write(string.format("\\n[%d, %f, %d, %f, %f, %d]",
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, failed))
end
"""


def fixed_body(environ, start_response):
    """The server's highest rate: gunicorn with a fixed body instead of the portal."""
    start_response(
        "200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(FIXED))]
    )
    return [b"x" * FIXED]


# Load


@dataclass(frozen=True)
class Load:
    """wrk's figures: requests per second, latencies in ms, bytes of an answer with headers."""

    rate: float
    p50: float
    p99: float
    size: float
    failed: int


def load(address, seconds=SECONDS, rate=None):
    """Request the address as fast as ``CONNECTIONS`` readers can, or ``rate`` times a second."""
    script = REPORT
    if rate:  # spread, so that the readers do not send requests in step
        script += (
            f"delay = function() return math.random(0, {round(2_000 * CONNECTIONS / rate)}) end\n"
        )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        headers = [part for name, value in READER.items() for part in ("-H", f"{name}: {value}")]
        command = [
            "wrk",
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{seconds}",
            *headers,
            "-s",
            file.name,
            address,
        ]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    requests, took, size, p50, p99, failed = json.loads(said.splitlines()[-1])
    return Load(requests / took, p50, p99, size / requests, failed)


def side_by_side(first, second, **options):
    """Load both addresses in turn, several rounds, so that other work on the machine affects both.

    Returns the ratio of their rates, and the load of each, as medians over the rounds.
    """
    rounds = [(load(first, **options), load(second, **options)) for _ in range(ROUNDS)]
    ours, other = (median(loads) for loads in zip(*rounds, strict=True))
    return ours.rate / other.rate, ours, other


def median(loads):
    values = [
        statistics.median(getattr(each, name) for each in loads)
        for name in ("rate", "p50", "p99", "size")
    ]
    return Load(*values, sum(each.failed for each in loads))


# What is measured


def pages(portal, fixed):
    """The home page from gunicorn against a fixed body from the same gunicorn."""
    home = f"{portal.address}/id/"
    answer(home, READER)
    ratio, ours, bare = side_by_side(home, f"{fixed.address}/")
    yield Figure(
        "home page against a fixed body of 10 kB, both from gunicorn", ratio, 0.85, "at least", "×"
    )
    yield Figure("home page", ours.rate, unit="requests/s")
    yield Figure("fixed body", bare.rate, unit="requests/s")
    yield Figure("home page, bytes with headers", ours.size, unit="bytes")
    yield Figure("home page, p50 at full load", ours.p50, unit="ms")
    yield Figure("home page, p99 at full load", ours.p99, unit="ms")
    yield Figure("fixed body, p99 at full load", bare.p99, unit="ms")
    _, ours, bare = side_by_side(home, f"{fixed.address}/", rate=ours.rate / 2)
    yield Figure(
        "p99 at half of that load, against the fixed body’s", ours.p99 / bare.p99, 3, "at most", "×"
    )
    yield Figure("home page, p99 at half load", ours.p99, unit="ms")
    yield Figure("requests that failed", ours.failed + bare.failed, 0, "at most")


def start(portal):
    """A second start with existing data, as after an update."""
    portal.stop()
    began = time.monotonic()
    portal.start()
    answer(f"{portal.address}/id/")
    yield Figure("start to the first page", time.monotonic() - began, 2, "at most", "s")


def memory(portal):
    """Resident memory of a worker that has answered every page of one period."""
    addresses = addresses_of(portal)
    for _round in range(4):  # so that each worker answers each page
        for address in addresses:
            answer(address, READER)
    largest = max(resident(pid) for pid in portal.workers())
    yield Figure(
        f"resident memory of a worker, warm, all {len(addresses)} pages",
        largest,
        90,
        "at most",
        "MB",
    )


def addresses_of(portal):
    return re.findall(r"<loc>([^<]*)</loc>", answer(f"{portal.address}/sitemap.xml")[1].decode())


def resident(pid):
    return int(re.search(r"Rss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())[1]) / 1024


CHANGE = """
from time import monotonic
from editions.document import Text
from editions.publishing import publish
from missions.models import Mission
from vision.models import Vision
vision = Vision.objects.get(period_start=2016)
mission = Mission.objects.filter(vision=vision, number=1)
mission.update(statement_ind="{words}", statement_en="To build: {words}")
note = Text("Perbaikan", "Correction")
publish(vision, note=note, publisher="Bench", accept_missing_english=True)
print(monotonic())
"""


def publication(place, addresses, where):
    """Seconds from the commit of a publication until the last old text: the slowest of several."""
    slowest, flaps, failed = 0, 0, 0
    for number in range(5):
        words = f"Membangun kota, {where} {number}."
        with Readers(
            [f"{address}/id/visi/2016-2021/misi/1/" for address in addresses], each=4
        ) as readers:
            committed_at = float(
                place.manage("shell", "--verbosity=0", "--command", CHANGE.format(words=words))
            )
            time.sleep(2.5)
        slowest = max(slowest, readers.last_without(words) - committed_at)
        flaps, failed = flaps + readers.flaps(words), failed + len(readers.failed())
    yield Figure(
        f"from publication to the new text everywhere, {where}", slowest, 2, "at most", "s"
    )
    yield Figure(f"readers who saw the old text after the new, {where}", flaps, 0, "at most")
    yield Figure(f"readers who got an error meanwhile, {where}", failed, 0, "at most")


def queries(place):
    """Statements that the database counts while pages are read, per page."""
    before = statements(place)
    seen = load(f"{place.address}/id/")
    time.sleep(2)  # PostgreSQL updates its counts a second late
    yield Figure(
        "queries for a warm page",
        float(statements(place) - before) / (seen.rate * SECONDS),
        1,
        "at most",
    )


def statements(place):
    import psycopg

    with psycopg.connect(place.nodes[0].environment["PORTAL_DATABASE_URL"]) as connection:
        return connection.execute(
            "SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database"
        ).fetchone()[0]


def losses(place):
    """A node killed, and the database stopped, while pages are read."""
    home = f"{place.address}/id/"
    with Readers([home], each=8) as readers:
        place.nodes[1].stop(9)
        time.sleep(1)
        place.nodes[1].start()
        time.sleep(1)
        place.postgres.stop()
        time.sleep(3)
        place.postgres.start()
        began = time.monotonic()
        while any(answer(f"{one.address}/admin/login/")[0] != 200 for one in place.nodes):
            time.sleep(0.05)
        back = time.monotonic() - began
    yield Figure(
        "pages that failed while a node was killed and the database stopped",
        len(readers.failed()),
        0,
        "at most",
    )
    yield Figure("from the database's return to a working admin", back, 5, "at most", "s")


def copying(folder):
    """From the commit of a publication until the static copy holds it."""
    page, slowest = folder / "copy" / "current" / "id/visi/2016-2021/misi/1/index.html", 0
    with node(folder, {"PORTAL_COPY_DIR": str(folder / "copy")}) as portal:
        answer(f"{portal.address}/id/")
        while not page.exists():
            time.sleep(0.1)
        for number in range(5):
            words = f"Membangun kota, salinan {number}."
            committed_at = float(
                portal.manage("shell", "--verbosity=0", "--command", CHANGE.format(words=words))
            )
            while words not in page.read_text():
                time.sleep(0.01)
            slowest = max(slowest, time.monotonic() - committed_at)
    yield Figure("from publication to its static copy, 1 period", slowest, 2, "at most", "s")


EXPORT = """
from pathlib import Path
from shutil import rmtree
from time import monotonic
from django.conf import settings
from public.mirror.writing import export
from public.compression import compressed
from public.releases import Release
for turn in range({turns}):
    rmtree(settings.DATA_DIR / "kept", ignore_errors=True)
    rmtree("{folder}", ignore_errors=True)
    compressed.cache_clear()
    began = monotonic()
    count = export(Release.current(), Path("{folder}"))
print((monotonic() - began) / count * 1000)
"""


def export(portal, turns):
    """Milliseconds for one address of a fresh export, at the last of several turns.

    The first turn also loads programs and fonts, which takes most of the time of one period.
    """
    script = EXPORT.format(turns=turns, folder=portal.folder / "export")
    return float(portal.manage("shell", "--verbosity=0", "--command", script))


PLAIN = """
open_file_cache max=20000 inactive=10m;
open_file_cache_valid 2s;
server {{ listen 127.0.0.1:{port}; root {folder}; }}
"""


def files(portal, folder):
    """The home page of an export against a plain file of equal size, both from nginx."""
    site, plain, port = folder / "site", folder / "plain", free_port()
    portal.manage("export_site", str(site))
    plain.mkdir()
    shutil.copy(site / "id" / "index.html.br", plain / "file")
    (plain / "server.conf").write_text(PLAIN.format(port=port, folder=plain))
    mirror, bare = Mirror(folder / "mirror", site), Nginx(plain, plain / "server.conf", [])
    bare.port = port
    with served(mirror), served(bare):
        ratio, ours, file = side_by_side(f"{mirror.address}/id/", f"http://127.0.0.1:{port}/file")
    yield Figure(
        "home page of an export against a plain file of its size, from nginx",
        ratio,
        0.95,
        "at least",
        "×",
    )
    yield Figure("home page of an export, from nginx", ours.rate, unit="requests/s")
    yield Figure("requests to nginx that failed", ours.failed + file.failed, 0, "at most")


@contextmanager
def served(nginx):
    nginx.start()
    try:
        yield
    finally:
        nginx.stop()


GROW = """
from datetime import UTC, datetime, timedelta
from editions.document import Text
from editions.models import Edition
from editions.publishing import publish
from missions.models import Mission
from tests.support.factories import make_vision
from vision.models import Vision
note = Text("Perbaikan", "Correction")
for start in range(2100, 2099 + {periods}):
    publish(make_vision(start, start + 4), note=note, publisher="Bench")
vision = Vision.objects.get(period_start=2016)
for number in range(Edition.objects.filter(vision=vision).count(), {editions}):
    mission = Mission.objects.filter(vision=vision, number=1)
    mission.update(statement_ind=f"Membangun kota {{number}}.")
    publish(vision, note=note, publisher="Bench", accept_missing_english=True, may_be_past=True,
        effective_at=datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=number))
"""


def growth(small, folder):
    """The cost of home with few and many periods and editions, and of a page of an export."""
    for periods, editions in [(10, 100), (200, 1_000)]:
        with node(folder / f"grown-{periods}", None) as large:
            large.manage(
                "shell",
                "--verbosity=0",
                "--command",
                GROW.format(periods=periods, editions=editions),
            )
            sizes = f"{periods} periods and {editions:,} editions of one, against 1 and 2"
            homes = [f"{small.address}/id/", f"{large.address}/id/"]
            yield Figure(f"home rendered anew: {sizes}", rendering(*homes), 1.1, "at most", "×")
            ratio, *_ = side_by_side(*homes)
            yield Figure(f"home from memory: {sizes}", ratio, 1.1, "at most", "×")
    with node(folder / "periods", None) as large:
        large.manage("shell", "--verbosity=0", "--command", GROW.format(periods=200, editions=2))
        time.sleep(2)  # until the last edition is in force
        one, many = export(small, turns=2), export(large, turns=1)
    yield Figure("export of one address, 1 period", one, unit="ms")
    yield Figure("export of one address: 200 periods against 1", many / one, 1.1, "at most", "×")


def rendering(first, second):
    """The time of the second page against that of the first, neither from memory."""
    times = [], []
    for number in range(400):
        for address, taken in zip((first, second), times, strict=True):
            began = time.perf_counter()
            answer(f"{address}?n={number}")
            taken.append(time.perf_counter() - began)
    return statistics.median(times[1]) / statistics.median(times[0])


def main():
    if missing := [program for program in ("wrk", "nginx") if not shutil.which(program)]:
        sys.exit(f"make bench needs {' and '.join(missing)}: apt-get install {' '.join(missing)}")
    refuse_without_programs()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-bench-")))
        fixed = stack.enter_context(node(folder / "fixed", None, "tools.bench:fixed_body"))
        portal = stack.enter_context(node(folder / "portal"))
        figures = [
            *measured(pages(portal, fixed)),
            *measured(start(portal)),
            *measured(memory(portal)),
        ]
        figures += measured(publication(portal, [portal.address], "two workers"))
        figures += [*measured(copying(folder / "copying")), *measured(files(portal, folder))]
        with cluster() as place:
            everywhere = [place.address, *(one.address for one in place.nodes)]
            figures += measured(publication(place.nodes[0], everywhere, "two nodes"))
            figures += [*measured(queries(place)), *measured(losses(place))]
        figures += measured(growth(portal, folder))
    write_report(figures)


def measured(figures):
    for figure in figures:
        print(figure, flush=True)
        yield figure


if __name__ == "__main__":
    main()
