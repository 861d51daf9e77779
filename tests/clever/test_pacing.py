"""One token's requests stay below its allowance, whoever sends them."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from pathlib import Path

from playbook.clever.pacing import ALLOWED, WINDOW_SECONDS, Pace, pace_file
from playbook.settings import Secret
from tests.clever.virtual_time import VirtualTime

CLEVERS_LIMIT = 1200


def test_ten_minutes_of_full_speed_never_meet_the_limit(tmp_path: Path) -> None:
    """Whatever the moment at which Clever's window starts, no window holds more than it allows."""
    time = VirtualTime(1_790_000_013.5)
    pace = Pace(tmp_path / "pace", time.clock)
    departures = []
    while time.now < 1_790_000_013.5 + 600:
        time.now += pace.reserve()
        departures.append(time.now)
        time.now += 0.001

    for offset in range(0, 60, 7):
        windows = Counter((departure + offset) // 60 for departure in departures)
        assert max(windows.values()) <= ALLOWED < CLEVERS_LIMIT
    assert len(departures) > 10 * ALLOWED - 1


def _depart(path: Path, count: int, queue: multiprocessing.Queue[list[float]]) -> None:
    pace = Pace(path, lambda: 1000.0, allowed=50)
    queue.put([pace.reserve() for _ in range(count)])


def test_processes_with_one_token_share_its_allowance(tmp_path: Path) -> None:
    """Four processes that ask at the same moment get departures as if they were one."""
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[list[float]] = context.Queue()
    processes = [context.Process(target=_depart, args=(tmp_path / "pace", 50, queue)) for _ in range(4)]
    for process in processes:
        process.start()
    waits = sorted(wait for _ in processes for wait in queue.get())
    for process in processes:
        process.join()

    assert waits == [n * WINDOW_SECONDS for n in range(4) for _ in range(50)]


def test_a_hold_stops_every_process_until_the_reset(tmp_path: Path) -> None:
    """After a 429 nobody sends before the moment that Clever named."""
    time = VirtualTime(1000.0)
    one, other = Pace(tmp_path / "pace", time.clock), Pace(tmp_path / "pace", time.clock)
    one.hold(1030.0)

    assert one.reserve() == other.reserve() == 30.0


def test_a_clock_that_was_set_back_stops_nobody(tmp_path: Path) -> None:
    """Departures that lie far ahead were written under another clock."""
    time = VirtualTime(1_000_000.0)
    pace = Pace(tmp_path / "pace", time.clock, allowed=2)
    pace.hold(1_000_060.0)
    for _ in range(4):
        pace.reserve()
    time.now = 1000.0

    assert pace.reserve() == 0.0


def test_the_file_of_a_token_does_not_give_it_away(tmp_path: Path) -> None:
    """Its name is a hash, and only its owner may read it."""
    token = Secret("canary-token")
    path = pace_file("https://api.clever.com", "canary-token", tmp_path / "pace")
    Pace(path, lambda: 0.0).reserve()

    assert "canary" not in path.name
    assert path != pace_file("https://api.clever.com", "another", tmp_path / "pace")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert "canary" not in repr(token)
