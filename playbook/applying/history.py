"""Which plans an accounts database has seen and how far each came: its own journal tells, files are never asked."""

from __future__ import annotations

from sqlalchemy import select

from playbook.accounts.engine import reading
from playbook.accounts.source import DatabaseSource
from playbook.applying.journal import RUNS, done_positions, find_run

UNDONE = "undone"


def read_history(source: DatabaseSource, district_id: str) -> dict[str, str]:
    """Return a district's plans that began here, by SHA-256, with their states; the first that began comes first.

    Raises:
        DatabaseError: The database refuses.
    """
    with reading(source.engine) as connection:
        if not connection.dialect.has_table(connection, RUNS.name):
            return {}
        asked = select(RUNS.c.plan, RUNS.c.state).where(RUNS.c.district_id == district_id, RUNS.c.kind == "apply")
        return {row.plan: row.state for row in connection.execute(asked.order_by(RUNS.c.run))}


def count_done(source: DatabaseSource, plan: str) -> int:
    """Return how many of a plan's actions have happened here.

    Raises:
        DatabaseError: The database refuses.
    """
    with reading(source.engine) as connection:
        found = find_run(connection, plan) if connection.dialect.has_table(connection, RUNS.name) else None
        return len(done_positions(connection, found[0])) if found else 0
