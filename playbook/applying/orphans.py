"""Rows that point at an account that was folded away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Integer, Table, func, select, text

from playbook.applying.values import writable
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
    tag = "i" if is_number(tables, layout) and connection.dialect.name != "postgresql" else "s"
    keys = [writable(column, f"{tag}:{account_id}", connection.dialect.name) for account_id in account_ids]
    query = select(column, func.count()).where(column.in_(keys)).group_by(column)
    if referrer.where:
        query = query.where(text(f"({referrer.where})"))
    return {str(key): count for key, count in connection.execute(query)}


def is_number(tables: Mapping[str, Table], layout: Layout) -> bool:
    """Say whether accounts have numbers for keys."""
    return isinstance(tables[layout.table].columns[layout.key].type, Integer)


def orphan_faults(connection: Connection, tables: Mapping[str, Table], plan: Plan, done: set[int]) -> Iterator[Fault]:
    """Yield every column whose rows point at a tombstone."""
    rows = plan.rows
    tombstones = rows[(rows["kind"] == Move.kind) & rows["position"].isin(done)]["account_id"].to_list()
    for start in range(0, len(tombstones), CHUNK):
        for referrer in plan.header.layout.referrers:
            chunk = tombstones[start : start + CHUNK]
            for key, count in sorted(pointed_at(connection, tables, plan.header.layout, referrer, chunk).items()):
                yield Fault(referrer.name, f"{count} rows point at account {key}, which was folded")
