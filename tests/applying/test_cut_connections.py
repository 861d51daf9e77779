"""A connection that is cut, a client that is stopped or told to stop: nothing is done twice, nothing stays locked."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from playbook.accounts.source import DatabaseSource, open_source
from playbook.applying.pace import Pace
from playbook.applying.undo import plan_undo
from playbook.merging.plan import Plan, seal_plan
from tests.applying.kills import counting
from tests.applying.lines import through_a_line
from tests.applying.schemas import PATIENT, engine_of
from tests.applying.vendor import NOW, Vendor, build_vendor, dump

CUTS = int(os.environ.get("TESTS_CUTS", "12"))
"""Cuts a server; 25 make 50."""

LAST = 8
"""Messages at the end of a run, each of whose answers is lost once."""

INTERRUPTS = 10
BRIEFLY = Pace(sleep=lambda seconds: time.sleep(min(seconds, 0.05)))
"""What is waited for is a server that notices: there is no clock to inject."""


def plans(plan: Plan) -> Iterator[Plan]:
    """Yield the same plan again and again, each under a hash of its own."""
    for number in range(10_000):
        yield seal_plan(replace(plan.header, snapshot_root=f"s{number}"), plan.rows)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Exception ignored in")  # a driver's cursor that outlives its line
@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_a_line_that_is_cut_anywhere_does_nothing_twice(request: pytest.FixtureRequest, engine: str) -> None:
    """Before a message arrives, or after it was obeyed and before the answer, commits among them: the same command
    opens the line again, asks the journal, and ends as if nothing had been."""
    direct = build_vendor(request.getfixturevalue(f"{engine}_url"), persons=3)
    before, fresh = dump(direct.url), plans(direct.plan())
    with through_a_line(direct) as (vendor, line):
        line.arm(0, answer_only=False)
        reference = next(fresh)
        vendor.apply(reference)
        messages, after = line.sent, dump(direct.url)
        direct.apply(plan_undo(reference, direct.source, made_at=NOW))
        for number in range(CUTS):
            plan = next(fresh)
            line.arm(2 + number * (messages - 2) // CUTS, answer_only=bool(number % 2))
            result = vendor.apply(plan, pace=BRIEFLY)
            line.arm(0, answer_only=False)
            assert (result.failed, result.already + result.done) == (0, result.total), number
            assert (direct.verify(plan), dump(direct.url)) == ((), after), number
            direct.apply(plan_undo(plan, direct.source, made_at=NOW))
    assert dump(direct.url) == before


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Exception ignored in")  # a driver's cursor that outlives its line
@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_a_line_that_is_cut_at_the_end_ends_as_if_it_had_held(request: pytest.FixtureRequest, engine: str) -> None:
    """The run may be closed already when the answer to its last commit is lost; the same for the undo."""
    direct = build_vendor(request.getfixturevalue(f"{engine}_url"), persons=3)
    before, fresh = dump(direct.url), plans(direct.plan())
    with through_a_line(direct) as (vendor, line):

        def count(step: Plan) -> int:
            """Carry out a step and return how many messages it took."""
            line.arm(0, answer_only=False)
            vendor.apply(step)
            return line.sent

        def lose(step: Plan, message: int) -> None:
            """Carry out a step while the answer to a message is lost."""
            line.arm(message, answer_only=True)
            result = vendor.apply(step, pace=BRIEFLY)
            line.arm(0, answer_only=False)
            assert (result.failed, result.already + result.done) == (0, result.total), message

        reference = next(fresh)
        applied = count(reference)
        undone = count(plan_undo(reference, direct.source, made_at=NOW))
        for back in range(LAST):
            plan = next(fresh)
            lose(plan, applied - back)
            assert direct.verify(plan) == (), back
            lose(plan_undo(plan, direct.source, made_at=NOW), undone - back)
            assert dump(direct.url) == before, back


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Exception ignored in")  # a driver's cursor that outlives its line
def test_a_refusal_before_a_cut_counts_once(postgres_url: str) -> None:
    """What was refused before the line was cut is tried again, and is told once."""
    direct = build_vendor(postgres_url, persons=6)
    fresh, patient = plans(direct.plan()), replace(PATIENT, sleep=BRIEFLY.sleep)
    with direct.source.engine.begin() as connection:
        connection.execute(text("UPDATE users SET email = 'new' WHERE id = 50"))
    with through_a_line(direct) as (vendor, line):
        messages = 0
        for number in range(CUTS + 1):  # the first time nothing is cut
            plan = next(fresh)
            line.arm(messages * number // CUTS, answer_only=True)
            result = vendor.apply(plan, pace=patient)
            messages = messages or line.sent
            line.arm(0, answer_only=False)
            assert (result.failed, len(result.refusals)) == (1, 1), number
            direct.apply(plan_undo(plan, direct.source, made_at=NOW))


def in_child(vendor: Vendor, plan: Plan, at: Callable[[int], None]) -> int:
    """Apply a plan in a child, and return its number.

    It ends with 130 where it was interrupted, with 1 where an action was refused, else with 0.
    """
    child = os.fork()
    if child:
        return child
    code = 99
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests may run where it is ignored
    try:
        source = open_source(vendor.source.accounts, vendor.url, base=Path("/"))
        assert isinstance(source, DatabaseSource)
        with counting(source.engine, at):
            code = int(replace(vendor, source=source).apply(plan).failed > 0)
    except KeyboardInterrupt:
        code = 130
    finally:
        os._exit(code)


def ours(vendor: Vendor) -> int:
    """Return how many sessions of the database are not the one that asks."""
    query = {
        "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()",
        "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
    }[engine_of(vendor.url)]
    engine = create_engine(vendor.url)
    with engine.connect() as connection:
        count = int(connection.scalar(text(query)) or 0)
    engine.dispose()
    return count


@pytest.mark.parametrize("engine", ["postgres", "mariadb"])
def test_a_killed_client_leaves_no_session_behind(request: pytest.FixtureRequest, engine: str) -> None:
    """Whatever it held is let go within five seconds: no lock, no open transaction, no temporary table."""
    vendor = build_vendor(request.getfixturevalue(f"{engine}_url"))
    plan = vendor.plan()
    vendor.source.engine.dispose()
    for number in (20, 50, 70):
        child = in_child(vendor, plan, partial(kill_at, number))
        os.waitpid(child, 0)
        killed = time.monotonic()
        while ours(vendor):
            assert time.monotonic() - killed < 5
            time.sleep(0.01)  # a server that notices that its client is gone
    assert vendor.apply_patiently(plan) == 0
    assert vendor.verify(plan) == ()


def kill_at(wanted: int, number: int) -> None:
    """Die, where this is the boundary to die at."""
    if number == wanted:
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_a_client_that_sleeps_within_a_transaction_is_left(postgres_url: str, mariadb_url: str) -> None:
    """A suspended machine keeps its rows locked for five seconds, no longer; awake again it goes on by itself."""
    vendors = [build_vendor(url) for url in (postgres_url, mariadb_url)]
    asleep = []
    for vendor in vendors:
        plan, moves = vendor.plan(), [0]

        def sleep_in_a_group(_number: int, moves: list[int] = moves) -> None:
            moves[0] += 1
            if moves[0] == 75:
                os.kill(os.getpid(), signal.SIGSTOP)

        asleep.append((vendor, plan, in_child(vendor, plan, sleep_in_a_group)))
    for vendor, plan, child in asleep:
        os.waitpid(child, os.WUNTRACED)
        began = time.monotonic()
        engine = create_engine(vendor.url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE users SET score = score"))
        engine.dispose()
        assert time.monotonic() - began < 7
        os.kill(child, signal.SIGCONT)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert vendor.apply_patiently(plan) == 0
        assert vendor.verify(plan) == ()


def test_an_interrupted_run_ends_tidily(database_url: str) -> None:
    """Ctrl-C at any moment is an interrupt and nothing else: what was begun is rolled back, the lock is let go."""
    vendor = build_vendor(database_url, persons=9)
    before, fresh = dump(database_url), plans(vendor.plan())
    ends = set()
    for number in range(INTERRUPTS):
        plan = next(fresh)
        child = in_child(vendor, plan, lambda _: None)
        time.sleep(0.02 + 0.02 * number)  # the moment is what is being tested
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGINT)
        ends.add(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        assert vendor.apply_patiently(plan) == 0
        assert vendor.verify(plan) == ()
        vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
        assert dump(database_url) == before
    assert 130 in ends
    assert ends <= {0, 130}
