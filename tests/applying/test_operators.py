"""Two people at once, a busy database, a slow day: one waits or is refused, and nothing happens twice."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text

from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.pace import Pace, Progress
from playbook.applying.undo import plan_undo
from playbook.errors import AnswerIsNo, DatabaseError
from playbook.merging.plan import Plan, seal_plan
from tests.applying.schemas import PATIENT
from tests.applying.vendor import NOW, Vendor, accounts_of, build_vendor, dump

RACES = int(os.environ.get("TESTS_RACES", "8"))
"""Races an engine."""

REFUSALS = {"locked", "already_applied", "lock_timeout"}


def again(vendor: Vendor) -> Vendor:
    """Return the vendor as another operator opens it."""
    source = open_source(vendor.source.accounts, vendor.url, base=Path("/"))
    assert isinstance(source, DatabaseSource)
    return replace(vendor, source=source)


def renamed(plan: Plan, name: str) -> Plan:
    """Return the same plan under another hash."""
    return seal_plan(replace(plan.header, snapshot_root=name), plan.rows)


def race(operators: list[tuple[Vendor, Plan]]) -> list[str]:
    """Let everybody apply a plan at the same moment; return what became of each."""
    ends, start = [""] * len(operators), threading.Barrier(len(operators))

    def operate(place: int, vendor: Vendor, plan: Plan) -> None:
        start.wait()
        try:
            ends[place] = f"done {vendor.apply(plan, pace=PATIENT).done}"
        except (AnswerIsNo, DatabaseError) as refused:
            ends[place] = refused.code

    threads = [threading.Thread(target=operate, args=(n, *who)) for n, who in enumerate(operators)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


@pytest.mark.slow
def test_two_operators_never_do_a_plan_twice(database_url: str) -> None:
    """Of two who apply the same plan, or two plans of the same day, each action is done by one; whoever comes second
    is refused with a code of his own, or finds nothing left to do."""
    first = build_vendor(database_url, persons=3)
    second, plan, before = again(first), first.plan(), dump(database_url)
    first.apply(plan)
    after = dump(database_url)
    first.apply(plan_undo(plan, first.source, made_at=NOW))
    for number in range(RACES):
        mine = renamed(plan, f"a{number}")
        his = renamed(plan, f"b{number}") if number % 2 else mine
        ends = race([(first, mine), (second, his)])
        assert any(end.startswith("done") for end in ends), ends
        assert {end for end in ends if not end.startswith("done")} <= REFUSALS, ends
        assert dump(database_url) == after
        for done in dict.fromkeys((his, mine)):
            take_back(first, done)
        assert dump(database_url) == before


def take_back(vendor: Vendor, plan: Plan) -> None:
    """Undo a plan, if it was applied at all; what stands belongs to whoever wrote it.

    MariaDB keeps what is left of a column that was added and taken away. After some forty times it refuses, and the
    same command goes on once the refusal's remedy was followed.
    """
    with suppress(AnswerIsNo):
        undo = plan_undo(plan, vendor.source, made_at=NOW)
        try:
            vendor.apply(undo, pace=PATIENT)
        except DatabaseError as refused:
            if refused.code != "row_too_large":
                raise
            with vendor.source.engine.begin() as connection:
                connection.execute(text("ALTER TABLE users FORCE"))
            vendor.apply(undo, pace=PATIENT)


def test_a_busy_application_is_left_alone_and_then_gone_on_with(sqlite_url: str) -> None:
    """While the throttle says busy, for a minute, nothing is begun; it is asked every second, before each
    transaction, and the work goes on by itself."""
    vendor = build_vendor(sqlite_url, persons=12)
    asked, waits, seen = [0], list[float](), list[int]()

    def is_busy() -> bool:
        asked[0] += 1
        return 3 < asked[0] <= 63

    def wait(seconds: float) -> None:
        waits.append(seconds)
        seen.append(len(dump(sqlite_url, also_ours=True)["playbook_journal"]))

    result = vendor.apply(vendor.plan(), pace=Pace(is_busy=is_busy, sleep=wait))
    assert (result.failed, result.done) == (0, result.total)
    assert (len(waits), max(waits), sum(waits)) == (60, 1.0, 60.0)
    assert len(set(seen)) == 1


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_a_clock_that_jumps_changes_nothing(sqlite_url: str, hours: int) -> None:
    """A day, or the hour of summer time, forward or back between plan, apply and undo: both are done, and an expiry
    is a moment, whatever the zone it is told in."""
    vendor = build_vendor(sqlite_url, persons=3)
    plan, before = vendor.plan(), dump(sqlite_url)
    moment = (NOW + timedelta(hours=hours)).astimezone(timezone(timedelta(hours=-7)))
    assert vendor.apply(plan, now=moment).failed == 0
    assert vendor.verify(plan) == ()
    assert vendor.apply(plan_undo(plan, vendor.source, made_at=NOW), now=moment).failed == 0
    assert dump(sqlite_url) == before
    expires = vendor.plan(made_at=NOW - timedelta(days=7))
    with pytest.raises(AnswerIsNo) as late:
        vendor.apply(expires, now=NOW.astimezone(timezone(timedelta(hours=-7))))
    assert late.value.code == "expired"


@pytest.mark.slow
def test_an_undo_keeps_a_hundred_later_edits(database_url: str) -> None:
    """Of rows that users have written since, each keeps what they wrote and is named; all other rows go back."""
    vendor = build_vendor(database_url, persons=72)
    plan, before = vendor.plan(), dump(database_url)
    vendor.apply(plan)
    losers = [account for person in range(3, 73, 3) for account in accounts_of(person)[:-1]]
    edited = [(account * 10 + number) for account in losers for number in range(3)][:EDITS]
    with vendor.source.engine.begin() as connection:
        for key in edited:
            connection.execute(text("UPDATE notes SET author_id = 40 WHERE id = :id"), {"id": key})
    undone = vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    assert sum(len(refusal.columns) for refusal in undone.kept) == len(edited) == EDITS
    assert {column for refusal in undone.kept for column in refusal.columns} == {"notes.author_id"}
    after = dump(database_url)
    assert {table: rows for table, rows in after.items() if table != "notes"} == {
        table: rows for table, rows in before.items() if table != "notes"
    }
    assert len(set(after["notes"]) - set(before["notes"])) == EDITS
    assert all(", 40, " in row for row in set(after["notes"]) - set(before["notes"]))


EDITS = 100


@pytest.mark.parametrize("seen", [1, 7, 12])
def test_a_screen_that_dies_loses_nothing(sqlite_url: str, seen: int) -> None:
    """What is committed stays when showing the progress fails; the same command does the rest."""
    vendor, told = build_vendor(sqlite_url, persons=24), [0]
    plan = vendor.plan()

    def show(_progress: Progress) -> None:
        told[0] += 1
        if told[0] == seen:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        vendor.apply(plan, progress=show, pace=Pace(batch=4))
    rest = vendor.apply(plan, pace=Pace(batch=4))
    assert (rest.failed, rest.already + rest.done, rest.already > 0) == (0, rest.total, True)
    assert vendor.verify(plan) == ()


def test_every_journal_row_is_sealed(database_url: str) -> None:
    """Each row of the journal and of the chain, deleted or edited by itself, is reported; put back, nothing is. On a
    server every eighth is tried."""
    vendor = build_vendor(database_url, persons=3)
    plan = vendor.plan()
    vendor.apply(plan)
    places = _journal(vendor, "SELECT run, position, part FROM playbook_journal")
    assert len(places) > 12
    step = 1 if vendor.source.engine.dialect.name == "sqlite" else 8  # a server's answers take longer
    for run, position, part in places[::step]:
        where = f"WHERE run = {run} AND position = {position} AND part = {part}"
        assert _is_reported(vendor, plan, f"UPDATE playbook_journal SET table_name = 'x' {where}")
        assert _is_reported(vendor, plan, f"DELETE FROM playbook_journal {where}")
    for run, entry in _journal(vendor, "SELECT run, entry FROM playbook_chain")[::step]:
        where = f"WHERE run = {run} AND entry = {entry}"
        assert _is_reported(vendor, plan, f"UPDATE playbook_chain SET body = '{{}}' {where}")
        assert _is_reported(vendor, plan, f"DELETE FROM playbook_chain {where}")
    assert vendor.verify(plan) == ()


def _journal(vendor: Vendor, query: str) -> list[tuple[int, ...]]:
    with vendor.source.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _is_reported(vendor: Vendor, plan: Plan, tampering: str) -> bool:
    """Tamper, ask verify, and put back what was there."""
    table = "playbook_chain" if "playbook_chain" in tampering else "playbook_journal"
    with vendor.source.engine.begin() as connection:
        kept = [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]
        connection.execute(text(tampering))
    found = {fault.where for fault in vendor.verify(plan)}
    with vendor.source.engine.begin() as connection:
        connection.execute(text(f"DELETE FROM {table}"))
        columns = ", ".join(kept[0])
        values = ", ".join(f":{name}" for name in kept[0])
        connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), kept)
    return "playbook_chain" in found
