"""What links that are rows, or cells of rows, have in common: the plan that they are of, and the run they take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Column, Connection, RowMapping, Select, select

from playbook.applying.ciphers import RunKey
from playbook.applying.journal import CELLS
from playbook.applying.journaled_links import in_range
from playbook.merging.plan import Header

MOST = 1_000
"""Rows of one transaction: they pass through here, which takes several times as long as a statement alone."""


@dataclass(frozen=True, slots=True)
class RowLinks:
    """Links of one plan that are written row by row of some table, many rows a statement.

    Attributes:
        images: The query for the accounts' images.
        key: The account table's key.
        undone: The run whose links are taken back; 0 where links are made.
        undone_key: What reads that run's journal.
    """

    header: Header
    images: Select[str, str, str, str]
    key: Column[Any]
    undone: int
    undone_key: RunKey | None

    def journaled(self, connection: Connection, batch: pd.DataFrame) -> Sequence[RowMapping]:
        """Return the journal rows of the undone run that lie among a batch's positions, as they stand."""
        query = select(CELLS).where(*in_range(CELLS, self.undone, batch)).order_by(CELLS.c.position, CELLS.c.part)
        return connection.execute(query).mappings().all()
