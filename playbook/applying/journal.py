"""The playbook's own tables in the accounts database: what was written, so that it can be proven, resumed, undone.

They stand in the same database because a journal row must commit or vanish together with the change that it records.
No file outside is ever authoritative. Values are kept encrypted (`playbook.applying.ciphers`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import mysql

OWN = MetaData()
_KEY = String(191).with_variant(mysql.VARCHAR(191, collation="utf8mb4_bin"), "mysql")
_LONG = Text().with_variant(mysql.LONGTEXT(collation="utf8mb4_bin"), "mysql")
_INNODB: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4"}

RUNS = Table(
    "playbook_runs",
    OWN,
    Column("run", Integer, primary_key=True, autoincrement=True),
    Column("plan", String(64), nullable=False, unique=True),
    Column("district_id", String(24), nullable=False),
    Column("kind", String(8), nullable=False),  # apply or undo
    Column("undoes", String(64), nullable=False),  # the plan that an undo takes back
    Column("state", String(12), nullable=False),  # running, stopped, applied, undone
    Column("started_at", String(40), nullable=False),
    Column("finished_at", String(40), nullable=False),
    **_INNODB,
)
CELLS = Table(
    "playbook_journal",
    OWN,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("action", String(8), nullable=False),  # update, insert, delete, none
    Column("table_name", String(64), nullable=False),
    Column("row_key", _LONG, nullable=False),
    Column("column_name", String(64), nullable=False),
    Column("entry", Integer, nullable=False),  # the entry of the audit chain that seals this row
    Column("before_value", _LONG),
    Column("after_value", _LONG),
    **_INNODB,
)
KEYS = Table(
    "playbook_keys",
    OWN,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("master", String(16), nullable=False),  # the name of the master key
    Column("wrapped", String(120), nullable=False),  # the run's key, encrypted with it; blank once destroyed
    Column("erased_at", String(40), nullable=False),
    Column("emptied_at", String(40), nullable=False),
    **_INNODB,
)
REFUSED = Table(
    "playbook_refused",
    OWN,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("code", String(40), nullable=False),
    Column("columns", _LONG, nullable=False),
    **_INNODB,
)
CHAIN = Table(
    "playbook_chain",
    OWN,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("entry", Integer, primary_key=True, autoincrement=False),
    Column("event", String(24), nullable=False),
    Column("body", _LONG, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    **_INNODB,
)
SURVIVORS = Table(
    "playbook_survivors",
    OWN,
    Column("account_id", _KEY, primary_key=True),
    Column("survivor_id", _KEY, nullable=False, index=True),
    **_INNODB,
)
LINKS = Table(
    "playbook_links",
    OWN,
    Column("account_id", _KEY, primary_key=True),
    Column("user_id", String(24), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    **_INNODB,
)
RELATIONSHIPS = Table(
    "playbook_relationships",
    OWN,
    Column("contact_id", _KEY, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("student_id", _KEY, nullable=False),
    Column("relationship", _KEY, nullable=False),
    Column("type", _KEY, nullable=False),
    **_INNODB,
)


def find_run(connection: Connection, plan: str) -> tuple[int, str] | None:
    """Return a plan's run number and state, or nothing where it never ran."""
    row = connection.execute(select(RUNS.c.run, RUNS.c.state).where(RUNS.c.plan == plan)).one_or_none()
    return (row.run, row.state) if row else None


def start_run(connection: Connection, *, plan: str, district_id: str, kind: str, undoes: str, at: str) -> int:
    """Record that a plan begins, and return its run number; a plan that ran before keeps its number."""
    if found := find_run(connection, plan):
        connection.execute(update(RUNS).where(RUNS.c.run == found[0]).values(state="running"))
        return found[0]
    values = {"plan": plan, "district_id": district_id, "kind": kind, "undoes": undoes}
    connection.execute(insert(RUNS).values(**values, state="running", started_at=at, finished_at=""))
    started = find_run(connection, plan)
    assert started is not None
    return started[0]


def done_positions(connection: Connection, run: int) -> set[int]:
    """Return the positions of the actions that have happened."""
    query = select(CELLS.c.position).where(CELLS.c.run == run, CELLS.c.part == 0)
    return set(connection.scalars(query.execution_options(yield_per=50_000)))


def refused_positions(connection: Connection, run: int) -> set[int]:
    """Return the positions of the actions that were refused."""
    return set(connection.scalars(select(REFUSED.c.position).where(REFUSED.c.run == run)))
