"""Erasing what the journal keeps of people: the runs' keys are destroyed first, then the images are emptied.

Once a run's key is destroyed its plan can no longer be taken back; what it did stays, and so does the audit chain, with
an entry that says so. Every step can be repeated: whatever dies in between, the same command finishes it.

A destroyed key may live on in the server's log, in its dead rows and in backups, encrypted with the master key. So the
master key is changed as well where it is ours to change, and with the one before all of these are unreadable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from playbook.accounts.engine import reading
from playbook.accounts.source import DatabaseSource
from playbook.applying.chain import open_chain
from playbook.applying.history import UNDONE
from playbook.applying.journal import CELLS, KEYS, OWN, RUNS
from playbook.applying.key_places import Keys
from playbook.applying.rekeying import can_rekey, rekey_within
from playbook.applying.run_keys import read_wrapped
from playbook.applying.session import Session, writing

BATCH = 5_000
"""Rows of the journal that one transaction empties; a few more where one action wrote many."""


@dataclass(frozen=True, slots=True)
class ErasableRun:
    """A run whose images are old enough to be erased.

    Attributes:
        kind: `apply` or `undo`.
        state: How far it came.
        cells: Rows of the journal that still hold something.
    """

    run: int
    plan: str
    kind: str
    state: str
    cells: int

    @property
    def is_undoable(self) -> bool:
        """Say whether what it did still stands, so that erasing takes its way back; an undo has none."""
        return self.kind == "apply" and self.state != UNDONE


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased.

    Attributes:
        is_rekeyed: Whether the master key was changed, or destroyed where no run needs it.
    """

    runs: tuple[ErasableRun, ...]
    is_rekeyed: bool


def find_erasable(source: DatabaseSource, district_id: str, *, before: datetime | None) -> list[ErasableRun]:
    """Return the district's runs that hold images and ended, or began, before a moment.

    Args:
        source: The accounts database.
        district_id: The district.
        before: The moment, with its time zone; by default every run counts.

    Raises:
        DatabaseError: The database refuses.
    """
    with reading(source.engine) as connection:
        return [*_erasable(connection, district_id, before)]


def erase_runs(
    source: DatabaseSource, *, district_id: str, before: datetime | None, keys: Keys, now: datetime
) -> Erased:
    """Destroy the keys of runs, empty their images, and change the master key where it is ours.

    Args:
        source: The accounts database.
        district_id: The district; runs of others are left alone.
        before: Only runs that ended, or began, before this moment; by default all.
        keys: Where the master key lies.
        now: The moment, with its time zone.

    Raises:
        AnswerIsNo: Code `locked`.
        DatabaseError: The database refuses.
    """
    with writing(source.engine, source.accounts, district_id=district_id, execute=True) as session:
        with session.transaction(execute=False) as connection:
            runs = (*_erasable(connection, district_id, before),)
        if not runs:
            return Erased((), False)
        _prepare(session)
        for run in runs:
            with session.transaction(execute=True) as connection:
                _destroy_key(connection, run, now)
        is_rekeyed = can_rekey(session, district_id=district_id, keys=keys)
        if is_rekeyed:
            rekey_within(session, district_id=district_id, keys=keys, now=now)
        for run in runs:  # last, because a run that was emptied is not looked at again
            _empty(session, run, now)
        return Erased(runs, is_rekeyed)


def _erasable(connection: Connection, district_id: str, before: datetime | None) -> Iterator[ErasableRun]:
    if not connection.dialect.has_table(connection, RUNS.name):
        return
    for row in connection.execute(select(RUNS).where(RUNS.c.district_id == district_id).order_by(RUNS.c.run)).all():
        if before is None or datetime.fromisoformat(row.finished_at or row.started_at) < before:
            cells = connection.scalar(select(func.count()).select_from(CELLS).where(_is_held(row.run))) or 0
            if cells or not _is_settled(connection, row.run):
                yield ErasableRun(row.run, row.plan, row.kind, row.state, cells)


def _prepare(session: Session) -> None:
    if session.connection.dialect.name == "sqlite":  # which leaves deleted text in its pages otherwise
        session.connection.exec_driver_sql("PRAGMA secure_delete = ON")
        session.connection.commit()
    with session.transaction(execute=True) as connection:
        OWN.create_all(connection)  # an early version made no table for keys


def erased_plans(source: DatabaseSource, district_id: str) -> list[str]:
    """Return the plans of a district that can no longer be taken back.

    Raises:
        DatabaseError: The database refuses.
    """
    with reading(source.engine) as connection:
        if not connection.dialect.has_table(connection, KEYS.name):
            return []
        joined = select(RUNS.c.plan).join(KEYS, KEYS.c.run == RUNS.c.run)
        return list(connection.scalars(joined.where(RUNS.c.district_id == district_id, KEYS.c.wrapped == "")))


def _destroy_key(connection: Connection, run: ErasableRun, now: datetime) -> None:
    wrapped = read_wrapped(connection, run.run)
    if wrapped and wrapped.is_erased:
        return
    if wrapped:
        erased = {"wrapped": "", "erased_at": now.isoformat()}
        connection.execute(update(KEYS).where(KEYS.c.run == run.run).values(**erased))
    else:
        row = {"run": run.run, "master": "", "wrapped": "", "erased_at": now.isoformat(), "emptied_at": ""}
        connection.execute(insert(KEYS).values(**row))
    body = {"at": now.isoformat(), "cells": run.cells}
    open_chain(connection, run.run, run.plan).append(connection, "erased", body)


def _empty(session: Session, run: ErasableRun, now: datetime) -> None:
    """Empty a run's images, a few thousand rows a transaction, and say so in its chain at the end."""
    start: int | None = 0
    while start is not None:
        with session.transaction(execute=True) as connection:
            start = _empty_from(connection, run.run, start)
    with session.transaction(execute=True) as connection:
        if not _is_settled(connection, run.run):
            connection.execute(update(KEYS).where(KEYS.c.run == run.run).values(emptied_at=now.isoformat()))
            open_chain(connection, run.run, run.plan).append(connection, "emptied", {"at": now.isoformat()})


def _empty_from(connection: Connection, run: int, start: int) -> int | None:
    """Empty the images of the next positions, whole ones; return where to go on, or nothing at the end."""
    rows = select(CELLS.c.position).where(CELLS.c.run == run, CELLS.c.position >= start)
    beyond = connection.scalar(rows.order_by(CELLS.c.position, CELLS.c.part).offset(BATCH).limit(1))
    end = None if beyond is None else max(beyond, start + 1)
    held = update(CELLS).where(_is_held(run), CELLS.c.position >= start)
    held = held if end is None else held.where(CELLS.c.position < end)
    connection.execute(held.values(row_key="", before_value=None, after_value=None))
    return end


def _is_held(run: int) -> ColumnElement[bool]:
    """Return the condition that a journal row of a run still holds something."""
    filled = or_(CELLS.c.before_value.is_not(None), CELLS.c.after_value.is_not(None), CELLS.c.row_key != "")
    return and_(CELLS.c.run == run, filled)


def _is_settled(connection: Connection, run: int) -> bool:
    """Say whether a run's images were emptied to the last."""
    if not connection.dialect.has_table(connection, KEYS.name):
        return False
    return bool(connection.scalar(select(KEYS.c.emptied_at).where(KEYS.c.run == run)))
