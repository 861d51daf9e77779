"""A plan becomes rows: checked at the gate, one merge group a transaction, resumable after a crash at any moment.

Without `execute` the same code runs, compares and shows its statements, and sends none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby

import pandas as pd
from sqlalchemy import Connection, update

from playbook.accounts.refusals import RETRYABLE
from playbook.accounts.source import DatabaseSource
from playbook.applying.added_links import are_numbered
from playbook.applying.chain import Chain, open_chain
from playbook.applying.ciphers import MasterKey, RunKey
from playbook.applying.gate import Approval, refuse_unfit
from playbook.applying.id_room import refuse_unfit_columns
from playbook.applying.journal import RUNS, done_positions, find_run, refused_positions, start_run
from playbook.applying.key_places import Keys
from playbook.applying.linking import do_links, judge_links
from playbook.applying.links import is_bulk
from playbook.applying.pace import Pace, Progress
from playbook.applying.preparing import prepare_database, remove_column, show_preparations
from playbook.applying.result import Result
from playbook.applying.run_keys import find_run_key, is_erased, make_run_key, open_run_key, refuse_erased
from playbook.applying.session import Session, writing
from playbook.applying.sweeping import sweep_stragglers
from playbook.applying.work import Work, is_lost
from playbook.errors import AnswerIsNo, DatabaseError
from playbook.merging.operations import Hold, Operation
from playbook.merging.plan import Plan, operations_of

FINISHED = frozenset({"applied", "undone"})
"""States of a run to which nothing is added."""

RECONNECTS = 3
"""How often a lost connection is opened again; the journal then says what had been committed."""


def apply_plan(
    plan: Plan,
    source: DatabaseSource,
    *,
    plan_hash: str,
    district_id: str,
    now: datetime,
    keys: Keys,
    execute: bool = False,
    pace: Pace | None = None,
    progress: Callable[[Progress], None] | None = None,
    show: Callable[[str], None] | None = None,
    gains: str = "",
    approvals: tuple[Approval, ...] = (),
) -> Result:
    """Carry out a plan, or an undo, or show what it would do; the same call again goes on where it ended.

    Args:
        plan: The plan as it was read.
        source: The accounts database.
        plan_hash: The SHA-256 that names the plan.
        district_id: The district whose file was given.
        now: The moment, with its time zone.
        keys: Where the key lies that the journal is encrypted with.
        execute: False for a dry run, which writes nothing.
        pace: How fast and how long; by default as fast as it goes.
        progress: Called after each transaction.
        show: In a dry run, gets each statement as text.
        gains: The digest of the rights that the plan gives; blank where it gives none.
        approvals: The yeses to them.

    Raises:
        InputError: The plan is altered, or made for another district or database; or the journal's key is not there.
        AnswerIsNo: It is expired, stale, unapproved, already applied, or somebody else holds the lock.
        DatabaseError: The database refuses.
    """
    pace = pace or Pace()
    result = Result(plan.sha256, execute)
    asked = {"plan_hash": plan_hash, "district_id": district_id}
    way = {"execute": execute, "restores": bool(plan.header.undoes)}
    for attempt in range(RECONNECTS + 1):
        try:
            with writing(source.engine, source.accounts, district_id=district_id, **way) as session:
                # Under the lock: a session that died a moment ago may still be changing the schema.
                refuse_unfit(plan, source, **asked, now=now, gains=gains, approvals=approvals)
                refuse_unfit_columns(session, plan.header)
                work = _begin(session, source, plan, now, keys, pace, result, execute, show, progress)
                _carry_out(work, now)
            return result
        except AnswerIsNo as refusal:
            # The answer to the last commit was lost, not the commit: the journal says that the run is closed.
            if refusal.code != "already_applied" or not attempt or result.is_open:
                raise
            return result
        except DatabaseError as error:
            if not is_lost(error) or attempt == RECONNECTS:
                raise
            result.forget_refusals()
            pace.sleep(2.0**attempt)
    return result


def _begin(
    session: Session,
    source: DatabaseSource,
    plan: Plan,
    now: datetime,
    keys: Keys,
    pace: Pace,
    result: Result,
    execute: bool,
    show: Callable[[str], None] | None,
    progress: Callable[[Progress], None] | None,
) -> Work:
    """Find or start the plan's run; a dry run starts none. Keys that are not there are missed before any write."""
    key, undone_key, master = _find_keys(session, plan, keys, execute)
    if execute:
        session = _prepare(session, source, plan, pace)
    elif show:
        show_preparations(session, plan.header.layout, show)
    with session.transaction(execute=execute) as connection:
        has_journal = RUNS.name not in session.absent
        found = find_run(connection, plan.sha256) if has_journal else None
        if found and found[1] == "undone":
            raise _already(plan, "the plan was applied and undone")
        if execute and not found:
            found, key = _start(connection, plan, now, master or keys.current())
        run, state = found or (0, "")
        chain = open_chain(connection, run, plan.sha256) if has_journal else Chain(run, 0, plan.sha256)
    work = Work(session, source, plan, run, chain, pace, result, execute, show, progress, pace.clock())
    work.key, work.undone_key = key, undone_key
    if state == "applied" and not (execute and (sweep_stragglers(work) or result.failed)):
        raise _already(plan, "the plan was applied before")
    return work


def _prepare(session: Session, source: DatabaseSource, plan: Plan, pace: Pace) -> Session:
    """Add what the playbook needs; an application that writes meanwhile may make the schema change wait."""
    for attempt in range(pace.tries):
        try:
            return prepare_database(session, source.accounts, plan.header)
        except DatabaseError as error:
            if error.code not in RETRYABLE or attempt + 1 == pace.tries:
                raise
            pace.sleep(0.05 * 2**attempt)
    return session


def _find_keys(
    session: Session, plan: Plan, keys: Keys, execute: bool
) -> tuple[RunKey | None, RunKey | None, MasterKey | None]:
    """Return the key of the plan's run, that of the run to be undone, and the master key of a run that is to begin.

    Raises:
        InputError: One of them is needed and not there.
        AnswerIsNo: Code `journal_erased` or `already_applied`.
    """
    undone_key = None
    with session.transaction(execute=False) as connection:
        has_journal = RUNS.name not in session.absent
        if has_journal and (undone := find_run(connection, plan.header.undoes)):
            undone_key = find_run_key(connection, undone[0], keys, plan.header)
        found = find_run(connection, plan.sha256) if has_journal else None
        if undone_key:
            undone_key.open()
        if found and is_erased(connection, found[0]) and found[1] in FINISHED:
            raise _already(plan, "the plan was applied before")
        if found:
            refuse_erased(connection, found[0])
        if not execute or not found:
            return None, undone_key, keys.current() if execute else None
        return open_run_key(connection, found[0], keys, plan.header), undone_key, None


def _start(connection: Connection, plan: Plan, now: datetime, master: MasterKey) -> tuple[tuple[int, str], RunKey]:
    undoes = plan.header.undoes
    kind = "undo" if undoes else "apply"
    district_id, at = plan.header.district_id, now.isoformat()
    run = start_run(connection, plan=plan.sha256, district_id=district_id, kind=kind, undoes=undoes, at=at)
    body = {"at": at, "made_at": plan.header.made_at, "plan": plan.sha256}
    open_chain(connection, run, plan.sha256).append(connection, "started", body)
    return (run, "running"), make_run_key(connection, run, plan.sha256, plan.header, master)


def _carry_out(work: Work, now: datetime) -> None:
    result, plan = work.result, work.plan
    with work.session.transaction(execute=False) as connection:
        done = done_positions(connection, work.run) if work.run else set()
        work.refused = refused_positions(connection, work.run) if work.run else set()
    is_held = plan.rows["kind"] == Hold.kind
    result.held = int(is_held.sum())
    result.total = len(plan.rows) - result.held
    result.already, result.done = len(done) - result.done, result.done
    _do_all(work, done)
    if not work.execute:
        result.stopped = result.stopped or work.pace.why_stop(result)
        return
    sweep_stragglers(work)
    _finish(work, now)


def _do_all(work: Work, done: set[int]) -> None:
    """Do what is left of the plan; stops early where the pace says so."""
    plan, rows = work.plan, work.plan.rows
    undoes = bool(plan.header.undoes)
    # Who wants to read statements gets one an account.
    is_quick = work.show is None and are_numbered(plan.header, work.session)
    bulk = is_bulk(plan) & is_quick
    left = ~rows["position"].isin(done) & (rows["kind"] != Hold.kind)
    write = do_links if work.execute else judge_links
    if undoes:  # what was done last goes first
        write(work, rows[left & bulk])
    for group in _groups(rows[left & ~bulk], backwards=undoes):
        if work.must_stop():
            return
        work.do_group(group)
    if not undoes:
        write(work, rows[left & bulk])


def _groups(rows: pd.DataFrame, *, backwards: bool) -> Iterator[list[Operation]]:
    """Yield the operations group by group; an undo goes from the last to the first."""
    operations = operations_of(rows.iloc[::-1] if backwards else rows)
    for _, members in groupby(operations, key=lambda operation: operation.group):
        yield list(members)


def _finish(work: Work, now: datetime) -> None:
    """Close the run if everything has been done; one that is not stays open, and the same command goes on."""
    result, header = work.result, work.plan.header
    state = "stopped" if result.failed or result.stopped else "applied"
    if header.undoes and state == "applied" and header.layout.adds_v3_id:
        remove_column(work.session, header.layout)
    with work.session.transaction(execute=True) as connection:
        finished = update(RUNS).where(RUNS.c.run == work.run)
        connection.execute(finished.values(state=state, finished_at=now.isoformat()))
        if header.undoes and state == "applied":
            connection.execute(update(RUNS).where(RUNS.c.plan == header.undoes).values(state="undone"))
        counts = {"done": result.done + result.already, "held": result.held, "failed": result.failed}
        work.chain.append(connection, state, {**counts, "at": now.isoformat()})


def _already(plan: Plan, message: str) -> AnswerIsNo:
    return AnswerIsNo(
        message,
        code="already_applied",
        remedy="Plan again if anything is left to do.",
        district_id=plan.header.district_id,
        step="apply",
    )
