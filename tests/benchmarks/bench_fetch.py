"""What a snapshot costs beside downloading the same bytes, and beside dlt's REST source.

    python tests/benchmarks/bench_fetch.py --users 1000000 --runs 5

Every way runs in a process of its own against one loopback server of pre-serialised pages, in turns, so that a noisy
machine is noisy for all; what is compared are medians of one run. dlt is measured where `.venv-bench` has it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PEER = ROOT / ".venv-bench" / "bin" / "python"
LIMIT = 10000
Figures = tuple[float, float, float]
LATENCY = 0.2
TARGETS = {"raw": 4.0, "dlt": 4.0, "latency": 4.0, "memory": 1.2, "megabytes": 256}


def download(origin: str) -> int:
    """Download all pages and throw them away; return the bytes."""
    connection = http.client.HTTPConnection(origin.rpartition("/")[2])
    link, size = f"/v3.1/users?limit={LIMIT}", 0
    while link:
        connection.request("GET", link)
        body = connection.getresponse().read()
        size += len(body)
        found = re.search(rb'"rel": "next", "uri": "([^"]+)"', body[-300:])
        link = found[1].decode() if found else ""
    return size


def fetch(origin: str, parallel: str, ids: str) -> int:
    """Fetch a snapshot as the product does; return the number of users."""
    from playbook.clever.client import Clever
    from playbook.clever.snapshot import fetch_snapshot
    from playbook.settings import Secret

    known = Path(ids).read_text().split() if ids else ()
    directory = Path(tempfile.mkdtemp())
    try:
        with Clever(origin, Secret("bench"), pace_directory=directory / "pace") as clever:
            now = datetime(2026, 8, 3, tzinfo=UTC)
            manifest = fetch_snapshot(clever, directory / "s", now=now, parallel=parallel, known_ids=known)
        assert manifest.complete
        assert manifest.parallel == parallel
        return manifest.users
    finally:
        shutil.rmtree(directory)


def child(way: str, origin: str, ids: str) -> None:
    """Run one way and print its seconds, its processor seconds, its peak memory and what it got."""
    if way != "raw":
        import playbook.clever.snapshot  # noqa: F401 - so that imports are not measured
    started, worked = time.perf_counter(), time.process_time()
    got = download(origin) if way == "raw" else fetch(origin, way, ids)
    seconds = time.perf_counter() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    figures = {"seconds": seconds, "cpu": time.process_time() - worked, "megabytes": usage.ru_maxrss / 1024, "got": got}
    print(json.dumps(figures))


@contextmanager
def serving(users: int, latency: float = 0.0) -> Iterator[tuple[str, str]]:
    """Serve so many users; give the origin and the file of their ids."""
    with tempfile.NamedTemporaryFile("r") as ids:
        command = [sys.executable, str(HERE / "page_server.py"), "--users", str(users), "--latency", str(latency)]
        with subprocess.Popen(
            [*command, "--ids", ids.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout
            yield server.stdout.readline().strip(), ids.name
            assert server.stdin
            server.stdin.close()


def measure(ways: list[str], origin: str, ids: str, runs: int) -> dict[str, Figures]:
    """Run all ways in turns; return each one's median seconds and processor seconds, and its highest peak."""
    seen: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(runs):
        for way in ways:
            peer = [str(PEER), str(HERE / "fetch_with_dlt.py"), origin]
            own = [sys.executable, __file__, "--child", way, "--origin", origin]
            own += ["--ids", ids] if way == "ranges" else []
            done = subprocess.run(peer if way == "dlt" else own, check=True, capture_output=True, text=True, cwd=ROOT)
            seen[way].append(json.loads(done.stdout.splitlines()[-1]))
    return {
        way: (
            median(run["seconds"] for run in found),
            median(run["cpu"] for run in found),
            max(run["megabytes"] for run in found),
        )
        for way, found in seen.items()
    }


def report(title: str, value: float, target: float, *, at_most: bool) -> None:
    """Print one comparison with what is asked for."""
    is_met = value <= target if at_most else value >= target
    sign = "at most" if at_most else "at least"
    print(f"{title:<58} {value:8.2f}   asked: {sign} {target:g}   {'met' if is_met else 'NOT MET'}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--latency-runs", type=int, default=5)
    parser.add_argument("--no-dlt", action="store_true")
    parser.add_argument("--child")
    parser.add_argument("--origin", default="")
    parser.add_argument("--ids", default="")
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child, arguments.origin, arguments.ids)
        return
    has_dlt = PEER.exists() and not arguments.no_dlt
    ways = ["raw", "off", *(["dlt"] if has_dlt else [])]
    with serving(arguments.users) as (origin, ids):
        large = measure(ways, origin, ids, arguments.runs)
    with serving(arguments.users // 10) as (origin, ids):
        small = measure(["off"], origin, ids, arguments.runs)
    with serving(arguments.users, LATENCY) as (origin, ids):
        slow = measure(["off", "roles", "ranges"], origin, ids, arguments.latency_runs)
    for title, found in ((f"{arguments.users} users", large), ("a tenth", small), (f"{LATENCY * 1000:.0f} ms", slow)):
        for way, (seconds, cpu, megabytes) in found.items():
            print(f"{title:<20} {way:<8} {seconds:8.2f} s {cpu:8.2f} s of processor {megabytes:8.0f} MB")
    report("to Parquet, times the bare download", large["off"][0] / large["raw"][0], TARGETS["raw"], at_most=True)
    if has_dlt:
        report("faster than dlt's REST source, times", large["dlt"][0] / large["off"][0], TARGETS["dlt"], at_most=False)
    report("peak memory, MB", large["off"][2], TARGETS["megabytes"], at_most=True)
    report("peak memory, times that of a tenth", large["off"][2] / small["off"][2], TARGETS["memory"], at_most=True)
    report("ranges at 200 ms, times one walk", slow["off"][0] / slow["ranges"][0], TARGETS["latency"], at_most=False)


if __name__ == "__main__":
    main()
