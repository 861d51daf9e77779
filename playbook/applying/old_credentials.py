"""Which accounts of a batch are as the plan saw them, and the credential rows that hold their old ids: all locked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Column, Select

from playbook.applying.batches import find_all
from playbook.applying.cells import Row
from playbook.applying.effects import account_key
from playbook.applying.images import keyed
from playbook.applying.rows import Writer
from playbook.merging.layout import Credentials, Layout
from playbook.merging.operations import Operation
from playbook.merging.plan import OPERATIONS, operations_of


def find_unchanged(
    writer: Writer, images: Select[str, str, str, str], key: Column[Any], batch: pd.DataFrame
) -> list[Operation]:
    """Return the operations whose accounts are as the plan saw them.

    Args:
        images: The query for the accounts' images.
        key: The account table's key.
    """
    query = images.where(keyed(key, batch["account_id"].to_list())).with_for_update(of=key.table)
    seen = {(row.account_id, row.image) for row in writer.connection.execute(query)}
    return [o for o in operations_of(batch[list(OPERATIONS.columns)]) if (o.account_id, o.image) in seen]


def find_old_credentials(
    writer: Writer, layout: Layout, credentials: Credentials, operations: Sequence[Operation]
) -> Iterator[tuple[Operation, Row]]:
    """Yield each operation whose account has its old id and not yet the new one, with the row of the old id."""
    keys = {account_key(writer, layout, o.account_id): o for o in operations}
    held: dict[str | None, list[Row]] = {}
    for row in find_all(writer, credentials.table, credentials.account, keys, where=credentials.where):
        held.setdefault(row[credentials.account], []).append(row)
    for key, operation in keys.items():
        rows = held.get(key, [])
        ids = [(row[credentials.clever_id] or "").removeprefix("s:").strip().lower() for row in rows]
        if operation.old_id in ids and operation.user_id not in ids:
            yield operation, rows[ids.index(operation.old_id)]
