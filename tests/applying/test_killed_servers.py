"""A database server that dies in the middle: what it had committed stands, and the same command does the rest."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest

from playbook.applying.pace import Pace
from playbook.applying.undo import plan_undo
from playbook.errors import DatabaseError
from playbook.merging.plan import Plan
from tests.applying.kills import Rehearsal, counting, forget, rehearse
from tests.applying.servers import Server, make_database, start_server
from tests.applying.vendor import NOW, Vendor, dump

SERVER_KILLS = int(os.environ.get("TESTS_SERVER_KILLS", "6"))
"""Kills a server."""

AT_ONCE = Pace(sleep=lambda _: None)


@pytest.fixture(params=["postgres", "mariadb"])
def own_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of each kind that nobody else uses."""
    if request.param == "mariadb":
        request.getfixturevalue("mariadb_server")  # which says so where it is not installed
    server = start_server(request.param)
    yield server
    server.remove()


def problems_after_killed_server(
    rehearsal: Rehearsal, server: Server, moment: int, *, is_back_at_once: bool
) -> Iterator[str]:
    """Kill the server before the n-th statement or commit, and yield everything that is not as if it had lived."""
    vendor, plan = rehearsal.vendor, rehearsal.plan

    def die(number: int) -> None:
        if number == moment:
            server.end()
            if is_back_at_once:
                server.start()

    with counting(vendor.source.engine, die):
        refusal = refused(vendor, plan)
    if refusal != ("" if is_back_at_once else "unreachable"):
        yield f"refused: {refusal}"
    if not is_back_at_once:
        server.start()
        if not {fault.where for fault in vendor.verify(plan)} <= {"plan"}:
            yield "something is half done"
        if vendor.apply_patiently(plan):
            yield "the resumed run refused actions"
    yield from (str(fault) for fault in vendor.verify(plan))
    if dump(rehearsal.url) != rehearsal.after:
        yield "resumed is not as uninterrupted"
    vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    if dump(rehearsal.url) != rehearsal.before:
        yield "undone is not the start"
    forget(vendor)


def refused(vendor: Vendor, plan: Plan) -> str:
    """Apply a plan; return the code with which it ended, or nothing where all is done."""
    try:
        return "failed" if vendor.apply(plan, pace=AT_ONCE).failed else ""
    except DatabaseError as error:
        return error.code


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Exception ignored in")  # a driver's socket that outlives its server
def test_a_killed_server_has_done_all_of_a_group_or_nothing(own_server: Server) -> None:
    """Killed before a statement or commit, and back at once or only later: the apply goes on by itself, or ends with
    the refusal that the server does not answer and goes on when it is given again. Both end as if nothing had been."""
    rehearsal = rehearse(make_database(own_server), persons=6)
    problems = {}
    for kill in range(SERVER_KILLS):
        moment = 12 + kill * (rehearsal.boundaries - 14) // SERVER_KILLS
        if found := [*problems_after_killed_server(rehearsal, own_server, moment, is_back_at_once=kill % 2 == 0)]:
            problems[moment] = found
    rehearsal.vendor.source.engine.dispose()
    gc.collect()
    assert problems == {}
