"""A harness that kills an apply at a chosen moment, for real, and looks at what is left.

The child is a fork of the test with everything imported already, so that a kill costs a fraction of a second. It opens
its own connections and is ended with SIGKILL: before its n-th statement or commit, or after a stretch of time.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text

from playbook.accounts.source import open_source
from playbook.applying.undo import plan_undo
from playbook.errors import PlaybookError
from playbook.merging.plan import Plan
from tests.applying.vendor import NOW, Vendor, build_vendor, dump

CATALOGUE = re.compile(r"\s*(PRAGMA|SHOW|DESCRIBE)|.*(pg_catalog|sqlite_master|sqlite_temp_master)", re.DOTALL)
"""Statements that only look at the schema: nothing can be half done at them."""


@dataclass(frozen=True)
class Rehearsal:
    """A vendor's database, its plan, and what it looks like before and after an apply that nobody disturbs."""

    vendor: Vendor
    plan: Plan
    before: dict[str, list[str]]
    after: dict[str, list[str]]
    boundaries: int

    @property
    def url(self) -> str:
        """The database."""
        return self.vendor.url


def rehearse(url: str, **way: Any) -> Rehearsal:
    """Build a vendor, apply its plan once without a kill, take it back, and forget that it happened."""
    vendor = build_vendor(url, **way)
    before = dump(url)
    plan = vendor.plan()
    with counting(vendor.source.engine) as count:
        vendor.apply(plan)
    after = dump(url)
    vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    forget(vendor)
    return Rehearsal(vendor, plan, before, after, count[0])


class counting:
    """Counts the boundaries that an engine passes while the block runs."""

    def __init__(self, engine: Engine, at: Callable[[int], None] = lambda number: None) -> None:
        self.engine, self.count, self.at = engine, [0], at

    def __enter__(self) -> list[int]:
        event.listen(self.engine, "before_cursor_execute", self._statement)
        event.listen(self.engine, "commit", self._boundary)
        return self.count

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._statement)
        event.remove(self.engine, "commit", self._boundary)

    def _statement(self, _c: object, _k: object, statement: str, *_rest: object) -> None:
        if not CATALOGUE.match(statement):
            self._boundary(None)

    def _boundary(self, _connection: object) -> None:
        self.count[0] += 1
        self.at(self.count[0])


def kill_at(rehearsal: Rehearsal, plan: Plan, number: int, **options: Any) -> None:
    """Apply a plan in a child that dies before its n-th statement or commit."""
    _in_child(rehearsal, plan, die_at(number), **options)


def kill_after(rehearsal: Rehearsal, plan: Plan, seconds: float) -> None:
    """Apply a plan in a child that is killed from outside after a stretch of time."""
    _in_child(rehearsal, plan, lambda n: None, seconds)


def _in_child(
    rehearsal: Rehearsal, plan: Plan, at: Callable[[int], None], seconds: float = 0.0, **options: Any
) -> None:
    child_does(rehearsal.vendor, lambda vendor: vendor.apply(plan, **options), at, seconds)


def child_does(vendor: Vendor, work: Callable[[Vendor], object], at: Callable[[int], None], seconds: float = 0) -> None:
    """Let a child do something with connections of its own; `at` is called before each statement and commit."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            source = open_source(vendor.source.accounts, vendor.url, base=Path("/"))
            again = Vendor(vendor.url, source, vendor.merge, vendor.persons)
            with counting(source.engine, at):
                work(again)
        os._exit(0)
    if seconds:
        time.sleep(seconds)  # the moment is what is being tested: there is no clock to inject
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def die_at(number: int) -> Callable[[int], None]:
    """Return what ends the process before its n-th statement or commit."""
    return lambda n: os.kill(os.getpid(), signal.SIGKILL) if n == number else None


def resume(rehearsal: Rehearsal, plan: Plan) -> int:
    """Give the same command again, and return how many actions it refused.

    The dead child's server session may need a moment to let go of the lock.
    """
    return rehearsal.vendor.apply_patiently(plan)


def problems_after_kill(rehearsal: Rehearsal, *, number: int = 0, seconds: float = 0.0) -> Iterator[str]:
    """Kill, resume, verify, undo, and yield everything that is not as if nobody had been killed."""
    try:
        if number:
            kill_at(rehearsal, rehearsal.plan, number)
        else:
            kill_after(rehearsal, rehearsal.plan, seconds)
        if resume(rehearsal, rehearsal.plan):
            yield "the resumed run refused actions"
        yield from (str(fault) for fault in rehearsal.vendor.verify(rehearsal.plan))
        if dump(rehearsal.url) != rehearsal.after:
            yield "resumed is not as uninterrupted"
        undo = plan_undo(rehearsal.plan, rehearsal.vendor.source, made_at=NOW)
        if rehearsal.vendor.apply(undo).kept:
            yield "the undo left something"
    except PlaybookError as error:
        yield f"{error.code}: {error}"
    if dump(rehearsal.url) != rehearsal.before:
        yield "undone is not the start"
    forget(rehearsal.vendor)


def rehearse_undo(rehearsal: Rehearsal) -> int:
    """Return how many boundaries an undo has that nobody disturbs."""
    rehearsal.vendor.apply(rehearsal.plan)
    undo = plan_undo(rehearsal.plan, rehearsal.vendor.source, made_at=NOW)
    with counting(rehearsal.vendor.source.engine) as count:
        rehearsal.vendor.apply(undo)
    forget(rehearsal.vendor)
    return count[0]


def problems_after_killed_undo(rehearsal: Rehearsal, *, number: int) -> Iterator[str]:
    """Apply, kill the undo, give it again, and yield everything that is not the start."""
    rehearsal.vendor.apply(rehearsal.plan)
    undo = plan_undo(rehearsal.plan, rehearsal.vendor.source, made_at=NOW)
    kill_at(rehearsal, undo, number)
    resume(rehearsal, undo)
    if dump(rehearsal.url) != rehearsal.before:
        yield "undone is not the start"
    forget(rehearsal.vendor)


def forget(vendor: Vendor) -> None:
    """Drop the playbook's own tables, so that the same plan can be applied from the beginning."""
    engine = create_engine(vendor.url)
    with engine.begin() as connection:
        for table in inspect(connection).get_table_names():
            if table.startswith("playbook_"):
                connection.execute(text(f"DROP TABLE {table}"))
        if engine.dialect.name == "mysql":
            # InnoDB remembers every column that was added and dropped at once; after some thirty rounds of it a row
            # would be too large (error 1118). Nobody applies and undoes thirty times, but this harness does.
            connection.execute(text(f"ALTER TABLE {vendor.source.accounts.table} FORCE, ALGORITHM=COPY"))
    engine.dispose()
