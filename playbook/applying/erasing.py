"""Erasing what the journal keeps of people: the runs' keys are destroyed first, then the images are emptied.

Once a run's key is destroyed its plan can no longer be taken back; what it did stays, and so does the audit chain, with
an entry that says so. Every step can be repeated: whatever dies in between, the same command finishes it.

A destroyed key may live on in the server's log, in its dead rows and in backups, encrypted with the master key. So the
master key is changed as well where it is ours to change, and with the one before all of these are unreadable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from playbook.accounts.engine import reading
from playbook.accounts.source import DatabaseSource
from playbook.applying.chain import open_chain
from playbook.applying.journal import CELLS, KEYS, OWN, RUNS
from playbook.applying.key_places import Keys
from playbook.applying.rekeying import can_rekey, rekey_within
from playbook.applying.run_keys import read_wrapped
from playbook.applying.session import Session, writing

BATCH = 5_000
"""Positions whose images one transaction empties."""


@dataclass(frozen=True, slots=True)
class ErasableRun:
    """A run whose images are old enough to be erased.

    Attributes:
        state: How far it came; an `applied` one can be taken back until its images are erased.
        cells: Rows of the journal that still hold something.
    """

    run: int
    plan: str
    kind: str
    state: str
    cells: int


def find_erasable(source: DatabaseSource, district_id: str, *, before: datetime | None) -> list[ErasableRun]:
    """Return the district's runs that hold images and ended, or began, before a moment.

    Args:
        before: The moment, with its time zone; by default every run counts.

    Raises:
        DatabaseError: The database refuses.
    """
    with reading(source.engine) as connection:
        if not connection.dialect.has_table(connection, RUNS.name):
            return []
        runs = connection.execute(select(RUNS).where(RUNS.c.district_id == district_id).order_by(RUNS.c.run)).all()
        old = [row for row in runs if before is None or _moment(row.finished_at or row.started_at) < before]
        found = [(row, _count(connection, row.run)) for row in old]
        left = [(row, cells) for row, cells in found if cells or not _is_settled(connection, row.run)]
    return [ErasableRun(row.run, row.plan, row.kind, row.state, cells) for row, cells in left]


def erase_runs(
    source: DatabaseSource, runs: Sequence[ErasableRun], *, district_id: str, keys: Keys, now: datetime
) -> bool:
    """Destroy the keys of runs, empty their images, and change the master key where it is ours.

    Args:
        source: The accounts database.
        runs: What `find_erasable` returned.
        district_id: The district; runs of others are left alone.
        keys: Where the master key lies.
        now: The moment, with its time zone.

    Returns:
        Whether the master key was changed, or destroyed where no run needs it.

    Raises:
        AnswerIsNo: Code `locked`.
        DatabaseError: The database refuses.
    """
    with writing(source.engine, source.accounts, district_id=district_id, execute=True) as session:
        if session.connection.dialect.name == "sqlite":  # which leaves deleted text in its pages otherwise
            session.connection.exec_driver_sql("PRAGMA secure_delete = ON")
            session.connection.commit()
        if runs:
            with session.transaction(execute=True) as connection:
                OWN.create_all(connection)  # an early version made no table for keys
        for run in runs:
            with session.transaction(execute=True) as connection:
                _destroy_key(connection, run, now)
        is_changed = can_rekey(session, district_id=district_id, keys=keys)
        if is_changed:
            rekey_within(session, district_id=district_id, keys=keys, now=now)
        for run in runs:  # last, because a run that was emptied is not looked at again
            _empty(session, run, now)
        return is_changed


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
    with session.transaction(execute=False) as connection:
        first, last = connection.execute(
            select(func.min(CELLS.c.position), func.max(CELLS.c.position)).where(_is_held(run.run))
        ).one()
    for start in range(first or 0, (last or -1) + 1, BATCH):
        with session.transaction(execute=True) as connection:
            rows = update(CELLS).where(CELLS.c.run == run.run, CELLS.c.position.between(start, start + BATCH - 1))
            connection.execute(rows.values(row_key="", before_value=None, after_value=None))
    with session.transaction(execute=True) as connection:
        if not _is_settled(connection, run.run):
            connection.execute(update(KEYS).where(KEYS.c.run == run.run).values(emptied_at=now.isoformat()))
            open_chain(connection, run.run, run.plan).append(connection, "emptied", {"at": now.isoformat()})


def _count(connection: Connection, run: int) -> int:
    return connection.scalar(select(func.count()).select_from(CELLS).where(_is_held(run))) or 0


def _is_held(run: int) -> ColumnElement[bool]:
    """Return the condition that a journal row of a run still holds something."""
    filled = or_(CELLS.c.before_value.is_not(None), CELLS.c.after_value.is_not(None), CELLS.c.row_key != "")
    return and_(CELLS.c.run == run, filled)


def _is_settled(connection: Connection, run: int) -> bool:
    """Say whether a run's images were emptied to the last."""
    if not connection.dialect.has_table(connection, KEYS.name):
        return False
    return bool(connection.scalar(select(KEYS.c.emptied_at).where(KEYS.c.run == run)))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
