"""What must hold when a group's transaction commits; anything else rolls it back.

Nobody is lost, nothing points at a tombstone, a survivor is never folded itself.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    for operation in group:
        if isinstance(operation, Alias | Move):
            _refuse_chain(writer, header, operation)
        if isinstance(operation, Move):
            _refuse_orphans(writer, header, operation)


def _refuse_chain(writer: Writer, header: Header, operation: Operation) -> None:
    if header.layout.merged_into:
        key = account_key(writer, header.layout, operation.survivor_id)
        rows = writer.find(header.layout.table, {header.layout.key: key})
        is_folded = not rows or rows[0][header.layout.merged_into] is not None
    else:
        is_folded = bool(writer.find(SURVIVORS.name, {"account_id": f"s:{operation.survivor_id}"}))
    if is_folded:
        raise Drift("survivor_folded", [f"{header.layout.table}.{header.layout.key}"])


def _refuse_orphans(writer: Writer, header: Header, operation: Operation) -> None:
    loser = account_key(writer, header.layout, operation.account_id)
    for referrer in header.layout.referrers:
        if writer.find(referrer.table, {referrer.column: loser}, where=referrer.where):
            raise Drift("racing_rows", [referrer.name])
