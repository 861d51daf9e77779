"""A plan becomes rows: one merge group a transaction, its journal inside it, resumable after a crash at any moment.

Without `execute` the same code runs, compares and renders its statements, and sends none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, delete, insert, update

from playbook.accounts.source import DatabaseSource
from playbook.applying.chain import add_entry, digest_cells
from playbook.applying.effects import write_effects
from playbook.applying.gate import Approval, refuse_unfit
from playbook.applying.images import refuse_drifted
from playbook.applying.journal import REFUSED, RUNS, done_positions, find_run, start_run
from playbook.applying.preparing import prepare_database, remove_column
from playbook.applying.restoring import restore_action
from playbook.applying.rows import Drift, Writer
from playbook.applying.session import Session, writing
from playbook.errors import AnswerIsNo
from playbook.merging.operations import Hold, Operation
from playbook.merging.plan import Plan


@dataclass(frozen=True, slots=True)
class Refusal:
    """An action that was not taken, its code, and the columns that it is about."""

    position: int
    account_id: str
    code: str
    columns: tuple[str, ...]


@dataclass(slots=True)
class Result:
    """What an apply or an undo came to.

    Attributes:
        plan: The plan's SHA-256.
        executed: False for a dry run.
        done: Actions that happened now, or would happen.
        already: Actions that had happened before.
        held: Actions that wait for a person.
        failed: Actions that were refused, each in `refusals`.
        kept: For an undo, what users have written since and keep.
        script: The statements of a dry run.
    """

    plan: str
    executed: bool
    done: int = 0
    already: int = 0
    held: int = 0
    failed: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    kept: list[Refusal] = field(default_factory=list)
    script: list[str] = field(default_factory=list)


Progress = Callable[[Result], None]


def apply_plan(
    plan: Plan,
    source: DatabaseSource,
    *,
    plan_hash: str,
    district_id: str,
    now: datetime,
    execute: bool = False,
    progress: Progress | None = None,
    gains: str = "",
    approvals: tuple[Approval, ...] = (),
) -> Result:
    """Carry out a plan, or show what it would do.

    Args:
        plan: The plan as it was read.
        source: The accounts database.
        plan_hash: The SHA-256 that names the plan.
        district_id: The district whose file was given.
        now: The moment, with its time zone.
        execute: False for a dry run, which writes nothing.
        progress: Called after each transaction.
        gains: The digest of the rights that the plan gives; blank where it gives none.
        approvals: The yeses to them.

    Raises:
        InputError: The plan is altered, or made for another district or database.
        AnswerIsNo: It is expired, stale, unapproved, already applied, or somebody else holds the lock.
        DatabaseError: The database refuses.
    """
    refuse_unfit(plan, source, plan_hash=plan_hash, district_id=district_id, now=now, gains=gains, approvals=approvals)
    result = Result(plan.sha256, execute)
    with writing(source.engine, source.accounts, district_id=district_id, execute=execute) as session:
        run = _begin(session, plan, now, execute=execute)
        session.reflect(source.accounts)
        done = done_positions(session.connection, run) if run else set()
        session.connection.rollback()
        for group in _groups(plan, done, result):
            _apply_group(session, source, plan, run, group, result, execute=execute)
            if progress:
                progress(result)
        if execute:
            _finish(session, plan, run, result, now)
    return result


def _begin(session: Session, plan: Plan, now: datetime, *, execute: bool) -> int:
    """Find or start the plan's run; a dry run starts none."""
    if execute:
        prepare_database(session, plan.header.layout)
    with session.transaction(execute=execute) as connection:
        found = find_run(connection, plan.sha256) if _has_journal(connection) else None
        if found and found[1] in ("applied", "undone"):
            raise AnswerIsNo(
                "the plan was applied before" if found[1] == "applied" else "the plan was applied and undone",
                code="already_applied",
                remedy="Plan again if anything is left to do.",
                district_id=plan.header.district_id,
                step="apply",
            )
        if not execute:
            return found[0] if found else 0
        run = start_run(
            connection,
            plan=plan.sha256,
            district_id=plan.header.district_id,
            kind="undo" if plan.header.undoes else "apply",
            undoes=plan.header.undoes,
            at=now.isoformat(),
        )
        add_entry(connection, run=run, event="started", body={"plan": plan.sha256, "at": now.isoformat()})
        return run


def _has_journal(connection: Connection) -> bool:
    return connection.dialect.has_table(connection, RUNS.name)


def _groups(plan: Plan, done: set[int], result: Result) -> Iterator[Sequence[Operation]]:
    """Yield the groups that are left to do; what is done or held is counted."""
    operations = reversed([*plan.operations]) if plan.header.undoes else plan.operations
    for _, members in groupby(operations, key=lambda operation: operation.group):
        group = list(members)
        result.held += sum(isinstance(operation, Hold) for operation in group)
        result.already += sum(operation.position in done for operation in group)
        left = [o for o in group if not isinstance(o, Hold) and o.position not in done]
        if left:
            yield left


def _apply_group(
    session: Session,
    source: DatabaseSource,
    plan: Plan,
    run: int,
    group: Sequence[Operation],
    result: Result,
    *,
    execute: bool,
) -> None:
    """Do all actions of one group or none."""
    try:
        with session.transaction(execute=execute) as connection:
            writer = Writer(connection, session.tables, run, execute, session.absent)
            kept = _write(writer, session, source, plan, group)
            writer.flush()
            if execute:
                positions = [operation.position for operation in group]
                connection.execute(delete(REFUSED).where(REFUSED.c.run == run, REFUSED.c.position.in_(positions)))
                add_entry(connection, run=run, event="group", body=_body(writer, positions))
        result.kept += kept
        result.script += writer.script
        result.done += len(group)
    except Drift as drift:
        _refuse(session, run, group, drift, result, execute=execute)


def _write(
    writer: Writer, session: Session, source: DatabaseSource, plan: Plan, group: Sequence[Operation]
) -> list[Refusal]:
    """Compare and write one group; return what users keep where the plan is an undo."""
    if plan.header.undoes:
        return [kept for operation in group if (kept := _restore(writer, plan, operation))]
    for operation in group:
        refuse_drifted(writer, session.schema, source.accounts, plan.header.layout, operation)
    for operation in group:
        write_effects(writer, plan.header, operation)
    return []


def _restore(writer: Writer, plan: Plan, operation: Operation) -> Refusal | None:
    run = find_run(writer.connection, plan.header.undoes)
    writer.begin(operation.position)
    columns = restore_action(writer, run[0], operation.position) if run else []
    writer.confirm(plan.header.layout.table)
    return Refusal(operation.position, operation.account_id, "kept", tuple(columns)) if columns else None


def _body(writer: Writer, positions: list[int]) -> dict[str, object]:
    counts: dict[str, int] = {}
    for row in writer.journaled:
        counts[row["table_name"]] = counts.get(row["table_name"], 0) + (row["action"] != "none")
    return {"positions": positions, "rows": counts, "cells": digest_cells(writer.journaled)}


def _refuse(
    session: Session, run: int, group: Sequence[Operation], drift: Drift, result: Result, *, execute: bool
) -> None:
    """Record that a group was refused; its rows stay as they were."""
    result.failed += len(group)
    result.refusals += [Refusal(o.position, o.account_id, drift.code, drift.columns) for o in group]
    if not execute:
        return
    with session.transaction(execute=True) as connection:
        positions = [operation.position for operation in group]
        connection.execute(delete(REFUSED).where(REFUSED.c.run == run, REFUSED.c.position.in_(positions)))
        rows = [{"run": run, "position": p, "code": drift.code, "columns": "|".join(drift.columns)} for p in positions]
        connection.execute(insert(REFUSED), rows)


def _finish(session: Session, plan: Plan, run: int, result: Result, now: datetime) -> None:
    state = "applied" if not result.failed else "stopped"
    undoes, layout = plan.header.undoes, plan.header.layout
    with session.transaction(execute=True) as connection:
        connection.execute(update(RUNS).where(RUNS.c.run == run).values(state=state, finished_at=now.isoformat()))
        if undoes and state == "applied":
            connection.execute(update(RUNS).where(RUNS.c.plan == undoes).values(state="undone"))
        counts = {"done": result.done, "already": result.already, "held": result.held, "failed": result.failed}
        add_entry(connection, run=run, event=state, body={**counts, "at": now.isoformat()})
    if undoes and state == "applied" and layout.adds_v3_id:
        remove_column(session, layout)
