"""Short digests of a row's cells, by which it is known again without keeping what it holds."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table

from playbook.accounts.image import marks_of


def marked_columns(table: Table) -> list[str]:
    """Return the columns that a row's marks stand for, in order; computed ones may change with what they rest on."""
    return [column.name for column in table.columns if column.computed is None]


def row_marks(table: Table, row: Mapping[str, str | None]) -> str:
    """Return one short digest a column, by which a row's cells are known again without keeping them."""
    return marks_of(*(row[name] for name in marked_columns(table)))
