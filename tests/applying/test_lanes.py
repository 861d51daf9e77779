"""On PostgreSQL two connections write batches of links side by side, and whatever ends them leaves a beginning."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text

from playbook.applying import linking, links, session
from playbook.applying.lanes import open_lanes
from playbook.applying.lock import district_lock
from playbook.applying.pace import Pace
from playbook.applying.session import helping, writing
from playbook.applying.undo import plan_undo
from playbook.errors import AnswerIsNo
from playbook.merging.plan import Plan
from tests.applying.kills import Rehearsal, counting, forget, kill_at, rehearse
from tests.applying.schemas import PATIENT, vendor_with
from tests.applying.test_cut_connections import BRIEFLY, CUTS, plans, through_a_line
from tests.applying.vendor import DISTRICT, NOW, Vendor, build_vendor, dump

PERSONS = 12
WRITES = ("WITH written", "UPDATE authentication_options")
IN_PAIRS = Pace(batch=2)
"""Several batches of a few links."""


@pytest.fixture
def rehearsal(postgres_url: str) -> Rehearsal:
    """A vendor whose links make three batches."""
    return rehearse(postgres_url, persons=PERSONS, fold="alias")


def ask(vendor: Vendor, query: str) -> list[tuple[Any, ...]]:
    """Return what a query finds."""
    with vendor.source.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def batches_of(plan: Plan) -> list[list[int]]:
    """Return the positions of each batch of links."""
    rows = plan.rows
    single = rows.loc[(rows["kind"].isin(["link", "unlink"])) & links.is_bulk(plan), "position"].to_list()
    return [single[start : start + 2] for start in range(0, len(single), 2)]


def problems_of_order(vendor: Vendor, plan: Plan) -> Iterator[str]:
    """Yield what shows that a batch was committed before the one before it, or without its entry of the chain."""
    if not ask(vendor, "SELECT 1 FROM pg_tables WHERE tablename = 'playbook_chain'"):
        return
    of_plan = f"WHERE run = (SELECT run FROM playbook_runs WHERE plan = '{plan.sha256}')"
    done = {position for (position,) in ask(vendor, f"SELECT position FROM playbook_journal {of_plan}")}
    is_there = [done.issuperset(batch) for batch in batches_of(plan)]
    if any(later and not earlier for earlier, later in pairwise(is_there)):
        yield "a batch is there and the one before it is not"
    entries = ask(vendor, f"SELECT entry, event, body FROM playbook_chain {of_plan} ORDER BY entry")
    if [entry for entry, _, _ in entries] != list(range(1, len(entries) + 1)):
        yield "an entry of the chain is missing"
    sealed = sum(json.loads(body)["actions"] for _, event, body in entries if event == "links")
    if sealed != sum(len(done.intersection(batch)) for batch in batches_of(plan)):
        yield "what is linked is not what is sealed"


def problems_after_kills(rehearsal: Rehearsal, *, undoes: bool, step: int = 1) -> Iterator[str]:
    """Kill before every statement and commit of the batches, resume, and yield all that is wrong."""
    vendor = rehearsal.vendor
    boundaries = boundaries_of_batches(rehearsal, undoes=undoes)
    if len(boundaries) < 3 * len(batches_of(rehearsal.plan)):
        yield "there are fewer boundaries than batches have"
    middle = (boundaries.start + boundaries.stop) // 2  # where both connections write
    for number in sorted(boundaries[::step], key=lambda number: abs(number - middle)):
        plan = begin(rehearsal, undoes=undoes)
        kill_at(rehearsal, plan, number, pace=IN_PAIRS)
        yield from problems_of_order(vendor, plan)
        vendor.apply_patiently(plan, IN_PAIRS)
        if not undoes:
            yield from (str(fault) for fault in vendor.verify(plan))
            if dump(rehearsal.url) != rehearsal.after:
                yield "resumed is not as uninterrupted"
            vendor.apply(plan_undo(plan, vendor.source, made_at=NOW), pace=IN_PAIRS)
        if dump(rehearsal.url) != rehearsal.before:
            yield "undone is not the start"
        forget(vendor)


def begin(rehearsal: Rehearsal, *, undoes: bool) -> Plan:
    """Return the plan, or apply it and return its undo."""
    if not undoes:
        return rehearsal.plan
    rehearsal.vendor.apply(rehearsal.plan)
    return plan_undo(rehearsal.plan, rehearsal.vendor.source, made_at=NOW)


def boundaries_of_batches(rehearsal: Rehearsal, *, undoes: bool) -> range:
    """Return the boundaries from the first batch to the commit of the last of a run that nobody disturbs."""
    vendor, found = rehearsal.vendor, list[int]()
    plan = begin(rehearsal, undoes=undoes)
    with counting(vendor.source.engine) as count:

        def look(_c: object, _k: object, statement: str, *_rest: object) -> None:
            if statement.startswith(WRITES):
                found.append(count[0])

        event.listen(vendor.source.engine, "before_cursor_execute", look)
        vendor.apply(plan, pace=IN_PAIRS)
        event.remove(vendor.source.engine, "before_cursor_execute", look)
    if not undoes:
        vendor.apply(plan_undo(plan, vendor.source, made_at=NOW))
    forget(vendor)
    return range(found[0], found[-1] + 6)  # two entries and two commits may come after the last write


@pytest.mark.slow
@pytest.mark.parametrize("undoes", [False, True], ids=["apply", "undo"])
def test_a_kill_at_any_boundary_leaves_a_beginning(rehearsal: Rehearsal, undoes: bool) -> None:
    """Killed before each statement and each commit of the batches, on either connection: those that are there are the
    first ones, each with its entry; the same command does the rest."""
    assert [*problems_after_kills(rehearsal, undoes=undoes)] == []


@pytest.mark.slow
def test_a_kill_among_replaced_credentials_leaves_a_beginning(postgres_url: str) -> None:
    """The same where a link is two cells of a credential row, at every third boundary."""
    rehearsal = rehearse(postgres_url, persons=9, fold="alias", layout="credentials", store="replace")
    assert [*problems_after_kills(rehearsal, undoes=False, step=3)] == []


def commits_when_written(patch: pytest.MonkeyPatch) -> None:
    """A batch is committed as soon as it is written, whatever becomes of the one before it."""
    link = links.Staging.link

    def hasty(self: links.Staging, writer: Any, batch: Any) -> Any:
        done = link(self, writer, batch)
        writer.connection.exec_driver_sql("COMMIT")
        writer.connection.exec_driver_sql("BEGIN")
        return done

    patch.setattr(links.Staging, "link", hasty)


def ends_the_second_first(patch: pytest.MonkeyPatch) -> None:
    """The batch that was begun ahead is committed before the one that it was begun after."""
    end = linking._Linking._end

    def hurried(self: Any, begun: Any) -> None:
        ahead, self.ahead = self.ahead, None
        if ahead:
            end(self, ahead)
        end(self, begun)

    patch.setattr(linking._Linking, "_end", hurried)


@pytest.mark.slow
@pytest.mark.parametrize("bug", [commits_when_written, ends_the_second_first], ids=lambda b: b.__name__)
def test_the_kills_find_a_seeded_bug(
    rehearsal: Rehearsal, bug: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the bug in place some kill is red."""
    with monkeypatch.context() as patch:
        bug(patch)
        assert next(problems_after_kills(rehearsal, undoes=False), "")


def test_a_changed_account_lets_nothing_overtake_it(postgres_url: str) -> None:
    """A batch with a changed account is committed without it, and the next one, begun meanwhile, is begun anew: each
    entry of the chain seals its own rows."""
    vendor = build_vendor(postgres_url, persons=PERSONS, fold="alias")
    plan = vendor.plan()
    with vendor.source.engine.begin() as connection:
        connection.execute(text("UPDATE users SET email = 'new' WHERE id IN (50, 70, 80)"))
    result = vendor.apply(plan, pace=replace(PATIENT, batch=2))
    assert [(refusal.account_id, refusal.code) for refusal in result.refusals] == [
        ("50", "changed"),
        ("70", "changed"),
        ("80", "changed"),
    ]
    assert [fault.where for fault in vendor.verify(plan) if "chain" in fault.where] == []
    assert [*problems_of_order(vendor, plan)] in ([], ["a batch is there and the one before it is not"])
    undo = plan_undo(plan, vendor.source, made_at=NOW)
    assert vendor.apply(undo, pace=IN_PAIRS).kept == []
    assert ask(vendor, "SELECT 1 FROM information_schema.columns WHERE column_name = 'clever_v3_id'") == []


def test_batches_that_wait_for_each_other_are_written_in_turn(postgres_url: str) -> None:
    """A trigger that has every account's change write to one row makes one batch wait for the other, which waits to be
    committed: after a second the second one gives way, and all are linked."""
    vendor = vendor_with(
        postgres_url,
        "CREATE TABLE changes (number INTEGER)",
        "INSERT INTO changes VALUES (0)",
        "CREATE FUNCTION count_change() RETURNS TRIGGER AS"
        " 'BEGIN UPDATE changes SET number = number + 1; RETURN NEW; END' LANGUAGE plpgsql",
        "CREATE TRIGGER count_change AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION count_change()",
        persons=PERSONS,
        fold="alias",
        acknowledge=("triggers",),
    )
    plan = vendor.plan()
    assert vendor.apply(plan, pace=IN_PAIRS).failed == 0
    assert vendor.verify(plan) == ()
    assert ask(vendor, "SELECT number FROM changes") == [(int((plan.rows["kind"] == "link").sum()),)]


def test_nobody_comes_in_while_either_connection_lives(postgres_url: str) -> None:
    """Where the first connection dies, the second still holds the district, until it is gone as well."""
    vendor = build_vendor(postgres_url)
    engine = vendor.source.engine
    with engine.connect() as first, engine.connect() as other, district_lock(first, DISTRICT):
        base = session.open_session(first, vendor.source.accounts)
        with helping(engine, base, district_id=DISTRICT):
            number = first.scalar(text("SELECT pg_backend_pid()"))
            first.rollback()
            other.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
            first.invalidate()
            with pytest.raises(AnswerIsNo) as refused, district_lock(other, DISTRICT):
                pass
        assert refused.value.code == "locked"
        with district_lock(other, DISTRICT):
            pass


def test_a_server_without_another_connection_is_written_on_one(postgres_url: str) -> None:
    """Where no second connection is to be had, there is one lane."""
    vendor = build_vendor(postgres_url)
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    with (
        writing(vendor.source.engine, vendor.source.accounts, district_id=DISTRICT, execute=True) as writer,
        open_lanes(writer, nowhere, DISTRICT, batches=5) as opened,
    ):
        assert [lane.pool for lane in opened] == [None]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Exception ignored in")  # a driver's cursor that outlives its line
def test_either_connection_can_be_cut(postgres_url: str) -> None:
    """Before a message arrives, or after it was obeyed and before the answer, on either connection: the same command
    goes on, and ends as if nothing had been."""
    direct = build_vendor(postgres_url, persons=PERSONS, fold="alias")
    before, fresh = dump(direct.url), plans(direct.plan())
    pace = replace(BRIEFLY, batch=2)
    with through_a_line(direct) as (vendor, line):
        line.arm(0, answer_only=False)
        reference = next(fresh)
        vendor.apply(reference, pace=pace)
        messages, after = line.sent, dump(direct.url)
        direct.apply(plan_undo(reference, direct.source, made_at=NOW))
        span = 8 * len(batches_of(reference))  # the batches come last
        for number in range(CUTS // 2):
            plan = next(fresh)
            line.arm(messages - 12 - number * span // (CUTS // 2), answer_only=bool(number % 2))
            result = vendor.apply(plan, pace=pace)
            line.arm(0, answer_only=False)
            assert (result.failed, result.already + result.done) == (0, result.total), number
            assert (direct.verify(plan), dump(direct.url)) == ((), after), number
            direct.apply(plan_undo(plan, direct.source, made_at=NOW))
    assert dump(direct.url) == before


def test_a_pause_is_not_begun_with_a_batch_in_hand(postgres_url: str) -> None:
    """While the application is busy nothing is begun ahead either: no transaction is open while it is waited."""
    vendor = build_vendor(postgres_url, persons=PERSONS, fold="alias")
    asked, idle = [0], list[int]()
    busy = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"

    def is_busy() -> bool:
        asked[0] += 1
        return asked[0] % 3 == 0

    pace = Pace(batch=2, is_busy=is_busy, sleep=lambda _: idle.append(ask(vendor, busy)[0][0]))
    result = vendor.apply(vendor.plan(), pace=pace)
    assert (result.failed, result.done) == (0, result.total)
    assert idle
    assert set(idle) == {0}
