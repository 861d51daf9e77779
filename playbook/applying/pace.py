"""How fast, how long, and when to stop: pause and stop files, a throttle, a limit on failures, and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playbook.applying.result import Result

STOP_FILE, TOO_MUCH_DRIFT = "stop_file", "too_much_drift"
"""Why work ended: somebody has put a stop file, or too many accounts have changed."""

WAIT_SECONDS = 1.0
"""How long to wait before looking at a pause file or a throttle again."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an apply is.

    Attributes:
        done: Actions done so far, earlier runs included.
        rate: Actions a second of this run.
        seconds_left: At this rate; 0 where nothing is left, infinite before the first action.
    """

    done: int
    failed: int
    total: int
    rate: float
    seconds_left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The rules that an apply keeps between two transactions.

    Attributes:
        pause_file: While this file exists nothing is begun.
        stop_file: When this file exists the work ends after the current transaction.
        is_busy: Says whether the application is too busy now; asked before every transaction.
        batch: Links in one transaction.
        max_rows: Rows that one group may give away: all of them are locked until its transaction ends. A group with
            more is refused by name; it is for `fold = "alias"`, or for a quiet hour with a higher limit. It is not
            moved in pieces: between two of them everybody would see one person's rows under two accounts.
        max_failed_share: The part of the actions that may be refused before the work stops.
        min_actions: How many actions must have been tried before that share counts.
        max_failed: How many refusals stop the work whatever their share.
        on_drift: `stop` where too many changed accounts end the work, `skip` where each is only left out.
        max_drifted_share: The part of the plan's actions whose accounts may have changed since.
        max_drifted: How many changed accounts end the work whatever their share.
        tries: How often a transaction is tried that had to wait for others.
        sleep: Waits so many seconds.
        clock: Seconds that only grow.
    """

    pause_file: Path | None = None
    stop_file: Path | None = None
    is_busy: Callable[[], bool] | None = None
    batch: int = 5_000
    max_rows: int = 2_000
    max_failed_share: float = 0.05
    min_actions: int = 20
    max_failed: int = 1_000
    on_drift: str = "stop"
    max_drifted_share: float = 0.01
    max_drifted: int = 20
    tries: int = 5
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def wait_for_leave(self, stay: Callable[[], None]) -> str:
        """Wait while paused or busy; return why to stop, or nothing to go on.

        Args:
            stay: Keeps what must not be lost meanwhile.
        """
        while not self.may_begin():
            if self._is_to_stop:
                return STOP_FILE
            self.sleep(WAIT_SECONDS)
            stay()
        return ""

    def may_begin(self) -> bool:
        """Say whether nothing keeps the next transaction from beginning now."""
        is_paused = self.pause_file is not None and self.pause_file.exists()
        return not self._is_to_stop and not is_paused and not (self.is_busy and self.is_busy())

    @property
    def _is_to_stop(self) -> bool:
        return self.stop_file is not None and self.stop_file.exists()

    def why_stop(self, result: Result) -> str:
        """Return why what was refused so far ends the work, or nothing to go on."""
        if self.is_too_much_drift(result.drifted, result.total):
            return TOO_MUCH_DRIFT
        return "too_many_failures" if self._has_failed_too_often(result) else ""

    def is_too_much_drift(self, drifted: int, total: int) -> bool:
        """Say whether so many accounts have changed that the plan is about another state of the application."""
        return self.on_drift == "stop" and drifted > min(self.max_drifted, self.max_drifted_share * total)

    def _has_failed_too_often(self, result: Result) -> bool:
        """Say whether so many actions were refused, drift apart, that something is wrong with plan or database."""
        tried, failed = result.done + result.failed, result.failed - result.drifted
        is_large_share = tried >= self.min_actions and failed > self.max_failed_share * tried
        return is_large_share or failed > self.max_failed

    def progress(self, result: Result, started: float) -> Progress:
        """Return how far the work is."""
        seconds = self.clock() - started
        rate = (result.done + result.failed) / seconds if seconds > 0 else 0.0
        left = result.total - result.already - result.done - result.failed
        seconds_left = left / rate if rate > 0 else float("inf") if left else 0.0
        return Progress(result.already + result.done, result.failed, result.total, rate, seconds_left)
