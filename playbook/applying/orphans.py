"""Rows that point at an account that was folded away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Table, func, select, text

from playbook.applying.values import key_value, writable
from playbook.errors import Fault
from playbook.merging.layout import Layout, Referrer
from playbook.merging.operations import Move
from playbook.merging.plan import Plan

CHUNK = 500
"""Tombstones that one query asks about."""


def pointed_at(
    connection: Connection, tables: Mapping[str, Table], layout: Layout, referrer: Referrer, account_ids: list[str]
) -> dict[str, int]:
    """Return which of these accounts a reference points at, and with how many rows."""
    column = tables[referrer.table].columns[referrer.column]
    key, dialect = tables[layout.table].columns[layout.key], connection.dialect.name
    keys = [writable(column, key_value(key, account_id, dialect), dialect) for account_id in account_ids]
    query = select(column, func.count()).where(column.in_(keys)).group_by(column)
    if referrer.where:
        query = query.where(text(f"({referrer.where})"))
    return {str(pointed): count for pointed, count in connection.execute(query)}


def orphan_faults(connection: Connection, tables: Mapping[str, Table], plan: Plan, done: set[int]) -> Iterator[Fault]:
    """Yield every column whose rows point at a tombstone."""
    rows = plan.rows
    tombstones = rows[(rows["kind"] == Move.kind) & rows["position"].isin(done)]["account_id"].to_list()
    for start in range(0, len(tombstones), CHUNK):
        for referrer in plan.header.layout.referrers:
            chunk = tombstones[start : start + CHUNK]
            for key, count in sorted(pointed_at(connection, tables, plan.header.layout, referrer, chunk).items()):
                yield Fault(referrer.name, f"{count} rows point at account {key}, which was folded")
