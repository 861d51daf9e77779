"""Putting back what the journal says an action wrote, last write first."""

from __future__ import annotations

import json

from sqlalchemy import select

from playbook.accounts.image import OURS
from playbook.applying.journal import CELLS
from playbook.applying.rows import Drift, Row, Writer


def restore_action(writer: Writer, run: int, position: int) -> list[str]:
    """Take back one action of an earlier run, and return the columns that keep what users wrote there since.

    Raises:
        Drift: A row of the playbook's own is not as that run left it (`changed_since`), or a removed row's place is
            taken (`place_taken`).
    """
    kept: list[str] = []
    query = select(CELLS).where(CELLS.c.run == run, CELLS.c.position == position).order_by(CELLS.c.part.desc())
    for cell in writer.connection.execute(query).mappings().all():
        table, key = cell["table_name"], json.loads(cell["row_key"])
        if cell["action"] == "update":
            kept += _put_back(writer, table, key, cell["column_name"], cell["after_value"], cell["before_value"])
        elif cell["action"] == "insert":
            kept += _take_away(writer, table, key, json.loads(cell["after_value"]))
        elif cell["action"] == "delete":
            _bring_back(writer, table, key, json.loads(cell["before_value"]))
    return kept


def _put_back(writer: Writer, table: str, key: Row, column: str, now: str | None, before: str | None) -> list[str]:
    try:
        writer.change(table, key, column, now, before)
    except Drift:
        return _keep(table, column)
    return []


def _take_away(writer: Writer, table: str, key: Row, added: Row) -> list[str]:
    rows = writer.find(table, key)
    changed = [name for name, value in added.items() if not rows or rows[0][name] != value]
    if changed:
        return [kept for name in changed for kept in _keep(table, name)]
    writer.remove(table, rows[0])
    return []


def _bring_back(writer: Writer, table: str, key: Row, removed: Row) -> None:
    if writer.find(table, key):
        raise Drift("place_taken", [table])
    writer.add(table, removed)


def _keep(table: str, column: str) -> list[str]:
    """Keep what a user has written since; nobody but the playbook has any business in its own tables."""
    if table.startswith(OURS):
        raise Drift("changed_since", [f"{table}.{column}"])
    return [f"{table}.{column}"]
