"""What a snapshot costs beside downloading the same bytes, and beside dlt's REST source.

    python tests/benchmarks/bench_fetch.py --users 1000000 --runs 5
    python tests/benchmarks/bench_fetch.py --only dlt

Every way runs in a process of its own against one loopback server of pre-serialised pages, in turns, so that a noisy
machine is noisy for all; what is compared are medians of one run. dlt is measured where `.venv-bench` has it.

Two bare downloads are the measure of the first comparison: httpx, asynchronous as in the product, read and thrown away;
and http.client, which is nothing but the socket, faster than msgspec alone decodes the same bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
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
MEMORY_GROWTH, MEGABYTES, TIMES = 1.2, 256, 4.0
COMPARISONS = ("raw", "dlt", "memory", "latency")
NEXT = re.compile(rb'"rel": "next", "uri": "([^"]+)"')


def download(origin: str) -> int:
    """Download all pages and throw them away; return the bytes."""
    connection = http.client.HTTPConnection(origin.rpartition("/")[2])
    link, size = f"/v3.1/users?limit={LIMIT}", 0
    while link:
        connection.request("GET", link)
        body = connection.getresponse().read()
        size += len(body)
        link = following(body)
    return size


async def download_with_httpx(origin: str) -> int:
    """Download all pages with the product's own HTTP client and throw them away; return the bytes."""
    import httpx

    link, size = f"/v3.1/users?limit={LIMIT}", 0
    async with httpx.AsyncClient(trust_env=False) as client:
        while link:
            body = (await client.get(origin + link)).content
            size += len(body)
            link = following(body)
    return size


def following(body: bytes) -> str:
    """Return the link to the next page, "" on the last one."""
    found = NEXT.search(body[-300:])
    return found[1].decode() if found else ""


def fetch(origin: str, parallel: str, known: Sequence[str]) -> int:
    """Fetch a snapshot as the product does; return the number of users."""
    from playbook.clever.client import Clever
    from playbook.clever.snapshot import fetch_snapshot
    from playbook.settings import Secret

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


def watch_children() -> Callable[[], float]:
    """Watch this process's children; what is returned ends that and gives the largest one's peak in megabytes."""
    peaks, is_over = [0.0], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.1):
            for status in Path("/proc").glob(f"{os.getpid()}/task/*/children"):
                peaks.extend(peak_of(int(number)) for number in status.read_text().split())

    watching = threading.Thread(target=watch)
    watching.start()

    def stop() -> float:
        is_over.set()
        watching.join()
        return max(peaks)

    return stop


def peak_of(process: int) -> float:
    """Return a process's own peak in megabytes; the usage of children counts what their parent had when it forked."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def child(way: str, origin: str, ids: str) -> None:
    """Run one way and print its seconds, its processor seconds, its peak memory and what it got, its child included."""
    if way == "httpx":
        import httpx  # noqa: F401 - so that imports are not measured
    elif way != "raw":
        import playbook.clever.snapshot  # noqa: F401
    known = Path(ids).read_text().split() if ids else ()
    stop_watching = watch_children()
    started, worked = time.perf_counter(), time.process_time()
    if way == "httpx":
        got = asyncio.run(download_with_httpx(origin))
    else:
        got = download(origin) if way == "raw" else fetch(origin, way, known)
    seconds, beside = time.perf_counter() - started, stop_watching()
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {
        "seconds": seconds,
        "cpu": time.process_time() - worked + others.ru_utime + others.ru_stime,
        "megabytes": own.ru_maxrss / 1024 + beside,
        "got": got,
    }
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


def compare_raw(users: int, runs: int) -> None:
    """Compare with downloading the same bytes and throwing them away."""
    with serving(users) as (origin, ids):
        found = measure(["raw", "httpx", "off"], origin, ids, runs)
    show(f"{users} users", found)
    report("to Parquet, times a bare download by httpx", found["off"][0] / found["httpx"][0], TIMES, at_most=True)
    report("to Parquet, times one by http.client", found["off"][0] / found["raw"][0], TIMES, at_most=True)


def compare_dlt(users: int, runs: int) -> None:
    """Compare with dlt's REST source, which only counts its records."""
    if not PEER.exists():
        print("dlt is not measured: .venv-bench is missing; `make bench` makes it")
        return
    with serving(users) as (origin, ids):
        found = measure(["off", "dlt"], origin, ids, runs)
    show(f"{users} users", found)
    report("faster than dlt's REST source, times", found["dlt"][0] / found["off"][0], TIMES, at_most=False)


def compare_memory(users: int, runs: int) -> None:
    """Compare the highest peak with that of a tenth of the users."""
    peaks = []
    for size in (users, users // 10):
        with serving(size) as (origin, ids):
            found = measure(["off"], origin, ids, runs)
        show(f"{size} users", found)
        peaks.append(found["off"][2])
    report("peak memory, MB", peaks[0], MEGABYTES, at_most=True)
    report("peak memory, times that of a tenth", peaks[0] / peaks[1], MEMORY_GROWTH, at_most=True)


def compare_latency(users: int, runs: int) -> None:
    """Compare the ways of reading where each page takes its time to begin."""
    with serving(users, LATENCY) as (origin, ids):
        found = measure(["off", "ranges"], origin, ids, runs)
    show(f"{LATENCY * 1000:.0f} ms a page", found)
    report("ranges at 200 ms, times one walk", found["off"][0] / found["ranges"][0], TIMES, at_most=False)


def show(title: str, found: dict[str, Figures]) -> None:
    """Print what each way took."""
    for way, (seconds, cpu, megabytes) in found.items():
        print(f"{title:<20} {way:<8} {seconds:8.2f} s {cpu:8.2f} s of processor {megabytes:8.0f} MB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=COMPARISONS, action="append", help="one comparison; all where not given")
    parser.add_argument("--child")
    parser.add_argument("--origin", default="")
    parser.add_argument("--ids", default="")
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child, arguments.origin, arguments.ids)
        return
    comparisons = {"raw": compare_raw, "dlt": compare_dlt, "memory": compare_memory, "latency": compare_latency}
    for name in arguments.only or COMPARISONS:
        comparisons[name](arguments.users, arguments.runs)


if __name__ == "__main__":
    main()
