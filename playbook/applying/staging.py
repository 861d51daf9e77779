"""Where links wait until their batch is written: rows that a statement can join.

PostgreSQL takes a batch as arrays that come along with the statement, so that nothing is stored on the way. The other
engines have no such thing; there all links wait in a temporary table of the session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    FromClause,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    cast,
    column,
    func,
    insert,
    literal,
)
from sqlalchemy.types import TypeEngine

from playbook.applying.values import assignable

LOAD = 10_000
"""Rows that are sent to the temporary table at a time."""

POSITION = "playbook_position"
LINK_COLUMNS = (POSITION, *(f"playbook_{name}" for name in ("account", "value", "before", "image", "row_key")))
"""Position, the account's key, what shall be written, what must be there before, the image, the row's key as text."""


def unnested(columns: Mapping[str, tuple[Sequence[Any] | pd.Series, TypeEngine[Any]]], name: str) -> FromClause:
    """Return rows that PostgreSQL makes of arrays, which are part of the statement.

    Args:
        columns: Name to the values, one a row, and the type of the column that they are for; its length cuts none.
        name: What the rows are called in the statement.
    """
    arrays = [
        cast(literal(array_literal(values), Text()), ARRAY(assignable(kind))) for values, kind in columns.values()
    ]
    shape = [column(key, kind) for key, (_, kind) in columns.items()]
    return func.unnest(*arrays).table_valued(*shape, name=name).render_derived()


def array_literal(values: Sequence[Any] | pd.Series) -> str:
    """Return values as PostgreSQL writes an array; text is quoted, a null is not."""
    cells = pa.array(values)
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        escaped = pc.replace_substring(pc.replace_substring(cells, "\\", "\\\\"), '"', '\\"')
        cells = pc.binary_join_element_wise('"', escaped, '"', "")
    filled = pc.fill_null(pc.cast(cells, pa.string()), "NULL")
    joined: str = pc.binary_join(pa.ListArray.from_arrays([0, len(filled)], filled), ",")[0].as_py()
    return "{" + joined + "}"


def link_types(key: Column[Any], column: Column[Any]) -> dict[str, TypeEngine[Any]]:
    """Return the columns of waiting links; no column of an application, which a `where` may name, is called so."""
    kinds = (Integer(), key.type, column.type, column.type, String(64), Text())
    return dict(zip(LINK_COLUMNS, kinds, strict=True))


def staging_table(key: Column[Any], column: Column[Any]) -> Table:
    """Return the temporary table in which the links of a plan wait."""
    return Table(
        "playbook_staging",
        MetaData(),
        *(
            Column(name, kind, primary_key=name == POSITION, autoincrement=False)
            for name, kind in link_types(key, column).items()
        ),
        prefixes=["TEMPORARY"],
    )


def load_table(connection: Connection, table: Table, links: pd.DataFrame) -> None:
    """Make the temporary table and send it the links, whose columns are named as its own."""
    table.create(connection)
    names = list(table.columns.keys())
    for start in range(0, len(links), LOAD):
        parts = [links[name].iloc[start : start + LOAD].to_list() for name in names]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*parts, strict=True)]
        connection.execute(insert(table), [{n: None if v is pd.NA else v for n, v in r.items()} for r in rows])
