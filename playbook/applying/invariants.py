"""What must hold when a group's transaction commits; anything else rolls it back.

Nobody is lost, nothing points at a tombstone, a survivor is never folded itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import literal, select, text, union_all

from playbook.applying.cells import Cells
from playbook.applying.effects import account_key
from playbook.applying.journal import SURVIVORS
from playbook.applying.rows import Drift, Writer
from playbook.merging.operations import Alias, Move, Operation
from playbook.merging.plan import Header


def refuse_broken(writer: Writer, header: Header, group: Sequence[Operation]) -> None:
    """Raise if the transaction would leave a group half done.

    Raises:
        Drift: Rows arrived for a tombstone meanwhile (`racing_rows`), or a survivor is folded (`survivor_folded`).
    """
    if not writer.execute:
        return
    for survivor_id in sorted({operation.survivor_id for operation in group if isinstance(operation, Alias | Move)}):
        _refuse_chain(writer, header, survivor_id)
    _refuse_orphans(writer, header, [operation for operation in group if isinstance(operation, Move)])


def _refuse_chain(writer: Writer, header: Header, survivor_id: str) -> None:
    if header.layout.merged_into:
        key = account_key(writer, header.layout, survivor_id)
        rows = writer.find(header.layout.table, {header.layout.key: key})
        is_folded = not rows or rows[0][header.layout.merged_into] is not None
    else:
        is_folded = bool(writer.find(SURVIVORS.name, {"account_id": f"s:{survivor_id}"}))
    if is_folded:
        raise Drift("survivor_folded", [f"{header.layout.table}.{header.layout.key}"])


def _refuse_orphans(writer: Writer, header: Header, moves: Sequence[Operation]) -> None:
    losers = [account_key(writer, header.layout, operation.account_id) for operation in moves]
    referrers = [referrer for referrer in header.layout.referrers for _ in losers]
    places = [(r.table, {r.column: loser}, r.where) for r in header.layout.referrers for loser in losers]
    if held := _held(writer, places):
        raise Drift("racing_rows", sorted({referrers[number].name for number in held}))


def _held(writer: Writer, places: Sequence[tuple[str, Cells, str]]) -> set[int]:
    """Return which places have rows, by their numbers: each a table, values, and a condition or none."""
    if writer.dialect == "mysql":  # where only a read that locks sees what was committed meanwhile
        return {n for n, (table, cells, where) in enumerate(places) if writer.find(table, cells, where=where)}
    queries = []
    for number, (name, cells, where) in enumerate(places):
        table = writer.tables[name]
        found = select(literal(1)).select_from(table).where(writer.matching(table, cells))
        found = found.where(text(f"({where})")) if where else found
        queries.append(select(literal(number)).where(found.exists()))
    return set(writer.connection.scalars(union_all(*queries))) if queries else set()
