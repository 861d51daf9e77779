"""The journal's rows of links that share transactions: their digest, and whether an undone run wrote just those.

They stand in clear, one a link, so that many can be compared at once.
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Text,
    any_,
    between,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from playbook.applying.chain import BETWEEN, LINE_END, NULL_MARK, digest_lines
from playbook.applying.journal import CELLS
from playbook.applying.staging import POSITION, array_literal

Place = tuple[str, str]
"""The table and the column that links are written to."""


def digest_links(place: Place, batch: pd.DataFrame) -> str:
    """Return the digest by which the audit chain seals a batch's journal rows."""
    return _digest(place, batch, ("playbook_before", "playbook_value"), NULL_MARK)


def find_unjournaled(connection: Connection, run: int, batch: pd.DataFrame) -> set[int]:
    """Return the positions of a batch that were not journaled."""
    query = select(CELLS.c.position).where(*in_range(CELLS, run, batch), CELLS.c.part == 0)
    return {int(position) for position in batch[POSITION]} - set(connection.scalars(query))


def find_unfit(connection: Connection, undone: int, place: Place, batch: pd.DataFrame) -> set[int]:
    """Return the positions under which the run to be undone wrote another cell than this link's, or more cells.

    The journal is read and compared here: joined inside the database, statistics that lag behind it would have every
    row compared with every other.
    """
    if connection.dialect.name == "postgresql" and _are_all_fit(connection, undone, place, batch):
        return set()
    names = ("action", "table_name", "column_name", "row_key", "before_value", "after_value")
    query = select(CELLS.c.position, CELLS.c.part, *(CELLS.c[name] for name in names))
    written: dict[int, tuple[str | None, ...]] = {}
    for position, part, *cell in connection.execute(query.where(*in_range(CELLS, undone, batch))):
        written[position] = tuple(cell) if part == 0 and position not in written else ()
    columns = (batch[name] for name in (POSITION, "playbook_row_key", "playbook_value", "playbook_before"))
    start = ("update", *place)
    return {
        position
        for position, row_key, value, before in zip(*columns, strict=True)
        if written.get(position) != (*start, row_key, None if pd.isna(value) else f"s:{value}", f"s:{before}")
    }


def _are_all_fit(connection: Connection, undone: int, place: Place, batch: pd.DataFrame) -> bool:
    """Say whether the run to be undone wrote this batch's links and nothing else there, by one digest for all."""
    cells = [CELLS.c[name] for name in ("position", "part", "action", "table_name", "row_key", "column_name")]
    kept = [func.coalesce(CELLS.c[name], "") for name in ("before_value", "after_value")]
    line = func.concat_ws(BETWEEN, *cells, *kept)
    lines = func.string_agg(line, aggregate_order_by(literal(LINE_END), CELLS.c.position, CELLS.c.part))
    positions = cast(literal(array_literal(batch[POSITION]), Text()), ARRAY(Integer))
    query = select(func.encode(func.sha256(func.convert_to(lines, "UTF8")), "hex"))
    query = query.where(*in_range(CELLS, undone, batch), CELLS.c.position == any_(positions))
    return connection.scalar(query) == _digest(place, batch, ("playbook_value", "playbook_before"), "")


def _digest(place: Place, batch: pd.DataFrame, values: tuple[str, str], null: str) -> str:
    """Return the digest of the rows that hold a batch's links.

    Args:
        values: Which columns hold what was there before, and what was written.
        null: What stands for nothing.
    """
    table, column = place
    position = pc.cast(pa.array(batch[POSITION]), pa.string())
    start = (position, "0", "update", table, pa.array(batch["playbook_row_key"]), column)
    kept = [pc.fill_null(pc.binary_join_element_wise("s", pa.array(batch[name]), ":"), null) for name in values]
    return digest_lines(pc.binary_join_element_wise(*start, *kept, BETWEEN).to_pylist())


def in_range(cells: FromClause, run: int, batch: pd.DataFrame) -> list[ColumnElement[bool]]:
    """Return the conditions that keep the search in a run's journal to the positions of a batch."""
    ends = int(batch["position"].iloc[0]), int(batch["position"].iloc[-1])
    return [cells.c.run == run, between(cells.c.position, *ends)]
