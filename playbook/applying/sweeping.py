"""Rows that the application added for a folded account while it was being folded: they follow the rest.

An insert that waited for our lock goes through the moment we commit, and then points at a tombstone. So after the
groups every tombstone is looked at once more, and again until nothing is found.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from playbook.applying.effects import account_key
from playbook.applying.journal import CELLS
from playbook.applying.moving import move_rows
from playbook.applying.orphans import CHUNK, pointed_at
from playbook.applying.rows import Drift
from playbook.applying.work import Work
from playbook.merging.operations import Move, Operation
from playbook.merging.plan import operations_of

ROUNDS = 10
"""How often we look again; an application that adds rows faster is for a person to stop."""


def sweep_stragglers(work: Work) -> int:
    """Give rows that arrived late to the survivors; return how many tombstones gave some away.

    Rows that no rule lets go, such as those that collide in a unique index, stay and are refused by name.
    """
    swept = 0
    refused = {refusal.position for refusal in work.result.refusals}
    for _ in range(ROUNDS):
        late = [operation for operation in late_moves(work) if operation.position not in refused]
        if not late:
            break
        for operation in late:
            try:
                _sweep(work, operation)
                swept += 1
            except Drift as drift:
                work.refuse([operation], drift.code, drift.columns)
                refused.add(operation.position)
    return swept


def late_moves(work: Work) -> Iterator[Operation]:
    """Yield the moves that were done and whose tombstone is pointed at again."""
    header, rows = work.plan.header, work.plan.rows
    if header.undoes:
        return
    moves = rows[rows["kind"] == Move.kind]
    for start in range(0, len(moves), CHUNK):
        operations = list(operations_of(moves.iloc[start : start + CHUNK]))
        accounts = [operation.account_id for operation in operations]
        with work.session.transaction(execute=False) as connection:
            done = _done(connection, work.run, [operation.position for operation in operations])
            pointed = set()
            for referrer in header.layout.referrers:
                pointed |= set(pointed_at(connection, work.session.tables, header.layout, referrer, accounts))
        yield from (o for o in operations if o.position in done and o.account_id in pointed)


def _done(connection: Connection, run: int, positions: list[int]) -> set[int]:
    query = select(CELLS.c.position).where(CELLS.c.run == run, CELLS.c.part == 0, CELLS.c.position.in_(positions))
    return set(connection.scalars(query))


def _sweep(work: Work, operation: Operation) -> None:
    header = work.plan.header
    with work.session.transaction(execute=True) as connection:
        writer = work.writer(connection)
        last = select(func.max(CELLS.c.part)).where(CELLS.c.run == work.run, CELLS.c.position == operation.position)
        writer.begin(operation.position, part=(connection.scalar(last) or 0) + 1)
        loser = account_key(writer, header.layout, operation.account_id)
        survivor = account_key(writer, header.layout, operation.survivor_id)
        for referrer in header.layout.referrers:
            move_rows(writer, header, referrer, loser, survivor)
        after = work.seal(writer, "sweep", [operation.position])
    work.chain = after
