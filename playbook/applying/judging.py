"""What a dry run says of many links at once: which could be made or taken back. Nothing is written and nothing locked.

An account that is not named here is judged by itself, so that its column is named.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pandas as pd
from sqlalchemy import Column, Select, String, cast, select

from playbook.applying.batches import find_all
from playbook.applying.images import find_images, keyed
from playbook.applying.journal import CELLS
from playbook.applying.journaled_links import in_range
from playbook.applying.result import Refusal
from playbook.applying.rows import Writer
from playbook.merging.plan import Header


def find_makeable(
    writer: Writer, images: Select[str, str, str, str], key: Column[Any], header: Header, batch: pd.DataFrame
) -> set[int]:
    """Return the positions whose accounts are as the plan saw them and have a free place for the id."""
    account_ids = batch["account_id"].to_list()
    found = find_images(writer.connection, images, key, account_ids)
    seen = pd.Series([found.get(account) for account in account_ids], index=batch.index)
    is_same = seen == batch["image"].astype(object)
    return set(
        batch.loc[is_same & ~batch["account_id"].isin(_find_taken(writer, key, header, account_ids)), "position"]
    )


def _find_taken(writer: Writer, key: Column[Any], header: Header, account_ids: list[str]) -> set[str]:
    """Return which accounts hold something in the column for the v3 id already, which no image covers."""
    layout = header.layout
    if not layout.v3_id or header.store != "beside" or f"{layout.table}.{layout.v3_id}" in writer.absent:
        return set()
    column = writer.tables[layout.table].columns[layout.v3_id]
    query = select(cast(key, String)).where(column.is_not(None), keyed(key, account_ids))
    return set(writer.connection.scalars(query))


def find_restorable(
    writer: Writer, undone: int, key: Column[Any], column: str, batch: pd.DataFrame
) -> tuple[set[int], list[Refusal]]:
    """Return the positions whose cell still holds what the undone run wrote, and what users have written since.

    An action that wrote more than that cell, or whose journal row is encrypted, is in neither.
    """
    table = key.table.name
    written = _read_links(writer, undone, table, column, batch)
    keys = [row_key for row_key, _ in written.values()]
    now = {row[key.name]: row[column] for row in find_all(writer, table, key.name, keys)}
    fit = {position for position, (row_key, value) in written.items() if now.get(row_key) == value}
    accounts = zip(batch["position"], batch["account_id"], strict=True)
    changed = [(position, account) for position, account in accounts if position in written and position not in fit]
    return fit, [Refusal(int(position), account, "kept", (f"{table}.{column}",)) for position, account in changed]


def _read_links(
    writer: Writer, run: int, table: str, column: str, batch: pd.DataFrame
) -> dict[int, tuple[str, str | None]]:
    """Return the key and the written value of each link that is all that a run wrote under its position."""
    query = select(CELLS).where(*in_range(CELLS, run, batch))
    cells = writer.connection.execute(query).mappings().all()
    counts = Counter(cell["position"] for cell in cells)
    links = (
        cell
        for cell in cells
        if (cell["action"], cell["table_name"], cell["column_name"]) == ("update", table, column)
        and counts[cell["position"]] == 1
        and (cell["after_value"] or "").startswith("s:")
    )
    return {cell["position"]: (*json.loads(cell["row_key"]).values(), cell["after_value"]) for cell in links}
