"""Carrying out a plan on an open session: group by group, then links in batches, each its own transaction.

Every transaction holds the changes, their journal rows and the entry of the audit chain that seals them; so whatever
dies between two statements, the journal says exactly what has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Connection, Select, delete, insert, text

from playbook.accounts.refusals import RETRYABLE
from playbook.accounts.source import DatabaseSource
from playbook.applying.chain import Chain, digest_cells
from playbook.applying.ciphers import RunKey
from playbook.applying.effects import write_effects
from playbook.applying.images import image_query, refuse_drifted
from playbook.applying.invariants import refuse_broken
from playbook.applying.journal import REFUSED, find_run
from playbook.applying.pace import STOP_FILE, Pace, Progress
from playbook.applying.places import Places
from playbook.applying.restoring import restore_action
from playbook.applying.result import Refusal, Result
from playbook.applying.rows import Drift, Writer
from playbook.applying.session import Session
from playbook.errors import DatabaseError
from playbook.merging.operations import Operation
from playbook.merging.plan import Plan

FATAL = frozenset({"permission_denied", "read_only", "no_space", "unreachable", "schema_mismatch", "syntax"})
"""Codes of the database that no other group would fare better with: the work stops."""


@dataclass(slots=True)
class Work:
    """One plan on one session.

    Attributes:
        run: The run's number; 0 in a dry run of a plan that never ran.
        chain: The end of the run's audit chain.
        execute: Whether anything is written.
        show: Gets the statements of a dry run.
        report: Gets the progress after each transaction.
        started: What the pace's clock showed at the beginning.
        images: The query for the accounts' images.
        refused: The positions that the run has refused so far, in earlier attempts too.
        key: Encrypts the run's journal; none in a dry run.
        undone_key: What reads the journal of the run that an undo takes back.
        places: The places in unique indexes, as a dry run would leave them.
    """

    session: Session
    source: DatabaseSource
    plan: Plan
    run: int
    chain: Chain
    pace: Pace
    result: Result
    execute: bool
    show: Callable[[str], None] | None
    report: Callable[[Progress], None] | None
    started: float
    images: Select[str, str, str, str] = field(init=False)
    refused: set[int] = field(default_factory=set)
    key: RunKey | None = None
    undone_key: RunKey | None = None
    places: Places = field(default_factory=Places)

    def __post_init__(self) -> None:
        """Put the query for images together once: it names every column, and every group asks it."""
        self.images = image_query(self.session.schema, self.source.accounts, self.session.connection.dialect.name)

    def do_group(self, group: Sequence[Operation]) -> None:
        """Do all actions of one group or none; wait and try again where somebody else was in the way."""
        for attempt in range(self.pace.tries):
            try:
                self._write_group(group)
                break
            except Drift as drift:
                if drift.code == "racing_rows" and attempt + 1 < self.pace.tries:
                    continue
                self.refuse(group, drift.code, drift.columns)
                break
            except DatabaseError as error:
                if is_fatal(error):
                    raise
                if error.code in RETRYABLE and attempt + 1 < self.pace.tries:
                    self.pace.sleep(0.05 * 2**attempt)
                    continue
                self.refuse(group, error.code, tuple(name for name in (error.constraint or error.table,) if name))
                break
        self.tell()

    def _write_group(self, group: Sequence[Operation]) -> None:
        with self.session.transaction(execute=self.execute) as connection:
            writer = self.writer(connection)
            if self.plan.header.undoes:
                kept = [refusal for operation in group if (refusal := self._restore(writer, operation))]
            else:
                kept = []
                refuse_drifted(writer, self.images, self.plan.header, self.key_column, group)
                for operation in group:
                    write_effects(writer, self.plan.header, operation)
                refuse_broken(writer, self.plan.header, group)
                if not self.execute:
                    self.places.settle(writer)
            after = self.seal(writer, "group", [operation.position for operation in group])
        self.chain = after
        self.result.done += len(group)
        self.result.kept += kept

    def writer(self, connection: Connection) -> Writer:
        """Return a writer for one transaction."""
        session = self.session
        entry = self.chain.entry + 1
        writer = Writer(connection, session.tables, self.run, entry, self.execute, session.absent, self.show)
        writer.most, writer.key, writer.accounts = self.pace.max_rows, self.key, session.schema.accounts.name
        return writer

    def seal(self, writer: Writer, event: str, positions: Sequence[int]) -> Chain:
        """Send the journal rows and the chain's entry; return the chain that holds once all is committed."""
        writer.flush()
        if not self.execute:
            return self.chain
        if not self.refused.isdisjoint(positions):
            _forget_refusals(writer.connection, self.run, positions)
        if self.session.has_deferred:  # which would only speak at the commit
            writer.connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        body = {"actions": len(positions), "rows": writer.counts(), "cells": digest_cells(writer.journaled)}
        return self.chain.append(writer.connection, event, body)

    @property
    def key_column(self) -> Column[Any]:
        """The account table's key."""
        key: Column[Any] = self.session.schema.accounts.columns[self.source.accounts.key]
        return key

    def _restore(self, writer: Writer, operation: Operation) -> Refusal | None:
        found = find_run(writer.connection, self.plan.header.undoes)
        writer.begin(operation.position)
        layout = self.plan.header.layout
        columns = restore_action(writer, found[0], operation.position, layout, self.undone_key) if found else []
        writer.confirm(layout.table)
        return Refusal(operation.position, operation.account_id, "kept", tuple(columns)) if columns else None

    def refuse(self, group: Sequence[Operation], code: str, columns: tuple[str, ...]) -> None:
        """Record that a group was refused; its rows stay as they were."""
        self.result.refuse([Refusal(o.position, o.account_id, code, columns) for o in group])
        if self.execute:
            positions = [operation.position for operation in group]
            values = {"run": self.run, "code": code, "columns": "|".join(columns)}
            with self.session.transaction(execute=True) as connection:
                _forget_refusals(connection, self.run, positions)
                connection.execute(insert(REFUSED), [{**values, "position": position} for position in positions])
            self.refused |= set(positions)

    def must_stop(self) -> bool:
        """Say whether to end here; a dry run goes on past what would end the work, to show all that is in the way."""
        if not self.result.stopped:
            self.result.stopped = self.pace.why_stop(self.result) or self.pace.wait_for_leave(self.session.stay)
        return bool(self.result.stopped) and (self.execute or self.result.stopped == STOP_FILE)

    def may_begin(self) -> bool:
        """Say whether nothing keeps the next transaction from beginning now, or ends the work."""
        return not self.result.stopped and not self.pace.why_stop(self.result) and self.pace.may_begin()

    def tell(self) -> None:
        """Report the progress."""
        if self.report:
            self.report(self.pace.progress(self.result, self.started))


def is_fatal(error: DatabaseError) -> bool:
    """Say whether the database has refused something that ends the work."""
    return error.code in FATAL or is_lost(error)


def is_lost(error: DatabaseError) -> bool:
    """Say whether the connection is gone: by its code, or by PostgreSQL's classes for that."""
    return error.code == "unreachable" or error.sqlstate[:3] in ("57P", "080")


def _forget_refusals(connection: Connection, run: int, positions: Sequence[int]) -> None:
    connection.execute(delete(REFUSED).where(REFUSED.c.run == run, REFUSED.c.position.in_(positions)))
