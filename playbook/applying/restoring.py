"""Putting back what the journal says an action wrote, last write first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import select

from playbook.accounts.image import OURS
from playbook.applying.cells import Row
from playbook.applying.ciphers import Altered, RunKey, decrypt_cells
from playbook.applying.journal import CELLS
from playbook.applying.rows import Drift, Writer
from playbook.merging.layout import Layout

CHUNK = 500
"""Rows that one statement puts back."""


def restore_action(writer: Writer, run: int, position: int, layout: Layout, undone: RunKey | None) -> list[str]:
    """Take back one action of an earlier run, and return the columns that keep what users wrote there since.

    An account that the action had made stays, with all that belongs to it, once anybody has changed it or points to it.

    Args:
        undone: What reads that run's journal.

    Raises:
        Drift: A row of the playbook's own is not as that run left it (`changed_since`), a removed row's place is
            taken (`place_taken`), or the journal was altered (`journal_altered`).
    """
    kept: list[str] = []
    query = select(CELLS).where(CELLS.c.run == run, CELLS.c.position == position).order_by(CELLS.c.part.desc())
    try:
        journaled = decrypt_cells(undone, writer.connection.execute(query).mappings())
    except Altered:
        raise Drift("journal_altered", [CELLS.name]) from None
    if used := [name for cell in journaled for name in _in_use(writer, cell, layout)]:
        return used
    for same, cells in groupby(journaled, key=_alike):
        action, table, column, now, before = same
        keys = [json.loads(cell["row_key"]) for cell in cells]
        if action == "update" and len(keys) > 1 and column not in keys[0]:
            for start in range(0, len(keys), CHUNK):
                gone = writer.change_many(table, keys[start : start + CHUNK], column, now, before)
                kept += [name for _ in gone for name in _keep(table, column)]
        elif action == "update":
            kept += [name for key in keys for name in _put_back(writer, table, key, column, now, before)]
        elif action == "insert":
            kept += [name for key in keys for name in _take_away(writer, table, key, json.loads(now))]
        elif action == "delete":
            for key in keys:
                _bring_back(writer, table, key, json.loads(before))
    return kept


def _alike(cell: Mapping[str, Any]) -> tuple[str, str, str, Any, Any]:
    """Return what neighbouring cells share that are put back by one statement."""
    return cell["action"], cell["table_name"], cell["column_name"], cell["after_value"], cell["before_value"]


def _in_use(writer: Writer, cell: Mapping[str, Any], layout: Layout) -> list[str]:
    """Return the columns by which an account that was made is used; it is locked first, so that nobody comes after."""
    if cell["action"] != "insert" or cell["table_name"] != layout.table:
        return []
    key = json.loads(cell["row_key"])
    changed = _changed(writer, layout.table, key, json.loads(cell["after_value"]))
    return [f"{layout.table}.{name}" for name in changed] + [
        referrer.name
        for referrer in layout.referrers
        if writer.find(referrer.table, {referrer.column: key[layout.key]}, where=referrer.where, most=1)
    ]


def _changed(writer: Writer, table: str, key: Row, added: Row) -> list[str]:
    """Return the columns of an added row that hold something else by now; all of them if it is gone."""
    rows = writer.find(table, key)
    return [name for name, value in added.items() if not rows or rows[0][name] != value]


def _put_back(writer: Writer, table: str, key: Row, column: str, now: str | None, before: str | None) -> list[str]:
    try:
        writer.change(table, key, column, now, before)
    except Drift:
        return _keep(table, column)
    return []


def _take_away(writer: Writer, table: str, key: Row, added: Row) -> list[str]:
    if changed := _changed(writer, table, key, added):
        return [kept for name in changed for kept in _keep(table, name)]
    writer.remove(table, added)
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
