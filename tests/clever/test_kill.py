"""A fetch that is killed at any moment goes on where it stopped, and ends with the same bytes."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from playbook.clever.manifest import MANIFEST, read_manifest
from playbook.clever.ranges import SIDE_BY_SIDE
from playbook.clever.snapshot import read_snapshot
from playbook.clever.snapshot_tables import TABLES
from tests.clever.faulty_server import faulty_server
from tests.clever.small_district import SmallDistrict

KILLS = 100
AGAIN = {"off": 10, "ranges": 7 + 3 + 2 * SIDE_BY_SIDE}
"""What a run may ask a second time: seven questions about the district, three for the probe, and pages on their way."""

FETCHER = """
import os, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path
from playbook.clever import ranges
from playbook.clever.client import Clever
from playbook.clever.snapshot import fetch_snapshot
from playbook.settings import Secret

ranges.PAGE_LIMIT = 10  # a stretch is worth while from a page of users on; a page is small here
origin, base, known_ids = sys.argv[1], Path(sys.argv[2]), sys.argv[3].split(",")
for number, line in enumerate(sys.stdin):
    name, parallel, moment = line.split()
    child = os.fork()
    if child == 0:
        with Clever(origin, Secret(f"token-{number}"), pace_directory=base / "pace") as clever:
            now = datetime(2026, 8, 3, 6, tzinfo=UTC)
            fetch_snapshot(clever, base / name, now=now, parallel=parallel, known_ids=known_ids)
        os._exit(0)
    if float(moment):
        time.sleep(float(moment))
        os.kill(child, signal.SIGKILL)  # not yet waited for, so the id is still the child's
    print(os.waitpid(child, 0)[1], flush=True)
"""


class Fetcher:
    """A process with everything imported, which forks a child for each fetch."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, name: str, parallel: str = "off", *, killed_after: float = 0.0) -> bool:
        """Fetch into a directory, killed after so many seconds if any; say whether the fetch came to its end."""
        assert self._process.stdin
        self._process.stdin.write(f"{name} {parallel} {killed_after}\n")
        self._process.stdin.flush()
        status = int(self._line())
        assert status in (0, signal.SIGKILL)
        return status == 0

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@contextmanager
def fetcher(origin: str, base: Path, district: SmallDistrict) -> Iterator[Fetcher]:
    """Run a fetcher until the block ends; it knows every third id of the district."""
    known_ids = ",".join(user["id"] for user in district.lists["users"][::3])
    command = [sys.executable, "-c", FETCHER, origin, str(base), known_ids]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Fetcher(process)


def _tables(directory: Path) -> dict[str, bytes]:
    read_snapshot(directory)
    return {name: (directory / f"{name}.parquet").read_bytes() for name in TABLES}


def _parallel(directory: Path) -> str:
    return read_manifest(directory / MANIFEST).parallel


def _seconds(fetching: Fetcher, name: str, parallel: str) -> float:
    started = time.monotonic()
    fetching.run(name, parallel)
    return time.monotonic() - started


def _is_published(directory: Path) -> bool:
    return (directory / MANIFEST).exists() and not (directory / ".partial").exists()


@pytest.mark.parametrize("ways", [("off", "off", "roles"), ("ranges",)], ids=["one walk and by role", "ranges"])
def test_a_fetch_killed_at_a_hundred_moments_gives_the_same_bytes(ways: tuple[str, ...], tmp_path: Path) -> None:
    """Runs are killed at random moments and run again until each fetch ends; what was kept is not asked for again."""
    district = SmallDistrict(240, largest_page=12)
    moments = random.Random(4711)
    kills, fetches = 0, 0
    with faulty_server(district.answer) as server, fetcher(server.origin, tmp_path, district) as fetching:
        fetching.run("whole")
        before = len(server.requests)
        takes = min(_seconds(fetching, f"again-{number}", ways[0]) for number in range(3))
        expected, asked = _tables(tmp_path / "whole"), (len(server.requests) - before) / 3

        while kills < KILLS:
            name, killed_here, before = f"fetch-{fetches}", 0, len(server.requests)
            parallel = ways[fetches % len(ways)]
            while not fetching.run(name, parallel, killed_after=moments.uniform(0.001, takes)):
                killed_here += 1
                if _is_published(tmp_path / name):
                    break
            kills, fetches = kills + killed_here, fetches + 1
            assert _tables(tmp_path / name) == expected
            assert _parallel(tmp_path / name) == parallel
            if parallel == ways[0]:
                assert len(server.requests) - before <= asked + killed_here * AGAIN[parallel]

    assert fetches > 1
