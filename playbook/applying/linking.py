"""Making, or taking back, the links that share transactions: batch after batch, each sealed in the audit chain.

What a batch leaves out is judged one by one before anything comes after it. The next batch may be written meanwhile,
on a second connection; it is kept only where the one before it went through whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection

from playbook.applying.added_links import AddedLinks
from playbook.applying.changed_links import ChangedLinks
from playbook.applying.contested import find_contested
from playbook.applying.journal import find_run
from playbook.applying.judging import find_makeable, find_restorable
from playbook.applying.lanes import Begun, Lane, Links, open_lanes
from playbook.applying.links import Staging, link_column, stage_links
from playbook.applying.pace import TOO_MUCH_DRIFT
from playbook.applying.result import Refusal
from playbook.applying.row_links import MOST
from playbook.applying.rows import Drift, Writer
from playbook.applying.work import Work, is_fatal
from playbook.errors import DatabaseError
from playbook.merging.plan import OPERATIONS, operations_of


def do_links(work: Work, links: pd.DataFrame) -> None:
    """Write links, a few thousand a transaction; stops early where the pace says so."""
    if links.empty or work.must_stop():
        return
    with work.session.transaction(execute=True) as connection:
        opened, links = _open_links(work, connection, links)
    size = min(work.pace.batch, MOST) if not isinstance(opened, Staging) else work.pace.batch
    batches = [links.iloc[start : start + size] for start in range(0, len(links), size)]
    district_id = work.plan.header.district_id
    with open_lanes(work.session, work.source.engine, district_id, batches=len(batches)) as lanes:
        _Linking(work, opened, lanes).do_all(batches)


@dataclass(slots=True)
class _Linking:
    """Batches of links on their way.

    Attributes:
        lanes: What takes turns at writing them.
        is_smooth: Whether the batch before went through whole.
        ahead: The next batch, where it is being written already.
    """

    work: Work
    opened: Links
    lanes: Sequence[Lane]
    is_smooth: bool = True
    ahead: Begun | None = None

    def do_all(self, batches: Sequence[pd.DataFrame]) -> None:
        try:
            for number, batch in enumerate(batches):
                if not self.ahead and self.work.must_stop():
                    return
                begun = self.ahead or self._begin(number, batch)
                self.ahead = None
                if number + 1 < len(batches) and self._may_begin_ahead():
                    self.ahead = self._begin(number + 1, batches[number + 1], after=begun)
                self._end(begun)
        finally:
            self._take_back_ahead()

    def _begin(self, number: int, batch: pd.DataFrame, after: Begun | None = None) -> Begun:
        lane = self.lanes[number % len(self.lanes)]
        writer = self.work.writer(lane.session.connection)
        writer.entry += 1 if after else 0  # the batch before has an entry of its own to come
        return lane.begin(self.opened, batch, writer)

    def _may_begin_ahead(self) -> bool:
        """Say whether the next batch can be begun without waiting for anything."""
        return len(self.lanes) > 1 and self.is_smooth and self.work.may_begin()

    def _take_back_ahead(self) -> None:
        if self.ahead:
            self.ahead.take_back()
        self.ahead = None

    def _end(self, begun: Begun) -> None:
        """Commit one batch, and judge those one by one that are not as the plan saw them."""
        work, batch = self.work, begun.batch
        left, is_written = self._commit(begun)
        self.is_smooth = is_written and not left
        if not self.is_smooth:
            self._take_back_ahead()
        is_left = batch["position"].isin(left)
        rest = batch[is_left] if is_written else pd.concat([batch[is_left], batch[~is_left]])
        for operation in operations_of(rest[list(OPERATIONS.columns)]):
            if work.must_stop():
                return
            work.do_group([operation])
        work.tell()

    def _commit(self, begun: Begun) -> tuple[set[int], bool]:
        """Seal and commit a batch; return the positions that must be judged one by one, and whether it is written.

        A batch with so many changed accounts that the work must end is rolled back whole.
        """
        work, left = self.work, set[int]()
        try:
            with begun.ending:
                left, digest = begun.write()
                linked = len(begun.batch) - len(left)
                drifted = 0 if self.opened.undone else work.result.drifted + len(left)
                if work.pace.is_too_much_drift(drifted, work.result.total):
                    raise Drift(TOO_MUCH_DRIFT)
                body = {"actions": linked, "rows": {self.opened.name: linked}, "cells": digest}
                after = work.chain.append(begun.connection, "links", body) if linked else work.chain
        except (Drift, DatabaseError) as refused:
            if isinstance(refused, DatabaseError):
                if is_fatal(refused):
                    raise
                if self.ahead:  # which may have been in the way
                    self._take_back_ahead()
                    self.lanes = self.lanes[:1]
            return (left if refused.code == TOO_MUCH_DRIFT else set(begun.batch["position"])), False
        work.chain = after
        work.result.done += linked
        return left, True


def judge_links(work: Work, links: pd.DataFrame) -> None:
    """Compare many accounts at a time and write nothing; those that have changed are looked at one by one."""
    shared = set(links.loc[links["user_id"].duplicated(), "user_id"])
    for start in range(0, len(links), work.pace.batch):
        if work.must_stop():
            return
        batch = links.iloc[start : start + work.pace.batch]
        with work.session.transaction(execute=False) as connection:
            fit, kept = _judge_batch(work, work.writer(connection), batch, shared)
        work.result.done += len(fit) + len(kept)
        work.result.kept += kept
        judged = fit | {refusal.position for refusal in kept}
        for operation in operations_of(batch[~batch["position"].isin(judged)]):
            work.do_group([operation])
        work.tell()


def _judge_batch(work: Work, writer: Writer, batch: pd.DataFrame, shared: set[str]) -> tuple[set[int], list[Refusal]]:
    header = work.plan.header
    if not header.undoes:
        fit = find_makeable(writer, work.images, work.key_column, header, batch)
        makeable = batch[batch["position"].isin(fit)]
        return fit - find_contested(writer, work.places, header, makeable, shared), []
    undone = _undone_run(work, writer.connection)
    if link_column(header):
        return find_restorable(writer, undone, work.key_column, link_column(header), batch)
    return _rows_of(work, undone).find_restorable(writer, batch)


def _open_links(work: Work, connection: Connection, links: pd.DataFrame) -> tuple[Links, pd.DataFrame]:
    """Return what writes the plan's links, many at a time: cells of the account table, or rows of another."""
    schema, accounts, header = work.session.schema, work.source.accounts, work.plan.header
    undone = _undone_run(work, connection)
    if link_column(header):
        return stage_links(connection, schema, accounts, header, links, undone=undone)
    return _rows_of(work, undone), links


def _rows_of(work: Work, undone: int) -> AddedLinks | ChangedLinks:
    header = work.plan.header
    kind = ChangedLinks if header.layout.credentials and header.store == "replace" else AddedLinks
    return kind(header, work.images, work.key_column, undone, work.undone_key)


def _undone_run(work: Work, connection: Connection) -> int:
    undoes = work.plan.header.undoes
    found = find_run(connection, undoes) if undoes else None
    return found[0] if found else 0
